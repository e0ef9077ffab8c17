//! Normalisations, forward and backward, with sizes as arguments.
//!
//! All of them are y = γ (x − μ) i + β with i = 1/√(σ² + ε). With c = x − μ, g = γ dy and n numbers in each mean, the
//! gradient is dβ = Σ dy, dγ = Σ dy c i and dx = i (g − Σ g / n − c i² Σ g c / n).

use super::channels::{map, map_rows, sum, sum_rows};
use super::elementwise::{rectify, vectorised};
use super::finish::Finish;
use super::moments::{moments, moments_rows};
use super::parallel::over_rows;
use crate::Scalar;

/// The inverse deviation i.
fn inverse<T: Scalar>(variance: f64, epsilon: f64) -> T {
    T::of(1.0 / (variance + epsilon).sqrt())
}

pub(crate) mod batch;

/// Normalisation of each example, with factors and shifts for each of its `len` numbers.
pub(crate) mod layer {
    use super::{Scalar, inverse, map, moments, over_rows, sum, vectorised};

    /// μ and i of one example.
    fn statistics<T: Scalar>(x: &[T], epsilon: f64) -> [T; 2] {
        let (mut mean, mut squares) = ([T::ZERO], [T::ZERO]);
        moments(x, &mut mean, &mut squares);
        [mean[0], inverse(squares[0].to_f64() / x.len() as f64, epsilon)]
    }

    /// Writes y and, for each example, μ and i.
    pub(crate) fn forward<T: Scalar>(x: &[T], y: &mut [T], params: &[T], statistics: &mut [T], epsilon: f64) {
        let len = params.len() / 2;
        let operations = 8 * x.len();
        over_rows(statistics, 2, operations, &|first, statistics| {
            for (out, x) in statistics.chunks_exact_mut(2).zip(x.chunks_exact(len).skip(first)) {
                out.copy_from_slice(&self::statistics(x, epsilon));
            }
        });
        let statistics = &*statistics;
        let (scale, shift) = params.split_at(len);
        over_rows(y, len, operations, &|first, y| {
            let examples = x.chunks_exact(len).zip(statistics.chunks_exact(2)).skip(first);
            for (y, (x, s)) in y.chunks_exact_mut(len).zip(examples) {
                map(
                    y,
                    [x, scale, shift],
                    1,
                    |_| [s[0], s[1]],
                    |_, [x, scale, shift], [mean, inverse]| (x - mean) * inverse * scale + shift,
                );
            }
        });
    }

    /// Normalises in place.
    pub(crate) fn evaluate<T: Scalar>(y: &mut [T], params: &[T], epsilon: f64) {
        let len = params.len() / 2;
        let (scale, shift) = params.split_at(len);
        let operations = 16 * y.len();
        over_rows(y, len, operations, &|_, y| {
            for y in y.chunks_exact_mut(len) {
                let [mean, inverse] = statistics(y, epsilon);
                map(
                    y,
                    [scale, shift],
                    1,
                    |_| [mean, inverse],
                    |y, [scale, shift], [mean, inverse]| (y - mean) * inverse * scale + shift,
                );
            }
        });
    }

    /// Adds to `grads` and writes dx.
    pub(crate) fn backward<T: Scalar>(
        x: &[T],
        dy: &[T],
        dx: Option<&mut [T]>,
        params: &[T],
        grads: &mut [T],
        statistics: &[T],
    ) {
        let len = params.len() / 2;
        let operations = 4 * x.len();
        let (scale, _) = params.split_at(len);
        let (d_scale, d_shift) = grads.split_at_mut(len);
        let examples = || x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(statistics.chunks_exact(2));
        over_rows(d_shift, 1, operations, &|first, d_shift| {
            for dy in dy.chunks_exact(len) {
                vectorised(
                    #[inline(always)]
                    || {
                        for (d, &dy) in d_shift.iter_mut().zip(&dy[first..]) {
                            *d += dy;
                        }
                    },
                );
            }
        });
        over_rows(d_scale, 1, operations, &|first, d_scale| {
            for ((x, dy), s) in examples() {
                vectorised(
                    #[inline(always)]
                    || {
                        let numbers = d_scale.iter_mut().zip(&x[first..]).zip(&dy[first..]);
                        for ((d, &x), &dy) in numbers {
                            *d += dy * ((x - s[0]) * s[1]);
                        }
                    },
                );
            }
        });
        let Some(dx) = dx else { return };
        let per_number = T::of(1.0 / len as f64);
        over_rows(dx, len, 2 * operations, &|first, dx| {
            for (dx, ((x, dy), s)) in dx.chunks_exact_mut(len).zip(examples().skip(first)) {
                let (mean, inverse) = (s[0], s[1]);
                let mut sums = [T::ZERO; 2];
                sum(
                    &mut sums,
                    [dy, x, scale],
                    1,
                    |_| [mean],
                    |[dy, x, scale], [mean]| [scale * dy, scale * dy * (x - mean)],
                );
                let [constant, slope] = [sums[0] * per_number, sums[1] * per_number * inverse * inverse];
                map(
                    dx,
                    [dy, x, scale],
                    1,
                    |_| [mean, inverse, constant, slope],
                    |_, [dy, x, scale], [mean, inverse, constant, slope]| {
                        inverse * (scale * dy - constant - (x - mean) * slope)
                    },
                );
            }
        });
    }
}

