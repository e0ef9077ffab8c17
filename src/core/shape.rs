//! Defines shapes: the number and the arrangement of the numbers that one example has at a place of the network.

use std::fmt;

use crate::core::message::Message;
use plywood_kernel::Scalar;
use plywood_kernel::numbers::{Both, Numbers};

/// The shape of one example, known at compile time for every layer's input and output.
///
/// A shape owns no numbers. It says how many there are ([`LEN`](Shape::LEN)), how a user sees them
/// ([`Array`](Shape::Array)) and how messages write it ([`DIMS`](Shape::DIMS)).
///
/// # Arrays and the stack
///
/// An [`Array`](Shape::Array) is a plain array: code that returns or moves one needs room for it on the stack, several
/// times over in a build without optimization. An image of 224×224×3 takes 588 KiB in `f32`. A thread has 2 MiB unless
/// [configured otherwise](std::thread::Builder::stack_size), the main thread usually 8 MiB, and a stack overflow ends
/// the program.
///
/// Arrays that are borrowed, or in a [box](Shape::boxed_zeros) take no stack. Neither does code that works on slices:
/// [`Dataset::read`](crate::Dataset::read), [`Predictor::infer_into`](crate::Predictor::infer_into), training and
/// evaluation. However, if a loss compares whole outputs, as [`MeanSquaredError`](crate::loss::MeanSquaredError) does,
/// the targets are arrays.
///
/// # The order of a batch
///
/// A pair `(S, U)` of shapes is a shape as well: two vectors, images or pairs side by side. An example of it is first
/// an example of `S` and then one of `U`.
///
/// Examples that users give and receive lie one after the other ([`Batch`](crate::Batch),
/// [`Dataset::read`](crate::Dataset::read), [`Predictor::infer_into`](crate::Predictor::infer_into)). Inside a network,
/// and where a [loss](crate::Loss) sees its outputs, the parts of a batch lie one after the other: those of `S` of all
/// examples, then those of `U`. So a layer that computes on one part finds a batch of it, without a copy. For a vector
/// or an image, and for a batch of one example, both orders are the same.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    label = "expected `Flat<N>`, `Image<HEIGHT, WIDTH, CHANNELS>` or a pair of shapes `(S, U)`"
)]
pub trait Shape: 'static {
    /// The count of numbers in one example.
    const LEN: usize;
    /// The shape as a value.
    const DIMS: Dims;
    /// The type of one example as a plain array: `[T; N]`, `[[[T; C]; W]; H]`, or [`Both`] of two such.
    type Array<T: Scalar>: Numbers<T>;

    /// Returns the numbers of an array in memory order.
    #[must_use]
    fn as_slice<T: Scalar>(array: &Self::Array<T>) -> &[T] {
        array.as_slice()
    }
    /// Returns the numbers of an array in memory order, mutably.
    fn as_mut_slice<T: Scalar>(array: &mut Self::Array<T>) -> &mut [T] {
        array.as_mut_slice()
    }
    /// Returns the numbers of several arrays, one after the other.
    #[must_use]
    fn as_flattened<T: Scalar>(arrays: &[Self::Array<T>]) -> &[T] {
        Numbers::as_flattened(arrays)
    }
    /// Returns an array of zeros [on the stack](Shape#arrays-and-the-stack).
    #[must_use]
    fn zeros<T: Scalar>() -> Self::Array<T> {
        Numbers::zeros()
    }
    /// Returns an array of zeros on the heap, without using the stack: for shapes of any size.
    #[must_use]
    fn boxed_zeros<T: Scalar>() -> Box<Self::Array<T>> {
        Numbers::boxed_zeros()
    }
}

/// A vector of `N` numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flat<const N: usize>;

/// An image of `H` rows, `W` columns and `C` channels, row-major with channels last.
///
/// Channel `c` of the pixel in row `y` and column `x` is number `(y * W + x) * C + c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<const H: usize, const W: usize, const C: usize>;

