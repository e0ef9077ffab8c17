//! Changes the learning rate over time.

use std::f64::consts::PI;

use crate::error::{Error, Result};
use crate::setting::{at_least_zero, positive};
use plywood_kernel::Scalar;

/// The time of a step within a training run, the argument of a [`Schedule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// The number of steps taken before this one, in the whole run.
    pub step: usize,
    /// The number of steps in an epoch.
    pub steps_per_epoch: usize,
    /// The number of steps of the whole run.
    pub steps: usize,
}

impl Time {
    /// Returns the number of whole epochs before this step.
    #[must_use]
    pub fn epoch(&self) -> usize {
        self.step.checked_div(self.steps_per_epoch).unwrap_or(0)
    }
}

/// The learning rate η of each step.
///
/// Below, e is the number of whole epochs and t the number of steps before the step, and T is the number of steps of
/// the whole run.
///
#[doc = include_str!("../../docs/schedules.svg")]
///
/// # Examples
/// ```
/// use plywood::optim::{Schedule, Time};
///
/// let schedule = Schedule::cosine(0.1).warm_up(10);
/// let rate = |step| schedule.rate(Time { step, steps_per_epoch: 100, steps: 1000 });
/// assert_eq!((rate(0), rate(500)), (0.01, 0.05));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// The same learning rate throughout.
    Constant(f64),
    /// A learning rate that falls as η = 1 / (a + b·e).
    ///
    /// It starts at 1/a and falls so slowly that the sum over all epochs is infinite, as convergence requires (Robbins
    /// and Monro 1951).
    InverseTime {
        /// The inverse of the first learning rate; positive.
        a: f64,
        /// The growth of that inverse in each epoch; at least 0.
        b: f64,
    },
    /// A learning rate that falls in steps: η = rate · factor^⌊e / every⌋.
    Step {
        /// The first learning rate.
        rate: f64,
        /// The number of epochs at one level; at least 1.
        every: usize,
        /// The factor from one level to the next; above 0 and at most 1.
        factor: f64,
    },
    /// A learning rate that falls in each epoch: η = rate · factor^e.
    Exponential {
        /// The first learning rate.
        rate: f64,
        /// The factor from one epoch to the next; above 0 and at most 1.
        factor: f64,
    },
    /// A learning rate that falls along half a cosine over the whole run: η = last + (rate − last)(1 + cos πt/T) / 2
    /// (Loshchilov and Hutter 2017, equation 5, without restarts).
    Cosine {
        /// The first learning rate.
        rate: f64,
        /// The final learning rate; at least 0 and at most `rate`.
        last: f64,
    },
    /// A learning rate that rises from `first` to `peak` over the share `rise` of the run, and falls to `last` over the
    /// rest.
    ///
    /// Both parts follow half a cosine (Smith and Topin 2019). The momentum does not change.
    OneCycle {
        /// The first learning rate.
        first: f64,
        /// The largest learning rate.
        peak: f64,
        /// The last learning rate; at least 0.
        last: f64,
        /// The share of the steps over which it rises; above 0 and less than 1.
        rise: f64,
    },
    /// A learning rate that rises by the same factor in each step: η = from (to / from)^(t / (T − 1)).
    ///
    /// It helps to find a suitable one (Smith 2017, section 3.3), as
    /// [`Trainer::find_learning_rate`](crate::Trainer::find_learning_rate) does.
    Range {
        /// The first learning rate.
        from: f64,
        /// The last learning rate; larger than the first.
        to: f64,
    },
    /// Another schedule, multiplied by (t + 1) / steps in the first `steps` steps (Goyal et al. 2017, section 2.2).
    WarmUp {
        /// The number of steps until the other schedule is reached; at least 1.
        steps: usize,
        /// The other schedule, whose time also runs from the beginning.
        then: Box<Self>,
    },
}

impl Schedule {
    /// Returns [`Constant`](Self::Constant): the same learning rate throughout.
    #[must_use]
    pub fn constant(rate: f64) -> Self {
        Self::Constant(rate)
    }

    /// Returns [`Step`](Self::Step): a learning rate that is multiplied by `factor` after each `every` epochs.
    #[must_use]
    pub fn step(rate: f64, every: usize, factor: f64) -> Self {
        Self::Step { rate, every, factor }
    }

    /// Returns [`Exponential`](Self::Exponential): a learning rate that is multiplied by `factor` after each epoch.
    #[must_use]
    pub fn exponential(rate: f64, factor: f64) -> Self {
        Self::Exponential { rate, factor }
    }

    /// Returns [`Cosine`](Self::Cosine) from a learning rate to 0.
    #[must_use]
    pub fn cosine(rate: f64) -> Self {
        Self::Cosine { rate, last: 0.0 }
    }

    /// Returns [`OneCycle`](Self::OneCycle) with the usual proportions.
    ///
    /// It begins at a 25th of its peak, rises over the first 30 % of the run, and ends at a 250,000th of its peak.
    #[must_use]
    pub fn one_cycle(peak: f64) -> Self {
        Self::OneCycle { first: peak / 25.0, peak, last: peak / 250_000.0, rise: 0.3 }
    }

    /// Returns this schedule with a linear [`WarmUp`](Self::WarmUp) over the given number of steps.
    #[must_use]
    pub fn warm_up(self, steps: usize) -> Self {
        Self::WarmUp { steps, then: Box::new(self) }
    }

