//! Defines one axis of a window as a type: the number of taps, the distance between them, and the padding.
//!
//! A layer over images has two axes, along the rows and along the columns, so nothing has to be square. [`Fits`] is the
//! arithmetic of window sizes as a bound: it holds between an axis, the side of the input image, and the side of the
//! output image.

use std::ops::{Add, Mul};

use typenum::{B0, B1, Const, Gr, IsGreater, IsLess, IsLessOrEqual, Le, LeEq, Prod, Sum, ToUInt, U, U0};

use crate::core::ReceptiveField;
use crate::core::message::Message;
use crate::core::receptive_field::Reach;
use crate::core::visitor::Moves;
use plywood_kernel::conv;

/// One axis of a window: `K` taps that are `DILATION` inputs apart, applied every `STRIDE` inputs.
///
/// There are `BEFORE` padded inputs at the low end and `AFTER` at the high end.
///
/// Type checking proves that it fits an image. Sides, and sums of a side and its padding, must not exceed 1,024;
/// [`LargeAxis`] has no such limit.
///
/// ```
/// use plywood::layers::{Fits, Axis};
///
/// fn fits<const IN: usize, const OUT: usize>(_: impl Fits<IN, OUT>) {}
/// fits::<28, 24>(Axis::<5>);
/// fits::<28, 28>(Axis::<5, 1, 2, 2>);
/// fits::<28, 14>(Axis::<2, 2>);
/// fits::<9, 3>(Axis::<3, 2, 0, 0, 2>);
/// ```
///
/// ```compile_fail,E0277
/// # use plywood::layers::{Fits, Axis};
/// # fn fits<const IN: usize, const OUT: usize>(_: impl Fits<IN, OUT>) {}
/// // error: `Axis<5>` over a side of 28 does not give 28
/// fits::<28, 28>(Axis::<5>);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Axis<
    const K: usize,
    const STRIDE: usize = 1,
    const BEFORE: usize = 0,
    const AFTER: usize = 0,
    const DILATION: usize = 1,
>;

/// The same as [`Axis`], for sides of any size.
///
/// The proof that it fits is not a bound but a constant assertion, which fails when a layer with this geometry is used.
///
/// ```
/// use plywood::layers::{AvgPool2d, LargeAxis};
/// use plywood::{Image, Model};
///
/// type Halve = AvgPool2d<Image<1, 48_000, 1>, Image<1, 24_000, 1>, LargeAxis<1>, LargeAxis<2, 2>>;
/// let model = Model::<Halve>::new(0);
/// ```
///
/// ```compile_fail,E0080
/// # use plywood::layers::{AvgPool2d, LargeAxis};
/// # use plywood::{Image, Model, Predictor};
/// // error: a window of 2 with stride 2, padding 0 + 0 and dilation 1 over a side of 48000 gives 24000: found 23999
/// type Wrong = AvgPool2d<Image<1, 48_000, 1>, Image<1, 23_999, 1>, LargeAxis<1>, LargeAxis<2, 2>>;
/// let predictor = Predictor::new(&Model::<Wrong>::new(0));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LargeAxis<
    const K: usize,
    const STRIDE: usize = 1,
    const BEFORE: usize = 0,
    const AFTER: usize = 0,
    const DILATION: usize = 1,
>;