/// Fails to compile for a shape without numbers.
#[track_caller]
const fn not_empty(dims: Dims) {
    if matches!(dims, Dims::Flat(0) | Dims::Image(0, _, _) | Dims::Image(_, 0, _) | Dims::Image(_, _, 0)) {
        let message = Message::new().text("a shape needs at least one number: found `").shape(dims).text("`");
        panic!("{}", message.as_str());
    }
}

impl<const N: usize> Shape for Flat<N> {
    const LEN: usize = {
        not_empty(Dims::Flat(N));
        N
    };
    const DIMS: Dims = Dims::Flat(N);
    type Array<T: Scalar> = [T; N];
}

impl<const H: usize, const W: usize, const C: usize> Shape for Image<H, W, C> {
    const LEN: usize = {
        not_empty(Dims::Image(H, W, C));
        H * W * C
    };
    const DIMS: Dims = Dims::Image(H, W, C);
    type Array<T: Scalar> = [[[T; C]; W]; H];
}

/// Two shapes side by side, see [the order of a batch](Shape#the-order-of-a-batch).
///
/// ```
/// use plywood::{Both, Flat, Image, Shape};
///
/// type PictureAndRow = (Image<1, 2, 1>, Flat<3>);
///
/// let example = Both([[[0.1], [0.2]]], [1.0, 2.0, 3.0]);
/// assert_eq!(PictureAndRow::as_slice(&example), [0.1, 0.2, 1.0, 2.0, 3.0]);
/// assert_eq!(PictureAndRow::DIMS.to_string(), "(1×2×1, 3)");
/// ```
impl<S: Shape, U: Shape> Shape for (S, U) {
    const LEN: usize = S::LEN + U::LEN;
    const DIMS: Dims = Dims::Pair(&S::DIMS, &U::DIMS);
    type Array<T: Scalar> = Both<S::Array<T>, U::Array<T>>;
}

/// Is implemented by every pair of shapes, and names its parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pair of shapes",
    label = "expected a pair of shapes `(S, U)`",
    note = "the block `heads` makes two shapes of one"
)]
pub trait PairShape: Shape {
    /// The first part.
    type First: Shape;
    /// The second part.
    type Second: Shape;
}

impl<S: Shape, U: Shape> PairShape for (S, U) {
    type First = S;
    type Second = U;
}

/// Is implemented by vectors and images, but not by pairs.
///
/// Layers and losses that compute with the order of an example's numbers are generic over them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a pair of shapes, where one vector or one image is expected",
    label = "expected `Flat<N>` or `Image<HEIGHT, WIDTH, CHANNELS>`",
    note = "`Pairwise` and `Shared` compute on each part of a pair by itself, and `Join` makes one shape of both"
)]
pub trait Single: Shape {}

impl<const N: usize> Single for Flat<N> {}

impl<const H: usize, const W: usize, const C: usize> Single for Image<H, W, C> {}

/// A shape as a value, for tables and messages. Displays as `784`, `32×32×16` or `(32×32×3, 4)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dims {
    /// A vector of the given length.
    Flat(usize),
    /// An image with the given rows, columns and channels.
    Image(usize, usize, usize),
    /// Two shapes side by side.
    Pair(&'static Self, &'static Self),
}

