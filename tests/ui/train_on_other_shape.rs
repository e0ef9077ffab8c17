use plywood::data::digits;
use plywood::{Model, Trainer, network};

network! { Net: Image<32, 32, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let data = digits(8, 1);
    let _ = Trainer::new().train(&mut Model::<Net>::new(1), &data);
}
