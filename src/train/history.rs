//! Holds the history that a training run returns beside the trained model.

use std::fmt;
use std::path::PathBuf;

use crate::eval::{Measure, MetricValue};
use crate::loss::ErrorMeasure;
use crate::train::Monitor;
use crate::train::monitor::Rank;

/// The record of one epoch of training.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// The number of the epoch, from 1.
    pub number: usize,
    /// The measure on the training minibatches, each before its step, in training mode.
    pub train: Measure,
    /// The measure on the validation data after the epoch, in evaluation mode.
    pub validation: Option<Measure>,
    /// The values of the run's [metrics](crate::train::Run::metric) on the validation data.
    pub metrics: Vec<MetricValue>,
    /// The learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// The norm ‖∇‖ of the gradient of the epoch's last step, before clipping and without the gradient of the L2
    /// penalty.
    ///
    /// It is `None` if a run continues from a checkpoint that was saved after the epoch's last step.
    pub gradient_norm: Option<f64>,
    /// The training time of the epoch in seconds, without validation.
    pub seconds: f64,
    /// The number of training examples processed per second.
    pub examples_per_second: f64,
}

impl Epoch {
    /// Returns the value of a metric on the validation data, NaN if the metric has none there.
    ///
    /// It is `None` without such a metric or without validation data.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|metric| &*metric.name == name).map(|metric| metric.value)
    }
}

/// The history of a training run. Displays as a table with a row for each epoch.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// The epochs in order.
    pub epochs: Vec<Epoch>,
    /// The number of steps taken.
    pub steps: usize,
    /// The reason why the run ended.
    pub ended: Ended,
    /// The measure that decides which epoch is best.
    pub monitor: Monitor,
    /// The total time in seconds. A run that continued from a checkpoint counts both parts.
    pub seconds: f64,
    /// The time spent on each activity.
    pub timings: Timings,
    /// The checkpoint that the run continued from.
    pub resumed: Option<Resumed>,
    /// The checkpoint that the run left.
    pub checkpoint: Option<PathBuf>,
}

/// The reason why a training run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// All of its epochs or steps were done.
    Complete,
    /// No epoch was better for as many epochs as the [patience](crate::train::Trainer::early_stopping) allows.
    EarlyStopping,
    /// A [callback](crate::train::Callback) stopped it.
    Callback,
    /// An [`Interrupt`](crate::train::Interrupt) stopped it, for example Ctrl-C.
    Interrupted,
}

/// The time that a training run spent on each activity, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Timings {
    /// The time spent on steps, including reading their examples and running the callbacks.
    pub training: f64,
    /// The time spent on measuring the validation data.
    pub validation: f64,
    /// The time spent on writing checkpoints.
    pub checkpoints: f64,
}

/// A checkpoint that a run continued from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumed {
    /// The path of the file.
    pub path: PathBuf,
    /// The number of epochs that were completed.
    pub epochs: usize,
    /// The number of steps that had been taken.
    pub steps: usize,
    /// The defect of the newer file, if this is the previous checkpoint.
    pub refused: Option<String>,
}

impl fmt::Display for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(refused) = &self.refused {
            writeln!(f, "{refused}; the checkpoint before it is used")?;
        }
        write!(f, "goes on from {} after {} steps", self.path.display(), self.steps)
    }
}

impl History {
    /// Returns the epoch that is best by the trainer's [monitor](crate::Trainer::monitor) on the validation data.
    ///
    /// Unless the trainer says otherwise, it is the epoch with the smallest error, or with the smallest loss where [the
    /// loss decides](ErrorMeasure::decides), as for regressions. Among equals, it is the epoch with the smallest loss,
    /// and among equal losses the first. Only validated epochs are compared; if none was validated, the training
    /// measures decide.
    #[must_use]
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.get(Self::best_of(&self.epochs, &self.monitor)?)
    }

    /// Returns a line that says how the run ended.
    pub(super) fn outcome(&self) -> String {
        let end = match self.ended {
            Ended::Complete => String::new(),
            Ended::EarlyStopping => "; stopped early, since nothing better came".to_owned(),
            Ended::Callback => format!("; stopped by a callback after {} steps", self.steps),
            Ended::Interrupted => format!("; interrupted after {} steps", self.steps),
        };
        let resume = match (self.ended, &self.checkpoint) {
            (Ended::Interrupted | Ended::Callback, Some(path)) => {
                format!("; `resume` continues from {}", path.display())
            }
            _ => String::new(),
        };
        format!("{} epochs in {:.2} s{end}{resume}", self.epochs.len(), self.seconds)
    }

    /// Returns the index of the best epoch.
    pub(super) fn best_of(history: &[Epoch], monitor: &Monitor) -> Option<usize> {
        let by_training = || Self::best_by(history, |epoch| monitor.rank(epoch.train, &[]));
        Self::best_validated(history, monitor).or_else(by_training)
    }

    /// Returns the index of the best epoch among those that were validated.
    pub(super) fn best_validated(history: &[Epoch], monitor: &Monitor) -> Option<usize> {
        Self::best_by(history, |epoch| monitor.rank(epoch.validation?, &epoch.metrics))
    }

    /// Returns the index of the first of the epochs with the smallest rank.
    fn best_by(history: &[Epoch], rank: impl Fn(&Epoch) -> Option<Rank>) -> Option<usize> {
        let ranks = history.iter().enumerate().filter_map(|(index, epoch)| Some((index, rank(epoch)?)));
        ranks.min_by(|(_, a), (_, b)| a.compare(b)).map(|(index, _)| index)
    }
}

