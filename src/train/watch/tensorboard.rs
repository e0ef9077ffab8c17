//! Writes event files that TensorBoard opens.
//!
//! Such a file is a sequence of records. A record is a length, the checksum of the length, the given number of bytes,
//! and their checksum (`TFRecord`, `tensorflow/core/lib/io/record_writer.h`). The bytes are a protocol-buffer message
//! `Event` (`tensorflow/core/util/event.proto`), of which a few fields are enough.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::core::Layer;
use crate::error::{Error, Result};
use crate::file::is_at;
use crate::loss::identifier;
use crate::train::Epoch;
use crate::train::watch::{Callback, Control, End, EpochEnd, Start, StepEnd};
use plywood_kernel::Scalar;

/// Writes event files for TensorBoard: a [`Callback`].
///
/// View them with `tensorboard --logdir` on the parent folder.
///
/// The subfolder `train` holds `step/loss` and `step/learning_rate` of each step, and `step/gradient_norm` where it was
/// [computed](StepEnd::gradient_norm). It also holds `epoch/loss`, `epoch/error` and `epoch/gradient_norm` of each
/// epoch. The subfolder `validation` holds loss and error of the validation data, if there is any, so that TensorBoard
/// draws both into one chart, and the [metrics](crate::train::Run::metric) as `epoch/…`. The loss's error has its own
/// name: `epoch/mean_absolute_error` in a regression.
///
/// If somebody removes a file during a run, it is created again, without its earlier contents. A run that continues
/// from a checkpoint adds a file, and TensorBoard no longer shows what the previous run wrote for later steps. Nor does
/// it show anything that another run wrote into the same folder before.
///
/// # Examples
/// ```
/// use plywood::data::digits;
/// use plywood::train::TensorBoard;
/// use plywood::{Model, Trainer, network};
///
/// network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
///
/// let folder = std::env::temp_dir().join("plywood-doc").join("runs");
/// let mut board = TensorBoard::new(folder.join("digits")).every(10);
/// let data = digits(200, 1);
/// Trainer::new().epochs(2).run(&mut Model::<Net>::new(1), &data).validate(&data).watch(&mut board).fit()?;
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    every: usize,
    /// The number of steps taken before the run began or continued.
    steps_before: usize,
    train: Option<Events>,
    validation: Option<Events>,
}

impl TensorBoard {
    /// Creates a callback that writes to the given folder of a run.
    ///
    /// The folder is created if it is missing, and files in it stay.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), every: 1, steps_before: 0, train: None, validation: None }
    }

    /// Sets the number of steps between two records of steps. With 0, only epochs are recorded.
    #[must_use]
    pub fn every(self, steps: usize) -> Self {
        Self { every: steps, ..self }
    }

    fn flush(&mut self) -> Result<()> {
        [&mut self.train, &mut self.validation].into_iter().flatten().try_for_each(Events::flush)
    }
}

