//! Computes losses for numbers that should be close to a target's numbers.

use super::{ErrorMeasure, Loss, Unfit};
use crate::core::Single;
use crate::error::Result;
use crate::setting::{positive, within_unit};
use plywood_kernel::Scalar;

/// Declares that the error of a loss of numbers is the mean absolute error.
macro_rules! judges_by_absolute_error {
    () => {
        const SUMS: usize = 1;
        const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MEAN_ABSOLUTE);

        fn judge<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], sums: &mut [f64]) {
            sums[0] += T::absolute_error(outputs, S::as_flattened(targets), None);
        }

        fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
            Some(sums[0] / (examples * S::LEN) as f64)
        }
    };
}

/// The mean squared error: the loss of an example is the mean of (y − t)² over its numbers y and the target's t.
///
/// Its error is the mean absolute error, the mean of |y − t| over all numbers, in the unit of the targets.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeanSquaredError;

impl<S: Single> Loss<S> for MeanSquaredError {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::squared_error(outputs, S::as_flattened(targets), None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::squared_error(outputs, S::as_flattened(targets), Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        check_finite(S::as_slice(&target))
    }

    judges_by_absolute_error!();
}

/// The Huber loss: squared for small errors, linear for large ones, so that outliers do not dominate (Huber 1964).
///
/// The loss of an example is the mean over its numbers y and the target's numbers t, with d = |y − t|, of d²/2 where d
/// ≤ δ, and of δ(d − δ/2) elsewhere.
///
/// Its error is the mean absolute error, the mean of d over all numbers, in the unit of the targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Huber {
    /// The largest error δ that counts as small; above 0.
    pub delta: f64,
}

impl Huber {
    /// Returns the loss with δ = `delta`.
    #[must_use]
    pub const fn new(delta: f64) -> Self {
        Self { delta }
    }
}

impl Default for Huber {
    /// Returns the loss with δ = 1.
    fn default() -> Self {
        Self { delta: 1.0 }
    }
}

impl<S: Single> Loss<S> for Huber {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::huber(outputs, S::as_flattened(targets), self.delta, None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::huber(outputs, S::as_flattened(targets), self.delta, Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        check_finite(S::as_slice(&target))
    }

    judges_by_absolute_error!();

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        positive::<T>("delta", self.delta)
    }
}

/// The mean absolute error, also called L1: the loss of an example is the mean of |y − t| over its numbers y and the
/// target's t.
///
/// Its minimum is the median of the targets where [`MeanSquaredError`] gives their mean. The derivative is the sign of y −
/// t, and 0 where they are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeanAbsoluteError;

impl<S: Single> Loss<S> for MeanAbsoluteError {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::absolute_error(outputs, S::as_flattened(targets), None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::absolute_error(outputs, S::as_flattened(targets), Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        check_finite(S::as_slice(&target))
    }

    judges_by_absolute_error!();
}

/// The quantile loss, also called pinball loss: trained with it, a network gives the number below which a target lies
/// with probability q (Koenker and Bassett 1978, equation 2.1).
///
/// The loss of an example is the mean over its numbers y and the target's numbers t of q(t − y) where t ≥ y, and of (1 −
/// q)(y − t) elsewhere. For q = ½ it is half of [`MeanAbsoluteError`]. The derivative is −q or 1 − q, and 0 where t = y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The probability q; above 0 and below 1.
    pub q: f64,
}

impl Quantile {
    /// Returns the loss of the quantile `q`.
    #[must_use]
    pub const fn new(q: f64) -> Self {
        Self { q }
    }
}

impl<S: Single> Loss<S> for Quantile {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::pinball(outputs, S::as_flattened(targets), self.q, None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::pinball(outputs, S::as_flattened(targets), self.q, Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        check_finite(S::as_slice(&target))
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        within_unit::<T>("q", self.q)
    }
}

/// The loss of counts that follow a Poisson distribution, whose rates the network gives as logarithms.
///
/// The network gives z, the logarithm of the expected count, for each number of the shape, and a target holds the counts
/// t. The loss of an example is the mean over its numbers of exp z − tz, the negative logarithm of the probability of t
/// without log t!, on which z has no influence. So it can be negative. The derivative is exp z − t.
///
/// Above z = 30, which stands for a count of 10¹³, exp z is continued along its tangent, exp 30 (z − 29), so that large
/// outputs do not overflow and still have a gradient.
#[derive(Debug, Clone, Copy, Default)]
pub struct Poisson;

impl<S: Single> Loss<S> for Poisson {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::poisson(outputs, S::as_flattened(targets), None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::poisson(outputs, S::as_flattened(targets), Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        Unfit::unless_all(S::as_slice(&target), |t| (0.0..=1e13).contains(&t), "a count, from 0 to 10¹³")
    }
}

fn check_finite(target: &[f32]) -> Result<(), Unfit> {
    Unfit::unless_all(target, f32::is_finite, "a finite number")
}
