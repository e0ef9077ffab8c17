//! Joins two data sets.

use crate::data::{BY_THE_FIRST, Dataset, compare_class_names};
use crate::error::Error;
use plywood_kernel::Scalar;

/// The examples of a data set, followed by those of another with the same shape and targets.
///
/// If both [name their classes](Dataset::class_names), the names must be the same, in the same order. Otherwise the
/// examples of the second set cannot be read, and [`failure`](Dataset::failure) says why.
#[derive(Debug)]
pub struct Joined<'a, A, B> {
    first: &'a A,
    second: &'a B,
    /// True if labels mean other classes in the second data set.
    differ: bool,
}

impl<'a, A: Dataset, B: Dataset<Example = A::Example, Target = A::Target>> Joined<'a, A, B> {
    /// Joins two data sets without a copy.
    #[must_use]
    pub fn new(first: &'a A, second: &'a B) -> Self {
        Self { first, second, differ: compare_class_names(first, second).is_some() }
    }

    /// Passes on a target of the second data set. If it means another class, marks the example as unreadable.
    fn told<T: Scalar>(&self, target: A::Target, x: &mut [T]) -> A::Target {
        if self.differ {
            x.fill(T::of(f64::NAN));
        }
        target
    }
}

impl<A: Dataset, B: Dataset<Example = A::Example, Target = A::Target>> Dataset for Joined<'_, A, B> {
    type Example = A::Example;
    type Target = A::Target;

    fn len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> A::Target {
        match index.checked_sub(self.first.len()) {
            None => self.first.read(index, x),
            Some(index) => self.told(self.second.read(index, x), x),
        }
    }

    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> A::Target {
        match index.checked_sub(self.first.len()) {
            None => self.first.draw(index, seed, x),
            Some(index) => self.told(self.second.draw(index, seed, x), x),
        }
    }

    fn failure(&self, index: usize) -> Option<Error> {
        match index.checked_sub(self.first.len()) {
            None => self.first.failure(index),
            Some(index) => compare_class_names(self.first, self.second)
                .map(|[first, second]| {
                    Error::data("data to join", second, format!("{first}; {BY_THE_FIRST}"))
                })
                .or_else(|| self.second.failure(index)),
        }
    }

    fn class_names(&self) -> Option<&[String]> {
        self.first.class_names().or_else(|| self.second.class_names())
    }
}
