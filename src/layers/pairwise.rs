//! Defines two networks, one for each of two shapes.

use std::marker::PhantomData;

use crate::core::call::{self, Inner};
use crate::core::visitor::{Children, Composite, Plainly};
use crate::core::{
    Backward, Cost, Declared, Forward, Fusion, Infer, Init, Layer, Memory, Pass, ReceptiveField, Shape,
    Space, Visitor, Workspace, larger,
};
use plywood_kernel::Scalar;

/// `pairwise { F } { G }`: (a, b) ↦ (F(a), G(b)), a network for each part of a pair.
///
/// # Shapes
/// From `(F::In, G::In)` to `(F::Out, G::Out)`. Networks on more parts nest to the right as the shapes do:
/// `Pairwise<F, Pairwise<G, H>>` computes on `(A, (B, C))`, and the tensors of `H` are those of `branch3`.
///
/// In training, each network reads and writes its own part of the batch, without a copy.
#[derive(Debug, Clone, Copy)]
pub struct Pairwise<F, G>(PhantomData<(F, G)>);

impl<F: Layer, G: Layer> Layer for Pairwise<F, G> {
    type In = (F::In, G::In);
    type Out = (F::Out, G::Out);

    const NAME: &'static str = "pairwise";
    const PARAMS: usize = F::PARAMS + G::PARAMS;
    const BUFFERS: usize = F::BUFFERS + G::BUFFERS;
    const MEMORY: Memory = Memory::side_by_side::<F, G>(Space::NONE);
    /// The place of a number in a pair says nothing about its place in an image.
    const COST: Cost = F::COST.beside(G::COST).sees(ReceptiveField::ALL);
    const FUSION: Fusion = F::FUSION.within().or(G::FUSION.within());

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        call::init_two::<F, G, T>(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, mut io: Forward<'_, T>) {
        let (mut f, mut g) = io.split::<F, G>(pass);
        let (x_f, x_g) = io.x.split_at(F::In::LEN * pass.batch);
        let (y_f, y_g) = io.y.split_at_mut(F::Out::LEN * pass.batch);
        f.forward(x_f, y_f, io.scratch);
        g.forward(x_g, y_g, io.scratch);
    }

    fn backward<T: Scalar>(pass: Pass, mut io: Backward<'_, T>) {
        let (mut f, mut g): (Inner<'_, F, T>, Inner<'_, G, T>) = io.split(pass);
        let Backward { x, y, dy, dx, scratch, .. } = io;
        let [input, output] = [F::In::LEN, F::Out::LEN].map(|len| len * pass.batch);
        // what neither network reads may have any length
        let (x_f, x_g) = if Self::READS_INPUT { x.split_at(input) } else { (x, x) };
        let (y_f, y_g) = if Self::READS_OUTPUT { y.split_at(output) } else { (y, y) };
        let (dy_f, dy_g) = dy.split_at_mut(output);
        let (dx_f, dx_g) = dx.map(|dx| dx.split_at_mut(input)).unzip();
        f.backward([x_f, y_f], dy_f, dx_f, scratch);
        g.backward([x_g, y_g], dy_g, dx_g, scratch);
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

impl<F: Layer, G: Layer> Composite for Pairwise<F, G> {
    const OF_BRANCHES: bool = true;

    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        let (f, g) = io.split::<F, G>();
        let [x_f, x_g, y_f, y_g] =
            [F::In::LEN, G::In::LEN, F::Out::LEN, G::Out::LEN].map(|len| len * pass.batch);
        work.side_by_side(
            [0..x_f, x_f..x_f + x_g],
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
        BatchNorm, Dense, Flatten, Heads, Identity, Relu, Repeat, Residual, Sigmoid, Silu, Tanh,
    };

    super::checks::cases![
        Pairwise<Dense<4, 3>, Dense<2, 5>>,
        Pairwise<Identity<Flat<4>>, Dense<3, 2>>,
        Pairwise<Dense<3, 2>, Identity<Flat<4>>>,
        Pairwise<Identity<Flat<4>>, Identity<Flat<2>>>,
        Pairwise<Sigmoid<Flat<4>>, Relu<Flat<3>>>,
        Pairwise<Silu<Image<2, 3, 2>>, Dense<2, 3>>,
        Pairwise<(Silu<Image<1, 2, 2>>, Flatten<Image<1, 2, 2>, 4>), (Dense<3, 2>, Tanh<Flat<2>>)>,
        Pairwise<Dense<2, 3>, Pairwise<(Dense<4, 2>, Relu<Flat<2>>), Sigmoid<Flat<4>>>>,
        (
            Heads<Dense<3, 4>, Dense<3, 2>>,
            Pairwise<Residual<Dense<4, 4>>, (BatchNorm<Flat<2>>, Relu<Flat<2>>)>
        ),
        Residual<Pairwise<(Dense<4, 4>, Tanh<Flat<4>>), Repeat<2, Dense<2, 2>>>>,
    ]
}
