//! Runs loops over numbers one by one, written so that the compiler vectorizes them.

use pulp::{Simd, WithSimd};

use crate::Scalar;
use crate::instruction_set::arch;
use crate::threads::parallel::{over, over_rows};

/// The cost of one number of [`update`], in the multiply-adds that `parallel` counts: momentum over 235,146 parameters
/// took 49 us on one thread, 33 us on two.
const UPDATE: usize = 16;

/// Runs a loop compiled for the best instruction set of the machine. The functions that it calls must be marked to be
/// inlined into it. A closure passed to an iterator's `for_each` is not inlined, and is compiled without the
/// instruction set.
#[inline(always)]
pub fn vectorized(run: impl FnOnce()) {
    arch().dispatch(Vectorized(run));
}

struct Vectorized<F>(F);

impl<F: FnOnce()> WithSimd for Vectorized<F> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.0)();
    }
}

/// Returns max(0, x). A NaN passes through, so that it is visible in the result.
#[inline(always)]
pub fn rectify<T: Scalar>(x: T) -> T {
    if x < T::ZERO { T::ZERO } else { x }
}

/// Returns true if no number is infinite or NaN.
#[inline]
pub fn all_finite<T: Scalar>(x: &[T]) -> bool {
    T::numbers_all_finite(x)
}

/// Computes [`all_finite`], compiled in the crate that calls it.
pub(crate) fn all_finite_generic<T: Scalar>(x: &[T]) -> bool {
    // zero times an infinity or a NaN is NaN, and stays so; no early exit, which would keep the loop from being
    // vectorized
    let mut zeros = side_by_side(
        x,
        T::ZERO,
        #[inline(always)]
        |zero, x| zero * x,
    );
    let mut width = zeros.len();
    while width > 1 {
        width /= 2;
        let (left, right) = zeros.split_at_mut(width);
        for (zero, &other) in left.iter_mut().zip(&*right) {
            *zero *= other;
        }
    }
    zeros[0] == T::ZERO
}

/// Folds every 64th number into one value, so that no value waits for another and the loop is vectorized.
#[inline(always)]
pub(crate) fn side_by_side<T: Scalar, A: Copy>(x: &[T], first: A, fold: impl Fn(A, T) -> A) -> [A; 64] {
    let mut folded = [first; 64];
    vectorized(
        #[inline(always)]
        || {
            // a copy, so that each block does not go through the reference
            let mut values = folded;
            let (blocks, rest) = x.as_chunks::<64>();
            for block in blocks {
                for (value, &x) in values.iter_mut().zip(block) {
                    *value = fold(*value, x);
                }
            }
            // rows are often a multiple of 16
            let (blocks, rest) = rest.as_chunks::<16>();
            for (values, block) in values.chunks_exact_mut(16).zip(blocks) {
                for (value, &x) in values.iter_mut().zip(block) {
                    *value = fold(*value, x);
                }
            }
            for (value, &x) in values.iter_mut().zip(rest) {
                *value = fold(*value, x);
            }
            folded = values;
        },
    );
    folded
}

/// The cost of one number of a pass over memory, in the same unit.
const PASS: usize = 8;

/// Computes `y[i] = 0`.
#[inline]
pub fn clear<T: Scalar>(y: &mut [T]) {
    T::numbers_clear(y);
}

/// Computes [`clear`], compiled in the crate that calls it.
pub(crate) fn clear_generic<T: Scalar>(y: &mut [T]) {
    let operations = PASS * y.len();
    over_rows(y, 1, operations, &|_, y| y.fill(T::ZERO));
}

/// Computes `y[i] = f(y[i])`.
pub fn map<T: Scalar>(y: &mut [T], f: impl Fn(T) -> T + Copy + Sync) {
    let operations = PASS * y.len();
    over_rows(y, 1, operations, &|_, y| {
        vectorized(
            #[inline(always)]
            || {
                for y in y {
                    *y = f(*y);
                }
            },
        );
    });
}

/// Computes `y[i] = f(y[i], x[i])`.
pub fn zip<T: Scalar>(y: &mut [T], x: &[T], f: impl Fn(T, T) -> T + Copy + Sync) {
    let operations = PASS * y.len();
    over_rows(y, 1, operations, &|first, y| {
        let x = &x[first..][..y.len()];
        vectorized(
            #[inline(always)]
            || {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = f(*y, x);
                }
            },
        );
    });
}

/// Computes `y[i] = f(x[i])`.
pub fn map_to<T: Scalar>(x: &[T], y: &mut [T], f: impl Fn(T) -> T + Copy + Sync) {
    zip(y, x, |_, x| f(x));
}

