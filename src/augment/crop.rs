//! Windows of larger images.

use std::marker::PhantomData;

use crate::data::{Random, Transform};
use crate::preprocess::{Keep, Vectors};
use crate::{ImageShape, Result, Scalar};

/// A window of shape `O` of an image of shape `I`: anywhere in training, in the middle in evaluation.
///
/// ```
/// use plywood::Image;
/// use plywood::augment::Crop;
/// use plywood::data::Transform;
///
/// let crop = Crop::<Image<3, 3, 1>, Image<1, 2, 1>>::new();
/// let x = [[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]]];
/// assert_eq!(crop.of(&x), [[[4.0], [5.0]]]);
/// ```
///
/// A window larger than the image is a compile error:
///
/// ```compile_fail,E0080
/// # use plywood::Image;
/// # use plywood::augment::Crop;
/// let crop = Crop::<Image<3, 3, 1>, Image<4, 2, 1>>::new();
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Crop<I, O>(PhantomData<fn() -> (I, O)>);

impl<I: ImageShape, O: ImageShape> Crop<I, O> {
    /// Rows and columns that the window can be moved by.
    const ROOM: [usize; 2] = {
        assert!(
            O::HEIGHT <= I::HEIGHT && O::WIDTH <= I::WIDTH && O::CHANNELS == I::CHANNELS,
            "crop: the window must fit into the image and have its channels"
        );
        [I::HEIGHT - O::HEIGHT, I::WIDTH - O::WIDTH]
    };

    /// A crop.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(Self::ROOM[0] <= I::HEIGHT) }
        Self(PhantomData)
    }
}

/// The window of shape `O` whose first row and column are given.
pub(crate) fn window<I: ImageShape, O: ImageShape, T: Scalar>(x: &[T], y: &mut [T], [top, left]: [usize; 2]) {
    let (from, to) = (I::WIDTH * I::CHANNELS, O::WIDTH * O::CHANNELS);
    for (row, y) in y.chunks_exact_mut(to).enumerate() {
        y.copy_from_slice(&x[(top + row) * from + left * I::CHANNELS..][..to]);
    }
}

impl<I: ImageShape, O: ImageShape> Transform for Crop<I, O> {
    type In = I;
    type Out = O;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        window::<I, O, T>(x, y, Self::ROOM.map(|room| room / 2));
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        window::<I, O, T>(x, y, Self::ROOM.map(|room| random.below(room + 1)));
    }
}

impl<I: ImageShape, O: ImageShape> Keep for Crop<I, O> {
    const KIND: &'static str = "crop";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("window", sides::<O>());
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        vectors.take_equal("window", &sides::<O>())?;
        Ok(Self::new())
    }
}

/// An image's height and width, as they are kept.
pub(super) fn sides<S: ImageShape>() -> Vec<f64> {
    vec![S::HEIGHT as f64, S::WIDTH as f64]
}
