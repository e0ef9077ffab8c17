//! Defines the transposed convolution.

use std::marker::PhantomData;

use super::geometry::{Fits, Geometry, axis};
use crate::core::outline::Kind;
use crate::core::receptive_field::{Ratio, Reach};
use crate::core::{
    Backward, Cost, Fan, Forward, Fusion, Image, Init, Layer, Memory, Pass, ReceptiveField, Space, Visitor,
};
use plywood_kernel::Scalar;
use plywood_kernel::conv::{self, Conv};
use plywood_kernel::epilogue as kernel;
use plywood_kernel::norm::per_channel::{self, add_sums, room};

/// `conv_transpose(CO)`: the adjoint of a convolution (Zeiler et al. 2010, "deconvolution").
///
/// Each input adds its share, x\[i\] · w\[kh\]\[kw\]\[o\]\[i\], to the outputs under its window.
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, CI>`](Image) to `O` = `Image<OH, OW, CO>`.
///
/// `Rows` and `Columns` are the axes of the convolution of which this is the adjoint, which goes from `O` to `I`. `O`
/// may be any image from which that convolution gives `I`. With a stride s there are s such sizes; the smallest has
/// sides of (H − 1)·s + d·(K − 1) + 1 − BEFORE − AFTER. Other libraries call a larger choice output padding.
///
/// # Parameters
/// The parameters are `weight`, stored `[kh][kw][CO][CI]`, exactly as the convolution from `O` to `I` stores its own,
/// and then, unless `BIAS` is false, `bias` with CO numbers. The variance of the starting weights is that for the
/// average number of inputs that meet in an output, K·K·CI / s².
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
    /// The convolution of which this is the adjoint.
    const CONV: Conv = Conv {
        rows: axis::<Rows, OH, H>(),
        columns: axis::<Columns, OW, W>(),
        inputs: CO,
        outputs: CI,
        groups: 1,
    };
    const WEIGHTS: usize = Self::CONV.weights();
}

/// Returns the reach of an output into the inputs along one axis.
const fn reach<G: Geometry>() -> Reach {
    let last = G::EXTENT - 1;
    Reach::Window {
        span: Ratio::new(last / G::STRIDE, 1),
        step: Ratio::new(1, G::STRIDE),
        before: Ratio::new(last.saturating_sub(G::BEFORE), G::STRIDE),
        after: Ratio::new(G::BEFORE, G::STRIDE),
    }
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
    /// Scratch holds the transposed or widened weights, or parts of the gradients of weights and biases.
    const MEMORY: Memory = {
        let turned = Space::fixed(Self::WEIGHTS);
        let scratch = turned
            .or(Space::fixed(Self::CONV.forward_room()))
            .or(Space::fixed(Self::CONV.gradient_room()))
            .or(Space::fixed(if BIAS { room(CO, 1) } else { 0 }));
        Memory::OUT_OF_PLACE.scratch(scratch).infer_scratch(turned).reads_input().preserves_dy()
    };
    const COST: Cost = Cost::FREE
        .flops(2 * Self::CONV.operations())
        .sees(ReceptiveField { rows: reach::<Rows>(), columns: reach::<Columns>() });
    const FUSION: Fusion = Fusion::NONE.rectifies().absorbs();

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], init: &mut Init) {
        let taps = Rows::K * Columns::K;
        let inputs = (taps * CI) as f64 / (Rows::STRIDE * Columns::STRIDE) as f64;
        let fan = Fan { inputs, outputs: taps * CO, columns: CI, groups: 1 };
        init.tensor(&mut params[..Self::WEIGHTS], fan);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        let (weight, bias) = io.params.split_at(Self::WEIGHTS);
        let turned = &mut io.scratch[..Self::WEIGHTS];
        conv::input_gradient(Self::CONV, io.x, weight, io.epilogue.bias(bias), io.y, turned);
        io.epilogue.apply(io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let (weight, _) = io.params.split_at(Self::WEIGHTS);
        let (d_weight, d_bias) = io.grads.split_at_mut(Self::WEIGHTS);
        let room = &mut io.scratch[..Self::CONV.gradient_room()];
        conv::weight_gradient(Self::CONV, io.dy, io.x, d_weight, room);
        if BIAS {
            add_sums(d_bias, io.dy, io.scratch);
        }
        if let Some(dx) = io.dx {
            conv::forward(
                Self::CONV,
                io.dy,
                weight,
                &[],
                kernel::Epilogue::NONE,
                dx,
                &mut io.scratch[..Self::CONV.forward_room()],
            );
        }
    }

    fn absorb<T: Scalar>(params: &mut [T], affine: &mut [T]) {
        let (weight, bias) = params.split_at_mut(Self::WEIGHTS);
        for (row, factor) in weight.chunks_exact_mut(CI).zip(affine[..CO].iter().cycle()) {
            for weight in row {
                *weight *= *factor;
            }
        }
        per_channel::absorb(&mut [], bias, affine);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        let sides = [Rows::K, Columns::K, CO, CI];
        let tensors = [("weight", Kind::Weight, &sides[..]), ("bias", Kind::Bias, &[CO])];
        visitor.leaf::<Self>(&tensors[..if BIAS { 2 } else { 1 }]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{Axis, LargeAxis, Tanh};

    super::checks::cases![
        ConvTranspose2d<Image<1, 1, 1>, Image<1, 1, 1>, Axis<1>, Axis<1>>,
        ConvTranspose2d<Image<3, 2, 3>, Image<5, 5, 4>, Axis<3>, Axis<4>>,
        ConvTranspose2d<Image<2, 3, 5>, Image<4, 6, 3>, Axis<2, 2>, Axis<2, 2>>,
        // the same window, with outputs that it does not reach
        ConvTranspose2d<Image<2, 3, 1>, Image<5, 7, 3>, Axis<2, 2>, Axis<2, 2>, false>,
        ConvTranspose2d<Image<3, 2, 17>, Image<5, 4, 2>, Axis<3, 2, 1, 1>, Axis<3, 2, 1, 1>>,
        ConvTranspose2d<Image<2, 2, 2>, Image<6, 4, 3>, Axis<4, 3, 0, 1>, Axis<3, 1, 0, 0>>,
        ConvTranspose2d<Image<3, 3, 2>, Image<5, 6, 2>, LargeAxis<2, 1, 0, 0, 2>, LargeAxis<3, 2, 1, 2, 2>>,
        (ConvTranspose2d<Image<2, 2, 2>, Image<4, 4, 3>, Axis<2, 2>, Axis<2, 2>>, Tanh<Image<4, 4, 3>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Shape;
    use crate::layers::{Axis, Conv2d, Zero};
    use crate::model::{Model, Predictor};

    /// Returns the output of a layer for the given parameters and input.
    fn evaluate<L: Layer>(params: &[f64], x: &[f64]) -> Vec<f64> {
        let mut model = Model::<L, f64>::new(0);
        model.params_mut().copy_from_slice(params);
        let mut y = vec![0.0; x.len() / L::In::LEN * L::Out::LEN];
        Predictor::new(&model).infer_into(x, &mut y);
        y
    }

    #[test]
    fn a_filter_of_two_by_two_by_hand() {
        type Up<const SIDE: usize, const STRIDE: usize> =
            ConvTranspose2d<Image<2, 2, 1>, Image<SIDE, SIDE, 1>, Axis<2, STRIDE>, Axis<2, STRIDE>>;
        let (params, x) = ([1.0, 10.0, 100.0, 1000.0, 0.5], [1.0, 2.0, 3.0, 4.0]);
        let y = evaluate::<Up<3, 1>>(&params, &x);
        assert_eq!(y, [1.5, 12.5, 20.5, 103.5, 1234.5, 2040.5, 300.5, 3400.5, 4000.5]);
        let y = evaluate::<Up<4, 2>>(&params, &x);
        assert_eq!(y[..8], [1.5, 10.5, 2.5, 20.5, 100.5, 1000.5, 200.5, 2000.5]);
        // an output that no window reaches holds the bias
        let y = evaluate::<Up<5, 2>>(&params, &x);
        assert_eq!(y[4], 0.5);
    }

    /// Checks that ⟨conv(x), y⟩ = ⟨x, transpose(y)⟩ for the same weights.
    #[test]
    fn is_the_adjoint_of_the_convolution() {
        type Rows = Axis<3, 2, 1, 0>;
        type Columns = Axis<2, 3, 1, 1, 2>;
        type Large = Image<8, 9, 3>;
        type Small = Image<4, 3, 5>;
        let numbers =
            |n, seed| (0..n).map(|i| f64::from((i * i + 7 * i + seed) % 11 - 5)).collect::<Vec<_>>();
        let w = numbers(3 * 2 * 3 * 5, 1);
        let (x, y) = (numbers(8 * 9 * 3, 2), numbers(4 * 3 * 5, 3));
        let conv = evaluate::<Conv2d<Large, Small, Rows, Columns, 1, Zero, false>>(&w, &x);
        let transpose = evaluate::<ConvTranspose2d<Small, Large, Rows, Columns, false>>(&w, &y);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert_eq!(dot(&conv, &y), dot(&x, &transpose));
        assert_ne!(dot(&conv, &y), 0.0);
    }
}
