//! Implements gradient descent with momentum.

use super::{Moments, Optimizer, Step, Window};
use crate::error::Result;
use crate::setting::below_one;
use plywood_kernel::Scalar;
use plywood_kernel::math::optimizers;

/// Momentum, the "heavy ball": v ← μv + η∇, θ ← θ − v, where v starts at zero (Polyak 1964).
///
/// The velocity includes the learning rate: when the rate changes, the velocity accumulated so far keeps its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    /// The share μ of the velocity that remains after a step; at least 0 and less than 1.
    pub momentum: f64,
}

impl Default for Momentum {
    /// Returns the optimizer with μ = 0.9.
    fn default() -> Self {
        Self { momentum: 0.9 }
    }
}

impl Momentum {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(Momentum::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self::default() } // the learning rate is the trainer's: `.learning_rate(…)`
}

impl Optimizer for Momentum {
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("momentum", self.momentum)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        step.each_window(state, |Window { params, gradient, moments, lambda, learning_rate, .. }| {
            let settings = [learning_rate, self.momentum].map(T::of);
            optimizers::momentum(params, gradient, moments, lambda, settings);
        });
    }
}
