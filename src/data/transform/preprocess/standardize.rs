//! Standardizes each number or each channel to mean 0 and deviation 1.

use std::marker::PhantomData;

use crate::core::{ImageShape, Shape};
use crate::data::transform::preprocess::{Center, Keep, Transform, Vectors};
use crate::data::{Dataset, TrainingData};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Standardizes each number: yᵢ = (xᵢ − μᵢ) / σᵢ, with mean μᵢ and standard deviation σᵢ of number i over the training
/// data.
///
/// A number that never changes, such as a corner of MNIST's digits, has no deviation. It is divided by 1, which gives 0
/// on the training data, and at test the difference from its training value. Fitted to one example, it gives only zeros
/// for that example.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardize<S> {
    moments: Moments,
    shape: PhantomData<fn() -> S>,
}

/// Standardizes each channel: (x − μ\_c) / σ\_c, with mean and standard deviation of channel c over all pixels of the
/// training data. A channel that never changes is divided by 1.
#[derive(Debug, Clone, PartialEq)]
pub struct StandardizeChannels<S> {
    moments: Moments,
    shape: PhantomData<fn() -> S>,
}

/// The means and deviations of numbers at repeating positions.
#[derive(Debug, Clone, PartialEq)]
struct Moments {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Moments {
    /// Computes them for the numbers i, i + `len`, i + 2 `len`, ... of all examples, for each i.
    fn fit<D: Dataset>(data: &D, len: usize) -> Result<Self> {
        let (center, squares) = Center::with_squares(data, len)?;
        let mean = center.mean();
        let deviation = squares.iter().zip(&mean).map(|(squares, mean)| {
            let deviation = (squares / center.count).sqrt();
            // numbers that differ in the last digit at most, as rounding makes of a constant, have no deviation
            if deviation > f64::EPSILON * mean.abs() { deviation } else { 1.0 }
        });
        Ok(Self { deviation: deviation.collect(), mean })
    }

    /// Computes in `f64` until the result is rounded: a mean far from 0, rounded to `f32`, may be off by many
    /// deviations.
    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]) {
        let len = self.mean.len();
        for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
            let moments = self.mean.iter().zip(&self.deviation);
            for ((x, y), (&mean, &deviation)) in x.iter().zip(y).zip(moments) {
                *y = T::of((x.to_f64() - mean) / deviation);
            }
        }
    }

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("mean", self.mean.clone());
        vectors.put("deviation", self.deviation.clone());
    }

    fn take(vectors: &mut Vectors, len: usize) -> Result<Self> {
        let (mean, deviation) = (vectors.take("mean", len)?, vectors.take("deviation", len)?);
        match deviation.iter().find(|&&deviation| deviation <= 0.0) {
            Some(found) => Err(vectors.refuse("deviation", found, "numbers above 0")),
            None => Ok(Self { mean, deviation }),
        }
    }
}

macro_rules! standardize {
    ($name:ident, $bound:ident, $len:ident, $kind:literal) => {
        impl<S: $bound> $name<S> {
            /// Computes the means and deviations of the training data.
            ///
            /// # Errors
            /// [`Error::Data`](crate::Error::Data) when there are no examples, or a number is not finite.
            pub fn fit<D>(data: &D) -> Result<Self>
            where
                D: TrainingData,
                D::Data: Dataset<Example = S>,
            {
                Ok(Self { moments: Moments::fit(data.dataset(), S::$len)?, shape: PhantomData })
            }

            /// Returns the means.
            #[must_use]
            pub fn mean(&self) -> &[f64] {
                &self.moments.mean
            }

            /// Returns the divisors of the differences from the mean: standard deviations, or 1.
            #[must_use]
            pub fn deviation(&self) -> &[f64] {
                &self.moments.deviation
            }
        }

        impl<S: $bound> Transform for $name<S> {
            type In = S;
            type Out = S;

            fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
                self.moments.apply(x, y);
            }
        }

        impl<S: $bound> Keep for $name<S> {
            const KIND: &'static str = $kind;

            fn put(&self, vectors: &mut Vectors) {
                self.moments.put(vectors);
            }

            fn take(vectors: &mut Vectors) -> Result<Self> {
                Ok(Self { moments: Moments::take(vectors, S::$len)?, shape: PhantomData })
            }
        }
    };
}

standardize!(Standardize, Shape, LEN, "standardize");
standardize!(StandardizeChannels, ImageShape, CHANNELS, "standardize_channels");