/// Computes `y[i] += factor * x[i]`.
#[inline]
pub fn add_scaled<T: Scalar>(y: &mut [T], x: &[T], factor: T) {
    T::numbers_add_scaled(y, x, factor);
}

/// Computes [`add_scaled`], compiled in the crate that calls it.
pub(crate) fn add_scaled_generic<T: Scalar>(y: &mut [T], x: &[T], factor: T) {
    zip(
        y,
        x,
        #[inline(always)]
        |y, x| y + factor * x,
    );
}

/// Computes `y[i] += share * (x[i] - y[i])`. A number that equals its aim keeps its bits.
#[inline]
pub fn move_toward<T: Scalar>(y: &mut [T], x: &[T], share: T) {
    T::numbers_move_toward(y, x, share);
}

/// Computes [`move_toward`], compiled in the crate that calls it.
pub(crate) fn move_toward_generic<T: Scalar>(y: &mut [T], x: &[T], share: T) {
    zip(
        y,
        x,
        #[inline(always)]
        // −0 + share · 0 would be 0
        |y, x| if y == x { y } else { y + share * (x - y) },
    );
}

/// Sets each number to the nearest one between −`limit` and `limit`. A NaN stays.
#[inline]
pub fn clamp<T: Scalar>(y: &mut [T], limit: T) {
    T::numbers_clamp(y, limit);
}

/// Computes [`clamp`], compiled in the crate that calls it.
pub(crate) fn clamp_generic<T: Scalar>(y: &mut [T], limit: T) {
    map(
        y,
        #[inline(always)]
        // comparisons with NaN are false
        |y| {
            if y > limit {
                limit
            } else if y < -limit {
                -limit
            } else {
                y
            }
        },
    );
}

/// Returns Σ xᵢ², summed in `f64` and in one order.
#[inline]
pub fn sum_of_squares<T: Scalar>(x: &[T]) -> f64 {
    T::numbers_sum_of_squares(x)
}

/// Computes [`sum_of_squares`], compiled in the crate that calls it.
pub(crate) fn sum_of_squares_generic<T: Scalar>(x: &[T]) -> f64 {
    let sums = side_by_side(
        x,
        0.0,
        #[inline(always)]
        |sum, x| sum + x.to_f64() * x.to_f64(),
    );
    sums.iter().sum()
}

/// Computes `z[i] = f(x[i], y[i])`.
pub fn zip_to<T: Scalar>(x: &[T], y: &[T], z: &mut [T], f: impl Fn(T, T) -> T + Copy + Sync) {
    let operations = PASS * z.len();
    over_rows(z, 1, operations, &|first, z| {
        let (x, y) = (&x[first..][..z.len()], &y[first..][..z.len()]);
        vectorized(
            #[inline(always)]
            || {
                for ((z, &x), &y) in z.iter_mut().zip(x).zip(y) {
                    *z = f(x, y);
                }
            },
        );
    });
}

/// Computes `(y[i], m[0][i], m[1][i], ...) = f(y[i], x[i], [m[0][i], m[1][i], ...])`.
pub fn update<T: Scalar, const M: usize>(
    y: &mut [T],
    x: &[T],
    m: [&mut [T]; M],
    f: impl Fn(T, T, [T; M]) -> (T, [T; M]) + Copy + Sync,
) {
    let operations = UPDATE * y.len();
    over((y, m), operations, &|first, (y, m): (&mut [T], [&mut [T]; M])| {
        let x = &x[first..][..y.len()];
        vectorized(
            #[inline(always)]
            || update_here(y, x, m, f),
        );
    });
}

/// Computes [`update`] on this thread, in blocks of a fixed length, since the compiler does not vectorize a loop over
/// any number of slices of any length.
#[inline(always)]
fn update_here<T: Scalar, const M: usize>(
    y: &mut [T],
    x: &[T],
    m: [&mut [T]; M],
    f: impl Fn(T, T, [T; M]) -> (T, [T; M]) + Copy,
) {
    /// The length of a block. It is long enough that the compiler does not unroll the loop over a block, which would
    /// hide the loop from the vectorizer: momentum over 235,146 parameters took 49 us, in blocks of 16 it took 461 us,
    /// and in one loop over whole slices 230 us.
    const BLOCK: usize = 256;

    let (y_blocks, y_rest) = y.as_chunks_mut::<BLOCK>();
    let (x_blocks, x_rest) = x.as_chunks::<BLOCK>();
    let mut m = m.map(<[T]>::as_chunks_mut::<BLOCK>);
    for (i, (y, x)) in y_blocks.iter_mut().zip(x_blocks).enumerate() {
        let m = m.each_mut().map(|(blocks, _)| &mut blocks[i]);
        for j in 0..BLOCK {
            let after;
            (y[j], after) = f(y[j], x[j], std::array::from_fn(|k| m[k][j]));
            for k in 0..M {
                m[k][j] = after[k];
            }
        }
    }
    for (i, (y, &x)) in y_rest.iter_mut().zip(x_rest).enumerate() {
        let after;
        (*y, after) = f(*y, x, std::array::from_fn(|k| m[k].1[i]));
        for k in 0..M {
            m[k].1[i] = after[k];
        }
    }
}