/// An axis along which no output sees a later input: window j ends at input j·`STRIDE`.
///
/// All of the padding, (`K` − 1)·`DILATION` inputs, lies before the first input. So a side of IN gives one of
/// ⌈IN / `STRIDE`⌉, whatever the window. It is `pad = causal` of `network!`, along the columns of a kernel that is one row
/// high. The proof is a constant assertion, as that of [`LargeAxis`].
///
/// ```
/// use plywood::layers::{Axis, CausalAxis, Conv2d};
/// use plywood::{Image, Model, Predictor};
///
/// // y[j] = w[0]·x[j − 2] + w[1]·x[j] + b
/// type Lagged = Conv2d<Image<1, 4, 1>, Image<1, 4, 1>, Axis<1>, CausalAxis<2, 1, 2>>;
/// let mut model = Model::<Lagged>::new(0);
/// model.params_mut().copy_from_slice(&[10.0, 1.0, 0.0]);
/// let mut y = [0.0; 4];
/// Predictor::new(&model).infer_into(&[1.0, 2.0, 3.0, 4.0], &mut y);
/// assert_eq!(y, [1.0, 2.0, 13.0, 24.0]);
/// ```
///
/// Padding that copies inputs by [`Replicate`] also sees no later input: it repeats the first. [`Reflect`] does.
#[derive(Debug, Clone, Copy)]
pub struct CausalAxis<const K: usize, const STRIDE: usize = 1, const DILATION: usize = 1>;

impl<const K: usize, const STRIDE: usize, const DILATION: usize> Geometry
    for CausalAxis<K, STRIDE, DILATION>
{
    const K: usize = K;
    const STRIDE: usize = STRIDE;
    const BEFORE: usize = K.saturating_sub(1) * DILATION;
    const AFTER: usize = 0;
    const DILATION: usize = DILATION;
}

#[diagnostic::do_not_recommend]
impl<const K: usize, const STRIDE: usize, const DILATION: usize, const IN: usize, const OUT: usize>
    Fits<IN, OUT> for CausalAxis<K, STRIDE, DILATION>
{
}

/// The numbers of an axis of a window.
pub trait Geometry: 'static {
    /// The number of taps.
    const K: usize;
    /// The number of inputs from one output to the next.
    const STRIDE: usize;
    /// The number of padded inputs before the first.
    const BEFORE: usize;
    /// The number of padded inputs after the last.
    const AFTER: usize;
    /// The number of inputs from one tap to the next.
    const DILATION: usize;

    /// The number of inputs from the first to the last tap of a window.
    const EXTENT: usize = Self::DILATION * Self::K.saturating_sub(1) + 1;
}

/// An axis of a window that turns a side of `IN` into one of `OUT`.
///
/// The formula is OUT = ⌊(IN + BEFORE + AFTER − DILATION·(K − 1) − 1) / STRIDE⌋ + 1, where the window is no larger than
/// the padded input and K, STRIDE and DILATION are at least 1.
#[diagnostic::on_unimplemented(
    message = "`{Self}` over a side of {IN} does not give {OUT}",
    label = "a side of {IN} does not become {OUT}",
    note = "`Axis<K, STRIDE, BEFORE, AFTER, DILATION>` gives (IN + BEFORE + AFTER - DILATION * (K - 1) - 1) / STRIDE + 1, rounded down",
    note = "for sides above 1024, write `LargeAxis` instead of `Axis`"
)]
pub trait Fits<const IN: usize, const OUT: usize>: Geometry {
    /// Fails to compile if the sizes do not fit. Layers evaluate it before anything else.
    const PROOF: () = prove::<Self, IN, OUT>();
}

macro_rules! geometry {
    ($name:ident) => {
        impl<
            const K: usize,
            const STRIDE: usize,
            const BEFORE: usize,
            const AFTER: usize,
            const DILATION: usize,
        > Geometry for $name<K, STRIDE, BEFORE, AFTER, DILATION>
        {
            const K: usize = K;
            const STRIDE: usize = STRIDE;
            const BEFORE: usize = BEFORE;
            const AFTER: usize = AFTER;
            const DILATION: usize = DILATION;
        }
    };
}

geometry!(Axis);
geometry!(LargeAxis);

#[diagnostic::do_not_recommend]
impl<
    const K: usize,
    const STRIDE: usize,
    const BEFORE: usize,
    const AFTER: usize,
    const DILATION: usize,
    const IN: usize,
    const OUT: usize,
> Fits<IN, OUT> for LargeAxis<K, STRIDE, BEFORE, AFTER, DILATION>
{
}

