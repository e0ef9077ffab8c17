//! Computes softmax and cross-entropy over rows of scores.
//!
//! Rows are processed in groups, so that the exponentials of a group are one loop over contiguous numbers, however
//! short its rows are, while they are in the first-level cache.

use super::exponential::exp;
use super::formula::Loop;
use super::logarithm::ln;
use crate::Scalar;

/// The number of scores in a group of rows; a longer row is a group of its own.
const GROUP: usize = 512;

/// The number of scores that are added or compared in parallel: one register of `f32` with AVX-512, two with AVX2.
const LANES: usize = 16;

/// Folds numbers in a fixed order, those of a long row in [`LANES`] strands.
#[inline(always)]
fn fold<T: Scalar>(row: &[T], start: T, f: impl Fn(T, T) -> T) -> T {
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut total = start;
    if let Some((&first, others)) = blocks.split_first() {
        let mut strands = first;
        for block in others {
            for (strand, &x) in strands.iter_mut().zip(block) {
                *strand = f(*strand, x);
            }
        }
        for x in strands {
            total = f(total, x);
        }
    }
    for &x in rest {
        total = f(total, x);
    }
    total
}

/// Returns the largest number. It may miss a NaN, which appears again in the exponentials.
#[inline(always)]
pub(crate) fn maximum<T: Scalar>(row: &[T]) -> T {
    fold(row, -T::INFINITE, |max, z| if z > max { z } else { max })
}

#[inline(always)]
pub(crate) fn sum<T: Scalar>(row: &[T]) -> T {
    let mut total = T::ZERO;
    for piece in row.chunks(GROUP) {
        total += fold(piece, T::ZERO, |sum, x| sum + x);
    }
    total
}

/// A loop that sums log Σ exp z − zₜ over all rows, and writes its derivative divided by the number of rows.
pub(crate) struct CrossEntropy<'a, T> {
    pub(crate) scores: &'a [T],
    pub(crate) targets: &'a [usize],
    pub(crate) classes: usize,
    pub(crate) derivative: Option<&'a mut [T]>,
}

impl<T: Scalar> Loop for CrossEntropy<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let Self { scores, targets, classes, derivative } = self;
        let rows = (GROUP / classes).max(1);
        let groups = scores.chunks(rows * classes).zip(targets.chunks(rows));
        let mut loss = 0.0;
        if let Some(derivative) = derivative {
            let scale = T::of(1.0 / targets.len() as f64);
            for ((scores, targets), derivative) in groups.zip(derivative.chunks_mut(rows * classes)) {
                loss += group::<FUSED, T>(scores, targets, classes, derivative, Some(scale));
            }
            return loss;
        }
        let mut work = [T::ZERO; GROUP];
        for (scores, targets) in groups {
            if scores.len() <= GROUP {
                let work = &mut work[..scores.len()];
                loss += group::<FUSED, T>(scores, targets, classes, work, None);
            } else {
                let max = maximum(scores);
                let mut total = T::ZERO;
                for scores in scores.chunks(GROUP) {
                    let work = &mut work[..scores.len()];
                    for (e, &z) in work.iter_mut().zip(scores) {
                        *e = exp::<FUSED, T>(z - max);
                    }
                    total += sum(work);
                }
                loss += (ln::<FUSED, T>(total) + (max - scores[targets[0]])).to_f64();
            }
        }
        loss
    }
}

/// Returns the sum of the losses of a group. Leaves their derivatives times `scale` in `work`; without a scale, `work`
/// is undefined.
#[inline(always)]
fn group<const FUSED: bool, T: Scalar>(
    scores: &[T],
    targets: &[usize],
    classes: usize,
    work: &mut [T],
    scale: Option<T>,
) -> f64 {
    let mut below = [T::ZERO; GROUP];
    let rows = scores.chunks_exact(classes).zip(work.chunks_exact_mut(classes));
    for (((scores, work), &target), below) in rows.zip(targets).zip(&mut below) {
        let max = maximum(scores);
        for (e, &z) in work.iter_mut().zip(scores) {
            *e = z - max;
        }
        *below = max - scores[target];
    }
    for e in &mut *work {
        *e = exp::<FUSED, T>(*e);
    }
    let mut loss = 0.0;
    for ((row, &target), &below) in work.chunks_exact_mut(classes).zip(targets).zip(&below) {
        let sum = sum(row);
        loss += (ln::<FUSED, T>(sum) + below).to_f64();
        if let Some(scale) = scale {
            let factor = scale / sum;
            for e in &mut *row {
                *e *= factor;
            }
            row[target] -= scale;
        }
    }
    loss
}

