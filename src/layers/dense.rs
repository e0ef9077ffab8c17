//! Defines the fully connected layer.

use crate::core::outline::Kind;
use crate::core::{
    Backward, Cost, Epilogue, Flat, Forward, Fusion, Infer, Init, Layer, Memory, Pass, Space, Visitor,
    Workspace,
};
use plywood_kernel::Scalar;
use plywood_kernel::gemm::dense;
use plywood_kernel::math::elementwise::rectify;
use plywood_kernel::norm::per_channel::{self, add_sums, room};

/// `dense(OUT)`: y = Wx + b, or y = Wx if `BIAS` is false.
///
/// The gradient is dW = dy xᵀ and db = dy, summed over the batch, and dx = Wᵀ dy.
///
/// # Shapes
/// The layer goes from [`Flat<IN>`](Flat) to `Flat<OUT>`.
///
/// # Parameters
/// The parameters are `weight`, stored `IN × OUT` with outputs contiguous, and then `bias` with `OUT` numbers. As a
/// (column-major) nalgebra matrix, `weight` is the `OUT × IN` matrix W of the formula.
#[derive(Debug, Clone, Copy)]
pub struct Dense<const IN: usize, const OUT: usize, const BIAS: bool = true>;

impl<const IN: usize, const OUT: usize, const BIAS: bool> Layer for Dense<IN, OUT, BIAS> {
    type In = Flat<IN>;
    type Out = Flat<OUT>;

    const NAME: &'static str = "dense";
    const PARAMS: usize = IN * OUT + if BIAS { OUT } else { 0 };
    /// Scratch holds both gradients of activations, transposed, for the input's gradient, and parts of the bias's
    /// gradient.
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .scratch(Space::per_example(IN + OUT).or(Space::fixed(if BIAS { room(OUT, 1) } else { 0 })))
        .infer_scratch(Space::NONE)
        .reads_input()
        .preserves_dy();
    const COST: Cost = Cost::FREE.flops((2 * IN).saturating_mul(OUT));
    const FUSION: Fusion = Fusion::NONE.adds().absorbs().writes_gradients();

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], init: &mut Init) {
        init.weights(&mut params[..IN * OUT], IN);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        let (weight, bias) = io.params.split_at(IN * OUT);
        dense::forward(io.x, weight, bias, io.epilogue.of_kernel(), io.y, IN, OUT);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let (weight, _) = io.params.split_at(IN * OUT);
        let (d_weight, d_bias) = io.grads.split_at_mut(IN * OUT);
        dense::weight_gradient(io.x, io.dy, d_weight, IN, OUT, pass.fresh);
        if BIAS {
            add_sums(d_bias, io.dy, io.scratch);
        }
        if let Some(dx) = io.dx {
            dense::input_gradient(io.dy, weight, dx, &mut io.scratch[..(IN + OUT) * pass.batch], IN, OUT);
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        // the backward pass overwrites the gradient of the weights
        grads[IN * OUT..].fill(T::ZERO);
    }

    fn absorb<T: Scalar>(params: &mut [T], affine: &mut [T]) {
        let (weight, bias) = params.split_at_mut(IN * OUT);
        per_channel::absorb(weight, bias, affine);
    }

    #[inline]
    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        let (weight, bias) = io.params.split_at(IN * OUT);
        let bias = io.epilogue.bias(bias);
        work.map(OUT * pass.batch, |x, y, _| {
            // not in a `Predictor`, where the split of a batch must not change a bit
            if const { IN * OUT <= TINY } && pass.batch == 1 && !pass.part {
                tiny::<T, IN, OUT>(x, weight, bias, io.epilogue, y);
            } else {
                dense::forward(x, weight, bias, io.epilogue.of_kernel(), y, IN, OUT);
            }
        });
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        let weight: (_, _, &[_]) = ("weight", Kind::Weight, &[IN, OUT]);
        if BIAS {
            visitor.leaf::<Self>(&[weight, ("bias", Kind::Bias, &[OUT])]);
        } else {
            visitor.leaf::<Self>(&[weight]);
        }
    }
}

/// The largest number of weights for which one example is multiplied in place, by loops whose bounds the compiler
/// knows.
///
/// They are compiled for the program's instruction set, which need not be the best of the machine, but need no call.
const TINY: usize = 1024;

/// Computes [`dense::forward`] for one example, inlined into the network.
#[inline(always)]
fn tiny<T: Scalar, const IN: usize, const OUT: usize>(
    x: &[T],
    weight: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
) {
    let (rows, _) = weight.as_chunks::<OUT>();
    let mut sums = [T::ZERO; OUT];
    if let Ok(bias) = <&[T; OUT]>::try_from(bias) {
        sums = *bias;
    }
    for (&x, row) in x[..IN].iter().zip(&rows[..IN]) {
        for (sum, &w) in sums.iter_mut().zip(row) {
            *sum += x * w;
        }
    }
    if let Some(addend) = epilogue.addend().and_then(|addend| addend.first_chunk::<OUT>()) {
        for (sum, addend) in sums.iter_mut().zip(addend) {
            *sum += *addend;
        }
    }
    for (y, &sum) in y[..OUT].iter_mut().zip(&sums) {
        *y = if epilogue.rectifies() { rectify(sum) } else { sum };
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    super::checks::cases![Dense<1, 1>, Dense<3, 17>, Dense<33, 5>, Dense<16, 32>, Dense<3, 17, false>, (Dense<7, 20>, Dense<20, 3>)]
}
