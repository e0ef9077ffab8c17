//! Checks layers around inner layers that pass everything on without declarations: a forgotten one costs nothing, or is
//! found.

use std::marker::PhantomData;

use super::subject::model;
use super::*;
use crate::core::{
    Cost, Declared, Flat, Image, Infer, Init, Memory, ReceptiveField, Shape, Space, Visitor, Workspace,
};
use crate::data::Examples;
use crate::eval::evaluate_on;
use crate::layers::{
    Axis, BatchNorm, Checkpoint, Concat, Conv2d, Dense, Dropout, GlobalAvgPool, Identity, Relu, Repeat,
    Residual, Sigmoid,
};
use crate::loss::{Loss, SoftmaxCrossEntropy};
use crate::model::Backprop;

/// A layer that passes the same pass and memory to `F`, and declares everything except what the bits of `FORGETS` stand
/// for.
struct Naive<F, const FORGETS: usize = ALL>(PhantomData<F>);

const LAYERS: usize = 1;
const FLOPS: usize = 2;
const FIELD: usize = 4;
const MIN_BATCH: usize = 8;
const INIT: usize = 16;
const OUTLINE: usize = 32;
const READS_OUTPUT: usize = 64;
/// The bit of a wrapper that shows the layers of `F` in its place.
const TRANSPARENT: usize = 128;
/// The declarations without which evaluation and training are still right.
const ALL: usize = LAYERS | FLOPS | FIELD | MIN_BATCH | OUTLINE;

impl<F: Layer, const FORGETS: usize> Naive<F, FORGETS> {
    const fn count(what: usize, right: usize, default: usize) -> usize {
        if FORGETS & what == 0 { right } else { default }
    }
}

impl<F: Layer, const FORGETS: usize> Layer for Naive<F, FORGETS> {
    type In = F::In;
    type Out = F::Out;

    const NAME: &'static str = "naive";
    const PARAMS: usize = F::PARAMS;
    const BUFFERS: usize = F::BUFFERS;
    const MEMORY: Memory = {
        let reads_output = FORGETS & READS_OUTPUT == 0 && F::READS_OUTPUT;
        Memory { reads_input: true, reads_output, preserves_dy: false, ..F::MEMORY.out_of_place() }
    };
    const COST: Cost = F::COST
        .layers(Self::count(LAYERS, F::LAYERS, 1))
        .min_batch(Self::count(MIN_BATCH, F::MIN_BATCH, 1))
        .flops(Self::count(FLOPS, F::FLOPS, 0))
        .sees(if FORGETS & FIELD == 0 { F::FIELD } else { ReceptiveField::POINT });

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        if FORGETS & INIT == 0 {
            F::init(params, buffers, init);
        }
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        if F::MEMORY.is_in_place() {
            io.y.copy_from_slice(io.x);
        }
        F::forward(pass, io);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        if F::MEMORY.is_in_place() {
            F::backward(pass, Backward { dy: &mut *io.dy, dx: None, ..io });
            io.dx.into_iter().for_each(|dx| dx.copy_from_slice(io.dy));
        } else {
            F::backward(pass, io);
        }
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        F::infer(pass, io, work);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        if FORGETS & TRANSPARENT != 0 {
            F::outline(visitor);
        } else if FORGETS & OUTLINE == 0 {
            visitor.block::<Self>(F::outline);
        } else {
            visitor.leaf::<Self>(&[]);
        }
    }
}

/// A layer y = F(F(x)): the same layer twice, with the same parameters, described as if it were `F`.
struct Twice<F>(PhantomData<F>);

impl<F: Layer> Layer for Twice<F> {
    type In = F::In;
    type Out = F::Out;

    const NAME: &'static str = "twice";
    const PARAMS: usize = F::PARAMS;
    const BUFFERS: usize = F::BUFFERS;
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .tape(F::TAPE.times(2).and(Space::per_example(F::Out::LEN)))
        .scratch(F::SCRATCH.and(Space::per_example(F::Out::LEN)))
        .infer_scratch(F::INFER_SCRATCH)
        .width(F::WIDTH);
    const COST: Cost = Cost::FREE.flops(2 * F::FLOPS).min_batch(F::MIN_BATCH);

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        F::init(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let Forward { params, buffers, x, y, tape, scratch, .. } = io;
        let (middle, tape) = tape.split_at_mut(F::Out::LEN * pass.batch);
        let (first, second) = tape.split_at_mut(F::TAPE.len(pass.batch));
        let (to_middle, to_y) = (&mut *middle, y);
        F::forward(pass, Forward::new(params, buffers, x, to_middle, [first, &mut *scratch]));
        F::forward(pass, Forward::new(params, buffers, middle, to_y, [second, scratch]));
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Backward { params, buffers, x, y, dy, dx, grads, tape, scratch, .. } = io;
        let (middle, tape) = tape.split_at_mut(F::Out::LEN * pass.batch);
        let (first, second) = tape.split_at_mut(F::TAPE.len(pass.batch));
        let (d_middle, scratch) = scratch.split_at_mut(F::Out::LEN * pass.batch);
        F::backward(
            pass,
            Backward::new(
                params,
                &mut *buffers,
                [middle, y],
                dy,
                Some(&mut *d_middle),
                &mut *grads,
                [second, &mut *scratch],
            ),
        );
        F::backward(pass, Backward::new(params, buffers, [x, middle], d_middle, dx, grads, [first, scratch]));
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        F::infer(pass, io, work);
        F::infer(pass, io, work);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        F::outline(visitor);
    }
}

