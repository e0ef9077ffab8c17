//! Defines the convolution.

use std::marker::PhantomData;

use super::geometry::{
    Fits, Geometry, Padding, Zero, axis, axis_over, moves, prove_padding, reach as geometry_reach,
};
use crate::core::outline::Kind;
use crate::core::receptive_field::{Ratio, Reach};
use crate::core::visitor::{Moves, Windowed};
use crate::core::{
    Backward, Cost, Fan, Forward, Fusion, Image, Init, Layer, Memory, Pass, ReceptiveField, Space, Visitor,
    larger, proof,
};
use plywood_kernel::Scalar;
use plywood_kernel::conv::border::Border;
use plywood_kernel::conv::{self, Conv};
use plywood_kernel::epilogue as kernel;
use plywood_kernel::norm::per_channel::{self, add_sums, room};

/// `conv(CO)`: y\[oy\]\[ox\]\[o\] = b\[o\] + Σ x\[oy·s + kh·d − p\]\[ox·s + kw·d − p\]\[i\] · w\[kh\]\[kw\]\[i\]\[o\].
///
/// The sum is over the window's taps and the input's channels.
///
/// # Shapes
/// The layer goes from `I` = [`Image<H, W, CI>`](Image) to `O` = `Image<OH, OW, CO>`.
///
/// # Parameters
/// The parameters are `weight`, stored `[kh][kw][CI / GROUPS][CO]`, and then, unless `BIAS` is false, `bias` with CO
/// numbers.
///
/// # Windows
/// `Rows` and `Columns` are the window's two axes, each an [`Axis`](super::Axis) or [`LargeAxis`](super::LargeAxis):
/// the number of taps, stride s, padding p at either end and dilation d. `P` defines the padded inputs: [`Zero`],
/// [`Reflect`](super::Reflect) or [`Replicate`](super::Replicate).
///
/// With `GROUPS` above 1, channels are split into the given number of groups, and an output channel sees only the input
/// channels of its group. `GROUPS` = CI = CO is the depthwise convolution.
///
/// Zeros of the padding are left out of the sums instead of being stored. The other paddings work on a padded copy of
/// the batch.
#[derive(Debug, Clone, Copy)]
pub struct Conv2d<I, O, Rows, Columns, const GROUPS: usize = 1, P = Zero, const BIAS: bool = true>(
    PhantomData<(I, O, Rows, Columns, P)>,
);

