//! Cuts holes out of images.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Fills a square of the given number of pixels a side with one number. Its middle is any pixel, so that it may reach
/// over the border (`DeVries` and Taylor 2017). Evaluation sees the image unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Cutout<S> {
    side: usize,
    fill: f64,
    shape: PhantomData<fn() -> S>,
}

impl<S: ImageShape> Cutout<S> {
    /// Fills a square with zeros. `DeVries` and Taylor use 16 pixels for CIFAR-10, after the normalization.
    #[must_use]
    pub const fn new(side: usize) -> Self {
        Self { side, fill: 0.0, shape: PhantomData }
    }

    /// Fills the square with another number.
    #[must_use]
    pub const fn fill(self, fill: f64) -> Self {
        Self { fill, ..self }
    }

    /// Draws the range of pixels along one side that the square covers.
    fn span(&self, side: usize, random: &mut Random) -> [usize; 2] {
        let middle = random.below(side);
        let first = middle.saturating_sub(self.side / 2);
        // the part before the border is cut off
        let last = middle.saturating_add(self.side).saturating_sub(self.side / 2).min(side);
        [first, last]
    }
}

impl<S: ImageShape> Cutout<S> {
    /// Draws the ranges of rows and columns of the square.
    fn square(&self, random: &mut Random) -> [[usize; 2]; 2] {
        let rows = self.span(S::HEIGHT, random);
        [rows, self.span(S::WIDTH, random)]
    }

    /// Takes from `random` what one example takes.
    pub(super) fn skip(&self, random: &mut Random) {
        self.square(random);
    }
}

impl<S: ImageShape> Transform for Cutout<S> {
    type In = S;
    type Out = S;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        y.copy_from_slice(x);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        y.copy_from_slice(x);
        let [[top, bottom], [left, right]] = self.square(random);
        for row in y.chunks_exact_mut(S::WIDTH * S::CHANNELS).take(bottom).skip(top) {
            row[left * S::CHANNELS..right * S::CHANNELS].fill(T::of(self.fill));
        }
    }
}

impl<S: ImageShape> Keep for Cutout<S> {
    const KIND: &'static str = "cutout";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("side", vec![self.side as f64]);
        vectors.put("fill", vec![self.fill]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        Ok(Self::new(vectors.take_count("side")?).fill(vectors.take_number("fill")?))
    }
}
