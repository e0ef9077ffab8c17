//! Momentum divided by the size of the last gradients, with the penalty or with weight decay.

use super::{Moments, Optimizer, State, Step};
use crate::setting::{at_least_zero, below_one, positive};
use crate::{Result, Scalar};

/// Adam: m ← β₁m + (1 − β₁)∇, s ← β₂s + (1 − β₂)∇², θ ← θ − η m̂/(√ŝ + ε) with m̂ = m/(1 − β₁ᵗ) and ŝ = s/(1 − β₂ᵗ) in
/// step t, which make up for the start at zero (Kingma and Ba 2015, algorithm 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// β₁, the share of the averaged gradient that is left after a step; at least 0 and less than 1.
    pub beta1: f64,
    /// β₂, the share of the averaged square that is left after a step; at least 0 and less than 1.
    pub beta2: f64,
    /// ε, which keeps the denominator above 0.
    pub epsilon: f64,
}

impl Default for Adam {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl Optimizer for Adam {
    type State<T: Scalar> = Moments<T, 2>;

    fn check<T: Scalar>(&self) -> Result<()> {
        below_one::<T>("beta1", self.beta1)?;
        below_one::<T>("beta2", self.beta2)?;
        positive::<T>("epsilon", self.epsilon)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 2>, step: Step<'_, T>) {
        self.decayed(0.0, state, step);
    }
}

impl Adam {
    /// A step before which weights lose the share ηλ of themselves.
    fn decayed<T: Scalar>(&self, lambda: f64, state: &mut Moments<T, 2>, step: Step<'_, T>) {
        let Self { beta1, beta2, epsilon } = *self;
        let t = i32::try_from(state.steps().saturating_add(1)).unwrap_or(i32::MAX);
        let rate = step.learning_rate / (1.0 - beta1.powi(t));
        let root = 1.0 / (1.0 - beta2.powi(t)).sqrt();
        let [b1, rest1, b2, rest2] = [beta1, 1.0 - beta1, beta2, 1.0 - beta2].map(T::of);
        let [rate, root, epsilon, kept] = [rate, root, epsilon, 1.0 - step.learning_rate * lambda].map(T::of);
        step.update(
            state,
            #[inline(always)]
            move |theta, [m, s]| {
                let m = b1 * m + rest1 * theta.gradient;
                let s = b2 * s + rest2 * theta.gradient * theta.gradient;
                let value = if theta.is_weight { kept * theta.value } else { theta.value };
                (value - rate * m / (s.sqrt() * root + epsilon), [m, s])
            },
        );
    }
}

/// [`Adam`] with weight decay apart from the gradient: before the step w ← w − ηλw (Loshchilov and Hutter 2019,
/// algorithm 2).
///
/// Adam divides an [L2 penalty's](super::Penalty) gradient by the gradients' size like the rest, so that it falls least
/// on weights with large gradients; weight decay shrinks all by the same share. It falls on weights alone, as the
/// penalty does, which may be used as well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// β₁, as of [`Adam`].
    pub beta1: f64,
    /// β₂, as of [`Adam`].
    pub beta2: f64,
    /// ε, as of [`Adam`].
    pub epsilon: f64,
    /// λ: with the learning rate η, a step takes the share ηλ off each weight; at least 0.
    pub weight_decay: f64,
}

impl Default for AdamW {
    /// As [`Adam`], and λ = 0.01.
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon } = Adam::default();
        Self { beta1, beta2, epsilon, weight_decay: 0.01 }
    }
}

impl AdamW {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon }
    }
}

impl Optimizer for AdamW {
    type State<T: Scalar> = Moments<T, 2>;

    fn check<T: Scalar>(&self) -> Result<()> {
        self.adam().check::<T>()?;
        at_least_zero::<T>("weight decay", self.weight_decay)
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 2>, step: Step<'_, T>) {
        self.adam().decayed(self.weight_decay, state, step);
    }
}
