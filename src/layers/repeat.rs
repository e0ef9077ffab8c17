//! Repeats a body.

use std::marker::PhantomData;

use crate::core::visitor::{Children, Composite, Plainly};
use crate::core::{
    Backward, Cost, Declared, Epilogue, Forward, Fusion, Infer, Init, Layer, Layout, Memory, Pass, Repeats,
    Shape, Space, Visitor, Workspace, call, copied, proof,
};
use plywood_kernel::Scalar;

/// `repeat(N) { F }`: `N` copies of the body `F`, one after the other, each with its own parameters.
///
/// It computes the same as `(F, (F, …))`, bit for bit, but is compiled once for any `N`. The output shape of the body
/// must be its input shape.
#[derive(Debug, Clone, Copy)]
pub struct Repeat<const N: usize, F>(PhantomData<F>);

impl<const N: usize, F: Layer> Repeat<N, F> {
    const COPIES: usize = {
        proof::at_least_once("repeat", N);
        N
    };
    /// The way in which the copies share memory. The next copy cannot overwrite the output of a body in place that
    /// needs it again.
    const WIRING: Layout = match F::MEMORY.layout {
        Layout::InPlace if F::READS_OUTPUT && Self::COPIES > 1 => Layout::OutOfPlace,
        layout => layout,
    };
    /// True if the tape holds the activations between the copies, because a backward pass reads them.
    const TAPE_BETWEEN: bool =
        matches!(Self::WIRING, Layout::OutOfPlace) && Self::COPIES > 1 && (F::READS_INPUT || F::READS_OUTPUT);
    /// True if scratch holds an activation or a gradient between two copies.
    const SCRATCH_BETWEEN: bool = F::MEMORY.is_out_of_place() && Self::COPIES > 1;

