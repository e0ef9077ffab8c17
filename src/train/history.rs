//! What a training run leaves behind beside the model.

use std::fmt;
use std::path::PathBuf;

use crate::eval::Measure;

/// One epoch of training.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// Of the minibatches, each before its step, in training mode.
    pub train: Measure,
    /// Of the validation data after the epoch, in evaluation mode.
    pub validation: Option<Measure>,
    /// The learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// The norm ‖∇‖ of the gradient of the epoch's last step, before clipping and without the L2 penalty's; `None` where
    /// a run that goes on from a checkpoint ends with the step that it was saved after.
    pub gradient_norm: Option<f64>,
    /// How long training took, validation not included.
    pub seconds: f64,
    /// Training examples per second.
    pub examples_per_second: f64,
}

/// How a training run went. Displays as a table with a row for each epoch.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// The epochs in order.
    pub epochs: Vec<Epoch>,
    /// Steps taken.
    pub steps: usize,
    /// Why it ended.
    pub ended: Ended,
    /// How long all of it took; of a run that went on from a checkpoint, both parts.
    pub seconds: f64,
    /// What the time went into.
    pub timings: Timings,
    /// The checkpoint that it went on from.
    pub resumed: Option<Resumed>,
    /// The checkpoint that it left.
    pub checkpoint: Option<PathBuf>,
}

/// Why a training run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// All of its epochs or steps were done.
    Complete,
    /// As many epochs as [patience](crate::train::Trainer::early_stopping) allows brought nothing better.
    EarlyStopping,
    /// A [callback](crate::train::Callback) said so.
    Callback,
    /// An [`Interrupt`](crate::train::Interrupt), as by Ctrl-C.
    Interrupted,
}

/// What the time of a training run went into, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Timings {
    /// Steps, with reading their examples and with what watches them.
    pub training: f64,
    /// Measuring on validation data.
    pub validation: f64,
    /// Writing checkpoints.
    pub checkpoints: f64,
}

/// A checkpoint that a run went on from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumed {
    /// The file.
    pub path: PathBuf,
    /// Epochs that were over.
    pub epochs: usize,
    /// Steps that had been taken.
    pub steps: usize,
    /// What was wrong with the newer file, if this is the one before it.
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
    /// Returns the epoch with the smallest validation error, of equal ones that with the smallest loss, and the first of
    /// several: by the loss alone where nothing is right or wrong. Only epochs that were validated are compared, unless
    /// none was; then it is by what training measured.
    #[must_use]
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.get(Self::best_of(&self.epochs)?)
    }

    /// How it ended, in a line.
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

    /// The place of the best epoch.
    pub(super) fn best_of(history: &[Epoch]) -> Option<usize> {
        Self::best_validated(history).or_else(|| Self::best_by(history, |epoch| Some(epoch.train)))
    }

    /// The place of the best epoch among those that were validated.
    pub(super) fn best_validated(history: &[Epoch]) -> Option<usize> {
        Self::best_by(history, |epoch| epoch.validation)
    }

    /// The place of the best of the epochs that have a measure.
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
