//! Computes activations again instead of keeping them.

use std::marker::PhantomData;

use crate::core::visitor::{Children, Composite, Plainly};
use crate::core::{
    Backward, Cost, Declared, Epilogue, Forward, Fusion, Infer, Init, Layer, Memory, Pass, Running, Shape,
    Space, Visitor, Workspace, call,
};
use plywood_kernel::Scalar;

/// `checkpoint { F }`: the body `F`, of which only the input is kept for the backward pass.
///
/// The backward pass first repeats the forward pass (Chen et al. 2016, "Training deep nets with sublinear memory
/// cost").
///
/// It takes a third more computation and much less memory if bodies are repeated: `Repeat<N, Checkpoint<F>>` keeps the
/// activations between the bodies, and the tape of one body. The gradient is that of `F` to the last bit: dropout draws
/// the same numbers again, and running statistics move once.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint<F>(PhantomData<F>);

impl<F: Layer> Layer for Checkpoint<F> {
    type In = F::In;
    type Out = F::Out;

    const NAME: &'static str = "checkpoint";
    const PARAMS: usize = F::PARAMS;
    const BUFFERS: usize = F::BUFFERS;
    /// Scratch holds the tape and the output that is computed again.
    const MEMORY: Memory = Memory {
        tape: Space::NONE,
        scratch: F::TAPE.and(F::SCRATCH).and(Space::per_example(F::Out::LEN)),
        infer_scratch: Some(F::INFER_SCRATCH),
        reads_input: true,
        reads_output: false,
        ..F::MEMORY.out_of_place()
    };
    const COST: Cost = F::COST;
    const FUSION: Fusion = F::FUSION.within();

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        F::init(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let (tape, scratch) = io.scratch.split_at_mut(F::TAPE.len(pass.batch));
        call::forward::<F, T>(pass, Forward { tape, scratch, ..io });
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let (tape, scratch) = io.scratch.split_at_mut(F::TAPE.len(pass.batch));
        let (y, scratch) = scratch.split_at_mut(F::Out::LEN * pass.batch);
        let again = Forward {
            params: io.params,
            buffers: &mut *io.buffers,
            x: io.x,
            y: &mut *y,
            epilogue: Epilogue::NONE,
            tape: &mut *tape,
            scratch: &mut *scratch,
        };
        call::forward::<F, T>(Pass { running: Running::Keep, ..pass }, again);
        call::backward::<F, T>(pass, Backward { y, tape, scratch, ..io });
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        call::clear::<F, T>(grads);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        Self::evaluate(pass, io, work, &Plainly);
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        call::fold::<F, T>(params, buffers);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(F::outline);
    }
}

impl<F: Layer> Composite for Checkpoint<F> {
    #[inline]
    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        children.infer::<F>(pass, io, work);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::Flat;
    use crate::layers::{BatchNorm, Dense, Dropout, Identity, Relu, Repeat, Residual, Sigmoid, Silu};

    type Square<const N: usize> = Dense<N, N>;
    super::checks::cases![
        Checkpoint<Square<4>>,
        Checkpoint<Sigmoid<Flat<4>>>,
        Checkpoint<Identity<Flat<4>>>,
        Checkpoint<(Square<4>, Sigmoid<Flat<4>>)>,
        Checkpoint<((Square<4>, Dropout<Flat<4>, 300_000>), (Sigmoid<Flat<4>>, Square<4>))>,
        Checkpoint<Residual<((BatchNorm<Flat<4>, 100_000_000_000>, Relu<Flat<4>>), Square<4>)>>,
        Residual<Checkpoint<(Square<4>, Relu<Flat<4>>)>>,
        Repeat<3, Checkpoint<((Square<4>, Dropout<Flat<4>, 300_000>), Silu<Flat<4>>)>>,
        (Checkpoint<Relu<Flat<4>>>, Checkpoint<Checkpoint<(Square<4>, Sigmoid<Flat<4>>)>>),
        (Square<4>, Checkpoint<Residual<Checkpoint<(Square<4>, Sigmoid<Flat<4>>)>>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{BatchNorm, Dense, Dropout, Relu, Repeat, Residual, Sigmoid};

    type Normed = ((Dense<6, 6>, BatchNorm<Flat<6>>), (Relu<Flat<6>>, Dropout<Flat<6>, 300_000>));
    type Block = Residual<(Normed, Dense<6, 6>)>;

    #[test]
    fn the_gradient_is_the_same_to_the_last_bit() {
        assert_same_bits::<Checkpoint<Normed>, Normed>();
        assert_same_bits::<(Dense<6, 6>, Checkpoint<Normed>), (Dense<6, 6>, Normed)>();
        assert_same_bits::<Checkpoint<Sigmoid<Flat<6>>>, Sigmoid<Flat<6>>>();
        assert_same_bits::<Repeat<3, Checkpoint<Block>>, Repeat<3, Block>>();
        assert_same_bits::<Checkpoint<Repeat<3, Checkpoint<Block>>>, Repeat<3, Block>>();
    }

    #[test]
    fn a_repetition_keeps_the_activations_between_bodies_only() {
        assert_eq!(<Repeat<9, Checkpoint<Block>>>::TAPE, Space::per_example(8 * 6));
    }
}
