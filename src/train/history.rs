//! Holds the history that a training run returns beside the trained model.

use std::fmt;
use std::path::PathBuf;

use crate::eval::Measure;

/// The record of one epoch of training.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// The number of the epoch, from 1.
    pub number: usize,
    /// The measure on the training minibatches, each before its step, in training mode.
    pub train: Measure,
    /// The measure on the validation data after the epoch, in evaluation mode.
    pub validation: Option<Measure>,
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
    /// Returns the epoch with the smallest validation error.
    ///
    /// Among equal errors, it is the epoch with the smallest loss, and among equal losses the first. Where nothing is
    /// right or wrong, the loss alone decides. Only validated epochs are compared; if none was validated, the training
    /// measures decide.
    #[must_use]
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.get(Self::best_of(&self.epochs)?)
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
    pub(super) fn best_of(history: &[Epoch]) -> Option<usize> {
        Self::best_validated(history).or_else(|| Self::best_by(history, |epoch| Some(epoch.train)))
    }

    /// Returns the index of the best epoch among those that were validated.
    pub(super) fn best_validated(history: &[Epoch]) -> Option<usize> {
        Self::best_by(history, |epoch| epoch.validation)
    }

    /// Returns the index of the best of the epochs that have a measure.
    fn best_by(history: &[Epoch], measure: impl Fn(&Epoch) -> Option<Measure>) -> Option<usize> {
        let measures = history.iter().enumerate().filter_map(|(index, epoch)| Some((index, measure(epoch)?)));
        measures.min_by(|(_, a), (_, b)| a.compare(b)).map(|(index, _)| index)
    }
}

/// The first line of the table.
pub(super) const HEADER: &str =
    "epoch  train loss  train error  valid. loss  valid. error       rate  seconds  examples/s";

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |error: Option<f64>| match error {
            Some(error) => format!("{:.2} %", 100.0 * error),
            None => "-".to_owned(),
        };
        let (loss, error) = match self.validation {
            Some(measure) => (format!("{:.4}", measure.loss), percent(measure.error)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let rate = match self.learning_rate {
            rate @ 1e-6..1e3 => format!("{rate:.6}").trim_end_matches('0').trim_end_matches('.').to_owned(),
            rate => format!("{rate:.2e}"),
        };
        write!(
            f,
            "{:>5}  {:>10.4}  {:>11}  {loss:>11}  {error:>12}  {rate:>9}  {:>7.2}  {:>10.0}",
            self.number,
            self.train.loss,
            percent(self.train.error),
            self.seconds,
            self.examples_per_second,
        )
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        for epoch in &self.epochs {
            writeln!(f, "{epoch}")?;
        }
        f.write_str(&self.outcome())
    }
}
