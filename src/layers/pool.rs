//! Defines pooling: the maximum or the mean of each window, channel by channel.

use std::marker::PhantomData;

use super::geometry::{Fits, Geometry, Padding, Zero, axis, axis_over, field, moves, prove_padding};
use crate::core::message::Message;
use crate::core::visitor::{Moves, Windowed};
use crate::core::{Backward, Cost, Forward, Image, Layer, Memory, Pass, Visitor};
use plywood_kernel::Scalar;
use plywood_kernel::conv::border::Source;
use plywood_kernel::pool::{self, Pool};

/// `max_pool`: y\[oy\]\[ox\]\[c\] = the largest x\[·\]\[·\]\[c\] of the window.
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, C>`](Image) to `O` = `Image<OH, OW, C>`.
///
/// # Windows
/// `Rows` and `Columns` are the window's two axes, as in [`Conv2d`](super::Conv2d). Padding is never the maximum: a
/// window that reaches beyond the image is cut off there, so `AFTER` can round the output's size up. The gradient goes
/// to the first of equal maxima. A NaN counts as the largest number, so that it shows in the loss.
#[derive(Debug, Clone, Copy)]
pub struct MaxPool2d<I, O, Rows, Columns>(PhantomData<(I, O, Rows, Columns)>);

/// `avg_pool`: y\[oy\]\[ox\]\[c\] = the mean of x\[·\]\[·\]\[c\] over the window.
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, C>`](Image) to `O` = `Image<OH, OW, C>`.
///
/// # Windows
/// `Rows` and `Columns` are the window's two axes, as in [`Conv2d`](super::Conv2d). The mean is always over the whole
/// window: zeros of a [`Zero`] padding count. With [`Replicate`](super::Replicate), a window that reaches
/// beyond the image repeats its edge.
#[derive(Debug, Clone, Copy)]
pub struct AvgPool2d<I, O, Rows, Columns, P = Zero>(PhantomData<(I, O, Rows, Columns, P)>);

/// Fails to compile because a window lies entirely in the padding, which has no maximum.
#[track_caller]
const fn blind<Rows: Geometry, Columns: Geometry>() -> ! {
    let message = Message::new()
        .text("max_pool: a window lies in the padding altogether, which has no maximum: found ");
    let message =
        message.number(Rows::EXTENT).text(" rows with padding of ").number(Rows::BEFORE).text(" + ");
    let message =
        message.number(Rows::AFTER).text(", ").number(Columns::EXTENT).text(" columns with padding of ");
    let message = message.number(Columns::BEFORE).text(" + ").number(Columns::AFTER);
    panic!("{}", message.as_str());
}

/// Returns the same pool over an image with other sides.
const fn pool_over(pool: Pool, from: [usize; 2], to: [usize; 2]) -> Pool {
    Pool {
        rows: axis_over(pool.rows, [from[0], to[0]]),
        columns: axis_over(pool.columns, [from[1], to[1]]),
        ..pool
    }
}

impl<
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
> MaxPool2d<Image<H, W, C>, Image<OH, OW, C>, Rows, Columns>
{
    const POOL: Pool = {
        let pool = Pool { rows: axis::<Rows, H, OH>(), columns: axis::<Columns, W, OW>(), channels: C };
        if !pool.sees_something() {
            blind::<Rows, Columns>();
        }
        pool
    };
}

impl<
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
> Layer for MaxPool2d<Image<H, W, C>, Image<OH, OW, C>, Rows, Columns>
{
    type In = Image<H, W, C>;
    type Out = Image<OH, OW, C>;

    const NAME: &'static str = "max_pool";
    const MEMORY: Memory = Memory::OUT_OF_PLACE.width(Self::POOL.width()).reads_input().preserves_dy();
    const COST: Cost = Cost::FREE.flops(Self::POOL.operations()).sees(field::<Rows, Columns>());

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        pool::max(Self::POOL, io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::max_gradient(Self::POOL, io.x, io.dy, dx);
        }
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.windowed::<Self>(&[]);
    }
}