    /// Returns the arguments of the copy with the given index.
    fn copy<T: Scalar>(io: Infer<'_, T>, index: usize) -> Infer<'_, T> {
        Infer::new(
            &io.params[index * F::PARAMS..][..F::PARAMS],
            &io.buffers[index * F::BUFFERS..][..F::BUFFERS],
        )
    }

    const fn between_len(batch: usize) -> usize {
        if Self::TAPE_BETWEEN { (N - 1) * F::Out::LEN * batch } else { 0 }
    }
}

impl<const N: usize, F: Layer> Layer for Repeat<N, F>
where
    F::In: Repeats<F::Out>,
{
    type In = F::In;
    type Out = F::Out;

    const NAME: &'static str = "repeat";
    const PARAMS: usize = copied(Self::COPIES, F::PARAMS);
    const BUFFERS: usize = copied(Self::COPIES, F::BUFFERS);
    const MEMORY: Memory = Memory {
        layout: Self::WIRING,
        tape: F::TAPE.times(N).and(Space::per_example(Self::between_len(1))),
        scratch: F::SCRATCH.and(Space::per_example(if Self::SCRATCH_BETWEEN { F::Out::LEN } else { 0 })),
        infer_scratch: Some(F::INFER_SCRATCH),
        preserves_dy: F::PRESERVES_DY && (N == 1 || F::MEMORY.is_view()),
        ..F::MEMORY
    };
    const COST: Cost = F::COST.times(Self::COPIES);
    const FUSION: Fusion = F::FUSION.within();

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        for index in 0..N {
            let params = &mut params[index * F::PARAMS..][..F::PARAMS];
            let buffers = &mut buffers[index * F::BUFFERS..][..F::BUFFERS];
            F::init(params, buffers, init);
        }
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let Forward { params, buffers, x, y, tape, scratch, .. } = io;
        let len = Self::Out::LEN * pass.batch;
        let (on_tape, tape) = tape.split_at_mut(Self::between_len(pass.batch));
        let (spare, scratch) = scratch.split_at_mut(if Self::SCRATCH_BETWEEN { len } else { 0 });
        let tape_len = F::TAPE.len(pass.batch);
        let mut copy = |index: usize, x: &[T], y: &mut [T]| {
            let io = Forward {
                params: &params[index * F::PARAMS..][..F::PARAMS],
                buffers: &mut buffers[index * F::BUFFERS..][..F::BUFFERS],
                x,
                y,
                epilogue: Epilogue::NONE,
                tape: &mut tape[index * tape_len..][..tape_len],
                scratch: &mut *scratch,
            };
            let pass = pass.skip(index * F::LAYERS);
            if matches!(Self::WIRING, Layout::InPlace) {
                call::forward_without_copy::<F, T>(pass, io);
            } else {
                call::forward::<F, T>(pass, io);
            }
        };
        match Self::WIRING {
            Layout::View => y.copy_from_slice(x),
            Layout::InPlace => (0..N).for_each(|index| copy(index, &[], y)),
            Layout::OutOfPlace if Self::TAPE_BETWEEN => {
                for index in 0..N {
                    let (before, after) = on_tape.split_at_mut(index * len);
                    let x = if index == 0 { x } else { &before[(index - 1) * len..] };
                    let y = if index == N - 1 { &mut *y } else { &mut after[..len] };
                    copy(index, x, y);
                }
            }
            Layout::OutOfPlace => {
                // alternately, so that the last copy writes y
                let (mut to, mut other) = if N % 2 == 1 { (y, spare) } else { (spare, y) };
                for index in 0..N {
                    copy(index, if index == 0 { x } else { other }, to);
                    std::mem::swap(&mut to, &mut other);
                }
            }
        }
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Backward { params, buffers, x, y, dy, dx, grads, tape, scratch, .. } = io;
        let len = Self::Out::LEN * pass.batch;
        let (on_tape, tape) = tape.split_at_mut(Self::between_len(pass.batch));
        let (spare, scratch) = scratch.split_at_mut(if Self::SCRATCH_BETWEEN { len } else { 0 });
        let tape_len = F::TAPE.len(pass.batch);
        let between = |index: usize| if Self::TAPE_BETWEEN { &on_tape[index * len..][..len] } else { &[] };
        let mut copy = |index: usize, dy: &mut [T], dx: Option<&mut [T]>| {
            let io = Backward {
                params: &params[index * F::PARAMS..][..F::PARAMS],
                buffers: &mut buffers[index * F::BUFFERS..][..F::BUFFERS],
                x: if index == 0 { x } else { between(index - 1) },
                y: if index == N - 1 { y } else { between(index) },
                rectified: false,
                dy,
                dx,
                grads: &mut grads[index * F::PARAMS..][..F::PARAMS],
                tape: &mut tape[index * tape_len..][..tape_len],
                scratch: &mut *scratch,
            };
            call::backward_without_copy::<F, T>(pass.skip(index * F::LAYERS), io);
        };
        match F::MEMORY.layout {
            Layout::OutOfPlace => {
                let (mut from, mut to) = (dy, spare);
                for index in (1..N).rev() {
                    copy(index, &mut *from, Some(&mut *to));
                    std::mem::swap(&mut from, &mut to);
                }
                copy(0, from, dx);
            }
            Layout::InPlace | Layout::View => {
                if F::MEMORY.is_in_place() {
                    (0..N).rev().for_each(|index| copy(index, &mut *dy, None));
                }
                if let Some(dx) = dx {
                    dx.copy_from_slice(dy);
                }
            }
        }
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        for index in 0..N {
            call::clear::<F, T>(&mut grads[index * F::PARAMS..][..F::PARAMS]);
        }
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        Self::evaluate(pass, io, work, &Plainly);
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        for index in 0..N {
            let params = &mut params[index * F::PARAMS..][..F::PARAMS];
            call::fold::<F, T>(params, &buffers[index * F::BUFFERS..][..F::BUFFERS]);
        }
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(|visitor| visitor.copies(N, F::outline));
    }
}

