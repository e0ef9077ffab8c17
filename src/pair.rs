//! `(A, B)`: `A`, then `B`. The only structural layer.
//!
//! A sequence of layers is a balanced tree of pairs. How the two halves share memory is decided here, by
//! constants of the two types:
//!
//! | wiring | when | memory between the halves |
//! |---|---|---|
//! | `Second` | `A` leaves its input as it is (`Flatten`) | none: `B` reads the pair's input |
//! | `First` | `B` leaves its input as it is | none: `A` writes the pair's output |
//! | `InPlace` | `B` works in place and `A` does not need its output again | none: `B` works on the pair's output |
//! | `Taped` | a backward pass reads what lies between | the tape |
//! | `Scratch` | none does | scratch |
//!
//! Constants decide as well whether `A` does what `B` would ([`Pass::then`]), and whether, in evaluation on
//! [folded](Layer::fold) parameters, `B` has become a part of `A`.

use crate::call::{self, Promises};
use crate::init::Init;
use crate::outline::Outline;
use crate::shape::Feeds;
use crate::slide::Windows;
use crate::space::larger;
use crate::{
    Backward, Field, Folding, Forward, Fuses, Inspection, Layer, Pass, Place, Scalar, Shape, Space, Stage,
    Then,
};

#[derive(Clone, Copy, PartialEq)]
enum Wiring {
    First,
    Second,
    InPlace,
    Taped,
    Scratch,
}

const fn wiring<A: Layer, B: Layer>() -> Wiring {
    let ((), ()) = (A::MEMORY, B::MEMORY);
    match (A::PLACE, B::PLACE) {
        (Place::Same, _) => Wiring::Second,
        (_, Place::Same) => Wiring::First,
        (_, Place::InPlace) if !A::USES_OUTPUT => Wiring::InPlace,
        _ if A::USES_OUTPUT || B::USES_INPUT => Wiring::Taped,
        _ => Wiring::Scratch,
    }
}

/// When `A` does what `B` would, so that nothing is left for `B` to do.
const fn fuses<A: Layer, B: Layer>() -> Fuses {
    match (wiring::<A, B>(), B::THEN) {
        (Wiring::InPlace, Then::Rectify) => A::FUSES,
        _ => Fuses::Never,
    }
}

/// Whether `A` absorbs `B` where parameters are folded.
#[track_caller]
const fn absorbs<A: Layer, B: Layer>() -> bool {
    let absorbs = matches!((A::FOLDING, B::FOLDING), (Folding::Absorbs, Folding::Affine));
    assert!(
        !absorbs || !matches!(A::FUSES, Fuses::Never),
        "a layer that absorbs another must be able to do what that is asked for"
    );
    absorbs
}

/// Numbers between the halves, for each example.
const fn between<A: Layer>(here: bool) -> Space {
    if here { Space::per_example(A::Out::LEN) } else { Space::NONE }
}

