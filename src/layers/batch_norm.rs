//! Defines batch normalization.

use std::marker::PhantomData;

use super::epsilon::epsilon;
use crate::core::outline::Kind;
use crate::core::visitor::Pointwise;
use crate::core::{
    Backward, Cost, Forward, Fusion, Infer, Init, Layer, Memory, Pass, ReceptiveField, Running, Single,
    Space, Visitor, Workspace, proof,
};
use plywood_kernel::Scalar;
use plywood_kernel::epilogue::Epilogue;
use plywood_kernel::norm::batch::{self, Statistics};
use plywood_kernel::norm::per_channel::room;

/// `batch_norm`: y = γ (x − μ) / √(σ² + ε) + β, for each channel (Ioffe and Szegedy 2015).
///
/// It normalizes each channel of an [`Image`](crate::Image) over the pixels of the whole batch, or each number of a
/// [`Flat`](crate::Flat) over the batch.
///
/// In training, μ and σ² (with denominator n) are those of the batch, and the gradient goes through them. Running
/// statistics move as running ← (1 − m) running + m batch, the variance with denominator n − 1. In evaluation the
/// running statistics take their place. [`Model::calibrate`](crate::Model::calibrate) estimates them anew after
/// training.
///
/// ε is `EPSILON_TRILLIONTHS` / 10¹² (10⁻⁵ by default) and m is `MOMENTUM_MILLIONTHS` / 10⁶ (0.1 by default).
///
/// Parameters: `scale` γ (starts at 1) and `shift` β (0), one for each channel. Buffers: running `mean` (0) and
/// `variance` (1).
///
/// Under a [frozen](crate::Trainer::freeze) label the layer normalizes by the running statistics in training too, and
/// leaves them as they are.
///
/// If a channel has only one number (a vector, or an image of one pixel, in a batch of one example), it has no
/// variance. The layer then gives β for any input, has a gradient of zero and leaves the running statistics unchanged.
/// A last minibatch of a single example therefore teaches the layers before it nothing. A network cannot learn from
/// such minibatches alone: its [`MIN_BATCH`](crate::Declared::MIN_BATCH) is then 2.
#[derive(Debug, Clone, Copy)]
pub struct BatchNorm<S, const EPSILON_TRILLIONTHS: u64 = 10_000_000, const MOMENTUM_MILLIONTHS: u32 = 100_000>(
    PhantomData<S>,
);

impl<S: Single, const EPSILON_TRILLIONTHS: u64, const MOMENTUM_MILLIONTHS: u32>
    BatchNorm<S, EPSILON_TRILLIONTHS, MOMENTUM_MILLIONTHS>
{
    const CHANNELS: usize = S::DIMS.channels();
    const EPSILON: f64 = epsilon("batch_norm", EPSILON_TRILLIONTHS);
    const MOMENTUM: f64 = {
        // a moving average over 10,000 steps is long, but not yet a mistaken percentage
        proof::millionths("batch_norm", "momentum", MOMENTUM_MILLIONTHS, 100, 1_000_000);
        MOMENTUM_MILLIONTHS as f64 / 1e6
    };
}

impl<S: Single, const EPSILON_TRILLIONTHS: u64, const MOMENTUM_MILLIONTHS: u32> Layer
    for BatchNorm<S, EPSILON_TRILLIONTHS, MOMENTUM_MILLIONTHS>
{
    type In = S;
    type Out = S;

    const NAME: &'static str = "batch_norm";
    const PARAMS: usize = 2 * Self::CHANNELS;
    const BUFFERS: usize = 2 * Self::CHANNELS;
    /// The tape holds the mean and inverse deviation of each channel, scratch holds partial sums.
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .tape(Space::fixed(2 * Self::CHANNELS))
        .scratch(Space::fixed(room(Self::CHANNELS, 2)))
        .infer_scratch(Space::NONE)
        .reads_input()
        .preserves_dy();
    const COST: Cost = Cost::FREE
        .flops(8 * S::LEN)
        .sees(ReceptiveField::POINT)
        // one number of a channel has no variance
        .min_batch(if S::LEN == Self::CHANNELS { 2 } else { 1 });
    const FUSION: Fusion = Fusion::NONE.adds().differentiates().folds();

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], _: &mut Init) {
        params[..Self::CHANNELS].fill(T::ONE);
        buffers[Self::CHANNELS..].fill(T::ONE);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let epilogue = io.epilogue.of_kernel();
        if pass.is_frozen {
            return batch::forward_given(io.x, io.y, io.params, io.buffers, io.tape, Self::EPSILON, epilogue);
        }
        batch::forward(io.x, io.y, io.params, io.tape, io.scratch, Self::EPSILON, epilogue);
        let rows = io.x.len() / Self::CHANNELS;
        // a single number tells nothing about the variance of the population
        if rows > 1 && !matches!(pass.running, Running::Keep) {
            let unbiased = 1.0 / (rows as f64 - 1.0);
            for (i, (running, batch)) in io.buffers.iter_mut().zip(&*io.scratch).enumerate() {
                let batch = batch.to_f64() * if i < Self::CHANNELS { 1.0 } else { unbiased };
                *running = T::of(pass.running.update(Self::MOMENTUM, running.to_f64(), batch));
            }
        }
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let of = if pass.is_frozen { Statistics::Given } else { Statistics::OfBatch };
        batch::backward([io.x, io.dy], io.dx, io.params, io.grads, of(io.tape), io.scratch, io.rectified);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        let epilogue = io.epilogue.of_kernel();
        work.in_place(S::LEN * pass.batch, |y| {
            if pass.folded {
                batch::transform(y, io.params, epilogue);
            } else {
                batch::evaluate(y, io.params, io.buffers, Self::EPSILON, epilogue);
            }
        });
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        batch::fold(params, buffers, Self::EPSILON);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        let dims: &[usize] = &[Self::CHANNELS];
        visitor.pointwise::<Self>(&[
            ("scale", Kind::Scale, dims),
            ("shift", Kind::Bias, dims),
            ("mean", Kind::Buffer, dims),
            ("variance", Kind::Buffer, dims),
        ]);
    }
}

