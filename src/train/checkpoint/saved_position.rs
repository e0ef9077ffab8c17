//! Converts a run's position to what a file holds: whole numbers as notes, other numbers exactly, as flat vectors.

use std::sync::Arc;

use crate::core::Shape;
use crate::eval::{Better, Described, Measure, MetricValue, Tally};
use crate::loss::Loss;
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
    /// The names of all metrics of the epochs.
    metrics: Vec<Arc<str>>,
    /// The value of each metric in each epoch, NaN for none.
    values: Vec<f64>,
}

impl<'a> SavedPosition<'a> {
    pub(super) fn of(position: &'a Position) -> Self {
        let Position { tally, gradient_norm, seconds, timings, .. } = position;
        let norm = gradient_norm.unwrap_or(f64::NAN);
        let mut metrics: Vec<Arc<str>> = Vec::new();
        for metric in position.history.iter().flat_map(|epoch| &epoch.metrics) {
            if !metrics.contains(&metric.name) {
                metrics.push(Arc::clone(&metric.name));
            }
        }
        let value = |epoch: &Epoch, name: &str| epoch.metric(name).unwrap_or(f64::NAN);
        let values = |epoch| metrics.iter().map(move |name| value(epoch, name));
        Self {
            position,
            history: position.history.iter().flat_map(numbers).collect(),
            running: [tally.loss_sum, norm, *seconds, timings.validation, timings.checkpoints],
            values: position.history.iter().flat_map(values).collect(),
            metrics,
        }
    }

    pub(super) fn write<'b>(&'b self, archive: &mut Archive<'b>) {
        let Position { epoch, step, steps_taken, tally, .. } = self.position;
        archive.note("epoch", epoch);
        archive.note("step", step);
        archive.note("steps_taken", steps_taken);
        archive.note("examples", tally.count);
        archive.vector(format!("{STATE}sums"), &tally.sums);
        if !self.metrics.is_empty() {
            archive.note("metrics", self.metrics.join("\n"));
            let dims = vec![self.position.history.len(), self.metrics.len()];
            archive.tensor(format!("{STATE}metrics"), dims, &self.values);
        }
        archive.tensor(format!("{STATE}history"), vec![self.history.len() / RECORD, RECORD], &self.history);
        archive.vector(format!("{STATE}running"), &self.running);
    }
}

/// Reads the position of a run with a loss and with metrics.
pub(super) fn read<Out: Shape, L: Loss<Out>>(
    file: &File<'_>,
    metrics: &[Described],
) -> Result<Position, Failure> {
    let running: Vec<f64> = file.vector("running", 5)?;
    let sums = file.vector("sums", L::SUMS)?;
    let history: Vec<f64> = file.any_vector("history")?;
    let (records, _) = history.as_chunks();
    let mut epochs: Vec<_> =
        (1..).zip(records).map(|(number, record)| epoch::<Out, L>(number, record)).collect();
    read_metrics(file, metrics, &mut epochs)?;
    Ok(Position {
        epoch: file.number("epoch")?,
        step: file.number("step")?,
        steps_taken: file.number("steps_taken")?,
        tally: Tally { count: file.number("examples")?, loss_sum: running[0], sums },
        gradient_norm: unless_nan(running[1]),
        seconds: running[2],
        history: epochs,
        timings: Timings { training: 0.0, validation: running[3], checkpoints: running[4] },
    })
}

/// Reads the values of the epochs' metrics, of which the file has the names and `described` the rest.
fn read_metrics(file: &File<'_>, described: &[Described], epochs: &mut [Epoch]) -> Result<(), Failure> {
    let Some(names) = file.archive.notes.get("metrics") else { return Ok(()) };
    let names: Vec<Arc<str>> = names.split('\n').map(Arc::from).collect();
    let values: Vec<f64> = file.vector("metrics", epochs.len().saturating_mul(names.len()))?;
    for (epoch, values) in epochs.iter_mut().zip(values.chunks_exact(names.len())) {
        // those that were measured are there, and of those that the run no longer has only the values are known
        let values = names.iter().zip(values).filter(|_| epoch.validation.is_some());
        epoch.metrics = values
            .map(|(name, &value)| match described.iter().find(|metric| metric.name == *name) {
                Some(metric) => metric.with(value),
                None => {
                    MetricValue { name: Arc::clone(name), value, better: Better::Smaller, is_share: false }
                }
            })
            .collect();
    }
    Ok(())
}

/// Returns an epoch's record as numbers, with NaN for a missing one.
fn numbers(epoch: &Epoch) -> [f64; RECORD] {
    let Epoch { train, validation, learning_rate, gradient_norm, seconds, examples_per_second, .. } = epoch;
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    [
        train.loss,
        or_nan(train.error),
        or_nan(validation.map(|measure| measure.loss)),
        or_nan(validation.and_then(|measure| measure.error)),
        *learning_rate,
        or_nan(*gradient_norm),
        *seconds,
        *examples_per_second,
    ]
}

fn epoch<Out: Shape, L: Loss<Out>>(number: usize, record: &[f64; RECORD]) -> Epoch {
    let [loss, error, validation_loss, validation_error, learning_rate, norm, seconds, speed] = *record;
    let measure = |loss, error| Measure { loss, error: unless_nan(error), measure: L::ERROR };
    Epoch {
        number,
        train: measure(loss, error),
        validation: unless_nan(validation_loss).map(|loss| measure(loss, validation_error)),
        metrics: Vec::new(),
        learning_rate,
        gradient_norm: unless_nan(norm),
        seconds,
        examples_per_second: speed,
    }
}

fn unless_nan(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}
