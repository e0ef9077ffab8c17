use plywood::{Model, evaluate, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let _ = evaluate(&Model::<Net>::new(1), &vec![0.0; 784]);
}
