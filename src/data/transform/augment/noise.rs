//! Adds noise.

use std::marker::PhantomData;

use crate::core::Shape;
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::Result;
use crate::setting::at_least_zero;
use plywood_kernel::Scalar;

/// Adds a normally distributed number with mean 0 to each number. Evaluation sees the example unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Noise<S> {
    deviation: f64,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape> Noise<S> {
    /// Makes noise with the given standard deviation.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when it is negative, or not finite once it is rounded to `f32`.
    pub fn new(deviation: f64) -> Result<Self> {
        at_least_zero::<f32>("deviation", deviation)?;
        Ok(Self { deviation, shape: PhantomData })
    }
}

impl<S: Shape> Noise<S> {
    /// Takes from `random` what one example takes.
    #[expect(
        clippy::unused_self,
        reason = "called as that of transforms whose draws depend on their settings"
    )]
    pub(super) fn skip(&self, random: &mut Random) {
        for _ in 0..S::LEN {
            random.normal();
        }
    }
}

impl<S: Shape> Transform for Noise<S> {
    type In = S;
    type Out = S;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        y.copy_from_slice(x);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        for (x, y) in x.iter().zip(y) {
            *y = *x + T::of(self.deviation * random.normal());
        }
    }
}

impl<S: Shape> Keep for Noise<S> {
    const KIND: &'static str = "noise";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("deviation", vec![self.deviation]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        Self::new(vectors.take_number("deviation")?)
    }
}
