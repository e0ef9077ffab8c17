//! Divides steps by the size of all gradients so far.

use super::{Moments, Optimizer, Step, Window};
use crate::error::Result;
use crate::setting::positive;
use plywood_kernel::Scalar;
use plywood_kernel::math::optimizers;

/// Adagrad: s ← s + ∇², θ ← θ − η∇/√s, where s starts at α (Duchi et al. 2011, figure 1, diagonal).
///
/// A parameter that has seen large gradients takes small steps. Since s only grows, all steps shrink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adagrad {
    /// The initial value α of the sum of squares; above 0.
    pub alpha: f64,
}

impl Default for Adagrad {
    /// Returns the optimizer with α = 10⁻⁶.
    fn default() -> Self {
        Self { alpha: 1e-6 }
    }
}

impl Adagrad {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(Adagrad::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self::default() } // the learning rate is the trainer's: `.learning_rate(…)`
}

impl Optimizer for Adagrad {
    /// The sum s − α, since all states start at zero.
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        positive::<T>("alpha", self.alpha)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        step.each_window(state, |Window { params, gradient, moments, lambda, learning_rate, .. }| {
            let settings = [learning_rate, self.alpha].map(T::of);
            optimizers::adagrad(params, gradient, moments, lambda, settings);
        });
    }
}
