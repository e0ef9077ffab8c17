//! Computes losses of single numbers, and of classes with soft labels. Derivatives are those of the mean.

use super::activation::softplus;
use super::elementwise::rectify;
use super::exponential::{exp, sigmoid};
use super::formula::Loop;
use super::logarithm::ln;
use super::softmax::{maximum, sum};
use crate::Scalar;

/// The number of losses that are summed in `T` before their sum is added in `f64`.
const PIECE: usize = 512;

/// A loss of one output and one target.
pub(crate) trait Pointwise<T>: Copy {
    /// Returns the loss and its derivative.
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2];
}

/// The loss (y − t)².
#[derive(Clone, Copy)]
pub(crate) struct Squared;

impl<T: Scalar> Pointwise<T> for Squared {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let error = output - target;
        [error * error, error + error]
    }
}

/// The loss d²/2 up to δ, then δ(d − δ/2), for d = |y − t|.
#[derive(Clone, Copy)]
pub(crate) struct Huber<T>(pub(crate) T);

impl<T: Scalar> Pointwise<T> for Huber<T> {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let (delta, error) = (self.0, output - target);
        let distance = error.abs();
        let half = T::of(0.5);
        // a comparison with a NaN is false, so it stays a NaN
        let small = if distance > delta { delta } else { distance };
        let derivative = if distance > delta { delta.copysign(error) } else { error };
        [small * (distance - half * small), derivative]
    }
}

/// The loss max(0, z) − pz + log(1 + exp(−|z|)).
#[derive(Clone, Copy)]
pub(crate) struct Binary;

impl<T: Scalar> Pointwise<T> for Binary {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        // softplus(z) = max(0, z) + log(1 + exp(−|z|))
        [softplus::<FUSED, T>(output) - target * output, sigmoid::<FUSED, T>(output) - target]
    }
}

/// A loop that sums a loss over all numbers, and writes its derivative divided by their number.
pub(crate) struct SumOf<'a, T, P> {
    pub(crate) outputs: &'a [T],
    pub(crate) targets: &'a [f32],
    pub(crate) derivative: Option<&'a mut [T]>,
    pub(crate) loss: P,
}

impl<T: Scalar, P: Pointwise<T>> Loop for SumOf<'_, T, P> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let Self { outputs, targets, derivative, loss } = self;
        let scale = T::of(1.0 / outputs.len() as f64);
        let mut derivatives = derivative.map(|derivative| derivative.chunks_mut(PIECE));
        let mut losses = [T::ZERO; PIECE];
        let mut total = 0.0;
        for (outputs, targets) in outputs.chunks(PIECE).zip(targets.chunks(PIECE)) {
            let losses = &mut losses[..outputs.len()];
            if let Some(derivative) = derivatives.as_mut().and_then(Iterator::next) {
                for (((&y, &t), l), d) in outputs.iter().zip(targets).zip(&mut *losses).zip(derivative) {
                    let [value, slope] = loss.of::<FUSED>(y, T::of(f64::from(t)));
                    (*l, *d) = (value, slope * scale);
                }
            } else {
                for ((&y, &t), l) in outputs.iter().zip(targets).zip(&mut *losses) {
                    *l = loss.of::<FUSED>(y, T::of(f64::from(t)))[0];
                }
            }
            total += sum(losses).to_f64();
        }
        total
    }
}

/// The target probabilities of the classes of each row.
pub(crate) trait Labels<T> {
    /// Returns the probability of a class in a row.
    fn of(&self, row: usize, class: usize) -> T;
}

/// A probability for each class, one row after another.
pub(crate) struct Soft<'a> {
    pub(crate) labels: &'a [f32],
    pub(crate) classes: usize,
}

impl<T: Scalar> Labels<T> for Soft<'_> {
    #[inline(always)]
    fn of(&self, row: usize, class: usize) -> T {
        T::of(f64::from(self.labels[row * self.classes + class]))
    }
}

