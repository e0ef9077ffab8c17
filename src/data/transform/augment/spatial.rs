//! Moves the targets of images together with them: masks and boxes.

use crate::core::{Image, ImageShape, Precedes};
use crate::data::transform::augment::{Brightness, Contrast, Cutout, Noise, Saturation};
use crate::data::transform::preprocess::{
    NormalizeContrast, NormalizeLocally, Scaling, Standardize, StandardizeChannels, Zca,
};
use crate::data::{Dataset, Random, TargetScale, Transform, Transformed};
use crate::error::Error;
use crate::loss::IGNORED;
use plywood_kernel::Scalar;

/// A transform of images that says where each pixel of its output comes from.
///
/// Targets that lie in the image, [masks](FollowsImage) and [`Corners`] of boxes, can therefore be moved with it: see
/// [`WithTargets`]. All augmentations but `Mixup` implement it, and preprocessing that keeps the shape of an image.
///
/// Places are rows and columns. Whole numbers are the middles of pixels.
pub trait Spatial: Transform<In: ImageShape, Out: ImageShape> {
    /// The random numbers that one example is changed by.
    type Drawn;

    /// Returns the numbers of [`apply`](Transform::apply), which changes nothing at random.
    fn fixed(&self) -> Self::Drawn;

    /// Draws the numbers of [`draw`](Transform::draw). It takes as many from `random` as that does.
    fn numbers(&self, random: &mut Random) -> Self::Drawn;

    /// Returns the place in the input from which the output takes its content at a place, or `None` outside of the input.
    fn source(&self, drawn: &Self::Drawn, place: [f64; 2]) -> Option<[f64; 2]>;

    /// Returns the smallest upright box around a box of the input, clipped to the output, or `None`
    /// if nothing of that is left.
    fn destination(&self, drawn: &Self::Drawn, corners: Corners) -> Option<Corners>;
}

/// Returns a place if it lies in a pixel of an image of shape `S`.
pub(super) fn inside<S: ImageShape>(place: [f64; 2]) -> Option<[f64; 2]> {
    let within = |place: f64, side: usize| (-0.5..side as f64 - 0.5).contains(&place);
    (within(place[0], S::HEIGHT) && within(place[1], S::WIDTH)).then_some(place)
}

/// A box with sides along the rows and columns of an image, given by its edges in pixels: the image itself is 0, 0, H, W.
///
/// ```
/// use plywood::Image;
/// use plywood::augment::{Corners, Crop, Spatial};
///
/// let crop = Crop::<Image<4, 4, 1>, Image<2, 2, 1>>::new();
/// let corners = Corners { top: 0.0, left: 1.5, bottom: 2.0, right: 4.0 };
/// // the window is the middle: rows 1 to 3, columns 1 to 3
/// let moved = crop.destination(&crop.fixed(), corners);
/// assert_eq!(moved, Some(Corners { top: 0.0, left: 0.5, bottom: 1.0, right: 2.0 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corners {
    /// The upper edge.
    pub top: f32,
    /// The left edge.
    pub left: f32,
    /// The lower edge.
    pub bottom: f32,
    /// The right edge.
    pub right: f32,
}

impl Corners {
    /// Returns the smallest box around the moved corners that lies in an image of shape `S`, or `None` if that has no
    /// area. `moved` maps a place of the input to one of the output.
    pub(super) fn moved<S: ImageShape>(self, moved: impl Fn([f64; 2]) -> [f64; 2]) -> Option<Self> {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for row in [self.top, self.bottom] {
            for column in [self.left, self.right] {
                // an edge lies half a pixel before the middle of the next pixel
                let place = moved([row, column].map(|edge| f64::from(edge) - 0.5)).map(|place| place + 0.5);
                for side in 0..2 {
                    low[side] = low[side].min(place[side]);
                    high[side] = high[side].max(place[side]);
                }
            }
        }
        let [top, left] = low.map(|edge| edge.max(0.0) as f32);
        let [bottom, right] =
            [high[0].min(S::HEIGHT as f64), high[1].min(S::WIDTH as f64)].map(|edge| edge as f32);
        (top < bottom && left < right).then_some(Self { top, left, bottom, right })
    }
}

