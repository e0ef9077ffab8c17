//! The log file: a line of numbers for each epoch.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Epoch;
use crate::{Error, Result};

/// The columns, in order.
const COLUMNS: [&str; 8] = [
    "epoch",
    "train_loss",
    "train_error",
    "validation_loss",
    "validation_error",
    "learning_rate",
    "seconds",
    "examples_per_second",
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Csv,
    JsonLines,
}

/// A log file that is being written.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    format: Format,
}

impl Log {
    /// Creates the file, in the format that its name asks for.
    pub(super) fn create(path: &Path) -> Result<Self> {
        super::make_parent(path)?;
        let file = File::create(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            action: "create",
            source,
        })?;
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
        let format = if json { Format::JsonLines } else { Format::Csv };
        let mut log = Self { path: path.to_owned(), file, format };
        if log.format == Format::Csv {
            log.line(&COLUMNS.join(","))?;
        }
        Ok(log)
    }

    /// Writes an epoch's line, so that it can be read while training goes on.
    pub(super) fn write(&mut self, epoch: &Epoch) -> Result<()> {
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
        writeln!(self.file, "{line}").map_err(|source| Error::Io {
            path: self.path.clone(),
            action: "write",
            source,
        })
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
        Some(epoch.seconds),
        Some(epoch.examples_per_second),
    ]
}
