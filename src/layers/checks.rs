//! Checks every layer's gradient and contract, over the cases that its file offers.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use super::all_cases;
use crate::check::{GradientCheck, Projection, Report, Violation, contract};
use crate::core::{Layer, Outline, Pass, Shape, order};
use crate::loss::Loss;
use crate::model::{Backprop, Model, Predictor};

/// A layer of particular sizes to check.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    name: &'static str,
    gradient: fn(usize, u64) -> Report,
    contract: fn(usize, u64) -> Result<(), Violation>,
    evaluation: fn(),
}

impl Case {
    /// Creates a case for a layer or network. `name` says what is special about it.
    pub(crate) const fn of<L: Layer>(name: &'static str) -> Self {
        Self {
            name,
            gradient: |batch, seed| {
                let report = GradientCheck::new().entries(30).seed(seed).run_layer::<L>(batch);
                report.expect("a batch of at least one")
            },
            contract: contract::<L>,
            evaluation: assert_evaluates_as_it_trains::<L>,
        }
    }
}

/// Lists cases of layer types, each named as it is written.
macro_rules! cases {
    ($($layer:ty),+ $(,)?) => {
        vec![$($crate::layers::checks::Case::of::<$layer>(stringify!($layer))),+]
    };
}
pub(crate) use cases;

/// Asserts that two layers with the same parameters give the same bits in training and evaluation: outputs,
/// gradients and running statistics.
pub(crate) fn assert_same_bits<A: Layer, B: Layer<Out = A::Out>>() {
    let (a, b) = (bits::<A>(TRAINING), bits::<B>(TRAINING));
    assert_eq!(a, b);
}

/// Changes parameters from their initial values, and returns random inputs.
fn shift_and_draw(params: &mut [f64], inputs: usize) -> Vec<f64> {
    for (i, parameter) in params.iter_mut().enumerate() {
        *parameter += (i as f64).sin();
    }
    (0..inputs).map(|i| (1.0 + 3.0 * i as f64).sin()).collect()
}

const BATCH: usize = 3;
const TRAINING: Pass = Pass::new(BATCH, 11);

fn bits<L: Layer>(pass: Pass) -> [Vec<f64>; 5] {
    let mut model = Model::<L, f64>::new(5);
    let x = shift_and_draw(model.params_mut(), BATCH * L::In::LEN);
    let mut dx = vec![f64::NAN; x.len()];
    let mut evaluated = vec![f64::NAN; BATCH * L::Out::LEN];
    let mut in_order = evaluated.clone();
    let mut work = Backprop::<L, f64>::new(BATCH).expect("a batch");
    work.forward_pass(&mut model, &x, pass);
    let (outputs, d_outputs) = work.outputs_and_gradient(BATCH);
    Loss::<L::Out>::gradient(&Projection::default(), outputs, &[(); BATCH], d_outputs);
    work.backward_pass(&mut model, &x, pass, Some(&mut dx));
    Predictor::new(&model).infer_into(&x, &mut evaluated);
    order::to_batch::<L::Out, f64>(&evaluated, &mut in_order);
    let y = work.outputs(BATCH).to_vec();
    [y, dx, work.gradient().to_vec(), model.buffers().to_vec(), in_order]
}

#[test]
fn every_file_offers_cases() {
    for (file, cases) in all_cases() {
        assert!(!cases.is_empty(), "{file}.rs offers no cases");
    }
}

/// Asserts that a layer computes the same in evaluation as in training while it is frozen, and also while it is not,
/// unless it has running statistics or drops numbers.
fn assert_evaluates_as_it_trains<L: Layer>() {
    let frozen = bits::<L>(TRAINING.frozen_throughout());
    assert_close(L::NAME, &frozen);
    assert_eq!(
        frozen[3],
        Model::<L, f64>::new(5).buffers(),
        "{}: running statistics of a frozen layer",
        L::NAME
    );
    let drops = Outline::of::<L>().entries.iter().any(|entry| entry.name.ends_with("dropout"));
    if L::BUFFERS == 0 && !drops {
        assert_close(L::NAME, &bits::<L>(TRAINING));
    }
}

fn assert_close(name: &str, [trained, .., evaluated]: &[Vec<f64>; 5]) {
    let close = trained.iter().zip(evaluated).all(|(a, b)| (a - b).abs() < 1e-12 * a.abs().max(1.0));
    assert!(close, "{name} gives {trained:?} in training, {evaluated:?} in evaluation");
}

#[test]
fn evaluation_is_training_without_what_is_random() {
    for case in all_cases().into_iter().flat_map(|(_, cases)| cases) {
        (case.evaluation)();
    }
}

/// Returns batch sizes and seeds: those that found a mistake before, and some random ones.
fn draws() -> impl Iterator<Item = (usize, u64)> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let drawn = (0..10).map(move |_| (rng.random_range(1..6), rng.random()));
    [(1, 41_633), (2, 206_421)].into_iter().chain(drawn)
}

#[test]
fn gradients_are_exact() {
    for (batch, seed) in draws() {
        for (file, cases) in all_cases() {
            for case in cases {
                let report = (case.gradient)(batch, seed);
                let name = case.name;
                assert!(
                    report.relative_error() < 1e-7,
                    "{file}: {name} at batch {batch}, seed {seed}\n{report}"
                );
            }
        }
    }
}

#[test]
fn contracts_are_kept() {
    for (batch, seed) in draws() {
        for (file, cases) in all_cases() {
            for case in cases {
                let outcome = (case.contract)(batch, seed);
                assert_eq!(outcome, Ok(()), "{file}: {} at batch {batch}, seed {seed}", case.name);
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes, and Miri has one instruction set")]
#[cfg_attr(not(debug_assertions), ignore = "the instruction set can be chosen where debug assertions are on")]
fn layers_pass_on_lesser_instruction_sets() {
    plywood_kernel::testing::pass_on_lesser_instruction_sets(&["layers::", "pair::", "optim::"], 20);
}