/// Returns the receptive field along an axis.
///
/// If padding `copies` inputs into a window, they come from no further inside the image than the window reaches beyond
/// it.
const fn reach<G: Geometry>(copies: bool) -> Reach {
    if !copies {
        return geometry_reach::<G>();
    }
    let last = G::EXTENT - 1;
    Reach::Window {
        span: Ratio::new(last, 1),
        step: Ratio::new(G::STRIDE, 1),
        before: Ratio::new(larger(G::BEFORE, (G::BEFORE + 2 * G::AFTER).saturating_sub(last)), 1),
        after: Ratio::new(larger(last.saturating_sub(G::BEFORE), G::BEFORE), 1),
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
> Conv2d<Image<H, W, CI>, Image<OH, OW, CO>, Rows, Columns, GROUPS, P, BIAS>
{
    /// True if the padding is a copy of inputs.
    const COPIES: bool = !P::ZERO && Rows::BEFORE + Rows::AFTER + Columns::BEFORE + Columns::AFTER > 0;

    /// The convolution of an image, or of its padded copy.
    const CONV: Conv = {
        proof::divides("conv", GROUPS, CI, "input");
        proof::divides("conv", GROUPS, CO, "output");
        prove_padding::<P, Rows>("conv", "rows", H);
        prove_padding::<P, Columns>("conv", "columns", W);
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

    /// The memory for the padded copies of the batch.
    const PADDED: Space =
        if Self::COPIES { Space::per_example(Self::BORDER.padded_len()) } else { Space::NONE };

    const WEIGHTS: usize = Self::CONV.weights();
    /// The size of the weights in the form that the forward pass uses.
    const WIDENED: usize = Self::CONV.forward_room();
    /// The size of the work space: the widened weights in a forward pass; parts of the gradients of weights and biases,
    /// and the transposed weights for the input's gradient, in a backward pass.
    const WORK: usize = larger(
        larger(Self::WIDENED, Self::CONV.gradient_room()),
        larger(Self::WEIGHTS, if BIAS { room(CO, 1) } else { 0 }),
    );

    /// Returns the image over which kernels slide: the input itself, or its padded copy at the beginning of scratch.
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
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .scratch(Space::fixed(Self::WORK).and(Self::PADDED))
        .infer_scratch(Space::fixed(Self::WIDENED).and(Self::PADDED))
        .reads_input()
        .preserves_dy();
    const COST: Cost = Cost::FREE
        .flops(2 * Self::CONV.operations())
        .sees(ReceptiveField { rows: reach::<Rows>(Self::COPIES), columns: reach::<Columns>(Self::COPIES) });
    const FUSION: Fusion = Fusion::NONE.adds().absorbs();

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], init: &mut Init) {
        let (taps, weights) = (Rows::K * Columns::K, &mut params[..Self::WEIGHTS]);
        let inputs = (taps * (CI / GROUPS)) as f64;
        init.tensor(weights, Fan { inputs, outputs: taps * (CO / GROUPS), columns: CO, groups: GROUPS });
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let (weight, bias) = io.params.split_at(Self::WEIGHTS);
        let (widened, scratch) = io.scratch.split_at_mut(Self::WIDENED);
        let x = Self::padded(io.x, scratch, pass.batch);
        let (bias, epilogue) = (io.epilogue.bias(bias), io.epilogue.of_kernel());
        conv::forward(Self::CONV, x, weight, bias, epilogue, io.y, widened);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let (weight, _) = io.params.split_at(Self::WEIGHTS);
        let (d_weight, d_bias) = io.grads.split_at_mut(Self::WEIGHTS);
        let (work, scratch) = io.scratch.split_at_mut(Self::WORK);
        let x = Self::padded(io.x, scratch, pass.batch);
        conv::weight_gradient(Self::CONV, x, io.dy, d_weight, &mut work[..Self::CONV.gradient_room()]);
        if BIAS {
            add_sums(d_bias, io.dy, work);
        }
        let Some(dx) = io.dx else { return };
        let turned = &mut work[..Self::WEIGHTS];
        if Self::COPIES {
            let d_padded = &mut scratch[..Self::PADDED.len(pass.batch)];
            conv::input_gradient(Self::CONV, io.dy, weight, &[], d_padded, turned);
            Self::BORDER.fold(d_padded, dx);
        } else {
            conv::input_gradient(Self::CONV, io.dy, weight, &[], dx, turned);
        }
    }

    fn absorb<T: Scalar>(params: &mut [T], affine: &mut [T]) {
        let (weight, bias) = params.split_at_mut(Self::WEIGHTS);
        per_channel::absorb(weight, bias, affine);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        let sides = [Rows::K, Columns::K, CI / GROUPS, CO];
        let tensors = [("weight", Kind::Weight, &sides[..]), ("bias", Kind::Bias, &[CO])];
        visitor.windowed::<Self>(&tensors[..if BIAS { 2 } else { 1 }]);
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
> Windowed for Conv2d<Image<H, W, CI>, Image<OH, OW, CO>, Rows, Columns, GROUPS, P, BIAS>
{
    const MOVES: Option<Moves> = moves::<Rows, Columns>();

    fn compute<T: Scalar>(params: &[T], _: &[T], [from, to]: [[usize; 2]; 2], x: &[T], y: &mut [T]) {
        let (weight, bias) = params.split_at(Self::WEIGHTS);
        let rows = axis_over(Self::CONV.rows, [from[0], to[0]]);
        let columns = axis_over(Self::CONV.columns, [from[1], to[1]]);
        let conv = Conv { rows, columns, ..Self::CONV };
        conv::forward(conv, x, weight, bias, kernel::Epilogue::NONE, y, &mut []);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{Axis, CausalAxis, LargeAxis, Reflect, Relu, Replicate, Tanh};

    type Same<const H: usize, const W: usize, const CI: usize, const CO: usize> =
        Conv2d<Image<H, W, CI>, Image<H, W, CO>, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;

    super::checks::cases![
        Conv2d<Image<1, 1, 1>, Image<1, 1, 1>, Axis<1>, Axis<1>>,
        Conv2d<Image<4, 3, 5>, Image<4, 3, 17>, Axis<1>, Axis<1>>,
        Conv2d<Image<5, 4, 3>, Image<3, 3, 4>, Axis<3>, Axis<2>>,
        // a window as large as the image, and one larger than it
        Conv2d<Image<3, 4, 2>, Image<1, 1, 5>, Axis<3>, Axis<4>>,
        Conv2d<Image<2, 1, 3>, Image<2, 1, 2>, Axis<5, 1, 2, 2>, Axis<3, 1, 1, 1>>,
        Same<4, 6, 3, 5>,
        Same<3, 3, 17, 1>,
        // strides, with padding at one end, and inputs that no window sees
        Conv2d<Image<7, 6, 3>, Image<4, 3, 4>, Axis<3, 2, 1, 1>, Axis<3, 2, 0, 1>>,
        Conv2d<Image<8, 5, 1>, Image<3, 2, 3>, Axis<2, 3>, Axis<1, 3>>,
        Conv2d<Image<6, 4, 2>, Image<6, 1, 3>, Axis<4, 1, 2, 1>, Axis<5, 3, 1, 2>>,
        // padding wider than the window
        Conv2d<Image<2, 2, 2>, Image<6, 4, 2>, Axis<1, 1, 2, 2>, Axis<2, 1, 2, 1>>,
        // dilation, with and without stride
        Conv2d<Image<7, 5, 2>, Image<3, 5, 3>, Axis<3, 1, 0, 0, 2>, Axis<3, 1, 2, 2, 2>>,
        Conv2d<Image<8, 7, 2>, Image<4, 3, 2>, Axis<2, 2, 1, 0, 2>, Axis<3, 2, 1, 1, 2>>,
        // causal: by each kind of kernel, wider than the image, with stride and dilation, and the first column repeated
        Conv2d<Image<1, 7, 2>, Image<1, 7, 3>, Axis<1>, CausalAxis<3>>,
        Conv2d<Image<1, 3, 2>, Image<1, 3, 17>, Axis<1>, CausalAxis<4, 1, 2>>,
        Conv2d<Image<2, 8, 3>, Image<1, 3, 3>, Axis<1, 2>, CausalAxis<2, 3, 2>, 3>,
        Conv2d<Image<1, 6, 2>, Image<1, 3, 4>, Axis<1>, CausalAxis<3, 2>, 2, Replicate>,
        // groups, and each channel by itself
        Conv2d<Image<4, 4, 4>, Image<4, 2, 6>, Axis<3, 1, 1, 1>, Axis<3>, 2>,
        Conv2d<Image<4, 5, 3>, Image<4, 5, 6>, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>, 3>,
        Conv2d<Image<5, 4, 17>, Image<3, 2, 17>, Axis<3, 2, 1, 1>, Axis<3, 1>, 17>,
        // the other paddings, and no bias
        Conv2d<Image<4, 5, 2>, Image<4, 5, 3>, Axis<3, 1, 1, 1>, Axis<5, 1, 2, 2>, 1, Reflect>,
        Conv2d<Image<3, 2, 2>, Image<3, 3, 2>, Axis<3, 1, 1, 1>, Axis<4, 2, 3, 3>, 2, Replicate>,
        Conv2d<Image<3, 3, 2>, Image<2, 2, 2>, Axis<2>, Axis<2>, 1, Reflect, false>,
        Conv2d<Image<4, 4, 3>, Image<4, 4, 3>, LargeAxis<3, 1, 1, 1>, LargeAxis<3, 1, 1, 1>, 3, Zero, false>,
        ((Same<3, 4, 2, 3>, Relu<Image<3, 4, 3>>), (Same<3, 4, 3, 2>, Tanh<Image<3, 4, 2>>)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Declared, Outline, Shape};
    use crate::layers::{Axis, Reflect, Replicate};
    use crate::model::{Model, Predictor};

    /// Returns the output of a layer for the given parameters and input.
    fn evaluate<L: Layer>(params: &[f64], x: &[f64]) -> Vec<f64> {
        let mut model = Model::<L, f64>::new(0);
        model.params_mut().copy_from_slice(params);
        let mut y = vec![0.0; x.len() / L::In::LEN * L::Out::LEN];
        Predictor::new(&model).infer_into(x, &mut y);
        y
    }

    const X: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    /// A 2×2 filter and its bias.
    const PARAMS: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 0.5];

    type Conv<const OH: usize, const OW: usize, Rows, Columns, P = Zero> =
        Conv2d<Image<3, 3, 1>, Image<OH, OW, 1>, Rows, Columns, 1, P>;

    #[test]
    fn a_filter_of_two_by_two_by_hand() {
        let y = evaluate::<Conv<2, 2, Axis<2>, Axis<2>>>(&PARAMS, &X);
        assert_eq!(y, [5421.5, 6532.5, 8754.5, 9865.5]);
        // a stride of 2 leaves the first; dilation 2 joins the corners
        assert_eq!(evaluate::<Conv<1, 1, Axis<2, 2>, Axis<2, 2>>>(&PARAMS, &X), [5421.5]);
        let y = evaluate::<Conv<1, 1, Axis<2, 1, 0, 0, 2>, Axis<2, 1, 0, 0, 2>>>(&PARAMS, &X);
        assert_eq!(y, [9731.5]);
    }

    #[test]
    fn paddings_by_hand() {
        type Left = Axis<2, 1, 1>;
        let row = [
            evaluate::<Conv<1, 3, Axis<2, 2>, Left>>(&PARAMS, &X),
            evaluate::<Conv<1, 3, Axis<2, 2>, Left, Reflect>>(&PARAMS, &X),
            evaluate::<Conv<1, 3, Axis<2, 2>, Left, Replicate>>(&PARAMS, &X),
        ];
        assert_eq!(row[0], [4010.5, 5421.5, 6532.5]);
        assert_eq!(row[1], [4512.5, 5421.5, 6532.5]);
        assert_eq!(row[2], [4411.5, 5421.5, 6532.5]);
    }

    #[test]
    fn groups_do_not_see_each_other() {
        // one pixel, four channels in two groups; w[i][o], o = 0, 1 belong to the first group
        type Grouped = Conv2d<Image<1, 1, 4>, Image<1, 1, 4>, Axis<1>, Axis<1>, 2>;
        let w = [1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0];
        let y = evaluate::<Grouped>(&[&w[..], &[0.0; 4]].concat(), &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(y, [21.0, 42.0, 129.0, 172.0]);
    }

    #[test]
    fn translates_what_is_translated() {
        type Same = Conv2d<Image<6, 7, 1>, Image<6, 7, 2>, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;
        let params: Vec<f64> = (0..20).map(|i| f64::from(i * i % 7)).collect();
        let (mut x, mut moved) = ([0.0; 42], [0.0; 42]);
        for i in 0..4 {
            x[(1 + i / 2) * 7 + 2 + i % 2] = i as f64 + 1.0;
            moved[(3 + i / 2) * 7 + 3 + i % 2] = i as f64 + 1.0;
        }
        let (y, y_moved) = (evaluate::<Same>(&params, &x), evaluate::<Same>(&params, &moved));
        for row in 0..4 {
            let (from, to) = (row * 14, (row + 2) * 14 + 2);
            assert_eq!(y[from..from + 12], y_moved[to..to + 12], "row {row}");
        }
    }

    #[test]
    fn describes_its_tensors_and_asks_for_no_more_than_it_needs() {
        type Grouped<P, const BIAS: bool> =
            Conv2d<Image<5, 5, 4>, Image<5, 4, 6>, Axis<3, 1, 1, 1>, Axis<2>, 2, P, BIAS>;
        let tensors = Outline::of::<Grouped<Zero, true>>().tensors;
        assert_eq!(tensors[0].dims, [3, 2, 2, 6]);
        assert_eq!((tensors[1].name.as_str(), &tensors[1].dims[..]), ("conv1.bias", &[6][..]));
        assert_eq!(Outline::of::<Grouped<Zero, false>>().tensors.len(), 1);
        assert_eq!((Grouped::<Zero, true>::PARAMS, Grouped::<Zero, false>::PARAMS), (78, 72));
        assert_eq!(Grouped::<Zero, true>::INFER_SCRATCH, Space::NONE);
        assert_eq!(Grouped::<Zero, false>::SCRATCH, Space::fixed(72));
        assert_eq!(Grouped::<Zero, true>::SCRATCH, Space::fixed(room(6, 1)));
        assert_eq!(Grouped::<Reflect, true>::INFER_SCRATCH, Space::per_example(7 * 5 * 4));
        assert_eq!(Grouped::<Zero, true>::FLOPS, 2 * 5 * 4 * 6 * 3 * 2 * 2);
    }
}
