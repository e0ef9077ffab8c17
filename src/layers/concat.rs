//! Defines branches side by side.

use std::marker::PhantomData;

use crate::core::call::{self, Inner};
use crate::core::message::Message;
use crate::core::visitor::{Children, Composite, Plainly};
use crate::core::{
    Backward, Cost, Declared, Dims, Forward, Fusion, Infer, Init, Layer, Layout, Memory, Pass, SameShape,
    Shape, Space, Visitor, Workspace, larger, proof,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::columns::{columns, interleave};
use plywood_kernel::math::elementwise::add;

/// `concat { A } { B }`: both branches see the same input, and their channels lie side by side in the output, those of
/// `A` first (Szegedy et al. 2014).
///
/// # Shapes
/// Images of the branches must have the same height and width; `O` has the same sides, and the channels of both.
/// Vectors are joined to one that is as long as both together.
///
/// A branch that gives a pair of shapes does not compile:
///
/// ```compile_fail,E0080
/// use plywood::layer::Memory;
/// use plywood::layers::{Concat, Dense, Heads};
/// use plywood::{Flat, Layer};
///
/// // error: concat: one branch gives (2, 3), the other 1
/// const _: Memory = <Concat<Heads<Dense<4, 2>, Dense<4, 3>>, Dense<4, 1>, Flat<6>> as Layer>::MEMORY;
/// ```
///
/// More branches nest as `Concat<A, Concat<B, C, P>, O>`, and their numbers continue: the tensors of `C` are those of
/// `branch3`. A branch that is the [`Identity`](super::Identity) needs no intermediate copy (dense nets: Huang et al.
/// 2017). Put it first.
#[derive(Debug, Clone, Copy)]
pub struct Concat<A, B, O>(PhantomData<(A, B, O)>);

/// The place of a branch's output until it is copied to the block's output, in the forward pass.
#[derive(Clone, Copy)]
enum BranchOutput {
    /// The output is the input.
    Input,
    /// The branch reads its output again in the backward pass.
    Tape,
    Scratch,
}

impl BranchOutput {
    const fn of<L: Layer>() -> Self {
        match L::MEMORY.layout {
            Layout::View => Self::Input,
            _ if L::READS_OUTPUT => Self::Tape,
            _ => Self::Scratch,
        }
    }

    const fn on_tape<L: Layer>() -> Space {
        Space::per_example(if matches!(Self::of::<L>(), Self::Tape) { L::Out::LEN } else { 0 })
    }

    const fn in_scratch<L: Layer>() -> Space {
        Space::per_example(if matches!(Self::of::<L>(), Self::Scratch) { L::Out::LEN } else { 0 })
    }

    /// Computes the output of a branch, and returns the slice that holds it.
    fn compute<'a, L: Layer, T: Scalar>(
        mut branch: Inner<'_, L, T>,
        x: &'a [T],
        [on_tape, in_scratch]: [&'a mut [T]; 2],
        scratch: &mut [T],
    ) -> &'a [T] {
        let y = match Self::of::<L>() {
            Self::Input => return x,
            Self::Tape => on_tape,
            Self::Scratch => in_scratch,
        };
        branch.forward(x, y, scratch);
        y
    }
}

