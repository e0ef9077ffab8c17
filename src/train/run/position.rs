//! How far a training run has come.

use crate::eval::Tally;
use crate::train::{Ended, Epoch, History, Length, Timings};

/// How far a training run has come: between two steps, everything but the numbers that are trained.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Position {
    /// Epochs that are over.
    pub(crate) epoch: usize,
    /// Steps taken in the epoch that is not.
    pub(crate) step: usize,
    /// Steps taken in all.
    pub(crate) steps_taken: usize,
    /// What the epoch's steps add up to.
    pub(crate) tally: Tally,
    /// The norm of the last step's gradient, where it was computed.
    pub(crate) gradient_norm: Option<f64>,
    /// How long they took.
    pub(crate) seconds: f64,
    /// The epochs that are over.
    pub(crate) history: Vec<Epoch>,
    /// How long everything took.
    pub(crate) timings: Timings,
}

impl Position {
    /// Whether all steps are taken, where the run is as long as a number of steps.
    pub(crate) fn is_out_of_steps(&self, length: Length) -> bool {
        matches!(length, Length::Steps(steps) if self.steps_taken >= steps)
    }

    /// How long steps took in all.
    pub(crate) fn training_seconds(&self) -> f64 {
        self.history.iter().map(|epoch| epoch.seconds).sum::<f64>() + self.seconds
    }

    /// How long everything took; checkpoints that are written within an epoch are part of its time.
    pub(crate) fn total_seconds(&self) -> f64 {
        self.training_seconds() + self.timings.validation
    }

    /// Why there is no more to do between two epochs, if there is not.
    pub(crate) fn ended(&self, length: Length, patience: Option<usize>) -> Option<Ended> {
        let complete = match length {
            Length::Epochs(epochs) => self.epoch >= epochs,
            Length::Steps(_) => self.is_out_of_steps(length) && self.step == 0,
        };
        if complete {
            return Some(Ended::Complete);
        }
        // epochs that nobody validated, in a part of the run without validation data, say nothing
        let since_best = History::best_validated(&self.history).map_or(0, |best| {
            self.history[best + 1..].iter().filter(|epoch| epoch.validation.is_some()).count()
        });
        let impatient = patience.is_some_and(|patience| self.step == 0 && since_best >= patience);
        impatient.then_some(Ended::EarlyStopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Measure;

    #[test]
    fn only_validated_epochs_try_patience() {
        let measure = |loss| Measure { loss, error: None };
        let ended = |validated: &[Option<f64>]| {
            let epochs = validated.iter().zip(1..).map(|(loss, number)| Epoch {
                number,
                train: measure(1.0),
                validation: loss.map(measure),
                learning_rate: 0.1,
                gradient_norm: None,
                seconds: 1.0,
                examples_per_second: 1.0,
            });
            let position =
                Position { epoch: validated.len(), history: epochs.collect(), ..Position::default() };
            position.ended(Length::Epochs(100), Some(2))
        };
        assert_eq!(ended(&[Some(0.5), None, None, None]), None);
        assert_eq!(ended(&[None, None, None]), None);
        assert_eq!(ended(&[Some(0.5), None, Some(0.6), None]), None);
        assert_eq!(ended(&[Some(0.5), None, Some(0.6), Some(0.7)]), Some(Ended::EarlyStopping));
    }
}
