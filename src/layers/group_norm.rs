//! Defines group normalization.

use std::marker::PhantomData;

use super::epsilon::epsilon;
use crate::core::outline::Kind;
use crate::core::{
    Backward, Cost, Declared, Forward, Init, Layer, Memory, Pass, Single, Space, Visitor, proof,
};
use plywood_kernel::Scalar;
use plywood_kernel::norm::group::{self, Groups};

/// `group_norm(GROUPS)`: y = γ (x − μ) / √(σ² + ε) + β, over groups of channels (Wu and He 2018).
///
/// Mean μ and variance σ² are those of a group of neighboring channels of one example, over all their pixels. The layer
/// computes the same in training and in evaluation.
///
/// `GROUPS` must divide the number of channels. With one channel in each group it is instance normalization (Ulyanov et
/// al. 2016). A group of a single number has no variance: the layer gives β, and `network!` refuses it. ε is
/// `EPSILON_TRILLIONTHS` / 10¹² (10⁻⁵ by default).
///
/// # Parameters
/// The parameters are `scale` γ (starts at 1) and `shift` β (0), one of each for each channel.
#[derive(Debug, Clone, Copy)]
pub struct GroupNorm<S, const GROUPS: usize, const EPSILON_TRILLIONTHS: u64 = 10_000_000>(PhantomData<S>);

impl<S: Single, const GROUPS: usize, const EPSILON_TRILLIONTHS: u64>
    GroupNorm<S, GROUPS, EPSILON_TRILLIONTHS>
{
    const CHANNELS: usize = S::DIMS.channels();
    const EPSILON: f64 = epsilon("group_norm", EPSILON_TRILLIONTHS);
    const SIZES: Groups = {
        proof::divides("group_norm", GROUPS, Self::CHANNELS, "input");
        Groups { len: S::LEN, channels: Self::CHANNELS, count: GROUPS }
    };
}

impl<S: Single, const GROUPS: usize, const EPSILON_TRILLIONTHS: u64> Layer
    for GroupNorm<S, GROUPS, EPSILON_TRILLIONTHS>
{
    type In = S;
    type Out = S;

    const NAME: &'static str = "group_norm";
    const PARAMS: usize = 2 * Self::CHANNELS;
    /// The tape holds the mean and inverse deviation of each group of each example. Scratch holds two sums for each
    /// channel.
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .tape(Space::per_example(2 * Self::SIZES.count))
        .scratch(Space::per_example(2 * Self::CHANNELS))
        .reads_input()
        .preserves_dy();
    const COST: Cost = Cost::FREE.flops(8 * S::LEN);

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params[..Self::CHANNELS].fill(T::ONE);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let work = &mut io.scratch[..Self::SCRATCH.len(pass.batch)];
        group::forward(Self::SIZES, io.x, io.y, io.params, io.tape, work, Self::EPSILON);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let work = &mut io.scratch[..Self::SCRATCH.len(pass.batch)];
        group::backward(Self::SIZES, [io.x, io.dy], io.dx, io.params, io.grads, io.tape, work);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        let dims: &[usize] = &[Self::CHANNELS];
        visitor.leaf::<Self>(&[("scale", Kind::Scale, dims), ("shift", Kind::Bias, dims)]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Silu};

    super::checks::cases![
        GroupNorm<Image<3, 2, 4>, 1>,
        GroupNorm<Image<3, 2, 4>, 2>,
        GroupNorm<Image<3, 2, 6>, 6>,
        GroupNorm<Image<2, 2, 260>, 130>,
        GroupNorm<Flat<12>, 3, 1_000_000_000>,
        ((Dense<4, 6>, GroupNorm<Flat<6>, 2>), Silu<Flat<6>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Image;
    use crate::model::Model;

    #[test]
    fn groups_by_hand() {
        // channels 0 and 1 hold 1, 2, 3, 6: mean 3, variance 3.5, with ε = 0.5 deviation 2; channels 2 and 3 hold 5
        let mut model = Model::<GroupNorm<Image<1, 2, 4>, 2, 500_000_000_000>, f64>::new(0);
        let x = [[[1.0, 3.0, 5.0, 5.0], [2.0, 6.0, 5.0, 5.0]]];
        assert_eq!(model.infer(&x), [[[-1.0, 0.0, 0.0, 0.0], [-0.5, 1.5, 0.0, 0.0]]]);
        model.params_mut().copy_from_slice(&[2.0, 4.0, 1.0, 1.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(model.infer(&x), [[[8.0, 20.0, 30.0, 40.0], [9.0, 26.0, 30.0, 40.0]]]);
    }

    #[test]
    fn a_large_mean_loses_nothing() {
        let x =
            std::array::from_fn(|_| std::array::from_fn(|i| [1000.0 + 0.01 * f32::from(i as u16 % 2); 2]));
        let y: [[[f32; 2]; 64]; 8] = Model::<GroupNorm<Image<8, 64, 2>, 1, 1_000>>::new(0).infer(&x);
        for (i, &y) in y.as_flattened().as_flattened().iter().enumerate() {
            // a spacing of f32 at 1000 is 0.6 % of the difference
            assert!((y - if i / 2 % 2 == 0 { -1.0 } else { 1.0 }).abs() < 0.01, "number {i} is {y}");
        }
    }
}