type Norm = BatchNorm<Flat<4>>;
type Normed = (Dense<4, 4>, Norm);
type Drops = Dropout<Flat<4>, 400_000>;
type Small = Image<6, 5, 2>;
type Conv = Conv2d<Small, Small, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;
type Halves = Conv2d<Small, Image<3, 3, 2>, Axis<1, 2>, Axis<1, 2>>;

/// Asserts that all ways of evaluating a classifier agree.
fn agree<L: Layer<In = Flat<4>, Out = Flat<4>>>() {
    const COUNT: usize = 5;
    let layer = Subject::of::<L>();
    let run = Run::new(&layer, COUNT, 3);
    let model = model::<L>(run.arenas());
    let expected = run.infer_unfolded();
    let close = |found: &[f64], what: &str| {
        let outcome = close(L::NAME, "evaluates as without folding", &expected, found, 1e-10);
        assert_eq!(outcome, Ok(()), "{what} of {}", std::any::type_name::<L>());
    };
    let alone: Vec<f64> = run.x.chunks(4).flat_map(|x| model.infer(&[x[0], x[1], x[2], x[3]])).collect();
    close(&alone, "Model::infer");
    close(&run.infer(COUNT), "a Predictor");
    close(&run.infer(1), "a Predictor, one by one,");

    let examples = run.x.chunks(4).zip(0..).map(|(x, i)| ([0, 1, 2, 3].map(|j| x[j] as f32), i % 4));
    let data = Examples::<Flat<4>>::from_arrays(examples).expect("examples");
    let loss = evaluate_on(&Threads::one(), &model, &data).expect("an evaluation").loss;
    let targets: Vec<usize> = (0..COUNT).map(|i| i % 4).collect();
    let of_expected = Loss::<Flat<4>>::value(&SoftmaxCrossEntropy, &expected, &targets);
    assert!((loss - of_expected).abs() < 1e-9, "evaluate gives {loss}, expected {of_expected}");
}

#[test]
fn what_passes_everything_on_is_evaluated_right() {
    agree::<Naive<Norm>>();
    agree::<Naive<Normed>>();
    agree::<(Dense<4, 4>, Naive<Norm>)>();
    agree::<(Naive<Dense<4, 4>>, Norm)>();
    agree::<((Naive<Normed>, Relu<Flat<4>>), Normed)>();
    agree::<Residual<Naive<Normed>>>();
    agree::<Residual<Dense<4, 4>, Naive<Normed>>>();
    agree::<Repeat<2, Naive<Normed>>>();
    agree::<Checkpoint<Naive<Normed>>>();
    agree::<Naive<Residual<Naive<Normed>>>>();
    agree::<(Concat<Identity<Flat<4>>, Naive<Normed>, Flat<8>>, Dense<8, 4>)>();
    agree::<Twice<Normed>>();
    agree::<(Normed, Twice<Norm>)>();
}

/// Returns the gradient of a step, which is fresh, and that of a pass that adds to zeros.
fn gradients<L: Layer<In = Flat<4>, Out = Flat<4>>>() -> [Vec<f64>; 2] {
    let layer = Subject::of::<L>();
    let run = Run::new(&layer, 3, 5);
    let (mut model, targets) = (model::<L>(run.arenas()), [0, 2, 1]);
    let mut stepped = Backprop::<L, f64>::new(3).expect("a batch");
    stepped.run(&mut model, &SoftmaxCrossEntropy, &run.x, &targets, 9);
    let mut added = Backprop::<L, f64>::new(3).expect("a batch");
    let pass = Pass::new(3, 9);
    added.forward_pass(&mut model, &run.x, pass);
    let (outputs, d_outputs) = added.outputs_and_gradient(3);
    Loss::<Flat<4>>::gradient(&SoftmaxCrossEntropy, outputs, &targets, d_outputs);
    added.backward_pass(&mut model, &run.x, pass, None);
    [stepped, added].map(|work| work.gradient().to_vec())
}

#[test]
fn a_layer_that_runs_twice_in_a_step_loses_no_gradient() {
    let cases = [
        gradients::<Twice<Dense<4, 4>>>(),
        gradients::<(Dense<4, 4>, Twice<Dense<4, 4>>)>(),
        gradients::<Repeat<2, Twice<(Dense<4, 4>, Relu<Flat<4>>)>>>(),
        gradients::<Residual<Twice<Dense<4, 4>>>>(),
        gradients::<Naive<(Dense<4, 4>, Relu<Flat<4>>)>>(),
        gradients::<Checkpoint<Twice<Naive<Dense<4, 4>>>>>(),
    ];
    for (case, [stepped, added]) in cases.into_iter().enumerate() {
        assert!(added.iter().any(|&g| g != 0.0), "case {case}");
        assert_eq!(stepped, added, "case {case}");
    }
    assert_eq!(contract::<Twice<Dense<4, 4>>>(3, 1), Ok(()));
    // seen as a whole, though its outline is that of the layer inside
    assert_eq!(contract::<((Dense<4, 4>, Twice<Dense<4, 4>>), Norm)>(3, 1), Ok(()));
}

