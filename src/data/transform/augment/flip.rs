//! Mirrors images.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::augment::spatial::{Corners, Spatial};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Mirrors an image left to right, in training with probability ½ and never in evaluation.
///
/// Do not use it for images with a direction, such as letters and digits.
#[derive(Debug, Clone, Copy)]
pub struct Flip<S>(PhantomData<fn() -> S>);

/// The probability that an image is mirrored in training.
const CHANCE: f64 = 0.5;

impl<S: ImageShape> Flip<S> {
    /// Makes a flip.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S: ImageShape> Default for Flip<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the mirror image.
pub(crate) fn mirror<S: ImageShape, T: Scalar>(x: &[T], y: &mut [T]) {
    let row = S::WIDTH * S::CHANNELS;
    for (x, y) in x.chunks_exact(row).zip(y.chunks_exact_mut(row)) {
        for (x, y) in x.chunks_exact(S::CHANNELS).rev().zip(y.chunks_exact_mut(S::CHANNELS)) {
            y.copy_from_slice(x);
        }
    }
}

impl<S: ImageShape> Transform for Flip<S> {
    type In = S;
    type Out = S;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        y.copy_from_slice(x);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        if self.numbers(random) {
            mirror::<S, T>(x, y);
        } else {
            y.copy_from_slice(x);
        }
    }
}

impl<S: ImageShape> Spatial for Flip<S> {
    /// True if the image is mirrored.
    type Drawn = bool;

    fn fixed(&self) -> bool {
        false
    }

    fn numbers(&self, random: &mut Random) -> bool {
        random.chance(CHANCE)
    }

    fn source(&self, mirrored: &bool, [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        let last = (S::WIDTH - 1) as f64;
        Some([row, if *mirrored { last - column } else { column }])
    }

    fn destination(&self, mirrored: &bool, corners: Corners) -> Option<Corners> {
        let last = (S::WIDTH - 1) as f64;
        corners.moved::<S>(|[row, column]| [row, if *mirrored { last - column } else { column }])
    }
}

impl<S: ImageShape> Keep for Flip<S> {
    const KIND: &'static str = "flip";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("chance", vec![CHANCE]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        vectors.take_equal("chance", &[CHANCE])?;
        Ok(Self::new())
    }
}
