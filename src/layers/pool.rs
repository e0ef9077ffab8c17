//! Pooling: the maximum or the mean of each window, channel by channel.

use std::marker::PhantomData;

use super::geometry::{Fits, Padding, Zero, axis, prove_padding};
use crate::kernel::pool::{self, Pool};
use crate::{Backward, Field, Forward, Image, Layer, Pass, Scalar, Shape, Stage};

/// `max_pool`: y\[oy\]\[ox\]\[c\] = the largest x\[·\]\[·\]\[c\] of the window; from `I` = [`Image<H, W, C>`](Image) to `O` =
/// `Image<OH, OW, C>`.
///
/// `Rows` and `Columns` are the window's two axes, as in [`Conv2d`](super::Conv2d). Padding never wins: a window
/// that reaches beyond the image is cut off there, so that `AFTER` is how to round the output's size up. The
/// gradient goes to the first of equal maxima; a NaN counts as the largest, so that it is seen in the loss.
#[derive(Debug, Clone, Copy)]
pub struct MaxPool2d<I, O, Rows, Columns>(PhantomData<(I, O, Rows, Columns)>);

/// `avg_pool`: y\[oy\]\[ox\]\[c\] = the mean of x\[·\]\[·\]\[c\] over the window; from `I` = [`Image<H, W, C>`](Image) to `O` =
/// `Image<OH, OW, C>`.
///
/// `Rows` and `Columns` are the window's two axes, as in [`Conv2d`](super::Conv2d). The mean is always over the whole
/// window: zeros of a [`Zero`] padding count. With [`Replicate`](super::Replicate), a window that reaches
/// beyond the image repeats its edge.
#[derive(Debug, Clone, Copy)]
pub struct AvgPool2d<I, O, Rows, Columns, P = Zero>(PhantomData<(I, O, Rows, Columns, P)>);

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
        let pool =
            Pool { rows: axis::<Rows, H, OH>(), columns: axis::<Columns, W, OW>(), channels: C };
        assert!(pool.sees_something(), "max_pool: some window lies in the padding altogether");
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
    const FLOPS: usize = Self::POOL.operations();
    const WIDTH: usize = Self::POOL.width();
    const FIELD: Field = Field { rows: Rows::REACH, columns: Columns::REACH };

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        pool::max(Self::POOL, io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::max_gradient(Self::POOL, io.x, io.dy, dx);
        }
    }

    fn infer<T: Scalar>(pass: Pass, _: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        stage.map(Self::Out::LEN * pass.batch, |x, y, _| pool::max(Self::POOL, x, y));
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
        prove_padding::<P, Rows>(H);
        prove_padding::<P, Columns>(W);
        Pool { rows: axis::<Rows, H, OH>(), columns: axis::<Columns, W, OW>(), channels: C }
    };

    fn compute<T: Scalar>(x: &[T], y: &mut [T]) {
        pool::sum(Self::POOL, P::source, Self::share(), x, y);
    }

    /// What one input counts for.
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
    const FLOPS: usize = Self::POOL.operations();
    const WIDTH: usize = Self::POOL.width();
    const FIELD: Field = Field { rows: Rows::REACH, columns: Columns::REACH };
    const USES_INPUT: bool = false;

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        Self::compute(io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::spread(Self::POOL, P::source, Self::share(), io.dy, dx);
        }
    }

    fn infer<T: Scalar>(pass: Pass, _: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        stage.map(Self::Out::LEN * pass.batch, |x, y, _| Self::compute(x, y));
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::GlobalAvgPool;
    super::checks::cases![GlobalAvgPool<Image<1, 1, 1>>]
}
