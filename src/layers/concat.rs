//! Branches side by side.

use std::marker::PhantomData;

use crate::call;
use crate::init::Init;
use crate::message::Message;
use crate::outline::Outline;
use crate::proof;
use crate::shape::SameShape;
use crate::space::larger;
use crate::{
    Backward, Dims, Field, Folding, Forward, Inspection, Layer, Pass, Place, Scalar, Shape, Space, Stage,
};
use plywood_kernel::math::columns::{columns, interleave};
use plywood_kernel::math::elementwise::add;

/// `concat { A } { B }`: both branches see the same input, and their channels lie side by side in the output, those
/// of `A` first (Szegedy et al. 2014). Images of the branches must agree in height and width, and `O` is the same with
/// the channels of both; vectors are joined to one as long as both.
///
/// More branches nest: `Concat<A, Concat<B, C, P>, O>`, and are numbered on: the tensors of `C` are those of `branch3`. A
/// branch that is the [`Identity`](super::Identity) is not copied on its way (dense nets: Huang et al. 2017); put it
/// first.
#[derive(Debug, Clone, Copy)]
pub struct Concat<A, B, O>(PhantomData<(A, B, O)>);

/// Where the output of a branch lies until it is in its place.
#[derive(Clone, Copy)]
enum Lies {
    /// It is the input.
    Input,
    /// The branch needs it again.
    Tape,
    Scratch,
}

impl Lies {
    const fn of<L: Layer>() -> Self {
        match L::PLACE {
            Place::Same => Self::Input,
            _ if L::USES_OUTPUT => Self::Tape,
            _ => Self::Scratch,
        }
    }

    const fn on_tape<L: Layer>() -> Space {
        Space::per_example(if matches!(Self::of::<L>(), Self::Tape) { L::Out::LEN } else { 0 })
    }

    const fn in_scratch<L: Layer>() -> Space {
        Space::per_example(if matches!(Self::of::<L>(), Self::Scratch) { L::Out::LEN } else { 0 })
    }
}

/// Fails to compile where an output does not have the channels of both branches.
#[track_caller]
const fn joins(a: Dims, b: Dims, output: Dims) {
    let both = a.with_channels(a.channels() + b.channels());
    if !both.same(output) {
        let message = Message::new()
            .text("concat: branches that give ")
            .dims(a)
            .text(" and ")
            .dims(b)
            .text(" give ")
            .dims(both)
            .text(" together: found an output of ")
            .dims(output);
        panic!("{}", message.as_str());
    }
}

impl<A: Layer, B: Layer, O: Shape> Concat<A, B, O> {
    const A_CHANNELS: usize = A::Out::DIMS.channels();
    const B_CHANNELS: usize = B::Out::DIMS.channels();
    const CHANNELS: usize = {
        let sum = Self::A_CHANNELS + Self::B_CHANNELS;
        proof::same_sides::<A::Out, B::Out>(
            "concat: one branch gives ",
            ", the other ",
            "\nnote: both give vectors, or images of the same height and width",
        );
        joins(A::Out::DIMS, B::Out::DIMS, O::DIMS);
        sum
    };
}

