//! The log file: a line of numbers for each epoch.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Epoch;
use super::callback::{Callback, Control, EpochEnd, Start};
use crate::{Error, Layer, Result, Scalar};

/// The columns, in order.
const COLUMNS: [&str; 9] = [
    "epoch",
    "train_loss",
    "train_error",
    "validation_loss",
    "validation_error",
    "learning_rate",
    "gradient_norm",
    "seconds",
    "examples_per_second",
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Csv,
    JsonLines,
}

/// A log file, which is created when training begins.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    format: Format,
    file: Option<File>,
}

impl<N: Layer, T: Scalar> Callback<N, T> for Log {
    /// Creates the file, and writes the epochs that were before.
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        super::place::make_parent(&self.path)?;
        let created = File::create(&self.path);
        self.file = Some(created.map_err(|source| self.error("create", source))?);
        if self.format == Format::Csv {
            self.line(&COLUMNS.join(","))?;
        }
        start.history.iter().try_for_each(|epoch| self.write(epoch))
    }

    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        self.write(epoch.epoch)?;
        Ok(Control::Continue)
    }
}

impl Log {
    /// A file in the format that its name asks for.
    pub(super) fn new(path: &Path) -> Self {
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
        let format = if json { Format::JsonLines } else { Format::Csv };
        Self { path: path.to_owned(), format, file: None }
    }

    /// Writes an epoch's line, so that it can be read while training goes on.
    fn write(&mut self, epoch: &Epoch) -> Result<()> {
        let values = values(epoch).map(|value| value.filter(|value| value.is_finite()));
        let line = match self.format {
            // as the formats have it, a number that is missing or not finite is nothing or null
            Format::Csv => {
                values.map(|value| value.map_or(String::new(), |value| value.to_string())).join(",")
            }
            Format::JsonLines => {
                let fields = COLUMNS.iter().zip(values).map(|(name, value)| {
                    let value = value.map_or("null".to_owned(), |value| value.to_string());
                    format!("\"{name}\":{value}")
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            }
        };
        self.line(&line)
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let written = self.file.as_mut().map_or(Ok(()), |file| writeln!(file, "{line}"));
        written.map_err(|source| self.error("write", source))
    }

    fn error(&self, action: &'static str, source: std::io::Error) -> Error {
        Error::Io { path: self.path.clone(), action, source }
    }
}

fn values(epoch: &Epoch) -> [Option<f64>; COLUMNS.len()] {
    [
        Some(epoch.number as f64),
        Some(epoch.train.loss),
        epoch.train.error,
        epoch.validation.map(|measure| measure.loss),
        epoch.validation.and_then(|measure| measure.error),
        Some(epoch.learning_rate),
        epoch.gradient_norm,
        Some(epoch.seconds),
        Some(epoch.examples_per_second),
    ]
}
