//! Scales and shifts all numbers alike.

use std::marker::PhantomData;

use crate::core::Shape;
use crate::data::transform::preprocess::{Keep, Transform, Vectors, each};
use crate::data::{Dataset, TrainingData};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Computes y = a x + b with one a and one b for all numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling<S> {
    factor: f64,
    shift: f64,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape> Scaling<S> {
    /// Scales by the factor a and shifts by b.
    ///
    /// # Errors
    /// [`Error::Argument`] when, rounded to `f32`, one is not finite or the factor is 0.
    pub fn new(factor: f64, shift: f64) -> Result<Self> {
        let rounded = factor as f32;
        if !rounded.is_finite() || rounded == 0.0 {
            return Err(Error::argument("factor", format!("{factor:?}"), "a finite f32 other than 0"));
        }
        if !(shift as f32).is_finite() {
            return Err(Error::argument("shift", format!("{shift:?}"), "a finite f32"));
        }
        Ok(Self { factor, shift, shape: PhantomData })
    }

    /// Scales the training data so that it lies between `low`, its smallest number, and `high`, its largest. Data whose
    /// numbers are all equal becomes `low`.
    ///
    /// # Errors
    /// [`Error::Argument`] unless `low` is less than `high` and both are finite; [`Error::Data`] when there are no
    /// examples, or a number is not finite.
    pub fn fit<D>(data: &D, low: f64, high: f64) -> Result<Self>
    where
        D: TrainingData,
        D::Data: Dataset<Example = S>,
    {
        if !(low < high && (high - low).is_finite()) {
            return Err(Error::argument(
                "range",
                format!("{low} to {high}"),
                "a smaller and a larger number",
            ));
        }
        let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        each(data.dataset(), |x| {
            for &x in x {
                (smallest, largest) = (smallest.min(x), largest.max(x));
            }
        })?;
        let factor = if largest > smallest { (high - low) / (largest - smallest) } else { 1.0 };
        Self::new(factor, low - factor * smallest)
    }
}

impl<S: Shape> Transform for Scaling<S> {
    type In = S;
    type Out = S;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        // in f64: where the data is far from 0 and varies little, the two terms are large and nearly cancel
        for (x, y) in x.iter().zip(y) {
            *y = T::of(self.factor * x.to_f64() + self.shift);
        }
    }
}

impl<S: Shape> Keep for Scaling<S> {
    const KIND: &'static str = "scaling";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("factor", vec![self.factor]);
        vectors.put("shift", vec![self.shift]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        Self::new(vectors.take_number("factor")?, vectors.take_number("shift")?)
    }
}
