//! Says which digits are in a scene, where some are rare: multi-label classification with class weights.
//!
//! ```text
//! cargo run --release --example scenes
//! ```
//!
//! Each digit is a question of its own. Six of ten scenes have no digit above 2, and a nine is in one of fifty, so that
//! "no nine" is nearly always right. Without weights, a network is right more often, and misses the rare digits. With
//! the weights of [`WeightedBinaryCrossEntropy`], it finds more of them, and more that are not there.

#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::data::{Examples, digits};
use plywood::eval::{Better, Metric, measure_by};
use plywood::loss::{BinaryCrossEntropy, WeightedBinaryCrossEntropy};
use plywood::optim::{Adam, Schedule};
use plywood::{Dataset, Flat, Image, Loss, Model, Result, Scalar, Trainer, network};
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

network! {
    /// Says of each digit if it is in the scene, wherever it is.
    Finder: Image<32, 32, 1> => Flat<10> {
        conv(12, kernel = 3, pad = same), relu, max_pool(2),
        conv(24, kernel = 3, pad = same), relu,
        conv(48, kernel = 3, pad = same), relu,
        global_max_pool, dense(10),
    }
}

type Scenes = Examples<Image<32, 32, 1>, [f32; 10]>;

/// Draws scenes of up to four different digits at half their size, each digit c with probability 0.45 · 0.7ᶜ.
fn scenes(count: usize, seed: u64) -> Result<Scenes> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let pool = digits(6_000, seed);
    let mut scene = || {
        let mut present: Vec<usize> =
            (0..10).filter(|&c| rng.random_bool(0.45 * 0.7_f64.powf(c as f64))).collect();
        present.shuffle(&mut rng);
        present.truncate(4);
        let (mut picture, mut target) = ([[[0.0]; 32]; 32], [0.0; 10]);
        for (cell, &class) in present.iter().enumerate() {
            target[class] = 1.0;
            // each ten of the pool holds every class once
            let ten = 10 * rng.random_range(0..pool.len() / 10);
            let index = (ten..ten + 10).find(|&index| pool.label(index) == class).unwrap_or(ten);
            let digit = pool.boxed_example(index);
            let [top, left] = [cell / 2, cell % 2].map(|place| 16 * place + rng.random_range(0..3));
            for (y, x) in (0..14).flat_map(|y| (0..14).map(move |x| (y, x))) {
                let ink = |dy: usize, dx: usize| digit[2 * y + dy][2 * x + dx][0];
                picture[top + y][left + x][0] = (ink(0, 0) + ink(0, 1) + ink(1, 0) + ink(1, 1)) / 4.0;
            }
        }
        (picture, target)
    };
    Examples::from_arrays((0..count).map(|_| scene()))
}

/// The share of the rare digits, 7 to 9, that are found where they are.
struct Recall;

impl Metric<Flat<10>, [f32; 10]> for Recall {
    fn name(&self) -> String {
        "recall of 7 to 9".to_owned()
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    fn is_share(&self) -> bool {
        true
    }
    fn sums(&self) -> usize {
        2
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[[f32; 10]], sums: &mut [f64]) {
        for (scores, target) in outputs.chunks_exact(10).zip(targets) {
            for class in (7..10).filter(|&class| target[class] > 0.5) {
                sums[0] += if scores[class] > T::ZERO { 1.0 } else { 0.0 };
                sums[1] += 1.0;
            }
        }
    }
    fn value(&self, sums: &[f64], _: usize) -> f64 {
        sums[0] / sums[1]
    }
}

/// Trains with a loss, and returns the share of wrong answers and the recall of rare digits on the test scenes, both in
/// percent.
fn train<L>(options: &task::Options, loss: L, [train, test]: [&Scenes; 2]) -> Result<[f64; 2]>
where
    L: Loss<Flat<10>, Target = [f32; 10]>,
{
    let mut model = Model::<Finder>::new(options.seed);
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(8))
        .optimizer(Adam::new())
        .learning_rate(Schedule::cosine(0.003))
        .loss(loss)
        .seed(options.seed)
        .progress(true);
    trainer.train(&mut model, train)?;
    let wrong = trainer.measure(&model, test)?.error.unwrap_or(f64::NAN);
    Ok([100.0 * wrong, 100.0 * measure_by(&model, test, &Recall)?])
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    let data = [scenes(6_000, 1)?, scenes(3_000, 2)?];
    if let Some(folder) = &options.export {
        task::export(folder, "train", &data[0], Vec::from)?;
        return Ok(task::export(folder, "test", &data[1], Vec::from)?);
    }

    let yes: Vec<usize> =
        (0..10).map(|class| data[0].targets().iter().filter(|target| target[class] > 0.5).count()).collect();
    say!("{} scenes to train on, with each digit in {yes:?} of them", data[0].targets().len());
    let weighted = WeightedBinaryCrossEntropy::balanced(&yes, data[0].targets().len())?;

    let data = data.each_ref();
    let [wrong, recall] = train(&options, BinaryCrossEntropy, data)?;
    let [weighted_wrong, weighted_recall] = train(&options, weighted, data)?;
    say!("without weights: {wrong:.2} % of the answers wrong, {recall:.1} % of 7 to 9 found");
    say!(
        "with weights:    {weighted_wrong:.2} % of the answers wrong, {weighted_recall:.1} % of 7 to 9 found"
    );
    Ok(())
}
