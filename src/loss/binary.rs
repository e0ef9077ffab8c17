//! Computes cross-entropy of answers "yes" and "no".

use super::class_weights::check_weights;
use super::{ErrorMeasure, Loss, Unfit};
use crate::core::{Dims, Single};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// The sigmoid and cross-entropy in one, for any number of questions that are answered "yes" or "no".
///
/// The network gives a score z for each question. A target holds the probability p of "yes" for each: 1, 0, or between.
///
/// The loss of an example is the mean over its questions of −p log σ(z) − (1 − p) log(1 − σ(z)). It is computed as
/// max(0, z) − pz + log(1 + exp(−|z|)), in which nothing overflows. The derivative is σ(z) − p.
///
/// For an `Image<H, W, C>` of scores, there are C questions at every pixel: with one channel, whether the pixel belongs
/// to an object.
///
/// A score above 0 is a "yes", which is right if p is above ½. The error is the share of wrong answers, over all
/// questions of all examples.
#[derive(Debug, Clone, Copy, Default)]
pub struct BinaryCrossEntropy;

impl<S: Single> Loss<S> for BinaryCrossEntropy {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::binary_cross_entropy(outputs, S::as_flattened(targets), None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::binary_cross_entropy(outputs, S::as_flattened(targets), Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        Unfit::unless_all(S::as_slice(&target), |p| (0.0..=1.0).contains(&p), "a probability, from 0 to 1")
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> =
        Some(if S::LEN == 1 { ErrorMeasure::MISCLASSIFIED } else { ErrorMeasure::WRONG_ANSWERS });

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], sums: &mut [f64]) {
        let is_wrong = |&(&z, &p): &(&T, &f32)| z.to_f64().is_nan() || (z > T::ZERO) != (p > 0.5);
        sums[0] += outputs.iter().zip(S::as_flattened(targets)).filter(is_wrong).count() as f64;
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        Some(sums[0] / (examples * S::LEN) as f64)
    }
}

/// [`BinaryCrossEntropy`] in which each question has a weight w of its answer "yes", for questions whose answer is
/// rarely "yes".
///
/// The loss of an example is the mean over its questions of −w p log σ(z) − (1 − p) log(1 − σ(z)), as PyTorch's
/// `pos_weight` has it. The derivative is (1 − p) σ(z) − w p (1 − σ(z)).
///
/// A vector has a weight for each of its numbers; an `Image<H, W, C>` has one for each of its C channels, the same at
/// every pixel. The number of weights is checked before anything is trained.
///
/// ```
/// use plywood::loss::{BinaryCrossEntropy, Loss, WeightedBinaryCrossEntropy};
/// use plywood::Flat;
///
/// let weighted = WeightedBinaryCrossEntropy::new([4.0]);
/// let yes = Loss::<Flat<1>>::value(&weighted, &[0.5], &[[1.0]]);
/// let plain = Loss::<Flat<1>>::value(&BinaryCrossEntropy, &[0.5], &[[1.0]]);
/// assert!((yes / plain - 4.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedBinaryCrossEntropy {
    /// The weight of "yes" for each question; at least 0.
    pub yes: Vec<f64>,
}

impl WeightedBinaryCrossEntropy {
    /// Returns the loss with a weight of "yes" for each question.
    #[must_use]
    pub fn new(yes: impl Into<Vec<f64>>) -> Self {
        Self { yes: yes.into() }
    }

    /// Returns the loss in which "yes" and "no" have the same share: the weight of "yes" is (n − y) / y for a question
    /// whose answer is "yes" for `yes` y of `answers` n.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if a question has no answer "yes" or no answer "no", or if more
    /// answers are "yes" than there are.
    pub fn balanced(yes: &[usize], answers: usize) -> Result<Self> {
        if let Some(question) = yes.iter().position(|count| !(1..answers).contains(count)) {
            let found = format!("{} of {answers} for question {question}", yes[question]);
            let expected = match answers {
                0 | 1 => "one of 2 answers or more".to_owned(),
                _ => format!("1 to {}, so that both answers occur", answers - 1),
            };
            return Err(Error::argument("number of answers \"yes\"", found, expected));
        }
        Ok(Self { yes: yes.iter().map(|&count| (answers - count) as f64 / count as f64).collect() })
    }

    fn run<S: Single, T: Scalar>(
        &self,
        outputs: &[T],
        targets: &[S::Array<f32>],
        derivative: Option<&mut [T]>,
    ) -> f64 {
        if self.yes.len() == S::DIMS.channels() {
            let sum =
                T::weighted_binary_cross_entropy(outputs, S::as_flattened(targets), &self.yes, derivative);
            return sum / outputs.len() as f64;
        }
        // refused by `check_settings`
        if let Some(derivative) = derivative {
            derivative.fill(T::of(f64::NAN));
        }
        f64::NAN
    }
}

impl<S: Single> Loss<S> for WeightedBinaryCrossEntropy {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        self.run::<S, T>(outputs, targets, None)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        self.run::<S, T>(outputs, targets, Some(d_outputs))
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        Loss::<S>::check(&BinaryCrossEntropy, target)
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        let things = if matches!(S::DIMS, Dims::Flat(_)) { "outputs" } else { "channels" };
        check_weights::<T>("weights of \"yes\"", &self.yes, S::DIMS.channels(), things)
    }

    const SUMS: usize = <BinaryCrossEntropy as Loss<S>>::SUMS;
    const ERROR: Option<ErrorMeasure> = <BinaryCrossEntropy as Loss<S>>::ERROR;

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], sums: &mut [f64]) {
        Loss::<S>::judge(&BinaryCrossEntropy, outputs, targets, sums);
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        Loss::<S>::error(&BinaryCrossEntropy, sums, examples)
    }
}