/// The sum OUT·STRIDE + DILATION·K.
type Used<const OUT: usize, const K: usize, const STRIDE: usize, const DILATION: usize> =
    Sum<Prod<U<OUT>, U<STRIDE>>, Prod<U<DILATION>, U<K>>>;
/// The sum IN + BEFORE + AFTER + DILATION.
type Room<const IN: usize, const BEFORE: usize, const AFTER: usize, const DILATION: usize> =
    Sum<Sum<Sum<U<IN>, U<BEFORE>>, U<AFTER>>, U<DILATION>>;

/// The bound that remains of [`Fits`] once its condition is decided.
///
/// A window for which the condition is false lacks `OverASideOf<IN, DoesNotGive<OUT>>`.
///
/// If the compiler explains why a method is missing, it shows this bound itself and not the words of
/// `on_unimplemented`. The names are therefore meant to be read: "`Axis<5>`: over a side of 28 does not give 28".
#[diagnostic::on_unimplemented(
    message = "`{Self}` over a side of {IN} does not give what is declared",
    note = "`Axis<K, STRIDE, BEFORE, AFTER, DILATION>` gives (IN + BEFORE + AFTER - DILATION * (K - 1) - 1) / STRIDE + 1, rounded down"
)]
#[doc(hidden)]
pub trait OverASideOf<const IN: usize, Result> {}

/// A side that a window gives, because its condition holds.
#[doc(hidden)]
#[derive(Debug)]
pub struct GivesSide<const OUT: usize>;

/// A side that a window does not give, because its condition does not hold.
#[doc(hidden)]
#[derive(Debug)]
pub struct DoesNotGive<const OUT: usize>;

/// A truth value of `typenum`, as a type whose name can be shown.
#[doc(hidden)]
pub trait Decided {
    /// The side, marked as given or not given.
    type As<const OUT: usize>;
}
impl Decided for B1 {
    type As<const OUT: usize> = GivesSide<OUT>;
}
impl Decided for B0 {
    type As<const OUT: usize> = DoesNotGive<OUT>;
}

impl<
    const K: usize,
    const STRIDE: usize,
    const BEFORE: usize,
    const AFTER: usize,
    const DILATION: usize,
    const IN: usize,
    const OUT: usize,
> OverASideOf<IN, GivesSide<OUT>> for Axis<K, STRIDE, BEFORE, AFTER, DILATION>
{
}

// The formula of `Fits`, multiplied out to avoid subtraction and division, which have no result for some sizes: Room ≤
// Used < Room + STRIDE, and OUT·DILATION·K > 0. (STRIDE > 0 follows.) The bounds above the three conditions only state
// that numbers can be added, multiplied and compared. The attribute keeps the compiler from explaining a mistake by
// them.
#[diagnostic::do_not_recommend]
impl<
    const K: usize,
    const STRIDE: usize,
    const BEFORE: usize,
    const AFTER: usize,
    const DILATION: usize,
    const IN: usize,
    const OUT: usize,
