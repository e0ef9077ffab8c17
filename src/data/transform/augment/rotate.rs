//! Rotates images.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::augment::bilinear::sample;
use crate::data::transform::augment::crop::{same_channels, sides};
use crate::data::transform::augment::spatial::{Corners, Spatial};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Rotates an image by an angle of up to the given number of degrees either way. It takes the largest window in the
/// middle with the aspect ratio of `O` that lies wholly inside the rotated image, and rescales it to `O` by bilinear
/// interpolation: no pixel outside the image is ever made up.
///
/// The middles of the window's outermost pixels are ±a and ±b from the image's middle, up to the window's scale.
/// Rotated by θ, its corners reach a |cos θ| + b |sin θ| down and a |sin θ| + b |cos θ| to the side; the corners of the
/// largest window just reach the outermost pixels. So a square rotated by 10° is magnified by cos θ + |sin θ| = 1.16.
///
/// Evaluation does not magnify. Where size distinguishes classes, or the network is small,
/// [`same_size`](Self::same_size) keeps the size in training the same as in evaluation:
///
/// ```
/// use plywood::Image;
/// use plywood::augment::{Crop, Pad, Rotate};
/// use plywood::data::Transform;
///
/// type Digit = Image<28, 28, 1>;
/// type Window = Image<32, 32, 1>;
/// let turn = Rotate::<Image<40, 40, 1>, Window>::new(15.0)?.same_size()?;
/// // turned about its middle, then moved by up to two pixels
/// let pipeline = Pad::<Digit, _>::new().then(turn).then(Crop::<_, Digit>::new());
/// let digit = [[[0.5]; 28]; 28];
/// assert_eq!(pipeline.of(&digit), digit);
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Rotate<I, O = I> {
    radians: f64,
    same_size: bool,
    shapes: PhantomData<fn() -> (I, O)>,
}

/// The tolerated overhang of a window over the image, far below what interpolation can resolve.
const ROUNDING: f64 = 1e-9;

/// Returns the distance from the middle of a side to the middle of its last pixel.
const fn half(side: usize) -> f64 {
    (side - 1) as f64 / 2.0
}

impl<I: ImageShape, O: ImageShape> Rotate<I, O> {
    const SAME_CHANNELS: () = same_channels::<I, O>("rotate");

    /// The distances from the image's middle to the middles of its outermost pixels, down and to the side.
    const IMAGE: [f64; 2] = [half(I::HEIGHT), half(I::WIDTH)];
    /// The same distances of the window, in its own pixels.
    const WINDOW: [f64; 2] = [half(O::HEIGHT), half(O::WIDTH)];

    /// Rotates by up to the given number of degrees either way.
    ///
    /// # Errors
    /// [`Error::Argument`] when `degrees` is not from 0 to 180.
    pub fn new(degrees: f64) -> Result<Self> {
        const { Self::SAME_CHANNELS }
        if (0.0..=180.0).contains(&degrees) {
            Ok(Self { radians: degrees.to_radians(), same_size: false, shapes: PhantomData })
        } else {
            Err(Error::argument("degrees", degrees, "0 to 180"))
        }
    }

    /// Crops a window of `O`'s size in the image's own pixels, whatever the angle.
    ///
    /// # Errors
    /// [`Error::Argument`] when that window does not lie inside the image at every angle in range.
    pub fn same_size(self) -> Result<Self> {
        let [a, b] = Self::WINDOW;
        // a cos θ + b sin θ rises until tan θ = b / a
        let reach = |a: f64, b: f64| {
            let (sin, cos) = self.radians.min(b.atan2(a)).sin_cos();
            a * cos + b * sin
        };
        let fits = |reach: f64, half: f64| reach <= half + ROUNDING;
        if fits(reach(a, b), Self::IMAGE[0]) && fits(reach(b, a), Self::IMAGE[1]) {
            Ok(Self { same_size: true, ..self })
        } else {
            let expected = format!(
                "so few that a window of {}×{} turned by them lies inside an image of {}×{}",
                O::HEIGHT,
                O::WIDTH,
                I::HEIGHT,
                I::WIDTH
            );
            Err(Error::argument("degrees", self.radians.to_degrees().round(), expected))
        }
    }

