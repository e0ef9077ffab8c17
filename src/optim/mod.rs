//! Defines the optimizers, which turn a gradient into a change of the parameters. Each has a file.
//!
//! A model's parameters, its gradient and the vectors of an optimizer's state are flat vectors of the same length. An
//! optimizer is therefore a formula for one parameter, applied to all of them in a single vectorized pass, which
//! includes the L2 penalty. [`Groups`] says which parameters it treats differently, or leaves as they are.
//!
//! ```
//! use plywood::layers::Dense;
//! use plywood::optim::{Groups, Momentum, Optimizer, State, Step};
//! use plywood::{Backprop, Layer, Model, SoftmaxCrossEntropy};
//!
//! type Network = Dense<2, 3>;
//!
//! let mut model = Model::<Network>::new(0);
//! let mut backprop = Backprop::<Network>::new(1)?;
//! let optimizer = Momentum { momentum: 0.9 };
//! let mut state = State::new(Network::PARAMS);
//! let groups = Groups::of::<Network>(1e-4)?;
//!
//! let mut loss = 0.0;
//! for seed in 0..10 {
//!     loss = backprop.run(&mut model, &SoftmaxCrossEntropy, &[1.0, -1.0], &[2], seed);
//!     let (params, gradient) = (model.params_mut(), backprop.gradient());
//!     optimizer.step(&mut state, Step::new(params, gradient, 0.1, &groups));
//! }
//! assert!(loss < 0.1);
//! # Ok::<(), plywood::Error>(())
//! ```

mod adagrad;
mod adam;
mod groups;
mod moments;
mod momentum;
mod nesterov;
mod rmsprop;
mod schedule;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use groups::{Group, Groups};
pub use moments::{Moments, State};
pub use momentum::Momentum;
pub use nesterov::Nesterov;
pub use rmsprop::RmsProp;
pub use schedule::{Schedule, Time};
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
/// A step allocates nothing, and its result does not depend on the number of threads. It changes parameters through
/// [`Step::update`], which leaves those alone that are frozen or belong to another group, and counts a step once.
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
    /// A trainer with [groups](Group) that have an optimizer of their own calls it once for each optimizer in a step,
    /// with the same state.
    ///
    /// # Panics
    /// Panics if parameters, gradient, groups and state differ in length.
    fn step<T: Scalar>(&self, state: &mut Self::State<T>, step: Step<'_, T>);
}

/// The inputs of one step.
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The parameters θ, which the step changes.
    pub params: &'a mut [T],
    /// The gradient ∇ of the loss, without the gradient of the penalty.
    pub gradient: &'a [T],
    learning_rate: f64,
    groups: &'a Groups,
    /// The number of the optimizer whose parameters the step changes.
    optimizer: usize,
    /// True if the state's count of steps goes up.
    counts: bool,
}

/// The inputs of a formula for one parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<T> {
    /// The value θ.
    pub value: T,
    /// The gradient, including that of the penalty.
    pub gradient: T,
    /// The learning rate η, which may differ between [groups](Group).
    pub learning_rate: T,
    /// True if the parameter multiplies an input, so that weight decay may apply to it. It is the same for a whole
    /// tensor.
    pub is_weight: bool,
}

/// A range of parameters with the same settings.
struct Window<'a, T, const M: usize> {
    params: &'a mut [T],
    gradient: &'a [T],
    moments: [&'a mut [T]; M],
    /// λ of the penalty.
    lambda: T,
    learning_rate: f64,
    is_weight: bool,
}

impl<'a, T: Scalar> Step<'a, T> {
    /// Creates the step that changes `params`, θ, against `gradient`, ∇ without the gradient of the penalty, with the
    /// learning rate η.
    ///
    /// # Shapes
    /// Both slices hold a number for each parameter of the network whose `groups` they are.
    #[must_use]
    pub fn new(params: &'a mut [T], gradient: &'a [T], learning_rate: f64, groups: &'a Groups) -> Self {
        Self { params, gradient, learning_rate, groups, optimizer: 0, counts: true }
    }

    /// Returns the part of the step that the optimizer of this number takes. The last part `counts` the step.
    pub(crate) fn part(self, optimizer: usize, counts: bool) -> Self {
        Self { optimizer, counts, ..self }
    }

    /// Applies a formula to every parameter, in one pass over parameters, gradient and moments.
    ///
    /// The formula maps a parameter and its `M` moments to its new value and its new moments.
    ///
    /// # Panics
    /// Panics if parameters, gradient, groups and moments differ in length.
    pub fn update<const M: usize>(
        self,
        moments: &mut Moments<T, M>,
        formula: impl Fn(Parameter<T>, [T; M]) -> (T, [T; M]) + Copy + Sync,
    ) {
        self.each_window(moments, |window| {
            let Window { lambda, learning_rate, is_weight, .. } = window;
            let learning_rate = T::of(learning_rate);
            elementwise::update(
                window.params,
                window.gradient,
                window.moments,
                #[inline(always)]
                |value, gradient, moments| {
                    let gradient = gradient + lambda * value;
                    formula(Parameter { value, gradient, learning_rate, is_weight }, moments)
                },
            );
        });
    }

    /// Calls `step` for each range of parameters with the same settings.
    fn each_window<const M: usize>(
        self,
        moments: &mut Moments<T, M>,
        mut step: impl FnMut(Window<'_, T, M>),
    ) {
        let Step { params, gradient, learning_rate, groups, optimizer, counts } = self;
        let found = (params.len(), gradient.len(), moments.len());
        let expected = groups.len();
        assert!(
            found == (expected, expected, expected),
            "parameters, gradient and moments of {found:?} numbers, expected {expected} of each"
        );
        for (range, run) in groups.runs().filter(|(_, run)| run.optimizer == optimizer) {
            step(Window {
                params: &mut params[range.clone()],
                gradient: &gradient[range.clone()],
                moments: moments.window(range),
                lambda: T::of(run.lambda),
                learning_rate: learning_rate * run.learning_rate_factor,
                is_weight: run.is_weight,
            });
        }
        if counts {
            moments.advance();
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod twins;