/// Normalisation of each group of channels of each example, with factors and shifts for each channel.
pub(crate) mod group {
    use super::{Scalar, inverse, map, moments, over_rows, sum};

    /// The sizes of one example.
    #[derive(Clone, Copy)]
    pub(crate) struct Groups {
        pub(crate) len: usize,
        pub(crate) channels: usize,
        pub(crate) count: usize,
    }

    impl Groups {
        /// Channels of a group.
        fn size(self) -> usize {
            self.channels / self.count
        }

        /// Numbers of a group.
        fn numbers(self) -> f64 {
            (self.len / self.count) as f64
        }

        /// μ and i of each group, from the moments of each channel.
        fn combine<T: Scalar>(self, mean: &[T], squares: &[T], statistics: &mut [T], epsilon: f64) {
            let size = self.size();
            let pixels = (self.len / self.channels) as f64;
            let groups = mean.chunks_exact(size).zip(squares.chunks_exact(size));
            for (out, (means, squares)) in statistics.chunks_exact_mut(2).zip(groups) {
                let mean = means.iter().map(|m| m.to_f64()).sum::<f64>() / size as f64;
                let within: f64 = squares.iter().map(|s| s.to_f64()).sum();
                let between: f64 = means.iter().map(|m| (m.to_f64() - mean).powi(2)).sum();
                out[0] = T::of(mean);
                out[1] = inverse((within + pixels * between) / self.numbers(), epsilon);
            }
        }
    }

    /// Writes y and, for each group of each example, μ and i; `work` holds `2 · channels` numbers for each example.
    pub(crate) fn forward<T: Scalar>(
        sizes: Groups,
        x: &[T],
        y: &mut [T],
        params: &[T],
        statistics: &mut [T],
        work: &mut [T],
        epsilon: f64,
    ) {
        let Groups { len, channels, count: groups } = sizes;
        over_rows(work, 2 * channels, 8 * x.len(), &|first, work| {
            for (row, x) in work.chunks_exact_mut(2 * channels).zip(x.chunks_exact(len).skip(first)) {
                let (mean, squares) = row.split_at_mut(channels);
                moments(x, mean, squares);
            }
        });
        for (out, row) in statistics.chunks_exact_mut(2 * groups).zip(work.chunks_exact(2 * channels)) {
            let (mean, squares) = row.split_at(channels);
            sizes.combine(mean, squares, out, epsilon);
        }
        let statistics = &*statistics;
        let (scale, shift) = params.split_at(channels);
        over_rows(y, len, 4 * x.len(), &|first, y| {
            let examples = x.chunks_exact(len).zip(statistics.chunks_exact(2 * groups)).skip(first);
            for (y, (x, s)) in y.chunks_exact_mut(len).zip(examples) {
                let of = |c: usize| {
                    let group = 2 * (c / sizes.size());
                    [s[group], scale[c] * s[group + 1], shift[c]]
                };
                map(y, [x], channels, of, |_, [x], [mean, factor, shift]| (x - mean) * factor + shift);
            }
        });
    }

    /// Adds to `grads` and writes dx; `work` as in [`forward`].
    pub(crate) fn backward<T: Scalar>(
        sizes: Groups,
        [x, dy]: [&[T]; 2],
        dx: Option<&mut [T]>,
        params: &[T],
        grads: &mut [T],
        statistics: &[T],
        work: &mut [T],
    ) {
        let Groups { len, channels, count: groups } = sizes;
        let size = sizes.size();
        let examples =
            || x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(statistics.chunks_exact(2 * groups));
        over_rows(work, 2 * channels, 4 * x.len(), &|first, work| {
            for (row, ((x, dy), s)) in work.chunks_exact_mut(2 * channels).zip(examples().skip(first)) {
                let of = |c: usize| [s[2 * (c / size)]];
                sum(row, [dy, x], channels, of, |[dy, x], [mean]| [dy, dy * (x - mean)]);
            }
        });
        let scale = &params[..channels];
        let (d_scale, d_shift) = grads.split_at_mut(channels);
        let count = T::of(sizes.numbers());
        for (row, s) in work.chunks_exact_mut(2 * channels).zip(statistics.chunks_exact(2 * groups)) {
            let (sums, products) = row.split_at_mut(channels);
            for group in 0..groups {
                let inverse = s[2 * group + 1];
                let (mut sum, mut product) = (T::ZERO, T::ZERO);
                for c in group * size..(group + 1) * size {
                    d_shift[c] += sums[c];
                    d_scale[c] += products[c] * inverse;
                    sum += scale[c] * sums[c];
                    product += scale[c] * products[c];
                }
                // the sums of this channel and of all before it have been read
                sums[group] = sum / count;
                products[group] = product / count * inverse * inverse;
            }
        }
        let Some(dx) = dx else { return };
        let work = &*work;
        over_rows(dx, len, 4 * x.len(), &|first, dx| {
            let examples = examples().zip(work.chunks_exact(2 * channels)).skip(first);
            for (dx, (((x, dy), s), row)) in dx.chunks_exact_mut(len).zip(examples) {
                let of = |c: usize| {
                    let group = c / size;
                    let (mean, inverse) = (s[2 * group], s[2 * group + 1]);
                    [mean, scale[c] * inverse, row[group] * inverse, row[channels + group] * inverse]
                };
                map(dx, [dy, x], channels, of, |_, [dy, x], [mean, factor, constant, slope]| {
                    factor * dy - constant - (x - mean) * slope
                });
            }
        });
    }
}
