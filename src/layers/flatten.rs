//! Reading an image as a vector.

use std::marker::PhantomData;

use crate::{Backward, Flat, Forward, Layer, Pass, Place, Scalar, Shape, Stage};

/// `flatten`: the numbers of any shape as a vector, in the same order. Costs nothing: the same memory is read as
/// another shape.
#[derive(Debug, Clone, Copy)]
pub struct Flatten<S, const N: usize>(PhantomData<S>);

impl<S: Shape, const N: usize> Layer for Flatten<S, N> {
    type In = S;
    type Out = Flat<N>;

    const NAME: &'static str = "flatten";
    const PLACE: Place = Place::Same;
    const USES_INPUT: bool = false;
    const WIDTH: usize = {
        assert!(S::LEN == N, "flatten: the vector must be as long as the shape that it is read from");
        N
    };

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.y.copy_from_slice(io.x);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            dx.copy_from_slice(io.dy);
        }
    }

    fn infer<T: Scalar>(_: Pass, _: &[T], _: &[T], _: &mut Stage<'_, T>) {}
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::Image;
    use crate::layers::{Dense, Relu};

    super::checks::cases![
        Flatten<Image<2, 3, 4>, 24>,
        (Flatten<Image<2, 3, 1>, 6>, Dense<6, 4>),
        (Relu<Image<2, 3, 1>>, Flatten<Image<2, 3, 1>, 6>),
        ((Flatten<Image<2, 3, 1>, 6>, Relu<Flat<6>>), Dense<6, 2>),
        (Flatten<Flat<6>, 6>, Flatten<Flat<6>, 6>),
    ]
}
