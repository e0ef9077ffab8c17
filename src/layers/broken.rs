//! Stands in for the layers of a network that does not compile.

use std::marker::PhantomData;

use crate::core::{Backward, Forward, Layer, Pass, Shape};
use plywood_kernel::Scalar;

/// Stands for the layers of a network with mistakes, from `In` to `Out`.
///
/// Code that uses the network then causes no further errors, so the user sees only the mistakes themselves. No program
/// that compiles contains it.
#[derive(Debug, Clone, Copy)]
pub struct Broken<In, Out>(PhantomData<(In, Out)>);

#[diagnostic::do_not_recommend]
impl<In: Shape, Out: Shape> Layer for Broken<In, Out> {
    type In = In;
    type Out = Out;

    const NAME: &'static str = "broken";

    fn forward<T: Scalar>(_: Pass, _: Forward<'_, T>) {
        unreachable!("a network with mistakes does not compile");
    }

    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {
        unreachable!("a network with mistakes does not compile");
    }
}