    /// Checks the settings after rounding to a `T`: they must be in their ranges, and the largest learning rate must be
    /// positive and finite.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] with the invalid value.
    pub fn check<T: Scalar>(&self) -> Result<()> {
        match *self {
            Self::Constant(rate) => positive::<T>("learning rate", rate),
            Self::InverseTime { a, b } => check_inverse::<T>(a, b),
            Self::Step { rate, every, factor } => {
                positive::<T>("learning rate", rate)?;
                at_least_one("epochs of a stair of the learning rate", every)?;
                check_factor(factor)
            }
            Self::Exponential { rate, factor } => {
                positive::<T>("learning rate", rate)?;
                check_factor(factor)
            }
            Self::Cosine { rate, last } => {
                positive::<T>("learning rate", rate)?;
                at_most_peak::<T>("last learning rate", last, rate)
            }
            Self::OneCycle { first, peak, last, rise } => {
                positive::<T>("peak of the learning rate", peak)?;
                at_most_peak::<T>("first learning rate", first, peak)?;
                at_most_peak::<T>("last learning rate", last, peak)?;
                let inside = rise > 0.0 && rise < 1.0;
                let error = || Error::argument("rise of the learning rate", rise, "above 0 and less than 1");
                inside.then_some(()).ok_or_else(error)
            }
            Self::Range { from, to } => {
                positive::<T>("first learning rate of a range", from)?;
                positive::<T>("last learning rate of a range", to)?;
                let error =
                    || Error::argument("last learning rate of a range", to, format!("more than {from}"));
                (to > from).then_some(()).ok_or_else(error)?;
                let error = || {
                    let found = format!("{to:?}, and {from:?} as the first");
                    Error::argument("last learning rate of a range", found, "a finite ratio of the two")
                };
                (to / from).is_finite().then_some(()).ok_or_else(error)
            }
            Self::WarmUp { steps, ref then } => {
                at_least_one("steps of the warm-up", steps)?;
                then.check::<T>()
            }
        }
    }

    /// Returns the learning rate of a step.
    #[must_use]
    pub fn rate(&self, at: Time) -> f64 {
        let epoch = at.epoch();
        match *self {
            Self::Constant(rate) => rate,
            Self::InverseTime { a, b } => 1.0 / (a + b * epoch as f64),
            Self::Step { rate, every, factor } => rate * power(factor, epoch.checked_div(every).unwrap_or(0)),
            Self::Exponential { rate, factor } => rate * power(factor, epoch),
            Self::Cosine { rate, last } => between(rate, last, at.step as f64 / at.steps as f64),
            Self::OneCycle { first, peak, last, rise } => {
                // the last step of the rise has the peak, and the last step of all has the last rate
                let top = (rise * at.steps as f64 - 1.0).max(0.0);
                let (step, end) = (at.step as f64, at.steps as f64 - 1.0);
                if step < top {
                    between(first, peak, step / top)
                } else {
                    between(peak, last, (step - top) / (end - top))
                }
            }
            Self::Range { from, to } => {
                let last = at.steps.saturating_sub(1).max(1);
                from * (to / from).powf(at.step as f64 / last as f64)
            }
            Self::WarmUp { steps, ref then } => {
                let rate = then.rate(at);
                if at.step < steps { rate * (at.step + 1) as f64 / steps as f64 } else { rate }
            }
        }
    }
}

/// Returns a number on half a cosine from one number to another as `share` goes from 0 to 1, and the other number
/// beyond.
fn between(from: f64, to: f64, share: f64) -> f64 {
    // a run without length is at its end
    let share = if share < 1.0 { share } else { 1.0 };
    to + (from - to) * (1.0 + (PI * share).cos()) / 2.0
}

fn power(factor: f64, exponent: usize) -> f64 {
    factor.powi(i32::try_from(exponent).unwrap_or(i32::MAX))
}

fn check_inverse<T: Scalar>(a: f64, b: f64) -> Result<()> {
    let first = T::of(1.0 / a);
    if !a.is_finite() || !first.is_finite() || first <= T::ZERO {
        return Err(Error::argument(
            "learning rate 1/(a + b·epoch), a",
            format!("{a:?}"),
            format!("above 0, and 1/a a finite {} above 0", T::NAME),
        ));
    }
    if !b.is_finite() || b < 0.0 {
        return Err(Error::argument(
            "learning rate 1/(a + b·epoch), b",
            format!("{b:?}"),
            "a finite number, at least 0",
        ));
    }
    Ok(())
}

fn check_factor(factor: f64) -> Result<()> {
    let inside = factor > 0.0 && factor <= 1.0;
    let error = || Error::argument("factor of the learning rate", factor, "above 0 and at most 1");
    inside.then_some(()).ok_or_else(error)
}

fn at_least_one(name: &'static str, value: usize) -> Result<()> {
    if value == 0 { Err(Error::argument(name, 0, "at least 1")) } else { Ok(()) }
}

fn at_most_peak<T: Scalar>(name: &'static str, rate: f64, peak: f64) -> Result<()> {
    at_least_zero::<T>(name, rate)?;
    if rate > peak {
        return Err(Error::argument(name, rate, format!("at most {peak}, the largest learning rate")));
    }
    Ok(())
}
