//! Gives every example the same contrast.

use std::marker::PhantomData;

use crate::core::Shape;
use crate::data::transform::preprocess::{Keep, Transform, Vectors, check_epsilon};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Normalizes the contrast of each example by itself: y = (x − x̄) / √(s² + ε), with the example's mean x̄ and variance
/// s² (Coates, Lee and Ng 2011, section 3.2, with ε = 10 for numbers up to 255, which is 10 / 255² for numbers up to
/// 1).
///
/// An example whose numbers are all equal, such as a black image, becomes zeros, even with ε = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalizeContrast<S> {
    epsilon: f64,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape> NormalizeContrast<S> {
    /// Normalizes with the given ε: contrast is not raised much where the variance is below it.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when ε is negative, infinite or NaN.
    pub fn new(epsilon: f64) -> Result<Self> {
        check_epsilon(epsilon)?;
        Ok(Self { epsilon, shape: PhantomData })
    }
}

impl<S: Shape> Transform for NormalizeContrast<S> {
    type In = S;
    type Out = S;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        let count = S::LEN as f64;
        // sums in f64, since an image has many numbers, and of differences from the first number, which are exact where
        // numbers are far from 0 and vary little
        let origin = x.first().map_or(0.0, |x| x.to_f64());
        let differences = || x.iter().map(|x| x.to_f64() - origin);
        let mean = differences().sum::<f64>() / count;
        let variance = differences().fold(0.0, |sum, difference| sum + (difference - mean).powi(2)) / count;
        // numbers that differ in the last digit at most, as rounding makes of a constant, have no contrast
        let constant = variance <= (f64::EPSILON * origin).powi(2);
        let factor = if constant { 0.0 } else { 1.0 / (variance + self.epsilon).sqrt() };
        for (difference, y) in differences().zip(y) {
            *y = T::of((difference - mean) * factor);
        }
    }
}

impl<S: Shape> Keep for NormalizeContrast<S> {
    const KIND: &'static str = "normalize_contrast";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("epsilon", vec![self.epsilon]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        Self::new(vectors.take_number("epsilon")?)
    }
}
