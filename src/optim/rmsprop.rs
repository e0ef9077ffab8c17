//! Divides steps by the size of recent gradients.

use super::{Moments, Optimizer, Step, Window};
use crate::error::Result;
use crate::setting::{below_one, positive};
use plywood_kernel::Scalar;
use plywood_kernel::math::optimizers;

/// `RMSprop`: s ← Δs + (1 − Δ)∇², θ ← θ − η∇/(√s + ε), where s starts at zero (Tieleman and Hinton 2012, lecture 6.5).
///
/// It is an [`Adagrad`](super::Adagrad) that forgets: a moving average replaces the sum of squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsProp {
    /// The share Δ of the average that remains after a step; at least 0 and less than 1.
    pub decay: f64,
    /// The constant ε, which keeps the denominator above 0.
    pub epsilon: f64,
}

impl Default for RmsProp {
    /// Returns the optimizer with Δ = 0.9, ε = 10⁻⁸.
    fn default() -> Self {
        Self { decay: 0.9, epsilon: 1e-8 }
    }
}

impl RmsProp {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(RmsProp::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self::default() } // the learning rate is the trainer's: `.learning_rate(…)`
}

impl Optimizer for RmsProp {
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("decay", self.decay)?;
        positive::<T>("epsilon", self.epsilon)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        step.each_window(state, |Window { params, gradient, moments, lambda, learning_rate, .. }| {
            let settings = [learning_rate, self.decay, 1.0 - self.decay, self.epsilon].map(T::of);
            optimizers::rms_prop(params, gradient, moments, lambda, settings);
        });
    }
}