impl<N: Layer, T: Scalar> Callback<N, T> for TensorBoard {
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        self.steps_before = start.steps_taken;
        let validation = self.folder.join("validation");
        // what another run left there is out of date, even if this run has no validation data
        let is_there = validation.is_dir();
        self.validation = is_there.then(|| Events::create(&validation, start.steps_taken)).transpose()?;
        self.train = Some(Events::create(&self.folder.join("train"), start.steps_taken)?);
        Ok(())
    }

    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        let is_due = self.every > 0 && step.steps_taken.is_multiple_of(self.every);
        if let (Some(events), true) = (&mut self.train, is_due) {
            let loss_and_rate = [("step/loss", step.loss), ("step/learning_rate", step.learning_rate)];
            let norm = step.gradient_norm.map(|norm| ("step/gradient_norm", norm));
            events.scalars(step.steps_taken, loss_and_rate.into_iter().chain(norm))?;
            events.flush_now_and_then()?;
        }
        Ok(Control::Continue)
    }

    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        let Epoch { train, validation, ref metrics, gradient_norm, .. } = *epoch.epoch;
        if validation.is_some() && self.validation.is_none() {
            self.validation = Some(Events::create(&self.folder.join("validation"), self.steps_before)?);
        }
        let error_tag = train.error_measure().identifier();
        let error_tag = format!("epoch/{error_tag}");
        let metrics: Vec<_> = metrics
            .iter()
            .map(|metric| (format!("epoch/{}", identifier(&metric.name)), metric.value))
            .collect();
        let of = [
            (&mut self.train, Some(train), gradient_norm, &[][..]),
            (&mut self.validation, validation, None, &metrics),
        ];
        for (events, measure, norm, metrics) in of {
            if let (Some(events), Some(measure)) = (events, measure) {
                let error = measure.error.map(|error| (&*error_tag, error));
                let norm = norm.map(|norm| ("epoch/gradient_norm", norm));
                let loss = [("epoch/loss", measure.loss)].into_iter();
                let metrics = metrics.iter().map(|(tag, value)| (&**tag, *value));
                events.scalars(epoch.steps_taken, loss.chain(error).chain(norm).chain(metrics))?;
                events.flush()?;
            }
        }
        Ok(Control::Continue)
    }

    fn on_end(&mut self, _: &End<'_, N, T>) -> Result<()> {
        self.flush()
    }

    /// Flushes the records to the disk, since they may show what went wrong.
    fn on_error(&mut self, _: &Error) {
        // report the error that ended training, not an error of flushing
        let _ = self.flush();
    }
}

/// Writes one event file.
#[derive(Debug)]
struct Events {
    path: PathBuf,
    file: BufWriter<File>,
    flushed: Instant,
    /// The current record and its parts, kept so that a step allocates nothing.
    record: Vec<u8>,
    summary: Vec<u8>,
    value: Vec<u8>,
}

impl Events {
    /// Creates a file whose events begin after the given number of steps.
    fn create(folder: &Path, steps_taken: usize) -> Result<Self> {
        let io = |path: &Path, source| Error::Io { path: path.to_owned(), action: "create", source };
        std::fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
        let process = std::process::id();
        let mut stamp = Stamp::next(folder).map_err(|source| io(folder, source))?;
        let (path, file) = loop {
            let Stamp { seconds, nanoseconds } = stamp;
            let name = format!("{PREFIX}{seconds:010}.{nanoseconds:09}.plywood.{process}");
            let path = folder.join(name);
            match File::create_new(&path) {
                Ok(file) => break (path, file),
                // another run was faster
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => stamp = stamp.after(),
                Err(source) => return Err(io(&path, source)),
            }
        };
        let file = BufWriter::new(file);
        let [record, summary, value] = [(); 3].map(|()| Vec::with_capacity(256));
        let mut events = Self { path, file, flushed: Instant::now(), record, summary, value };
        events.event(0, |message| bytes(message, 3, b"brain.Event:2"))?;
        // a SessionLog with status START: marks what an earlier file has of this step and later ones as out of date
        events.event(steps_taken + 1, |message| bytes(message, 7, &[1 << 3, 1]))?;
        Ok(events)
    }

