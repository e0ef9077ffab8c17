//! Defines callbacks: code that watches a training run and may stop it.

use std::sync::Arc;

use crate::core::Layer;
use crate::error::{Error, Result};
use crate::eval::Measure;
use crate::loss::ErrorMeasure;
use crate::model::Model;
use crate::train::{Epoch, History, Resumed};
use plywood_kernel::Scalar;

/// Decides whether training continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Control {
    /// Training continues.
    Continue,
    /// Training ends here. If the step is not the last of its epoch, the epoch has no record.
    Stop,
}

impl Control {
    /// Returns [`Continue`](Self::Continue) only if both are.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Continue, Self::Continue) => Self::Continue,
            _ => Self::Stop,
        }
    }
}

/// Watches a training run and may stop it: logs, bars, recorders, rules for when to stop.
///
/// Pass a callback to [`Run::watch`](crate::train::Run::watch). Several callbacks form a pair, `(a, b)`, and pairs of
/// pairs. They are called in order, all of them even if one says stop. [`()`](unit) watches nothing and costs nothing.
///
/// An error of a callback ends training. No method changes the model, so a run gives the same bits whatever watches it.
///
/// # Examples
/// ```
/// use plywood::layers::Dense;
/// use plywood::train::{Callback, Control, StepEnd};
/// use plywood::{Layer, Model, Result, Scalar, Trainer};
/// # use plywood::{Dataset, Flat};
/// # struct Points;
/// # impl Dataset for Points {
/// #     type Example = Flat<2>;
/// #     type Target = usize;
/// #     fn len(&self) -> usize { 64 }
/// #     fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
/// #         x.copy_from_slice(&[T::of(index as f64 / 64.0), T::of(1.0)]);
/// #         index / 32
/// #     }
/// # }
///
/// /// Stops once a minibatch's loss is small.
/// struct GoodEnough {
///     loss: f64,
/// }
///
/// impl<N: Layer, T: Scalar> Callback<N, T> for GoodEnough {
///     fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
///         Ok(if step.loss < self.loss { Control::Stop } else { Control::Continue })
///     }
/// }
///
/// let mut model = Model::<Dense<2, 2>>::new(1);
/// let trainer = Trainer::new().epochs(10_000).batch_size(16).learning_rate(0.5);
/// let report = trainer.run(&mut model, &Points).watch(&mut GoodEnough { loss: 0.2 }).fit()?;
/// assert!(report.epochs.len() < 10_000);
/// # Ok::<(), plywood::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not watch the training of this model",
    label = "expected a `Callback`",
    note = "implement `plywood::train::Callback` for it; several callbacks are a pair, `(a, b)`"
)]
pub trait Callback<N: Layer, T: Scalar>: Send {
    /// Runs before the first step.
    ///
    /// # Errors
    /// Returns whatever error keeps the callback from its work. Training then does not begin.
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        let _ = start;
        Ok(())
    }

    /// Runs after each step of the optimizer.
    ///
    /// # Errors
    /// Returns whatever error keeps the callback from its work. Training ends with it.
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        let _ = step;
        Ok(Control::Continue)
    }

    /// Runs after each epoch and its validation.
    ///
    /// # Errors
    /// Returns whatever error keeps the callback from its work. Training ends with it.
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        let _ = epoch;
        Ok(Control::Continue)
    }

    /// Runs when training has ended without an error, by itself or because it was stopped.
    ///
    /// After an error, [`on_error`](Self::on_error) runs instead.
    ///
    /// # Errors
    /// Returns whatever error keeps the callback from its work.
    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        let _ = end;
        Ok(())
    }

    /// Runs when an error has ended training, wherever the error comes from.
    fn on_error(&mut self, error: &Error) {
        let _ = error;
    }
}

