//! Implements gradient descent with Nesterov's momentum.

use super::{Moments, Optimizer, Step, Window};
use crate::error::Result;
use crate::setting::below_one;
use plywood_kernel::Scalar;
use plywood_kernel::math::optimizers;

/// Nesterov's momentum: v ← μv + η∇(θ − μv), θ ← θ − v, where v starts at zero (Nesterov 1983; Sutskever et al. 2013,
/// equations 3 and 4).
///
/// The gradient is taken at θ − μv, the point to which the velocity leads. The stored parameters are that point, so a
/// step needs no other: it moves them by −(μv + η∇), with v after the update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nesterov {
    /// The share μ of the velocity that remains after a step; at least 0 and less than 1.
    pub momentum: f64,
}

impl Default for Nesterov {
    /// Returns the optimizer with μ = 0.9.
    fn default() -> Self {
        Self { momentum: 0.9 }
    }
}

impl Nesterov {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(Nesterov::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self::default() } // the learning rate is the trainer's: `.learning_rate(…)`
}

impl Optimizer for Nesterov {
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("momentum", self.momentum)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        step.each_window(state, |Window { params, gradient, moments, lambda, learning_rate, .. }| {
            let settings = [learning_rate, self.momentum].map(T::of);
            optimizers::nesterov(params, gradient, moments, lambda, settings);
        });
    }
}
