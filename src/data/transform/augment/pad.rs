//! Pads images to a larger size.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::augment::crop::{fits, sides};
use crate::data::transform::augment::spatial::{Corners, Spatial, inside};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Puts an image of shape `I` into the middle of one of shape `O` and fills the rest with one number, which leaves room
/// for rotating and moving it. Training and evaluation see the same.
///
/// ```
/// use plywood::Image;
/// use plywood::augment::Pad;
/// use plywood::data::Transform;
///
/// let pad = Pad::<Image<1, 2, 1>, Image<3, 4, 1>>::new();
/// let middle = [[0.0], [1.0], [2.0], [0.0]];
/// assert_eq!(pad.of(&[[[1.0], [2.0]]]), [[[0.0]; 4], middle, [[0.0]; 4]]);
/// ```
///
/// If the number of rows or columns to fill is odd, there is one more after the image than before. An image that does
/// not fit is a compile error.
#[derive(Debug, Clone, Copy)]
pub struct Pad<I, O> {
    fill: f64,
    shapes: PhantomData<fn() -> (I, O)>,
}

impl<I: ImageShape, O: ImageShape> Pad<I, O> {
    const FITS: () = fits::<I, O>("pad: an image of ", " in one of ");
    /// The first row and column of the image.
    const CORNER: [usize; 2] = {
        let () = Self::FITS;
        [(O::HEIGHT - I::HEIGHT) / 2, (O::WIDTH - I::WIDTH) / 2]
    };

    /// Pads with zeros.
    #[must_use]
    pub const fn new() -> Self {
        const { Self::FITS }
        Self { fill: 0.0, shapes: PhantomData }
    }

    /// Pads with another number.
    #[must_use]
    pub const fn fill(self, fill: f64) -> Self {
        Self { fill, ..self }
    }
}

impl<I: ImageShape, O: ImageShape> Default for Pad<I, O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: ImageShape, O: ImageShape> Transform for Pad<I, O> {
    type In = I;
    type Out = O;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        let [top, left] = Self::CORNER;
        y.fill(T::of(self.fill));
        let lines = y.chunks_exact_mut(O::WIDTH * O::CHANNELS).skip(top);
        for (y, x) in lines.zip(x.chunks_exact(I::WIDTH * I::CHANNELS)) {
            y[left * O::CHANNELS..][..x.len()].copy_from_slice(x);
        }
    }
}

impl<I: ImageShape, O: ImageShape> Spatial for Pad<I, O> {
    type Drawn = ();

    fn fixed(&self) {}

    fn numbers(&self, _: &mut Random) {}

    fn source(&self, (): &(), [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        let [top, left] = Self::CORNER;
        inside::<I>([row - top as f64, column - left as f64])
    }

    fn destination(&self, (): &(), corners: Corners) -> Option<Corners> {
        let [top, left] = Self::CORNER;
        corners.moved::<O>(|[row, column]| [row + top as f64, column + left as f64])
    }
}

impl<I: ImageShape, O: ImageShape> Keep for Pad<I, O> {
    const KIND: &'static str = "pad";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("sides", sides::<O>());
        vectors.put("fill", vec![self.fill]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        vectors.take_equal("sides", &sides::<O>())?;
        Ok(Self::new().fill(vectors.take_number("fill")?))
    }
}
