//! Defines two networks on one input, which give two shapes.

use std::marker::PhantomData;

use crate::core::call::{self, Inner};
use crate::core::visitor::{Children, Composite, Plainly};
use crate::core::{
    Backward, Cost, Declared, Forward, Fusion, Infer, Init, Layer, Memory, Pass, ReceptiveField, SameShape,
    Shape, Space, Visitor, Workspace, larger,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise::add;

/// `heads { F } { G }`: y = (F(x), G(x)), two networks that see the same input, for several tasks at a time (Caruana
/// 1997).
///
/// # Shapes
/// The output is the pair `(F::Out, G::Out)`. More heads nest as `Heads<F, Heads<G, H>>`, which gives `(F::Out,
/// (G::Out, H::Out))`, and their numbers continue: the tensors of `H` are those of `branch3`.
///
/// In training, each head writes its own part of the batch, without a copy. In the backward pass, the gradients of the
/// input are added.
#[derive(Debug, Clone, Copy)]
pub struct Heads<F, G>(PhantomData<(F, G)>);

impl<F: Layer, G: Layer> Layer for Heads<F, G>
where
    F::In: SameShape<G::In>,
{
    type In = F::In;
    type Out = (F::Out, G::Out);

    const NAME: &'static str = "heads";
    const PARAMS: usize = F::PARAMS + G::PARAMS;
    const BUFFERS: usize = F::BUFFERS + G::BUFFERS;
    /// Scratch holds the gradient of the second head's input.
    const MEMORY: Memory = Memory::side_by_side::<F, G>(Space::per_example(F::In::LEN));
    /// The place of a number in a pair says nothing about its place in an image.
    const COST: Cost = F::COST.beside(G::COST).sees(ReceptiveField::ALL);
    const FUSION: Fusion = F::FUSION.within().or(G::FUSION.within());

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        call::init_two::<F, G, T>(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, mut io: Forward<'_, T>) {
        let (mut f, mut g) = io.split::<F, G>(pass);
        let (y_f, y_g) = io.y.split_at_mut(F::Out::LEN * pass.batch);
        f.forward(io.x, y_f, io.scratch);
        g.forward(io.x, y_g, io.scratch);
    }

    fn backward<T: Scalar>(pass: Pass, mut io: Backward<'_, T>) {
        let dx_g = io.take_scratch(F::In::LEN * pass.batch);
        let (mut f, mut g): (Inner<'_, F, T>, Inner<'_, G, T>) = io.split(pass);
        let Backward { x, y, dy, mut dx, scratch, .. } = io;
        let first = F::Out::LEN * pass.batch;
        // an output that no head reads may have any length
        let (y_f, y_g) = if Self::READS_OUTPUT { y.split_at(first) } else { (y, y) };
        let (dy_f, dy_g) = dy.split_at_mut(first);
        f.backward([x, y_f], dy_f, dx.as_deref_mut(), scratch);
        g.backward([x, y_g], dy_g, dx.is_some().then_some(&mut *dx_g), scratch);
        if let Some(dx) = dx {
            add(dx, dx_g);
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        call::clear_two::<F, G, T>(grads);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        Self::evaluate(pass, io, work, &Plainly);
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        call::fold_two::<F, G, T>(params, buffers);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(V::branches::<F, G>);
    }
}

impl<F: Layer, G: Layer> Composite for Heads<F, G>
where
    F::In: SameShape<G::In>,
{
    const OF_BRANCHES: bool = true;

    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        let (f, g) = io.split::<F, G>();
        let [x, y_f, y_g] = [F::In::LEN, F::Out::LEN, G::Out::LEN].map(|len| len * pass.batch);
        work.side_by_side(
            [0..x, 0..x],
            [y_f, y_g],
            larger(F::WIDTH, G::WIDTH) * pass.batch,
            |work| children.infer::<F>(pass, f, work),
            |work| children.infer_branch::<Self, G>(pass.after::<F>(), g, work),
        );
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{
        BatchNorm, Checkpoint, Dense, Dropout, Flatten, GlobalAvgPool, Identity, Relu, Residual, Sigmoid,
        Tanh,
    };

    super::checks::cases![
        Heads<Dense<4, 3>, Dense<4, 5>>,
        Heads<Identity<Flat<4>>, Dense<4, 2>>,
        Heads<Dense<4, 2>, Identity<Flat<4>>>,
        Heads<Identity<Flat<4>>, Identity<Flat<4>>>,
        Heads<Sigmoid<Flat<4>>, Relu<Flat<4>>>,
        Heads<(Dense<4, 3>, Sigmoid<Flat<3>>), (Dense<4, 2>, Tanh<Flat<2>>)>,
        Heads<Dense<4, 3>, Heads<(Dense<4, 2>, Relu<Flat<2>>), Sigmoid<Flat<4>>>>,
        Heads<GlobalAvgPool<Image<2, 3, 2>>, (Sigmoid<Image<2, 3, 2>>, Flatten<Image<2, 3, 2>, 12>)>,
        (Dense<3, 4>, Heads<Residual<Dense<4, 4>>, (BatchNorm<Flat<4>>, Relu<Flat<4>>)>),
        (Heads<Dense<4, 3>, Dense<4, 5>>, Tanh<(Flat<3>, Flat<5>)>),
        (
            (Heads<Dense<4, 3>, Sigmoid<Flat<4>>>, Dropout<(Flat<3>, Flat<4>), 300_000>),
            Relu<(Flat<3>, Flat<4>)>
        ),
        Checkpoint<(Relu<Flat<4>>, Heads<(Dense<4, 3>, Tanh<Flat<3>>), Dense<4, 1>>)>,
    ]
}
