//! Loss and mistakes, summed over examples.

use super::Measure;

/// Loss and mistakes, summed over examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tally {
    pub(super) count: usize,
    pub(super) loss_sum: f64,
    /// `None` for a loss that knows no mistakes.
    pub(super) mistakes: Option<usize>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { count: 0, loss_sum: 0.0, mistakes: Some(0) }
    }
}

impl Tally {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            loss_sum: self.loss_sum + other.loss_sum,
            mistakes: self.mistakes.zip(other.mistakes).map(|(a, b)| a + b),
        }
    }

    pub(super) fn measure(self) -> Measure {
        let count = self.count as f64;
        Measure { loss: self.loss_sum / count, error: self.mistakes.map(|mistakes| mistakes as f64 / count) }
    }
}
