//! Reads a checkpoint's file, with errors that name it.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use crate::error::Error;
use crate::model::archive::{Archive, STATE, not_finite};
use plywood_kernel::Scalar;

/// The reason why a checkpoint cannot be used.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no file.
    Missing(Error),
    /// The file is damaged; the previous checkpoint may do.
    Damaged(Error),
    /// The file cannot be read but may be good, or it belongs to another run, and then the previous checkpoint does
    /// too.
    Other(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Missing(error) | Failure::Damaged(error) | Failure::Other(error) => error,
        }
    }
}

/// A checkpoint's file.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) path: &'a Path,
    pub(super) archive: &'a Archive<'a>,
}

impl File<'_> {
    pub(super) fn error(
        &self,
        what: impl Into<String>,
        found: impl Display,
        expected: impl Display,
    ) -> Failure {
        Failure::Other(Error::Format {
            path: self.path.to_owned(),
            what: what.into(),
            found: found.to_string(),
            expected: expected.to_string(),
        })
    }

    /// Checks that there is a checksum: without one, nobody can tell whether the file is whole.
    pub(super) fn checksum(&self) -> Result<(), Failure> {
        if self.archive.has_checksum() {
            return Ok(());
        }
        Err(Failure::Damaged(self.error("the checksum", "none", "that of a checkpoint").into()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.archive.notes.get(name).map(String::as_str)
    }

    /// Checks that a note has the expected value; a message about another one ends in `why`.
    pub(super) fn note(&self, name: &str, expected: &str, why: &str) -> Result<(), Failure> {
        match self.get(name) {
            Some(found) if found == expected => Ok(()),
            found => Err(self.error(name, found.unwrap_or("none"), format!("{expected}{why}"))),
        }
    }

    /// Checks that a note equals the trainer's setting.
    pub(super) fn setting(&self, name: &'static str, value: &str) -> Result<(), Failure> {
        match self.get(name) {
            Some(found) if found == value => Ok(()),
            saved => {
                let expected = format!("{}, as in {}", saved.unwrap_or("none"), self.path.display());
                Err(Failure::Other(Error::argument(name, value, expected)))
            }
        }
    }

    /// Returns a note that is a number.
    pub(super) fn number<V: FromStr>(&self, name: &str) -> Result<V, Failure> {
        let text = self.get(name).unwrap_or("none");
        text.parse().map_err(|_| self.error(name, text, "a number"))
    }

    /// Returns a vector with the given length.
    pub(super) fn vector<T: Scalar>(&self, name: &str, len: usize) -> Result<Vec<T>, Failure> {
        let vector = self.any_vector(name)?;
        if vector.len() == len {
            Ok(vector)
        } else {
            Err(self.error(name, format!("{} numbers", vector.len()), len))
        }
    }

    /// Returns a vector of a model's numbers with the given length, all of them finite.
    pub(super) fn finite_vector<T: Scalar>(&self, name: &str, len: usize) -> Result<Vec<T>, Failure> {
        let vector = self.vector(name, len)?;
        match not_finite(&vector) {
            None => Ok(vector),
            Some(at) => {
                let what = format!("{name}, number [{at}]");
                let found = format!("{:?}", vector[at].to_f64());
                Err(Failure::Damaged(self.error(what, found, "a finite number").into()))
            }
        }
    }

    /// Returns a vector of any length.
    pub(super) fn any_vector<T: Scalar>(&self, name: &str) -> Result<Vec<T>, Failure> {
        let window = self.archive.tensors.get(&format!("{STATE}{name}"));
        let window = window.ok_or_else(|| self.error(name, "none", "the run's, as it was set up"))?;
        window.numbers().ok_or_else(|| self.error(name, window.precision(), T::NAME))
    }
}
