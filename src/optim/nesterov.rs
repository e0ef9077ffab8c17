//! Gradient descent with Nesterov's momentum.

use super::{Moments, Optimizer, Step};
use crate::setting::below_one;
use crate::{Result, Scalar};

/// Nesterov's momentum: the gradient is taken where the velocity leads, v ← μv + η∇(θ − μv), θ ← θ − v, with v from
/// zero (Nesterov 1983; Sutskever et al. 2013, equations 3 and 4).
///
/// What is kept as the parameters is the place that the gradient is taken at, θ − μv, so that a step needs no other: it
/// moves by −(μv + η∇), with v after the update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nesterov {
    /// μ, the share of the velocity that is left after a step; at least 0 and less than 1.
    pub momentum: f64,
}

impl Default for Nesterov {
    /// μ = 0.9.
    fn default() -> Self {
        Self { momentum: 0.9 }
    }
}

impl Optimizer for Nesterov {
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("momentum", self.momentum)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        let (mu, rate) = (T::of(self.momentum), T::of(step.learning_rate));
        step.update(
            state,
            #[inline(always)]
            move |theta, [v]| {
                let step = rate * theta.gradient;
                let v = mu * v + step;
                (theta.value - (mu * v + step), [v])
            },
        );
    }
}
