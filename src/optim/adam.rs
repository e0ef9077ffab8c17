//! Divides momentum by the size of recent gradients, with the penalty or with weight decay.

use super::{Moments, Optimizer, State, Step};
use crate::error::Result;
use crate::setting::{at_least_zero, below_one, positive};
use plywood_kernel::Scalar;
use plywood_kernel::math::optimizers;

/// Adam: m ← β₁m + (1 − β₁)∇, s ← β₂s + (1 − β₂)∇², θ ← θ − η m̂/(√ŝ + ε).
///
/// In step t, m̂ = m/(1 − β₁ᵗ) and ŝ = s/(1 − β₂ᵗ) correct for the start at zero (Kingma and Ba 2015, algorithm 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// The share β₁ of the averaged gradient that remains after a step; at least 0 and less than 1.
    pub beta1: f64,
    /// The share β₂ of the averaged square that remains after a step; at least 0 and less than 1.
    pub beta2: f64,
    /// The constant ε, which keeps the denominator above 0.
    pub epsilon: f64,
}

impl Default for Adam {
    /// Returns the optimizer with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl Adam {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(Adam::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self::default() } // the learning rate is the trainer's: `.learning_rate(…)`
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
    /// Takes a step before which weights lose the share ηλ of themselves.
    fn decayed<T: Scalar>(&self, lambda: f64, state: &mut Moments<T, 2>, step: Step<'_, T>) {
        let Self { beta1, beta2, epsilon } = *self;
        let t = i32::try_from(state.steps().saturating_add(1)).unwrap_or(i32::MAX);
        let (bias1, bias2) = (1.0 - beta1.powi(t), 1.0 - beta2.powi(t));
        step.each_window(state, |window| {
            let decay = if window.is_weight { window.learning_rate * lambda } else { 0.0 };
            let formula = optimizers::Adam {
                rate: T::of(window.learning_rate / bias1),
                root: T::of(1.0 / bias2.sqrt()),
                first: [beta1, 1.0 - beta1].map(T::of),
                second: [beta2, 1.0 - beta2].map(T::of),
                epsilon: T::of(epsilon),
                kept: T::of(1.0 - decay),
            };
            optimizers::adam(window.params, window.gradient, window.moments, window.lambda, formula);
        });
    }
}

/// [`Adam`] with weight decay separate from the gradient: before the step w ← w − ηλw (Loshchilov and Hutter 2019,
/// algorithm 2).
///
/// Adam divides the gradient of an [L2 penalty](super::Groups) by the size of the gradients, like the rest, so the
/// penalty has the least effect on weights with large gradients. Weight decay shrinks all weights by the same share.
/// Like the penalty, which may be used as well, it applies to weights only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// The share β₁, as in [`Adam`].
    pub beta1: f64,
    /// The share β₂, as in [`Adam`].
    pub beta2: f64,
    /// The constant ε, as in [`Adam`].
    pub epsilon: f64,
    /// The weight decay λ: with the learning rate η, a step takes the share ηλ off each weight; at least 0.
    pub weight_decay: f64,
}

impl Default for AdamW {
    /// Returns the optimizer with the defaults of [`Adam`] and λ = 0.01.
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

impl AdamW {
    /// Returns the optimizer with its default settings.
    ///
    /// The learning rate is set on the trainer, as in `Trainer::new().optimizer(AdamW::new()).learning_rate(0.001)`.
    #[must_use]
    #[rustfmt::skip]
    pub fn new() -> Self { Self::default() } // the learning rate is the trainer's: `.learning_rate(…)`
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
