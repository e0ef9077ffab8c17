//! Writes the log file: a line of numbers for each epoch.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::core::Layer;
use crate::error::Result;
use crate::file::{Hold, Place, is_at};
use crate::loss::{ErrorMeasure, identifier};
use crate::train::Epoch;
use crate::train::watch::{Callback, Control, End, EpochEnd, Start};
use plywood_kernel::Scalar;

#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    JsonLines,
}

/// Writes a log file, which is created when training begins.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    format: Format,
    columns: Columns,
    open: Option<Open>,
}

/// The columns of a log: their names, and the metrics that the last of them hold.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<String>,
    metrics: Vec<Arc<str>>,
}

impl Columns {
    /// Returns the columns of a run.
    fn new(error: Option<ErrorMeasure>, metrics: Vec<Arc<str>>) -> Self {
        let error = error.unwrap_or(ErrorMeasure::MISCLASSIFIED).identifier();
        let mut names: Vec<_> = [
            "epoch",
            "train_loss",
            "train_…",
            "validation_loss",
            "validation_…",
            "learning_rate",
            "gradient_norm",
            "seconds",
            "examples_per_second",
        ]
        .map(|name| name.replace('…', &error))
        .into();
        names.extend(metrics.iter().map(|name| format!("validation_{}", identifier(name))));
        Self { names, metrics }
    }

    /// Returns the values of an epoch, in the order of the columns.
    fn values(&self, epoch: &Epoch) -> Vec<Option<f64>> {
        let mut values = vec![
            Some(epoch.number as f64),
            Some(epoch.train.loss),
            epoch.train.error,
            epoch.validation.map(|measure| measure.loss),
            epoch.validation.and_then(|measure| measure.error),
            Some(epoch.learning_rate),
            epoch.gradient_norm,
            Some(epoch.seconds),
            Some(epoch.examples_per_second),
        ];
        values.extend(self.metrics.iter().map(|name| epoch.metric(name)));
        values
    }
}

/// An open log file to which lines are added.
#[derive(Debug)]
struct Open {
    place: Place,
    file: File,
    /// The number of bytes that form whole lines.
    len: u64,
    hold: Hold,
}

impl<N: Layer, T: Scalar> Callback<N, T> for Log {
    /// Creates the file and writes the epochs completed before.
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        let place = Place::at(&self.path)?;
        let hold = Hold::take(&place)?;
        let file = File::create(place.file()).map_err(place.error("create"))?;
        self.columns = Columns::new(start.error, start.metrics.clone());
        let text = self.format.begin(&self.columns, start.history);
        self.open.insert(Open { place, file, len: 0, hold }).write(&text)
    }

    /// Writes the epoch's line, so that it can be read while training goes on.
    ///
    /// If the file is gone, or another is in its place, the file is created again with the lines of all epochs.
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        let Some(open) = &mut self.open else { return Ok(Control::Continue) };
        if is_at(&open.file, open.place.file()) {
            open.write(&self.format.line(&self.columns, epoch.epoch))?;
        } else {
            open.create_again()?;
            open.write(&self.format.begin(&self.columns, epoch.history))?;
        }
        Ok(Control::Continue)
    }

    fn on_end(&mut self, _: &End<'_, N, T>) -> Result<()> {
        self.open = None;
        Ok(())
    }
}

impl Log {
    /// Creates a log with the format that the file name calls for.
    pub(crate) fn new(path: &Path) -> Self {
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
        let format = if json { Format::JsonLines } else { Format::Csv };
        Self { path: path.to_owned(), format, columns: Columns::default(), open: None }
    }
}

impl Open {
    /// Creates the file again, with its folder.
    fn create_again(&mut self) -> Result<()> {
        self.place.make_folder()?;
        self.hold.renew()?;
        // what is there now may be something else
        self.place = self.place.again()?;
        self.file = File::create(self.place.file()).map_err(self.place.error("create"))?;
        self.len = 0;
        Ok(())
    }

    /// Adds whole lines. If they do not fit on the disk, no part of them stays.
    fn write(&mut self, lines: &str) -> Result<()> {
        if let Err(source) = self.file.write_all(lines.as_bytes()) {
            let _ = self.file.set_len(self.len);
            return Err(self.place.error("write")(source));
        }
        self.len += lines.len() as u64;
        Ok(())
    }
}

impl Format {
    /// Returns the beginning of a file that holds the lines of these epochs.
    fn begin(self, columns: &Columns, history: &[Epoch]) -> String {
        let mut text = match self {
            Self::Csv => columns.names.join(",") + "\n",
            Self::JsonLines => String::new(),
        };
        text.extend(history.iter().map(|epoch| self.line(columns, epoch)));
        text
    }

    /// Returns the line of an epoch.
    fn line(self, columns: &Columns, epoch: &Epoch) -> String {
        let values = columns.values(epoch).into_iter();
        let values = values.map(|value| value.filter(|value| value.is_finite()));
        // as the formats require, a missing or non-finite number is written as nothing or as null
        let text = |value: Option<f64>, otherwise: &str| {
            value.map_or_else(|| otherwise.to_owned(), |value| value.to_string())
        };
        match self {
            Self::Csv => values.map(|value| text(value, "")).collect::<Vec<_>>().join(",") + "\n",
            Self::JsonLines => {
                let fields = columns.names.iter().zip(values);
                let fields = fields.map(|(name, value)| format!("\"{name}\":{}", text(value, "null")));
                format!("{{{}}}\n", fields.collect::<Vec<_>>().join(","))
            }
        }
    }
}
