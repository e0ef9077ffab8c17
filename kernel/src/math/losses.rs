//! Computes losses of single numbers, and of classes with soft labels. Derivatives are those of the mean.

use std::marker::PhantomData;

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

/// The loss |y − t|.
#[derive(Clone, Copy)]
pub(crate) struct Absolute;

impl<T: Scalar> Pointwise<T> for Absolute {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let error = output - target;
        [error.abs(), sides(error, -T::ONE, T::ONE)]
    }
}

/// The loss q (t − y) where y ≤ t, and (1 − q)(y − t) elsewhere. The payload is q.
#[derive(Clone, Copy)]
pub(crate) struct Pinball<T>(pub(crate) T);

impl<T: Scalar> Pointwise<T> for Pinball<T> {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let error = output - target;
        let slope = sides(error, -self.0, T::ONE - self.0);
        [slope * error, slope]
    }
}

/// Returns `below` for a negative number, `above` for a positive one, and 0 and NaN for themselves.
#[inline(always)]
fn sides<T: Scalar>(x: T, below: T, above: T) -> T {
    let side = if x > T::ZERO { above } else { x };
    if x < T::ZERO { below } else { side }
}

/// The loss exp z − tz, where z > 30 on the tangent of exp at 30.
#[derive(Clone, Copy)]
pub(crate) struct Poisson;

impl<T: Scalar> Pointwise<T> for Poisson {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let limit = T::of(30.0);
        // a comparison with a NaN is false, so it stays a NaN
        let rate = exp::<FUSED, T>(if output > limit { limit } else { output });
        let beyond = if output > limit { output - limit } else { T::ZERO };
        [rate + (rate * beyond - target * output), rate - target]
    }
}

/// The loss −wp log σ(z) − (1 − p) log(1 − σ(z)). The payload is w.
#[derive(Clone, Copy)]
pub(crate) struct WeightedBinary<T>(pub(crate) T);

impl<T: Scalar> Pointwise<T> for WeightedBinary<T> {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let (yes, no) = (self.0 * target, T::ONE - target);
        let value = yes * softplus::<FUSED, T>(-output) + no * softplus::<FUSED, T>(output);
        [value, no * sigmoid::<FUSED, T>(output) - yes * sigmoid::<FUSED, T>(-output)]
    }
}

/// The loss −w (1 − p)ᵞ log p, with p the probability of the answer, which is "yes" for a target above ½, and w the
/// weight of that answer.
#[derive(Clone, Copy)]
pub(crate) struct BinaryFocal<T> {
    pub(crate) gamma: T,
    pub(crate) yes: T,
    pub(crate) no: T,
}

impl<T: Scalar> Pointwise<T> for BinaryFocal<T> {
    #[inline(always)]
    fn of<const FUSED: bool>(self, output: T, target: T) -> [T; 2] {
        let yes = target > T::of(0.5);
        let (sign, weight) = if yes { (T::ONE, self.yes) } else { (-T::ONE, self.no) };
        let z = sign * output;
        // −log p; and (1 − p)ᵞ, since log(1 − p) = −softplus(z)
        let cross_entropy = softplus::<FUSED, T>(-z);
        let factor = weight * exp::<FUSED, T>(-self.gamma * softplus::<FUSED, T>(z));
        let slope = sigmoid::<FUSED, T>(-z) + self.gamma * (sigmoid::<FUSED, T>(z) * cross_entropy);
        [factor * cross_entropy, -sign * factor * slope]
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

/// A loop that sums [`WeightedBinary`] over rows whose numbers each have a weight of their own, and writes its
/// derivative divided by the count of numbers.
pub(crate) struct WeightedBinaryRows<'a, T> {
    pub(crate) outputs: &'a [T],
    pub(crate) targets: &'a [f32],
    pub(crate) weights: &'a [f64],
    pub(crate) derivative: Option<&'a mut [T]>,
}

impl<T: Scalar> Loop for WeightedBinaryRows<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let Self { outputs, targets, weights, mut derivative } = self;
        let scale = T::of(1.0 / outputs.len() as f64);
        let mut losses = [T::ZERO; PIECE];
        let mut total = 0.0;
        for start in (0..outputs.len()).step_by(weights.len()) {
            let end = start + weights.len();
            let row = outputs[start..end].chunks(PIECE).zip(targets[start..end].chunks(PIECE));
            let mut slopes = derivative.as_deref_mut().map(|d| d[start..end].chunks_mut(PIECE));
            for ((outputs, targets), weights) in row.zip(weights.chunks(PIECE)) {
                let losses = &mut losses[..outputs.len()];
                let numbers = outputs.iter().zip(targets).zip(weights);
                if let Some(slopes) = slopes.as_mut().and_then(Iterator::next) {
                    for ((((&y, &t), &w), l), d) in numbers.zip(&mut *losses).zip(slopes) {
                        let [value, slope] = WeightedBinary(T::of(w)).of::<FUSED>(y, T::of(f64::from(t)));
                        (*l, *d) = (value, slope * scale);
                    }
                } else {
                    for (((&y, &t), &w), l) in numbers.zip(&mut *losses) {
                        *l = WeightedBinary(T::of(w)).of::<FUSED>(y, T::of(f64::from(t)))[0];
                    }
                }
                total += sum(losses).to_f64();
            }
        }
        total
    }
}

/// A loop that sums p log p over all probabilities, with 0 log 0 = 0.
pub(crate) struct NegativeEntropy<'a, T> {
    pub(crate) labels: &'a [f32],
    pub(crate) scalar: PhantomData<T>,
}

impl<T: Scalar> Loop for NegativeEntropy<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let mut terms = [T::ZERO; PIECE];
        let mut total = 0.0;
        for labels in self.labels.chunks(PIECE) {
            let terms = &mut terms[..labels.len()];
            for (term, &p) in terms.iter_mut().zip(labels) {
                let p = T::of(f64::from(p));
                let product = p * ln::<FUSED, T>(p);
                *term = if p == T::ZERO { T::ZERO } else { product };
            }
            total += sum(terms).to_f64();
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