impl<A: Layer, B: Layer> Layer for (A, B)
where
    A::Out: Feeds<B::In>,
{
    type In = A::In;
    type Out = B::Out;

    const NAME: &'static str = "sequence";
    const LAYERS: usize = A::LAYERS + B::LAYERS;
    const PARAMS: usize = A::PARAMS + B::PARAMS;
    const BUFFERS: usize = A::BUFFERS + B::BUFFERS;
    const TAPE: Space = A::TAPE.and(B::TAPE).and(between::<A>(matches!(wiring::<A, B>(), Wiring::Taped)));
    const SCRATCH: Space = {
        // the activation between the halves while going forward, its gradient while going backward
        let here = match wiring::<A, B>() {
            Wiring::First | Wiring::Second | Wiring::InPlace => false,
            Wiring::Taped => matches!((A::PLACE, B::PLACE), (Place::Apart, Place::Apart)),
            Wiring::Scratch => true,
        };
        A::SCRATCH.or(B::SCRATCH).and(between::<A>(here))
    };
    const MIN_BATCH: usize = larger(A::MIN_BATCH, B::MIN_BATCH);
    const INFER_SCRATCH: Space = A::INFER_SCRATCH.or(B::INFER_SCRATCH);
    const FLOPS: usize = A::FLOPS + B::FLOPS;
    const WIDTH: usize = larger(A::WIDTH, B::WIDTH);
    const FIELD: Field = A::FIELD.then(B::FIELD);
    const PLACE: Place = match (A::PLACE, B::PLACE) {
        (Place::Same, place) | (place, Place::Same) => place,
        (Place::InPlace, Place::InPlace) if !A::USES_OUTPUT => Place::InPlace,
        _ => Place::Apart,
    };
    const USES_INPUT: bool = match wiring::<A, B>() {
        Wiring::Second => B::USES_INPUT,
        _ => A::USES_INPUT,
    };
    const USES_OUTPUT: bool = match (wiring::<A, B>(), fuses::<A, B>()) {
        (Wiring::First, _) | (_, Fuses::Always) => A::USES_OUTPUT,
        _ => B::USES_OUTPUT,
    };
    const KEEPS_DY: bool = match (wiring::<A, B>(), fuses::<A, B>()) {
        (Wiring::First, _) | (_, Fuses::Always) => A::KEEPS_DY,
        _ => B::KEEPS_DY,
    };
    const FUSES: Fuses = B::FUSES;
    // a layer that has absorbed another adds in its place
    const ADDS: bool = B::ADDS && (A::ADDS || !absorbs::<A, B>());
    const FOLDING: Folding = A::FOLDING.within().or(B::FOLDING.within());
    const WRITES_WHOLE: bool = A::WRITES_WHOLE || B::WRITES_WHOLE;

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let (params_a, params_b) = params.split_at_mut(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
        A::init(params_a, buffers_a, init);
        B::init(params_b, buffers_b, init);
    }

    #[inline]
    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let Forward { params, buffers, x, y, addend, tape, scratch } = io;
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
        let middle_len = A::Out::LEN * pass.batch;
        let wiring = const { wiring::<A, B>() };
        let (middle, tape, scratch) = match wiring {
            Wiring::Taped => {
                let (middle, tape) = tape.split_at_mut(middle_len);
                (middle, tape, scratch)
            }
            Wiring::Scratch => {
                let (middle, scratch) = scratch.split_at_mut(middle_len);
                (middle, tape, scratch)
            }
            _ => (&mut [][..], tape, scratch),
        };
        let (tape_a, tape_b) = tape.split_at_mut(A::TAPE.len(pass.batch));
        let scratch_a = &mut *scratch;
        let fused = const { !matches!(fuses::<A, B>(), Fuses::Never) };
        let pass_a = pass.fusing(if fused { B::THEN } else { Then::Nothing });
        match wiring {
            Wiring::Second => {}
            Wiring::First | Wiring::InPlace => call::forward_there::<A, T>(
                pass_a,
                Forward {
                    params: params_a,
                    buffers: buffers_a,
                    x,
                    y: &mut *y,
                    addend: &[],
                    tape: tape_a,
                    scratch: scratch_a,
                },
            ),
            Wiring::Taped | Wiring::Scratch => call::forward::<A, T>(
                pass_a,
                Forward {
                    params: params_a,
                    buffers: buffers_a,
                    x,
                    y: &mut *middle,
                    addend: &[],
                    tape: tape_a,
                    scratch: scratch_a,
                },
            ),
        }
        let pass = pass.after::<A>();
        let io = Forward { params: params_b, buffers: buffers_b, x, y, addend, tape: tape_b, scratch };
        match wiring {
            Wiring::First => {}
            Wiring::InPlace if fused => {}
            Wiring::Second => call::forward_there::<B, T>(pass, io),
            Wiring::InPlace => call::forward_there::<B, T>(pass, Forward { x: &[], ..io }),
            Wiring::Taped | Wiring::Scratch => call::forward::<B, T>(pass, Forward { x: middle, ..io }),
        }
    }

    #[inline]
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Backward { params, buffers, x, y, dy, dx, grads, tape, scratch } = io;
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
        let (grads_a, grads_b) = grads.split_at_mut(A::PARAMS);
        let middle_len = A::Out::LEN * pass.batch;
        let wiring = const { wiring::<A, B>() };
        let (middle, tape) = match wiring {
            Wiring::Taped => tape.split_at_mut(middle_len),
            _ => (&mut [][..], tape),
        };
        let middle: &[T] = middle;
        let (tape_a, tape_b) = tape.split_at_mut(A::TAPE.len(pass.batch));
        let fused = const { matches!(fuses::<A, B>(), Fuses::Always) };
        let a = Half {
            pass: pass.fusing(if fused { B::THEN } else { Then::Nothing }),
            params: params_a,
            buffers: buffers_a,
            grads: grads_a,
            tape: tape_a,
        };
        let b = Half {
            pass: pass.after::<A>(),
            params: params_b,
            buffers: buffers_b,
            grads: grads_b,
            tape: tape_b,
        };
        match wiring {
            Wiring::First => a.backward::<A>([x, y], dy, dx, scratch),
            Wiring::InPlace if fused => a.backward::<A>([x, &[]], dy, dx, scratch),
            Wiring::Second => b.backward::<B>([x, y], dy, dx, scratch),
            // B turns dy into the gradient between the halves where it lies
            _ if matches!(B::PLACE, Place::InPlace) => {
                b.backward::<B>([&[], y], dy, None, scratch);
                match wiring {
                    Wiring::InPlace => a.backward::<A>([x, &[]], dy, dx, scratch),
                    _ => a.backward_apart::<A>([x, middle], dy, dx, scratch),
                }
            }
            // A turns the gradient between the halves into dx where it lies; it has no parameters, so that
            // it is not needed at all where dx is not
            _ if matches!(A::PLACE, Place::InPlace) => match dx {
                None => b.backward::<B>([middle, y], dy, None, scratch),
                Some(dx) => {
                    b.backward::<B>([middle, y], dy, Some(dx), scratch);
                    a.backward::<A>([&[], middle], dx, None, scratch);
                }
            },
            _ => {
                let (d_middle, scratch) = scratch.split_at_mut(middle_len);
                b.backward::<B>([middle, y], dy, Some(d_middle), scratch);
                a.backward::<A>([x, middle], d_middle, dx, scratch);
            }
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        let (grads_a, grads_b) = grads.split_at_mut(A::PARAMS);
        call::clear::<A, T>(grads_a);
        call::clear::<B, T>(grads_b);
    }

    #[inline]
    fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>) {
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        if const { absorbs::<A, B>() } && pass.folded {
            let shift = &params_b[B::PARAMS / 2..];
            call::infer_shifted::<A, T>(pass, params_a, buffers_a, shift, stage);
        } else if const { !matches!(fuses::<A, B>(), Fuses::Never) } {
            call::infer::<A, T>(pass.fusing(B::THEN), params_a, buffers_a, stage);
        } else {
            call::infer::<A, T>(pass.fusing(Then::Nothing), params_a, buffers_a, stage);
            call::infer::<B, T>(pass.after::<A>(), params_b, buffers_b, stage);
        }
    }

    fn slide<T: Scalar>(params: &[T], buffers: &[T], windows: Windows<T>) -> Windows<T> {
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        B::slide(params_b, buffers_b, A::slide(params_a, buffers_a, windows))
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        let (params_a, params_b) = params.split_at_mut(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        call::fold::<A, T>(params_a, buffers_a);
        call::fold::<B, T>(params_b, buffers_b);
        if const { absorbs::<A, B>() } {
            A::absorb(params_a, params_b);
        }
    }

    fn inspect<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        A::inspect(pass, params_a, buffers_a, stage, inspection);
        B::inspect(pass.after::<A>(), params_b, buffers_b, stage, inspection);
    }

    fn outline(outline: &mut Outline) {
        A::outline(outline);
        B::outline(outline);
    }
}

