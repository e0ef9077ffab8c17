//! Defines the optimizers, which turn a gradient into a change of the parameters. Each has a file.
//!
//! A model's parameters, its gradient and the vectors of an optimizer's state are flat vectors of the same length. An
//! optimizer is therefore a formula for one parameter, applied to all of them in a single vectorized pass, which
//! includes the L2 [penalty](Penalty).
//!
//! ```
//! use plywood::layers::Dense;
//! use plywood::optim::{Momentum, Optimizer, Penalty, State, Step};
//! use plywood::{Backprop, Layer, Model, SoftmaxCrossEntropy};
//!
//! type Network = Dense<2, 3>;
//!
//! let mut model = Model::<Network>::new(0);
//! let mut backprop = Backprop::<Network>::new(1)?;
//! let optimizer = Momentum { momentum: 0.9 };
//! let mut state = State::new(Network::PARAMS);
//! let penalty = Penalty::of::<Network>(1e-4)?;
//!
//! let mut loss = 0.0;
//! for seed in 0..10 {
//!     loss = backprop.run(&mut model, &SoftmaxCrossEntropy, &[1.0, -1.0], &[2], seed);
//!     let (params, gradient) = (model.params_mut(), backprop.gradient());
//!     optimizer.step(&mut state, Step { params, gradient, learning_rate: 0.1, penalty: &penalty });
//! }
//! assert!(loss < 0.1);
//! # Ok::<(), plywood::Error>(())
//! ```

mod adagrad;
mod adam;
mod moments;
mod momentum;
mod nesterov;
mod penalty;
mod rmsprop;
mod schedule;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use moments::{Moments, State};
pub use momentum::Momentum;
pub use nesterov::Nesterov;
pub use penalty::Penalty;
pub use rmsprop::RmsProp;
pub use schedule::{LearningRate, Schedule, Time};
pub use sgd::Sgd;

use crate::error::Result;
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// Moves parameters against their gradient.
///
/// The optimizer itself holds only its settings. What it keeps from step to step is its [`State`].
///
/// # Contract
///
/// A step allocates nothing, and its result does not depend on the number of threads.
/// A step allocates nothing, and its result does not depend on the number of threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer",
    label = "expected one of `plywood::optim`, such as `Adam::new()`"
)]
pub trait Optimizer: Send + Sync {
    /// The state kept from step to step.
    type State<T: Scalar>: State<T>;

    /// Returns the optimizer's name, by default that of its type.
    ///
    /// A checkpoint keeps the name, so that no run continues with another optimizer.
    fn name(&self) -> &'static str {
        crate::setting::type_name::<Self>()
    }

    /// Checks the settings after rounding to the type of the parameters.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) for a setting outside its range.
    fn check<T: Scalar>(&self) -> Result<()>;

    /// Takes one step.
    ///
    /// # Panics
    /// Panics if parameters, gradient, penalty and state differ in length.
    fn step<T: Scalar>(&self, state: &mut Self::State<T>, step: Step<'_, T>);
}

/// The inputs of one step.
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The parameters θ, which the step changes.
    pub params: &'a mut [T],
    /// The gradient ∇ of the loss, without the gradient of the penalty.
    pub gradient: &'a [T],
    /// The learning rate η.
    pub learning_rate: f64,
    /// The penalty on weights, whose gradient is added in the same pass.
    pub penalty: &'a Penalty,
}

/// The inputs of a formula for one parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<T> {
    /// The value θ.
    pub value: T,
    /// The gradient, including that of the penalty.
    pub gradient: T,
    /// True if the parameter multiplies an input, so that weight decay may apply to it. It is the same for a whole
    /// tensor.
    pub is_weight: bool,
}

impl<T: Scalar> Step<'_, T> {
    /// Applies a formula to every parameter, in one pass over parameters, gradient and moments.
    ///
    /// The formula maps a parameter and its `M` moments to its new value and its new moments.
    ///
    /// # Panics
    /// Panics if parameters, gradient, penalty and moments differ in length.
    pub fn update<const M: usize>(
        self,
        moments: &mut Moments<T, M>,
        formula: impl Fn(Parameter<T>, [T; M]) -> (T, [T; M]) + Copy + Sync,
    ) {
        let Step { params, gradient, penalty, .. } = self;
        let found = (params.len(), gradient.len(), moments.len());
        let expected = penalty.len();
        assert!(
            found == (expected, expected, expected),
            "parameters, gradient and moments of {found:?} numbers, expected {expected} of each"
        );
        moments.advance();
        for (range, is_weight) in penalty.windows() {
            let lambda = if is_weight { T::of(penalty.lambda()) } else { T::ZERO };
            elementwise::update(
                &mut params[range.clone()],
                &gradient[range.clone()],
                moments.window(range),
                #[inline(always)]
                |value, gradient, moments| {
                    let gradient = gradient + lambda * value;
                    formula(Parameter { value, gradient, is_weight }, moments)
                },
            );
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod twins;
