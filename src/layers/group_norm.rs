//! Group normalisation.

use std::marker::PhantomData;

use super::batch_norm::epsilon;
use crate::init::Init;
use crate::kernel::channels::{map, moments, sum};
use crate::kernel::parallel::over_rows;
use crate::outline::{Kind, Outline};
use crate::{Backward, Field, Forward, Layer, Pass, Scalar, Shape, Space, Stage};

/// `group_norm(GROUPS)`: y = γ (x − μ) / √(σ² + ε) + β, with mean μ and variance σ² over a group of neighbouring
/// channels of one example and all their pixels (Wu and He 2018). The same in training and in evaluation.
///
/// `GROUPS` must divide the channels; with one channel in each group it is instance normalisation (Ulyanov et al.
/// 2016). ε is `EPSILON_BILLIONTHS` / 10⁹: 10⁻⁵ unless said otherwise. Parameters: `scale` γ (starts at 1) and
/// `shift` β (0), one for each channel.
#[derive(Debug, Clone, Copy)]
pub struct GroupNorm<S, const GROUPS: usize, const EPSILON_BILLIONTHS: u32 = 10_000>(PhantomData<S>);

impl<S: Shape, const GROUPS: usize, const EPSILON_BILLIONTHS: u32> GroupNorm<S, GROUPS, EPSILON_BILLIONTHS> {
    const CHANNELS: usize = S::DIMS.channels();
    /// Channels of a group.
    const SIZE: usize = {
        assert!(
            GROUPS > 0 && Self::CHANNELS.is_multiple_of(GROUPS),
            "group_norm: the number of groups must divide the number of channels"
        );
        Self::CHANNELS / GROUPS
    };
    /// Numbers of a group in an example.
    const COUNT: f64 = (S::LEN / GROUPS) as f64;

    /// Mean and inverse deviation of the group that each pair of `statistics` is for, from the moments of each
    /// channel of one example.
    fn combine<T: Scalar>(mean: &[T], squares: &[T], statistics: &mut [T]) {
        let pixels = (S::LEN / Self::CHANNELS) as f64;
        let groups = mean.chunks_exact(Self::SIZE).zip(squares.chunks_exact(Self::SIZE));
        for (out, (means, squares)) in statistics.chunks_exact_mut(2).zip(groups) {
            let mean = means.iter().map(|m| m.to_f64()).sum::<f64>() / Self::SIZE as f64;
            let within: f64 = squares.iter().map(|s| s.to_f64()).sum();
            let between: f64 = means.iter().map(|m| (m.to_f64() - mean).powi(2)).sum();
            let variance = (within + pixels * between) / Self::COUNT;
            out[0] = T::of(mean);
            out[1] = T::of(1.0 / (variance + const { epsilon(EPSILON_BILLIONTHS) }).sqrt());
        }
    }

    /// The moments of each channel of each example, in rows of `2 · CHANNELS`.
    fn moments<T: Scalar>(x: &[T], rows: &mut [T]) {
        over_rows(rows, 2 * Self::CHANNELS, 8 * x.len(), &|first, rows| {
            let examples = x.chunks_exact(S::LEN).skip(first);
            for (row, x) in rows.chunks_exact_mut(2 * Self::CHANNELS).zip(examples) {
                let (mean, squares) = row.split_at_mut(Self::CHANNELS);
                moments(x, mean, squares);
            }
        });
    }
}

