//! Gives all parts of an image the same contrast.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::preprocess::{Keep, Transform, Vectors};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Normalizes contrast locally (Jarrett et al. 2009, section 2): divides each pixel's difference from its neighborhood
/// by the neighborhood's deviation where that is above average.
///
/// v = x − Σ w x and y = v / max(c, s) with s = √(Σ w v²). The sums run over the surrounding pixels and over all
/// channels, with Gaussian weights w that add up to 1; c is the mean of s over the image. The Gaussian ends at three
/// deviations and is applied separably. Pixels beyond the border are reflected in it, with the outermost pixels
/// repeated.
///
/// An image of a single gray becomes zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalizeLocally<S> {
    deviation: f64,
    /// The weights, from the middle outward.
    weights: Vec<f64>,
    shape: PhantomData<fn() -> S>,
}

impl<S: ImageShape> NormalizeLocally<S> {
    /// Normalizes in neighborhoods of a Gaussian with this standard deviation, in pixels. Jarrett et al. use windows of
    /// 9 × 9.
    ///
    /// # Errors
    /// [`Error::Argument`] when the deviation is not above 0 and at most 100.
    #[expect(clippy::cast_sign_loss, reason = "above 0")]
    pub fn new(deviation: f64) -> Result<Self> {
        /// The largest deviation: beyond it, the neighborhood is the whole image.
        const MOST: f64 = 100.0;

        if !(deviation > 0.0 && deviation <= MOST) {
            return Err(Error::argument(
                "deviation",
                deviation,
                format!("above 0 and at most {MOST} pixels"),
            ));
        }
        let reach = (3.0 * deviation).ceil() as usize;
        let bell: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / deviation).powi(2)).exp()).collect();
        let sum = bell[0] + 2.0 * bell[1..].iter().sum::<f64>();
        let weights = bell.into_iter().map(|weight| weight / sum).collect();
        Ok(Self { deviation, weights, shape: PhantomData })
    }

    /// Writes the weighted sums of a line of `side` numbers, `stride` apart, to `y` with the same stride.
    fn blur_line<T: Scalar>(&self, x: &[T], y: &mut [T], side: usize, stride: usize) {
        for middle in 0..side {
            let at = |offset: isize| x[reflected(middle.cast_signed() + offset, side) * stride];
            let mut sum = T::of(self.weights[0]) * at(0);
            for (i, &weight) in self.weights.iter().enumerate().skip(1) {
                sum += T::of(weight) * (at(-i.cast_signed()) + at(i.cast_signed()));
            }
            y[middle * stride] = sum;
        }
    }

    /// Computes the weighted sums around each pixel of a plane.
    fn blur<T: Scalar>(&self, plane: &mut [T], between: &mut [T]) {
        for (x, y) in plane.chunks_exact(S::WIDTH).zip(between.chunks_exact_mut(S::WIDTH)) {
            self.blur_line(x, y, S::WIDTH, 1);
        }
        for column in 0..S::WIDTH {
            self.blur_line(&between[column..], &mut plane[column..], S::HEIGHT, S::WIDTH);
        }
    }
}

/// Reflects a place beyond the border, with the outermost pixel repeated: 2 1 0 | 0 1 2 ...
fn reflected(place: isize, side: usize) -> usize {
    let side = side.cast_signed();
    let place = place.rem_euclid(2 * side);
    (if place < side { place } else { 2 * side - 1 - place }).cast_unsigned()
}

impl<S: ImageShape> Transform for NormalizeLocally<S> {
    type In = S;
    type Out = S;

    /// The size of a plane, and of another to blur it in.
    const SCRATCH: usize = 2 * S::HEIGHT * S::WIDTH;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]) {
        let (plane, between) = scratch.split_at_mut(S::HEIGHT * S::WIDTH);
        let channels = T::of(S::CHANNELS as f64);
        // v does not change when a number is subtracted from all x; differences are precise where x is far from 0 and
        // varies little
        let origin = x.first().copied().unwrap_or(T::ZERO);
        let average = |pixel: &[T], square: bool| {
            let sum = pixel.iter().fold(T::ZERO, |sum, &x| sum + if square { x * x } else { x });
            sum / channels
        };
        for (x, y) in x.iter().zip(&mut *y) {
            *y = *x - origin;
        }
        for (plane, pixel) in plane.iter_mut().zip(y.chunks_exact(S::CHANNELS)) {
            *plane = average(pixel, false);
        }
        self.blur(plane, between);
        for (y, plane) in y.chunks_exact_mut(S::CHANNELS).zip(plane.iter_mut()) {
            for y in &mut *y {
                *y -= *plane;
            }
            *plane = average(y, true);
        }
        self.blur(plane, between);
        let mut sum = T::ZERO;
        for deviation in &mut *plane {
            *deviation = deviation.sqrt();
            sum += *deviation;
        }
        let least = sum / T::of((S::HEIGHT * S::WIDTH) as f64);
        // rounding errors of a single color are not contrast
        let size = x.iter().fold(T::ZERO, |most, &x| most.max((x - origin).abs()));
        let terms = T::of(2.0 * self.weights.len() as f64 + 8.0);
        let constant = least <= terms * T::EPSILON * size;
        for (y, deviation) in y.chunks_exact_mut(S::CHANNELS).zip(&*plane) {
            let factor = if constant { T::ZERO } else { T::ONE / deviation.max(least) };
            for y in y {
                *y *= factor;
            }
        }
    }
}

impl<S: ImageShape> Keep for NormalizeLocally<S> {
    const KIND: &'static str = "normalize_locally";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("deviation", vec![self.deviation]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        Self::new(vectors.take_number("deviation")?)
    }
}
