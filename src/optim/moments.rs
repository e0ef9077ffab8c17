//! Stores the state of an optimizer: flat vectors as long as the parameters.

use std::ops::Range;

use crate::error::{Error, Result};
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;

/// The state that an optimizer keeps from step to step, as numbers that can be saved.
pub trait State<T: Scalar>: Clone + std::fmt::Debug + Send + Sync {
    /// Returns the state before the first step for the given number of parameters: zeros.
    fn new(params: usize) -> Self;

    /// Returns the number of steps taken so far.
    fn steps(&self) -> u64;

    /// Returns the vectors to save, each with one number for each parameter.
    fn vectors(&self) -> Vec<&[T]>;

    /// Restores saved numbers.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if they do not match this state's number and length of vectors.
    fn restore(&mut self, steps: u64, vectors: &[&[T]]) -> Result<()>;
}

/// `M` moving averages of each parameter's gradient, in one aligned vector each, allocated once.
#[derive(Debug, Clone)]
pub struct Moments<T, const M: usize> {
    len: usize,
    steps: u64,
    vectors: [Aligned<T>; M],
}

impl<T: Scalar, const M: usize> Moments<T, M> {
    /// Returns the number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true if there are no parameters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn advance(&mut self) {
        self.steps += 1;
    }

    /// Returns the moments of a range of parameters.
    pub(super) fn window(&mut self, range: Range<usize>) -> [&mut [T]; M] {
        self.vectors.each_mut().map(|vector| &mut vector[range.clone()])
    }
}

impl<T: Scalar, const M: usize> State<T> for Moments<T, M> {
    fn new(params: usize) -> Self {
        Self { len: params, steps: 0, vectors: std::array::from_fn(|_| Aligned::zeros(params)) }
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn vectors(&self) -> Vec<&[T]> {
        self.vectors.iter().map(|vector| &**vector).collect()
    }

    fn restore(&mut self, steps: u64, vectors: &[&[T]]) -> Result<()> {
        if vectors.len() != M || vectors.iter().any(|vector| vector.len() != self.len) {
            let lengths: Vec<_> = vectors.iter().map(|vector| vector.len()).collect();
            return Err(Error::argument(
                "optimizer state",
                format!("vectors of lengths {lengths:?}"),
                format!("{M} of length {}", self.len),
            ));
        }
        self.steps = steps;
        for (to, from) in self.vectors.iter_mut().zip(vectors) {
            to.copy_from_slice(from);
        }
        Ok(())
    }
}
