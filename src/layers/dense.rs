//! The fully connected layer.

use crate::init::Init;
use crate::kernel::channels::{add_sums, room};
use crate::kernel::dense;
use crate::outline::{Kind, Outline};
use crate::{Backward, Field, Flat, Forward, Layer, Pass, Scalar, Space, Stage};

/// `dense(OUT)`: y = Wx + b, from [`Flat<IN>`](Flat) to `Flat<OUT>`; y = Wx where `BIAS` is false.
///
/// Parameters: `weight`, stored `IN × OUT` with outputs contiguous, so that as a (column-major) nalgebra matrix
/// it is the `OUT × IN` matrix W of the formula; then `bias`, `OUT` numbers. The gradient is
/// dW = dy xᵀ, db = dy, summed over the batch, and dx = Wᵀ dy.
#[derive(Debug, Clone, Copy)]
pub struct Dense<const IN: usize, const OUT: usize, const BIAS: bool = true>;

impl<const IN: usize, const OUT: usize, const BIAS: bool> Layer for Dense<IN, OUT, BIAS> {
    type In = Flat<IN>;
    type Out = Flat<OUT>;

    const NAME: &'static str = "dense";
    const PARAMS: usize = IN * OUT + if BIAS { OUT } else { 0 };
    /// Both gradients of activations the other way round, for the input's gradient; parts of the bias's gradient.
    const SCRATCH: Space =
        Space::per_example(IN + OUT).or(Space::fixed(if BIAS { room(OUT, 1) } else { 0 }));
    const FLOPS: usize = 2 * IN * OUT;
    const FIELD: Field = Field::ALL;
    const KEEPS_DY: bool = true;

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], init: &mut Init) {
        init.weights(&mut params[..IN * OUT], IN);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        let (weight, bias) = io.params.split_at(IN * OUT);
        dense::forward(io.x, weight, bias, io.y, IN, OUT, false);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let (weight, _) = io.params.split_at(IN * OUT);
        let (d_weight, d_bias) = io.grads.split_at_mut(IN * OUT);
        dense::weight_gradient(io.x, io.dy, d_weight, IN, OUT);
        if BIAS {
            add_sums(d_bias, io.dy, io.scratch);
        }
        if let Some(dx) = io.dx {
            dense::input_gradient(io.dy, weight, dx, &mut io.scratch[..(IN + OUT) * pass.batch], IN, OUT);
        }
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        let (weight, bias) = params.split_at(IN * OUT);
        stage.map(OUT * pass.batch, |x, y, _| {
            dense::forward(&x[..IN * pass.batch], weight, bias, y, IN, OUT, false);
        });
    }

    fn outline(outline: &mut Outline) {
        let weight: (_, _, &[_]) = ("weight", Kind::Weight, &[IN, OUT]);
        if BIAS {
            outline.leaf::<Self>(&[weight, ("bias", Kind::Bias, &[OUT])]);
        } else {
            outline.leaf::<Self>(&[weight]);
        }
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    super::checks::cases![Dense<1, 1>, Dense<3, 17>, Dense<33, 5>, Dense<16, 32>, Dense<3, 17, false>, (Dense<7, 20>, Dense<20, 3>)]
}