> Fits<IN, OUT> for Axis<K, STRIDE, BEFORE, AFTER, DILATION>
where
    Const<K>: ToUInt,
    Const<STRIDE>: ToUInt,
    Const<BEFORE>: ToUInt,
    Const<AFTER>: ToUInt,
    Const<DILATION>: ToUInt,
    Const<IN>: ToUInt,
    Const<OUT>: ToUInt,
    U<OUT>: Mul<U<STRIDE>> + Mul<Prod<U<DILATION>, U<K>>>,
    U<DILATION>: Mul<U<K>>,
    Prod<U<OUT>, U<STRIDE>>: Add<Prod<U<DILATION>, U<K>>>,
    U<IN>: Add<U<BEFORE>>,
    Sum<U<IN>, U<BEFORE>>: Add<U<AFTER>>,
    Sum<Sum<U<IN>, U<BEFORE>>, U<AFTER>>: Add<U<DILATION>>,
    Room<IN, BEFORE, AFTER, DILATION>: Add<U<STRIDE>> + IsLessOrEqual<Used<OUT, K, STRIDE, DILATION>>,
    Used<OUT, K, STRIDE, DILATION>: IsLess<Sum<Room<IN, BEFORE, AFTER, DILATION>, U<STRIDE>>>,
    Prod<U<OUT>, Prod<U<DILATION>, U<K>>>: IsGreater<U0>,
    LeEq<Room<IN, BEFORE, AFTER, DILATION>, Used<OUT, K, STRIDE, DILATION>>: Decided,
    Le<Used<OUT, K, STRIDE, DILATION>, Sum<Room<IN, BEFORE, AFTER, DILATION>, U<STRIDE>>>: Decided,
    Gr<Prod<U<OUT>, Prod<U<DILATION>, U<K>>>, U0>: Decided,
    Self: OverASideOf<
            IN,
            <LeEq<Room<IN, BEFORE, AFTER, DILATION>, Used<OUT, K, STRIDE, DILATION>> as Decided>::As<OUT>,
        > + OverASideOf<
            IN,
            <Le<Used<OUT, K, STRIDE, DILATION>, Sum<Room<IN, BEFORE, AFTER, DILATION>, U<STRIDE>>> as Decided>::As<OUT>,
        > + OverASideOf<IN, <Gr<Prod<U<OUT>, Prod<U<DILATION>, U<K>>>, U0> as Decided>::As<OUT>>,
{
}

/// Returns the output side of a window over a side of `input`, or 0 if the window does not fit.
const fn output_of<G: Geometry + ?Sized>(input: usize) -> usize {
    let padded = input + G::BEFORE + G::AFTER;
    let extent = G::DILATION * (G::K - 1) + 1;
    if extent > padded { 0 } else { (padded - extent) / G::STRIDE + 1 }
}

#[track_caller]
const fn prove<G: Geometry + ?Sized, const IN: usize, const OUT: usize>() {
    if G::K == 0 || G::STRIDE == 0 || G::DILATION == 0 {
        let message = Message::new()
            .text("a window has at least one tap, moves by at least 1 and has its taps at least 1 apart");
        let message =
            message.text(": found a kernel of ").number(G::K).text(", a stride of ").number(G::STRIDE);
        let message = message.text(" and a dilation of ").number(G::DILATION);
        panic!("{}", message.as_str());
    }
    let gives = output_of::<G>(IN);
    if gives != OUT {
        let message =
            Message::new().text("a window of ").number(G::K).text(" with stride ").number(G::STRIDE);
        let message = message.text(", padding ").number(G::BEFORE).text(" + ").number(G::AFTER);
        let message = message.text(" and dilation ").number(G::DILATION);
        let message = if gives == 0 {
            message.text(" does not fit in a side of ").number(IN)
        } else {
            message
                .text(" over a side of ")
                .number(IN)
                .text(" gives ")
                .number(gives)
                .text(": found ")
                .number(OUT)
        };
        panic!("{}", message.as_str());
    }
}

/// Returns the numbers of an axis that fits, for the kernels.
pub(super) const fn axis<G: Fits<IN, OUT>, const IN: usize, const OUT: usize>() -> conv::axis::Axis {
    let () = G::PROOF;
    conv::axis::Axis {
        input: IN,
        output: OUT,
        taps: G::K,
        stride: G::STRIDE,
        before: G::BEFORE.cast_signed(),
        dilation: G::DILATION,
    }
}

/// Returns the receptive field along an axis with zero padding.
pub(super) const fn reach<G: Geometry>() -> Reach {
    Reach::padded(G::EXTENT, G::STRIDE, G::BEFORE)
}

/// Returns the receptive field of a window with zero padding.
pub(super) const fn field<Rows: Geometry, Columns: Geometry>() -> ReceptiveField {
    ReceptiveField { rows: reach::<Rows>(), columns: reach::<Columns>() }
}

/// Returns the axis of the same window over an image with another side, and without padding.
pub(super) const fn axis_over(axis: conv::axis::Axis, [input, output]: [usize; 2]) -> conv::axis::Axis {
    conv::axis::Axis { input, output, before: 0, ..axis }
}

