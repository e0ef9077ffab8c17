//! Runs loops over rows of `channels` contiguous numbers (pixels, or vectors) that treat each channel separately.
//!
//! Few channels would leave most of a vector register empty, and many would not fit the first-level cache. So rows are
//! read in strips of up to `TILE` numbers: several whole pixels side by side, or a part of one. The numbers that belong
//! to a channel are laid out once along such a strip. Sums are accumulated along it and folded at the end, which also
//! makes them short and so precise.
//!
//! Sums over many rows are computed in parts and added in order. The number and size of the parts depend only on the
//! number of rows, so the sums do not depend on the number of threads.

use crate::Scalar;
use crate::math::elementwise::{add, vectorized};
use crate::threads::parallel::over_rows;

/// The length of a strip: 16 full registers of `f32` with AVX-512, 1 KiB.
pub(crate) const TILE: usize = 256;

/// The largest number of parts of a sum over rows, and so of threads that can share it.
const PARTS: usize = 16;

/// The smallest number of rows of a part.
const PART_ROWS: usize = 16;

/// Returns the length of `work` that `sum_rows` and `moments_rows` need for `n` numbers for each channel.
#[must_use]
pub const fn room(channels: usize, n: usize) -> usize {
    PARTS * n * channels
}

/// A strip: its first column in a row, its width, and the distance to the next strip below.
#[derive(Clone, Copy)]
pub(crate) struct Strip {
    pub(crate) column: usize,
    pub(crate) width: usize,
    pub(crate) stride: usize,
}

impl Strip {
    /// Returns the strips that cover rows of `channels` numbers.
    pub(crate) fn all(channels: usize) -> impl Iterator<Item = Self> {
        let stride = if channels <= TILE { TILE / channels * channels } else { channels };
        (0..stride).step_by(TILE).map(move |column| Self { column, width: TILE.min(stride - column), stride })
    }

    /// Returns the start and length of the strip's pieces in a slice of `len` numbers; the last may be cut short.
    #[inline(always)]
    pub(crate) fn pieces(self, len: usize) -> impl Iterator<Item = (usize, usize)> {
        (self.column..len).step_by(self.stride).map(move |start| (start, self.width.min(len - start)))
    }

    /// Returns the number of different channels in the strip; each may occur several times.
    pub(crate) fn channels(self, channels: usize) -> usize {
        self.width.min(channels)
    }

    /// Lays out a number for each channel along the strip.
    fn lay<T: Scalar>(self, channels: usize, tile: &mut [T; TILE], of: impl Fn(usize) -> T) {
        let distinct = self.channels(channels);
        for (i, value) in tile[..distinct].iter_mut().enumerate() {
            *value = of(self.column + i);
        }
        self.repeat(channels, tile);
    }

    /// Repeats the first number of each channel along the strip.
    pub(crate) fn repeat<T: Scalar>(self, channels: usize, tile: &mut [T; TILE]) {
        let mut filled = self.channels(channels);
        while filled < self.width {
            let more = filled.min(self.width - filled);
            tile.copy_within(..more, filled);
            filled += more;
        }
    }

    /// Sums the numbers of each channel into the first.
    pub(crate) fn fold<T: Scalar>(self, channels: usize, sums: &mut [T; TILE]) {
        let distinct = self.channels(channels);
        let mut pixels = self.width / distinct;
        while pixels > 1 {
            let half = pixels.div_ceil(2);
            let (to, from) = sums.split_at_mut(half * distinct);
            to.iter_mut().zip(&from[..(pixels - half) * distinct]).for_each(|(to, from)| *to += *from);
            pixels = half;
        }
    }
}

/// Computes `out[r][c] = f(out[r][c], [input[r][c] ...], coefficients(c))` on this thread.
pub fn map<T: Scalar, const I: usize, const K: usize>(
    out: &mut [T],
    inputs: [&[T]; I],
    channels: usize,
    coefficients: impl Fn(usize) -> [T; K],
    f: impl Fn(T, [T; I], [T; K]) -> T,
) {
    for strip in Strip::all(channels) {
        let mut tiles = [[T::ZERO; TILE]; K];
        for (k, tile) in tiles.iter_mut().enumerate() {
            strip.lay(channels, tile, |channel| coefficients(channel)[k]);
        }
        vectorized(
            #[inline(always)]
            || {
                for (start, len) in strip.pieces(out.len()) {
                    let out = &mut out[start..][..len];
                    let inputs = inputs.map(|input| &input[start..][..len]);
                    let tiles = tiles.each_ref().map(|tile| &tile[..len]);
                    for i in 0..len {
                        out[i] = f(out[i], inputs.map(|x| x[i]), tiles.map(|x| x[i]));
                    }
                }
            },
        );
    }
}

