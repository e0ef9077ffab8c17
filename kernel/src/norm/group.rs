//! Normalizes each group of channels of each image, with a factor and a shift for each channel.

use super::inverse;
use super::moments::moments;
use super::per_channel::{map, sum};
use crate::Scalar;
use crate::threads::parallel::over_rows;

/// The sizes of one image.
#[derive(Clone, Copy)]
pub struct Groups {
    /// The number of scalars in an image.
    pub len: usize,
    /// The number of channels of a pixel.
    pub channels: usize,
    /// The number of groups that the channels form.
    pub count: usize,
}

impl Groups {
    /// Returns the number of channels in a group.
    fn size(self) -> usize {
        self.channels / self.count
    }

    /// Returns the number of scalars in a group.
    fn numbers(self) -> f64 {
        (self.len / self.count) as f64
    }

    /// Computes μ and i of each group, from the moments of each channel.
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

/// Writes y and, for each group of each image, μ and i; `work` holds `2 · channels` numbers for each image.
#[inline]
pub fn forward<T: Scalar>(
    sizes: Groups,
    x: &[T],
    y: &mut [T],
    params: &[T],
    statistics: &mut [T],
    work: &mut [T],
    epsilon: f64,
) {
    T::group_norm_forward(sizes, x, y, params, statistics, work, epsilon);
}

/// Computes [`forward`], compiled in the crate that calls it.
pub(crate) fn forward_generic<T: Scalar>(
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
        let images = x.chunks_exact(len).zip(statistics.chunks_exact(2 * groups)).skip(first);
        for (y, (x, s)) in y.chunks_exact_mut(len).zip(images) {
            let of = |c: usize| {
                let group = 2 * (c / sizes.size());
                [s[group], scale[c] * s[group + 1], shift[c]]
            };
            map(y, [x], channels, of, |_, [x], [mean, factor, shift]| (x - mean) * factor + shift);
        }
    });
}

/// Adds dγ and dβ to `grads` and writes dx; `work` is as in [`forward`].
#[inline]
pub fn backward<T: Scalar>(
    sizes: Groups,
    x_and_dy: [&[T]; 2],
    dx: Option<&mut [T]>,
    params: &[T],
    grads: &mut [T],
    statistics: &[T],
    work: &mut [T],
) {
    T::group_norm_backward(sizes, x_and_dy, dx, params, grads, statistics, work);
}

/// Computes [`backward`], compiled in the crate that calls it.
pub(crate) fn backward_generic<T: Scalar>(
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
    let images = || x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(statistics.chunks_exact(2 * groups));
    over_rows(work, 2 * channels, 4 * x.len(), &|first, work| {
        for (row, ((x, dy), s)) in work.chunks_exact_mut(2 * channels).zip(images().skip(first)) {
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
            // the sums of this channel and of all earlier ones have been read
            sums[group] = sum / count;
            products[group] = product / count * inverse * inverse;
        }
    }
    let Some(dx) = dx else { return };
    let work = &*work;
    over_rows(dx, len, 4 * x.len(), &|first, dx| {
        let images = images().zip(work.chunks_exact(2 * channels)).skip(first);
        for (dx, (((x, dy), s), row)) in dx.chunks_exact_mut(len).zip(images) {
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
