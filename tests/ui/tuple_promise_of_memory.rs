use plywood::layers::Dense;
use plywood::layer::{Backward, Forward, Memory, Pass};
use plywood::{Flat, Layer, Scalar};

struct Bias;

impl Layer for Bias {
    type In = Flat<20>;
    type Out = Flat<20>;
    const NAME: &'static str = "bias";
    const PARAMS: usize = 20;
    const MEMORY: Memory = Memory::IN_PLACE;

    fn forward<T: Scalar>(_: Pass, _: Forward<'_, T>) {}
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {}
}

const _: Memory = <(Dense<784, 20>, Bias)>::MEMORY;

fn main() {}
