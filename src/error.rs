//! The one error type: what was wrong, where, what was found and what was expected.

use std::fmt::Display;
use std::path::PathBuf;

/// Everything that can go wrong at run time: files, data and arguments. Mistakes in shapes are compile errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened, read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `open`, `read`, `write`, ...
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file does not hold what its format says.
    #[error("{}: {what}: found {found}, expected {expected}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Which part of it.
        what: String,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// An argument cannot be used.
    #[error("{argument}: found {found}, expected {expected}")]
    Argument {
        /// The argument's name.
        argument: &'static str,
        /// The value given.
        found: String,
        /// What would do.
        expected: String,
    },
    /// A data set cannot be used.
    #[error("{what}: found {found}, expected {expected}")]
    Data {
        /// Which data, down to the example.
        what: String,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// Training left the finite numbers.
    #[error(
        "{what} is {value} at epoch {epoch}, step {step}: training diverged; lower the learning rate (it is {learning_rate:?})"
    )]
    Diverged {
        /// What is not finite: the loss, the validation loss, a parameter, ...
        what: &'static str,
        /// Its value.
        value: f64,
        /// Epoch, from 1.
        epoch: usize,
        /// Step within the epoch, from 1; the last one for what is looked at after an epoch.
        step: usize,
        /// The learning rate of that step.
        learning_rate: f64,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An argument that cannot be used: its name, what was found, what was expected.
    pub fn argument(argument: &'static str, found: impl Display, expected: impl Into<String>) -> Self {
        Self::Argument { argument, found: found.to_string(), expected: expected.into() }
    }

    /// Data that cannot be used: which, what was found, what was expected.
    pub fn data(what: impl Into<String>, found: impl Display, expected: impl Into<String>) -> Self {
        Self::Data { what: what.into(), found: found.to_string(), expected: expected.into() }
    }
}

impl From<plywood_kernel::threads::Unavailable> for Error {
    fn from(error: plywood_kernel::threads::Unavailable) -> Self {
        Self::argument("threads", error.count, error.expected)
    }
}
