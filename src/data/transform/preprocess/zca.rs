//! Whitening that leaves an image an image.

use std::marker::PhantomData;

use nalgebra::DVector;

use crate::data::TrainingData;
use crate::data::transform::preprocess::covariance::{Directions, multiply};
use crate::data::transform::preprocess::{Keep, Transform, Vectors, check_epsilon};
use crate::{Dataset, Result, Scalar, Shape};

/// ZCA whitening: y = U (Λ + ε)^(−½) Uᵀ (x − μ), of all whitenings the one that changes examples least (Bell and Sejnowski
/// 1997; Krizhevsky 2009, appendix A). μ is the training data's mean, U Λ Uᵀ its covariance.
///
/// On the data that it was fitted to, the result's mean is 0, and its covariance for ε = 0 the identity. ε keeps directions
/// of little variance, mostly noise, from being blown up: 0.1 and 0.01 are usual for numbers around 1.
///
/// Directions in which the data varies by less than 1e-10 of the most are rounding, and left out whatever ε is: those of
/// constant pixels, and with fewer examples than numbers all but one less than there are examples. The result's covariance
/// is then the projection on the others.
///
/// Fitting takes time with the cube of the number of numbers, and each example with its square: read whitened data once
/// into memory, with [`Examples::of`](crate::data::Examples::of), rather than in each epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Zca<S> {
    mean: Vec<f64>,
    /// `S::LEN` rows of the same length.
    matrix: Vec<f64>,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape> Zca<S> {
    /// Whitens the training data, with this ε added to variances.
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
        // symmetric, so that columns are rows
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
