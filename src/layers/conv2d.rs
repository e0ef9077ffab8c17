//! The convolution.

use std::marker::PhantomData;

use super::geometry::{Fits, Padding, Zero, axis, prove_padding};
use crate::init::Init;
use crate::kernel::border::Border;
use crate::kernel::conv::{self, Conv};
use crate::kernel::dense::column_sums;
use crate::outline::{Kind, Outline};
use crate::{Backward, Field, Forward, Image, Layer, Pass, Scalar, Shape, Space, Stage};

/// `conv(CO)`: y\[oy\]\[ox\]\[o\] = b\[o\] + Σ x\[oy·s + kh·d − p\]\[ox·s + kw·d − p\]\[i\] · w\[kh\]\[kw\]\[i\]\[o\], summed over the
/// window's taps and the input's channels; from `I` = [`Image<H, W, CI>`](Image) to `O` = `Image<OH, OW, CO>`.
///
/// `Rows` and `Columns` are the window's two axes, each a [`Window`](super::Window) or [`Checked`](super::Checked):
/// number of taps, stride s, padding p at either end and dilation d. Padded inputs are `P`: [`Zero`],
/// [`Reflect`](super::Reflect) or [`Replicate`](super::Replicate).
///
/// With `GROUPS` above 1, channels are split into so many groups, and an output channel sees the input channels of
/// its group only; `GROUPS` = CI = CO is the depthwise convolution.
///
/// Parameters: `weight`, stored `[kh][kw][CI / GROUPS][CO]`; then, unless `BIAS` is false, `bias`, CO numbers. Zeros
/// are left out of the sums instead of being stored; the other paddings work on a padded copy of the batch.
#[derive(Debug, Clone, Copy)]
pub struct Conv2d<I, O, Rows, Columns, const GROUPS: usize = 1, P = Zero, const BIAS: bool = true>(
    PhantomData<(I, O, Rows, Columns, P)>,
);

impl<
    const H: usize,
    const W: usize,
    const CI: usize,
    const OH: usize,
    const OW: usize,
    const CO: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
    const GROUPS: usize,
    P: Padding,
    const BIAS: bool,
> Conv2d<Image<H, W, CI>, Image<OH, OW, CO>, Rows, Columns, GROUPS, P, BIAS>
{
    /// Whether the padding is a copy of inputs.
    const COPIES: bool =
        !P::ZERO && Rows::BEFORE + Rows::AFTER + Columns::BEFORE + Columns::AFTER > 0;

    /// The convolution of an image, or of its padded copy.
    const CONV: Conv = {
        assert!(
            GROUPS > 0 && CI % GROUPS == 0 && CO % GROUPS == 0,
            "conv: GROUPS must divide the channels of the input and those of the output"
        );
        prove_padding::<P, Rows>(H);
        prove_padding::<P, Columns>(W);
        let (mut rows, mut columns) = (axis::<Rows, H, OH>(), axis::<Columns, W, OW>());
        if Self::COPIES {
            (rows.input, rows.before) = (Self::BORDER.rows.output, 0);
            (columns.input, columns.before) = (Self::BORDER.columns.output, 0);
        }
        Conv { rows, columns, inputs: CI, outputs: CO, groups: GROUPS }
    };

    const BORDER: Border = Border {
        rows: Border::axis(H, Rows::BEFORE, Rows::AFTER),
        columns: Border::axis(W, Columns::BEFORE, Columns::AFTER),
        channels: CI,
        source: P::source,
    };

    /// Room for the padded copies of the batch.
    const PADDED: Space =
        if Self::COPIES { Space::per_example(Self::BORDER.len()) } else { Space::NONE };

    const WEIGHTS: usize = Self::CONV.weights();

    fn compute<T: Scalar>(params: &[T], x: &[T], y: &mut [T], scratch: &mut [T], batch: usize) {
        let (weight, bias) = params.split_at(Self::WEIGHTS);
        conv::forward(Self::CONV, Self::padded(x, scratch, batch), weight, bias, y);
    }

    /// What the kernels slide over: the input itself, or its padded copy at the beginning of scratch.
    fn padded<'a, T: Scalar>(x: &'a [T], scratch: &'a mut [T], batch: usize) -> &'a [T] {
        if !Self::COPIES {
            return &x[..H * W * CI * batch];
        }
        let padded = &mut scratch[..Self::PADDED.len(batch)];
        Self::BORDER.pad(x, padded);
        padded
    }
}

impl<
    const H: usize,
    const W: usize,
    const CI: usize,
    const OH: usize,
    const OW: usize,
    const CO: usize,
    Rows: Fits<H, OH>,
    Columns: Fits<W, OW>,
    const GROUPS: usize,
    P: Padding,
    const BIAS: bool,
> Layer for Conv2d<Image<H, W, CI>, Image<OH, OW, CO>, Rows, Columns, GROUPS, P, BIAS>
{
    type In = Image<H, W, CI>;
    type Out = Image<OH, OW, CO>;

    const NAME: &'static str = "conv";
    const PARAMS: usize = Self::WEIGHTS + if BIAS { CO } else { 0 };
    /// The weights turned around, for the input's gradient.
    const SCRATCH: Space = Space::fixed(Self::WEIGHTS).and(Self::PADDED);
    const INFER_SCRATCH: Space = Self::PADDED;
    const FLOPS: usize = 2 * Self::CONV.operations();
    const FIELD: Field = Field { rows: Rows::REACH, columns: Columns::REACH };

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], init: &mut Init) {
        init.weights(&mut params[..Self::WEIGHTS], Rows::K * Columns::K * (CI / GROUPS));
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        Self::compute(io.params, io.x, io.y, io.scratch, pass.batch);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let (weight, _) = io.params.split_at(Self::WEIGHTS);
        let (d_weight, d_bias) = io.grads.split_at_mut(Self::WEIGHTS);
        let (turned, scratch) = io.scratch.split_at_mut(Self::WEIGHTS);
        conv::weight_gradient(Self::CONV, Self::padded(io.x, scratch, pass.batch), io.dy, d_weight);
        if BIAS {
            column_sums(io.dy, d_bias);
        }
        let Some(dx) = io.dx else { return };
        if Self::COPIES {
            let d_padded = &mut scratch[..Self::PADDED.len(pass.batch)];
            conv::input_gradient(Self::CONV, io.dy, weight, &[], d_padded, turned);
            Self::BORDER.fold(d_padded, dx);
        } else {
            conv::input_gradient(Self::CONV, io.dy, weight, &[], dx, turned);
        }
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        stage.map(Self::Out::LEN * pass.batch, |x, y, scratch| {
            Self::compute(params, x, y, scratch, pass.batch);
        });
    }

    fn outline(outline: &mut Outline) {
        let sides = [Rows::K, Columns::K, CI / GROUPS, CO];
        let tensors = [("weight", Kind::Weight, &sides[..]), ("bias", Kind::Bias, &[CO])];
        outline.leaf::<Self>(&tensors[..if BIAS { 2 } else { 1 }]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::GlobalAvgPool;
    super::checks::cases![GlobalAvgPool<Image<1, 1, 1>>]
}
