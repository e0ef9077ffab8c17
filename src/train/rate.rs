//! Sets the learning rate of each step: by a schedule, by a plateau of the measure, or by a function.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::optim::{Schedule, Time};
use crate::setting::{at_least_zero, positive};
use crate::train::monitor::Rank;
use crate::train::{Epoch, History, Monitor};
use plywood_kernel::Scalar;

/// The run before a step, the argument of a learning rate [of one's own](crate::Trainer::learning_rate_by).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SoFar<'a> {
    /// The time of the step.
    pub time: Time,
    /// The records of the completed epochs, with their losses, errors and metrics.
    pub epochs: &'a [Epoch],
    monitor: &'a Monitor,
}

impl<'a> SoFar<'a> {
    /// Creates the view of a run that compares its epochs by `monitor`.
    pub(crate) fn new(time: Time, epochs: &'a [Epoch], monitor: &'a Monitor) -> Self {
        Self { time, epochs, monitor }
    }

    /// Returns the best of the completed epochs by the trainer's [monitor](crate::Trainer::monitor).
    #[must_use]
    pub fn best(&self) -> Option<&'a Epoch> {
        self.epochs.get(History::best_of(self.epochs, self.monitor)?)
    }

    /// Returns the ranks of the completed epochs: by validation where there is any, and otherwise by training.
    fn ranks(&self) -> impl Iterator<Item = Rank> {
        let is_validated = self.epochs.iter().any(|epoch| epoch.validation.is_some());
        self.epochs.iter().filter_map(move |epoch| {
            if is_validated {
                self.monitor.rank(epoch.validation?, &epoch.metrics)
            } else {
                self.monitor.rank(epoch.train, &[])
            }
        })
    }
}

/// A learning rate that falls when epochs stop getting better.
///
/// After each `patience` epochs in a row without a better one, by the trainer's [monitor](crate::Trainer::monitor), the
/// rate is multiplied by `factor`. It is a function of the epochs so far, so a run that
/// [resumes](crate::train::Run::resume) continues it.
///
/// # Examples
/// ```
/// use plywood::Trainer;
/// use plywood::train::Plateau;
///
/// let trainer = Trainer::new().learning_rate(Plateau { patience: 3, ..Plateau::new(0.1) });
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plateau {
    /// The first learning rate.
    pub rate: f64,
    /// The factor of each fall; above 0 and less than 1.
    pub factor: f64,
    /// The number of epochs in a row without a better one until the rate falls; at least 1.
    pub patience: usize,
    /// The rate below which it does not fall; at least 0.
    pub least: f64,
}

impl Plateau {
    /// Returns the learning rate that falls to a tenth after 5 epochs without a better one.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self { rate, factor: 0.1, patience: 5, least: 0.0 }
    }

    /// Returns the learning rate after the epochs so far.
    fn after(&self, so_far: SoFar<'_>) -> f64 {
        let (mut rate, mut best, mut waited) = (self.rate, None::<Rank>, 0);
        for rank in so_far.ranks() {
            if best.is_none_or(|best| rank.compare(&best).is_lt()) {
                (best, waited) = (Some(rank), 0);
            } else {
                waited += 1;
            }
            if waited == self.patience {
                (rate, waited) = ((rate * self.factor).max(self.least.min(rate)), 0);
            }
        }
        rate
    }

    fn check<T: Scalar>(&self) -> Result<()> {
        positive::<T>("learning rate", self.rate)?;
        at_least_zero::<T>("least learning rate of a plateau", self.least)?;
        if !(self.factor > 0.0 && self.factor < 1.0) {
            return Err(Error::argument("factor of a plateau", self.factor, "above 0 and less than 1"));
        }
        if self.patience == 0 {
            return Err(Error::argument("patience of a plateau", 0, "at least 1 epoch"));
        }
        Ok(())
    }
}

type Function = dyn Fn(SoFar<'_>) -> f64 + Send + Sync;

/// The source of the learning rate of each step. Public only as the result of a sealed trait.
#[derive(Clone)]
pub enum Rate {
    Schedule(Schedule),
    Plateau(Plateau),
    Function(Arc<Function>),
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule(schedule) => schedule.fmt(f),
            Self::Plateau(plateau) => plateau.fmt(f),
            Self::Function(_) => f.write_str("a function of the run so far"),
        }
    }
}

impl Rate {
    /// Checks the settings after rounding to a `T`.
    pub(crate) fn check<T: Scalar>(&self) -> Result<()> {
        match self {
            Self::Schedule(schedule) => schedule.check::<T>(),
            Self::Plateau(plateau) => plateau.check::<T>(),
            Self::Function(_) => Ok(()),
        }
    }

