//! Normalizes each row separately, with a factor and a shift for each of its numbers.

use super::inverse;
use super::moments::moments;
use super::per_channel::{map, sum};
use crate::Scalar;
use crate::math::elementwise::vectorized;
use crate::threads::parallel::over_rows;

/// Returns μ and i of one row.
fn statistics<T: Scalar>(x: &[T], epsilon: f64) -> [T; 2] {
    let (mut mean, mut squares) = ([T::ZERO], [T::ZERO]);
    moments(x, &mut mean, &mut squares);
    [mean[0], inverse(squares[0].to_f64() / x.len() as f64, epsilon)]
}

/// Writes y and, for each row, μ and i.
#[inline]
pub fn forward<T: Scalar>(x: &[T], y: &mut [T], params: &[T], statistics: &mut [T], epsilon: f64) {
    T::row_norm_forward(x, y, params, statistics, epsilon);
}

/// Computes [`forward`], compiled in the crate that calls it.
pub(crate) fn forward_generic<T: Scalar>(
    x: &[T],
    y: &mut [T],
    params: &[T],
    statistics: &mut [T],
    epsilon: f64,
) {
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
        let rows = x.chunks_exact(len).zip(statistics.chunks_exact(2)).skip(first);
        for (y, (x, s)) in y.chunks_exact_mut(len).zip(rows) {
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

/// Normalizes in place.
#[inline]
pub fn evaluate<T: Scalar>(y: &mut [T], params: &[T], epsilon: f64) {
    T::row_norm_evaluate(y, params, epsilon);
}

/// Computes [`evaluate`], compiled in the crate that calls it.
pub(crate) fn evaluate_generic<T: Scalar>(y: &mut [T], params: &[T], epsilon: f64) {
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

/// Adds dγ and dβ to `grads` and writes dx.
#[inline]
pub fn backward<T: Scalar>(
    x: &[T],
    dy: &[T],
    dx: Option<&mut [T]>,
    params: &[T],
    grads: &mut [T],
    statistics: &[T],
) {
    T::row_norm_backward(x, dy, dx, params, grads, statistics);
}

/// Computes [`backward`], compiled in the crate that calls it.
pub(crate) fn backward_generic<T: Scalar>(
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
    let rows = || x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(statistics.chunks_exact(2));
    over_rows(d_shift, 1, operations, &|first, d_shift| {
        for dy in dy.chunks_exact(len) {
            vectorized(
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
        for ((x, dy), s) in rows() {
            vectorized(
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
        for (dx, ((x, dy), s)) in dx.chunks_exact_mut(len).zip(rows().skip(first)) {
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
