//! Converts transforms to named vectors, and back.

use std::fmt::Display;

use crate::data::transform::preprocess::Transform;
use crate::error::{Error, Result};

/// Named vectors of numbers: the form in which transforms are kept, beside the vectors of a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vectors {
    vectors: Vec<(String, Vec<f64>)>,
    /// The prefix that was removed from the names, for error messages.
    path: String,
}

impl Vectors {
    /// Makes an empty collection.
    #[must_use]
    pub const fn new() -> Self {
        Self { vectors: Vec::new(), path: String::new() }
    }

    /// Adds a vector.
    pub fn put(&mut self, name: impl Into<String>, numbers: Vec<f64>) {
        self.vectors.push((name.into(), numbers));
    }

    /// Takes out a vector.
    ///
    /// # Errors
    /// [`Error::Data`] when the vector is missing, has another length, or holds a number that is not finite.
    pub fn take(&mut self, name: &str, len: usize) -> Result<Vec<f64>> {
        let what = || self.what(name);
        let Some(at) = self.vectors.iter().position(|(found, _)| found == name) else {
            return Err(Error::data(what(), "none", of_length(len)));
        };
        if self.vectors[at].1.len() != len {
            return Err(Error::data(what(), of_length(self.vectors[at].1.len()), of_length(len)));
        }
        let what = what();
        let numbers = self.vectors.swap_remove(at).1;
        match numbers.iter().find(|number| !number.is_finite()) {
            Some(number) => Err(Error::data(what, number, "finite numbers")),
            None => Ok(numbers),
        }
    }

    /// Takes out a vector with a single number.
    ///
    /// # Errors
    /// The same as [`take`](Self::take).
    pub fn take_number(&mut self, name: &str) -> Result<f64> {
        self.take(name, 1).map(|numbers| numbers[0])
    }

    /// Takes out a vector with a single whole number of at least 0.
    ///
    /// # Errors
    /// The same as [`take`](Self::take); also when the number is negative or not whole.
    #[expect(clippy::cast_sign_loss, reason = "checked to be at least 0")]
    pub fn take_count(&mut self, name: &str) -> Result<usize> {
        let number = self.take_number(name)?;
        if number >= 0.0 && number.fract() == 0.0 {
            Ok(number as usize)
        } else {
            Err(self.refuse(name, number, "a whole number of at least 0"))
        }
    }

    /// Takes out a vector that must hold the expected numbers, which a type fixes.
    ///
    /// # Errors
    /// The same as [`take`](Self::take); also when the numbers differ.
    pub fn take_equal(&mut self, name: &str, expected: &[f64]) -> Result<()> {
        let found = self.take(name, expected.len())?;
        if found == expected {
            return Ok(());
        }
        Err(self.refuse(name, format!("{found:?}"), format!("{expected:?}")))
    }

    /// Returns true if there are no vectors.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// Returns the names and numbers of all vectors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.vectors.iter().map(|(name, numbers)| (name.as_str(), numbers.as_slice()))
    }

    /// Returns an error about the numbers of a vector, with the found and the expected value.
    #[must_use]
    pub fn refuse(&self, name: &str, found: impl Display, expected: impl Into<String>) -> Error {
        Error::data(self.what(name), found, expected)
    }

    /// Returns the name of a vector in error messages.
    fn what(&self, name: &str) -> String {
        format!("preprocessing, vector `{}{name}`", self.path)
    }

    /// Returns the first difference from other vectors, in whatever order: a vector's name, the value here, and the
    /// value there. Numbers differ if their bits do.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn difference(&self, others: &Self) -> Option<[String; 3]> {
        let get = |vectors: &Self, name: &str| {
            let found = vectors.vectors.iter().find(|(found, _)| found == name);
            found.map(|(_, numbers)| numbers.clone())
        };
        let names = self.vectors.iter().chain(&others.vectors).map(|(name, _)| name);
        for name in names {
            let (found, expected) = match (get(self, name), get(others, name)) {
                (Some(found), Some(expected)) if found.len() == expected.len() => {
                    let unlike = found.iter().zip(&expected).find(|(a, b)| a.to_bits() != b.to_bits());
                    let Some((found, expected)) = unlike else { continue };
                    (found.to_string(), expected.to_string())
                }
                (found, expected) => {
                    let [found, expected] = [found, expected]
                        .map(|vector| vector.map_or("none".to_owned(), |numbers| of_length(numbers.len())));
                    (found, expected)
                }
            };
            return Some([name.clone(), found, expected]);
        }
        None
    }

    /// Takes out the vectors whose names begin with `prefix`, and removes the prefix.
    fn part(&mut self, prefix: &str) -> Self {
        let mut part = Self { vectors: Vec::new(), path: format!("{}{prefix}", self.path) };
        for (name, numbers) in std::mem::take(&mut self.vectors) {
            match name.strip_prefix(prefix) {
                Some(rest) => part.put(rest, numbers),
                None => self.put(name, numbers),
            }
        }
        part
    }

    /// Checks that no vector is left.
    ///
    /// # Errors
    /// [`Error::Data`] when a vector is left, which then does not belong to `owner`.
    fn check_empty(&self, owner: &str) -> Result<()> {
        match self.vectors.first() {
            Some((name, _)) => Err(Error::data(
                "preprocessing",
                format!("a vector `{}{name}`", self.path),
                format!("only those of `{owner}`"),
            )),
            None => Ok(()),
        }
    }
}

