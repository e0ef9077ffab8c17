//! Kernels beside plain twins of them: loops that say what the formula says, at sizes around those of vectors and blocks.
//!
//! Contraction, convolution, pools of 2×2, transposition, sums over rows and the functions of one number have theirs in their
//! own files. What is tested here runs on every instruction set of the machine, as all of `kernel` does.

mod channels;
mod columns;
mod dense;
mod elementwise;
mod functions;
mod labelled;
mod losses;
mod normalise;
mod optimizers;
mod pool;

use crate::Scalar;

/// Lengths around those of vectors of either scalar, and of blocks; Miri is given few.
const LENGTHS: &[usize] = if cfg!(miri) {
    &[0, 1, 7, 8, 9, 17, 257]
} else {
    &[0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 255, 256, 257, 511, 513, 1025, 9001]
};

/// Small whole numbers: sums of their products are exact, and so must the kernels be.
fn whole<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| T::of((((i + 31 * seed) * 2_654_435_761) >> 7) as f64 % 9.0 - 4.0)).collect()
}

/// Numbers without a pattern, at most so far from zero.
fn any<T: Scalar>(len: usize, seed: usize, most: f64) -> Vec<T> {
    (0..len).map(|i| T::of(most * ((i + 1000 * seed) as f64 * 12.9898).sin())).collect()
}

/// The same numbers, exactly.
fn exact<T: Scalar>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|x| x.to_f64()).collect()
}

/// Σ x, with what is lost in each addition added at the end (Neumaier 1974).
fn precise_sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, lost) = numbers.into_iter().fold((0.0_f64, 0.0), |(sum, lost), x| {
        let next = sum + x;
        let (larger, smaller) = if sum.abs() >= x.abs() { (sum, x) } else { (x, sum) };
        (next, lost + ((larger - next) + smaller))
    });
    sum + lost
}

/// Asserts that numbers differ by so many units of rounding at most, of the larger of themselves and 1.
fn assert_close<T: Scalar>(found: &[T], expected: &[f64], units: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let error = (a.to_f64() - b).abs() / (T::EPSILON.to_f64() * b.abs().max(1.0));
        assert!(error <= units, "{what}, {}: number {i} is {a}, expected {b}: {error} units", T::NAME);
    }
}

/// Runs a check on one thread and in pools of two and three, where every loop is split.
fn on_threads(check: impl Fn() + Sync) {
    check();
    for threads in if cfg!(miri) { 2..3 } else { 2..4 } {
        crate::Threads::new(threads).expect("threads").run(&check);
    }
}
