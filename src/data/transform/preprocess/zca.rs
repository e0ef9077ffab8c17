//! Whitens images so that they remain images.

use std::marker::PhantomData;

use nalgebra::DVector;

use crate::core::Shape;
use crate::data::transform::preprocess::covariance::{Directions, multiply};
use crate::data::transform::preprocess::{Keep, Transform, Vectors, check_epsilon};
use crate::data::{Dataset, TrainingData};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Whitens by ZCA: y = U (Λ + ε)^(−½) Uᵀ (x − μ), which of all whitenings changes examples least (Bell and Sejnowski
/// 1997; Krizhevsky 2009, appendix A). μ is the training data's mean and U Λ Uᵀ its covariance.
///
/// On the data that it was fitted to, the result has mean 0 and, for ε = 0, the identity as covariance. ε keeps
/// directions of little variance, mostly noise, from being magnified: 0.1 and 0.01 are usual for numbers around 1.
///
/// Directions in which the data varies by less than 1e-10 of the largest variance are rounding error, and are left out
/// whatever ε is. They are those of constant pixels and, with fewer examples than numbers, all but one less than the
/// number of examples. The result's covariance is then the projection on the remaining directions.
///
/// The time to fit grows with the cube of the number of numbers, and the time for each example with its square: read
/// whitened data into memory once, with [`Examples::of`](crate::data::Examples::of), rather than in each epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Zca<S> {
    mean: Vec<f64>,
    /// The matrix: `S::LEN` rows of the same length.
    matrix: Vec<f64>,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape> Zca<S> {
    /// Fits to the training data, with ε added to its variances.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when ε is negative, infinite or NaN;
    /// [`Error::Data`](crate::Error::Data) when there are no examples, or a number is not finite.
    pub fn fit<D>(data: &D, epsilon: f64) -> Result<Self>
    where
        D: TrainingData,
        D::Data: Dataset<Example = S>,
    {
        check_epsilon(epsilon)?;
        let Directions { mean, vectors, variances } = Directions::fit(data.dataset())?;
        let factors: Vec<f64> = variances.iter().map(|variance| (variance + epsilon).powf(-0.25)).collect();
        let mut halves = vectors;
        for (mut column, factor) in halves.column_iter_mut().zip(DVector::from_vec(factors).iter()) {
            column *= *factor;
        }
        let matrix = &halves * halves.transpose();
        // symmetric, so its columns are its rows
        Ok(Self { mean: mean.as_slice().to_vec(), matrix: matrix.as_slice().to_vec(), shape: PhantomData })
    }
}

impl<S: Shape> Transform for Zca<S> {
    type In = S;
    type Out = S;

    const SCRATCH: usize = S::LEN;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]) {
        multiply(&self.matrix, &self.mean, x, y, scratch);
    }
}

impl<S: Shape> Keep for Zca<S> {
    const KIND: &'static str = "zca";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("mean", self.mean.clone());
        vectors.put("matrix", self.matrix.clone());
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        let (mean, matrix) = (vectors.take("mean", S::LEN)?, vectors.take("matrix", S::LEN * S::LEN)?);
        Ok(Self { mean, matrix, shape: PhantomData })
    }
}
