//! Computes the hinge loss of several classes.

use super::{ErrorMeasure, Loss, Unfit, misclassified, several_classes};
use crate::core::Flat;
use crate::error::Result;
use crate::setting::positive;
use plywood_kernel::Scalar;

/// The hinge loss for classification, with a margin m (Weston and Watkins 1999, equation 5).
///
/// The network gives a score z for each of `N` classes, and a target is the number of the correct class. Its score
/// should exceed every other score by the margin.
///
/// The loss of an example is Σⱼ max(0, m + zⱼ − zₜ) over all classes j except the target t. With two classes, this is
/// the hinge of a support vector machine with the score z₁ − z₀. The derivative at the kink is taken as 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hinge {
    /// The margin m; above 0.
    pub margin: f64,
}

impl Hinge {
    /// Returns the loss with the margin m = `margin`.
    #[must_use]
    pub const fn new(margin: f64) -> Self {
        Self { margin }
    }
}

impl Default for Hinge {
    /// Returns the loss with m = 1.
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl<const N: usize> Loss<Flat<N>> for Hinge {
    type Target = usize;
    const SUITS: () = several_classes("Hinge", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::hinge(outputs, targets, self.margin, N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        T::hinge(outputs, targets, self.margin, N, Some(d_outputs)) / targets.len() as f64
    }

    fn check(&self, target: usize) -> Result<(), Unfit> {
        Unfit::unless_class(target, N)
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        positive::<T>("margin", self.margin)
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        sums[0] += misclassified(outputs, N, targets);
    }
}
