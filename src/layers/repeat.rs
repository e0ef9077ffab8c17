//! The same body several times.

use std::marker::PhantomData;

use crate::call;
use crate::init::Init;
use crate::outline::Outline;
use crate::proof;
use crate::shape::Repeats;
use crate::{Backward, Field, Folding, Forward, Inspection, Layer, Pass, Place, Scalar, Shape, Space, Stage};

/// `repeat(N) { F }`: `N` copies of the body `F`, one behind the other, each with parameters of its own.
///
/// Computes what `(F, (F, …))` would, bit for bit, but is compiled once, whatever `N`. The body must give the shape
/// that it takes.
#[derive(Debug, Clone, Copy)]
pub struct Repeat<const N: usize, F>(PhantomData<F>);

/// Returns how many all copies have together of what one has.
///
/// # Panics
/// When that is more than a `usize` can count.
#[track_caller]
const fn copied(copies: usize, of_one: usize) -> usize {
    match copies.checked_mul(of_one) {
        Some(all) => all,
        None => panic!("repeat: its copies have more numbers, or take more operations, than a `usize` can count"),
    }
}

impl<const N: usize, F: Layer> Repeat<N, F> {
    const COPIES: usize = {
        proof::at_least_once("repeat", N);
        N
    };
    /// How the copies share memory: a body in place whose output is needed again cannot be overwritten by the next.
    const WIRING: Place = match F::PLACE {
        Place::InPlace if F::USES_OUTPUT && Self::COPIES > 1 => Place::Apart,
        place => place,
    };
    /// Whether a backward pass reads what lies between the copies.
    const KEPT: bool =
        matches!(Self::WIRING, Place::Apart) && Self::COPIES > 1 && (F::USES_INPUT || F::USES_OUTPUT);
    /// Whether an activation or gradient between copies lies in scratch.
    const SPARE: bool = matches!(F::PLACE, Place::Apart) && Self::COPIES > 1;

    const fn kept_len(batch: usize) -> usize {
        if Self::KEPT { (N - 1) * F::Out::LEN * batch } else { 0 }
    }
}