/// Fails to compile if an output does not have the channels of two shapes. `of` begins the message.
#[track_caller]
pub(super) const fn joins(of: &str, a: Dims, b: Dims, output: Dims) {
    let both = a.with_channels(a.channels() + b.channels());
    if !both.same(output) {
        let message = Message::new()
            .text(of)
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
        joins("concat: branches that give ", A::Out::DIMS, B::Out::DIMS, O::DIMS);
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
    const PARAMS: usize = A::PARAMS + B::PARAMS;
    const BUFFERS: usize = A::BUFFERS + B::BUFFERS;
    const MEMORY: Memory = {
        let _ = Self::CHANNELS;
        let forward = BranchOutput::in_scratch::<A>().and(BranchOutput::in_scratch::<B>());
        // the gradient of one branch's output, and that of the second one's input
        let backward = Space::per_example(larger(A::Out::LEN, B::Out::LEN) + A::In::LEN);
        Memory {
            layout: Layout::OutOfPlace,
            tape: A::TAPE.and(B::TAPE).and(BranchOutput::on_tape::<A>()).and(BranchOutput::on_tape::<B>()),
            scratch: A::SCRATCH.or(B::SCRATCH).and(forward.or(backward)),
            infer_scratch: Some(A::INFER_SCRATCH.or(B::INFER_SCRATCH).and(Space::per_example(A::WIDTH))),
            width: larger(A::WIDTH, B::WIDTH),
            reads_input: A::READS_INPUT || B::READS_INPUT,
            reads_output: false,
            preserves_dy: true,
        }
    };
    const COST: Cost = A::COST.beside(B::COST);
    const FUSION: Fusion = A::FUSION.within().or(B::FUSION.within());

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        call::init_two::<A, B, T>(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, mut io: Forward<'_, T>) {
        let batch = pass.batch;
        let [y_a, y_b] =
            [BranchOutput::on_tape::<A>(), BranchOutput::on_tape::<B>()].map(|y| io.take_tape(y.len(batch)));
        let [scratch_a, scratch_b] = [BranchOutput::in_scratch::<A>(), BranchOutput::in_scratch::<B>()]
            .map(|y| io.take_scratch(y.len(batch)));
        let (a, b) = io.split::<A, B>(pass);
        let Forward { x, y, scratch, .. } = io;
        let a = BranchOutput::compute(a, x, [y_a, scratch_a], scratch);
        let b = BranchOutput::compute(b, x, [y_b, scratch_b], scratch);
        interleave(a, b, y, Self::A_CHANNELS, Self::B_CHANNELS);
    }

    fn backward<T: Scalar>(pass: Pass, mut io: Backward<'_, T>) {
        let batch = pass.batch;
        let [y_a, y_b] =
            [BranchOutput::on_tape::<A>(), BranchOutput::on_tape::<B>()].map(|y| io.take_tape(y.len(batch)));
        let dy_branch = io.take_scratch(larger(A::Out::LEN, B::Out::LEN) * batch);
        let dx_b = io.take_scratch(A::In::LEN * batch);
        let (mut a, mut b): (Inner<'_, A, T>, Inner<'_, B, T>) = io.split(pass);
        let Backward { x, dy, mut dx, scratch, .. } = io;

        if matches!(BranchOutput::of::<A>(), BranchOutput::Input) {
            if let Some(dx) = dx.as_deref_mut() {
                columns(dy, Self::CHANNELS, 0, dx, Self::A_CHANNELS);
            }
        } else {
            let dy_a = &mut dy_branch[..A::Out::LEN * batch];
            columns(dy, Self::CHANNELS, 0, dy_a, Self::A_CHANNELS);
            a.backward([x, y_a], dy_a, dx.as_deref_mut(), scratch);
        }
        let dy_b = &mut dy_branch[..B::Out::LEN * batch];
        columns(dy, Self::CHANNELS, Self::A_CHANNELS, dy_b, Self::B_CHANNELS);
        b.backward([x, y_b], dy_b, dx.is_some().then_some(&mut *dx_b), scratch);
        if let Some(dx) = dx {
            add(dx, dx_b);
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        call::clear_two::<A, B, T>(grads);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        Self::evaluate(pass, io, work, &Plainly);
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        call::fold_two::<A, B, T>(params, buffers);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(V::branches::<A, B>);
    }
}

impl<A: Layer, B: Layer, O: Shape> Composite for Concat<A, B, O>
where
    A::In: SameShape<B::In>,
{
    const OF_BRANCHES: bool = true;

    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        let (a, b) = io.split::<A, B>();
        let [x, y_a, y_b, y] = [A::In::LEN, A::Out::LEN, B::Out::LEN, O::LEN].map(|len| len * pass.batch);
        let first = |work: &mut Workspace<'_, T>| children.infer::<A>(pass, a, work);
        work.fork(x, y_a, A::WIDTH * pass.batch, first, |work, a| {
            children.infer_branch::<Self, B>(pass.after::<A>(), b, work);
            work.map(y, |b, y, _| interleave(a, &b[..y_b], y, Self::A_CHANNELS, Self::B_CHANNELS));
        });
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{
        Checkpoint, Dense, Flatten, GroupNorm, Identity, Relu, Repeat, Residual, Sigmoid, Silu, Tanh,
    };

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
    use crate::core::{Flat, Image, Outline};
    use crate::layers::{Dense, Identity, Relu, Scale};
    use crate::model::{Batch, Model};

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
        // an inspection shows each layer, and blocks after their parts
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
