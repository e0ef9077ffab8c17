//! Implements stochastic gradient descent.

use super::{Moments, Optimizer, Step, Window};
use crate::error::Result;
use plywood_kernel::Scalar;
use plywood_kernel::math::optimizers;

/// Stochastic gradient descent: θ ← θ − η∇ (Robbins and Monro 1951).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sgd;

impl Sgd {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(Sgd::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self } // the learning rate is the trainer's: `.learning_rate(…)`
}

impl Optimizer for Sgd {
    type State<T: Scalar> = Moments<T, 0>;

    fn check<T: Scalar>(&self) -> Result<()> {
        Ok(())
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 0>, step: Step<'_, T>) {
        step.each_window(state, |Window { params, gradient, moments, lambda, learning_rate, .. }| {
            optimizers::sgd(params, gradient, moments, lambda, T::of(learning_rate));
        });
    }
}
