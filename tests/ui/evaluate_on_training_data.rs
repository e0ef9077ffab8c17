use plywood::data::{Split, digits};
use plywood::{Model, evaluate, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let train = Split::train(digits(8, 1));
    let _ = evaluate(&Model::<Net>::new(1), &train);
}
