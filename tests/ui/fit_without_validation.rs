use plywood::data::digits;
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let _ = Trainer::new().fit(&mut Model::<Net>::new(1), &digits(8, 1), None);
}