/// A run that is about to begin, or to continue from a checkpoint.
#[derive(Debug)]
#[non_exhaustive]
pub struct Start<'a, N, T> {
    /// The model in its current state.
    pub model: &'a Model<N, T>,
    /// The epochs completed before, if the run continues from a checkpoint; otherwise none.
    pub history: &'a [Epoch],
    /// The checkpoint that the run continues from.
    pub resumed: Option<&'a Resumed>,
    /// The number of steps taken before.
    pub steps_taken: usize,
    /// The number of steps of the whole run, including those taken before.
    pub steps: usize,
    /// The number of steps in an epoch.
    pub steps_in_epoch: usize,
    /// The number of training examples.
    pub examples: usize,
    /// The name and the unit of the loss's error, or `None` for a loss without one.
    pub error: Option<ErrorMeasure>,
    /// The names of the run's metrics.
    pub metrics: Vec<Arc<str>>,
}

/// A completed step of the optimizer.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepEnd<'a, N, T> {
    /// The number of the epoch, from 1.
    pub epoch: usize,
    /// The number of the step within the epoch, from 1.
    pub step: usize,
    /// The number of steps that the run has taken, including this one.
    pub steps_taken: usize,
    /// The mean loss of the step's examples just before the step.
    pub loss: f64,
    /// The means over the epoch so far, including this step.
    pub so_far: Measure,
    /// The number of examples of the epoch so far.
    pub examples: usize,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// The gradient that the optimizer was given, after clipping, with one number for each parameter in the order of
    /// [`Outline::of::<N>()`](crate::Outline::of).
    pub gradient: &'a [T],
    /// The norm ‖∇‖ before clipping, where it was computed: if the norm is clipped, and in the last step of an epoch.
    pub gradient_norm: Option<f64>,
    /// The model after the step.
    pub model: &'a Model<N, T>,
}

/// A completed epoch.
#[derive(Debug)]
#[non_exhaustive]
pub struct EpochEnd<'a, N, T> {
    /// The record of the epoch, including the measure and the metrics on validation data.
    pub epoch: &'a Epoch,
    /// All records so far, including this one.
    pub history: &'a [Epoch],
    /// The number of steps that the run has taken.
    pub steps_taken: usize,
    /// The model that was validated. With a moving average of the weights, this is the average.
    pub model: &'a Model<N, T>,
}

/// A completed run.
#[derive(Debug)]
#[non_exhaustive]
pub struct End<'a, N, T> {
    /// The history of the run.
    pub history: &'a History,
    /// The model as training leaves it.
    pub model: &'a Model<N, T>,
}

/// Watches nothing.
impl<N: Layer, T: Scalar> Callback<N, T> for () {}

/// Calls both, the first one first.
impl<N: Layer, T: Scalar, A: Callback<N, T>, B: Callback<N, T>> Callback<N, T> for (A, B) {
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        self.0.on_start(start)?;
        self.1.on_start(start)
    }
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        Ok(self.0.on_step(step)?.and(self.1.on_step(step)?))
    }
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        Ok(self.0.on_epoch(epoch)?.and(self.1.on_epoch(epoch)?))
    }
    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        self.0.on_end(end)?;
        self.1.on_end(end)
    }
    fn on_error(&mut self, error: &Error) {
        self.0.on_error(error);
        self.1.on_error(error);
    }
}

/// Watches only if there is a callback.
impl<N: Layer, T: Scalar, C: Callback<N, T>> Callback<N, T> for Option<C> {
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        self.as_mut().map_or(Ok(()), |callback| callback.on_start(start))
    }
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        self.as_mut().map_or(Ok(Control::Continue), |callback| callback.on_step(step))
    }
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        self.as_mut().map_or(Ok(Control::Continue), |callback| callback.on_epoch(epoch))
    }
    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        self.as_mut().map_or(Ok(()), |callback| callback.on_end(end))
    }
    fn on_error(&mut self, error: &Error) {
        if let Some(callback) = self {
            callback.on_error(error);
        }
    }
}

/// Implements [`Callback`] for pointers by forwarding every call to the target.
macro_rules! through_pointers {
    ($($pointer:ty),*) => {$(
        impl<N: Layer, T: Scalar, C: Callback<N, T> + ?Sized> Callback<N, T> for $pointer {
            fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
                (**self).on_start(start)
            }
            fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
                (**self).on_step(step)
            }
            fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
                (**self).on_epoch(epoch)
            }
            fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
                (**self).on_end(end)
            }
            fn on_error(&mut self, error: &Error) {
                (**self).on_error(error);
            }
        }
    )*};
}

through_pointers!(&mut C, Box<C>);
