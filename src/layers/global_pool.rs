//! Defines pooling over whole images, which gives one number for each channel.

use std::marker::PhantomData;

use crate::core::{Backward, Cost, Flat, Forward, Image, Layer, Memory, Pass};
use plywood_kernel::Scalar;
use plywood_kernel::conv::axis::Axis;
use plywood_kernel::pool::{self, Pool};

/// `global_avg_pool`: y\[c\] = the mean of x\[·\]\[·\]\[c\] (Lin et al. 2013).
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, C>`](Image) to [`Flat<C>`](Flat).
#[derive(Debug, Clone, Copy)]
pub struct GlobalAvgPool<I>(PhantomData<I>);

/// `global_max_pool`: y\[c\] = the largest x\[·\]\[·\]\[c\].
///
/// The gradient goes to the first of equal maxima.
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, C>`](Image) to [`Flat<C>`](Flat).
#[derive(Debug, Clone, Copy)]
pub struct GlobalMaxPool<I>(PhantomData<I>);

/// Returns a pool with one window as large as the image.
const fn whole(height: usize, width: usize, channels: usize) -> Pool {
    Pool { rows: Axis::tiling(height, height), columns: Axis::tiling(width, width), channels }
}

impl<const H: usize, const W: usize, const C: usize> GlobalAvgPool<Image<H, W, C>> {
    const POOL: Pool = whole(H, W, C);

    /// Returns the weight of one input in the mean.
    fn share<T: Scalar>() -> T {
        T::of(1.0 / (H * W) as f64)
    }
}

impl<const H: usize, const W: usize, const C: usize> Layer for GlobalAvgPool<Image<H, W, C>> {
    type In = Image<H, W, C>;
    type Out = Flat<C>;

    const NAME: &'static str = "global_avg_pool";
    const MEMORY: Memory = Memory::OUT_OF_PLACE.reads_nothing().preserves_dy();
    const COST: Cost = Cost::FREE.flops(Self::POOL.operations());

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        pool::sum(Self::POOL, None, Self::share(), io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::spread(Self::POOL, None, Self::share(), io.dy, dx);
        }
    }
}

impl<const H: usize, const W: usize, const C: usize> GlobalMaxPool<Image<H, W, C>> {
    const POOL: Pool = whole(H, W, C);
}

impl<const H: usize, const W: usize, const C: usize> Layer for GlobalMaxPool<Image<H, W, C>> {
    type In = Image<H, W, C>;
    type Out = Flat<C>;

    const NAME: &'static str = "global_max_pool";
    const MEMORY: Memory = Memory::OUT_OF_PLACE.reads_input().preserves_dy();
    const COST: Cost = Cost::FREE.flops(Self::POOL.operations());

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        pool::max(Self::POOL, io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::max_gradient(Self::POOL, io.x, io.dy, dx);
        }
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::Dense;

    super::checks::cases![
        GlobalAvgPool<Image<1, 1, 1>>,
        GlobalAvgPool<Image<3, 2, 5>>,
        GlobalMaxPool<Image<1, 1, 3>>,
        GlobalMaxPool<Image<2, 4, 17>>,
        (GlobalAvgPool<Image<3, 3, 4>>, Dense<4, 2>),
        (GlobalMaxPool<Image<3, 3, 4>>, Dense<4, 2>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Predictor};

    fn evaluate<L: Layer>(x: &[f64], y: &mut [f64]) {
        let model = Model::<L, f64>::new(0);
        Predictor::new(&model).infer_into(x, y);
    }

    #[test]
    fn each_channel_by_itself() {
        let x = [1.0, 10.0, 2.0, 60.0, 3.0, 20.0, 6.0, 30.0];
        let mut y = [0.0; 2];
        evaluate::<GlobalAvgPool<Image<2, 2, 2>>>(&x, &mut y);
        assert_eq!(y, [3.0, 30.0]);
        evaluate::<GlobalMaxPool<Image<2, 2, 2>>>(&x, &mut y);
        assert_eq!(y, [6.0, 60.0]);
    }
}