/// A loop that replaces scores with their probabilities.
pub(crate) struct Softmax<'a, T>(pub(crate) &'a mut [T]);

impl<T: Scalar> Loop for Softmax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let max = maximum(self.0);
        // the difference of equal infinities would be NaN
        for z in &mut *self.0 {
            *z = exp::<FUSED, T>(if *z == max { T::ZERO } else { *z - max });
        }
        let sum = sum(self.0);
        for z in self.0 {
            *z /= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::formula::{run_on, vectorized};
    use crate::testing::levels;

    /// Returns scores without a simple pattern.
    fn scores(len: usize) -> Vec<f64> {
        (0..len).map(|i| 8.0 * (i as f64 * 12.9898).sin()).collect()
    }

    /// Returns the sum of the losses and its derivative divided by the number of rows, computed by the formula.
    fn plain(scores: &[f64], targets: &[usize], classes: usize) -> (f64, Vec<f64>) {
        let (mut loss, mut derivative) = (0.0, Vec::new());
        for (scores, &target) in scores.chunks_exact(classes).zip(targets) {
            let sum: f64 = scores.iter().map(|z| z.exp()).sum();
            loss += sum.ln() - scores[target];
            let one_hot = |class| f64::from(u8::from(class == target));
            let row = scores.iter().enumerate().map(|(class, z)| z.exp() / sum - one_hot(class));
            derivative.extend(row.map(|d| d / targets.len() as f64));
        }
        (loss, derivative)
    }

    #[test]
    fn cross_entropy_is_its_formula_at_any_number_of_classes() {
        for classes in [1, 2, 9, 10, 15, 16, 17, 33, 256, 257, 511, 512, 513, 1000, 1025] {
            for rows in [1, 3, 50] {
                let scores = scores(rows * classes);
                let targets: Vec<_> = (0..rows).map(|row| row * 7 % classes).collect();
                let (expected, expected_derivative) = plain(&scores, &targets, classes);
                for arch in levels() {
                    let mut found = vec![f64::NAN; scores.len()];
                    let (scores, targets) = (&scores[..], &targets[..]);
                    let derivative = Some(&mut found[..]);
                    let loss = run_on(arch, CrossEntropy { scores, targets, classes, derivative });
                    let value = run_on(arch, CrossEntropy { scores, targets, classes, derivative: None });
                    let what = format!("{rows} rows of {classes} classes on {arch:?}");
                    assert_eq!(loss, value, "{what}");
                    assert!(
                        (loss - expected).abs() < 1e-13 * expected.max(1.0),
                        "{what}: {loss}, {expected}"
                    );
                    for (found, expected) in found.iter().zip(&expected_derivative) {
                        assert!((found - expected).abs() < 1e-15, "{what}: {found}, expected {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn large_scores_do_not_overflow_and_nan_is_not_hidden() {
        let loss = |scores: &[f32]| {
            let mut derivative = vec![0.0; scores.len()];
            let (classes, derivative) = (scores.len(), Some(&mut derivative[..]));
            vectorized(CrossEntropy { scores, targets: &[1], classes, derivative })
        };
        assert_eq!(loss(&[1e30, -1e30, 0.0]), f64::from(2e30_f32));
        assert_eq!(loss(&[-1e30, 1e30, 0.0]), 0.0);
        let mut many = [0.0; 600];
        assert!(loss(&many).is_finite());
        for place in [0, 1, 15, 16, 520, 599] {
            many[place] = f32::NAN;
            assert!(loss(&many).is_nan(), "a NaN at {place}");
            many[place] = 0.0;
        }
        assert!(loss(&[f32::NAN; 20]).is_nan());
    }

    #[test]
    fn probabilities_of_infinite_scores_are_shared() {
        for (mut scores, expected) in [
            ([1.0, 1.0], [0.5, 0.5]),
            ([f32::INFINITY, 1e30], [1.0, 0.0]),
            ([f32::INFINITY; 2], [0.5, 0.5]),
            ([f32::NEG_INFINITY; 2], [0.5, 0.5]),
            ([-200.0, 200.0], [0.0, 1.0]),
        ] {
            vectorized(Softmax(&mut scores));
            assert_eq!(scores, expected);
        }
        let mut scores = [f32::NAN, 0.0];
        vectorized(Softmax(&mut scores));
        assert!(scores.iter().all(|p| p.is_nan()));
        vectorized(Softmax::<f32>(&mut []));
    }
}
