//! Computes bilinear interpolation.

use crate::core::ImageShape;
use plywood_kernel::Scalar;

/// Returns the two neighbors of a place along one side, and the share of the second. Places run from 0, the middle of
/// the first pixel, to side − 1, the middle of the last; the caller asks for no place outside, except by rounding.
#[expect(clippy::cast_sign_loss, reason = "clamped to at least 0")]
fn neighbors(place: f64, side: usize) -> (usize, usize, f64) {
    let last = (side - 1) as f64;
    debug_assert!((-1e-9..=last + 1e-9).contains(&place), "place {place} of {side}");
    let place = place.clamp(0.0, last);
    let first = place as usize;
    (first, (first + 1).min(side - 1), place - first as f64)
}

/// Writes the pixel at row `row` and column `column`; whole numbers are the middles of pixels.
#[inline]
pub(crate) fn sample<I: ImageShape, T: Scalar>(x: &[T], [row, column]: [f64; 2], pixel: &mut [T]) {
    let (top, bottom, down) = neighbors(row, I::HEIGHT);
    let (left, right, along) = neighbors(column, I::WIDTH);
    let (down, along) = (T::of(down), T::of(along));
    let at = |row: usize, column: usize| &x[(row * I::WIDTH + column) * I::CHANNELS..][..I::CHANNELS];
    let (a, b, c, d) = (at(top, left), at(top, right), at(bottom, left), at(bottom, right));
    for (channel, y) in pixel.iter_mut().enumerate() {
        // in this form, equal neighbors give exactly their value
        let above = a[channel] + along * (b[channel] - a[channel]);
        let below = c[channel] + along * (d[channel] - c[channel]);
        *y = above + down * (below - above);
    }
}
