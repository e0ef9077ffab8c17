//! The learning rate over time.

use crate::{Error, Result};

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
    /// Checks that it gives a positive and finite learning rate in every epoch.
    ///
    /// # Errors
    /// [`Error::Argument`] with the value that does not.
    pub fn check(&self) -> Result<()> {
        let positive = |rate: f64| rate.is_finite() && rate > 0.0;
        match *self {
            Self::Constant(rate) if !positive(rate) => {
                Err(Error::argument("learning rate", rate, "a finite number above 0"))
            }
            // so small an a that 1/a overflows is no better than 0
            Self::InverseTime { a, .. } if !positive(a) || !positive(1.0 / a) => {
                Err(Error::argument("learning rate 1/(a + b·epoch), a", a, "a finite number above 0"))
            }
            Self::InverseTime { b, .. } if !b.is_finite() || b < 0.0 => {
                Err(Error::argument("learning rate 1/(a + b·epoch), b", b, "a finite number, at least 0"))
            }
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

impl From<f64> for Schedule {
    fn from(rate: f64) -> Self {
        Self::Constant(rate)
    }
}