/// The arenas of one half in a backward pass.
struct Half<'a, T> {
    pass: Pass,
    params: &'a [T],
    buffers: &'a mut [T],
    grads: &'a mut [T],
    tape: &'a mut [T],
}

impl<'a, T: Scalar> Half<'a, T> {
    /// `L::backward` from `[x, y]` and `dy` to `dx`.
    #[inline]
    fn backward<L: Layer>(
        self,
        activations: [&'a [T]; 2],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        scratch: &mut [T],
    ) {
        let Self { pass, params, buffers, grads, tape } = self;
        let [x, y] = activations;
        call::backward_there::<L, T>(pass, Backward { params, buffers, x, y, dy, dx, grads, tape, scratch });
    }

    /// The same, whatever the layer's [`Place`].
    #[inline]
    fn backward_apart<L: Layer>(
        self,
        activations: [&'a [T]; 2],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        scratch: &mut [T],
    ) {
        let Self { pass, params, buffers, grads, tape } = self;
        let [x, y] = activations;
        call::backward::<L, T>(pass, Backward { params, buffers, x, y, dy, dx, grads, tape, scratch });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{BatchNorm, Conv2d, ConvTranspose2d, Dense, LeakyRelu, Relu, Residual, Window};
    use crate::{Flat, Image, Model, Predictor};

    /// A rectifier that no layer does in the place of.
    type Apart<S> = LeakyRelu<S, 0>;
    type Same<I, O> = Conv2d<I, O, Window<3, 1, 1, 1>, Window<3, 1, 1, 1>>;
    type Small = Image<4, 5, 3>;
    type Large = Image<4, 5, 18>;

    #[test]
    fn a_rectifier_that_is_fused_gives_the_same_bits() {
        type Up = ConvTranspose2d<Small, Large, Window<3, 1, 1, 1>, Window<3, 1, 1, 1>>;
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
        const { assert!(!Normed::USES_OUTPUT && Normed::KEEPS_DY) };
        const { assert!(<(BatchNorm<Large>, Apart<Large>)>::USES_OUTPUT) };
    }

    /// Parameters that are folded: the batch norm has become part of the convolution.
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
