//! Computes losses for numbers that should be close to a target's numbers.

use super::{Loss, Unfit};
use crate::core::Single;
use crate::error::Result;
use crate::setting::positive;
use plywood_kernel::Scalar;

/// The mean squared error: the loss of an example is the mean of (y − t)² over its numbers y and the target's t.
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
}

/// The Huber loss: squared for small errors, linear for large ones, so that outliers do not dominate (Huber 1964).
///
/// The loss of an example is the mean over its numbers y and the target's numbers t, with d = |y − t|, of d²/2 where d
/// ≤ δ, and of δ(d − δ/2) elsewhere.
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

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        positive::<T>("delta", self.delta)
    }
}

fn check_finite(target: &[f32]) -> Result<(), Unfit> {
    Unfit::unless_all(target, f32::is_finite, "a finite number")
}
