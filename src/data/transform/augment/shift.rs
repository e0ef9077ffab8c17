//! Crops padded images at random.

use std::marker::PhantomData;

use crate::core::ImageShape;
use crate::data::transform::augment::crop::window;
use crate::data::transform::augment::spatial::{Corners, Spatial, inside};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::Result;
use plywood_kernel::Scalar;

/// Moves an image by up to the given number of pixels in each direction and fills the gap with one number: a random
/// crop of the padded image, as He et al. (2015, section 4.2) train on CIFAR-10 with 4 pixels.
///
/// ```
/// use plywood::Image;
/// use plywood::augment::Shift;
/// use plywood::data::Transform;
///
/// let shift = Shift::<Image<32, 32, 3>>::new(4);
/// let image = [[[0.5; 3]; 32]; 32];
/// assert_eq!(shift.of(&image), image);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Shift<S> {
    pixels: usize,
    fill: f64,
    shape: PhantomData<fn() -> S>,
}

impl<S: ImageShape> Shift<S> {
    /// Moves by up to the given number of pixels, filled with zeros. An image that moves by more than a side is all
    /// fill.
    #[must_use]
    pub const fn new(pixels: usize) -> Self {
        Self { pixels, fill: 0.0, shape: PhantomData }
    }

    /// Fills the gap with another number.
    #[must_use]
    pub const fn fill(self, fill: f64) -> Self {
        Self { fill, ..self }
    }

    /// Returns the rows and columns that the content moves up and to the left.
    fn moves(&self, drawn: [usize; 2]) -> [f64; 2] {
        drawn.map(|drawn| {
            if drawn >= self.pixels { (drawn - self.pixels) as f64 } else { -((self.pixels - drawn) as f64) }
        })
    }

    /// Returns the overlap along one side: (first pixel read, first pixel written, number of pixels).
    fn span(&self, side: usize, drawn: usize) -> [usize; 3] {
        let (from, to) = (drawn.saturating_sub(self.pixels), self.pixels.saturating_sub(drawn));
        let (from, to) = (from.min(side), to.min(side));
        [from, to, side.saturating_sub(from + to)]
    }
}

impl<S: ImageShape> Transform for Shift<S> {
    type In = S;
    type Out = S;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
        window::<S, S, T>(x, y, [0, 0]);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
        let [down, along] = self.numbers(random);
        let [from, to, rows] = self.span(S::HEIGHT, down);
        let [left, right, columns] = self.span(S::WIDTH, along);
        y.fill(T::of(self.fill));
        for row in 0..rows {
            let x = &x[((from + row) * S::WIDTH + left) * S::CHANNELS..];
            let y = &mut y[((to + row) * S::WIDTH + right) * S::CHANNELS..];
            y[..columns * S::CHANNELS].copy_from_slice(&x[..columns * S::CHANNELS]);
        }
    }
}

impl<S: ImageShape> Spatial for Shift<S> {
    /// The rows and columns that the content moves up and to the left, plus those that it may move.
    type Drawn = [usize; 2];

    fn fixed(&self) -> [usize; 2] {
        [self.pixels; 2]
    }

    fn numbers(&self, random: &mut Random) -> [usize; 2] {
        let places = self.pixels.saturating_mul(2).saturating_add(1);
        let down = random.below(places);
        [down, random.below(places)]
    }

    fn source(&self, drawn: &[usize; 2], [row, column]: [f64; 2]) -> Option<[f64; 2]> {
        let [up, left] = self.moves(*drawn);
        inside::<S>([row + up, column + left])
    }

    fn destination(&self, drawn: &[usize; 2], corners: Corners) -> Option<Corners> {
        let [up, left] = self.moves(*drawn);
        corners.moved::<S>(|[row, column]| [row - up, column - left])
    }
}

impl<S: ImageShape> Keep for Shift<S> {
    const KIND: &'static str = "shift";

    fn put(&self, vectors: &mut Vectors) {
        vectors.put("pixels", vec![self.pixels as f64]);
        vectors.put("fill", vec![self.fill]);
    }

    fn take(vectors: &mut Vectors) -> Result<Self> {
        Ok(Self::new(vectors.take_count("pixels")?).fill(vectors.take_number("fill")?))
    }
}