impl<const N: usize, F: Layer> Layer for Repeat<N, F>
where
    F::In: Repeats<F::Out>,
{
    type In = F::In;
    type Out = F::Out;

    const NAME: &'static str = "repeat";
    const LAYERS: usize = copied(Self::COPIES, F::LAYERS);
    const PARAMS: usize = copied(Self::COPIES, F::PARAMS);
    const BUFFERS: usize = copied(Self::COPIES, F::BUFFERS);
    const TAPE: Space = F::TAPE.times(N).and(Space::per_example(Self::kept_len(1)));
    const SCRATCH: Space = F::SCRATCH.and(Space::per_example(if Self::SPARE { F::Out::LEN } else { 0 }));
    const MIN_BATCH: usize = F::MIN_BATCH;
    const INFER_SCRATCH: Space = F::INFER_SCRATCH;
    const FLOPS: usize = copied(Self::COPIES, F::FLOPS);
    const WIDTH: usize = F::WIDTH;
    const FIELD: Field = {
        // by halves: of a million copies, one after the other would take the compiler too long
        let (mut field, mut several, mut left) = (F::FIELD, F::FIELD, Self::COPIES - 1);
        while left > 0 {
            if left % 2 == 1 {
                field = field.then(several);
            }
            left /= 2;
            if left > 0 {
                several = several.then(several);
            }
        }
        field
    };
    const PLACE: Place = Self::WIRING;
    const USES_INPUT: bool = F::USES_INPUT;
    const USES_OUTPUT: bool = F::USES_OUTPUT;
    const KEEPS_DY: bool = F::KEEPS_DY && (N == 1 || matches!(F::PLACE, Place::Same));
    const FOLDING: Folding = F::FOLDING.within();
    const WRITES_WHOLE: bool = F::WRITES_WHOLE;

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
        let (kept, tape) = tape.split_at_mut(Self::kept_len(pass.batch));
        let (spare, scratch) = scratch.split_at_mut(if Self::SPARE { len } else { 0 });
        let tape_len = F::TAPE.len(pass.batch);
        let mut copy = |index: usize, x: &[T], y: &mut [T]| {
            let io = Forward {
                params: &params[index * F::PARAMS..][..F::PARAMS],
                buffers: &mut buffers[index * F::BUFFERS..][..F::BUFFERS],
                x,
                y,
                addend: &[],
                tape: &mut tape[index * tape_len..][..tape_len],
                scratch: &mut *scratch,
            };
            let pass = pass.skip(index * F::LAYERS);
            if matches!(Self::WIRING, Place::InPlace) {
                call::forward_there::<F, T>(pass, io);
            } else {
                call::forward::<F, T>(pass, io);
            }
        };
        match Self::WIRING {
            Place::Same => y.copy_from_slice(x),
            Place::InPlace => (0..N).for_each(|index| copy(index, &[], y)),
            Place::Apart if Self::KEPT => {
                for index in 0..N {
                    let (before, after) = kept.split_at_mut(index * len);
                    let x = if index == 0 { x } else { &before[(index - 1) * len..] };
                    let y = if index == N - 1 { &mut *y } else { &mut after[..len] };
                    copy(index, x, y);
                }
            }
            Place::Apart => {
                // in turns, so that the last copy writes y
                let (mut to, mut other) = if N % 2 == 1 { (y, spare) } else { (spare, y) };
                for index in 0..N {
                    copy(index, if index == 0 { x } else { other }, to);
                    std::mem::swap(&mut to, &mut other);
                }
            }
        }
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Backward { params, buffers, x, y, dy, dx, grads, tape, scratch } = io;
        let len = Self::Out::LEN * pass.batch;
        let (kept, tape) = tape.split_at_mut(Self::kept_len(pass.batch));
        let (spare, scratch) = scratch.split_at_mut(if Self::SPARE { len } else { 0 });
        let tape_len = F::TAPE.len(pass.batch);
        let between = |index: usize| if Self::KEPT { &kept[index * len..][..len] } else { &[] };
        let mut copy = |index: usize, dy: &mut [T], dx: Option<&mut [T]>| {
            let io = Backward {
                params: &params[index * F::PARAMS..][..F::PARAMS],
                buffers: &mut buffers[index * F::BUFFERS..][..F::BUFFERS],
                x: if index == 0 { x } else { between(index - 1) },
                y: if index == N - 1 { y } else { between(index) },
                dy,
                dx,
                grads: &mut grads[index * F::PARAMS..][..F::PARAMS],
                tape: &mut tape[index * tape_len..][..tape_len],
                scratch: &mut *scratch,
            };
            call::backward_there::<F, T>(pass.skip(index * F::LAYERS), io);
        };
        match F::PLACE {
            Place::Apart => {
                let (mut from, mut to) = (dy, spare);
                for index in (1..N).rev() {
                    copy(index, &mut *from, Some(&mut *to));
                    std::mem::swap(&mut from, &mut to);
                }
                copy(0, from, dx);
            }
            Place::InPlace | Place::Same => {
                if matches!(F::PLACE, Place::InPlace) {
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

    fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>) {
        for index in 0..N {
            let params = &params[index * F::PARAMS..][..F::PARAMS];
            let buffers = &buffers[index * F::BUFFERS..][..F::BUFFERS];
            call::infer::<F, T>(pass.skip(index * F::LAYERS), params, buffers, stage);
        }
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        for index in 0..N {
            let params = &mut params[index * F::PARAMS..][..F::PARAMS];
            call::fold::<F, T>(params, &buffers[index * F::BUFFERS..][..F::BUFFERS]);
        }
    }

    fn inspect<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        inspection.block::<Self>(pass, stage, |stage| {
            for index in 0..N {
                let params = &params[index * F::PARAMS..][..F::PARAMS];
                let buffers = &buffers[index * F::BUFFERS..][..F::BUFFERS];
                F::inspect(pass.skip(index * F::LAYERS), params, buffers, stage, inspection);
            }
        });
    }

    fn outline(outline: &mut Outline) {
        outline.block::<Self>(|outline| outline.copies(N, F::outline));
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{BatchNorm, Dense, Dropout, Identity, Relu, Residual, Select, Sigmoid, Silu, Table};
    use crate::{Flat, Image};

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
        // bodies that need neither input nor output, in all numbers
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
    use crate::Flat;
    use crate::layers::checks::assert_same_bits;
    use crate::layers::{BatchNorm, Dense, Dropout, LayerNorm, Relu, Residual, Sigmoid};

    type Thrice<F> = (F, (F, F));

    #[test]
    fn is_its_copies_one_behind_the_other() {
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
