//! What a network that does not compile consists of.

use std::marker::PhantomData;

use crate::core::{Backward, Forward, Layer, Pass, Shape};
use plywood_kernel::Scalar;

/// Stands for the layers of a network with mistakes, from `In` to `Out`, so that what uses the network is not in
/// error as well: the mistakes themselves are what the user is to see. No program that compiles contains it.
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
