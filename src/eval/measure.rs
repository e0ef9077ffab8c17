//! Defines the loss and error over a set of examples.

use std::cmp::Ordering;

/// The loss and error over a set of examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// The mean loss, without the L2 penalty.
    pub loss: f64,
    /// The share of misclassified examples, from 0 to 1, or `None` for a loss to which nothing is right or wrong.
    pub error: Option<f64>,
}

impl Measure {
    /// Orders the better of two measures first: the smaller error, or for equal errors the smaller loss.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let error = |measure: &Self| measure.error.unwrap_or(0.0);
        error(self).total_cmp(&error(other)).then(self.loss.total_cmp(&other.loss))
    }
}

/// The sums of loss and mistakes over examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tally {
    pub(crate) count: usize,
    pub(crate) loss_sum: f64,
    /// The number of mistakes, or `None` for a loss without mistakes.
    pub(crate) mistakes: Option<usize>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { count: 0, loss_sum: 0.0, mistakes: Some(0) }
    }
}

impl Tally {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            loss_sum: self.loss_sum + other.loss_sum,
            mistakes: self.mistakes.zip(other.mistakes).map(|(a, b)| a + b),
        }
    }

    pub(crate) fn measure(self) -> Measure {
        let count = self.count as f64;
        Measure { loss: self.loss_sum / count, error: self.mistakes.map(|mistakes| mistakes as f64 / count) }
    }
}
