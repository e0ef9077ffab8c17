//! Computes means and sums of squared deviations of channels, the first step of normalization and standardization.

use super::per_channel::{Strip, TILE, parts};
use crate::Scalar;
use crate::math::elementwise::vectorized;
use crate::threads::parallel::over_rows;

/// The number of scalars whose moments are computed at once: they are read twice, the second time from the first-level
/// cache.
const BLOCK: usize = 4096;

/// Computes the mean of each channel over the rows of `x` and the sum of squared deviations from it, on this thread: in
/// one pass over memory, and as precisely as in two.
pub(crate) fn moments<T: Scalar>(x: &[T], mean: &mut [T], squares: &mut [T]) {
    let pivot = &x[..mean.len()];
    moments_from(x, pivot, mean, squares);
    mean.iter_mut().zip(pivot).for_each(|(mean, pivot)| *mean += *pivot);
}

/// Computes [`moments`], with means as differences from `pivot`. Any numbers of the same size serve as `pivot`: they
/// keep means from being rounded to the spacing of large numbers before they are combined.
///
/// The squares of a block are taken around its mean, which is computed first, and corrected for the rounding of that
/// mean: the corrected two-pass algorithm, equation 1.7 of Chan et al. (1983), "Algorithms for computing the sample
/// variance". Blocks are combined by equation 2.1 of Chan et al. (1979), "Updating formulae and a pairwise algorithm
/// for computing sample variances".
fn moments_from<T: Scalar>(x: &[T], pivot: &[T], offset: &mut [T], squares: &mut [T]) {
    let channels = pivot.len();
    for strip in Strip::all(channels) {
        let here = strip.column..strip.column + strip.channels(channels);
        let (pivot, offset, squares) =
            (&pivot[here.clone()], &mut offset[here.clone()], &mut squares[here.clone()]);
        offset.fill(T::ZERO);
        squares.fill(T::ZERO);
        let mut before = 0;
        let block = (BLOCK / strip.width).max(1) * strip.stride;
        for block in x.chunks(block) {
            let rows = block.len() / channels;
            let per_row = T::of(1.0 / rows as f64);
            let [mut center] = strip_sums(strip, channels, block, &[T::ZERO; TILE], |x| [x]);
            center[..here.len()].iter_mut().for_each(|sum| *sum *= per_row);
            strip.repeat(channels, &mut center);
            let [sums, around] = strip_sums(strip, channels, block, &center, |d| [d, d * d]);
            let share = T::of(rows as f64 / (before + rows) as f64);
            let cross = T::of(before as f64) * share;
            for i in 0..here.len() {
                let rest = sums[i] * per_row;
                let shift = center[i] - pivot[i] + rest - offset[i];
                offset[i] += shift * share;
                squares[i] += around[i] - sums[i] * rest + shift * shift * cross;
            }
            before += rows;
        }
    }
}

/// Computes `Σ_r f(x[r][c] − center[c])` for the channels of a strip.
fn strip_sums<T: Scalar, const N: usize>(
    strip: Strip,
    channels: usize,
    x: &[T],
    center: &[T; TILE],
    f: impl Fn(T) -> [T; N],
) -> [[T; TILE]; N] {
    let mut sums = [[T::ZERO; TILE]; N];
    vectorized(
        #[inline(always)]
        || {
            for (start, len) in strip.pieces(x.len()) {
                let (x, center) = (&x[start..][..len], &center[..len]);
                let sums = sums.each_mut().map(|sums| &mut sums[..len]);
                for i in 0..len {
                    let terms = f(x[i] - center[i]);
                    for n in 0..N {
                        sums[n][i] += terms[n];
                    }
                }
            }
        },
    );
    for sums in &mut sums {
        strip.fold(channels, sums);
    }
    sums
}

/// Computes [`moments`] on all threads. Leaves means and sums of squares in the first `2 · channels` numbers of `work`,
/// which has [`room`](crate::norm::per_channel::room)`(channels, 2)`.
pub(crate) fn moments_rows<T: Scalar>(x: &[T], work: &mut [T], channels: usize) {
    let (rows, count) = parts(x.len(), channels);
    let part = rows * channels;
    let work = &mut work[..count * 2 * channels];
    over_rows(work, 2 * channels, 8 * x.len(), &|first, work| {
        for (i, work) in work.chunks_exact_mut(2 * channels).enumerate() {
            let start = (first + i) * part;
            let (offset, squares) = work.split_at_mut(channels);
            moments_from(&x[start..x.len().min(start + part)], &x[..channels], offset, squares);
        }
    });
    for channel in 0..channels {
        let (mut offset, mut squares, mut before) = (0.0, 0.0, 0.0);
        for (i, part_of_x) in x.chunks(part).enumerate() {
            let rows = (part_of_x.len() / channels) as f64;
            let at = |which: usize| work[(2 * i + which) * channels + channel].to_f64();
            let shift = at(0) - offset;
            let share = rows / (before + rows);
            offset += shift * share;
            squares += at(1) + shift * shift * before * share;
            before += rows;
        }
        work[channel] = T::of(x[channel].to_f64() + offset);
        work[channels + channel] = T::of(squares);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::norm::per_channel::room;
    use crate::norm::per_channel::tests::{SIZES, close, numbers};

    #[test]
    fn moments_are_those_of_two_passes() {
        for (channels, rows) in SIZES {
            let x = numbers(rows * channels);
            let mut expected = vec![0.0; 2 * channels];
            for (i, x) in x.iter().enumerate() {
                expected[i % channels] += x / rows as f64;
            }
            for (i, x) in x.iter().enumerate() {
                expected[channels + i % channels] += (x - expected[i % channels]).powi(2);
            }
            let what = format!("{rows} rows of {channels} channels");
            let mut work = vec![f64::NAN; room(channels, 2)];
            moments_rows(&x, &mut work, channels);
            close(&work[..2 * channels], &expected, &what);
            let (mut mean, mut squares) = (vec![f64::NAN; channels], vec![f64::NAN; channels]);
            moments(&x, &mut mean, &mut squares);
            close(&[mean, squares].concat(), &expected, &what);
        }
    }

    #[test]
    fn moments_do_not_cancel() {
        /// The distance from one f32 to the next at 4096.
        const SPACING: f32 = 1.0 / 2048.0;
        let check = |x: &[f32], tolerance: f64| {
            let mean = x.iter().copied().map(f64::from).sum::<f64>() / x.len() as f64;
            let squares: f64 = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
            let mut work = vec![0.0; room(1, 2)];
            moments_rows(x, &mut work, 1);
            assert!((f64::from(work[0]) - mean).abs() <= 0.51 * f64::from(SPACING), "{} for {mean}", work[0]);
            assert!((f64::from(work[1]) / squares - 1.0).abs() < tolerance, "{} for {squares}", work[1]);
        };
        let two = |apart: f32, count: usize| -> Vec<f32> {
            (0..count).map(|i| 4096.0 + f32::from(i as u16 % 2) * apart * SPACING).collect()
        };
        // adjacent numbers: the mean lies between them, and its rounding error is as large as the deviation
        check(&two(1.0, 256), 1e-6);
        let mut x = two(1.0, 100_000);
        check(&x, 1e-5);
        // an outlier as the first number
        x[0] = 4000.0;
        check(&x, 1e-5);
    }
}
