//! Converts a run's position to what a file holds: whole numbers as notes, other numbers exactly, as flat vectors.

use std::sync::Arc;

use crate::core::Shape;
use crate::eval::{Better, Described, Measure, MetricValue, Tally};
use crate::loss::Loss;
use crate::model::archive::{Archive, STATE};
use crate::train::checkpoint::file::{Failure, File};
use crate::train::run::Position;
use crate::train::{Epoch, Timings};

/// The count of numbers in an epoch's record, of which the last [`OPTIONAL`] say which numbers there are.
const RECORD: usize = 8 + OPTIONAL;
/// The count of numbers that an epoch may lack. One that it has may be NaN.
const OPTIONAL: usize = 4;

/// The numbers of a position.
#[derive(Debug)]
pub(super) struct SavedPosition<'a> {
    position: &'a Position,
    history: Vec<f64>,
    running: [f64; 5],
    /// All metrics of the epochs, a line for each.
    metrics: String,
    /// The value of each metric in each epoch, and 1 if it was measured there.
    values: Vec<[f64; 2]>,
}

impl<'a> SavedPosition<'a> {
    pub(super) fn of(position: &'a Position) -> Self {
        let Position { tally, gradient_norm, seconds, timings, .. } = position;
        let norm = gradient_norm.unwrap_or(f64::NAN);
        let mut metrics: Vec<&MetricValue> = Vec::new();
        for metric in position.history.iter().flat_map(|epoch| &epoch.metrics) {
            if !metrics.iter().any(|other| other.name == metric.name) {
                metrics.push(metric);
            }
        }
        let values = |epoch: &'a Epoch| {
            metrics.iter().map(|metric| epoch.metric(&metric.name)).map(present).collect::<Vec<_>>()
        };
        let lines: Vec<_> = metrics.iter().map(|metric| line(metric)).collect();
        Self {
            position,
            history: position.history.iter().flat_map(numbers).collect(),
            running: [tally.loss_sum, norm, *seconds, timings.validation, timings.checkpoints],
            values: position.history.iter().flat_map(values).collect(),
            metrics: lines.join("\n"),
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
            archive.note("metrics", &self.metrics);
            let epochs = self.position.history.len();
            let dims = vec![epochs, self.values.len() / epochs, 2];
            archive.tensor(format!("{STATE}metrics"), dims, self.values.as_flattened());
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

/// Reads the values of the epochs' metrics. A metric that the run still has is as the run describes it.
fn read_metrics(file: &File<'_>, described: &[Described], epochs: &mut [Epoch]) -> Result<(), Failure> {
    let Some(lines) = file.archive.notes.get("metrics") else { return Ok(()) };
    let metrics: Option<Vec<_>> = lines.split('\n').map(of_line).collect();
    let metrics = metrics.ok_or_else(|| file.error("metrics", format!("{lines:?}"), "metrics of the run"))?;
    let metrics: Vec<_> = metrics
        .into_iter()
        .map(|saved| match described.iter().find(|metric| metric.name == saved.name) {
            Some(metric) => metric.with(saved.value),
            None => saved,
        })
        .collect();
    let numbers = epochs.len().saturating_mul(metrics.len()).saturating_mul(2);
    let values: Vec<f64> = file.vector("metrics", numbers)?;
    let (values, _) = values.as_chunks();
    for (epoch, values) in epochs.iter_mut().zip(values.chunks_exact(metrics.len())) {
        let measured = metrics.iter().zip(values).filter_map(|(metric, &saved)| {
            unless_absent(saved).map(|value| MetricValue { value, ..metric.clone() })
        });
        epoch.metrics = measured.collect();
    }
    Ok(())
}

/// Returns the line that holds what a metric is: `larger share top 5`.
fn line(metric: &MetricValue) -> String {
    let better = match metric.better {
        Better::Smaller => "smaller",
        Better::Larger => "larger",
    };
    let unit = if metric.is_share { "share" } else { "number" };
    format!("{better} {unit} {}", metric.name)
}

/// Reads the [`line`] of a metric, without a value.
fn of_line(line: &str) -> Option<MetricValue> {
    let (better, rest) = line.split_once(' ')?;
    let (unit, name) = rest.split_once(' ')?;
    let better = match better {
        "smaller" => Better::Smaller,
        "larger" => Better::Larger,
        _ => return None,
    };
    let is_share = match unit {
        "share" => true,
        "number" => false,
        _ => return None,
    };
    Some(MetricValue { name: Arc::from(name), value: f64::NAN, better, is_share })
}

/// Returns an epoch's record as numbers.
fn numbers(epoch: &Epoch) -> [f64; RECORD] {
    let Epoch { train, validation, learning_rate, gradient_norm, seconds, examples_per_second, .. } = epoch;
    let validation_loss = validation.map(|measure| measure.loss);
    let validation_error = validation.and_then(|measure| measure.error);
    let [error, validation_loss, validation_error, norm] =
        [train.error, validation_loss, validation_error, *gradient_norm].map(present);
    [
        train.loss,
        error[0],
        validation_loss[0],
        validation_error[0],
        *learning_rate,
        norm[0],
        *seconds,
        *examples_per_second,
        error[1],
        validation_loss[1],
        validation_error[1],
        norm[1],
    ]
}

fn epoch<Out: Shape, L: Loss<Out>>(number: usize, record: &[f64; RECORD]) -> Epoch {
    let [loss, error, validation_loss, validation_error, learning_rate, norm, seconds, speed, has @ ..] =
        *record;
    let [has_error, has_validation, has_validation_error, has_norm] = has;
    let measure = |loss, error| Measure { loss, error: unless_absent(error), kind: L::ERROR };
    Epoch {
        number,
        train: measure(loss, [error, has_error]),
        validation: unless_absent([validation_loss, has_validation])
            .map(|loss| measure(loss, [validation_error, has_validation_error])),
        metrics: Vec::new(),
        learning_rate,
        gradient_norm: unless_absent([norm, has_norm]),
        seconds,
        examples_per_second: speed,
    }
}

/// Returns a value that may be NaN, and 1 if there is one or 0 otherwise.
fn present(value: Option<f64>) -> [f64; 2] {
    value.map_or([0.0; 2], |value| [value, 1.0])
}

/// Returns the value of two numbers from [`present`].
fn unless_absent([value, is_there]: [f64; 2]) -> Option<f64> {
    (is_there != 0.0).then_some(value)
}

fn unless_nan(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::loss::SoftmaxCrossEntropy;

    #[test]
    fn an_epoch_keeps_numbers_that_are_nan_and_lacks_those_that_it_lacked() {
        let numbers_of = |present: bool| {
            let value = present.then_some(f64::NAN);
            let measure =
                |error| Measure { loss: 0.5, error, kind: <SoftmaxCrossEntropy as Loss<Flat<2>>>::ERROR };
            numbers(&Epoch {
                number: 3,
                train: measure(value),
                validation: present.then(|| Measure { loss: f64::NAN, ..measure(value) }),
                metrics: Vec::new(),
                learning_rate: 0.1,
                gradient_norm: value,
                seconds: 1.0,
                examples_per_second: 2.0,
            })
        };
        for present in [true, false] {
            let again = epoch::<Flat<2>, SoftmaxCrossEntropy>(3, &numbers_of(present));
            let validation = again.validation;
            let found = [again.train.error, validation.map(|measure| measure.loss), again.gradient_norm];
            for value in found.into_iter().chain([validation.and_then(|measure| measure.error)]) {
                assert_eq!(value.map(f64::is_nan), present.then_some(true));
            }
            assert_eq!((again.number, again.train.loss, again.examples_per_second), (3, 0.5, 2.0));
        }
    }

    #[test]
    fn the_line_of_a_metric_says_what_it_is() {
        for (text, better, is_share) in
            [("larger share top 5", Better::Larger, true), ("smaller number a", Better::Smaller, false)]
        {
            let metric = of_line(text).expect("a metric");
            assert_eq!((metric.better, metric.is_share), (better, is_share));
            assert_eq!(line(&metric), text);
        }
        for text in ["", "top 5", "larger top 5", "share larger a"] {
            assert!(of_line(text).is_none(), "{text}");
        }
    }
}
