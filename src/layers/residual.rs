//! Defines a body with a shortcut around it.

use std::marker::PhantomData;

use super::Identity;
use crate::core::call::{self, Inner};
use crate::core::visitor::{Children, Composite};
use crate::core::{
    Backward, Cost, Declared, Epilogue, Forward, Fusion, Infer, Init, Layer, Layout, Memory, Pass, SameShape,
    Shape, Space, Visitor, Workspace, larger,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise::{add, add_rectified, add_to, add_to_rectified};

/// `residual { F }`: y = F(x) + x, or y = F(x) + S(x) with a shortcut `S` (He et al. 2015, equations 1 and 2).
///
/// The shortcut changes the shape in the same way as the body `F`.
///
/// A body whose last layer can [add](Fusion::adds) writes the sum itself. Any other body writes its output to the
/// memory of the sum, and the block adds the shortcut there: an identity costs one addition and no memory, in training
/// and in evaluation. The tape keeps the body's output only if its last layer needs that again, because the sum
/// overwrites it.
#[derive(Debug, Clone, Copy)]
pub struct Residual<F: Layer, S = Identity<<F as Layer>::In>>(PhantomData<(F, S)>);

impl<F: Layer, S: Layer> Residual<F, S> {
    /// True if the shortcut passes the numbers of `x` on: the [`Identity`], or one that only changes the shape.
    const SHORTCUT_IS_VIEW: bool = S::MEMORY.is_view();
    /// True if the body's last layer adds the shortcut as it writes its output.
    const BODY_ADDS: bool = F::FUSION.can_add();
    /// The numbers of an example that are kept beside one branch in evaluation while either branch is computed.
    const INFER_SPARE: usize = if Self::SHORTCUT_IS_VIEW { F::WIDTH } else { larger(F::WIDTH, S::WIDTH) };
    /// The space for the body's output on the tape. It is needed only if the body's backward pass reads that output, which
    /// the sum would overwrite.
    const TAPE_BODY: Space = Self::output_if(F::READS_OUTPUT);
    /// The space for the shortcut's output on the tape, if its backward pass reads it.
    const TAPE_SHORTCUT: Space = Self::output_if(S::READS_OUTPUT && !Self::SHORTCUT_IS_VIEW);
    /// The space for the shortcut's output in scratch during the forward pass, if no backward pass reads it.
    const SCRATCH_SHORTCUT: Space = Self::output_if(!S::READS_OUTPUT && !Self::SHORTCUT_IS_VIEW);
    /// The space for a copy of `dy`, for the body.
    ///
    /// Both branches have the block's `dy` as the gradient of their outputs. One that overwrites it runs last, so a copy is
    /// needed only if both do. Beside a view, the shortcut's gradient is `dy` itself, which is added to `dx` after the body
    /// has run.
    const SCRATCH_DY_COPY: Space = Self::output_if(if Self::SHORTCUT_IS_VIEW {
        // a body that works in place computes on a copy anyway, in dx
        !F::PRESERVES_DY && !F::MEMORY.is_in_place()
    } else {
        !F::PRESERVES_DY && !S::PRESERVES_DY
    });
    /// The space for the gradient of the shortcut's input.
    const SCRATCH_DX_SHORTCUT: Space =
        Space::per_example(if Self::SHORTCUT_IS_VIEW { 0 } else { F::In::LEN });

    const fn output_if(needed: bool) -> Space {
        Space::per_example(if needed { F::Out::LEN } else { 0 })
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
    const PARAMS: usize = F::PARAMS + S::PARAMS;
    const BUFFERS: usize = F::BUFFERS + S::BUFFERS;
    const MEMORY: Memory = {
        let ((), ()) = (F::SOUND, S::SOUND);
        // beside a view, a body that would overwrite dy is given a copy
        let preserves_dy = Self::SHORTCUT_IS_VIEW || (F::PRESERVES_DY && S::PRESERVES_DY);
        let own = Self::SCRATCH_SHORTCUT.or(Self::SCRATCH_DY_COPY.and(Self::SCRATCH_DX_SHORTCUT));
        Memory {
            layout: Layout::OutOfPlace,
            tape: F::TAPE.and(S::TAPE).and(Self::TAPE_BODY).and(Self::TAPE_SHORTCUT),
            scratch: F::SCRATCH.or(S::SCRATCH).and(own),
            infer_scratch: Some(
                F::INFER_SCRATCH.or(S::INFER_SCRATCH).and(Space::per_example(Self::INFER_SPARE)),
            ),
            width: larger(F::WIDTH, S::WIDTH),
            reads_input: F::READS_INPUT || S::READS_INPUT,
            reads_output: false,
            preserves_dy,
        }
    };
    const COST: Cost = F::COST.beside(S::COST).plus_flops(F::Out::LEN);
    const FUSION: Fusion = F::FUSION.within().or(S::FUSION.within()).rectifies();

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        call::init_two::<F, S, T>(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, mut io: Forward<'_, T>) {
        let batch = pass.batch;
        let y_f = io.take_tape(Self::TAPE_BODY.len(batch));
        let y_s = io.take_tape(Self::TAPE_SHORTCUT.len(batch));
        let spare = io.take_scratch(Self::SCRATCH_SHORTCUT.len(batch));
        let (mut body, mut shortcut) = io.split::<F, S>(pass);
        let Forward { x, y, epilogue, scratch, .. } = io;
        let rectifies = epilogue.rectifies();

        let shortcut = |scratch: &mut [T]| {
            if Self::SHORTCUT_IS_VIEW {
                return x;
            }
            let y = if S::READS_OUTPUT { y_s } else { spare };
            shortcut.forward(x, y, scratch);
            &*y
        };
        if Self::BODY_ADDS {
            let epilogue = Epilogue::rectifier(rectifies).adding(shortcut(&mut *scratch));
            body.forward_with(epilogue, x, y, scratch);
        } else if F::READS_OUTPUT {
            body.forward(x, y_f, scratch);
            let add = if rectifies { add_to_rectified } else { add_to };
            add(y_f, shortcut(scratch), y);
        } else {
            body.forward(x, y, scratch);
            let add = if rectifies { add_rectified } else { add };
            add(y, shortcut(scratch));
        }
    }

    fn backward<T: Scalar>(pass: Pass, mut io: Backward<'_, T>) {
        let batch = pass.batch;
        let y_f = io.take_tape(Self::TAPE_BODY.len(batch));
        let y_s = io.take_tape(Self::TAPE_SHORTCUT.len(batch));
        let dy_copy = io.take_scratch(Self::SCRATCH_DY_COPY.len(batch));
        let dx_s = io.take_scratch(Self::SCRATCH_DX_SHORTCUT.len(batch));
        let (mut body, mut shortcut): (Inner<'_, F, T>, Inner<'_, S, T>) = io.split(pass);
        let Backward { x, dy, mut dx, scratch, .. } = io;
        let [in_out_f, in_out_s] = [[x, y_f], [x, y_s]];

        if Self::SHORTCUT_IS_VIEW {
            match dx {
                Some(dx) if F::MEMORY.is_in_place() => {
                    dx.copy_from_slice(dy);
                    body.backward_without_copy(false, [&[], y_f], dx, None, scratch);
                    add(dx, dy);
                }
                Some(dx) => {
                    body.backward(in_out_f, copy_of(dy, dy_copy), Some(&mut *dx), scratch);
                    add(dx, dy);
                }
                // nobody needs dx: only the body's parameters need a gradient, and a body that works in place has none
                None => body.backward(in_out_f, copy_of(dy, dy_copy), None, scratch),
            }
            return;
        }

        let mut dx_s = dx.is_some().then_some(dx_s);
        // the branch that overwrites dy runs last; if both do, the body gets a copy
        if F::PRESERVES_DY || !Self::SCRATCH_DY_COPY.is_empty() {
            body.backward(in_out_f, copy_of(dy, dy_copy), dx.as_deref_mut(), scratch);
            shortcut.backward(in_out_s, dy, dx_s.as_deref_mut(), scratch);
        } else {
            shortcut.backward(in_out_s, dy, dx_s.as_deref_mut(), scratch);
            body.backward(in_out_f, dy, dx.as_deref_mut(), scratch);
        }
        if let (Some(dx), Some(dx_s)) = (dx, dx_s) {
            add(dx, dx_s);
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        call::clear_two::<F, S, T>(grads);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        let (f, s) = io.split::<F, S>();
        let (len, out) = (Self::In::LEN * pass.batch, Self::Out::LEN * pass.batch);
        let (width, rectifies) = (Self::INFER_SPARE * pass.batch, io.epilogue.rectifies());
        let join = if rectifies { add_rectified } else { add };
        let body = |work: &mut Workspace<'_, T>| call::infer::<F, T>(pass, f, work);
        let body_adds = |work: &mut Workspace<'_, T>, shortcut: &[T]| {
            let epilogue = Epilogue::rectifier(rectifies).adding(shortcut);
            call::infer::<F, T>(pass, Infer { epilogue, ..f }, work);
        };
        let shortcut = |work: &mut Workspace<'_, T>| call::infer::<S, T>(pass.after::<F>(), s, work);
        match (Self::SHORTCUT_IS_VIEW, Self::BODY_ADDS) {
            (true, true) => work.branch_adding(len, width, body_adds),
            (true, false) => work.branch(len, out, width, body, join),
            (false, true) => work.fork(len, out, width, shortcut, body_adds),
            (false, false) => work.fork(len, out, width, body, |work, f| {
                shortcut(work);
                work.in_place(out, |s| join(s, f));
            }),
        }
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        call::fold_two::<F, S, T>(params, buffers);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(|visitor| {
            F::outline(visitor);
            if !Self::SHORTCUT_IS_VIEW {
                visitor.within("shortcut", S::outline);
            }
        });
    }
}

impl<F: Layer, S: Layer> Composite for Residual<F, S>
where
    F::In: SameShape<S::In>,
    F::Out: SameShape<S::Out>,
{
    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        let (f, s) = io.split::<F, S>();
        let [len, out, width] = [F::In::LEN, F::Out::LEN, Self::INFER_SPARE].map(|len| len * pass.batch);
        let body = |work: &mut Workspace<'_, T>| children.infer::<F>(pass, f, work);
        if Self::SHORTCUT_IS_VIEW {
            work.branch(len, out, width, body, add);
        } else {
            work.fork(len, out, width, body, |work, f| {
                children.infer::<S>(pass.after::<F>(), s, work);
                work.in_place(out, |s| add(s, f));
            });
        }
    }
}

/// Returns `copy` with the numbers of `dy`, or `dy` itself if there is no room for a copy.
fn copy_of<'a, T: Scalar>(dy: &'a mut [T], copy: &'a mut [T]) -> &'a mut [T] {
    if copy.is_empty() {
        return dy;
    }
    copy.copy_from_slice(dy);
    copy
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{BatchNorm, Dense, Dropout, Flatten, LayerNorm, Relu, Scale, Sigmoid, Silu, Tanh};

    type Square<const N: usize> = Dense<N, N>;
    super::checks::cases![
        Residual<Square<5>>,
        // bodies that do nothing, that work in place, and that work in place and need their output
        Residual<Identity<Flat<5>>>,
        Residual<Residual<Identity<Flat<5>>>>,
        Residual<Relu<Flat<5>>>,
        Residual<Sigmoid<Image<2, 2, 2>>>,
        Residual<(Sigmoid<Flat<5>>, Tanh<Flat<5>>)>,
        Residual<Dropout<Flat<5>, 300_000>>,
        // bodies that end in place, and so overwrite dy
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
        // shortcuts with layers: either branch, both or none overwrites dy, needs its output, works in place
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
        // branches whose evaluation ends in either buffer, in a workspace that has or has not been written
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
    use crate::core::{Flat, Image, Outline};
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{Axis, BatchNorm, Checkpoint, Conv2d, Dense, Relu};

    type Ends = (Dense<4, 4>, Relu<Flat<4>>);
    type Body = ((Dense<4, 4>, BatchNorm<Flat<4>>), (Relu<Flat<4>>, Dense<4, 4>));

    #[test]
    fn an_identity_costs_no_memory() {
        assert_eq!(<Residual<Body>>::TAPE, Body::TAPE);
        assert_eq!(<Residual<Body>>::SCRATCH, Body::SCRATCH);
        // a body that overwrites dy costs a copy of it
        assert_eq!(<Residual<Ends>>::SCRATCH, Ends::SCRATCH.and(Space::per_example(4)));
    }

    #[test]
    fn a_body_that_adds_gives_the_bits_of_one_that_does_not() {
        // a checkpoint computes what its body does, and adds nothing
        type Same<const CI: usize, const CO: usize> =
            Conv2d<Image<4, 5, CI>, Image<4, 5, CO>, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;
        type Normed<const CI: usize, const CO: usize> = (Same<CI, CO>, BatchNorm<Image<4, 5, CO>>);
        type Block<const CI: usize, const CO: usize> =
            ((Normed<CI, CO>, Relu<Image<4, 5, CO>>), Normed<CO, CO>);
        type Three = (Block<3, 3>, Same<3, 3>);
        macro_rules! same {
            ($body:ty $(, $shortcut:ty)?; $shape:ty) => {{
                const { assert!(<$body>::FUSION.can_add() && !<Checkpoint<$body>>::FUSION.can_add()) };
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
        // one after the other, so that the second begins where the first ended
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