/// A target that lies in an image, and moves with it.
///
/// | target | moved |
/// |---|---|
/// | `[[u8; W]; H]`, a map of classes | each pixel takes the class of the nearest pixel that it comes from; pixels from outside of the image get the class of [`outside`](WithTargets::outside) |
/// | [`Option<Corners>`](Corners), `[Option<Corners>; N]` | the smallest upright box around the moved one, clipped to the image; `None` if nothing of that is left |
/// | `usize`, a class | stays |
/// | a pair of such | both |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be moved with the images of `{A}`",
    label = "expected a map `[[u8; WIDTH]; HEIGHT]`, `Option<Corners>`, `[Option<Corners>; N]`, a class, or a pair of such"
)]
pub trait FollowsImage<A: Spatial>: Sized {
    /// The target of the moved image.
    type Moved: Copy + Send + Sync;

    /// Moves the target as `drawn` moves the image. Pixels from outside of the image get the class `outside`.
    fn follow(self, transform: &A, drawn: &A::Drawn, outside: u8) -> Self::Moved;
}

impl<A, const H: usize, const W: usize, const C: usize, const OH: usize, const OW: usize, const OC: usize>
    FollowsImage<A> for [[u8; W]; H]
where
    A: Spatial<In = Image<H, W, C>, Out = Image<OH, OW, OC>>,
{
    type Moved = [[u8; OW]; OH];

    #[expect(clippy::cast_sign_loss, reason = "places inside are at least −½")]
    fn follow(self, transform: &A, drawn: &A::Drawn, outside: u8) -> [[u8; OW]; OH] {
        let mut moved = [[outside; OW]; OH];
        for (row, line) in moved.iter_mut().enumerate() {
            for (column, class) in line.iter_mut().enumerate() {
                if let Some(place) = transform.source(drawn, [row as f64, column as f64]) {
                    let [row, column] = place.map(|place| (place + 0.5) as usize);
                    *class = self[row.min(H - 1)][column.min(W - 1)];
                }
            }
        }
        moved
    }
}

impl<A: Spatial> FollowsImage<A> for Option<Corners> {
    type Moved = Self;

    fn follow(self, transform: &A, drawn: &A::Drawn, _: u8) -> Self {
        self.and_then(|corners| transform.destination(drawn, corners))
    }
}

impl<A: Spatial, const N: usize> FollowsImage<A> for [Option<Corners>; N] {
    type Moved = Self;

    fn follow(self, transform: &A, drawn: &A::Drawn, outside: u8) -> Self {
        self.map(|corners| corners.follow(transform, drawn, outside))
    }
}

impl<A: Spatial> FollowsImage<A> for usize {
    type Moved = Self;

    fn follow(self, _: &A, _: &A::Drawn, _: u8) -> Self {
        self
    }
}

impl<A: Spatial, X: FollowsImage<A>, Y: FollowsImage<A>> FollowsImage<A> for (X, Y) {
    type Moved = (X::Moved, Y::Moved);

    fn follow(self, transform: &A, drawn: &A::Drawn, outside: u8) -> Self::Moved {
        (self.0.follow(transform, drawn, outside), self.1.follow(transform, drawn, outside))
    }
}

/// Images seen through a transform, with targets that move with them.
///
/// An image is the same, bit by bit, as in [`Transformed`](crate::data::Transformed), which leaves targets as they are.
///
/// ```
/// use plywood::augment::{Flip, Shift, WithTargets};
/// use plywood::data::{Examples, Transform};
/// use plywood::{Dataset, Image};
///
/// // one picture, and its map of classes
/// let data = Examples::<Image<1, 3, 1>, _>::from_arrays([([[[0.1], [0.2], [0.3]]], [[0_u8, 1, 2]])])?;
/// let moved = WithTargets::new(data, Flip::new().then(Shift::new(1)));
/// for seed in 0..20 {
///     let mut x = [0.0_f32; 3];
///     let [map] = moved.draw(0, seed, &mut x);
///     for (x, class) in x.iter().zip(map) {
///         // 255 is the class that no loss counts
///         assert_eq!(class, if *x == 0.0 { 255 } else { (10.0 * x).round() as u8 - 1 });
///     }
/// }
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// Under a [`Cutout`](super::Cutout), a map keeps its classes. A box that is rotated becomes the box around it, which is
/// larger than the object.
#[derive(Debug, Clone)]
pub struct WithTargets<D, A> {
    data: D,
    transform: A,
    outside: u8,
}