impl<S: Single, const EPSILON_TRILLIONTHS: u64, const MOMENTUM_MILLIONTHS: u32> Pointwise
    for BatchNorm<S, EPSILON_TRILLIONTHS, MOMENTUM_MILLIONTHS>
{
    fn change<T: Scalar>(params: &[T], buffers: &[T], pixels: &mut [T]) {
        batch::evaluate(pixels, params, buffers, Self::EPSILON, Epilogue::NONE);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Relu, Silu};

    super::checks::cases![
        BatchNorm<Flat<1>>,
        BatchNorm<Flat<7>, 1_000_000_000>,
        BatchNorm<Flat<300>, 1_000_000_000>,
        BatchNorm<Image<3, 4, 2>>,
        BatchNorm<Image<5, 5, 1>, 1_000_000, 1_000_000>,
        BatchNorm<Image<2, 3, 258>>,
        ((Dense<4, 6>, BatchNorm<Flat<6>, 10_000_000_000>), Relu<Flat<6>>),
        ((BatchNorm<Flat<6>, 10_000_000_000>, Silu<Flat<6>>), BatchNorm<Flat<6>, 10_000_000_000>),
        ((Silu<Image<2, 2, 3>>, BatchNorm<Image<2, 2, 3>, 1_000_000_000>), Silu<Image<2, 2, 3>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Declared, Flat, Image, Outline};
    use crate::model::{Model, Predictor};

    /// Returns the output and buffers of a training pass.
    fn train<L: Layer, T: Scalar>(pass: Pass, model: &mut Model<L, T>, x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        let (mut tape, mut scratch) =
            (vec![T::ZERO; L::TAPE.len(pass.batch)], vec![T::ZERO; L::SCRATCH.len(pass.batch)]);
        let (params, buffers) = model.split_mut();
        let io = Forward::new(params, buffers, x, &mut y, [&mut tape, &mut scratch]);
        L::forward(pass, io);
        y
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close, "found {found:?}, expected {expected:?}");
    }

    #[test]
    fn a_batch_by_hand() {
        // channel 0: 1, 2, 3, 6, mean 3, squares 4 + 1 + 0 + 9 = 14; channel 1: 0, 4, 0, 4, mean 2, squares 16
        let mut model = Model::<BatchNorm<Image<1, 2, 2>, 500_000_000_000, 250_000>, f64>::new(0);
        model.params_mut().copy_from_slice(&[2.0, 3.0, 10.0, 20.0]);
        let x = [1.0, 0.0, 2.0, 4.0, 3.0, 0.0, 6.0, 4.0];
        let y = train(Pass::new(2, 0), &mut model, &x);
        // ε = 0.5: deviations √(14/4 + 1/2) = 2 and √(16/4 + 1/2) = √4.5
        let d = 3.0 * 2.0 / 4.5_f64.sqrt();
        assert_close(&y, &[8.0, 20.0 - d, 9.0, 20.0 + d, 10.0, 20.0 - d, 13.0, 20.0 + d]);
        // from 0 and 1, a quarter of the way, the variance with denominator 3
        let moved = [0.75, 0.5, 0.75 + 14.0 / 12.0, 0.75 + 16.0 / 12.0];
        assert_close(model.buffers(), &moved);

        // evaluation uses them, for one example as for many
        let y = Predictor::new(&model).infer(&[[[3.0, 2.0], [0.75, 0.5]]]);
        let of = |x: f64, c: usize| {
            let (scale, shift) = ([2.0, 3.0][c], [10.0, 20.0][c]);
            scale * (x - moved[c]) / (moved[2 + c] + 0.5).sqrt() + shift
        };
        assert_close(y.as_flattened().as_flattened(), &[of(3.0, 0), of(2.0, 1), 10.0, 20.0]);
    }

    #[test]
    fn running_statistics_average_or_stay() {
        let x = [[1.0, 3.0], [2.0, 8.0], [5.0, 5.0]];
        let mut model = Model::<BatchNorm<Flat<1>>, f64>::new(0);
        for (i, x) in x.iter().enumerate() {
            train(Pass { running: Running::Average(i + 1), ..Pass::new(2, 0) }, &mut model, x);
        }
        assert_close(model.buffers(), &[(2.0 + 5.0 + 5.0) / 3.0, (2.0 + 18.0 + 0.0) / 3.0]);
        let before = model.buffers().to_vec();
        train(Pass { running: Running::Keep, ..Pass::new(2, 0) }, &mut model, &x[0]);
        assert_eq!(model.buffers(), before);
    }

    #[test]
    fn a_large_mean_and_a_small_deviation_lose_nothing() {
        // 1000 ± 0.01 in f32, whose spacing there is 0.00006
        let x: Vec<f32> = (0..4000_u16).map(|i| 1000.0 + 0.01 * (f32::from(i) * 0.7).sin()).collect();
        let mean = x.iter().copied().map(f64::from).sum::<f64>() / 4000.0;
        let variance = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / 4000.0;
        let mut model = Model::<BatchNorm<Image<20, 20, 1>, 1_000>>::new(0);
        let y = train(Pass::new(10, 0), &mut model, &x);
        for (x, y) in x.iter().zip(&y) {
            let expected = (f64::from(*x) - mean) / (variance + 1e-9).sqrt();
            // the mean itself is rounded to half a spacing, 0.00003 / 0.007 of a deviation
            assert!((f64::from(*y) - expected).abs() < 0.005, "{y} for {expected}");
        }
        let y_variance = y.iter().map(|y| f64::from(y * y)).sum::<f64>() / 4000.0;
        assert!((y_variance - 1.0).abs() < 1e-4, "{y_variance}");
    }

    #[test]
    fn the_first_average_takes_the_place_of_what_was_there() {
        let mut model = Model::<BatchNorm<Flat<1>>, f64>::new(0);
        model.buffers_mut().fill(f64::NAN);
        train(Pass { running: Running::Average(1), ..Pass::new(2, 0) }, &mut model, &[1.0, 3.0]);
        assert_close(model.buffers(), &[2.0, 2.0]);
    }

    #[test]
    fn blocks_need_the_minibatch_of_what_is_inside() {
        use crate::layers::{Checkpoint, Concat, Dense, Identity, Repeat, Residual};

        type Norm = BatchNorm<Flat<4>>;
        type Wide = Concat<Identity<Flat<4>>, Norm, Flat<8>>;
        let found = [
            BatchNorm::<Image<2, 1, 3>>::MIN_BATCH,
            Dense::<4, 4>::MIN_BATCH,
            BatchNorm::<Image<1, 1, 3>>::MIN_BATCH,
            Norm::MIN_BATCH,
            <(Dense<4, 4>, Norm)>::MIN_BATCH,
            <(Norm, Dense<4, 4>)>::MIN_BATCH,
            Residual::<Norm>::MIN_BATCH,
            Residual::<Dense<4, 4>, Norm>::MIN_BATCH,
            Repeat::<2, Norm>::MIN_BATCH,
            Checkpoint::<Norm>::MIN_BATCH,
            Wide::MIN_BATCH,
        ];
        assert_eq!(found, [1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
        let outline = Outline::of::<(Dense<4, 4>, (Wide, BatchNorm<Flat<8>>))>();
        assert_eq!(outline.needs_batch().map(|layer| &*layer.path), Some("concat2.branch2.batch_norm1"));
        assert!(Outline::of::<Dense<4, 4>>().needs_batch().is_none());
    }

    #[test]
    fn a_single_number_has_no_deviation() {
        let mut model = Model::<BatchNorm<Flat<2>>, f32>::new(0);
        let y = train(Pass::new(1, 0), &mut model, &[5.0, -3.0]);
        assert_eq!(y, [0.0, 0.0]);
        assert_eq!(model.buffers(), [0.0, 0.0, 1.0, 1.0], "statistics moved without a variance");
    }
}