/// Formats a length, such as `3 numbers`.
fn of_length(len: usize) -> String {
    if len == 1 { "1 number".to_owned() } else { format!("{len} numbers") }
}

impl FromIterator<(String, Vec<f64>)> for Vectors {
    fn from_iter<I: IntoIterator<Item = (String, Vec<f64>)>>(vectors: I) -> Self {
        Self { vectors: vectors.into_iter().collect(), path: String::new() }
    }
}

/// A transform that can be kept as [named vectors](Vectors) and restored from them bit for bit: every step of
/// preprocessing, with what it has learned, and every augmentation, with its settings.
///
/// [`Checkpoints::preprocessing`](crate::train::Checkpoints::preprocessing) and
/// [`Model::save_with`](crate::Model::save_with) keep it in the model's file;
/// [`Model::load_with`](crate::Model::load_with) restores both.
///
/// ```
/// use plywood::data::{Transform, digits};
/// use plywood::preprocess::{Keep, NormalizeContrast, Standardize};
/// use plywood::Image;
///
/// type Digit = Image<28, 28, 1>;
/// type Pipeline = (Standardize<Digit>, NormalizeContrast<Digit>);
///
/// let pipeline: Pipeline = Standardize::fit(&digits(100, 1))?.then(NormalizeContrast::new(0.01)?);
/// let vectors = pipeline.to_vectors();
/// let again = Pipeline::from_vectors(vectors)?;
/// let digit = digits(1, 2).example(0);
/// assert_eq!(pipeline.of(&digit), again.of(&digit));
/// # Ok::<(), plywood::Error>(())
/// ```
pub trait Keep: Transform + Sized {
    /// The name of the transform. It is kept with the vectors, so that they are not taken for those of another
    /// transform.
    const KIND: &'static str;

    /// Adds the learned numbers and the settings.
    fn put(&self, vectors: &mut Vectors);

    /// Takes out the vectors that [`put`](Self::put) added.
    ///
    /// # Errors
    /// [`Error::Data`] when a vector is missing or does not fit.
    fn take(vectors: &mut Vectors) -> Result<Self>;

    /// Converts the transform to named vectors.
    #[must_use]
    fn to_vectors(&self) -> Vectors {
        let mut vectors = Vectors::new();
        let mut inside = Vectors::new();
        self.put(&mut inside);
        for (name, numbers) in inside.vectors {
            vectors.put(format!("{}.{name}", Self::KIND), numbers);
        }
        vectors
    }

    /// Restores the transform from named vectors.
    ///
    /// # Errors
    /// [`Error::Data`] when a vector is missing, has another length, or belongs to something else.
    fn from_vectors(mut vectors: Vectors) -> Result<Self> {
        let owner = format!("{}{}", vectors.path, Self::KIND);
        let mut inside = vectors.part(&format!("{}.", Self::KIND));
        vectors.check_empty(&owner)?;
        let made = Self::take(&mut inside)?;
        inside.check_empty(&owner)?;
        Ok(made)
    }
}

impl<A: Keep, B: Keep> Keep for (A, B)
where
    (A, B): Transform,
{
    const KIND: &'static str = "chain";

    fn put(&self, vectors: &mut Vectors) {
        let halves = [("first", self.0.to_vectors()), ("second", self.1.to_vectors())];
        for (half, inside) in halves {
            for (name, numbers) in inside.vectors {
                vectors.put(format!("{half}.{name}"), numbers);
            }
        }
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        let (first, second) = (vectors.part("first."), vectors.part("second."));
        Ok((A::from_vectors(first)?, B::from_vectors(second)?))
    }
}
