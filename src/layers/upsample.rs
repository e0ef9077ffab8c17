//! Defines upsampling.

use std::marker::PhantomData;

use crate::core::message::Message;
use crate::core::receptive_field::Reach;
use crate::core::{Backward, Cost, Forward, Image, Layer, Memory, Pass, ReceptiveField};
use plywood_kernel::Scalar;
use plywood_kernel::conv::axis::Axis;
use plywood_kernel::pool::{self, Pool};

/// `upsample(K)`: y\[oy\]\[ox\]\[c\] = x\[⌊oy/K⌋\]\[⌊ox/K⌋\]\[c\], the nearest neighbor.
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, C>`](Image) to `O` = `Image<H·K, W·K, C>`.
#[derive(Debug, Clone, Copy)]
pub struct Upsample<I, O, const K: usize>(PhantomData<(I, O)>);

/// Fails to compile if the output's sides are not the enlarged ones.
#[track_caller]
const fn enlarges([height, width]: [usize; 2], factor: usize, [rows, columns]: [usize; 2]) {
    // a product could overflow, so the sides are divided instead
    let enlarged = factor > 0 && rows / factor == height && columns / factor == width;
    if !enlarged || !rows.is_multiple_of(factor) || !columns.is_multiple_of(factor) {
        let message = Message::new()
            .text("upsample: the sides of the output are K times those of the input: found ")
            .number(height)
            .text("×")
            .number(width)
            .text(", K = ")
            .number(factor)
            .text(" and ")
            .number(rows)
            .text("×")
            .number(columns);
        panic!("{}", message.as_str());
    }
}

impl<const H: usize, const W: usize, const C: usize, const OH: usize, const OW: usize, const K: usize>
    Upsample<Image<H, W, C>, Image<OH, OW, C>, K>
{
    /// The sum of K×K windows from output to input, of which this is the adjoint.
    const POOL: Pool = {
        enlarges([H, W], K, [OH, OW]);
        Pool { rows: Axis::tiling(OH, K), columns: Axis::tiling(OW, K), channels: C }
    };
}

impl<const H: usize, const W: usize, const C: usize, const OH: usize, const OW: usize, const K: usize> Layer
    for Upsample<Image<H, W, C>, Image<OH, OW, C>, K>
{
    type In = Image<H, W, C>;
    type Out = Image<OH, OW, C>;

    const NAME: &'static str = "upsample";
    const MEMORY: Memory = Memory::OUT_OF_PLACE.width(Self::POOL.width()).reads_nothing().preserves_dy();
    const COST: Cost = {
        let reach = Reach::upsampled(K);
        Cost::FREE.sees(ReceptiveField { rows: reach, columns: reach })
    };

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        pool::spread(Self::POOL, None, T::ONE, io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            pool::sum(Self::POOL, None, T::ONE, io.dy, dx);
        }
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::Flat;
    use crate::layers::{Dense, Flatten, Tanh};

    super::checks::cases![
        Upsample<Image<1, 1, 1>, Image<1, 1, 1>, 1>,
        Upsample<Image<2, 3, 5>, Image<4, 6, 5>, 2>,
        Upsample<Image<3, 1, 17>, Image<9, 3, 17>, 3>,
        ((Tanh<Image<2, 2, 3>>, Upsample<Image<2, 2, 3>, Image<4, 4, 3>, 2>), Tanh<Image<4, 4, 3>>),
        (
            (Upsample<Image<1, 2, 3>, Image<2, 4, 3>, 2>, Flatten<Image<2, 4, 3>, 24>),
            (Dense<24, 2>, Tanh<Flat<2>>)
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Predictor};

    #[test]
    fn repeats_each_pixel() {
        let model = Model::<Upsample<Image<1, 2, 2>, Image<2, 4, 2>, 2>, f64>::new(0);
        let mut y = [0.0; 16];
        Predictor::new(&model).infer_into(&[1.0, 2.0, 3.0, 4.0], &mut y);
        let row = [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0];
        assert_eq!(y, [row, row].concat()[..]);
    }
}
