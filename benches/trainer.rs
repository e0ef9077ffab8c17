//! Measures the cost of a trainer beside its steps: epochs of the perceptron W3 (784-256-128-10, batch 64) against a
//! bare loop that reads the same examples and takes the same steps.
//!
//! ```text
//! cargo bench -p plywood-benches --bench trainer 2> /dev/null            (the rows of the progress)
//! cargo bench -p plywood-benches --bench trainer --features tensorboard 2> /dev/null
//! ```
//!
//! All are timed in turn, so that a disturbance of the machine affects all of them, and compared round by round. Each
//! line has the median time of a step, and the median over rounds of the additional time over the bare loop, with the
//! quartiles. `BENCH_N` sets the number of rounds, `RAYON_NUM_THREADS` the number of threads that "all" means.

#[path = "workload/networks.rs"]
#[allow(dead_code)] // the other networks
mod networks;
#[path = "workload/random.rs"]
#[allow(dead_code)] // more than is needed here
mod random;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use networks::Perceptron;
use plywood::optim::{Groups, Momentum, Optimizer, State, Step};
use plywood::train::{Callback, Control, StepEnd};
use plywood::{
    Backprop, Dataset, Layer, Model, Result, Scalar, Shape, SoftmaxCrossEntropy, Threads, Trainer,
};
use rand::seq::SliceRandom;

const BATCH: usize = 64;
const STEPS_IN_EPOCH: usize = 250;
const EPOCHS: usize = 20;
const RATE: f64 = 0.01;

/// The random pictures of an epoch.
struct Pictures {
    pixels: Vec<f32>,
    labels: Vec<usize>,
}

impl Dataset for Pictures {
    type Example = <Perceptron as Layer>::In;
    type Target = usize;

    fn len(&self) -> usize {
        self.labels.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        let len = Self::Example::LEN;
        for (x, &pixel) in x.iter_mut().zip(&self.pixels[len * index..]) {
            *x = T::of(pixel.into());
        }
        self.labels[index]
    }
}

/// Takes steps without a trainer, as the baseline of every comparison.
fn bare(data: &Pictures, order: &[usize], threads: &Threads) -> Result<()> {
    let mut model = Model::<Perceptron>::new(1);
    let mut backprop = Backprop::new(BATCH)?;
    let mut state = State::new(Perceptron::PARAMS);
    let groups = Groups::of::<Perceptron>(0.0)?;
    let optimizer = Momentum::default();
    let len = <Perceptron as Layer>::In::LEN;
    let (mut x, mut targets) = (vec![0.0; len * BATCH], vec![0; BATCH]);
    threads.run(|| {
        for _ in 0..EPOCHS {
            for indices in order.chunks(BATCH) {
                for ((x, target), &index) in x.chunks_exact_mut(len).zip(&mut targets).zip(indices) {
                    *target = data.read(index, x);
                }
                black_box(backprop.run(&mut model, &SoftmaxCrossEntropy, &x, &targets, 0));
                let (params, gradient) = (model.params_mut(), backprop.gradient());
                optimizer.step(&mut state, Step::new(params, gradient, RATE, &groups));
            }
        }
    });
    black_box(model);
    Ok(())
}

/// A callback that observes every step.
struct Loss(f64);

impl<N: Layer, T: Scalar> Callback<N, T> for Loss {
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        self.0 += step.loss;
        Ok(Control::Continue)
    }
}

fn trained(trainer: &Trainer, data: &Pictures, callback: &mut impl Callback<Perceptron, f32>) -> Result<()> {
    let mut model = Model::<Perceptron>::new(1);
    black_box(trainer.run(&mut model, data).watch(callback).fit()?);
    Ok(())
}

/// Returns the path of a log file.
fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join("plywood-bench-trainer").join(name)
}

fn rounds() -> usize {
    let rounds = std::env::var("BENCH_N").ok().and_then(|text| text.parse().ok());
    rounds.unwrap_or(25).max(3)
}

fn compare(data: &Pictures, order: &[usize], threads: &Threads) -> Result<()> {
    let trainer = Trainer::new().epochs(EPOCHS).batch_size(BATCH).learning_rate(RATE).threads(threads);
    let logging = trainer.clone().log(scratch("log.jsonl")).progress(true);
    let variants: &[(&str, &dyn Fn() -> Result<()>)] = &[
        ("a bare loop", &|| bare(data, order, threads)),
        ("trainer", &|| trained(&trainer, data, &mut ())),
        ("with bar, JSON lines and a callback", &|| trained(&logging, data, &mut Loss(0.0))),
        #[cfg(feature = "tensorboard")]
        ("and every step for TensorBoard", &|| {
            trained(&logging, data, &mut plywood::train::TensorBoard::new(scratch("board")))
        }),
    ];
    let mut seconds = vec![Vec::new(); variants.len()];
    // the first round warms up
    for round in 0..=rounds() {
        for ((_, run), seconds) in variants.iter().zip(&mut seconds) {
            let began = Instant::now();
            run()?;
            if round > 0 {
                seconds.push(began.elapsed().as_secs_f64());
            }
        }
    }
    let quartile = |mut values: Vec<f64>, quarter: usize| {
        values.sort_by(f64::total_cmp);
        values[(values.len() - 1) * quarter / 4]
    };
    for ((name, _), times) in variants.iter().zip(&seconds) {
        let more: Vec<_> =
            times.iter().zip(&seconds[0]).map(|(time, bare)| 100.0 * (time / bare - 1.0)).collect();
        let [low, median, high] = [1, 2, 3].map(|quarter| quartile(more.clone(), quarter));
        let step = 1e6 * quartile(times.clone(), 2) / (EPOCHS * STEPS_IN_EPOCH) as f64;
        let count = threads.count();
        println!("{count} threads, {name}: {step:.1} us a step, {median:+.2} % ({low:+.2} to {high:+.2})");
    }
    Ok(())
}

fn main() -> Result<()> {
    let mut rng = random::generator();
    let examples = BATCH * STEPS_IN_EPOCH;
    let data = Pictures {
        pixels: random::normals(&mut rng, examples * <Perceptron as Layer>::In::LEN),
        labels: random::labels(&mut rng, examples, <Perceptron as Layer>::Out::LEN),
    };
    // as in training: a regular order would be fetched from memory ahead of time
    let mut order: Vec<_> = (0..examples).collect();
    order.shuffle(&mut rng);
    compare(&data, &order, &Threads::one())?;
    let all = Threads::all()?;
    if all.count() > 1 {
        compare(&data, &order, &all)?;
    }
    let _ = std::fs::remove_dir_all(scratch(""));
    Ok(())
}
