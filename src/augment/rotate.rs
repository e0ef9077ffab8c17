//! Turned images.

use std::marker::PhantomData;

use super::bilinear::sample;
use crate::data::{Random, Transform};
use crate::{Error, ImageShape, Result, Scalar};

/// Turns an image by an angle of up to so many degrees either way and takes of it the largest window in the middle with
/// the aspect of `O` that lies wholly inside, rescaled to `O` by bilinear interpolation: no pixel that is not in the image
/// is ever made up.
///
/// The window's outermost pixels have their middles at ±a and ±b of the image's middle, its size so far unknown; turned by
/// θ, its corners reach a |cos θ| + b |sin θ| down and a |sin θ| + b |cos θ| to the side, and the largest window is that
/// whose corners just reach the outermost pixels. So a square turned by 10° is magnified by cos θ + |sin θ| = 1.16.
#[derive(Debug, Clone, Copy)]
pub struct Rotate<I, O = I> {
    radians: f64,
    shapes: PhantomData<fn() -> (I, O)>,
}

impl<I: ImageShape, O: ImageShape> Rotate<I, O> {
    const SAME_CHANNELS: () =
        assert!(I::CHANNELS == O::CHANNELS, "rotate: input and output must have the same channels");

    /// Up to so many degrees either way.
    ///
    /// # Errors
    /// [`Error::Argument`] when it is not from 0 to 180.
    pub fn new(degrees: f64) -> Result<Self> {
        const { Self::SAME_CHANNELS }
        if (0.0..=180.0).contains(&degrees) {
            Ok(Self { radians: degrees.to_radians(), shapes: PhantomData })
        } else {
            Err(Error::argument("degrees", degrees, "0 to 180"))
        }
    }

    fn turn<T: Scalar>(x: &[T], y: &mut [T], angle: f64) {
        let (sin, cos) = angle.sin_cos();
        // from the middle to the middles of the outermost pixels
        let half = |side: usize| (side - 1) as f64 / 2.0;
        let (image, window) = ([half(I::HEIGHT), half(I::WIDTH)], [half(O::HEIGHT), half(O::WIDTH)]);
        let reach =
            [window[0] * cos.abs() + window[1] * sin.abs(), window[0] * sin.abs() + window[1] * cos.abs()];
        // pixels of the image to a pixel of the window; a window of one pixel reaches nowhere and has no scale
        let fit = |side: usize| if reach[side] > 0.0 { image[side] / reach[side] } else { f64::INFINITY };
        let scale = fit(0).min(fit(1));
        let scale = if scale.is_finite() { scale } else { 0.0 };
        for (row, line) in y.chunks_exact_mut(O::WIDTH * O::CHANNELS).enumerate() {
            let down = scale * (row as f64 - window[0]);
            for (column, pixel) in line.chunks_exact_mut(O::CHANNELS).enumerate() {
                let along = scale * (column as f64 - window[1]);
                let place = [image[0] + down * cos - along * sin, image[1] + down * sin + along * cos];
                sample::<I, T>(x, place, pixel);
            }
        }
    }
}

impl<I: ImageShape, O: ImageShape> Transform for Rotate<I, O> {
    type In = I;
    type Out = O;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        Self::turn(x, y, 0.0);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        Self::turn(x, y, random.between(-self.radians, self.radians));
    }
}
