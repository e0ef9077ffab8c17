//! Gradient descent with momentum.

use super::{Moments, Optimizer, Step};
use crate::setting::below_one;
use crate::{Result, Scalar};

/// Momentum, the "heavy ball": v ← μv + η∇, θ ← θ − v, where v starts at zero (Polyak 1964).
///
/// The learning rate is inside the velocity: when it changes, what v has gathered keeps its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    /// μ, the share of the velocity that is left after a step; at least 0 and less than 1.
    pub momentum: f64,
}

impl Default for Momentum {
    /// μ = 0.9.
    fn default() -> Self {
        Self { momentum: 0.9 }
    }
}

impl Optimizer for Momentum {
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("momentum", self.momentum)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        let (mu, rate) = (T::of(self.momentum), T::of(step.learning_rate));
        step.update(state, move |theta, [v]| {
            let v = mu * v + rate * theta.gradient;
            (theta.value - v, [v])
        });
    }
}
