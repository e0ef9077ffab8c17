//! Computes principal components.

use std::marker::PhantomData;

use crate::core::{Flat, Shape};
use crate::data::transform::preprocess::covariance::{Directions, multiply};
use crate::data::transform::preprocess::{Keep, Transform, Vectors, check_epsilon};
use crate::data::{Dataset, TrainingData};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Whitens by PCA: y = (Λ + ε)^(−½) Uᵀ (x − μ), the first `K` numbers. μ is the training data's mean and U Λ Uᵀ its
/// covariance, with eigenvalues in descending order.
///
/// On the data that it was fitted to, the result has mean 0 and a diagonal covariance with entries λ / (λ + ε): 1 for
/// ε = 0.
///
/// Directions in which the data varies by less than 1e-10 of the largest variance are rounding error and would be
/// magnified, so their numbers are always 0. Constant pixels have such directions, and so do data with fewer examples
/// than numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca<S, const K: usize> {
    mean: Vec<f64>,
    /// The matrix: `K` rows of length `S::LEN`.
    matrix: Vec<f64>,
    /// The eigenvalues of the kept directions, 0 for the others.
    variances: Vec<f64>,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape, const K: usize> Pca<S, K> {
    const FITS: () = assert!(K <= S::LEN, "pca: there are no more components than numbers");

    /// Computes the principal components of the training data, with ε added to their variances.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when ε is negative, infinite or NaN;
    /// [`Error::Data`](crate::Error::Data) when there are no examples, or a number is not finite.
    pub fn fit<D>(data: &D, epsilon: f64) -> Result<Self>
    where
        D: TrainingData,
        D::Data: Dataset<Example = S>,
    {
        const { Self::FITS }
        check_epsilon(epsilon)?;
        let directions = Directions::fit(data.dataset())?;
        let mut matrix = vec![0.0; K * S::LEN];
        let mut variances = directions.variances;
        variances.resize(K.max(variances.len()), 0.0);
        variances.truncate(K);
        let rows = matrix.chunks_exact_mut(S::LEN).zip(directions.vectors.column_iter());
        for ((row, vector), variance) in rows.zip(&variances) {
            for (to, number) in row.iter_mut().zip(vector.iter()) {
                *to = number / (variance + epsilon).sqrt();
            }
        }
        Ok(Self { mean: directions.mean.as_slice().to_vec(), matrix, variances, shape: PhantomData })
    }

    /// Returns the variances of the components, eigenvalues in descending order; 0 for those that are rounding error.
    #[must_use]
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }
}

impl<S: Shape, const K: usize> Transform for Pca<S, K> {
    type In = S;
    type Out = Flat<K>;

    const SCRATCH: usize = S::LEN;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]) {
        multiply(&self.matrix, &self.mean, x, y, scratch);
    }
}

impl<S: Shape, const K: usize> Keep for Pca<S, K> {
    const KIND: &'static str = "pca";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("mean", self.mean.clone());
        vectors.put("matrix", self.matrix.clone());
        vectors.put("variances", self.variances.clone());
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        let variances = vectors.take("variances", K)?;
        if let Some(found) = variances.iter().find(|&&variance| variance < 0.0) {
            return Err(vectors.refuse("variances", found, "numbers of at least 0"));
        }
        Ok(Self {
            mean: vectors.take("mean", S::LEN)?,
            matrix: vectors.take("matrix", K * S::LEN)?,
            variances,
            shape: PhantomData,
        })
    }
}
