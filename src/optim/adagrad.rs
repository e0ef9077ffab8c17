//! Steps divided by the gradients so far.

use super::{Moments, Optimizer, Step};
use crate::setting::positive;
use crate::{Result, Scalar};

/// Adagrad: s ← s + ∇², θ ← θ − η∇/√s, where s starts at α (Duchi et al. 2011, figure 1, diagonal).
///
/// A parameter that has seen large gradients takes small steps. Since s only grows, so do all steps shrink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adagrad {
    /// α, what the sum of squares starts at; above 0.
    pub alpha: f64,
}

impl Default for Adagrad {
    /// α = 10⁻⁶.
    fn default() -> Self {
        Self { alpha: 1e-6 }
    }
}

impl Optimizer for Adagrad {
    /// s − α: all states start at zero.
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        positive::<T>("alpha", self.alpha)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        let (alpha, rate) = (T::of(self.alpha), T::of(step.learning_rate));
        step.update(
            state,
            #[inline(always)]
            move |theta, [s]| {
                let s = s + theta.gradient * theta.gradient;
                (theta.value - rate * theta.gradient / (s + alpha).sqrt(), [s])
            },
        );
    }
}
