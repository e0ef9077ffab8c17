//! Defines the only error type, which names the place, what was found and what was expected.

use std::fmt::Display;
use std::path::PathBuf;

/// An error at run time, from files, data or arguments. Mistakes in shapes are compile errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened, read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The failed action: `open`, `read`, `write`, ...
        action: &'static str,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A file does not follow its format.
    #[error("{}: {what}: found {found}, expected {expected}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The part of the file.
        what: String,
        /// The content found.
        found: String,
        /// The content expected.
        expected: String,
    },
    /// An argument cannot be used.
    #[error("{argument}: found {found}, expected {expected}")]
    Argument {
        /// The argument's name.
        argument: &'static str,
        /// The value found.
        found: String,
        /// The values that are accepted.
        expected: String,
    },
    /// A data set cannot be used.
    #[error("{what}: found {found}, expected {expected}")]
    Data {
        /// The data, down to the example.
        what: String,
        /// The value found.
        found: String,
        /// The value expected.
        expected: String,
    },
    /// A good request is not answered: a queue is full, or what would have answered has ended.
    #[error("{what}: found {found}, expected {expected}")]
    Unavailable {
        /// The part that does not answer.
        what: &'static str,
        /// The state found.
        found: String,
        /// The state expected.
        expected: String,
    },
    /// Training produced a number that is not finite.
    #[error(
        "{what} is {value} at epoch {epoch}, step {step}: training diverged; lower the learning rate (it is {learning_rate:?})"
    )]
    Diverged {
        /// The quantity that is not finite: the loss, the validation loss, a parameter, ...
        what: &'static str,
        /// Its value.
        value: f64,
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within the epoch, counted from 1; the last step for a quantity that is checked after an epoch.
        step: usize,
        /// The learning rate of the step.
        learning_rate: f64,
    },
}

/// A `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error about an argument, from its name, the value found and the values expected.
    pub fn argument(argument: &'static str, found: impl Display, expected: impl Into<String>) -> Self {
        Self::Argument { argument, found: found.to_string(), expected: expected.into() }
    }

    /// Makes an error about data, from its name, the value found and the value expected.
    pub fn data(what: impl Into<String>, found: impl Display, expected: impl Into<String>) -> Self {
        Self::Data { what: what.into(), found: found.to_string(), expected: expected.into() }
    }
}

impl From<plywood_kernel::threads::Unavailable> for Error {
    fn from(error: plywood_kernel::threads::Unavailable) -> Self {
        Self::argument("threads", error.count, error.expected)
    }
}
