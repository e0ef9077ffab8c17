//! Crops windows from larger images.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::core::message::Message;
use crate::data::transform::augment::spatial::{Corners, Spatial};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Crops a window of shape `O` from an image of shape `I`: anywhere in training, from the middle in evaluation.
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
#[derive(Debug, Clone, Copy)]
pub struct Crop<I, O>(PhantomData<fn() -> (I, O)>);

impl<I: ImageShape, O: ImageShape> Crop<I, O> {
    const FITS: () = fits::<O, I>("crop: a window of ", " in an image of ");
    /// The number of rows and columns that the window can move by.
    const ROOM: [usize; 2] = {
        let () = Self::FITS;
        [I::HEIGHT - O::HEIGHT, I::WIDTH - O::WIDTH]
    };

    /// Makes a crop.
    #[must_use]
    pub const fn new() -> Self {
        const { Self::FITS }
        Self(PhantomData)
    }
}

impl<I: ImageShape, O: ImageShape> Default for Crop<I, O> {
    fn default() -> Self {
        Self::new()
    }
}

/// Fails to compile where two images differ in their number of channels.
#[track_caller]
pub(crate) const fn same_channels<I: ImageShape, O: ImageShape>(transform: &str) {
    if I::CHANNELS != O::CHANNELS {
        let message = Message::new().text(transform).text(": from ").dims(I::DIMS).text(" to ").dims(O::DIMS);
        let message = message.text("\nnote: both have the same channels");
        panic!("{}", message.as_str());
    }
}

/// Fails to compile where the smaller image does not fit into the larger one, or has other channels. The error message
/// puts each text before the size of its image.
#[track_caller]
pub(crate) const fn fits<Small: ImageShape, Large: ImageShape>(small: &str, large: &str) {
    let inside = Small::HEIGHT <= Large::HEIGHT && Small::WIDTH <= Large::WIDTH;
    if !inside || Small::CHANNELS != Large::CHANNELS {
        let message = Message::new().text(small).dims(Small::DIMS).text(large).dims(Large::DIMS);
        let message = message.text(if inside {
            "\nnote: both have the same channels"
        } else {
            "\nnote: it is no higher and no wider"
        });
        panic!("{}", message.as_str());
    }
}

/// Copies the window of shape `O` with the given first row and column.
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
        window::<I, O, T>(x, y, self.fixed());
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        window::<I, O, T>(x, y, self.numbers(random));
    }
}

impl<I: ImageShape, O: ImageShape> Spatial for Crop<I, O> {
    /// The window's first row and column.
    type Drawn = [usize; 2];

    fn fixed(&self) -> [usize; 2] {
        Self::ROOM.map(|room| room / 2)
    }

    fn numbers(&self, random: &mut Random) -> [usize; 2] {
        Self::ROOM.map(|room| random.below(room + 1))
    }

    fn source(&self, [top, left]: &[usize; 2], [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        Some([row + *top as f64, column + *left as f64])
    }

    fn destination(&self, [top, left]: &[usize; 2], corners: Corners) -> Option<Corners> {
        corners.moved::<O>(|[row, column]| [row - *top as f64, column - *left as f64])
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

/// Returns an image's height and width in the form in which they are kept.
pub(crate) fn sides<S: ImageShape>() -> Vec<f64> {
    vec![S::HEIGHT as f64, S::WIDTH as f64]
}
