//! Layer normalisation.

use std::marker::PhantomData;

use super::batch_norm::epsilon;
use crate::init::Init;
use crate::kernel::channels::{map, moments, sum};
use crate::kernel::elementwise::vectorised;
use crate::kernel::parallel::over_rows;
use crate::outline::{Kind, Outline};
use crate::{Backward, Dims, Field, Forward, Layer, Pass, Scalar, Shape, Space, Stage};

/// `layer_norm`: y = γ (x − μ) / √(σ² + ε) + β, with mean μ and variance σ² over all numbers of an example (Ba et
/// al. 2016). The same in training and in evaluation.
///
/// ε is `EPSILON_BILLIONTHS` / 10⁹: 10⁻⁵ unless said otherwise. Parameters: `scale` γ (starts at 1) and `shift` β
/// (0), one for each number of an example.
#[derive(Debug, Clone, Copy)]
pub struct LayerNorm<S, const EPSILON_BILLIONTHS: u32 = 10_000>(PhantomData<S>);

impl<S: Shape, const EPSILON_BILLIONTHS: u32> LayerNorm<S, EPSILON_BILLIONTHS> {
    /// Mean and inverse deviation of one example.
    fn statistics<T: Scalar>(x: &[T]) -> [T; 2] {
        let (mut mean, mut squares) = ([T::ZERO], [T::ZERO]);
        moments(x, &mut mean, &mut squares);
        let variance = squares[0].to_f64() / S::LEN as f64;
        [mean[0], T::of(1.0 / (variance + const { epsilon(EPSILON_BILLIONTHS) }).sqrt())]
    }
}

impl<S: Shape, const EPSILON_BILLIONTHS: u32> Layer for LayerNorm<S, EPSILON_BILLIONTHS> {
    type In = S;
    type Out = S;

