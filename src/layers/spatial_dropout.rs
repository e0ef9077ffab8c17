//! Defines dropout of whole channels.

use std::marker::PhantomData;

use super::dropout::{Draw, LEAST};
use crate::core::visitor::Pointwise;
use crate::core::{
    Backward, Cost, Forward, ImageShape, Infer, Layer, Memory, Pass, ReceptiveField, Visitor, Workspace,
    proof,
};
use plywood_kernel::Scalar;

/// `spatial_dropout(p)`: in training, each channel of each example becomes 0 with probability p, and otherwise 1/(1 −
/// p) times itself.
///
/// In evaluation the layer does nothing (Tompson et al. 2015).
///
/// Neighboring pixels of a channel carry similar information, so [`Dropout`](super::Dropout) of single numbers hides
/// little of it. p is `MILLIONTHS / 1,000,000`, at least a thousandth unless it is 0.
#[derive(Debug, Clone, Copy)]
pub struct SpatialDropout<I, const MILLIONTHS: u32>(PhantomData<I>);

impl<I: ImageShape, const MILLIONTHS: u32> SpatialDropout<I, MILLIONTHS> {
    fn apply<T: Scalar>(pass: Pass, y: &mut [T]) {
        if !pass.is_frozen {
            Draw::new(pass, MILLIONTHS).apply_to_channels(y, I::LEN, I::CHANNELS);
        }
    }
}

impl<I: ImageShape, const MILLIONTHS: u32> Layer for SpatialDropout<I, MILLIONTHS> {
    type In = I;
    type Out = I;

    const NAME: &'static str = "spatial_dropout";
    const MEMORY: Memory = {
        proof::millionths(Self::NAME, "p", MILLIONTHS, LEAST, 999_999);
        Memory::IN_PLACE.reads_nothing()
    };
    const COST: Cost = Cost::FREE.flops(I::LEN).sees(ReceptiveField::POINT);

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        Self::apply(pass, io.y);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        Self::apply(pass, io.dy);
    }

    fn infer<T: Scalar>(_: Pass, _: Infer<'_, T>, _: &mut Workspace<'_, T>) {}

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.pointwise::<Self>(&[]);
    }
}

impl<I: ImageShape, const MILLIONTHS: u32> Pointwise for SpatialDropout<I, MILLIONTHS> {
    fn change<T: Scalar>(_: &[T], _: &[T], _: &mut [T]) {}
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::Image;
    use crate::layers::Relu;

    super::checks::cases![
        SpatialDropout<Image<2, 3, 5>, 0>,
        SpatialDropout<Image<2, 3, 5>, 500_000>,
        (SpatialDropout<Image<2, 3, 5>, 500_000>, Relu<Image<2, 3, 5>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Image, call};

    #[test]
    fn channels_fall_whole_and_in_their_share() {
        type Layer = SpatialDropout<Image<2, 2, 500>, 300_000>;
        const EXAMPLES: usize = 40;
        let x = vec![f64::INFINITY; EXAMPLES * 2000];
        let mut y = vec![0.0; x.len()];
        let io = Forward::new(&[], &mut [], &x, &mut y, [&mut [], &mut []]);
        call::forward::<Layer, f64>(Pass::new(EXAMPLES, 7), io);
        let mut dropped = [0; EXAMPLES];
        for (example, dropped) in y.chunks_exact(2000).zip(&mut dropped) {
            let (first, others) = example.split_at(500);
            assert!(others.chunks_exact(500).all(|pixel| pixel == first), "a channel falls in parts");
            *dropped = first.iter().filter(|&&y| y == 0.0).count();
        }
        // 0.3 to five standard deviations: sqrt(0.3 * 0.7 / 20,000) = 0.0032
        let share = dropped.iter().sum::<usize>() as f64 / 20_000.0;
        assert!((share - 0.3).abs() < 0.016, "{share}");
        assert!(y[..500] != y[2000..2500], "examples draw the same");
    }
}
