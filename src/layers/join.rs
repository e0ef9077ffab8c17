//! Joins two shapes to one.

use std::marker::PhantomData;

use super::concat::joins;
use crate::core::{
    Backward, Cost, Forward, Infer, Layer, Memory, Pass, ReceptiveField, Single, Workspace, proof,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::columns::{columns, interleave};

/// `join`: the numbers of both parts in one shape, those of the first part before those of the second.
///
/// # Shapes
/// From `(A, B)` to `O`: two vectors become one that is as long as both, and two images of the same height and width
/// one with the channels of both, in each pixel those of `A` first.
#[derive(Debug, Clone, Copy)]
pub struct Join<A, B, O>(PhantomData<(A, B, O)>);

impl<A: Single, B: Single, O: Single> Join<A, B, O> {
    const A_CHANNELS: usize = A::DIMS.channels();
    const B_CHANNELS: usize = B::DIMS.channels();
    const CHANNELS: usize = {
        proof::same_sides::<A, B>(
            "join: the first part is ",
            ", the second ",
            "\nnote: both are vectors, or images of the same height and width",
        );
        joins("join: parts of ", A::DIMS, B::DIMS, O::DIMS);
        Self::A_CHANNELS + Self::B_CHANNELS
    };
}

impl<A: Single, B: Single, O: Single> Layer for Join<A, B, O> {
    type In = (A, B);
    type Out = O;

    const NAME: &'static str = "join";
    const MEMORY: Memory = {
        let _ = Self::CHANNELS;
        Memory::OUT_OF_PLACE.reads_nothing().preserves_dy()
    };
    /// The place of a number in a pair says nothing about its place in an image.
    const COST: Cost = Cost::FREE.sees(ReceptiveField::ALL);

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let (a, b) = io.x.split_at(A::LEN * pass.batch);
        interleave(a, b, io.y, Self::A_CHANNELS, Self::B_CHANNELS);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Some(dx) = io.dx else { return };
        let (da, db) = dx.split_at_mut(A::LEN * pass.batch);
        columns(io.dy, Self::CHANNELS, 0, da, Self::A_CHANNELS);
        columns(io.dy, Self::CHANNELS, Self::A_CHANNELS, db, Self::B_CHANNELS);
    }

    fn infer<T: Scalar>(pass: Pass, _: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        work.map(O::LEN * pass.batch, |x, y, _| {
            let (a, b) = x.split_at(A::LEN * pass.batch);
            interleave(a, b, y, Self::A_CHANNELS, Self::B_CHANNELS);
        });
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Heads, Sigmoid, Tanh};

    super::checks::cases![
        Join<Flat<3>, Flat<2>, Flat<5>>,
        Join<Image<2, 3, 2>, Image<2, 3, 1>, Image<2, 3, 3>>,
        (Heads<Dense<3, 2>, Sigmoid<Flat<3>>>, Join<Flat<2>, Flat<3>, Flat<5>>),
        ((Tanh<(Flat<2>, Flat<2>)>, Join<Flat<2>, Flat<2>, Flat<4>>), Sigmoid<Flat<4>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image};
    use crate::model::{Batch, Model, Predictor};
    use plywood_kernel::numbers::Both;

    #[test]
    fn parts_lie_side_by_side_in_each_pixel_and_each_example() {
        type Images = Join<Image<1, 2, 2>, Image<1, 2, 1>, Image<1, 2, 3>>;
        type Vectors = Join<Flat<2>, Flat<1>, Flat<3>>;
        let y = Model::<Images>::new(0).infer(&Both([[[1.0, 2.0], [3.0, 4.0]]], [[[5.0], [6.0]]]));
        assert_eq!(y, [[[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]]]);

        let x = [Both([1.0, 2.0], [3.0]), Both([4.0, 5.0], [6.0])];
        let mut y = [0.0; 6];
        Predictor::new(&Model::<Vectors>::new(0))
            .infer_into(Batch::<(Flat<2>, Flat<1>)>::from_examples(x.iter()).as_slice(), &mut y);
        assert_eq!(y, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }
}
