//! Defines layers that read their input as another shape, or unchanged.

use std::marker::PhantomData;

use crate::core::message::Message;
use crate::core::visitor::Pointwise;
use crate::core::{
    Backward, Cost, Dims, Flat, Forward, Infer, Layer, Memory, Pass, ReceptiveField, Shape, Visitor,
    Workspace, proof,
};
use plywood_kernel::Scalar;

/// `reshape`: the numbers of a vector or an image `I` as shape `O`, in the same order.
///
/// It costs nothing, because the same memory is read as another shape. Both shapes must hold the same number of
/// numbers.
#[derive(Debug, Clone, Copy)]
pub struct Reshape<I, O>(PhantomData<(I, O)>);

/// `flatten`: the numbers of a vector or an image as a vector, in the same order. It costs nothing.
pub type Flatten<S, const N: usize> = Reshape<S, Flat<N>>;

/// `identity`: y = x, also for pairs of shapes. It costs nothing.
pub type Identity<S> = Reshape<S, S>;

impl<I: Shape, O: Shape> Layer for Reshape<I, O> {
    type In = I;
    type Out = O;

    const NAME: &'static str = match O::DIMS {
        _ if I::DIMS.same(O::DIMS) => "identity",
        Dims::Flat(_) => "flatten",
        Dims::Image(..) | Dims::Pair(..) => "reshape",
    };
    const MEMORY: Memory = {
        proof::equally_many(Self::NAME, I::LEN, O::LEN, false);
        refuse_pairs(Self::NAME, I::DIMS, O::DIMS);
        Memory::VIEW
    };
    /// Pixels that are neighbors in one image need not be neighbors in an image with other sides; a vector has no
    /// neighbors.
    const COST: Cost = Cost::FREE.sees(match O::DIMS {
        Dims::Image(..) if !I::DIMS.same(O::DIMS) => ReceptiveField::ALL,
        _ => ReceptiveField::POINT,
    });

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.y.copy_from_slice(io.x);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            dx.copy_from_slice(io.dy);
        }
    }

    fn infer<T: Scalar>(_: Pass, _: Infer<'_, T>, _: &mut Workspace<'_, T>) {}

    fn outline<V: Visitor>(visitor: &mut V) {
        // an identity leaves pixels at their places
        if const { I::DIMS.same(O::DIMS) } {
            visitor.pointwise::<Self>(&[]);
        } else {
            visitor.leaf::<Self>(&[]);
        }
    }
}

impl<I: Shape, O: Shape> Pointwise for Reshape<I, O> {
    fn change<T: Scalar>(_: &[T], _: &[T], _: &mut [T]) {}
}

/// Fails to compile where the numbers of a pair are to be seen as another shape: those of a batch lie part after part.
#[track_caller]
const fn refuse_pairs(layer: &str, input: Dims, output: Dims) {
    if matches!((input, output), (Dims::Pair(..), _) | (_, Dims::Pair(..))) && !input.same(output) {
        let message =
            Message::new().text(layer).text(" takes no pair of shapes: found ").dims(input).text(" to ");
        let message = message.dims(output).text("\nnote: `join` makes one shape of two");
        panic!("{}", message.as_str());
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::Image;
    use crate::layers::{Dense, Relu};

    super::checks::cases![
        Flatten<Image<2, 3, 4>, 24>,
        Reshape<Image<2, 3, 4>, Image<1, 2, 12>>,
        Identity<Image<2, 3, 4>>,
        (Flatten<Image<2, 3, 1>, 6>, Dense<6, 4>),
        (Relu<Image<2, 3, 1>>, Flatten<Image<2, 3, 1>, 6>),
        ((Flatten<Image<2, 3, 1>, 6>, Relu<Flat<6>>), Dense<6, 2>),
        (Flatten<Flat<6>, 6>, Flatten<Flat<6>, 6>),
        (Dense<4, 6>, Reshape<Flat<6>, Image<2, 3, 1>>),
    ]
}