impl<const N: usize, F: Layer> Composite for Repeat<N, F>
where
    F::In: Repeats<F::Out>,
{
    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        for index in 0..N {
            children.infer::<F>(pass.skip(index * F::LAYERS), Self::copy(io, index), work);
        }
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{BatchNorm, Dense, Dropout, Identity, Relu, Residual, Select, Sigmoid, Silu, Table};

    struct Turn;
    impl Table for Turn {
        const INPUTS: &'static [usize] = &[2, 0, 1];
    }
    type Square<const N: usize> = Dense<N, N>;
    type Turned = Select<Image<2, 1, 3>, Image<2, 1, 3>, Turn>;
    super::checks::cases![
        Repeat<1, Square<4>>,
        Repeat<2, Square<4>>,
        Repeat<5, Square<4>>,
        // bodies that need neither input nor output, repeated different numbers of times
        Repeat<1, Turned>,
        Repeat<2, Turned>,
        Repeat<3, Turned>,
        // bodies in place, of which the second needs its output
        Repeat<3, Dropout<Flat<6>, 300_000>>,
        Repeat<3, Sigmoid<Flat<6>>>,
        Repeat<1, Sigmoid<Flat<6>>>,
        Repeat<2, (Sigmoid<Flat<4>>, Relu<Flat<4>>)>,
        (Square<6>, Repeat<2, Dropout<Flat<6>, 300_000>>),
        (Square<6>, Repeat<1, Sigmoid<Flat<6>>>),
        (Repeat<2, Sigmoid<Flat<6>>>, Relu<Flat<6>>),
        Repeat<3, Identity<Flat<4>>>,
        (Silu<Flat<4>>, Repeat<2, Identity<Flat<4>>>),
        // bodies that end in place and need their output
        Repeat<3, (Square<4>, Sigmoid<Flat<4>>)>,
        Repeat<2, Repeat<2, (Square<3>, Relu<Flat<3>>)>>,
        Repeat<3, Residual<(Square<4>, Relu<Flat<4>>)>>,
        Repeat<2, Residual<((BatchNorm<Flat<4>, 100_000_000_000>, Relu<Flat<4>>), Square<4>)>>,
        Residual<Repeat<2, (Square<4>, Sigmoid<Flat<4>>)>>,
        Residual<Repeat<2, Sigmoid<Flat<4>>>>,
        Residual<Repeat<2, Dropout<Flat<4>, 300_000>>>,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{BatchNorm, Dense, Dropout, LayerNorm, Relu, Residual, Sigmoid};

    type Thrice<F> = (F, (F, F));

    #[test]
    fn is_its_copies_one_after_the_other() {
        type Flat5 = Flat<5>;
        type Simple = Dense<5, 5>;
        type EndsInPlace = (Dense<5, 5>, Sigmoid<Flat5>);
        type Drops = (Dense<5, 5>, Dropout<Flat5, 300_000>);
        type Normed = Residual<((BatchNorm<Flat5>, Relu<Flat5>), Dense<5, 5>)>;
        assert_same_bits::<Repeat<3, Simple>, Thrice<Simple>>();
        assert_same_bits::<Repeat<3, EndsInPlace>, Thrice<EndsInPlace>>();
        assert_same_bits::<Repeat<3, Drops>, Thrice<Drops>>();
        assert_same_bits::<Repeat<3, Normed>, Thrice<Normed>>();
        assert_same_bits::<Repeat<3, Sigmoid<Flat5>>, Thrice<Sigmoid<Flat5>>>();
        assert_same_bits::<Repeat<3, Dropout<Flat5, 300_000>>, Thrice<Dropout<Flat5, 300_000>>>();
    }

    #[test]
    fn keeps_one_activation_less_than_copies() {
        type Body = LayerNorm<Flat<5>>;
        assert_eq!(<Repeat<4, Body>>::TAPE, Body::TAPE.times(4).and(Space::per_example(3 * 5)));
    }
}
