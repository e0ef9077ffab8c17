//! Composes two layers: `(A, B)` is `A`, then `B`. It is the only structural layer.
//!
//! A sequence of layers is a balanced tree of pairs. Constants of the two types decide how the two halves share memory:
//!
//! | wiring | when | memory between the halves |
//! |---|---|---|
//! | `Second` | `A` leaves its input as it is (`Flatten`) | none: `B` reads the pair's input |
//! | `First` | `B` leaves its input as it is | none: `A` writes the pair's output |
//! | `InPlace` | `B` works in place and `A` does not need its output again | none: `B` works on the pair's output |
//! | `Between(Tape)` | a backward pass reads what lies between | the tape |
//! | `Between(Scratch)` | none does | scratch |
//!
//! Constants also decide whether `A` does the work of `B` (its [`Epilogue`]), and whether `A` absorbs `B` in evaluation
//! on [folded](Layer::fold) parameters.

use crate::core::call::{self, Inner};
use crate::core::{
    Backward, Cost, Declared, Epilogue, Feeds, Folding, Forward, Fusion, Infer, Init, Layer, Layout, Memory,
    Pass, Performs, Shape, Space, Visitor, Workspace, larger,
};
use plywood_kernel::Scalar;

/// The way in which the halves share memory, as in the table above, and which of them runs.
#[derive(Clone, Copy)]
enum Wiring {
    /// Only `A` runs.
    First,
    /// Only `B` runs.
    Second,
    /// Both run, on the same memory, unless `A` does the work of `B`.
    InPlace(Fused),
    /// Both run, with an activation between them.
    Between(Middle, Gradient),
}

/// The place of the activation between the halves.
#[derive(Clone, Copy)]
enum Middle {
    Tape,
    Scratch,
}

/// The passes in which `A` does the work of `B`: none, `forward` and `infer`, or `backward` too.
#[derive(Clone, Copy)]
enum Fused {
    Nowhere,
    Forward,
    Backward,
}

/// The place of the gradient of the activation between the halves, once `B` has computed it.
#[derive(Clone, Copy)]
enum Gradient {
    /// In `dy`: `B` works in place.
    Dy,
    /// In `dx`: `A` works in place, and turns it into the pair's `dx`.
    Dx,
    /// In scratch: both halves work out of place.
    Scratch,
}

const fn wiring<A: Layer, B: Layer>() -> Wiring {
    let ((), ()) = (A::SOUND, B::SOUND);
    match (A::MEMORY.layout, B::MEMORY.layout) {
        (Layout::View, _) => Wiring::Second,
        (_, Layout::View) => Wiring::First,
        (_, Layout::InPlace) if !A::READS_OUTPUT => Wiring::InPlace(fused::<A, B>()),
        _ if A::READS_OUTPUT || B::READS_INPUT => Wiring::Between(Middle::Tape, gradient::<A, B>()),
        _ => Wiring::Between(Middle::Scratch, gradient::<A, B>()),
    }
}

const fn fused<A: Layer, B: Layer>() -> Fused {
    match (B::FUSION.is_rectifier && A::FUSION.can_rectify(), A::FUSION.differentiates) {
        (false, _) => Fused::Nowhere,
        (true, false) => Fused::Forward,
        (true, true) => Fused::Backward,
    }
}

const fn gradient<A: Layer, B: Layer>() -> Gradient {
    match (A::MEMORY.layout, B::MEMORY.layout) {
        (_, Layout::InPlace) => Gradient::Dy,
        (Layout::InPlace, _) => Gradient::Dx,
        _ => Gradient::Scratch,
    }
}

/// Returns true if `A` absorbs `B` when parameters are folded.
const fn absorbs<A: Layer, B: Layer>() -> bool {
    matches!((A::FUSION.folding, B::FUSION.folding), (Folding::Absorbs, Folding::Affine))
}

