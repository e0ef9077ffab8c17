//! Predicts how diabetes progresses within a year: regression on a table, in units that the network does not see.
//!
//! ```text
//! cargo run --release --features csv --example diabetes
//! ```
//!
//! `diabetes.csv` holds the measurements of 442 patients, and how far the disease had progressed a year later, of Efron,
//! Hastie, Johnstone and Tibshirani (2004), "Least Angle Regression", Annals of Statistics 32. They are the numbers that
//! scikit-learn loads with `load_diabetes(scaled=False)`. Its `LinearRegression` reaches an R² of 0.48 to 0.50 and a mean
//! absolute error of 44 to 45 on held-out patients (5 folds, 3 seeds), and nothing is known that does much better.

#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::data::table::Reader;
use plywood::data::{ScaledTargets, Split, TargetScale, Train, Transform, Transformed};
use plywood::loss::MeanSquaredError;
use plywood::preprocess::Standardize;
use plywood::{Dataset, Flat, Model, Result, Trainer, network};

network! {
    Progression: Flat<11> => Flat<1> {
        dense(8), tanh, dense(1),
    }
}

/// The mean absolute error, and R²: the share of the variance that predictions explain.
#[derive(Debug, Clone, Copy)]
struct Score {
    absolute: f64,
    r2: f64,
}

impl Score {
    /// Compares predictions with targets, each of them a pair.
    fn of(pairs: &[(f64, f64)]) -> Self {
        let count = pairs.len() as f64;
        let mean = pairs.iter().map(|(_, target)| target).sum::<f64>() / count;
        let error: f64 = pairs.iter().map(|(prediction, target)| (prediction - target).powi(2)).sum();
        let variance: f64 = pairs.iter().map(|(_, target)| (target - mean).powi(2)).sum();
        let absolute =
            pairs.iter().map(|(prediction, target)| (prediction - target).abs()).sum::<f64>() / count;
        Self { absolute, r2: 1.0 - error / variance }
    }
}

/// Fits preprocessing, the scale of the targets and a network to some patients, and predicts others.
fn predict<D, E>(options: &task::Options, train: &Split<Train, D>, others: &E) -> Result<Vec<(f64, f64)>>
where
    D: Dataset<Example = Flat<11>, Target = [f32; 1]>,
    E: Dataset<Example = Flat<11>, Target = [f32; 1]>,
{
    let standardize = Standardize::fit(train)?;
    let scaled = ScaledTargets::new(train.data(), TargetScale::fit(train)?);
    let mut model = Model::<Progression>::new(options.seed);
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(40))
        .batch_size(16)
        .learning_rate(0.003)
        .l2(0.02)
        .loss(MeanSquaredError)
        .seed(options.seed);
    trainer.train(&mut model, &Transformed::new(scaled, &standardize))?;

    let mut pairs = Vec::new();
    for index in 0..others.len() {
        let mut patient = [0.0_f32; 11];
        let [target] = others.read(index, &mut patient);
        // in the units of the table: the model knows the scale that it was trained with
        let [prediction] = model.predict(&standardize.of(&patient));
        pairs.push((f64::from(prediction), f64::from(target)));
    }
    Ok(pairs)
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/diabetes.csv");
    if let Some(folder) = &options.export {
        std::fs::create_dir_all(folder)?;
        std::fs::copy(path, folder.join("diabetes.csv"))?;
        return Ok(());
    }
    let patients = Reader::target("progression").one_hot(["sex"]).load::<11>(path)?;
    say!("{} patients: {}", patients.examples.len(), patients.columns.join(", "));

    // what one can expect for patients that were not seen: each is predicted once, by a network that has not seen them
    let mut pairs = Vec::new();
    for (train, held_out) in patients.examples.folds(5, options.seed)? {
        pairs.extend(predict(&options, &train, held_out.data())?);
    }
    let Score { absolute, r2 } = Score::of(&pairs);
    say!("held out, 5 folds: R² {r2:.3}, mean absolute error {absolute:.1}");
    if r2 < 0.4 {
        say!("a line through the data explains more: train for more epochs");
    }
    Ok(())
}