/// Computes `y[i] += x[i]`.
#[inline]
pub fn add<T: Scalar>(y: &mut [T], x: &[T]) {
    T::numbers_add(y, x);
}

/// Computes [`add`], compiled in the crate that calls it.
pub(crate) fn add_generic<T: Scalar>(y: &mut [T], x: &[T]) {
    zip(y, x, |y, x| y + x);
}

/// Computes `y[i] = max(0, y[i] + x[i])`.
#[inline]
pub fn add_rectified<T: Scalar>(y: &mut [T], x: &[T]) {
    T::numbers_add_rectified(y, x);
}

/// Computes [`add_rectified`], compiled in the crate that calls it.
pub(crate) fn add_rectified_generic<T: Scalar>(y: &mut [T], x: &[T]) {
    zip(y, x, |y, x| rectify(y + x));
}

/// Computes `z[i] = x[i] + y[i]`.
#[inline]
pub fn add_to<T: Scalar>(x: &[T], y: &[T], z: &mut [T]) {
    T::numbers_add_to(x, y, z);
}

/// Computes [`add_to`], compiled in the crate that calls it.
pub(crate) fn add_to_generic<T: Scalar>(x: &[T], y: &[T], z: &mut [T]) {
    zip_to(x, y, z, |x, y| x + y);
}

/// Computes `z[i] = max(0, x[i] + y[i])`.
#[inline]
pub fn add_to_rectified<T: Scalar>(x: &[T], y: &[T], z: &mut [T]) {
    T::numbers_add_to_rectified(x, y, z);
}

/// Computes [`add_to_rectified`], compiled in the crate that calls it.
pub(crate) fn add_to_rectified_generic<T: Scalar>(x: &[T], y: &[T], z: &mut [T]) {
    zip_to(x, y, z, |x, y| rectify(x + y));
}

/// Computes `y[i] *= factor`.
#[inline]
pub fn scale<T: Scalar>(y: &mut [T], factor: T) {
    T::numbers_scale(y, factor);
}

/// Computes [`scale`], compiled in the crate that calls it.
pub(crate) fn scale_generic<T: Scalar>(y: &mut [T], factor: T) {
    map(y, |y| factor * y);
}

/// Computes `y[i] = factor x[i]`.
#[inline]
pub fn scale_to<T: Scalar>(x: &[T], y: &mut [T], factor: T) {
    T::numbers_scale_to(x, y, factor);
}

/// Computes [`scale_to`], compiled in the crate that calls it.
pub(crate) fn scale_to_generic<T: Scalar>(x: &[T], y: &mut [T], factor: T) {
    map_to(x, y, |x| factor * x);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns numbers without a simple pattern.
    fn numbers(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 37 + seed * 101) % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    #[test]
    fn one_number_that_is_not_finite_is_seen_wherever_it_is() {
        for len in 0..70 {
            let mut x = numbers(len, 1);
            x.iter_mut().step_by(3).for_each(|x| *x = f32::MAX);
            assert!(all_finite(&x));
            for place in 0..len {
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    let good = std::mem::replace(&mut x[place], bad);
                    assert!(!all_finite(&x), "{bad} at {place} of {len}");
                    x[place] = good;
                }
            }
        }
    }

    #[test]
    fn update_is_its_plain_loop_at_any_length_on_any_number_of_threads() {
        let f = |y: f32, x: f32, [m, n]: [f32; 2]| (y - m * x, [m + 0.5 * n, n * x]);
        for threads in 1..=3 {
            let pool = crate::Threads::new(threads).expect("threads");
            for len in [0, 1, 15, 16, 17, 255, 256, 257, 511, 513, 100_003] {
                let [mut y, x, mut m, mut n] = [1, 2, 3, 4].map(|seed| numbers(len, seed));
                let [mut expected_y, mut expected_m, mut expected_n] = [y.clone(), m.clone(), n.clone()];
                for i in 0..len {
                    let moments;
                    (expected_y[i], moments) = f(expected_y[i], x[i], [expected_m[i], expected_n[i]]);
                    [expected_m[i], expected_n[i]] = moments;
                }
                pool.run(|| update(&mut y, &x, [&mut m, &mut n], f));
                assert_eq!((y, m, n), (expected_y, expected_m, expected_n), "{len} on {threads} threads");
            }
        }
    }
}
