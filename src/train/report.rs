//! What a training run leaves behind beside the model.

use std::fmt;

/// Loss and error over a set of examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// The mean loss, without the L2 penalty.
    pub loss: f64,
    /// The share of examples that are classified wrong, from 0 to 1; `None` for a loss to which nothing is
    /// right or wrong.
    pub error: Option<f64>,
}

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
    /// How long training took, validation not included.
    pub seconds: f64,
    /// Training examples per second.
    pub examples_per_second: f64,
}

/// How a training run went. Displays as a table with a row for each epoch.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The epochs in order.
    pub history: Vec<Epoch>,
    /// How long all of it took.
    pub seconds: f64,
}

impl Report {
    /// The epoch with the smallest validation error, the first of several: without errors the smallest loss,
    /// without validation that of training.
    #[must_use]
    pub fn best(&self) -> Option<&Epoch> {
        let rank = |epoch: &Epoch| {
            let measure = epoch.validation.unwrap_or(epoch.train);
            measure.error.unwrap_or(measure.loss)
        };
        self.history.iter().min_by(|a, b| rank(a).total_cmp(&rank(b)))
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        for epoch in &self.history {
            writeln!(f, "{epoch}")?;
        }
        write!(f, "{} epochs in {:.2} s", self.history.len(), self.seconds)
    }
}
