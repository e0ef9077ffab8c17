use plywood::layers::Dense;
use plywood::{Backward, Flat, Forward, Layer, Pass, Place, Scalar, Space, Stage};

struct Bias;

impl Layer for Bias {
    type In = Flat<20>;
    type Out = Flat<20>;
    const NAME: &'static str = "bias";
    const PARAMS: usize = 20;
    const PLACE: Place = Place::InPlace;
    const USES_INPUT: bool = false;

    fn forward<T: Scalar>(_: Pass, _: Forward<'_, T>) {}
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {}
    fn infer<T: Scalar>(_: Pass, _: &[T], _: &[T], _: &mut Stage<'_, T>) {}
}

const _: Space = <(Dense<784, 20>, Bias)>::TAPE;

fn main() {}
