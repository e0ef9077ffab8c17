//! The hinge loss of several classes.

use super::{Loss, Unfit, misclassified};
use crate::setting::positive;
use crate::{Flat, Result, Scalar};

/// The hinge loss of a classification: the network gives a score z for each of `N` classes, a target is the number of
/// the right one, whose score is to be larger than each other by a margin m (Weston and Watkins 1999, equation 5).
///
/// The loss of an example is Σⱼ max(0, m + zⱼ − zₜ) over all classes j but the target t. With two classes that is the
/// hinge of a support vector machine with the score z₁ − z₀. The derivative at the kink is taken as 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hinge {
    /// m, above 0.
    pub margin: f64,
}

impl Default for Hinge {
    /// m = 1.
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl<const N: usize> Loss<Flat<N>> for Hinge {
    type Target = usize;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        T::hinge(outputs, targets, self.margin, N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
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

    fn mistakes<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> Option<usize> {
        Some(misclassified(outputs, N, targets))
    }
}