#[test]
fn what_declares_all_that_it_holds_keeps_the_contract() {
    assert_eq!(contract::<Naive<Normed, 0>>(3, 1), Ok(()));
    assert_eq!(contract::<Naive<(Dense<4, 4>, Norm), OUTLINE>>(3, 1), Ok(()));
    assert_eq!(contract::<Naive<(Drops, (Dense<4, 4>, Drops)), 0>>(3, 1), Ok(()));
    assert_eq!(contract::<Naive<Sigmoid<Flat<4>>, 0>>(3, 1), Ok(()));
    assert_eq!(contract::<Naive<(Conv, Halves), 0>>(2, 1), Ok(()));
    const { assert!(!Naive::<Normed, 0>::FUSION.is_folded()) };
}

#[test]
fn a_layer_may_begin_with_zeros_and_take_no_operations() {
    assert_eq!(contract::<Naive<Dense<4, 3>, { INIT | TRANSPARENT }>>(3, 1), Ok(()));
    assert_eq!(contract::<(Dense<4, 4>, Naive<Dense<4, 4>, { INIT | TRANSPARENT }>)>(3, 1), Ok(()));
    assert_eq!(contract::<Naive<Dense<4, 3>, { FLOPS | OUTLINE }>>(3, 1), Ok(()));
}

#[test]
fn each_forgotten_promise_is_found() {
    type Outcome = Result<(), Violation>;
    const SAYS_LAYERS: &str = "says how many layers it consists of";
    const DRAWS: &str = "draws from its own streams";
    const OPERATIONS: &str = "says how many operations it takes";
    const SEES: &str = "says how much of its input an output sees";
    const NEEDS: &str = "says how many examples a minibatch needs";
    type Case = (fn(usize, u64) -> Outcome, &'static str, &'static str);
    let cases: [Case; 15] = [
        (
            contract::<Naive<(Drops, Drops), LAYERS>>,
            SAYS_LAYERS,
            "COST has 1 layers, but its outline shows 2",
        ),
        (contract::<Naive<(Drops, Drops), { LAYERS | OUTLINE }>>, DRAWS, "COST has 1 layers"),
        (
            contract::<(Naive<(Drops, (Drops, Drops)), { LAYERS | OUTLINE }>, Drops)>,
            DRAWS,
            "COST has 2 layers",
        ),
        (
            contract::<Naive<Dense<4, 3>, FLOPS>>,
            OPERATIONS,
            "naive1: COST has 0 FLOPs, but its layers take 24",
        ),
        (
            contract::<Naive<Normed, { FLOPS | TRANSPARENT }>>,
            OPERATIONS,
            "COST has 0 FLOPs, but its layers take 64",
        ),
        // the layer at fault is named, not the network
        (contract::<(Dense<4, 4>, Naive<Relu<Flat<4>>, FLOPS>)>, OPERATIONS, "naive2: COST has 0 FLOPs"),
        (
            contract::<Naive<Conv, FIELD>>,
            SEES,
            "1 rows of the output see at most 1 of the input, but they depend on 2 and 4",
        ),
        (
            contract::<Naive<Halves, { FIELD | OUTLINE }>>,
            SEES,
            "3 rows of the output see at most 3 of the input",
        ),
        (contract::<Naive<GlobalAvgPool<Small>, FIELD>>, SEES, "they depend on 0 and 5"),
        (contract::<(Naive<Dense<4, 4>, FIELD>, Relu<Flat<4>>)>, SEES, "they depend on 0 and 3"),
        (contract::<Naive<Norm, MIN_BATCH>>, NEEDS, "COST has a minibatch of 1, but a layer inside needs 2"),
        (
            contract::<Naive<Norm, { MIN_BATCH | OUTLINE }>>,
            NEEDS,
            "COST has a minibatch of 1, which does not move running statistic 0",
        ),
        (contract::<Naive<Normed, INIT>>, "draws starting values", "all numbers"),
        (contract::<Naive<Normed, { INIT | TRANSPARENT }>>, "draws starting values", "all numbers"),
        (contract::<Naive<Norm, INIT>>, "draws starting values", "all numbers"),
    ];
    for (row, (contract, promise, found)) in cases.into_iter().enumerate() {
        let Err(violation) = contract(3, 1) else { panic!("row {row}: {promise}: not found") };
        assert_eq!(
            (violation.promise, violation.found.contains(found)),
            (promise, true),
            "row {row}: {violation}"
        );
    }
    let violation = contract::<Naive<Sigmoid<Flat<4>>, READS_OUTPUT>>(3, 1).expect_err("a violation");
    assert_eq!(violation.promise, "does not depend on what its memory holds on entry");
}
