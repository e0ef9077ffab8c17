//! Two data sets as one.

use super::Dataset;
use crate::{Error, Scalar};

/// The examples of a data set, and behind them those of another with the same shape and targets.
#[derive(Debug)]
pub struct Joined<'a, A, B> {
    first: &'a A,
    second: &'a B,
}

impl<'a, A: Dataset, B: Dataset<Example = A::Example, Target = A::Target>> Joined<'a, A, B> {
    /// The examples of both, without a copy.
    #[must_use]
    pub fn new(first: &'a A, second: &'a B) -> Self {
        Self { first, second }
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
            Some(index) => self.second.read(index, x),
        }
    }

    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> A::Target {
        match index.checked_sub(self.first.len()) {
            None => self.first.draw(index, seed, x),
            Some(index) => self.second.draw(index, seed, x),
        }
    }

    fn failure(&self, index: usize) -> Option<Error> {
        match index.checked_sub(self.first.len()) {
            None => self.first.failure(index),
            Some(index) => self.second.failure(index),
        }
    }
}