impl<S: Shape, const GROUPS: usize, const EPSILON_BILLIONTHS: u32> Layer
    for GroupNorm<S, GROUPS, EPSILON_BILLIONTHS>
{
    type In = S;
    type Out = S;

    const NAME: &'static str = "group_norm";
    const PARAMS: usize = 2 * Self::CHANNELS;
    /// Mean and inverse deviation of each group of each example.
    const TAPE: Space = Space::per_example(2 * GROUPS);
    /// Two sums for each channel.
    const SCRATCH: Space = Space::per_example(2 * Self::CHANNELS);
    const INFER_SCRATCH: Space = Self::SCRATCH.and(Self::TAPE);
    const FLOPS: usize = 8 * S::LEN;
    const FIELD: Field = Field::ALL;
    const KEEPS_DY: bool = true;

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params[..Self::CHANNELS].fill(T::ONE);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let rows = &mut io.scratch[..2 * Self::CHANNELS * pass.batch];
        Self::moments(io.x, rows);
        let examples = io.tape.chunks_exact_mut(2 * GROUPS).zip(rows.chunks_exact(2 * Self::CHANNELS));
        for (statistics, row) in examples {
            let (mean, squares) = row.split_at(Self::CHANNELS);
            Self::combine(mean, squares, statistics);
        }
        let (scale, shift) = io.params.split_at(Self::CHANNELS);
        let tape = &*io.tape;
        over_rows(io.y, S::LEN, 4 * io.x.len(), &|first, y| {
            let examples = io.x.chunks_exact(S::LEN).zip(tape.chunks_exact(2 * GROUPS)).skip(first);
            for (y, (x, statistics)) in y.chunks_exact_mut(S::LEN).zip(examples) {
                map(
                    y,
                    [x],
                    Self::CHANNELS,
                    |c| {
                        let group = 2 * (c / Self::SIZE);
                        [statistics[group], scale[c] * statistics[group + 1], shift[c]]
                    },
                    |_, [x], [mean, factor, shift]| (x - mean) * factor + shift,
                );
            }
        });
    }

    /// With c = x − μ, i = 1/√(σ² + ε), n numbers in a group and g = γ dy: dβ = Σ dy and dγ = Σ dy c i over pixels
    /// and batch, dx = i (g − Σ g / n − c i² Σ g c / n) with sums over the group.
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let channels = Self::CHANNELS;
        let (x, dy, tape, scale) = (io.x, &*io.dy, &*io.tape, &io.params[..channels]);
        let rows = &mut io.scratch[..2 * channels * pass.batch];
        over_rows(rows, 2 * channels, 4 * x.len(), &|first, rows| {
            let examples = x.chunks_exact(S::LEN).zip(dy.chunks_exact(S::LEN));
            let examples = examples.zip(tape.chunks_exact(2 * GROUPS)).skip(first);
            for (row, ((x, dy), statistics)) in rows.chunks_exact_mut(2 * channels).zip(examples) {
                sum(
                    row,
                    [dy, x],
                    channels,
                    |c| [statistics[2 * (c / Self::SIZE)]],
                    |[dy, x], [mean]| [dy, dy * (x - mean)],
                );
            }
        });
        let (d_scale, d_shift) = io.grads.split_at_mut(channels);
        for (row, statistics) in rows.chunks_exact_mut(2 * channels).zip(tape.chunks_exact(2 * GROUPS)) {
            let (sums, products) = row.split_at_mut(channels);
            for group in 0..GROUPS {
                let inverse = statistics[2 * group + 1];
                let (mut sum, mut product) = (T::ZERO, T::ZERO);
                for c in group * Self::SIZE..(group + 1) * Self::SIZE {
                    d_shift[c] += sums[c];
                    d_scale[c] += products[c] * inverse;
                    sum += scale[c] * sums[c];
                    product += scale[c] * products[c];
                }
                // the sums of this channel and all before it have been read
                sums[group] = sum / T::of(Self::COUNT);
                products[group] = product / T::of(Self::COUNT) * inverse * inverse;
            }
        }
        let Some(dx) = io.dx else { return };
        let rows = &*rows;
        over_rows(dx, S::LEN, 4 * x.len(), &|first, dx| {
            let examples = x.chunks_exact(S::LEN).zip(dy.chunks_exact(S::LEN));
            let statistics = tape.chunks_exact(2 * GROUPS).zip(rows.chunks_exact(2 * channels));
            let examples = examples.zip(statistics).skip(first);
            for (dx, ((x, dy), (statistics, row))) in dx.chunks_exact_mut(S::LEN).zip(examples) {
                map(
                    dx,
                    [dy, x],
                    channels,
                    |c| {
                        let group = c / Self::SIZE;
                        let (mean, inverse) = (statistics[2 * group], statistics[2 * group + 1]);
                        [mean, scale[c] * inverse, row[group] * inverse, row[channels + group] * inverse]
                    },
                    |_, [dy, x], [mean, factor, constant, slope]| {
                        factor * dy - constant - (x - mean) * slope
                    },
                );
            }
        });
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        let len = S::LEN * pass.batch;
        stage.map(len, |x, y, scratch| {
            let (tape, scratch) = scratch.split_at_mut(Self::TAPE.len(pass.batch));
            let io = Forward { params, buffers: &mut [], x: &x[..len], y, tape, scratch };
            Self::forward(pass, io);
        });
    }

    fn outline(outline: &mut Outline) {
        let dims: &[usize] = &[Self::CHANNELS];
        outline.leaf::<Self>(&[("scale", Kind::Scale, dims), ("shift", Kind::Bias, dims)]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{Dense, Silu};
    use crate::{Flat, Image};

    super::checks::cases![
        GroupNorm<Image<3, 2, 4>, 1>,
        GroupNorm<Image<3, 2, 4>, 2>,
        GroupNorm<Image<3, 2, 6>, 6>,
        GroupNorm<Image<2, 2, 260>, 130>,
        GroupNorm<Flat<12>, 3, 1_000_000>,
        ((Dense<4, 6>, GroupNorm<Flat<6>, 2>), Silu<Flat<6>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Image, Model};

    #[test]
    fn groups_by_hand() {
        // channels 0 and 1 hold 1, 2, 3, 6: mean 3, variance 3.5, with ε = 0.5 deviation 2; channels 2 and 3 hold 5
        let mut model = Model::<GroupNorm<Image<1, 2, 4>, 2, 500_000_000>, f64>::new(0);
        let x = [[[1.0, 3.0, 5.0, 5.0], [2.0, 6.0, 5.0, 5.0]]];
        assert_eq!(model.infer(&x), [[[-1.0, 0.0, 0.0, 0.0], [-0.5, 1.5, 0.0, 0.0]]]);
        model.params_mut().copy_from_slice(&[2.0, 4.0, 1.0, 1.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(model.infer(&x), [[[8.0, 20.0, 30.0, 40.0], [9.0, 26.0, 30.0, 40.0]]]);
    }

    #[test]
    fn a_large_mean_loses_nothing() {
        let x = std::array::from_fn(|_| std::array::from_fn(|i| [1000.0 + 0.01 * f32::from(i as u16 % 2); 2]));
        let y: [[[f32; 2]; 64]; 8] = Model::<GroupNorm<Image<8, 64, 2>, 1, 1>>::new(0).infer(&x);
        for (i, &y) in y.as_flattened().as_flattened().iter().enumerate() {
            // a spacing of f32 at 1000 is 0.6 % of the difference
            assert!((y - if i / 2 % 2 == 0 { -1.0 } else { 1.0 }).abs() < 0.01, "number {i} is {y}");
        }
    }
}
