//! Records the position of a training run.

use crate::eval::Tally;
use crate::train::{Ended, Epoch, History, Length, Monitor, Timings};

/// The position of a training run: between two steps, everything but the numbers being trained.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Position {
    /// The number of completed epochs.
    pub(crate) epoch: usize,
    /// The number of steps taken in the current epoch.
    pub(crate) step: usize,
    /// The number of steps taken in all.
    pub(crate) steps_taken: usize,
    /// The sums over the current epoch's steps.
    pub(crate) tally: Tally,
    /// The norm of the last step's gradient, where it was computed.
    pub(crate) gradient_norm: Option<f64>,
    /// The time that the current epoch's steps took, in seconds.
    pub(crate) seconds: f64,
    /// The records of the completed epochs.
    pub(crate) history: Vec<Epoch>,
    /// The time spent on each activity.
    pub(crate) timings: Timings,
}

impl Position {
    /// Returns true if the length of the run is a number of steps and all of them are taken.
    pub(crate) fn is_out_of_steps(&self, length: Length) -> bool {
        matches!(length, Length::Steps(steps) if self.steps_taken >= steps)
    }

    /// Returns the time of all steps, in seconds.
    pub(crate) fn training_seconds(&self) -> f64 {
        self.history.iter().map(|epoch| epoch.seconds).sum::<f64>() + self.seconds
    }

    /// Returns the total time in seconds. The time of an epoch includes checkpoints written within it.
    pub(crate) fn total_seconds(&self) -> f64 {
        self.training_seconds() + self.timings.validation
    }

    /// Returns why training is over between two epochs, if it is.
    pub(crate) fn ended(&self, length: Length, patience: Option<usize>, monitor: &Monitor) -> Option<Ended> {
        let complete = match length {
            Length::Epochs(epochs) => self.epoch >= epochs,
            Length::Steps(_) => self.is_out_of_steps(length) && self.step == 0,
        };
        if complete {
            return Some(Ended::Complete);
        }
        // epochs without validation, from a part of the run that had no validation data, do not count
        let since_best = History::best_validated(&self.history, monitor).map_or(0, |best| {
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
        let measure = |loss| Measure { loss, error: None, kind: None };
        let ended = |validated: &[Option<f64>]| {
            let epochs = validated.iter().zip(1..).map(|(loss, number)| Epoch {
                number,
                train: measure(1.0),
                validation: loss.map(measure),
                metrics: Vec::new(),
                learning_rate: 0.1,
                gradient_norm: None,
                seconds: 1.0,
                examples_per_second: 1.0,
            });
            let position =
                Position { epoch: validated.len(), history: epochs.collect(), ..Position::default() };
            position.ended(Length::Epochs(100), Some(2), &Monitor::Auto)
        };
        assert_eq!(ended(&[Some(0.5), None, None, None]), None);
        assert_eq!(ended(&[None, None, None]), None);
        assert_eq!(ended(&[Some(0.5), None, Some(0.6), None]), None);
        assert_eq!(ended(&[Some(0.5), None, Some(0.6), Some(0.7)]), Some(Ended::EarlyStopping));
    }
}
