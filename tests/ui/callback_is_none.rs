use plywood::data::digits;
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let data = digits(8, 1);
    let _ = Trainer::new()
        .run(&mut Model::<Net>::new(1), &data)
        .validate(&data)
        .watch(&mut |step: usize| step)
        .fit();
}