/// Returns the reach and stride of windows over an image, if nothing pads it.
pub(super) const fn moves<Rows: Geometry, Columns: Geometry>() -> Option<Moves> {
    if Rows::BEFORE + Rows::AFTER + Columns::BEFORE + Columns::AFTER > 0 {
        return None;
    }
    let reach = [(Rows::K - 1) * Rows::DILATION + 1, (Columns::K - 1) * Columns::DILATION + 1];
    Some(Moves { reach, stride: [Rows::STRIDE, Columns::STRIDE] })
}

/// The source of the values of padded inputs.
pub trait Padding: 'static {
    /// True if padded inputs are zero, so that they can be left out of a sum.
    const ZERO: bool = false;
    /// True if the padding must be narrower than the image.
    const NARROW: bool = false;

    /// Returns the input, out of `len`, that a place outside of `0..len` copies, or `None` for zero.
    fn source(place: isize, len: usize) -> Option<usize>;
}

/// Padding with zeros.
#[derive(Debug, Clone, Copy)]
pub struct Zero;

/// Padding that mirrors the image, without repeating its edge: c b | a b c | b a.
///
/// The padding must be narrower than the image.
#[derive(Debug, Clone, Copy)]
pub struct Reflect;

/// Padding that copies the edge: a a | a b c | c c.
#[derive(Debug, Clone, Copy)]
pub struct Replicate;

impl Padding for Zero {
    const ZERO: bool = true;

    fn source(_: isize, _: usize) -> Option<usize> {
        None
    }
}

impl Padding for Reflect {
    const NARROW: bool = true;

    fn source(place: isize, len: usize) -> Option<usize> {
        let last = len.cast_signed() - 1;
        Some((last - (last - place.abs()).abs()).cast_unsigned())
    }
}

impl Padding for Replicate {
    fn source(place: isize, len: usize) -> Option<usize> {
        Some(place.clamp(0, len.cast_signed() - 1).cast_unsigned())
    }
}

/// Fails to compile if padding that must be narrower than the image is not.
#[track_caller]
pub(super) const fn prove_padding<P: Padding, G: Geometry>(layer: &str, lines: &str, input: usize) {
    let widest = if G::BEFORE > G::AFTER { G::BEFORE } else { G::AFTER };
    if P::NARROW && widest >= input {
        let message = Message::new()
            .text(layer)
            .text(": a reflected padding is narrower than the image: found ")
            .number(widest)
            .text(" of ")
            .number(input)
            .text(" ")
            .text(lines)
            .text("\nnote: `Replicate` copies the edge, however wide the padding");
        panic!("{}", message.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_arithmetic_is_the_formula() {
        assert_eq!(output_of::<LargeAxis<3, 1, 1, 1>>(32), 32);
        assert_eq!(output_of::<LargeAxis<5>>(28), 24);
        assert_eq!(output_of::<LargeAxis<3, 2, 1, 0>>(48_000), 24_000);
        assert_eq!(output_of::<LargeAxis<3, 2, 0, 0, 2>>(9), 3);
        assert_eq!(output_of::<LargeAxis<4>>(3), 0);
        assert_eq!(output_of::<LargeAxis<4, 3>>(4), 1);
        for n in 1..9_usize {
            let gives = [output_of::<CausalAxis<4>>(n), output_of::<CausalAxis<3, 2, 5>>(n)];
            assert_eq!(gives, [n, n.div_ceil(2)]);
        }
    }

    #[test]
    fn places_outside_copy_what_the_padding_says() {
        let sources = |source: fn(isize, usize) -> Option<usize>| {
            (-2..0).chain(3..5).map(|place| source(place, 3)).collect::<Vec<_>>()
        };
        assert_eq!(sources(Zero::source), [None; 4]);
        assert_eq!(sources(Reflect::source), [Some(2), Some(1), Some(1), Some(0)]);
        assert_eq!(sources(Replicate::source), [Some(0), Some(0), Some(2), Some(2)]);
    }
}
