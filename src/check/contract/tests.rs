use super::*;
use crate::core::visitor::{Children, Composite};
use crate::core::{Cost, Flat, Fusion, Infer, Memory, Space, Visitor, Workspace};

/// A layer y = p·x with one mistake.
struct Faulty<const MISTAKE: usize>;

const RIGHT: usize = 0;
const SUMS_INTO_DX: usize = 1;
const OVERWRITES_GRADIENT: usize = 2;
const READS_JUNK: usize = 3;
const MIXES_EXAMPLES: usize = 4;
const DESTROYS_DY: usize = 5;
const NEVER_ADDS: usize = 6;
const SHOWS_ANOTHER: usize = 7;
const DRAWS: usize = 8;
const IGNORES_FREEZING: usize = 9;

impl<const MISTAKE: usize> Layer for Faulty<MISTAKE> {
    type In = Flat<2>;
    type Out = Flat<2>;
    const NAME: &'static str = "faulty";
    const PARAMS: usize = 1;
    const MEMORY: Memory = Memory::OUT_OF_PLACE.tape(Space::fixed(1)).preserves_dy();
    const COST: Cost = Cost::FREE.flops(2);

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        for (y, &x) in io.y.iter_mut().zip(io.x) {
            *y = io.params[0] * x + if MISTAKE == IGNORES_FREEZING { T::ONE } else { T::ZERO };
        }
    }
    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let sum = io.x.iter().zip(&*io.dy).fold(T::ZERO, |sum, (&x, &dy)| sum + x * dy);
        let start = if MISTAKE == OVERWRITES_GRADIENT && io.dx.is_none() { T::ZERO } else { io.grads[0] };
        let start = if MISTAKE == NEVER_ADDS { T::ZERO } else { start };
        io.grads[0] = start + sum + if MISTAKE == READS_JUNK { io.tape[0] } else { T::ZERO };
        for (dx, &dy) in io.dx.into_iter().flatten().zip(&*io.dy) {
            let start = if MISTAKE == SUMS_INTO_DX { *dx } else { T::ZERO };
            *dx = start + io.params[0] * dy;
        }
        if MISTAKE == DESTROYS_DY {
            io.dy.fill(T::ZERO);
        }
    }
    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        let add = if MISTAKE == MIXES_EXAMPLES { T::of(pass.batch as f64) } else { T::ZERO };
        let add = if MISTAKE == DRAWS { T::of((pass.seed % 1000) as f64) } else { add };
        work.in_place(2 * pass.batch, |y| y.iter_mut().for_each(|y| *y = *y * io.params[0] + add));
    }
    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(|_| {});
    }
}

impl<const MISTAKE: usize> Composite for Faulty<MISTAKE> {
    fn evaluate<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>, _: &impl Children<T>) {
        Self::infer(pass, io, work);
        if MISTAKE == SHOWS_ANOTHER {
            work.in_place(2 * pass.batch, |y| y.fill(T::ONE));
        }
    }
}

#[test]
fn each_violation_is_found() {
    assert_eq!(contract::<Faulty<RIGHT>>(3, 1), Ok(()));
    let promise = |outcome: Result<(), Violation>| outcome.expect_err("a mistake").promise;
    let memory = "does not depend on what its memory holds on entry";
    assert_eq!(promise(contract::<Faulty<SUMS_INTO_DX>>(3, 1)), memory);
    assert_eq!(promise(contract::<Faulty<READS_JUNK>>(3, 1)), memory);
    assert_eq!(promise(contract::<Faulty<OVERWRITES_GRADIENT>>(3, 1)), "gradients are the same without dx");
    assert_eq!(promise(contract::<Faulty<DESTROYS_DY>>(3, 1)), "leaves dy as it is");
    assert_eq!(promise(contract::<Faulty<NEVER_ADDS>>(3, 1)), "adds to gradients");
    let batch = "evaluates a batch as it does its examples";
    assert_eq!(promise(contract::<Faulty<MIXES_EXAMPLES>>(3, 1)), batch);
    assert_eq!(promise(contract::<Faulty<DRAWS>>(3, 1)), "evaluates without drawing at random");
    let frozen = "computes its evaluation where it is frozen";
    assert_eq!(promise(contract::<Faulty<IGNORES_FREEZING>>(3, 1)), frozen);
    assert_eq!(promise(contract::<Faulty<SHOWS_ANOTHER>>(3, 1)), "computes the same when inspected");
}