impl<D: Dataset, A: Spatial> WithTargets<D, A>
where
    D::Example: Precedes<A::In>,
    D::Target: FollowsImage<A>,
{
    /// Combines data, or a reference to it, with a transform.
    pub const fn new(data: D, transform: A) -> Self {
        Self { data, transform, outside: IGNORED }
    }

    /// Sets the class of a map's pixels that come from outside of the image. By default it is [`IGNORED`], which no loss
    /// counts.
    #[must_use]
    pub fn outside(self, class: u8) -> Self {
        Self { outside: class, ..self }
    }

    /// Returns the data before the transform.
    pub const fn data(&self) -> &D {
        &self.data
    }
}

impl<D: Dataset, A: Spatial> Dataset for WithTargets<D, A>
where
    D::Example: Precedes<A::In>,
    D::Target: FollowsImage<A>,
{
    type Example = A::Out;
    type Target = <D::Target as FollowsImage<A>>::Moved;

    fn len(&self) -> usize {
        self.data.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        let target = Transformed::new(&self.data, &self.transform).read(index, x);
        target.follow(&self.transform, &self.transform.fixed(), self.outside)
    }

    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> Self::Target {
        let target = Transformed::new(&self.data, &self.transform).draw(index, seed, x);
        // the image was drawn from this seed as well
        let drawn = self.transform.numbers(&mut Random::new(seed));
        target.follow(&self.transform, &drawn, self.outside)
    }

    fn failure(&self, index: usize) -> Option<Error> {
        self.data.failure(index)
    }

    fn class_names(&self) -> Option<&[String]> {
        self.data.class_names()
    }

    fn target_scales(&self) -> Option<&[TargetScale]> {
        self.data.target_scales()
    }
}

impl<A: Spatial, B: Spatial> Spatial for (A, B)
where
    A::Out: Precedes<B::In>,
{
    type Drawn = (A::Drawn, B::Drawn);

    fn fixed(&self) -> Self::Drawn {
        (self.0.fixed(), self.1.fixed())
    }

    fn numbers(&self, random: &mut Random) -> Self::Drawn {
        (self.0.numbers(random), self.1.numbers(random))
    }

    fn source(&self, drawn: &Self::Drawn, place: [f64; 2]) -> Option<[f64; 2]> {
        self.0.source(&drawn.0, self.1.source(&drawn.1, place)?)
    }

    fn destination(&self, drawn: &Self::Drawn, corners: Corners) -> Option<Corners> {
        self.1.destination(&drawn.1, self.0.destination(&drawn.0, corners)?)
    }
}

/// Forwards to the transform that the reference points to.
impl<A: Spatial> Spatial for &A {
    type Drawn = A::Drawn;

    fn fixed(&self) -> A::Drawn {
        A::fixed(self)
    }
    fn numbers(&self, random: &mut Random) -> A::Drawn {
        A::numbers(self, random)
    }
    fn source(&self, drawn: &A::Drawn, place: [f64; 2]) -> Option<[f64; 2]> {
        A::source(self, drawn, place)
    }
    fn destination(&self, drawn: &A::Drawn, corners: Corners) -> Option<Corners> {
        A::destination(self, drawn, corners)
    }
}

/// Implements [`Spatial`] for transforms that leave everything in its place, with what they take from the random numbers.
macro_rules! in_place {
    ($([$($parameters:tt)*] $transform:ty: $skip:expr;)*) => {$(
        impl<$($parameters)*> Spatial for $transform {
            type Drawn = ();

            fn fixed(&self) {}

            fn numbers(&self, random: &mut Random) {
                let skip: fn(&Self, &mut Random) = $skip;
                skip(self, random);
            }

            fn source(&self, (): &(), place: [f64; 2]) -> Option<[f64; 2]> {
                Some(place)
            }

            fn destination(&self, (): &(), corners: Corners) -> Option<Corners> {
                corners.moved::<<Self as Transform>::Out>(|place| place)
            }
        }
    )*};
}

in_place! {
    [S: ImageShape] Brightness<S>: Self::skip;
    [S: ImageShape] Contrast<S>: Self::skip;
    [const H: usize, const W: usize] Saturation<Image<H, W, 3>>: Self::skip;
    [S: ImageShape] Cutout<S>: Self::skip;
    [S: ImageShape] Noise<S>: Self::skip;
    [S: ImageShape] NormalizeContrast<S>: |_, _| {};
    [S: ImageShape] NormalizeLocally<S>: |_, _| {};
    [S: ImageShape] Scaling<S>: |_, _| {};
    [S: ImageShape] Standardize<S>: |_, _| {};
    [S: ImageShape] StandardizeChannels<S>: |_, _| {};
    [S: ImageShape] Zca<S>: |_, _| {};
}
