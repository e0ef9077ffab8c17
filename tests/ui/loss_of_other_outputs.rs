use plywood::data::digits;
use plywood::loss::Hinge;
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Image<14, 14, 2> { conv(2, kernel = 3, stride = 2, pad = 1) } }

fn main() {
    let data = digits(8, 1);
    let trainer = Trainer::new().loss(Hinge::default());
    let _ = trainer.run(&mut Model::<Net>::new(1), &data).validate(&data).fit();
}
