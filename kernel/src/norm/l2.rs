//! Divides each row by its Euclidean (L2) norm, in place.
//!
//! With m = max(‖x‖, ε), a row becomes y = x / m. Its gradient is dx = (dy − y (y·dy)) / m, and dx = dy / ε where
//! ‖x‖ < ε, because m is constant there.

use super::per_channel::{map, sum};
use crate::Scalar;
use crate::threads::parallel::{Wide, over, over_rows};

/// Returns ‖x‖.
///
/// The norm of finite numbers is finite in `f64`. Rounded to `f32`, it is infinite above 3·10³⁸, and the gradient, which
/// is then below the smallest normal number, is 0. Where the sum of their squares overflows the scalar, it is computed again from
/// the numbers divided by the largest.
fn norm<T: Scalar>(x: &[T]) -> f64 {
    let squares_of_multiples = |factor: T| {
        let mut squares = [T::ZERO];
        sum(&mut squares, [x], 1, |_| [factor], |[x], [factor]| [(factor * x) * (factor * x)]);
        squares[0].to_f64()
    };
    let squares = squares_of_multiples(T::ONE);
    if squares.is_finite() {
        return squares.sqrt();
    }
    let largest = x.iter().fold(0.0_f64, |largest, x| largest.max(x.to_f64().abs()));
    largest * squares_of_multiples(T::of(1.0 / largest)).sqrt()
}

/// Returns max(‖x‖, ε). A NaN passes through, so that it is visible in the result.
fn at_least(norm: f64, epsilon: f64) -> f64 {
    if norm < epsilon { epsilon } else { norm }
}

/// Multiplies every number by `factor`, on this thread.
fn scale<T: Scalar>(y: &mut [T], factor: f64) {
    map(y, [], 1, |_| [T::of(factor)], |y, [], [factor]| y * factor);
}

/// Divides each row of `y` by max(‖row‖, ε), and writes the norm of each row to `norms`.
#[inline]
pub fn forward<T: Scalar>(y: &mut [T], norms: &mut [T], epsilon: f64) {
    T::l2_forward(y, norms, epsilon);
}

/// Computes [`forward`], compiled in the crate that calls it.
pub(crate) fn forward_generic<T: Scalar>(y: &mut [T], norms: &mut [T], epsilon: f64) {
    let operations = 8 * y.len();
    let row = y.len().checked_div(norms.len()).unwrap_or(1);
    over((Wide { data: y, row }, norms), operations, &|_, (y, norms)| {
        for (y, out) in y.data.chunks_exact_mut(row).zip(norms) {
            let norm = norm(y);
            scale(y, 1.0 / at_least(norm, epsilon));
            *out = T::of(norm);
        }
    });
}

/// Divides each row of `row` numbers by max(‖row‖, ε).
#[inline]
pub fn evaluate<T: Scalar>(y: &mut [T], row: usize, epsilon: f64) {
    T::l2_evaluate(y, row, epsilon);
}

/// Computes [`evaluate`], compiled in the crate that calls it.
pub(crate) fn evaluate_generic<T: Scalar>(y: &mut [T], row: usize, epsilon: f64) {
    let operations = 8 * y.len();
    over_rows(y, row, operations, &|_, y| {
        for y in y.chunks_exact_mut(row) {
            scale(y, 1.0 / at_least(norm(y), epsilon));
        }
    });
}

/// Turns dy into dx, given the output and the norms of [`forward`].
#[inline]
pub fn backward<T: Scalar>(y: &[T], dy: &mut [T], norms: &[T], epsilon: f64) {
    T::l2_backward(y, dy, norms, epsilon);
}

/// Computes [`backward`], compiled in the crate that calls it.
pub(crate) fn backward_generic<T: Scalar>(y: &[T], dy: &mut [T], norms: &[T], epsilon: f64) {
    let operations = 8 * dy.len();
    let row = dy.len().checked_div(norms.len()).unwrap_or(1);
    over_rows(dy, row, operations, &|first, dy| {
        let rows = y.chunks_exact(row).zip(norms).skip(first);
        for (dy, (y, norm)) in dy.chunks_exact_mut(row).zip(rows) {
            let norm = norm.to_f64();
            if norm < epsilon {
                scale(dy, 1.0 / epsilon);
                continue;
            }
            let mut along = [T::ZERO];
            sum(&mut along, [y, dy], 1, |_| [], |[y, dy], []| [y * dy]);
            let coefficients = [along[0], T::of(1.0 / norm)];
            map(dy, [y], 1, |_| coefficients, |dy, [y], [along, inverse]| (dy - y * along) * inverse);
        }
    });
}
