//! Computes softmax and cross-entropy over rows of scores.
//!
//! Rows are processed in groups, so that the exponentials of a group are one loop over contiguous numbers, however
//! short its rows are, while they are in the first-level cache.

use super::exponential::{exp, exp_m1};
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

/// The class in a map of classes that marks a pixel that does not count.
pub const IGNORED: u8 = u8::MAX;

/// The target of a row of scores.
pub(crate) trait Target: Copy {
    /// Returns the class, or `None` if the row does not count.
    fn class(self) -> Option<usize>;
}

impl Target for usize {
    #[inline(always)]
    fn class(self) -> Option<usize> {
        Some(self)
    }
}

impl Target for u8 {
    #[inline(always)]
    fn class(self) -> Option<usize> {
        if self == IGNORED { None } else { Some(usize::from(self)) }
    }
}

/// A loss of a row that is a function of the row's class and its cross-entropy.
pub(crate) trait OfCrossEntropy<T>: Copy {
    /// Returns the loss, and the factor that turns the derivative of the cross-entropy into that of the loss.
    fn of<const FUSED: bool>(self, class: usize, cross_entropy: T) -> [T; 2];
}

/// The cross-entropy itself.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl<T: Scalar> OfCrossEntropy<T> for Plain {
    #[inline(always)]
    fn of<const FUSED: bool>(self, _: usize, cross_entropy: T) -> [T; 2] {
        [cross_entropy, T::ONE]
    }
}

/// The loss (1 − p)ᵞ l, with l the cross-entropy and p = exp(−l) the probability of the target. The payload is γ.
#[derive(Clone, Copy)]
pub(crate) struct Focal<T>(pub(crate) T);

impl<T: Scalar> OfCrossEntropy<T> for Focal<T> {
    #[inline(always)]
    fn of<const FUSED: bool>(self, _: usize, cross_entropy: T) -> [T; 2] {
        let gamma = self.0;
        // 1 − p, precisely where it is small
        let q = -exp_m1::<FUSED, T>(-cross_entropy);
        let power = exp::<FUSED, T>(gamma * ln::<FUSED, T>(q));
        // 0⁰ = 1
        let power = if gamma == T::ZERO { T::ONE } else { power };
        // its limit where q is 0; a NaN is not equal to 0 and stays
        let ratio = if q == T::ZERO { T::ONE } else { cross_entropy / q };
        // d(qᵞ l)/dl = qᵞ + γ qᵞ⁻¹ p l
        [power * cross_entropy, power * (T::ONE + gamma * ((T::ONE - q) * ratio))]
    }
}

/// Another loss times the weight of the class. A class without a weight has the weight NaN.
#[derive(Clone, Copy)]
pub(crate) struct Weighted<'a, O> {
    pub(crate) weights: &'a [f64],
    pub(crate) of: O,
}

impl<T: Scalar, O: OfCrossEntropy<T>> OfCrossEntropy<T> for Weighted<'_, O> {
    #[inline(always)]
    fn of<const FUSED: bool>(self, class: usize, cross_entropy: T) -> [T; 2] {
        let weight = match self.weights.get(class) {
            Some(&weight) => T::of(weight),
            None => T::UNDEFINED,
        };
        let [loss, factor] = self.of.of::<FUSED>(class, cross_entropy);
        [weight * loss, weight * factor]
    }
}

/// A loop that sums a function of the cross-entropy log Σ exp z − zₜ over all rows that count, and writes its
/// derivative times `scale`.
pub(crate) struct CrossEntropy<'a, T, C, O> {
    pub(crate) scores: &'a [T],
    pub(crate) targets: &'a [C],
    pub(crate) classes: usize,
    pub(crate) scale: T,
    pub(crate) of: O,
    pub(crate) derivative: Option<&'a mut [T]>,
}

impl<T: Scalar, C: Target, O: OfCrossEntropy<T>> Loop for CrossEntropy<'_, T, C, O> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let Self { scores, targets, classes, scale, of, derivative } = self;
        let rows = (GROUP / classes).max(1);
        let groups = scores.chunks(rows * classes).zip(targets.chunks(rows));
        let mut loss = 0.0;
        if let Some(derivative) = derivative {
            for ((scores, targets), derivative) in groups.zip(derivative.chunks_mut(rows * classes)) {
                loss += group::<FUSED, T, C, O>(scores, targets, classes, derivative, of, Some(scale));
            }
            return loss;
        }
        let mut work = [T::ZERO; GROUP];
        for (scores, targets) in groups {
            if scores.len() <= GROUP {
                let work = &mut work[..scores.len()];
                loss += group::<FUSED, T, C, O>(scores, targets, classes, work, of, None);
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
                let target = targets[0];
                let cross_entropy = ln::<FUSED, T>(total) + below(scores, target, max);
                loss += loss_and_factor::<FUSED, T, C, O>(target, cross_entropy, of)[0].to_f64();
            }
        }
        loss
    }
}

/// Returns max − zₜ, or 0 for a row that does not count.
#[inline(always)]
fn below<T: Scalar, C: Target>(scores: &[T], target: C, max: T) -> T {
    match target.class() {
        Some(class) => max - scores[class],
        None => T::ZERO,
    }
}

/// Returns the loss of a row and the factor of its derivative, both 0 for a row that does not count. A NaN stays.
#[inline(always)]
fn loss_and_factor<const FUSED: bool, T: Scalar, C: Target, O: OfCrossEntropy<T>>(
    target: C,
    cross_entropy: T,
    of: O,
) -> [T; 2] {
    match target.class() {
        Some(class) => of.of::<FUSED>(class, cross_entropy),
        None => [T::ZERO * cross_entropy, T::ZERO],
    }
}

/// Returns the sum of the losses of a group. Leaves their derivatives times `scale` in `work`; without a scale, `work`
/// is undefined.
#[inline(always)]
fn group<const FUSED: bool, T: Scalar, C: Target, O: OfCrossEntropy<T>>(
    scores: &[T],
    targets: &[C],
    classes: usize,
    work: &mut [T],
    of: O,
    scale: Option<T>,
) -> f64 {
    let mut belows = [T::ZERO; GROUP];
    let rows = scores.chunks_exact(classes).zip(work.chunks_exact_mut(classes));
    for (((scores, work), &target), b) in rows.zip(targets).zip(&mut belows) {
        let max = maximum(scores);
        for (e, &z) in work.iter_mut().zip(scores) {
            *e = z - max;
        }
        *b = below(scores, target, max);
    }
    for e in &mut *work {
        *e = exp::<FUSED, T>(*e);
    }
    let mut loss = 0.0;
    for ((row, &target), &below) in work.chunks_exact_mut(classes).zip(targets).zip(&belows) {
        let sum = sum(row);
        let cross_entropy = ln::<FUSED, T>(sum) + below;
        let [value, factor] = loss_and_factor::<FUSED, T, C, O>(target, cross_entropy, of);
        loss += value.to_f64();
        if let Some(scale) = scale {
            let scale = scale * factor;
            let factor = scale / sum;
            for e in &mut *row {
                *e *= factor;
            }
            if let Some(class) = target.class() {
                row[class] -= scale;
            }
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
                    let scale = 1.0 / rows as f64;
                    let task =
                        |derivative| CrossEntropy { scores, targets, classes, scale, of: Plain, derivative };
                    let loss = run_on(arch, task(Some(&mut found[..])));
                    let value = run_on(arch, task(None));
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
            let targets = &[1_usize];
            vectorized(CrossEntropy { scores, targets, classes, scale: 1.0, of: Plain, derivative })
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