    /// Returns the learning rate of the next step.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if a function returns a number that is negative or not finite.
    pub(crate) fn of<T: Scalar>(&self, so_far: SoFar<'_>) -> Result<f64> {
        match self {
            Self::Schedule(schedule) => Ok(schedule.rate(so_far.time)),
            Self::Plateau(plateau) => Ok(plateau.after(so_far)),
            Self::Function(function) => {
                let rate = function(so_far);
                at_least_zero::<T>("learning rate of a function", rate).map(|()| rate)
            }
        }
    }
}

/// Converts to the argument of [`Trainer::learning_rate`](crate::Trainer::learning_rate): a number, a [`Schedule`] or a
/// [`Plateau`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a learning rate",
    label = "expected an `f64`, a `Schedule` or a `Plateau`",
    note = "a number is an `f64`, with a decimal point: `1.0`, not `1` or `1.0_f32`",
    note = "a closure is given to `learning_rate_by`"
)]
pub trait LearningRate: IntoRate {}

mod sealed {
    /// Converts to the source of the learning rate.
    pub trait IntoRate {
        fn into_rate(self) -> super::Rate;
    }
}
pub(crate) use sealed::IntoRate;

impl LearningRate for f64 {}
impl IntoRate for f64 {
    fn into_rate(self) -> Rate {
        Rate::Schedule(Schedule::Constant(self))
    }
}

impl LearningRate for Schedule {}
impl IntoRate for Schedule {
    fn into_rate(self) -> Rate {
        Rate::Schedule(self)
    }
}

impl LearningRate for Plateau {}
impl IntoRate for Plateau {
    fn into_rate(self) -> Rate {
        Rate::Plateau(self)
    }
}

impl Rate {
    /// Returns the learning rate that a function gives.
    pub(crate) fn by(function: impl Fn(SoFar<'_>) -> f64 + Send + Sync + 'static) -> Self {
        Self::Function(Arc::new(function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Measure;

    fn rates(plateau: Plateau, losses: &[f64]) -> Vec<f64> {
        let measure = |loss| Measure { loss, error: None, kind: None };
        let epochs: Vec<_> = (1..)
            .zip(losses)
            .map(|(number, &loss)| Epoch {
                number,
                train: measure(0.0),
                validation: Some(measure(loss)),
                metrics: Vec::new(),
                learning_rate: 0.1,
                gradient_norm: None,
                seconds: 1.0,
                examples_per_second: 1.0,
            })
            .collect();
        let time = Time { step: 0, steps_per_epoch: 1, steps: 1 };
        let rate = |epochs| plateau.after(SoFar::new(time, epochs, &Monitor::Loss));
        (0..=losses.len()).map(|end| rate(&epochs[..end])).collect()
    }

    #[test]
    fn a_plateau_falls_after_its_patience_and_no_further_than_told() {
        let plateau = Plateau { rate: 1.0, factor: 0.5, patience: 2, least: 0.25 };
        let losses = [5.0, 4.0, 4.0, 4.5, 3.0, 3.5, f64::NAN, 3.0, 3.1, 3.2, 3.3];
        let expected = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25];
        assert_eq!(rates(plateau, &losses), expected);
        // a rate that begins below its least stays
        assert_eq!(rates(Plateau { rate: 0.125, ..plateau }, &[1.0, 1.0, 1.0]), [0.125; 4]);
        assert_eq!(rates(plateau, &[]), [1.0]);
    }

    #[test]
    fn misuse_is_named() {
        let plateau = Plateau::new(0.1);
        let found = [
            Plateau { factor: 1.0, ..plateau },
            Plateau { factor: f64::NAN, ..plateau },
            Plateau { patience: 0, ..plateau },
            Plateau { least: -1.0, ..plateau },
            Plateau { rate: 0.0, ..plateau },
        ]
        .map(|plateau| plateau.check::<f32>().map_err(|error| error.to_string()));
        let expected = [
            "factor of a plateau: found 1, expected above 0 and less than 1",
            "factor of a plateau: found NaN, expected above 0 and less than 1",
            "patience of a plateau: found 0, expected at least 1 epoch",
            "least learning rate of a plateau: found -1.0, expected a finite f32, at least 0",
            "learning rate: found 0.0, expected a finite f32 above 0",
        ];
        assert_eq!(found, expected.map(|expected| Err(expected.to_owned())));
        assert!(plateau.check::<f32>().is_ok());
    }
}
