//! Computes losses in which outputs that are already right count little.

use super::{BinaryCrossEntropy, ErrorMeasure, Loss, Unfit, misclassified, several_classes};
use crate::core::{Flat, Single};
use crate::error::Result;
use crate::setting::{at_least_zero, within_unit};
use plywood_kernel::Scalar;

/// The focal loss for classification: cross-entropy in which examples that are easy count little (Lin et al. 2017,
/// equation 4).
///
/// The network gives a score z for each of `N` classes, and a target is the number t of the correct class. With p the
/// probability softmax(z)ₜ, the loss of an example is −(1 − p)ᵞ log p. For γ = 0 it is the cross-entropy. The gradient
/// is (1 − p)ᵞ⁻¹ (1 − p − γ p log p) times that of the cross-entropy, softmax(z) − onehot(t).
///
/// For an `Image<H, W, C>` of scores, it is the same at every pixel, see
/// [`SoftmaxCrossEntropy`](super::SoftmaxCrossEntropy). The factor α of each class is the weight of
/// [`ClassWeighted`](super::ClassWeighted).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Focal {
    /// The exponent γ; at least 0.
    pub gamma: f64,
}

impl Focal {
    /// Returns the loss with the exponent γ = `gamma`.
    #[must_use]
    pub const fn new(gamma: f64) -> Self {
        Self { gamma }
    }

    pub(super) fn check_gamma<T: Scalar>(self) -> Result<()> {
        at_least_zero::<T>("gamma", self.gamma)
    }
}

impl Default for Focal {
    /// Returns the loss with γ = 2, the best in the paper.
    fn default() -> Self {
        Self { gamma: 2.0 }
    }
}

impl<const N: usize> Loss<Flat<N>> for Focal {
    type Target = usize;
    const SUITS: () = several_classes("Focal", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::focal(outputs, targets, self.gamma, N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::focal(outputs, targets, self.gamma, N, Some(d_outputs)) / targets.len() as f64
    }

    fn check(&self, target: usize) -> Result<(), Unfit> {
        Unfit::unless_class(target, N)
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.check_gamma::<T>()
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        sums[0] += misclassified(outputs, N, targets);
    }
}

/// The focal loss of answers "yes" and "no", in which easy answers count little (Lin et al. 2017, equation 5).
///
/// The network gives a score z for each question. A target holds 1 for "yes" and 0 for "no". With p = σ(z) the
/// probability of the right answer for "yes", and 1 − σ(z) for "no", the loss of a question is −w (1 − p)ᵞ log p; w is α
/// for "yes" and 1 − α for "no", and without α it is 1. The loss of an example is the mean over its questions.
///
/// The derivative with respect to z is −w (1 − p)ᵞ (1 − p − γ p log p) for "yes", and of the other sign for "no".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryFocal {
    /// The exponent γ; at least 0.
    pub gamma: f64,
    /// The weight α of "yes", if there is one; above 0 and below 1.
    pub alpha: Option<f64>,
}

impl BinaryFocal {
    /// Returns the loss with the exponent γ = `gamma` and without α.
    #[must_use]
    pub const fn new(gamma: f64) -> Self {
        Self { gamma, alpha: None }
    }

    /// Returns the loss with the weight α = `alpha` of "yes", and 1 − α of "no".
    #[must_use]
    pub const fn alpha(self, alpha: f64) -> Self {
        Self { alpha: Some(alpha), ..self }
    }

    /// Returns the weights of "yes" and of "no".
    fn weights(self) -> [f64; 2] {
        self.alpha.map_or([1.0, 1.0], |alpha| [alpha, 1.0 - alpha])
    }
}

impl Default for BinaryFocal {
    /// Returns the loss with γ = 2 and α = 0.25, the best in the paper.
    fn default() -> Self {
        Self::new(2.0).alpha(0.25)
    }
}

impl<S: Single> Loss<S> for BinaryFocal {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        let targets = S::as_flattened(targets);
        T::binary_focal(outputs, targets, self.gamma, self.weights(), None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        let targets = S::as_flattened(targets);
        T::binary_focal(outputs, targets, self.gamma, self.weights(), Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        Unfit::unless_all(S::as_slice(&target), |p| p == 0.0 || p == 1.0, "0 for \"no\" or 1 for \"yes\"")
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        at_least_zero::<T>("gamma", self.gamma)?;
        self.alpha.map_or(Ok(()), |alpha| within_unit::<T>("alpha", alpha))
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
