//! Crops windows of any size and rescales them.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::augment::bilinear::sample;
use crate::data::transform::augment::crop::{same_channels, sides};
use crate::data::transform::augment::spatial::{Corners, Spatial};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Crops a window of any size and rescales it to `O` by bilinear interpolation (Szegedy et al. 2015, section 6).
///
/// In training the window covers a share of the image's area between the smallest share and 1. Its aspect ratio is that
/// of `O` times a factor between 3/4 and 4/3, with a uniform logarithm, and it lies anywhere. Where such a window does
/// not fit, its longer side is that of the image. In evaluation it is the largest window in the middle with the aspect
/// ratio of `O`.
///
/// Interpolation reads four pixels for each one that it writes, and does not smooth: if images are more than twice as
/// large as `O`, shrink them when loading.
#[derive(Debug, Clone, Copy)]
pub struct RescaleCrop<I, O> {
    smallest: f64,
    shapes: PhantomData<fn() -> (I, O)>,
}

/// The largest factor by which a window's aspect ratio is changed.
const ASPECT: f64 = 4.0 / 3.0;

impl<I: ImageShape, O: ImageShape> RescaleCrop<I, O> {
    const SAME_CHANNELS: () = same_channels::<I, O>("rescale");

    /// Crops windows of at least this share of the image's area; Szegedy et al. use 0.08.
    ///
    /// # Errors
    /// [`Error::Argument`] when `smallest` is not above 0 and at most 1.
    pub fn new(smallest: f64) -> Result<Self> {
        const { Self::SAME_CHANNELS }
        if smallest > 0.0 && smallest <= 1.0 {
            Ok(Self { smallest, shapes: PhantomData })
        } else {
            Err(Error::argument("smallest share of the area", smallest, "above 0 and at most 1"))
        }
    }

    /// Returns the height and width of a window with this area and aspect ratio (width by height), no side longer than
    /// the image's.
    fn window(area: f64, aspect: f64) -> [f64; 2] {
        let [height, width] = [(area / aspect).sqrt(), (area * aspect).sqrt()];
        let fit = (I::HEIGHT as f64 / height).min(I::WIDTH as f64 / width).min(1.0);
        [height * fit, width * fit]
    }

    fn largest(aspect: f64) -> [f64; 2] {
        Self::window((I::HEIGHT * I::WIDTH) as f64 * I::HEIGHT.max(I::WIDTH) as f64, aspect)
    }

    /// Returns the number of rows and of columns of the image for one of the window.
    fn steps([height, width]: [f64; 2]) -> [f64; 2] {
        [height / O::HEIGHT as f64, width / O::WIDTH as f64]
    }

    /// Returns the place in the image of output pixel i, whose middle is (i + ½) steps into the window. The image's
    /// outermost half pixels repeat.
    fn place(start: f64, step: f64, i: f64, side: usize) -> f64 {
        (start + (i + 0.5) * step - 0.5).clamp(0.0, (side - 1) as f64)
    }

    fn rescale<T: Scalar>(x: &[T], y: &mut [T], sides: [f64; 2], [top, left]: [f64; 2]) {
        let step = Self::steps(sides);
        for (row, line) in y.chunks_exact_mut(O::WIDTH * O::CHANNELS).enumerate() {
            let row = Self::place(top, step[0], row as f64, I::HEIGHT);
            for (column, pixel) in line.chunks_exact_mut(O::CHANNELS).enumerate() {
                let column = Self::place(left, step[1], column as f64, I::WIDTH);
                sample::<I, T>(x, [row, column], pixel);
            }
        }
    }
}

impl<I: ImageShape, O: ImageShape> Transform for RescaleCrop<I, O> {
    type In = I;
    type Out = O;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        let [sides, corner] = self.fixed();
        Self::rescale(x, y, sides, corner);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        let [sides, corner] = self.numbers(random);
        Self::rescale(x, y, sides, corner);
    }
}

impl<I: ImageShape, O: ImageShape> Spatial for RescaleCrop<I, O> {
    /// The window's height and width, and its upper left corner.
    type Drawn = [[f64; 2]; 2];

    fn fixed(&self) -> [[f64; 2]; 2] {
        let [height, width] = Self::largest(O::WIDTH as f64 / O::HEIGHT as f64);
        [[height, width], [(I::HEIGHT as f64 - height) / 2.0, (I::WIDTH as f64 - width) / 2.0]]
    }

    fn numbers(&self, random: &mut Random) -> [[f64; 2]; 2] {
        let area = (I::HEIGHT * I::WIDTH) as f64 * random.between(self.smallest, 1.0);
        let change = random.between(-ASPECT.ln(), ASPECT.ln()).exp();
        let [height, width] = Self::window(area, O::WIDTH as f64 / O::HEIGHT as f64 * change);
        let top = random.between(0.0, I::HEIGHT as f64 - height);
        [[height, width], [top, random.between(0.0, I::WIDTH as f64 - width)]]
    }

    fn source(&self, [sides, corner]: &[[f64; 2]; 2], [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        let [down, along] = Self::steps(*sides);
        let row = Self::place(corner[0], down, row, I::HEIGHT);
        Some([row, Self::place(corner[1], along, column, I::WIDTH)])
    }

    fn destination(&self, [sides, corner]: &[[f64; 2]; 2], corners: Corners) -> Option<Corners> {
        let [down, along] = Self::steps(*sides);
        let to = |place: f64, start: f64, step: f64| (place + 0.5 - start) / step - 0.5;
        corners.moved::<O>(|[row, column]| [to(row, corner[0], down), to(column, corner[1], along)])
    }
}

impl<I: ImageShape, O: ImageShape> Keep for RescaleCrop<I, O> {
    const KIND: &'static str = "rescale_crop";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("sides", sides::<O>());
        vectors.put("smallest", vec![self.smallest]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        vectors.take_equal("sides", &sides::<O>())?;
        Self::new(vectors.take_number("smallest")?)
    }
}
