//! Mean 0 and deviation 1, of each number or each channel.

use std::marker::PhantomData;

use super::{Keep, Transform, Vectors, each};
use crate::data::TrainingData;
use crate::{Dataset, ImageShape, Result, Scalar, Shape};

/// Per-pixel whitening: yᵢ = (xᵢ − μᵢ) / σᵢ, mean μᵢ and standard deviation σᵢ of number i over the training data.
///
/// A number that never changes, as the corners of MNIST's digits, has no deviation: it is divided by 1, which leaves 0,
/// and at test its difference from what it was. One example leaves only zeros of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardise<S> {
    moments: Moments,
    shape: PhantomData<fn() -> S>,
}

/// Per-channel whitening: (x − μ\_c) / σ\_c, mean and standard deviation of channel c over all pixels of the training data.
/// A channel that never changes is divided by 1.
#[derive(Debug, Clone, PartialEq)]
pub struct StandardiseChannels<S> {
    moments: Moments,
    shape: PhantomData<fn() -> S>,
}

/// Means and deviations of numbers that come round and round.
#[derive(Debug, Clone, PartialEq)]
struct Moments {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Moments {
    /// Of numbers i, i + `len`, i + 2 `len`, ... of all examples, for each i.
    fn fit<D: Dataset>(data: &D, len: usize) -> Result<Self> {
        let (mut mean, mut squares) = (vec![0.0; len], vec![0.0; len]);
        let mut count = 0.0;
        // one pass, without differences of large sums (Welford 1962)
        each(data, |x| {
            for x in x.chunks_exact(len) {
                count += 1.0;
                for ((mean, squares), x) in mean.iter_mut().zip(&mut squares).zip(x) {
                    let difference = x - *mean;
                    *mean += difference / count;
                    *squares += difference * (x - *mean);
                }
            }
        })?;
        let deviation = squares.iter().zip(&mean).map(|(squares, mean)| {
            let deviation = f64::sqrt(squares / count);
            // what rounding leaves of a constant is no deviation
            if deviation > 1e-12 * mean.abs() { deviation } else { 1.0 }
        });
        Ok(Self { deviation: deviation.collect(), mean })
    }

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T]) {
        let len = self.mean.len();
        for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
            let moments = self.mean.iter().zip(&self.deviation);
            for ((x, y), (&mean, &deviation)) in x.iter().zip(y).zip(moments) {
                *y = (*x - T::of(mean)) / T::of(deviation);
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

macro_rules! standardise {
    ($name:ident, $bound:ident, $len:ident, $kind:literal) => {
        impl<S: $bound> $name<S> {
            /// Means and deviations of the training data.
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

            /// The means.
            #[must_use]
            pub fn mean(&self) -> &[f64] {
                &self.moments.mean
            }

            /// What differences from the mean are divided by: standard deviations, or 1.
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

standardise!(Standardise, Shape, LEN, "standardise");
standardise!(StandardiseChannels, ImageShape, CHANNELS, "standardise_channels");
