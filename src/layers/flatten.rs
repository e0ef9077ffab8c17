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
