//! Defines layer normalization.

use std::marker::PhantomData;

use super::epsilon::epsilon;
use crate::core::outline::Kind;
use crate::core::{
    Backward, Cost, Dims, Forward, Infer, Init, Layer, Memory, Pass, Single, Space, Visitor, Workspace,
};
use plywood_kernel::Scalar;
use plywood_kernel::norm::rows;

/// `layer_norm`: y = γ (x − μ) / √(σ² + ε) + β, over all numbers of an example (Ba et al. 2016).
///
/// Mean μ and variance σ² are those of the example. The layer computes the same in training and in evaluation. A single
/// number has no variance: the layer gives β, and `network!` refuses it.
///
/// ε is `EPSILON_TRILLIONTHS` / 10¹² (10⁻⁵ by default).
///
/// # Parameters
/// The parameters are `scale` γ (starts at 1) and `shift` β (0), one of each for each number of an example.
#[derive(Debug, Clone, Copy)]
pub struct LayerNorm<S, const EPSILON_TRILLIONTHS: u64 = 10_000_000>(PhantomData<S>);

impl<S: Single, const EPSILON_TRILLIONTHS: u64> LayerNorm<S, EPSILON_TRILLIONTHS> {
    const EPSILON: f64 = epsilon("layer_norm", EPSILON_TRILLIONTHS);
}

impl<S: Single, const EPSILON_TRILLIONTHS: u64> Layer for LayerNorm<S, EPSILON_TRILLIONTHS> {
    type In = S;
    type Out = S;

    const NAME: &'static str = "layer_norm";
    const PARAMS: usize = 2 * S::LEN;
    /// The tape holds the mean and inverse deviation of each example.
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .tape(Space::per_example(2))
        .infer_scratch(Space::NONE)
        .reads_input()
        .preserves_dy();
    const COST: Cost = Cost::FREE.flops(8 * S::LEN);

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params[..S::LEN].fill(T::ONE);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        rows::forward(io.x, io.y, io.params, io.tape, Self::EPSILON);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        rows::backward(io.x, io.dy, io.dx, io.params, io.grads, io.tape);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        work.in_place(S::LEN * pass.batch, |y| rows::evaluate(y, io.params, Self::EPSILON));
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        let dims = match S::DIMS {
            Dims::Image(height, width, channels) => vec![height, width, channels],
            one_side => vec![one_side.len()],
        };
        visitor.leaf::<Self>(&[("scale", Kind::Scale, &dims), ("shift", Kind::Bias, &dims)]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Silu};

    super::checks::cases![
        LayerNorm<Flat<2>>,
        LayerNorm<Flat<5>>,
        LayerNorm<Flat<700>>,
        LayerNorm<Image<3, 2, 4>, 1_000_000_000>,
        ((Dense<4, 6>, LayerNorm<Flat<6>>), Silu<Flat<6>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::model::Model;

    #[test]
    fn an_example_by_hand() {
        // mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5; with ε = 0.5 the deviation is 2
        let mut model = Model::<LayerNorm<Flat<4>, 500_000_000_000>, f64>::new(0);
        assert_eq!(model.infer(&[1.0, 2.0, 3.0, 6.0]), [-1.0, -0.5, 0.0, 1.5]);
        model.params_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(model.infer(&[1.0, 2.0, 3.0, 6.0]), [9.0, 19.0, 30.0, 46.0]);
    }

    #[test]
    fn a_large_mean_loses_nothing() {
        let x = std::array::from_fn(|i| 1000.0 + 0.01 * f32::from(i as u16 % 2));
        let model = Model::<LayerNorm<Flat<512>, 1_000>>::new(0);
        // a spacing of f32 at 1000 is 0.6 % of the difference
        for (i, y) in model.infer(&x).into_iter().enumerate() {
            assert!((y - if i % 2 == 0 { -1.0 } else { 1.0 }).abs() < 0.01, "number {i} is {y}");
        }
    }
}