/// Computes [`map`] on all threads.
pub(crate) fn map_rows<T: Scalar, const I: usize, const K: usize>(
    out: &mut [T],
    inputs: [&[T]; I],
    channels: usize,
    coefficients: impl Fn(usize) -> [T; K] + Sync,
    f: impl Fn(T, [T; I], [T; K]) -> T + Sync,
) {
    let operations = 4 * out.len();
    over_rows(out, channels, operations, &|first, out| {
        let inputs = inputs.map(|input| &input[first * channels..][..out.len()]);
        map(out, inputs, channels, &coefficients, &f);
    });
}

/// Computes `sums[n][c] = Σ_r f([input[r][c] ...], coefficients(c))[n]` on this thread.
pub(crate) fn sum<T: Scalar, const I: usize, const K: usize, const N: usize>(
    sums: &mut [T],
    inputs: [&[T]; I],
    channels: usize,
    coefficients: impl Fn(usize) -> [T; K],
    f: impl Fn([T; I], [T; K]) -> [T; N],
) {
    let total = inputs[0].len();
    for strip in Strip::all(channels) {
        let mut tiles = [[T::ZERO; TILE]; K];
        for (k, tile) in tiles.iter_mut().enumerate() {
            strip.lay(channels, tile, |channel| coefficients(channel)[k]);
        }
        let mut along = [[T::ZERO; TILE]; N];
        vectorized(
            #[inline(always)]
            || {
                for (start, len) in strip.pieces(total) {
                    let inputs = inputs.map(|input| &input[start..][..len]);
                    let tiles = tiles.each_ref().map(|tile| &tile[..len]);
                    let along = along.each_mut().map(|along| &mut along[..len]);
                    for i in 0..len {
                        let terms = f(inputs.map(|x| x[i]), tiles.map(|x| x[i]));
                        for n in 0..N {
                            along[n][i] += terms[n];
                        }
                    }
                }
            },
        );
        for (along, sums) in along.iter_mut().zip(sums.chunks_exact_mut(channels)) {
            strip.fold(channels, along);
            let distinct = strip.channels(channels);
            sums[strip.column..][..distinct].copy_from_slice(&along[..distinct]);
        }
    }
}

/// Splits the rows of `len` numbers into parts, and returns the number of rows of each part and the number of parts.
pub(crate) fn parts(len: usize, channels: usize) -> (usize, usize) {
    let rows = len / channels;
    let each = rows.div_ceil(PARTS).max(PART_ROWS);
    (each, rows.div_ceil(each))
}

/// Computes [`sum`] on all threads. Leaves the sums in the first `N · channels` numbers of `work`, which has
/// [`room`]`(channels, N)`.
pub(crate) fn sum_rows<T: Scalar, const I: usize, const K: usize, const N: usize>(
    work: &mut [T],
    inputs: [&[T]; I],
    channels: usize,
    coefficients: impl Fn(usize) -> [T; K] + Sync,
    f: impl Fn([T; I], [T; K]) -> [T; N] + Sync,
) {
    let len = inputs[0].len();
    let (rows, count) = parts(len, channels);
    let (part, each) = (rows * channels, N * channels);
    if count == 0 {
        work[..each].fill(T::ZERO);
        return;
    }
    let work = &mut work[..count * each];
    over_rows(work, each, 4 * len, &|first, work| {
        for (i, sums) in work.chunks_exact_mut(each).enumerate() {
            let start = (first + i) * part;
            let inputs = inputs.map(|input| &input[start..len.min(start + part)]);
            sum(sums, inputs, channels, &coefficients, &f);
        }
    });
    let (total, rest) = work.split_at_mut(each);
    for (i, total) in total.iter_mut().enumerate() {
        let parts = rest.iter().skip(i).step_by(each);
        *total = T::of(parts.fold(total.to_f64(), |sum, part| sum + part.to_f64()));
    }
}