    /// Returns the number of image pixels per window pixel, from an angle's sine and cosine.
    fn scale(&self, sin: f64, cos: f64) -> f64 {
        if self.same_size {
            return 1.0;
        }
        let [a, b] = Self::WINDOW;
        let reach = [a * cos.abs() + b * sin.abs(), a * sin.abs() + b * cos.abs()];
        // a window of one pixel has no extent and no scale
        let fit =
            |side: usize| if reach[side] > 0.0 { Self::IMAGE[side] / reach[side] } else { f64::INFINITY };
        let scale = fit(0).min(fit(1));
        if scale.is_finite() { scale } else { 0.0 }
    }

    /// Returns the place in the image at a distance from its middle, turned by an angle.
    fn turned([down, along]: [f64; 2], [sin, cos]: [f64; 2]) -> [f64; 2] {
        [Self::IMAGE[0] + down * cos - along * sin, Self::IMAGE[1] + down * sin + along * cos]
    }

    fn turn<T: Scalar>(&self, x: &[T], y: &mut [T], angle: f64) {
        let (sin, cos) = angle.sin_cos();
        let scale = self.scale(sin, cos);
        let window = Self::WINDOW;
        for (row, line) in y.chunks_exact_mut(O::WIDTH * O::CHANNELS).enumerate() {
            let down = scale * (row as f64 - window[0]);
            for (column, pixel) in line.chunks_exact_mut(O::CHANNELS).enumerate() {
                let along = scale * (column as f64 - window[1]);
                sample::<I, T>(x, Self::turned([down, along], [sin, cos]), pixel);
            }
        }
    }
}

impl<I: ImageShape, O: ImageShape> Transform for Rotate<I, O> {
    type In = I;
    type Out = O;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        self.turn(x, y, self.fixed());
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        self.turn(x, y, self.numbers(random));
    }
}

impl<I: ImageShape, O: ImageShape> Spatial for Rotate<I, O> {
    /// The angle in radians.
    type Drawn = f64;

    fn fixed(&self) -> f64 {
        0.0
    }

    fn numbers(&self, random: &mut Random) -> f64 {
        random.between(-self.radians, self.radians)
    }

    fn source(&self, angle: &f64, [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        let (sin, cos) = angle.sin_cos();
        let scale = self.scale(sin, cos);
        let [down, along] = [scale * (row - Self::WINDOW[0]), scale * (column - Self::WINDOW[1])];
        Some(Self::turned([down, along], [sin, cos]))
    }

    fn destination(&self, angle: &f64, corners: Corners) -> Option<Corners> {
        let (sin, cos) = angle.sin_cos();
        let scale = self.scale(sin, cos);
        corners.moved::<O>(|[row, column]| {
            let [down, along] = [row - Self::IMAGE[0], column - Self::IMAGE[1]];
            let [down, along] = [down * cos + along * sin, along * cos - down * sin];
            [Self::WINDOW[0] + down / scale, Self::WINDOW[1] + along / scale]
        })
    }
}

impl<I: ImageShape, O: ImageShape> Keep for Rotate<I, O> {
    const KIND: &'static str = "rotate";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("sides", sides::<O>());
        vectors.put("radians", vec![self.radians]);
        vectors.put("same_size", vec![f64::from(u8::from(self.same_size))]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        vectors.take_equal("sides", &sides::<O>())?;
        let radians = vectors.take_number("radians")?;
        // degrees are only checked: converting them back would change them
        let rotate = Self { radians, ..Self::new(radians.to_degrees())? };
        if vectors.take_count("same_size")? == 0 { Ok(rotate) } else { rotate.same_size() }
    }
}
