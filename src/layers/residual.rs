//! A body with a shortcut around it.

use std::marker::PhantomData;

use super::Identity;
use crate::call;
use crate::init::Init;
use crate::message::Message;
use crate::outline::Outline;
use crate::shape::SameShape;
use crate::space::larger;
use crate::{
    Backward, Field, Folding, Forward, Fuses, Inspection, Layer, Pass, Place, Scalar, Shape, Space, Stage,
    Then,
};
use plywood_kernel::math::elementwise::{add, add_rectified, add_to, add_to_rectified};

/// `residual { F }`: y = F(x) + x, or y = F(x) + S(x) with a shortcut `S` that changes the shape as the body `F` does
/// (He et al. 2015, equations 1 and 2).
///
/// A body whose last layer can [add](Layer::ADDS) writes the sum. Another writes its output where the sum goes, and the
/// shortcut is added there: the identity costs one addition and no memory, in training as in evaluation. Only a body
/// whose last layer needs its output again has it kept on the tape, since what lies behind it is the sum.
#[derive(Debug, Clone, Copy)]
pub struct Residual<F: Layer, S = Identity<<F as Layer>::In>>(PhantomData<(F, S)>);

/// Fails to compile for a layer that says that it adds to its output, where it cannot.
#[track_caller]
const fn can_add<F: Layer>() {
    if F::ADDS && (F::USES_OUTPUT || !matches!(F::PLACE, Place::Apart)) {
        let message = Message::new()
            .text("the layer `")
            .text(F::NAME)
            .text("` says `ADDS = true`: such a layer says `PLACE = Apart` and `USES_OUTPUT = false`");
        panic!("{}", message.as_str());
    }
}

impl<F: Layer, S: Layer> Residual<F, S> {
    const IDENTITY: bool = matches!(S::PLACE, Place::Same);
    /// Whether the body adds the shortcut to its output.
    const BODY_ADDS: bool = {
        can_add::<F>();
        F::ADDS
    };
    /// Numbers of an example that stand beside one branch in evaluation, whichever it is, while the other is computed.
    const SPARE: usize = if Self::IDENTITY { F::WIDTH } else { larger(F::WIDTH, S::WIDTH) };
    const KEEP_BODY: bool = F::USES_OUTPUT;
    const KEEP_SHORTCUT: bool = S::USES_OUTPUT && !Self::IDENTITY;
    /// Whether the shortcut's output lies in scratch while going forward.
    const SHORTCUT_IN_SCRATCH: bool = !Self::IDENTITY && !Self::KEEP_SHORTCUT;
    /// Whether both branches would destroy dy, so that the first gets a copy.
    const COPY_DY: bool = if Self::IDENTITY {
        // a body that works in place gets a copy anyway: dx
        !F::KEEPS_DY && !matches!(F::PLACE, Place::InPlace)
    } else {
        !F::KEEPS_DY && !S::KEEPS_DY
    };

    /// The pass as the body sees it in forward passes and evaluation.
    const fn pass_of_body(pass: Pass) -> Pass {
        pass.fusing(match (Self::BODY_ADDS, pass.then) {
            (false, _) => Then::Nothing,
            (true, Then::Rectify | Then::AddRectify) => Then::AddRectify,
            (true, _) => Then::Add,
        })
    }

    const fn numbers(len: usize, needed: bool) -> Space {
        Space::per_example(if needed { len } else { 0 })
    }
}

