//! Converts a run's position to what a file holds: whole numbers as notes, other numbers exactly, as flat vectors.

use crate::eval::{Measure, Tally};
use crate::model::archive::{Archive, STATE};
use crate::train::checkpoint::file::{Failure, File};
use crate::train::run::Position;
use crate::train::{Epoch, Timings};

/// The count of numbers in an epoch's record.
const RECORD: usize = 8;

/// The numbers of a position.
#[derive(Debug)]
pub(super) struct SavedPosition<'a> {
    position: &'a Position,
    history: Vec<f64>,
    running: [f64; 5],
}

impl<'a> SavedPosition<'a> {
    pub(super) fn of(position: &'a Position) -> Self {
        let Position { tally, gradient_norm, seconds, timings, .. } = position;
        let norm = gradient_norm.unwrap_or(f64::NAN);
        Self {
            position,
            history: position.history.iter().flat_map(numbers).collect(),
            running: [tally.loss_sum, norm, *seconds, timings.validation, timings.checkpoints],
        }
    }

    pub(super) fn write<'b>(&'b self, archive: &mut Archive<'b>) {
        let Position { epoch, step, steps_taken, tally, .. } = self.position;
        archive.note("epoch", epoch);
        archive.note("step", step);
        archive.note("steps_taken", steps_taken);
        archive.note("examples", tally.count);
        if let Some(mistakes) = tally.mistakes {
            archive.note("mistakes", mistakes);
        }
        archive.tensor(format!("{STATE}history"), vec![self.history.len() / RECORD, RECORD], &self.history);
        archive.vector(format!("{STATE}running"), &self.running);
    }
}

pub(super) fn read(file: &File<'_>) -> Result<Position, Failure> {
    let running: Vec<f64> = file.vector("running", 5)?;
    let knows_mistakes = file.archive.notes.contains_key("mistakes");
    let mistakes = knows_mistakes.then(|| file.number("mistakes")).transpose()?;
    let history: Vec<f64> = file.any_vector("history")?;
    let (records, _) = history.as_chunks();
    Ok(Position {
        epoch: file.number("epoch")?,
        step: file.number("step")?,
        steps_taken: file.number("steps_taken")?,
        tally: Tally { count: file.number("examples")?, loss_sum: running[0], mistakes },
        gradient_norm: unless_nan(running[1]),
        seconds: running[2],
        history: (1..).zip(records).map(|(number, record)| epoch(number, record)).collect(),
        timings: Timings { training: 0.0, validation: running[3], checkpoints: running[4] },
    })
}

/// Returns an epoch's record as numbers, with NaN for a missing one.
fn numbers(epoch: &Epoch) -> [f64; RECORD] {
    let Epoch { train, validation, learning_rate, gradient_norm, seconds, examples_per_second, .. } = *epoch;
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    [
        train.loss,
        or_nan(train.error),
        or_nan(validation.map(|measure| measure.loss)),
        or_nan(validation.and_then(|measure| measure.error)),
        learning_rate,
        or_nan(gradient_norm),
        seconds,
        examples_per_second,
    ]
}

fn epoch(number: usize, record: &[f64; RECORD]) -> Epoch {
    let [loss, error, validation_loss, validation_error, learning_rate, norm, seconds, speed] = *record;
    let validation = |loss| Measure { loss, error: unless_nan(validation_error) };
    Epoch {
        number,
        train: Measure { loss, error: unless_nan(error) },
        validation: unless_nan(validation_loss).map(validation),
        learning_rate,
        gradient_norm: unless_nan(norm),
        seconds,
        examples_per_second: speed,
    }
}

fn unless_nan(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}