/// A layer y = 2x that declares itself a view, which a network then leaves out.
struct Doubles;

impl Layer for Doubles {
    type In = Flat<2>;
    type Out = Flat<2>;
    const NAME: &'static str = "doubles";
    const MEMORY: Memory = Memory::VIEW;

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.y.iter_mut().zip(io.x).for_each(|(y, &x)| *y = x + x);
    }
    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let dx = io.dx.into_iter().flatten();
        dx.zip(&*io.dy).for_each(|(dx, &dy)| *dx = dy + dy);
    }
}

#[test]
fn a_view_that_changes_numbers_is_found() {
    let found = contract::<Doubles>(3, 1).expect_err("no view");
    assert_eq!(found.promise, "is the view of its input that it says");
    assert_eq!(contract::<crate::layers::Identity<Flat<2>>>(3, 1), Ok(()));
}

/// A layer y = p·x or, in place, y = 2y, which declares more than it does.
struct Claims<const CLAIM: usize>;

const TO_BE_A_RECTIFIER: usize = 0;
const TO_ADD: usize = 1;
const TO_DIFFERENTIATE: usize = 2;
const TO_ABSORB: usize = 3;

impl<const CLAIM: usize> Layer for Claims<CLAIM> {
    type In = Flat<2>;
    type Out = Flat<2>;
    const NAME: &'static str = "claims";
    const PARAMS: usize = if CLAIM == TO_BE_A_RECTIFIER { 0 } else { 1 };
    const MEMORY: Memory = if CLAIM == TO_BE_A_RECTIFIER {
        Memory::IN_PLACE
    } else {
        Memory::OUT_OF_PLACE.reads_input().preserves_dy()
    };
    const FUSION: Fusion = match CLAIM {
        TO_BE_A_RECTIFIER => Fusion::NONE.is_rectifier(),
        TO_ADD => Fusion::NONE.adds(),
        TO_DIFFERENTIATE => Fusion::NONE.rectifies().differentiates(),
        _ => Fusion::NONE.rectifies().absorbs(),
    };

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        if CLAIM == TO_BE_A_RECTIFIER {
            return io.y.iter_mut().for_each(|y| *y *= T::of(2.0));
        }
        for (y, &x) in io.y.iter_mut().zip(io.x) {
            *y = io.params[0] * x;
        }
        if CLAIM != TO_ADD {
            io.epilogue.apply(io.y);
        }
    }
    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if CLAIM == TO_BE_A_RECTIFIER {
            return io.dy.iter_mut().for_each(|dy| *dy *= T::of(2.0));
        }
        io.grads[0] += io.x.iter().zip(&*io.dy).fold(T::ZERO, |sum, (&x, &dy)| sum + x * dy);
        io.dx.into_iter().flatten().zip(&*io.dy).for_each(|(dx, &dy)| *dx = io.params[0] * dy);
    }
    fn absorb<T: Scalar>(_: &mut [T], _: &mut [T]) {}
}

#[test]
fn each_claim_is_tried() {
    let promise = |outcome: Result<(), Violation>| outcome.expect_err("a claim").promise;
    assert_eq!(promise(contract::<Claims<TO_BE_A_RECTIFIER>>(3, 1)), "is the rectifier that it says");
    assert_eq!(promise(contract::<Claims<TO_ADD>>(3, 1)), "performs its epilogue in training");
    let differentiates = "differentiates the rectifier that it performs";
    assert_eq!(promise(contract::<Claims<TO_DIFFERENTIATE>>(3, 1)), differentiates);
    assert_eq!(promise(contract::<Claims<TO_ABSORB>>(3, 1)), "absorbs factors and shifts");
}