/// Computes `sums[c] += Σ_r rows[r][c]`; `work` has [`room`]`(channels, 1)`.
#[inline]
pub fn add_sums<T: Scalar>(sums: &mut [T], rows: &[T], work: &mut [T]) {
    T::channels_add_sums(sums, rows, work);
}

/// Computes [`add_sums`], compiled in the crate that calls it.
pub(crate) fn add_sums_generic<T: Scalar>(sums: &mut [T], rows: &[T], work: &mut [T]) {
    sum_rows(work, [rows], sums.len(), |_| [], |[x], []| [x]);
    add(sums, &work[..sums.len()]);
}

/// Multiplies weights, whose rows hold one for each channel, by the channel's factor, and moves the biases, if there
/// are any, into the shifts. `affine` holds the factors, then the shifts.
pub fn absorb<T: Scalar>(weights: &mut [T], bias: &mut [T], affine: &mut [T]) {
    let (factors, shifts) = affine.split_at_mut(affine.len() / 2);
    for row in weights.chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(&*factors).for_each(|(weight, &factor)| *weight *= factor);
    }
    for ((shift, bias), &factor) in shifts.iter_mut().zip(bias).zip(&*factors) {
        *shift += factor * *bias;
        *bias = T::ZERO;
    }
}

/// Computes `Σ x[i] y[i]`; `work` has [`room`]`(1, 1)`.
#[inline]
pub fn product<T: Scalar>(x: &[T], y: &[T], work: &mut [T]) -> T {
    T::channels_product(x, y, work)
}

/// Computes [`product`], compiled in the crate that calls it.
pub(crate) fn product_generic<T: Scalar>(x: &[T], y: &[T], work: &mut [T]) -> T {
    sum_rows(work, [x, y], 1, |_| [], |[x, y], []| [x * y]);
    work[0]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns numbers without a simple pattern, around 3.
    pub(crate) fn numbers(len: usize) -> Vec<f64> {
        (0..len).map(|i| 3.0 + (i as f64 * 12.9898).sin()).collect()
    }

    pub(crate) fn close(found: &[f64], expected: &[f64], what: &str) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!((a - b).abs() < 1e-10 * b.abs().max(1.0), "{what}: number {i} is {a}, expected {b}");
        }
    }

    /// Difficult sizes: strips of many rows, of one and of a part of one, cut short at the end, and several blocks.
    pub(crate) const SIZES: [(usize, usize); 14] = [
        (1, 1),
        (1, 255),
        (1, 9000),
        (3, 85),
        (3, 86),
        (3, 3001),
        (100, 5),
        (255, 40),
        (256, 33),
        (257, 3),
        (257, 40),
        (300, 100),
        (513, 17),
        (1025, 20),
    ];

    #[test]
    fn maps_and_sums_are_those_of_plain_loops() {
        for (channels, rows) in SIZES {
            let what = format!("{rows} rows of {channels} channels");
            let (x, dy) = (numbers(rows * channels), numbers(2 * rows * channels).split_off(rows * channels));
            let factor = |c: usize| 1.0 + c as f64;
            let mut y = vec![1.0; x.len()];
            map_rows(&mut y, [&x], channels, |c| [factor(c)], |y, [x], [f]| y + f * x);
            let expected: Vec<_> =
                x.iter().enumerate().map(|(i, x)| 1.0 + factor(i % channels) * x).collect();
            close(&y, &expected, &what);

            let mut work = vec![f64::NAN; room(channels, 2)];
            sum_rows(&mut work, [&dy, &x], channels, |c| [factor(c)], |[dy, x], [f]| [dy, f * dy * x]);
            let mut expected = vec![0.0; 2 * channels];
            for (i, (x, dy)) in x.iter().zip(&dy).enumerate() {
                expected[i % channels] += dy;
                expected[channels + i % channels] += factor(i % channels) * dy * x;
            }
            close(&work[..2 * channels], &expected, &what);
        }
    }
}
