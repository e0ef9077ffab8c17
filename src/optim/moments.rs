//! What an optimizer remembers: flat vectors, as long as the parameters.

use std::ops::Range;

use crate::{Error, Result, Scalar};
use plywood_kernel::aligned::Aligned;

/// What an optimizer remembers from step to step, as numbers that can be saved.
pub trait State<T: Scalar>: Clone + std::fmt::Debug + Send + Sync {
    /// The state before the first step, for so many parameters: zeros.
    fn new(params: usize) -> Self;

    /// Steps taken so far.
    fn steps(&self) -> u64;

    /// The vectors to save, each with a number for each parameter.
    fn vectors(&self) -> Vec<&[T]>;

    /// Puts saved numbers back.
    ///
    /// # Errors
    /// [`Error::Argument`] when they are not of this state's number and length.
    fn restore(&mut self, steps: u64, vectors: &[&[T]]) -> Result<()>;
}

/// `M` moving averages of each parameter's gradient: one aligned vector each, allocated once.
#[derive(Debug, Clone)]
pub struct Moments<T, const M: usize> {
    len: usize,
    steps: u64,
    vectors: [Aligned<T>; M],
}

impl<T: Scalar, const M: usize> Moments<T, M> {
    /// How many parameters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no parameters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn count(&mut self) {
        self.steps += 1;
    }

    /// The moments of some of the parameters.
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
