//! Holds a batch: examples side by side as the columns of a matrix.

use std::borrow::Cow;
use std::marker::PhantomData;

use nalgebra::{DMatrix, DMatrixView};

use crate::core::{Shape, order};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Examples of shape `S`, one per column of a `LEN × batch` nalgebra matrix, each contiguous in memory.
///
/// ```
/// use plywood::{Batch, Flat};
///
/// let batch = Batch::<Flat<3>>::from_examples([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].iter());
/// assert_eq!(batch.len(), 2);
/// assert_eq!(batch.matrix()[(2, 1)], 6.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<S, T: Scalar = f32> {
    matrix: DMatrix<T>,
    shape: PhantomData<S>,
}

impl<S: Shape, T: Scalar> Batch<S, T> {
    /// Creates a batch of zeros.
    #[must_use]
    pub fn zeros(examples: usize) -> Self {
        Self { matrix: DMatrix::zeros(S::LEN, examples), shape: PhantomData }
    }

    /// Creates a batch of the given examples.
    ///
    /// It is best to [read](crate::Dataset::read) large examples into a batch of [`zeros`](Self::zeros), or to
    /// [box](Shape::boxed_zeros) them: see [arrays and the stack](Shape#arrays-and-the-stack).
    pub fn from_examples<'a>(examples: impl Iterator<Item = &'a S::Array<T>>) -> Self {
        let numbers: Vec<T> = examples.flat_map(|example| S::as_slice(example).iter().copied()).collect();
        Self { matrix: DMatrix::from_vec(S::LEN, numbers.len() / S::LEN, numbers), shape: PhantomData }
    }

    /// Creates a batch of a matrix with an example in each column.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if the columns are not `S::LEN` long.
    pub fn from_matrix(matrix: DMatrix<T>) -> Result<Self> {
        if matrix.nrows() == S::LEN {
            Ok(Self { matrix, shape: PhantomData })
        } else {
            Err(Error::argument(
                "matrix",
                format!("{} rows", matrix.nrows()),
                format!("{} rows, one for each number of an example of shape {}", S::LEN, S::DIMS),
            ))
        }
    }

    /// Returns the number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.matrix.ncols()
    }

    /// Returns true if there are no examples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the matrix.
    #[must_use]
    pub fn matrix(&self) -> &DMatrix<T> {
        &self.matrix
    }

    /// Converts the batch to its matrix.
    #[must_use]
    pub fn into_matrix(self) -> DMatrix<T> {
        self.matrix
    }

    /// Returns all numbers, one example after another.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.matrix.as_slice()
    }

    /// Returns all numbers in the [order of a batch](Shape#the-order-of-a-batch).
    pub(crate) fn in_order(&self) -> Cow<'_, [T]> {
        if !S::DIMS.is_pair() {
            return Cow::Borrowed(self.as_slice());
        }
        let mut batch = vec![T::ZERO; self.as_slice().len()];
        order::to_batch::<S, T>(self.as_slice(), &mut batch);
        Cow::Owned(batch)
    }

    /// Returns all numbers for writing, one example after another.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.matrix.as_mut_slice()
    }

    /// Returns the numbers of one example.
    ///
    /// # Panics
    /// Panics if there is no such example.
    #[must_use]
    pub fn example(&self, index: usize) -> &[T] {
        &self.as_slice()[index * S::LEN..][..S::LEN]
    }

    /// Returns `count` examples, from `first` on.
    ///
    /// # Panics
    /// Panics if there are fewer examples.
    #[must_use]
    pub fn view(&self, first: usize, count: usize) -> DMatrixView<'_, T> {
        self.matrix.columns(first, count)
    }
}
