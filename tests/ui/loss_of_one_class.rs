use plywood::{Flat, Loss, SoftmaxCrossEntropy};

const _: () = <SoftmaxCrossEntropy as Loss<Flat<1>>>::SUITS;

fn main() {}
