//! The transposed convolution.

use std::marker::PhantomData;

use super::geometry::{Fits, Geometry, axis};
use crate::init::Init;
use crate::kernel::conv::{self, Conv};
use crate::kernel::dense::column_sums;
use crate::outline::{Kind, Outline};
use crate::{Backward, Field, Forward, Image, Layer, Pass, Reach, Scalar, Shape, Space, Stage};

/// `conv_transpose(CO)`: the adjoint of a convolution, from `I` = [`Image<H, W, CI>`](Image) to `O` =
/// `Image<OH, OW, CO>`: each input adds its share, x\[i\] · w\[kh\]\[kw\]\[o\]\[i\], to the outputs under its window
/// (Zeiler et al. 2010, "deconvolution").
///
/// `Rows` and `Columns` are the axes of the convolution that it is the adjoint of, which goes from `O` to `I`. Any
/// `O` will do from which that convolution gives `I`: with a stride s there are s of them, of which the smallest has
/// sides of (H − 1)·s + d·(K − 1) + 1 − BEFORE − AFTER; a larger choice is what other libraries call output padding.
///
/// Parameters: `weight`, stored `[kh][kw][CO][CI]`, exactly as the convolution from `O` to `I` stores its own; then,
/// unless `BIAS` is false, `bias`, CO numbers. The starting weights have the variance for the number of inputs
/// that meet in an output on average, K·K·CI / s².
#[derive(Debug, Clone, Copy)]
pub struct ConvTranspose2d<I, O, Rows, Columns, const BIAS: bool = true>(PhantomData<(I, O, Rows, Columns)>);

impl<
    const H: usize,
    const W: usize,
    const CI: usize,
    const OH: usize,
    const OW: usize,
    const CO: usize,
    Rows: Fits<OH, H>,
    Columns: Fits<OW, W>,
    const BIAS: bool,
> ConvTranspose2d<Image<H, W, CI>, Image<OH, OW, CO>, Rows, Columns, BIAS>
{
    /// The convolution that this is the adjoint of.
    const CONV: Conv = Conv {
        rows: axis::<Rows, OH, H>(),
        columns: axis::<Columns, OW, W>(),
        inputs: CO,
        outputs: CI,
        groups: 1,
    };
    const WEIGHTS: usize = Self::CONV.weights();

    fn compute<T: Scalar>(params: &[T], x: &[T], y: &mut [T], turned: &mut [T]) {
        let (weight, bias) = params.split_at(Self::WEIGHTS);
        conv::input_gradient(Self::CONV, x, weight, bias, y, &mut turned[..Self::WEIGHTS]);
    }
}

/// How many inputs reach an output along one axis.
const fn reach<G: Geometry>() -> Reach {
    Reach::Window { size: (G::EXTENT - 1) / G::STRIDE + 1, step: (1, G::STRIDE) }
}

impl<
    const H: usize,
    const W: usize,
    const CI: usize,
    const OH: usize,
    const OW: usize,
    const CO: usize,
    Rows: Fits<OH, H>,
    Columns: Fits<OW, W>,
    const BIAS: bool,
> Layer for ConvTranspose2d<Image<H, W, CI>, Image<OH, OW, CO>, Rows, Columns, BIAS>
{
    type In = Image<H, W, CI>;
    type Out = Image<OH, OW, CO>;

    const NAME: &'static str = "conv_transpose";
    const PARAMS: usize = Self::WEIGHTS + if BIAS { CO } else { 0 };
    /// The weights turned around.
    const SCRATCH: Space = Space::fixed(Self::WEIGHTS);
    const INFER_SCRATCH: Space = Self::SCRATCH;
    const FLOPS: usize = 2 * Self::CONV.operations();
    const FIELD: Field = Field { rows: reach::<Rows>(), columns: reach::<Columns>() };

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], init: &mut Init) {
        let fan_in = (Rows::K * Columns::K * CI).div_ceil(Rows::STRIDE * Columns::STRIDE);
        init.weights(&mut params[..Self::WEIGHTS], fan_in);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        Self::compute(io.params, io.x, io.y, io.scratch);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let (weight, _) = io.params.split_at(Self::WEIGHTS);
        let (d_weight, d_bias) = io.grads.split_at_mut(Self::WEIGHTS);
        conv::weight_gradient(Self::CONV, io.dy, io.x, d_weight);
        if BIAS {
            column_sums(io.dy, d_bias);
        }
        if let Some(dx) = io.dx {
            conv::forward(Self::CONV, io.dy, weight, &[], dx);
        }
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        stage.map(Self::Out::LEN * pass.batch, |x, y, scratch| {
            Self::compute(params, &x[..Self::In::LEN * pass.batch], y, scratch);
        });
    }

    fn outline(outline: &mut Outline) {
        let sides = [Rows::K, Columns::K, CO, CI];
        let tensors = [("weight", Kind::Weight, &sides[..]), ("bias", Kind::Bias, &[CO])];
        outline.leaf::<Self>(&tensors[..if BIAS { 2 } else { 1 }]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::GlobalAvgPool;
    super::checks::cases![GlobalAvgPool<Image<1, 1, 1>>]
}