impl<A: Layer, B: Layer> Layer for (A, B)
where
    A::Out: Feeds<B::In>,
{
    type In = A::In;
    type Out = B::Out;

    const NAME: &'static str = "sequence";
    const PARAMS: usize = A::PARAMS + B::PARAMS;
    const BUFFERS: usize = A::BUFFERS + B::BUFFERS;
    const MEMORY: Memory = {
        let wiring = wiring::<A, B>();
        let between = Space::per_example(A::Out::LEN);
        let both = A::TAPE.and(B::TAPE);
        // the activation between the halves in `forward`, its gradient in `backward`
        let (tape, here) = match wiring {
            Wiring::First | Wiring::Second | Wiring::InPlace(_) => (both, Space::NONE),
            Wiring::Between(Middle::Tape, Gradient::Scratch) => (both.and(between), between),
            Wiring::Between(Middle::Tape, Gradient::Dx | Gradient::Dy) => (both.and(between), Space::NONE),
            Wiring::Between(Middle::Scratch, _) => (both, between),
        };
        let reads_input = if let Wiring::Second = wiring { B::READS_INPUT } else { A::READS_INPUT };
        let (reads_output, preserves_dy) = match wiring {
            Wiring::First | Wiring::InPlace(Fused::Backward) => (A::READS_OUTPUT, A::PRESERVES_DY),
            _ => (B::READS_OUTPUT, B::PRESERVES_DY),
        };
        Memory {
            layout: match (A::MEMORY.layout, B::MEMORY.layout) {
                (Layout::View, layout) | (layout, Layout::View) => layout,
                (Layout::InPlace, Layout::InPlace) if !A::READS_OUTPUT => Layout::InPlace,
                _ => Layout::OutOfPlace,
            },
            tape,
            scratch: A::SCRATCH.or(B::SCRATCH).and(here),
            infer_scratch: Some(A::INFER_SCRATCH.or(B::INFER_SCRATCH)),
            width: larger(A::WIDTH, B::WIDTH),
            reads_input,
            reads_output,
            preserves_dy,
        }
    };
    const COST: Cost = A::COST.then(B::COST);
    const FUSION: Fusion = Fusion {
        performs: match B::FUSION.performs {
            // a layer that has absorbed another adds in its place
            Performs::AddendAndRectifier if absorbs::<A, B>() => A::FUSION.performs,
            performs => performs,
        },
        differentiates: B::FUSION.differentiates,
        ..A::FUSION.within().or(B::FUSION.within())
    };

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        call::init_two::<A, B, T>(params, buffers, init);
    }

    #[inline]
    fn forward<T: Scalar>(pass: Pass, mut io: Forward<'_, T>) {
        let len = A::Out::LEN * pass.batch;
        let wiring = const { wiring::<A, B>() };
        let middle = match wiring {
            Wiring::Between(Middle::Tape, _) => io.take_tape(len),
            Wiring::Between(Middle::Scratch, _) => io.take_scratch(len),
            Wiring::First | Wiring::Second | Wiring::InPlace(_) => &mut [],
        };
        let (mut a, mut b) = io.split::<A, B>(pass);
        let Forward { x, y, epilogue, scratch, .. } = io;
        match wiring {
            Wiring::First => a.forward_without_copy(Epilogue::NONE, x, y, scratch),
            Wiring::Second => b.forward_without_copy(epilogue, x, y, scratch),
            Wiring::InPlace(Fused::Forward | Fused::Backward) => {
                a.forward_without_copy(Epilogue::rectifier(true), x, y, scratch);
            }
            Wiring::InPlace(Fused::Nowhere) => {
                a.forward_without_copy(Epilogue::NONE, x, y, scratch);
                b.forward_without_copy(epilogue, &[], y, scratch);
            }
            Wiring::Between(..) => {
                a.forward(x, middle, scratch);
                b.forward_with(epilogue, middle, y, scratch);
            }
        }
    }

    #[inline]
    fn backward<T: Scalar>(pass: Pass, mut io: Backward<'_, T>) {
        let len = A::Out::LEN * pass.batch;
        let wiring = const { wiring::<A, B>() };
        let middle: &[T] =
            if let Wiring::Between(Middle::Tape, _) = wiring { io.take_tape(len) } else { &[] };
        let (mut a, mut b): (Inner<'_, A, T>, Inner<'_, B, T>) = io.split(pass);
        let Backward { x, y, rectified, dy, dx, scratch, .. } = io;
        match wiring {
            Wiring::First => a.backward_without_copy(false, [x, y], dy, dx, scratch),
            Wiring::Second => b.backward_without_copy(rectified, [x, y], dy, dx, scratch),
            Wiring::InPlace(Fused::Backward) => a.backward_without_copy(true, [x, &[]], dy, dx, scratch),
            Wiring::InPlace(Fused::Forward | Fused::Nowhere) => {
                b.backward_without_copy(rectified, [&[], y], dy, None, scratch);
                a.backward_without_copy(false, [x, &[]], dy, dx, scratch);
            }
            Wiring::Between(_, Gradient::Dy) => {
                b.backward_without_copy(rectified, [&[], y], dy, None, scratch);
                a.backward([x, middle], dy, dx, scratch);
            }
            Wiring::Between(_, Gradient::Dx) => match dx {
                // `A` has no parameters: if nobody needs dx, nobody needs the gradient between the halves
                None => b.backward_without_copy(rectified, [middle, y], dy, None, scratch),
                Some(dx) => {
                    b.backward_without_copy(rectified, [middle, y], dy, Some(dx), scratch);
                    a.backward_without_copy(false, [&[], middle], dx, None, scratch);
                }
            },
            Wiring::Between(_, Gradient::Scratch) => {
                let (d_middle, scratch) = scratch.split_at_mut(len);
                b.backward_without_copy(rectified, [middle, y], dy, Some(d_middle), scratch);
                a.backward_without_copy(false, [x, middle], d_middle, dx, scratch);
            }
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        call::clear_two::<A, B, T>(grads);
    }

    #[inline]
    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        let (a, b) = io.split::<A, B>();
        let epilogue = io.epilogue;
        if const { absorbs::<A, B>() } && pass.folded {
            let epilogue = epilogue.shifting(&b.params[B::PARAMS / 2..]);
            call::infer::<A, T>(pass, Infer { epilogue, ..a }, work);
        } else if const { matches!(wiring::<A, B>(), Wiring::InPlace(Fused::Forward | Fused::Backward)) } {
            call::infer::<A, T>(pass, Infer { epilogue: Epilogue::rectifier(true), ..a }, work);
        } else {
            call::infer::<A, T>(pass, a, work);
            call::infer::<B, T>(pass.after::<A>(), Infer { epilogue, ..b }, work);
        }
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        call::fold_two::<A, B, T>(params, buffers);
        if const { absorbs::<A, B>() } {
            let (params_a, params_b) = params.split_at_mut(A::PARAMS);
            A::absorb(params_a, params_b);
        }
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.sequence::<A, B>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image};
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{Axis, BatchNorm, Conv2d, ConvTranspose2d, Dense, LeakyRelu, Relu, Residual};
    use crate::model::{Model, Predictor};

    /// A rectifier that no layer performs as an epilogue.
    type Apart<S> = LeakyRelu<S, 0>;
    type Same<I, O> = Conv2d<I, O, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;
    type Small = Image<4, 5, 3>;
    type Large = Image<4, 5, 18>;

    #[test]
    fn a_rectifier_that_is_fused_gives_the_same_bits() {
        type Up = ConvTranspose2d<Small, Large, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;
        type Convolved = (Same<Large, Large>, BatchNorm<Large>);
        type Around = Residual<Convolved, Convolved>;
        assert_same_bits::<(Dense<9, 35>, Relu<Flat<35>>), (Dense<9, 35>, Apart<Flat<35>>)>();
        assert_same_bits::<(Same<Small, Large>, Relu<Large>), (Same<Small, Large>, Apart<Large>)>();
        assert_same_bits::<(BatchNorm<Large>, Relu<Large>), (BatchNorm<Large>, Apart<Large>)>();
        assert_same_bits::<(Up, Relu<Large>), (Up, Apart<Large>)>();
        assert_same_bits::<
            (Residual<(Convolved, Relu<Large>)>, Relu<Large>),
            (Residual<(Convolved, Apart<Large>)>, Apart<Large>),
        >();
        assert_same_bits::<(Around, Relu<Large>), (Around, Apart<Large>)>();
    }

    #[test]
    fn a_fused_rectifier_needs_neither_output_nor_a_copy_of_its_gradient() {
        type Normed = (BatchNorm<Large>, Relu<Large>);
        const { assert!(!Normed::READS_OUTPUT && Normed::PRESERVES_DY) };
        const { assert!(<(BatchNorm<Large>, Apart<Large>)>::READS_OUTPUT) };
    }

    /// Checks that folding the parameters makes the batch norm part of the dense layer.
    #[test]
    fn a_batch_norm_is_folded_into_the_weights_before_it() {
        type Net = ((Dense<1, 2>, BatchNorm<Flat<2>>), Relu<Flat<2>>);
        let mut model = Model::<Net, f64>::new(0);
        // weights, biases; factors, shifts; means, variances
        model.params_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 10.0, -1.0, 0.5, 0.25]);
        model.buffers_mut().copy_from_slice(&[1.0, 2.0, 4.0 - 1e-5, 1.0 - 1e-5]);
        let mut folded = model.params().to_vec();
        Net::fold(&mut folded, model.buffers());
        // 10 / 2 and -1 / 1 times the weights; shift + factor · (bias − mean)
        let expected = [5.0, -2.0, 0.0, 0.0, 5.0, -1.0, 10.5, -1.75];
        for (found, expected) in folded.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{folded:?}");
        }
        let [a, b] = Predictor::new(&model).infer(&[-1.0]);
        assert!((a - 5.5).abs() < 1e-12 && (b - 0.25).abs() < 1e-12, "{a}, {b}");
    }
}