impl<A: Layer, B: Layer, O: Shape> Layer for Concat<A, B, O>
where
    A::In: SameShape<B::In>,
{
    type In = A::In;
    type Out = O;

    const NAME: &'static str = "concat";
    const LAYERS: usize = A::LAYERS + B::LAYERS;
    const PARAMS: usize = A::PARAMS + B::PARAMS;
    const BUFFERS: usize = A::BUFFERS + B::BUFFERS;
    const TAPE: Space = A::TAPE.and(B::TAPE).and(Lies::on_tape::<A>()).and(Lies::on_tape::<B>());
    const SCRATCH: Space = {
        let forward = Lies::in_scratch::<A>().and(Lies::in_scratch::<B>());
        // the gradient of one branch's output, and that of the second one's input
        let backward = Space::per_example(larger(A::Out::LEN, B::Out::LEN) + A::In::LEN);
        A::SCRATCH.or(B::SCRATCH).and(forward.or(backward))
    };
    const MIN_BATCH: usize = larger(A::MIN_BATCH, B::MIN_BATCH);
    const INFER_SCRATCH: Space = A::INFER_SCRATCH.or(B::INFER_SCRATCH).and(Space::per_example(A::WIDTH));
    const FLOPS: usize = A::FLOPS + B::FLOPS;
    const WIDTH: usize = {
        let _ = Self::CHANNELS;
        larger(larger(A::WIDTH, B::WIDTH), O::LEN)
    };
    const FIELD: Field = A::FIELD.or(B::FIELD);
    const USES_INPUT: bool = A::USES_INPUT || B::USES_INPUT;
    const KEEPS_DY: bool = true;
    const FOLDING: Folding = A::FOLDING.within().or(B::FOLDING.within());
    const WRITES_WHOLE: bool = A::WRITES_WHOLE || B::WRITES_WHOLE;

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let (params_a, params_b) = params.split_at_mut(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
        A::init(params_a, buffers_a, init);
        B::init(params_b, buffers_b, init);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let Forward { params, buffers, x, y, tape, scratch, .. } = io;
        let batch = pass.batch;
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
        let (kept_a, tape) = tape.split_at_mut(Lies::on_tape::<A>().len(batch));
        let (kept_b, tape) = tape.split_at_mut(Lies::on_tape::<B>().len(batch));
        let (tape_a, tape_b) = tape.split_at_mut(A::TAPE.len(batch));
        let (spare_a, scratch) = scratch.split_at_mut(Lies::in_scratch::<A>().len(batch));
        let (spare_b, scratch) = scratch.split_at_mut(Lies::in_scratch::<B>().len(batch));
        let y_a = if matches!(Lies::of::<A>(), Lies::Tape) { kept_a } else { spare_a };
        let y_b = if matches!(Lies::of::<B>(), Lies::Tape) { kept_b } else { spare_b };
        let a = if matches!(Lies::of::<A>(), Lies::Input) {
            x
        } else {
            let io = Forward {
                params: params_a,
                buffers: buffers_a,
                x,
                y: &mut *y_a,
                addend: &[],
                tape: tape_a,
                scratch: &mut *scratch,
            };
            call::forward::<A, T>(pass, io);
            y_a
        };
        let b = if matches!(Lies::of::<B>(), Lies::Input) {
            x
        } else {
            let io = Forward {
                params: params_b,
                buffers: buffers_b,
                x,
                y: &mut *y_b,
                addend: &[],
                tape: tape_b,
                scratch,
            };
            call::forward::<B, T>(pass.after::<A>(), io);
            y_b
        };
        interleave(a, b, y, Self::A_CHANNELS, Self::B_CHANNELS);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Backward { params, buffers, x, y: _, dy, mut dx, grads, tape, scratch } = io;
        let batch = pass.batch;
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
        let (grads_a, grads_b) = grads.split_at_mut(A::PARAMS);
        let (kept_a, tape) = tape.split_at_mut(Lies::on_tape::<A>().len(batch));
        let (kept_b, tape) = tape.split_at_mut(Lies::on_tape::<B>().len(batch));
        let (tape_a, tape_b) = tape.split_at_mut(A::TAPE.len(batch));
        let (dy_branch, scratch) = scratch.split_at_mut(larger(A::Out::LEN, B::Out::LEN) * batch);
        let (dx_b, scratch) = scratch.split_at_mut(A::In::LEN * batch);

        if matches!(Lies::of::<A>(), Lies::Input) {
            if let Some(dx) = dx.as_deref_mut() {
                columns(dy, Self::CHANNELS, 0, dx, Self::A_CHANNELS);
            }
        } else {
            let dy_a = &mut dy_branch[..A::Out::LEN * batch];
            columns(dy, Self::CHANNELS, 0, dy_a, Self::A_CHANNELS);
            let io = Backward {
                params: params_a,
                buffers: buffers_a,
                x,
                y: kept_a,
                dy: dy_a,
                dx: dx.as_deref_mut(),
                grads: grads_a,
                tape: tape_a,
                scratch: &mut *scratch,
            };
            call::backward::<A, T>(pass, io);
        }
        let dy_b = &mut dy_branch[..B::Out::LEN * batch];
        columns(dy, Self::CHANNELS, Self::A_CHANNELS, dy_b, Self::B_CHANNELS);
        let io = Backward {
            params: params_b,
            buffers: buffers_b,
            x,
            y: kept_b,
            dy: dy_b,
            dx: dx.is_some().then_some(&mut *dx_b),
            grads: grads_b,
            tape: tape_b,
            scratch,
        };
        call::backward::<B, T>(pass.after::<A>(), io);
        if let Some(dx) = dx {
            add(dx, dx_b);
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        let (grads_a, grads_b) = grads.split_at_mut(A::PARAMS);
        call::clear::<A, T>(grads_a);
        call::clear::<B, T>(grads_b);
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>) {
        let batch = pass.batch;
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        stage.fork(
            A::In::LEN * batch,
            A::Out::LEN * batch,
            A::WIDTH * batch,
            |stage| call::infer::<A, T>(pass, params_a, buffers_a, stage),
            |stage, a| {
                call::infer::<B, T>(pass.after::<A>(), params_b, buffers_b, stage);
                stage.map(O::LEN * batch, |b, y, _| {
                    interleave(a, &b[..B::Out::LEN * batch], y, Self::A_CHANNELS, Self::B_CHANNELS);
                });
            },
        );
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        let (params_a, params_b) = params.split_at_mut(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        call::fold::<A, T>(params_a, buffers_a);
        call::fold::<B, T>(params_b, buffers_b);
    }

    fn inspect<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        inspection.block::<Self>(pass, stage, |stage| {
            Self::inspect_branch(pass, params, buffers, stage, inspection);
        });
    }

    fn inspect_branch<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        let batch = pass.batch;
        let (params_a, params_b) = params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
        stage.fork(
            A::In::LEN * batch,
            A::Out::LEN * batch,
            A::WIDTH * batch,
            |stage| A::inspect(pass, params_a, buffers_a, stage, inspection),
            |stage, a| {
                B::inspect_branch(pass.after::<A>(), params_b, buffers_b, stage, inspection);
                stage.map(O::LEN * batch, |b, y, _| {
                    interleave(a, &b[..B::Out::LEN * batch], y, Self::A_CHANNELS, Self::B_CHANNELS);
                });
            },
        );
    }

    fn outline(outline: &mut Outline) {
        outline.block::<Self>(|outline| Self::outline_branch(outline, 1));
    }

    fn outline_branch(outline: &mut Outline, number: usize) {
        outline.within(&format!("branch{number}"), A::outline);
        B::outline_branch(outline, number + 1);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{
        Checkpoint, Dense, Flatten, GroupNorm, Identity, Relu, Repeat, Residual, Sigmoid, Silu, Tanh,
    };
    use crate::{Flat, Image};

    super::checks::cases![
        Concat<Dense<4, 3>, Dense<4, 5>, Flat<8>>,
        Concat<Identity<Flat<4>>, Dense<4, 5>, Flat<9>>,
        Concat<Dense<4, 5>, Identity<Flat<4>>, Flat<9>>,
        Concat<Identity<Flat<4>>, Identity<Flat<4>>, Flat<8>>,
        Concat<Sigmoid<Flat<4>>, Relu<Flat<4>>, Flat<8>>,
        Concat<(Dense<4, 3>, Sigmoid<Flat<3>>), (Dense<4, 2>, Tanh<Flat<2>>), Flat<5>>,
        Concat<Sigmoid<Image<2, 3, 2>>, GroupNorm<Image<2, 3, 2>, 1>, Image<2, 3, 4>>,
        Concat<
            Silu<Image<2, 3, 2>>,
            Concat<Tanh<Image<2, 3, 2>>, Identity<Image<2, 3, 2>>, Image<2, 3, 4>>,
            Image<2, 3, 6>,
        >,
        (Dense<3, 4>, Concat<Residual<Dense<4, 4>>, Residual<(Dense<4, 4>, Relu<Flat<4>>)>, Flat<8>>),
        (Concat<(Dense<4, 9>, Dense<9, 2>), Dense<4, 3>, Flat<5>>, Sigmoid<Flat<5>>),
        (Relu<Flat<4>>, Concat<Checkpoint<Sigmoid<Flat<4>>>, Repeat<2, Dense<4, 4>>, Flat<8>>),
        Residual<(Concat<Sigmoid<Flat<4>>, Dense<4, 3>, Flat<7>>, Dense<7, 4>)>,
        Concat<Flatten<Image<1, 2, 2>, 4>, (Silu<Image<1, 2, 2>>, Flatten<Image<1, 2, 2>, 4>), Flat<8>>,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Dense, Identity, Relu, Scale};
    use crate::{Batch, Flat, Image, Model};

    #[test]
    fn branches_have_numbers_of_their_own() {
        type Last = Concat<Dense<2, 4>, (Concat<Dense<2, 5>, Relu<Flat<2>>, Flat<7>>, Dense<7, 1>), Flat<5>>;
        type Net = (Dense<3, 2>, Concat<Dense<2, 3>, Last, Flat<8>>);
        let outline = Outline::of::<Net>();
        let expected = [
            "dense1",
            "concat2",
            "concat2.branch1.dense1",
            "concat2.branch2.dense1",
            "concat2.branch3.concat1",
            "concat2.branch3.concat1.branch1.dense1",
            "concat2.branch3.concat1.branch2.relu1",
            "concat2.branch3.dense2",
        ];
        assert_eq!(outline.entries.iter().map(|entry| &*entry.path).collect::<Vec<_>>(), expected);
        // an inspection shows each, blocks after what they consist of
        let mut seen = Vec::new();
        let x = Batch::from_examples([[1.0, 2.0, 3.0]].iter());
        Model::<Net>::new(1).inspect(&x, |layer, output| seen.push((layer.path.clone(), output.len())));
        let lens = [(0, 2), (2, 3), (3, 4), (5, 5), (6, 2), (4, 7), (7, 1), (1, 8)];
        assert_eq!(seen, lens.map(|(place, len)| (expected[place].to_owned(), len)));
    }

    #[test]
    fn channels_lie_side_by_side_in_each_pixel() {
        type Net = Concat<Identity<Image<1, 2, 2>>, Scale<Image<1, 2, 2>>, Image<1, 2, 4>>;
        let mut model = Model::<Net>::new(0);
        model.params_mut()[0] = 10.0;
        let y = model.infer(&[[[1.0, 2.0], [3.0, 4.0]]]);
        assert_eq!(y, [[[1.0, 2.0, 10.0, 20.0], [3.0, 4.0, 30.0, 40.0]]]);
    }
}