    const NAME: &'static str = "layer_norm";
    const PARAMS: usize = 2 * S::LEN;
    /// Mean and inverse deviation of each example.
    const TAPE: Space = Space::per_example(2);
    const FLOPS: usize = 8 * S::LEN;
    const FIELD: Field = Field::ALL;
    const KEEPS_DY: bool = true;

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params[..S::LEN].fill(T::ONE);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        let operations = 8 * io.x.len();
        over_rows(io.tape, 2, operations, &|first, tape| {
            for (tape, x) in tape.chunks_exact_mut(2).zip(io.x.chunks_exact(S::LEN).skip(first)) {
                tape.copy_from_slice(&Self::statistics(x));
            }
        });
        let (scale, shift) = io.params.split_at(S::LEN);
        let tape = &*io.tape;
        over_rows(io.y, S::LEN, operations, &|first, y| {
            let examples = io.x.chunks_exact(S::LEN).zip(tape.chunks_exact(2)).skip(first);
            for (y, (x, tape)) in y.chunks_exact_mut(S::LEN).zip(examples) {
                map(
                    y,
                    [x, scale, shift],
                    1,
                    |_| [],
                    |_, [x, scale, shift], []| (x - tape[0]) * tape[1] * scale + shift,
                );
            }
        });
    }

    /// With c = x − μ, i = 1/√(σ² + ε), n numbers in an example and g = γ dy: dβ = Σ dy and dγ = Σ dy c i over the
    /// batch, dx = i (g − Σ g / n − c i² Σ g c / n) with sums over the example.
    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let operations = 4 * io.x.len();
        let (scale, _) = io.params.split_at(S::LEN);
        let (d_scale, d_shift) = io.grads.split_at_mut(S::LEN);
        let (x, dy, tape) = (io.x, &*io.dy, &*io.tape);
        over_rows(d_shift, 1, operations, &|first, d_shift| {
            for dy in dy.chunks_exact(S::LEN) {
                vectorised(
                    #[inline(always)]
                    || d_shift.iter_mut().zip(&dy[first..]).for_each(|(d, &dy)| *d += dy),
                );
            }
        });
        over_rows(d_scale, 1, operations, &|first, d_scale| {
            let examples = x.chunks_exact(S::LEN).zip(dy.chunks_exact(S::LEN)).zip(tape.chunks_exact(2));
            for ((x, dy), tape) in examples {
                vectorised(
                    #[inline(always)]
                    || {
                        let numbers = d_scale.iter_mut().zip(&x[first..]).zip(&dy[first..]);
                        numbers.for_each(|((d, &x), &dy)| *d += dy * ((x - tape[0]) * tape[1]));
                    },
                );
            }
        });
        let Some(dx) = io.dx else { return };
        let per_number = T::of(1.0 / S::LEN as f64);
        over_rows(dx, S::LEN, 2 * operations, &|first, dx| {
            let examples = x.chunks_exact(S::LEN).zip(dy.chunks_exact(S::LEN)).zip(tape.chunks_exact(2));
            for (dx, ((x, dy), tape)) in dx.chunks_exact_mut(S::LEN).zip(examples.skip(first)) {
                let (mean, inverse) = (tape[0], tape[1]);
                let mut sums = [T::ZERO; 2];
                sum(
                    &mut sums,
                    [dy, x, scale],
                    1,
                    |_| [],
                    |[dy, x, scale], []| [scale * dy, scale * dy * (x - mean)],
                );
                let [constant, slope] =
                    [sums[0] * per_number, sums[1] * per_number * inverse * inverse];
                map(
                    dx,
                    [dy, x, scale],
                    1,
                    |_| [],
                    |_, [dy, x, scale], []| inverse * (scale * dy - constant - (x - mean) * slope),
                );
            }
        });
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        let (scale, shift) = params.split_at(S::LEN);
        let len = S::LEN * pass.batch;
        stage.in_place(len, |y| {
            over_rows(y, S::LEN, 8 * len, &|_, y| {
                for y in y.chunks_exact_mut(S::LEN) {
                    let [mean, inverse] = Self::statistics(y);
                    map(
                        y,
                        [scale, shift],
                        1,
                        |_| [],
                        |y, [scale, shift], []| (y - mean) * inverse * scale + shift,
                    );
                }
            });
        });
    }

    fn outline(outline: &mut Outline) {
        let dims = match S::DIMS {
            Dims::Flat(n) => vec![n],
            Dims::Image(height, width, channels) => vec![height, width, channels],
        };
        outline.leaf::<Self>(&[("scale", Kind::Scale, &dims), ("shift", Kind::Bias, &dims)]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{Dense, Silu};
    use crate::{Flat, Image};

    super::checks::cases![
        LayerNorm<Flat<1>>,
        LayerNorm<Flat<5>>,
        LayerNorm<Flat<700>>,
        LayerNorm<Image<3, 2, 4>, 1_000_000>,
        ((Dense<4, 6>, LayerNorm<Flat<6>>), Silu<Flat<6>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flat, Model};

    #[test]
    fn an_example_by_hand() {
        // mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5; with ε = 0.5 the deviation is 2
        let mut model = Model::<LayerNorm<Flat<4>, 500_000_000>, f64>::new(0);
        assert_eq!(model.infer(&[1.0, 2.0, 3.0, 6.0]), [-1.0, -0.5, 0.0, 1.5]);
        model.params_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(model.infer(&[1.0, 2.0, 3.0, 6.0]), [9.0, 19.0, 30.0, 46.0]);
    }

    #[test]
    fn a_large_mean_loses_nothing() {
        let x = std::array::from_fn(|i| 1000.0 + 0.01 * f32::from(i as u16 % 2));
        let model = Model::<LayerNorm<Flat<512>, 1>>::new(0);
        // a spacing of f32 at 1000 is 0.6 % of the difference
        for (i, y) in model.infer(&x).into_iter().enumerate() {
            assert!((y - if i % 2 == 0 { -1.0 } else { 1.0 }).abs() < 0.01, "number {i} is {y}");
        }
    }
}