impl<F: Layer, S: Layer> Layer for Residual<F, S>
where
    F::In: SameShape<S::In>,
    F::Out: SameShape<S::Out>,
{
    type In = F::In;
    type Out = F::Out;

    const NAME: &'static str = "residual";
    const LAYERS: usize = F::LAYERS + S::LAYERS;
    const PARAMS: usize = F::PARAMS + S::PARAMS;
    const BUFFERS: usize = F::BUFFERS + S::BUFFERS;
    const TAPE: Space = F::TAPE
        .and(S::TAPE)
        .and(Self::numbers(F::Out::LEN, Self::KEEP_BODY))
        .and(Self::numbers(F::Out::LEN, Self::KEEP_SHORTCUT));
    const SCRATCH: Space = {
        let forward = Self::numbers(F::Out::LEN, Self::SHORTCUT_IN_SCRATCH);
        let backward =
            Self::numbers(F::Out::LEN, Self::COPY_DY).and(Self::numbers(F::In::LEN, !Self::IDENTITY));
        F::SCRATCH.or(S::SCRATCH).and(forward.or(backward))
    };
    const MIN_BATCH: usize = larger(F::MIN_BATCH, S::MIN_BATCH);
    const INFER_SCRATCH: Space = F::INFER_SCRATCH.or(S::INFER_SCRATCH).and(Space::per_example(Self::SPARE));
    const FLOPS: usize = F::FLOPS + S::FLOPS + F::Out::LEN;
    const WIDTH: usize = larger(F::WIDTH, S::WIDTH);
    const FIELD: Field = F::FIELD.or(S::FIELD);
    const USES_INPUT: bool = F::USES_INPUT || S::USES_INPUT;
    const KEEPS_DY: bool = if Self::IDENTITY {
        F::KEEPS_DY || matches!(F::PLACE, Place::InPlace)
    } else {
        F::KEEPS_DY && S::KEEPS_DY
    };
    const FUSES: Fuses = Fuses::Forward;
    const FOLDING: Folding = F::FOLDING.within().or(S::FOLDING.within());
    const WRITES_WHOLE: bool = F::WRITES_WHOLE || S::WRITES_WHOLE;

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let (params_f, params_s) = params.split_at_mut(F::PARAMS);
        let (buffers_f, buffers_s) = buffers.split_at_mut(F::BUFFERS);
        F::init(params_f, buffers_f, init);
        S::init(params_s, buffers_s, init);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let Forward { params, buffers, x, y, tape, scratch, .. } = io;
        let (params_f, params_s) = params.split_at(F::PARAMS);
        let (buffers_f, buffers_s) = buffers.split_at_mut(F::BUFFERS);
        let out = Self::Out::LEN * pass.batch;
        let (kept_f, tape) = tape.split_at_mut(if Self::KEEP_BODY { out } else { 0 });
        let (kept_s, tape) = tape.split_at_mut(if Self::KEEP_SHORTCUT { out } else { 0 });
        let (tape_f, tape_s) = tape.split_at_mut(F::TAPE.len(pass.batch));
        let (spare, scratch) = scratch.split_at_mut(if Self::SHORTCUT_IN_SCRATCH { out } else { 0 });
        let (rectifies, pass_s) = (pass.rectifies(), pass.fusing(Then::Nothing).after::<F>());
        let pass_f = Self::pass_of_body(pass);

        let shortcut = |scratch: &mut [T]| {
            if Self::IDENTITY {
                return x;
            }
            let y = if Self::KEEP_SHORTCUT { kept_s } else { spare };
            let io = Forward {
                params: params_s,
                buffers: buffers_s,
                x,
                y: &mut *y,
                addend: &[],
                tape: tape_s,
                scratch,
            };
            call::forward::<S, T>(pass_s, io);
            &*y
        };
        let mut body = |y: &mut [T], addend: &[T], scratch: &mut [T]| {
            let io = Forward { params: params_f, buffers: buffers_f, x, y, addend, tape: tape_f, scratch };
            call::forward::<F, T>(pass_f, io);
        };
        if Self::BODY_ADDS {
            let shortcut = shortcut(&mut *scratch);
            body(y, shortcut, scratch);
        } else if Self::KEEP_BODY {
            body(&mut *kept_f, &[], &mut *scratch);
            let add = if rectifies { add_to_rectified } else { add_to };
            add(kept_f, shortcut(scratch), y);
        } else {
            body(&mut *y, &[], &mut *scratch);
            let add = if rectifies { add_rectified } else { add };
            add(y, shortcut(scratch));
        }
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Backward { params, buffers, x, y: _, dy, dx, grads, tape, scratch } = io;
        let (params_f, params_s) = params.split_at(F::PARAMS);
        let (buffers_f, buffers_s) = buffers.split_at_mut(F::BUFFERS);
        let (grads_f, grads_s) = grads.split_at_mut(F::PARAMS);
        let out = Self::Out::LEN * pass.batch;
        let (kept_f, tape) = tape.split_at_mut(if Self::KEEP_BODY { out } else { 0 });
        let (kept_s, tape) = tape.split_at_mut(if Self::KEEP_SHORTCUT { out } else { 0 });
        let (tape_f, tape_s) = tape.split_at_mut(F::TAPE.len(pass.batch));
        let (dy_copy, scratch) = scratch.split_at_mut(if Self::COPY_DY { out } else { 0 });
        if Self::COPY_DY {
            dy_copy.copy_from_slice(dy);
        }

        let mut body = |dy: &mut [T], dx: Option<&mut [T]>, scratch: &mut [T]| {
            let io = Backward {
                params: params_f,
                buffers: buffers_f,
                x,
                y: &*kept_f,
                dy,
                dx,
                grads: grads_f,
                tape: tape_f,
                scratch,
            };
            match F::PLACE {
                Place::InPlace if Self::IDENTITY => {
                    call::backward_there::<F, T>(pass, Backward { x: &[], ..io });
                }
                _ => call::backward::<F, T>(pass, io),
            }
        };
        if Self::IDENTITY {
            match dx {
                Some(dx) if matches!(F::PLACE, Place::InPlace) => {
                    dx.copy_from_slice(dy);
                    body(&mut *dx, None, scratch);
                    add(dx, dy);
                }
                Some(dx) => {
                    let dy_f = if Self::COPY_DY { dy_copy } else { &mut *dy };
                    body(dy_f, Some(&mut *dx), scratch);
                    add(dx, dy);
                }
                // a body that works in place has no parameters
                None if matches!(F::PLACE, Place::InPlace) => {}
                None => {
                    let dy_f = if Self::COPY_DY { dy_copy } else { dy };
                    body(dy_f, None, scratch);
                }
            }
            return;
        }

        let (dx_s, scratch) = scratch.split_at_mut(Self::In::LEN * pass.batch);
        let mut shortcut = |dy: &mut [T], dx: Option<&mut [T]>, scratch: &mut [T]| {
            let io = Backward {
                params: params_s,
                buffers: buffers_s,
                x,
                y: &*kept_s,
                dy,
                dx,
                grads: grads_s,
                tape: tape_s,
                scratch,
            };
            call::backward::<S, T>(pass.after::<F>(), io);
        };
        let mut dx = dx;
        let mut dx_s = dx.is_some().then_some(dx_s);
        if F::KEEPS_DY || Self::COPY_DY {
            let dy_f = if Self::COPY_DY { dy_copy } else { &mut *dy };
            body(dy_f, dx.as_deref_mut(), &mut *scratch);
            shortcut(dy, dx_s.as_deref_mut(), scratch);
        } else {
            shortcut(&mut *dy, dx_s.as_deref_mut(), &mut *scratch);
            body(dy, dx.as_deref_mut(), scratch);
        }
        if let (Some(dx), Some(dx_s)) = (dx, dx_s) {
            add(dx, dx_s);
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        let (grads_f, grads_s) = grads.split_at_mut(F::PARAMS);
        call::clear::<F, T>(grads_f);
        call::clear::<S, T>(grads_s);
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>) {
        let (params_f, params_s) = params.split_at(F::PARAMS);
        let (buffers_f, buffers_s) = buffers.split_at(F::BUFFERS);
        let (len, out) = (Self::In::LEN * pass.batch, Self::Out::LEN * pass.batch);
        let (width, rectifies) = (Self::SPARE * pass.batch, pass.rectifies());
        let pass_s = pass.fusing(Then::Nothing).after::<F>();
        let pass_f = Self::pass_of_body(pass);
        let body = |stage: &mut Stage<'_, T>| call::infer::<F, T>(pass_f, params_f, buffers_f, stage);
        let shortcut = |stage: &mut Stage<'_, T>| call::infer::<S, T>(pass_s, params_s, buffers_s, stage);
        let join = if rectifies { add_rectified } else { add };
        match (Self::IDENTITY, Self::BODY_ADDS) {
            (true, true) => stage.branch_adding(len, width, body),
            (true, false) => stage.branch(len, out, width, body, join),
            (false, true) => stage.fork(len, out, width, shortcut, |stage, _| body(stage)),
            (false, false) => stage.fork(len, out, width, body, |stage, f| {
                shortcut(stage);
                stage.in_place(out, |s| join(s, f));
            }),
        }
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        let (params_f, params_s) = params.split_at_mut(F::PARAMS);
        let (buffers_f, buffers_s) = buffers.split_at(F::BUFFERS);
        call::fold::<F, T>(params_f, buffers_f);
        call::fold::<S, T>(params_s, buffers_s);
    }

    fn inspect<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        let (params_f, params_s) = params.split_at(F::PARAMS);
        let (buffers_f, buffers_s) = buffers.split_at(F::BUFFERS);
        let (len, out) = (Self::In::LEN * pass.batch, Self::Out::LEN * pass.batch);
        let width = Self::SPARE * pass.batch;
        let body = |stage: &mut Stage<'_, T>| F::inspect(pass, params_f, buffers_f, stage, inspection);
        inspection.block::<Self>(pass, stage, |stage| {
            if Self::IDENTITY {
                stage.branch(len, out, width, body, add);
            } else {
                stage.fork(len, out, width, body, |stage, f| {
                    S::inspect(pass.after::<F>(), params_s, buffers_s, stage, inspection);
                    stage.in_place(out, |s| add(s, f));
                });
            }
        });
    }

    fn outline(outline: &mut Outline) {
        outline.block::<Self>(|outline| {
            F::outline(outline);
            if !Self::IDENTITY {
                outline.within("shortcut", S::outline);
            }
        });
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{BatchNorm, Dense, Dropout, Flatten, LayerNorm, Relu, Scale, Sigmoid, Silu, Tanh};
    use crate::{Flat, Image};

    type Square<const N: usize> = Dense<N, N>;
    super::checks::cases![
        Residual<Square<5>>,
        // bodies that are nothing, in place altogether, in place and in need of their output
        Residual<Identity<Flat<5>>>,
        Residual<Residual<Identity<Flat<5>>>>,
        Residual<Relu<Flat<5>>>,
        Residual<Sigmoid<Image<2, 2, 2>>>,
        Residual<(Sigmoid<Flat<5>>, Tanh<Flat<5>>)>,
        Residual<Dropout<Flat<5>, 300_000>>,
        // bodies that end in place, and so destroy dy
        Residual<(Square<5>, Relu<Flat<5>>)>,
        Residual<(Square<5>, Dropout<Flat<5>, 300_000>)>,
        // bodies that begin in place
        Residual<(Relu<Flat<5>>, Square<5>)>,
        Residual<(Tanh<Flat<5>>, Silu<Flat<5>>)>,
        Residual<((BatchNorm<Flat<5>, 10_000_000_000>, Relu<Flat<5>>), Square<5>)>,
        // more than one
        (Residual<Square<5>>, Residual<(Square<5>, Relu<Flat<5>>)>),
        (Dense<3, 5>, (Residual<Relu<Flat<5>>>, Dense<5, 2>)),
        (Relu<Flat<5>>, (Residual<(Square<5>, Sigmoid<Flat<5>>)>, Relu<Flat<5>>)),
        (Residual<Square<5>>, Sigmoid<Flat<5>>),
        Residual<(Residual<(Square<5>, Relu<Flat<5>>)>, Square<5>)>,
        Residual<(Square<5>, Residual<Relu<Flat<5>>>)>,
        Residual<Residual<(Square<5>, Tanh<Flat<5>>)>>,
        // shortcuts with layers: either branch, both or none destroys dy, needs its output, works in place
        Residual<Dense<4, 6>, Dense<4, 6, false>>,
        Residual<(Dense<4, 6>, Relu<Flat<6>>), Dense<4, 6>>,
        Residual<Dense<4, 6>, (Dense<4, 6>, Tanh<Flat<6>>)>,
        Residual<(Dense<4, 6>, Sigmoid<Flat<6>>), (Dense<4, 6>, Tanh<Flat<6>>)>,
        Residual<Square<4>, Relu<Flat<4>>>,
        Residual<Relu<Flat<4>>, Tanh<Flat<4>>>,
        Residual<Identity<Flat<4>>, Scale<Flat<4>>>,
        Residual<Scale<Flat<4>>, LayerNorm<Flat<4>>>,
        Residual<(Dense<4, 9>, Dense<9, 6>), (Residual<Square<4>>, Dense<4, 6>)>,
        Residual<(Flatten<Image<1, 2, 2>, 4>, Square<4>), Flatten<Image<1, 2, 2>, 4>>,
        // branches whose evaluation ends in either buffer, in a stage that has or has not been written
        (Square<5>, Residual<Square<5>>),
        (Square<5>, Residual<(Square<5>, Square<5>)>),
        (Square<5>, Residual<Dense<5, 3>, Dense<5, 3>>),
        (Square<5>, Residual<(Square<5>, Dense<5, 3>), Dense<5, 3>>),
        (Square<5>, Residual<(Dense<5, 9>, Dense<9, 3>), (Square<5>, Dense<5, 3>)>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{BatchNorm, Checkpoint, Conv2d, Dense, Relu, Window};
    use crate::{Flat, Image, Outline};

    type Ends = (Dense<4, 4>, Relu<Flat<4>>);
    type Body = ((Dense<4, 4>, BatchNorm<Flat<4>>), (Relu<Flat<4>>, Dense<4, 4>));

    #[test]
    fn an_identity_costs_no_memory() {
        assert_eq!(<Residual<Body>>::TAPE, Body::TAPE);
        assert_eq!(<Residual<Body>>::SCRATCH, Body::SCRATCH);
        // a body that destroys dy costs a copy of it
        assert_eq!(<Residual<Ends>>::SCRATCH, Ends::SCRATCH.and(Space::per_example(4)));
    }

    #[test]
    fn a_body_that_adds_gives_the_bits_of_one_that_does_not() {
        // a checkpoint computes what its body does, and adds nothing
        type Same<const CI: usize, const CO: usize> =
            Conv2d<Image<4, 5, CI>, Image<4, 5, CO>, Window<3, 1, 1, 1>, Window<3, 1, 1, 1>>;
        type Normed<const CI: usize, const CO: usize> = (Same<CI, CO>, BatchNorm<Image<4, 5, CO>>);
        type Block<const CI: usize, const CO: usize> =
            ((Normed<CI, CO>, Relu<Image<4, 5, CO>>), Normed<CO, CO>);
        type Three = (Block<3, 3>, Same<3, 3>);
        macro_rules! same {
            ($body:ty $(, $shortcut:ty)?; $shape:ty) => {{
                const { assert!(<$body>::ADDS && !<Checkpoint<$body>>::ADDS) };
                assert_same_bits::<Residual<$body $(, $shortcut)?>, Residual<Checkpoint<$body> $(, $shortcut)?>>();
                assert_same_bits::<
                    (Residual<$body $(, $shortcut)?>, Relu<$shape>),
                    (Residual<Checkpoint<$body> $(, $shortcut)?>, Relu<$shape>),
                >();
            }};
        }
        same!(Dense<4, 4>; Flat<4>);
        same!(Body; Flat<4>);
        same!((Body, Dense<4, 4, false>); Flat<4>);
        same!(Dense<4, 40>, (Dense<4, 8>, Dense<8, 40>); Flat<40>);
        same!(Same<18, 18>; Image<4, 5, 18>);
        same!(Block<3, 3>; Image<4, 5, 3>);
        same!(Block<3, 18>, Normed<3, 18>; Image<4, 5, 18>);
        // one behind the other, so that the second begins where the first ended
        assert_same_bits::<
            (Residual<Block<3, 3>>, Residual<Three>),
            (Residual<Checkpoint<Block<3, 3>>>, Residual<Checkpoint<Three>>),
        >();
    }

    #[test]
    fn layers_of_the_shortcut_are_named_so() {
        let outline = Outline::of::<Residual<Dense<2, 3>, Dense<2, 3, false>>>();
        let names: Vec<_> = outline.tensors.iter().map(|t| &*t.name).collect();
        assert_eq!(
            names,
            ["residual1.dense1.weight", "residual1.dense1.bias", "residual1.shortcut.dense1.weight"]
        );
        assert_eq!(Outline::of::<Residual<Dense<2, 2>>>().entries.len(), 2);
    }
}
