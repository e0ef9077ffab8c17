use plywood::data::digits;
use plywood::loss::MeanSquaredError;
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let data = digits(8, 1);
    let _ = Trainer::new().loss(MeanSquaredError).train(&mut Model::<Net>::new(1), &data);
}
