//! Predicts prices of houses from a CSV file with missing cells and categories: regression with early stopping.
//!
//! ```text
//! cargo run --release --features csv --example housing
//! ```
//!
//! The table is [invented](houses), with the columns of the California housing data.

mod houses;
#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::data::table::Reader;
use plywood::data::{ScaledTargets, Split, TargetScale, Transformed};
use plywood::eval::measure_by;
use plywood::eval::metrics::{AbsoluteError, R2};
use plywood::layer::Init;
use plywood::loss::MeanSquaredError;
use plywood::optim::Adam;
use plywood::preprocess::Standardize;
use plywood::train::Monitor;
use plywood::{Dataset, Initializer, Model, Trainer, network};

network! {
    Prices: Flat<13> => Flat<1> {
        dense(64), relu,
        dense(64), relu,
        dense(1),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    let [train, test] = [houses::table(6_000, 1), houses::table(1_500, 2)];
    if let Some(folder) = &options.export {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("train.csv"), train)?;
        return Ok(std::fs::write(folder.join("test.csv"), test)?);
    }

    // files are read by `load` and `load_like`
    let reader = Reader::target("median_house_value").one_hot(["ocean_proximity"]).fill_with_means();
    let train = reader.read::<13>(train.as_bytes())?;
    let test = train.read_like(test.as_bytes())?.examples;
    say!("{} districts: {}", train.examples.len(), train.columns.join(", "));

    // what training sees: columns and targets of mean 0 and deviation 1
    let (train, validation) = Split::train(train.examples).hold_out(1_000)?;
    let (standardize, scales) = (Standardize::fit(&train)?, TargetScale::fit(&train)?);
    let train = train.map(|data| Transformed::new(ScaledTargets::new(data, scales), &standardize));
    let validation = validation.map(|data| Transformed::new(ScaledTargets::new(data, scales), &standardize));
    let test = Split::test(Transformed::new(test, &standardize));

    // the mean absolute error says when to stop, and which epoch was the best
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(200))
        .optimizer(Adam::new())
        .learning_rate(0.001)
        .loss(MeanSquaredError)
        .monitor(Monitor::Error)
        .early_stopping(15)
        .keep_best(true)
        .seed(options.seed)
        .progress(true);
    // small starting values generalize better here than those of `Model::new`, whose gain is 2
    let mut init = Init::new(options.seed).rule(Initializer::FanIn { gain: 1.0 / 3.0 })?;
    let mut model = Model::<Prices>::with(&mut init);
    let history = trainer.run(&mut model, &train).validate(&validation).metric(&R2).fit()?;
    if let Some(best) = history.best() {
        say!("stopped after epoch {}, of which {} was the best", history.epochs.len(), best.number);
    }

    // in dollars: the model keeps the scale of its targets
    let [r2, absolute] = [measure_by(&model, &test, &R2)?, measure_by(&model, &test, &AbsoluteError)?];
    say!("held out: R² {r2:.3}, mean absolute error ${absolute:.0}");
    Ok(())
}