/// The probability `rest` for every class, plus `share` for the target.
pub(crate) struct Smoothed<'a, T> {
    pub(crate) targets: &'a [usize],
    pub(crate) share: T,
    pub(crate) rest: T,
}

impl<T: Scalar> Labels<T> for Smoothed<'_, T> {
    #[inline(always)]
    fn of(&self, row: usize, class: usize) -> T {
        if class == self.targets[row] { self.share + self.rest } else { self.rest }
    }
}

/// A loop that sums Σⱼ pⱼ (log Σₖ exp zₖ − zⱼ) over all rows, and writes its derivative divided by the number of rows.
pub(crate) struct LabeledCrossEntropy<'a, T, L> {
    pub(crate) scores: &'a [T],
    pub(crate) classes: usize,
    pub(crate) derivative: Option<&'a mut [T]>,
    pub(crate) labels: L,
}

impl<T: Scalar, L: Labels<T>> Loop for LabeledCrossEntropy<'_, T, L> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let Self { scores, classes, derivative, labels } = self;
        let scale = T::of(1.0 / (scores.len() / classes) as f64);
        let mut derivatives = derivative.map(|derivative| derivative.chunks_exact_mut(classes));
        let mut loss = 0.0;
        for (row, scores) in scores.chunks_exact(classes).enumerate() {
            let max = maximum(scores);
            // Σⱼ pⱼ and Σⱼ pⱼ (max − zⱼ)
            let (mut all, mut below) = (T::ZERO, T::ZERO);
            for (class, &z) in scores.iter().enumerate() {
                let p = labels.of(row, class);
                all += p;
                below += p * (max - z);
            }
            let mut total = T::ZERO;
            if let Some(derivative) = derivatives.as_mut().and_then(Iterator::next) {
                for (e, &z) in derivative.iter_mut().zip(scores) {
                    *e = exp::<FUSED, T>(z - max);
                }
                total = sum(derivative);
                let factor = scale * all / total;
                for (class, e) in derivative.iter_mut().enumerate() {
                    *e = *e * factor - scale * labels.of(row, class);
                }
            } else {
                let mut work = [T::ZERO; PIECE];
                for scores in scores.chunks(PIECE) {
                    let work = &mut work[..scores.len()];
                    for (e, &z) in work.iter_mut().zip(scores) {
                        *e = exp::<FUSED, T>(z - max);
                    }
                    total += sum(work);
                }
            }
            loss += (all * ln::<FUSED, T>(total) + below).to_f64();
        }
        loss
    }
}

/// A loop that sums Σⱼ max(0, margin + zⱼ − zₜ) over j ≠ t and over all rows, and writes its derivative divided by the
/// number of rows.
pub(crate) struct Hinge<'a, T> {
    pub(crate) scores: &'a [T],
    pub(crate) targets: &'a [usize],
    pub(crate) margin: T,
    pub(crate) classes: usize,
    pub(crate) derivative: Option<&'a mut [T]>,
}

impl<T: Scalar> Loop for Hinge<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let Self { scores, targets, margin, classes, derivative } = self;
        let scale = T::of(1.0 / targets.len() as f64);
        let mut derivatives = derivative.map(|derivative| derivative.chunks_exact_mut(classes));
        let mut loss = 0.0;
        for (scores, &target) in scores.chunks_exact(classes).zip(targets) {
            let threshold = scores[target] - margin;
            let (mut total, mut inside) = (T::ZERO, T::ZERO);
            for (class, &z) in scores.iter().enumerate() {
                let excess = z - threshold;
                total += if class == target { T::ZERO } else { rectify(excess) };
                inside += if excess > T::ZERO && class != target { T::ONE } else { T::ZERO };
            }
            loss += total.to_f64();
            if let Some(derivative) = derivatives.as_mut().and_then(Iterator::next) {
                for (d, &z) in derivative.iter_mut().zip(scores) {
                    *d = if z > threshold { scale } else { T::ZERO };
                }
                derivative[target] = -scale * inside;
            }
        }
        loss
    }
}