impl Dims {
    /// Returns the count of numbers in one example.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Flat(n) => n,
            Self::Image(h, w, c) => h * w * c,
            Self::Pair(a, b) => a.len() + b.len(),
        }
    }

    /// Returns the number of channels, the contiguous side. Each number of a vector, and of a pair, is a channel of its
    /// own.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Flat(n) => n,
            Self::Image(_, _, c) => c,
            Self::Pair(..) => self.len(),
        }
    }

    /// Returns this shape with another number of channels: a vector for a pair.
    #[must_use]
    pub const fn with_channels(self, channels: usize) -> Self {
        match self {
            Self::Flat(_) | Self::Pair(..) => Self::Flat(channels),
            Self::Image(h, w, _) => Self::Image(h, w, channels),
        }
    }

    /// Returns true for two shapes side by side.
    #[must_use]
    pub const fn is_pair(self) -> bool {
        matches!(self, Self::Pair(..))
    }

    /// Returns true if there are no numbers, which holds for no valid shape.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Returns true if two shapes are the same.
    #[must_use]
    pub const fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Flat(a), Self::Flat(b)) => a == b,
            (Self::Image(h, w, c), Self::Image(i, x, d)) => h == i && w == x && c == d,
            (Self::Pair(a, b), Self::Pair(c, d)) => a.same(*c) && b.same(*d),
            _ => false,
        }
    }
}

impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flat(n) => f.pad(&n.to_string()),
            Self::Image(h, w, c) => f.pad(&format!("{h}×{w}×{c}")),
            Self::Pair(a, b) => f.pad(&format!("({a}, {b})")),
        }
    }
}

/// Proves that the output of one layer is the input of the next: every shape feeds itself and no other.
///
/// The pair `(A, B)` requires `A::Out: Feeds<B::In>`. This means the same as `B: Layer<In = A::Out>`, but the compiler
/// reports a mismatch deep inside a network in these words instead of as a projection of the whole type.
#[diagnostic::on_unimplemented(
    message = "a layer that takes `{In}` cannot follow a layer that gives `{Self}`",
    label = "found `{Self}`, expected `{In}`",
    note = "give the next layer the shape that reaches it, or put a layer between them that changes the shape (`Flatten` from an image to a vector)"
)]
pub trait Feeds<In: Shape>: Shape {}

impl<S: Shape> Feeds<S> for S {}

/// Proves that data transforms fit together: every shape precedes itself and no other.
///
/// It is to pairs of [transforms](crate::data::Transform), and to a pipeline and its network, what [`Feeds`] is to
/// pairs of layers.
#[diagnostic::on_unimplemented(
    message = "examples of shape `{Self}` reach a transform or a network that takes `{In}`",
    label = "found `{Self}`, expected `{In}`",
    note = "give the transform the shape that reaches it, or put one between them that changes the shape, such as `Crop` or `Pad`"
)]
pub trait Precedes<In: Shape>: Shape {}

impl<S: Shape> Precedes<S> for S {}

/// Proves that two parallel branches agree in shape: every shape is the same as itself and no other.
#[diagnostic::on_unimplemented(
    message = "branches side by side must begin with one shape and, to be added, end with one: `{Self}` is not `{Other}`",
    label = "one branch has `{Self}` where the other has `{Other}`",
    note = "where the body of a residual changes the shape, its shortcut must change it in the same way: give it a layer of its own"
)]
pub trait SameShape<Other: Shape>: Shape {}

impl<S: Shape> SameShape<S> for S {}

/// Proves that a repeated body gives the shape that it takes, and so can follow itself.
#[diagnostic::on_unimplemented(
    message = "a repeated body must give the shape that it takes: it takes `{Self}` and gives `{Out}`",
    label = "takes `{Self}`, gives `{Out}`",
    note = "put the layer that changes the shape before or after the repetition"
)]
pub trait Repeats<Out: Shape>: Shape {}

impl<S: Shape> Repeats<S> for S {}

/// The shapes that are images, with their sides. Layers over pixels are generic over them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an image",
    label = "expected `Image<HEIGHT, WIDTH, CHANNELS>`"
)]
pub trait ImageShape: Single {
    /// The number of rows.
    const HEIGHT: usize;
    /// The number of columns.
    const WIDTH: usize;
    /// The number of channels of a pixel.
    const CHANNELS: usize;
}

impl<const H: usize, const W: usize, const C: usize> ImageShape for Image<H, W, C> {
    const HEIGHT: usize = H;
    const WIDTH: usize = W;
    const CHANNELS: usize = C;
}
