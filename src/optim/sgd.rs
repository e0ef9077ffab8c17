//! Stochastic gradient descent.

use super::{Moments, Optimizer, Step};
use crate::{Result, Scalar};

/// Stochastic gradient descent: θ ← θ − η∇ (Robbins and Monro 1951).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sgd;

impl Optimizer for Sgd {
    type State<T: Scalar> = Moments<T, 0>;

    fn check<T: Scalar>(&self) -> Result<()> {
        Ok(())
    }

    fn step<T: Scalar>(&self, state: &mut Moments<T, 0>, step: Step<'_, T>) {
        let rate = T::of(step.learning_rate);
        step.update(state, move |theta, []| (theta.value - rate * theta.gradient, []));
    }
}
