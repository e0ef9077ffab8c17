//! A training run from its first step to its last: who watches it, what steers it, how it ends, and how it goes on.

mod best;
mod checkpoint;
#[cfg(unix)]
mod ctrl_c;
mod edit;
mod events;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod hold;
mod judging;
#[cfg(unix)]
mod kill;
mod marks;
mod mutations;
mod preprocessing;
mod range;
mod rates;
mod sound;
mod steering;
mod weights;

use std::path::PathBuf;

use plywood::optim::{Adam, Schedule};
use plywood::train::{Clip, History};
use plywood::{Dataset, Flat, Model, Scalar, SoftmaxCrossEntropy, Trainer, network};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Random points with random labels.
struct Points<const N: usize>(Vec<([f64; N], usize)>);

impl<const N: usize> Points<N> {
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
    /// Moves every number a little, by what it draws.
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> usize {
        let label = self.read(index, x);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        for x in x {
            *x += T::of(rng.random_range(-0.1..0.1));
        }
        label
    }
}

network! {
    /// With everything that a step draws or remembers: dropout, and running statistics.
    Noisy: Flat<8> => Flat<3> {
        fc1: dense(12), batch_norm, relu,
        dropout(0.2),
        fc2: dense(3),
    }
}

/// A run with all that there is to remember: 10 steps an epoch, in each 2 minibatches, the last step smaller.
fn trainer() -> Trainer<Adam, SoftmaxCrossEntropy> {
    Trainer::new()
        .optimizer(Adam::default())
        .learning_rate(Schedule::cosine(0.02).warm_up(5))
        .epochs(3)
        .batch_size(4)
        .accumulate(2)
        .l2(1e-3)
        .clip(Clip::Norm(1.0))
        .average(0.9)
        .keep_best(true)
        .seed(3)
}

fn data() -> (Points<8>, Points<8>) {
    (Points::random(77, 3, 1), Points::random(40, 3, 2))
}

/// All numbers that a run leaves, as bits: the model's, and the history's but for its times.
fn bits(model: &Model<Noisy>, report: &History) -> (Vec<u32>, Vec<u64>) {
    bits_of(model, report)
}

/// All numbers that a run of any network leaves.
fn bits_of<N: plywood::Layer>(model: &Model<N>, report: &History) -> (Vec<u32>, Vec<u64>) {
    let numbers = model.params().iter().chain(model.buffers()).map(|x| x.to_bits()).collect();
    let history = report.epochs.iter().flat_map(|epoch| {
        let validation = epoch.validation.map_or([f64::NAN; 2], |m| [m.loss, m.error.unwrap_or(f64::NAN)]);
        let [error, norm] = [epoch.train.error, epoch.gradient_norm].map(|x| x.unwrap_or(f64::NAN));
        let train = [epoch.train.loss, error, epoch.learning_rate, norm];
        train.into_iter().chain(validation).map(f64::to_bits)
    });
    (numbers, history.collect())
}

/// Returns the results of the run that nobody stops.
fn unbroken() -> (Vec<u32>, Vec<u64>) {
    let (train, validation) = data();
    let mut model = Model::new(1);
    let report = trainer().run(&mut model, &train).validate(&validation).fit().expect("a good run");
    bits(&model, &report)
}

fn message<T: std::fmt::Debug>(result: plywood::Result<T>) -> String {
    result.expect_err("misuse").to_string()
}

/// An empty folder for a test's files.
fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("run-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