impl<
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
> Windowed for MaxPool2d<Image<H, W, C>, Image<OH, OW, C>, Rows, Columns>
{
    const MOVES: Option<Moves> = moves::<Rows, Columns>();

    fn compute<T: Scalar>(_: &[T], _: &[T], [from, to]: [[usize; 2]; 2], x: &[T], y: &mut [T]) {
        pool::max(pool_over(Self::POOL, from, to), x, y);
    }
}

impl<
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
    P: Padding,
> AvgPool2d<Image<H, W, C>, Image<OH, OW, C>, Rows, Columns, P>
{
    const POOL: Pool = {
        prove_padding::<P, Rows>("avg_pool", "rows", H);
        prove_padding::<P, Columns>("avg_pool", "columns", W);
        Pool { rows: axis::<Rows, H, OH>(), columns: axis::<Columns, W, OW>(), channels: C }
    };

    const SOURCE: Option<Source> = if P::ZERO { None } else { Some(P::source) };

    /// Returns the weight of one input in the mean.
    fn share<T: Scalar>() -> T {
        T::of(1.0 / (Rows::K * Columns::K) as f64)
    }
}

impl<
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
    P: Padding,
> Layer for AvgPool2d<Image<H, W, C>, Image<OH, OW, C>, Rows, Columns, P>
{
    type In = Image<H, W, C>;
    type Out = Image<OH, OW, C>;

    const NAME: &'static str = "avg_pool";
    const MEMORY: Memory = Memory::OUT_OF_PLACE.width(Self::POOL.width()).reads_nothing().preserves_dy();
    const COST: Cost = Cost::FREE.flops(Self::POOL.operations()).sees(field::<Rows, Columns>());

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        pool::sum(Self::POOL, Self::SOURCE, Self::share(), io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::spread(Self::POOL, Self::SOURCE, Self::share(), io.dy, dx);
        }
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.windowed::<Self>(&[]);
    }
}

impl<
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
    P: Padding,
