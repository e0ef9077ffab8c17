//! The learning rate over time.

use crate::{Error, Result, Scalar};

/// The learning rate η of each epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// The same in every epoch.
    Constant(f64),
    /// η = 1 / (a + b·epoch), with the first epoch as number 0: it starts at 1/a and falls so slowly that the
    /// sum over all epochs is infinite, as convergence asks (Robbins and Monro 1951).
    InverseTime {
        /// One over the first learning rate; positive.
        a: f64,
        /// How much that grows with each epoch; at least 0.
        b: f64,
    },
}

impl Schedule {
    /// Checks that the learning rate begins positive and finite, once it is rounded to a `T`, and does not grow.
    ///
    /// # Errors
    /// [`Error::Argument`] with the value that is at fault.
    pub fn check<T: Scalar>(&self) -> Result<()> {
        let positive = |rate: f64| T::of(rate).is_finite() && T::of(rate) > T::ZERO;
        match *self {
            Self::Constant(rate) if !positive(rate) => Err(Error::argument(
                "learning rate",
                format!("{rate:?}"),
                format!("a finite {} above 0", T::NAME),
            )),
            Self::InverseTime { a, .. } if !a.is_finite() || !positive(1.0 / a) => Err(Error::argument(
                "learning rate 1/(a + b·epoch), a",
                format!("{a:?}"),
                format!("above 0, and 1/a a finite {} above 0", T::NAME),
            )),
            Self::InverseTime { b, .. } if !b.is_finite() || b < 0.0 => Err(Error::argument(
                "learning rate 1/(a + b·epoch), b",
                format!("{b:?}"),
                "a finite number, at least 0",
            )),
            _ => Ok(()),
        }
    }

    /// The learning rate of an epoch, counted from 0.
    #[must_use]
    pub fn rate(&self, epoch: usize) -> f64 {
        match *self {
            Self::Constant(rate) => rate,
            Self::InverseTime { a, b } => 1.0 / (a + b * epoch as f64),
        }
    }
}

/// What [`Trainer::learning_rate`](crate::Trainer::learning_rate) takes: a number or a [`Schedule`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a learning rate",
    label = "expected an `f64` or a `Schedule`",
    note = "a number needs a decimal point: `1.0`, not `1`"
)]
pub trait LearningRate {
    /// The learning rate of each epoch.
    fn schedule(self) -> Schedule;
}

impl LearningRate for f64 {
    fn schedule(self) -> Schedule {
        Schedule::Constant(self)
    }
}

impl LearningRate for Schedule {
    fn schedule(self) -> Schedule {
        self
    }
}
