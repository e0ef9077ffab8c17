//! Joins two data sets.

use crate::data::{BY_THE_FIRST, Dataset, TargetScale, check_target_scales, compare_class_names};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// The examples of a data set, followed by those of another with the same shape and targets.
///
/// If both [name their classes](Dataset::class_names), the names must be the same, in the same order. Otherwise the
/// examples of the second set cannot be read, and [`failure`](Dataset::failure) says why. The same holds for the
/// [scales](Dataset::target_scales) of targets.
#[derive(Debug)]
pub struct Joined<'a, A, B> {
    first: &'a A,
    second: &'a B,
    /// True if targets mean something else in the second data set.
    differ: bool,
}

impl<'a, A: Dataset, B: Dataset<Example = A::Example, Target = A::Target>> Joined<'a, A, B> {
    /// Joins two data sets without a copy.
    #[must_use]
    pub fn new(first: &'a A, second: &'a B) -> Self {
        let differ =
            compare_class_names(first, second).is_some() || Self::compare_scales(first, second).is_err();
        Self { first, second, differ }
    }

    fn compare_scales(first: &A, second: &B) -> Result<()> {
        check_target_scales(
            "data to join",
            "in the first data",
            first.target_scales(),
            second.target_scales(),
        )
    }

    /// Passes on a target of the second data set. If it means something else there, marks the example as unreadable.
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
                .or_else(|| Self::compare_scales(self.first, self.second).err())
                .or_else(|| self.second.failure(index)),
        }
    }

    fn class_names(&self) -> Option<&[String]> {
        self.first.class_names().or_else(|| self.second.class_names())
    }

    fn target_scales(&self) -> Option<&[TargetScale]> {
        self.first.target_scales()
    }
}
