//! Says which measure decides which epoch is best.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::error::{Error, Result};
use crate::eval::{Better, Described, Measure, MetricValue};
use crate::loss::ErrorMeasure;

/// The measure that decides which of several epochs is best, on the validation data.
///
/// [Early stopping](crate::Trainer::early_stopping), [`keep_best`](crate::Trainer::keep_best),
/// [`History::best`](crate::train::History::best) and a [search](crate::train::search) ask it. The smaller loss breaks
/// ties, and then the earlier epoch. A NaN is worse than any other value.
///
/// # Examples
/// ```
/// use plywood::Trainer;
/// use plywood::train::Monitor;
///
/// let trainer = Trainer::new().early_stopping(5).monitor(Monitor::Loss);
/// let trainer = trainer.monitor(Monitor::metric("top 5"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Monitor {
    /// The error, or the loss if [the loss decides](ErrorMeasure::decides) or there is no error.
    ///
    /// So the share of wrong outputs decides where outputs are right or wrong, and the loss of a regression.
    #[default]
    Auto,
    /// The loss.
    Loss,
    /// The error by the loss's own measure, such as the mean absolute error of a regression.
    Error,
    /// A [metric of the run](crate::train::Run::metric), by its name. The metric says whether smaller or larger values
    /// are better.
    Metric(Cow<'static, str>),
}

impl Monitor {
    /// Returns a monitor of the metric with the given name.
    #[must_use]
    pub fn metric(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Metric(name.into())
    }

    /// Checks that there is what is monitored.
    pub(super) fn check(
        &self,
        error: Option<ErrorMeasure>,
        metrics: &[Described],
        is_validated: bool,
    ) -> Result<()> {
        match self {
            Self::Error if error.is_none() => {
                Err(Error::argument("monitor", "the error", "the loss or a metric: this loss has no error"))
            }
            Self::Metric(name) if !metrics.iter().any(|metric| *metric.name == **name) => {
                let names: Vec<_> = metrics.iter().map(|metric| format!("`{}`", metric.name)).collect();
                let expected = match &names[..] {
                    [] => "a metric of the run, which has none: add it with `.metric(…)`".to_owned(),
                    names => format!("a metric of the run: {}", names.join(", ")),
                };
                Err(Error::argument("monitor", format!("`{name}`"), expected))
            }
            Self::Metric(name) if !is_validated => {
                let found = format!("`{name}` without validation data");
                Err(Error::argument("monitor", found, "validation data, on which metrics are measured"))
            }
            _ => Ok(()),
        }
    }

    /// Returns what decides where the loss has this error: `the loss`, `the error`, or the name of a metric.
    #[cfg(feature = "checkpoint")]
    pub(super) fn resolved(&self, error: Option<ErrorMeasure>) -> String {
        match (self, error) {
            (Self::Error, _) | (Self::Auto, Some(ErrorMeasure { decides: true, .. })) => {
                Self::Error.to_string()
            }
            (Self::Metric(_), _) => self.to_string(),
            (Self::Loss | Self::Auto, _) => Self::Loss.to_string(),
        }
    }

    /// Returns the rank of a measure and the values of metrics, or `None` without the monitored metric.
    pub(super) fn rank(&self, measure: Measure, metrics: &[MetricValue]) -> Option<Rank> {
        let first = match self {
            Self::Auto => measure.deciding_error().unwrap_or(measure.loss),
            Self::Loss => measure.loss,
            Self::Error => measure.error.unwrap_or(f64::NAN),
            Self::Metric(name) => {
                let metric = metrics.iter().find(|metric| *metric.name == **name)?;
                match metric.better {
                    Better::Smaller => metric.value,
                    Better::Larger => -metric.value,
                }
            }
        };
        Some(Rank([first, measure.loss]))
    }
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("the error or the loss"),
            Self::Loss => f.write_str("the loss"),
            Self::Error => f.write_str("the error"),
            Self::Metric(name) => write!(f, "{name}"),
        }
    }
}

/// The rank of an epoch: numbers of which the first that differs decides, smaller ones being better.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rank([f64; 2]);

impl Rank {
    /// Orders the better rank first.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let compare = |a: f64, b: f64| a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b));
        match (self.0, other.0) {
            // two NaN may have different bits
            ([a, loss], [b, other]) if a.is_nan() && b.is_nan() => compare(loss, other),
            ([a, loss], [b, other]) => compare(a, b).then_with(|| compare(loss, other)),
        }
    }
}
