//! Training: learns, repeats itself bit for bit, and says what is wrong with what it is given.

mod divergence;
mod large_images;
mod misuse;
mod parts;
mod records;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood::layer::{Backward, Forward, Infer, Memory, Pass, Workspace};
use plywood::layers::{BatchNorm, Dense, Dropout, Relu, Residual, Tanh};
use plywood::optim::{Moments, Momentum, Optimizer, Schedule, Sgd, Step};
use plywood::train::{Callback, Control, History, StepEnd};
use plywood::{
    Dataset, Error, Flat, Layer, Loss, Model, Scalar, SoftmaxCrossEntropy, Threads, Trainer, evaluate,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Examples of `N` numbers, with labels.
struct Points<const N: usize>(Vec<([f64; N], usize)>);

impl<const N: usize> Points<N> {
    /// Random numbers with random labels: nothing to learn, only to remember.
    fn random(count: usize, classes: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let point = |_| (std::array::from_fn(|_| rng.random_range(-1.0..1.0)), rng.random_range(0..classes));
        Self((0..count).map(point).collect())
    }
}

impl<const N: usize> Dataset for Points<N> {
    type Example = Flat<N>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        let (numbers, label) = &self.0[index];
        x.iter_mut().zip(numbers).for_each(|(x, &number)| *x = T::of(number));
        *label
    }
}

fn message<T: std::fmt::Debug>(result: plywood::Result<T>) -> String {
    result.expect_err("misuse").to_string()
}

/// A path for a test's files.
fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("train-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn learns_xor() {
    let xor = Points(vec![([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]);
    let mut model = Model::<((Dense<2, 8>, Tanh<Flat<8>>), Dense<8, 2>)>::new(1);
    let trainer = Trainer::new().epochs(200).batch_size(2).learning_rate(0.05);
    let report = trainer.train(&mut model, &xor).expect("a good run");
    let last = &report.epochs[199];
    assert_eq!((last.train.error, last.validation), (Some(0.0), None));
    assert!(last.train.loss < 0.01, "loss {}", last.train.loss);
    assert_eq!(evaluate(&model, &xor).expect("an evaluation").correct, 4);
}

#[test]
fn remembers_twenty_random_examples() {
    let data = Points::<4>::random(20, 5, 3);
    let mut model = Model::<((Dense<4, 64>, Relu<Flat<64>>), Dense<64, 5>)>::new(1);
    // 20 = 8 + 8 + 4: the last batch of an epoch is smaller
    let trainer = Trainer::new().epochs(400).batch_size(8).learning_rate(0.05);
    trainer.run(&mut model, &data).fit().expect("a good run");
    let evaluation = evaluate(&model, &data).expect("an evaluation");
    assert_eq!(evaluation.correct, 20, "{}", evaluation.confusion);
}

/// Large enough that every kernel spreads over three threads.
type Wide = (((Dense<64, 400>, Relu<Flat<400>>), Dropout<Flat<400>, 200_000>), Dense<400, 10>);

fn train_wide(threads: usize, seed: u64) -> (Vec<u32>, Vec<[u64; 3]>) {
    let mut model = Model::<Wide>::new(1);
    let (train, validation) = (Points::<64>::random(300, 10, 1), Points::<64>::random(150, 10, 2));
    let threads = Threads::new(threads).expect("threads");
    let trainer = Trainer::new().epochs(2).batch_size(128).l2(1e-3).seed(seed).threads(&threads);
    let report = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
    let losses = report.epochs.iter().map(|epoch| {
        let validation = epoch.validation.expect("validated");
        [epoch.train.loss, validation.loss, validation.error.expect("an error")].map(f64::to_bits)
    });
    (model.params().iter().map(|x| x.to_bits()).collect(), losses.collect())
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    let one = train_wide(1, 5);
    for threads in [1, 2, 3] {
        assert!(train_wide(threads, 5) == one, "{threads} threads differ from one");
    }
    assert!(train_wide(1, 6) != one, "another seed gives the same");
}

#[test]
fn an_epoch_is_the_mean_over_its_examples() {
    // a learning rate so small that nothing moves: the epoch's loss is then the model's
    let data = Points::<4>::random(21, 3, 3);
    let mut model = Model::<Dense<4, 3>, f64>::new(1);
    let trainer = Trainer::new().epochs(1).batch_size(8).learning_rate(1e-300);
    let epoch = trainer.run(&mut model, &data).validate(&data).fit().expect("a good run").epochs[0].clone();
    let evaluation = evaluate(&model, &data).expect("an evaluation");
    let validation = epoch.validation.expect("validated");
    assert!((epoch.train.loss - evaluation.loss).abs() < 1e-14);
    assert!((validation.loss - evaluation.loss).abs() < 1e-14);
    assert_eq!((epoch.train.error, validation.error), (Some(evaluation.error), Some(evaluation.error)));
}

#[test]
fn the_schedule_and_the_penalty_reach_the_optimizer() {
    let data = Points(vec![([0.0], 0)]);
    let mut model = Model::<Dense<1, 2>, f64>::new(1);
    let weights = model.params()[..2].to_vec();
    let schedule = Schedule::InverseTime { a: 2.0, b: 3.0 };
    let trainer = Trainer::new().optimizer(Sgd).epochs(2).learning_rate(schedule).l2(0.1);
    let report = trainer.run(&mut model, &data).fit().expect("a good run");
    let rates: Vec<_> = report.epochs.iter().map(|epoch| epoch.learning_rate).collect();
    assert_eq!(rates, [0.5, 0.2]);
    // the input is 0, so that only the penalty moves the weights: (1 − 0.5·0.1)(1 − 0.2·0.1)
    for (weight, start) in model.params().iter().zip(weights) {
        assert!((weight - start * 0.95 * 0.98).abs() < 1e-15);
    }
}