> Windowed for AvgPool2d<Image<H, W, C>, Image<OH, OW, C>, Rows, Columns, P>
{
    const MOVES: Option<Moves> = moves::<Rows, Columns>();

    fn compute<T: Scalar>(_: &[T], _: &[T], [from, to]: [[usize; 2]; 2], x: &[T], y: &mut [T]) {
        pool::sum(pool_over(Self::POOL, from, to), None, Self::share(), x, y);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{Axis, CausalAxis, LargeAxis, Reflect, Replicate, Tanh};

    super::checks::cases![
        MaxPool2d<Image<1, 1, 1>, Image<1, 1, 1>, Axis<1>, Axis<1>>,
        MaxPool2d<Image<4, 6, 5>, Image<2, 3, 5>, Axis<2, 2>, Axis<2, 2>>,
        // overlapping; rounded up; dilated
        MaxPool2d<Image<5, 4, 17>, Image<3, 4, 17>, Axis<3, 2, 1, 1>, Axis<3, 1, 1, 1>>,
        MaxPool2d<Image<5, 3, 3>, Image<3, 2, 3>, Axis<2, 2, 0, 1>, LargeAxis<2, 2, 0, 1>>,
        MaxPool2d<Image<5, 6, 33>, Image<3, 2, 33>, Axis<2, 1, 0, 0, 2>, Axis<2, 3, 0, 0, 2>>,
        (MaxPool2d<Image<4, 4, 2>, Image<2, 2, 2>, Axis<2, 2>, Axis<2, 2>>, Tanh<Image<2, 2, 2>>),
        MaxPool2d<Image<1, 7, 5>, Image<1, 4, 5>, Axis<1>, CausalAxis<3, 2>>,
        MaxPool2d<Image<1, 3, 2>, Image<1, 3, 2>, Axis<1>, CausalAxis<4>>,
        AvgPool2d<Image<1, 7, 3>, Image<1, 7, 3>, Axis<1>, CausalAxis<3>>,
        AvgPool2d<Image<2, 5, 2>, Image<2, 2, 2>, Axis<1>, CausalAxis<2, 3>, Replicate>,
        AvgPool2d<Image<4, 6, 5>, Image<2, 3, 5>, Axis<2, 2>, Axis<2, 2>>,
        AvgPool2d<Image<5, 4, 3>, Image<3, 4, 3>, Axis<3, 2, 1, 1>, Axis<4, 1, 1, 2>>,
        AvgPool2d<Image<5, 3, 17>, Image<3, 2, 17>, Axis<2, 2, 0, 1>, Axis<2, 2, 0, 1>, Replicate>,
        AvgPool2d<Image<3, 4, 2>, Image<3, 2, 2>, Axis<3, 1, 1, 1>, Axis<2, 2, 0, 0>, Reflect>,
        (Tanh<Image<4, 4, 2>>, AvgPool2d<Image<4, 4, 2>, Image<2, 2, 2>, Axis<2, 2>, Axis<2, 2>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Axis, Replicate};
    use crate::model::{Model, Predictor};

    const X: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    type Up = Axis<2, 2, 0, 1>;
    type Max<Side> = MaxPool2d<Image<3, 3, 1>, Image<2, 2, 1>, Side, Side>;
    type Mean<Side, P> = AvgPool2d<Image<3, 3, 1>, Image<2, 2, 1>, Side, Side, P>;

    fn evaluate<L: Layer>(x: &[f64]) -> [f64; 4] {
        let model = Model::<L, f64>::new(0);
        let mut y = [0.0; 4];
        Predictor::new(&model).infer_into(x, &mut y);
        y
    }

    fn gradient<L: Layer>(x: &[f64], mut dy: [f64; 4]) -> Vec<f64> {
        let mut dx = vec![f64::NAN; x.len()];
        let io = Backward::new(&[], &mut [], [x, &[]], &mut dy, Some(&mut dx), &mut [], [&mut [], &mut []]);
        L::backward(Pass::new(1, 0), io);
        dx
    }

    #[test]
    fn windows_by_hand() {
        assert_eq!(evaluate::<Max<Axis<2>>>(&X), [5.0, 6.0, 8.0, 9.0]);
        assert_eq!(evaluate::<Mean<Axis<2>, Zero>>(&X), [3.0, 4.0, 6.0, 7.0]);
        assert_eq!(evaluate::<Max<Up>>(&X), [5.0, 6.0, 8.0, 9.0]);
        assert_eq!(evaluate::<Mean<Up, Zero>>(&X), [3.0, 2.25, 3.75, 2.25]);
        assert_eq!(evaluate::<Mean<Up, Replicate>>(&X), [3.0, 4.5, 7.5, 9.0]);
    }

    #[test]
    fn padding_never_wins_and_a_nan_does() {
        let negative = X.map(|x| -x);
        assert_eq!(evaluate::<Max<Up>>(&negative), [-1.0, -3.0, -7.0, -9.0]);
        for place in [0, 1, 3, 4] {
            let mut x = X;
            x[place] = f64::NAN;
            assert!(evaluate::<Max<Up>>(&x)[0].is_nan(), "{place}");
        }
    }

    #[test]
    fn the_gradient_goes_to_the_first_maximum() {
        let dy = [1.0, 10.0, 100.0, 1000.0];
        let dx = gradient::<Max<Axis<2>>>(&X, dy);
        assert_eq!(dx, [0.0, 0.0, 0.0, 0.0, 1.0, 10.0, 0.0, 100.0, 1000.0]);
        let dx = gradient::<Max<Axis<2>>>(&[2.0; 9], dy);
        assert_eq!(dx, [1.0, 10.0, 0.0, 100.0, 1000.0, 0.0, 0.0, 0.0, 0.0]);
        let dx = gradient::<Mean<Up, Replicate>>(&X, [4.0, 8.0, 12.0, 16.0]);
        assert_eq!(dx, [1.0, 1.0, 4.0, 1.0, 1.0, 4.0, 6.0, 6.0, 16.0]);
    }
}
