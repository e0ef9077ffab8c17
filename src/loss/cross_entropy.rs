//! Computes cross-entropy over the softmax of scores.

use super::{ErrorMeasure, Loss, Unfit, largest, misclassified, several_classes};
use crate::core::Flat;
use crate::error::Result;
use crate::setting::below_one;
use plywood_kernel::Scalar;

/// Softmax and cross-entropy in one, for classification.
///
/// The network gives a score z for each of `N` classes, and a target is the number of the correct class.
///
/// The loss of an example is log Σⱼ exp zⱼ − zₜ, with t the target. The largest score is taken out of the sum, so that
/// nothing overflows. The gradient is softmax(z) − onehot(t).
///
/// For an `Image<H, W, C>` of scores, it is the same at every pixel: a target is a map of classes, `[[u8; W]; H]`, and
/// the loss of an example is the mean over its pixels, without those of class [`IGNORED`](super::IGNORED).
#[derive(Debug, Clone, Copy, Default)]
pub struct SoftmaxCrossEntropy;

impl<const N: usize> Loss<Flat<N>> for SoftmaxCrossEntropy {
    type Target = usize;
    const SUITS: () = several_classes("SoftmaxCrossEntropy", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::cross_entropy(outputs, targets, N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::cross_entropy(outputs, targets, N, Some(d_outputs)) / targets.len() as f64
    }

    fn check(&self, target: usize) -> Result<(), Unfit> {
        Unfit::unless_class(target, N)
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        sums[0] += misclassified(outputs, N, targets);
    }
}

/// [`SoftmaxCrossEntropy`] with label smoothing: the share ε of the target's probability is spread evenly over all `N`
/// classes, so that scores do not grow without end (Szegedy et al. 2016, section 7).
///
/// The loss of an example is log Σⱼ exp zⱼ − (1 − ε) zₜ − ε/N Σⱼ zⱼ, with t the target. The gradient is softmax(z) − (1
/// − ε) onehot(t) − ε/N.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothedCrossEntropy {
    /// The share ε; at least 0 and less than 1.
    pub smoothing: f64,
}

impl SmoothedCrossEntropy {
    /// Returns the loss with the share ε = `smoothing`.
    #[must_use]
    pub const fn new(smoothing: f64) -> Self {
        Self { smoothing }
    }
}

impl Default for SmoothedCrossEntropy {
    /// Returns the loss with ε = 0.1.
    fn default() -> Self {
        Self { smoothing: 0.1 }
    }
}

impl<const N: usize> Loss<Flat<N>> for SmoothedCrossEntropy {
    type Target = usize;
    const SUITS: () = several_classes("SmoothedCrossEntropy", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::smoothed_cross_entropy(outputs, targets, self.smoothing, N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::smoothed_cross_entropy(outputs, targets, self.smoothing, N, Some(d_outputs)) / targets.len() as f64
    }

    fn check(&self, target: usize) -> Result<(), Unfit> {
        Unfit::unless_class(target, N)
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("label smoothing", self.smoothing)
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        sums[0] += misclassified(outputs, N, targets);
    }
}

/// Softmax and cross-entropy with soft labels: a target is a probability p for each of the `N` classes.
///
/// The probabilities add up to 1, within the 10⁻⁵ that rounding leaves.
///
/// The loss of an example is Σⱼ pⱼ (log Σₖ exp zₖ − zⱼ), with z the scores. The gradient is softmax(z) Σⱼ pⱼ − p. An
/// output is wrong if its largest score is not that of the most probable class.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoftCrossEntropy;

impl SoftCrossEntropy {
    /// The tolerance within which probabilities must add up to 1.
    ///
    /// Rounding each to `f32` moves the sum by at most 6e-8. The sum by which they were divided was rounded as well:
    /// over 20,000 classes, by about 20,000½ · 6e-8 = 8e-6 of itself.
    const TOLERANCE: f64 = 1e-5;
}

impl<const N: usize> Loss<Flat<N>> for SoftCrossEntropy {
    type Target = [f32; N];
    const SUITS: () = several_classes("SoftCrossEntropy", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::soft_cross_entropy(outputs, targets.as_flattened(), N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::soft_cross_entropy(outputs, targets.as_flattened(), N, Some(d_outputs)) / targets.len() as f64
    }

    fn check(&self, target: [f32; N]) -> Result<(), Unfit> {
        Unfit::unless_all(&target, |p| (0.0..=1.0).contains(&p), "a probability, from 0 to 1")?;
        let sum: f64 = target.iter().copied().map(f64::from).sum();
        if (sum - 1.0).abs() <= Self::TOLERANCE {
            return Ok(());
        }
        Err(Unfit {
            found: format!("probabilities that add up to {sum}"),
            expected: "a sum of 1, to within 1e-5".to_owned(),
        })
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]], sums: &mut [f64]) {
        let is_wrong = |(scores, target): &(&[T], &[f32; N])| {
            largest(scores).is_none_or(|class| Some(class) != largest(*target))
        };
        sums[0] += outputs.chunks_exact(N).zip(targets).filter(is_wrong).count() as f64;
    }
}

/// Turns scores into probabilities: exp zᵢ / Σⱼ exp zⱼ.
///
/// If the largest score is infinite, of either sign, the result is the limit in which all scores equal to it grow
/// together: they share the probability evenly. A NaN makes all results NaN.
pub fn softmax<T: Scalar>(scores: &mut [T]) {
    T::map_softmax(scores);
}
