//! Code that watches a training run and may stop it.

use crate::eval::Measure;
use crate::train::{Epoch, History, Resumed};
use crate::{Error, Layer, Model, Result, Scalar};

/// Whether training goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Control {
    /// It goes on.
    Continue,
    /// It ends here. After a step that is not the last of its epoch, the epoch has no record.
    Stop,
}

impl Control {
    /// Goes on only if both say so.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Continue, Self::Continue) => Self::Continue,
            _ => Self::Stop,
        }
    }
}

/// What watches a training run, and may stop it: logs, bars, recorders, rules for when to stop.
///
/// Handed to [`Run::watch`](crate::train::Run::watch). Several are a pair, `(a, b)`, and pairs of pairs; they
/// are asked in order, all of them even if one says stop. [`()`](unit) watches nothing and costs nothing.
///
/// An error ends training with it. No method changes the model, so that a run gives the same bits whoever watches.
///
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
    /// Before the first step.
    ///
    /// # Errors
    /// Whatever keeps it from its work; training does not begin.
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        let _ = start;
        Ok(())
    }

    /// After each step of the optimizer.
    ///
    /// # Errors
    /// Whatever keeps it from its work; training ends with it.
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        let _ = step;
        Ok(Control::Continue)
    }

    /// After each epoch and its validation.
    ///
    /// # Errors
    /// Whatever keeps it from its work; training ends with it.
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        let _ = epoch;
        Ok(Control::Continue)
    }

    /// When training has ended well, by itself or because it was stopped; after an error it is
    /// [`on_error`](Self::on_error).
    ///
    /// # Errors
    /// Whatever keeps it from its work.
    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        let _ = end;
        Ok(())
    }

    /// When an error ended training, whoever's it is.
    fn on_error(&mut self, error: &Error) {
        let _ = error;
    }
}

/// A run that is about to begin, or to go on from a checkpoint.
#[derive(Debug)]
#[non_exhaustive]
pub struct Start<'a, N, T> {
    /// The model as it is now.
    pub model: &'a Model<N, T>,
    /// Epochs that were done before, of a run that goes on from a checkpoint; otherwise none.
    pub history: &'a [Epoch],
    /// The checkpoint that the run goes on from.
    pub resumed: Option<&'a Resumed>,
    /// Steps that were taken before.
    pub steps_taken: usize,
    /// Steps that the whole run is to take, the ones before included.
    pub steps: usize,
    /// Steps in an epoch.
    pub steps_in_epoch: usize,
    /// Training examples.
    pub examples: usize,
}

/// A step of the optimizer that was taken.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepEnd<'a, N, T> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step within the epoch, from 1.
    pub step: usize,
    /// Steps that the run has taken, this one included.
    pub steps_taken: usize,
    /// The mean loss of the step's examples, just before the step.
    pub loss: f64,
    /// The means over the epoch so far, this step included.
    pub so_far: Measure,
    /// Examples of the epoch so far.
    pub examples: usize,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// The gradient that the optimizer was given, after clipping: a number for each parameter, which
    /// [`Outline::of::<N>()`](crate::Outline::of) tells apart.
    pub gradient: &'a [T],
    /// ‖∇‖ before clipping, where it was computed: if the norm is clipped, and in the last step of an epoch.
    pub gradient_norm: Option<f64>,
    /// The model after the step.
    pub model: &'a Model<N, T>,
}

/// An epoch that is over.
#[derive(Debug)]
#[non_exhaustive]
pub struct EpochEnd<'a, N, T> {
    /// Its record, the validation's measure included.
    pub epoch: &'a Epoch,
    /// All records so far, this one included.
    pub history: &'a [Epoch],
    /// Steps that the run has taken.
    pub steps_taken: usize,
    /// The model that was validated; with a moving average of the weights, that average.
    pub model: &'a Model<N, T>,
}

/// A run that is over.
#[derive(Debug)]
#[non_exhaustive]
pub struct End<'a, N, T> {
    /// How it went.
    pub history: &'a History,
    /// The model as training leaves it.
    pub model: &'a Model<N, T>,
}

/// Watches nothing.
impl<N: Layer, T: Scalar> Callback<N, T> for () {}

/// One after the other.
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

/// What may or may not be there.
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

/// Forwards every call to what a pointer points to.
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