    fn scalars<'t>(&mut self, step: usize, values: impl IntoIterator<Item = (&'t str, f64)>) -> Result<()> {
        self.summary.clear();
        for (tag, number) in values {
            self.value.clear();
            bytes(&mut self.value, 1, tag.as_bytes());
            key(&mut self.value, 2, Wire::Four);
            self.value.extend((number as f32).to_le_bytes());
            bytes(&mut self.summary, 1, &self.value);
        }
        let summary = std::mem::take(&mut self.summary);
        let written = self.event(step, |message| bytes(message, 5, &summary));
        self.summary = summary;
        written
    }

    /// Writes an event whose contents `what` adds to the message.
    ///
    /// A record is written in one call, so the writer holds only whole records: if the file must be created again, the
    /// buffer begins with a record.
    fn event(&mut self, step: usize, what: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        /// The number of bytes of a length and its checksum.
        const HEADER: usize = 12;

        let record = &mut self.record;
        record.clear();
        record.resize(HEADER, 0);
        key(record, 1, Wire::Eight);
        record.extend(now().to_le_bytes());
        key(record, 2, Wire::Varint);
        varint(record, step as u64);
        what(record);
        let length = ((record.len() - HEADER) as u64).to_le_bytes();
        record[..8].copy_from_slice(&length);
        record[8..HEADER].copy_from_slice(&masked_checksum(&length).to_le_bytes());
        let checksum = masked_checksum(&record[HEADER..]);
        record.extend(checksum.to_le_bytes());
        let written = self.file.write_all(record);
        written.map_err(|source| Error::Io { path: self.path.clone(), action: "write", source })
    }

    /// Flushes the records if two seconds have passed, which is often enough for a person.
    fn flush_now_and_then(&mut self) -> Result<()> {
        if self.flushed.elapsed() < Duration::from_secs(2) { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        self.flushed = Instant::now();
        if !is_at(self.file.get_ref(), &self.path) {
            self.create_again()?;
        }
        let flushed = self.file.flush();
        flushed.map_err(|source| Error::Io { path: self.path.clone(), action: "write", source })
    }
}

impl Events {
    /// Creates a file again that somebody has removed, with its folder. Records not yet flushed are written to it.
    fn create_again(&mut self) -> Result<()> {
        let path = self.path.clone();
        let io = |source| Error::Io { path: path.clone(), action: "create", source };
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(io)?;
        let file = BufWriter::new(File::create_new(&path).map_err(io)?);
        let (_, pending) = std::mem::replace(&mut self.file, file).into_parts();
        self.event(0, |message| bytes(message, 3, b"brain.Event:2"))?;
        pending.map_or(Ok(()), |pending| self.file.write_all(&pending)).map_err(io)
    }
}

/// The prefix of an event file's name. TensorBoard reads the files of a folder in the order of their names.
const PREFIX: &str = "events.out.tfevents.";

/// The time since 1970 at which a file was begun. It identifies the file and gives its order within the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    seconds: u64,
    nanoseconds: u32,
}

impl Stamp {
    /// Returns a time after that of every file in a folder: now, unless the clock was turned back.
    fn next(folder: &Path) -> std::io::Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Self { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() };
        let mut latest = None;
        for file in std::fs::read_dir(folder)? {
            latest = latest.max(file?.file_name().to_str().and_then(Self::of));
        }
        Ok(latest.map_or(now, |latest| now.max(latest.after())))
    }

    /// Parses the name of an event file, written by this library or by another program.
    fn of(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(PREFIX)?.split('.');
        let seconds = parts.next()?.parse().ok()?;
        let nanoseconds =
            parts.next().filter(|digits| digits.len() == 9).and_then(|digits| digits.parse().ok());
        // a letter sorts after all digits of that second
        Some(Self { seconds, nanoseconds: nanoseconds.unwrap_or(Self::LAST) })
    }

    const LAST: u32 = 999_999_999;

    fn after(self) -> Self {
        if self.nanoseconds < Self::LAST {
            Self { nanoseconds: self.nanoseconds + 1, ..self }
        } else {
            Self { seconds: self.seconds.saturating_add(1), nanoseconds: 0 }
        }
    }
}

/// Returns the seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The encoding of a field of a protocol-buffer message.
#[derive(Debug, Clone, Copy)]
enum Wire {
    Varint = 0,
    Eight = 1,
    Length = 2,
    Four = 5,
}

fn key(message: &mut Vec<u8>, field: u8, wire: Wire) {
    message.push(field << 3 | wire as u8);
}

/// Appends a number as a varint: seven bits in each byte, the lowest first.
fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

fn bytes(message: &mut Vec<u8>, field: u8, content: &[u8]) {
    key(message, field, Wire::Length);
    varint(message, content.len() as u64);
    message.extend(content);
}

/// Returns the masked CRC-32C: rotated and offset, so that the checksum of a record that holds a checksum is not 0.
fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