/// The columns of a table of epochs.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    error: Option<ErrorMeasure>,
    metrics: Vec<std::sync::Arc<str>>,
}

impl Columns {
    /// Returns the columns for a loss's error and for metrics.
    pub(super) fn new(error: Option<ErrorMeasure>, metrics: Vec<std::sync::Arc<str>>) -> Self {
        Self { error, metrics }
    }

    /// Returns the columns for some epochs.
    fn of(history: &[Epoch]) -> Self {
        let metrics = history.iter().rev().map(|epoch| &epoch.metrics).find(|metrics| !metrics.is_empty());
        let metrics = metrics.map_or(Vec::new(), |metrics| metrics.iter().map(|m| m.name.clone()).collect());
        Self { error: history.last().and_then(|epoch| epoch.train.kind), metrics }
    }

    /// Returns the heads of the columns of errors.
    pub(super) fn error_heads(error: Option<ErrorMeasure>) -> [String; 2] {
        let name = error.unwrap_or(ErrorMeasure::MISCLASSIFIED).short;
        [format!("train {name}"), format!("valid. {name}")]
    }

    /// Returns the width of a column with this head.
    pub(super) fn width(head: &str) -> usize {
        head.chars().count().max(11)
    }

    /// Returns the first line of the table.
    pub(super) fn header(&self) -> String {
        let [train, validation] = Self::error_heads(self.error);
        let mut line = format!(
            "epoch  train loss  {train:>11}  valid. loss  {validation:>12}       rate  seconds  examples/s"
        );
        for name in &self.metrics {
            line.push_str("  ");
            line.push_str(&Self::right(&format!("valid. {name}"), 0));
        }
        line
    }

    /// Aligns a cell to the right, in a column of at least the usual width.
    fn right(cell: &str, width: usize) -> String {
        format!("{cell:>width$}", width = width.max(11))
    }

    /// Returns the line of an epoch.
    pub(super) fn row(&self, epoch: &Epoch) -> String {
        let [train, validation] = Self::error_heads(self.error);
        let (loss, error) = match epoch.validation {
            Some(measure) => (format!("{:.4}", measure.loss), measure.formatted_error()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let rate = match epoch.learning_rate {
            rate @ 1e-6..1e3 => format!("{rate:.6}").trim_end_matches('0').trim_end_matches('.').to_owned(),
            rate => format!("{rate:.2e}"),
        };
        let mut line = format!(
            "{:>5}  {:>10.4}  {:>train_width$}  {loss:>11}  {error:>validation_width$}  {rate:>9}  {:>7.2}  {:>10.0}",
            epoch.number,
            epoch.train.loss,
            epoch.train.formatted_error(),
            epoch.seconds,
            epoch.examples_per_second,
            train_width = Self::width(&train),
            validation_width = Self::width(&validation).max(12),
        );
        for name in &self.metrics {
            let metric = epoch.metrics.iter().find(|metric| metric.name == *name);
            let value = metric.map_or("-".to_owned(), MetricValue::formatted);
            line.push_str("  ");
            line.push_str(&Self::right(&value, "valid. ".len() + name.chars().count()));
        }
        line
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Columns::of(std::slice::from_ref(self)).row(self))
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = Columns::of(&self.epochs);
        writeln!(f, "{}", columns.header())?;
        for epoch in &self.epochs {
            writeln!(f, "{}", columns.row(epoch))?;
        }
        f.write_str(&self.outcome())
    }
}
