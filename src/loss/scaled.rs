//! Multiplies a loss by a factor.

use super::each::times;
use super::{ErrorMeasure, Loss, Unfit};
use crate::core::Shape;
use crate::error::Result;
use crate::setting::at_least_zero;
use plywood_kernel::Scalar;

/// A loss times a factor, which balances the losses of several outputs.
///
/// ```
/// use plywood::loss::{Loss, MeanSquaredError, Scaled};
/// use plywood::Flat;
///
/// let loss = Scaled::new(MeanSquaredError, 0.25);
/// assert_eq!(Loss::<Flat<1>>::value(&loss, &[3.0], &[[1.0]]), 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaled<L> {
    /// The loss.
    pub loss: L,
    /// The factor; at least 0.
    pub factor: f64,
}

impl<L> Scaled<L> {
    /// Returns the loss times `factor`.
    pub const fn new(loss: L, factor: f64) -> Self {
        Self { loss, factor }
    }
}

impl<Out: Shape, L: Loss<Out>> Loss<Out> for Scaled<L> {
    type Target = L::Target;
    const SUITS: () = L::SUITS;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[L::Target]) -> f64 {
        let () = <Self as Loss<Out>>::SUITS;
        self.factor * self.loss.value(outputs, targets)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[L::Target], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Out>>::SUITS;
        self.factor * times(&self.loss, outputs, targets, Some(d_outputs), self.factor)
    }

    fn check(&self, target: L::Target) -> Result<(), Unfit> {
        self.loss.check(target)
    }

    fn name(&self) -> String {
        format!("Scaled({}, {:?})", self.loss.name(), self.factor)
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.loss.check_settings::<T>()?;
        at_least_zero::<T>("factor of the loss", self.factor)
    }

    const SUMS: usize = L::SUMS;
    const ERROR: Option<ErrorMeasure> = L::ERROR;

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[L::Target], sums: &mut [f64]) {
        self.loss.judge(outputs, targets, sums);
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        self.loss.error(sums, examples)
    }
}
