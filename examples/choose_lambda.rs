//! Chooses λ of the L2 penalty on 2,000 digits of MNIST, and reports its effect on the test digits.
//!
//! ```text
//! cargo run --release --example choose_lambda -- data/mnist          (writes docs/lambda.svg)
//! ```

#[macro_use]
mod say;

use std::error::Error;

use plywood::data::{Examples, Split, Train, idx};
use plywood::optim::{Momentum, Schedule};
use plywood::train::search::{Search, log_range};
use plywood::{Image, Model, Result, Trainer, evaluate, network};

network! {
    /// One score for each digit: 7,850 parameters, more than 2,000 digits can pin down.
    Linear: Image<28, 28, 1> => Flat<10> { flatten, dense(10) }
}

type Digits = Examples<Image<28, 28, 1>>;

const TRAIN: usize = 2_000;
const VALIDATION: usize = 10_000;
/// The number of seeds from which models are trained to compare the chosen λ with none.
const SEEDS: u64 = 5;

fn start(lambda: f64, seed: u64) -> (Model<Linear>, Trainer) {
    let trainer = Trainer::new()
        .epochs(100)
        .batch_size(50)
        .optimizer(Momentum { momentum: 0.9 })
        .learning_rate(Schedule::cosine(0.05))
        .l2(lambda)
        .seed(seed);
    (Model::new(seed), trainer)
}

/// Returns the test errors of models trained with λ, one for each seed.
fn test_errors(
    lambda: f64,
    train: &Split<Train, Digits>,
    test: &Split<plywood::data::Test, Digits>,
) -> Result<Vec<f64>> {
    let error = |seed| {
        let (mut model, trainer) = start(lambda, seed);
        trainer.train(&mut model, train)?;
        Ok(evaluate(&model, test)?.error)
    };
    (1..=SEEDS).map(error).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("expected the folder with the four MNIST files")?;
    let (all, test) = idx::mnist(folder)?;
    let test = Split::test(test);
    let few = all.shuffled(0).take(TRAIN + VALIDATION);
    let (train, validation) = Split::train(few).hold_out(VALIDATION)?;

    let mut lambdas = vec![0.0];
    lambdas.extend(log_range(1e-5, 1e-1, 13)?);
    let found =
        Search::new().parallel(2).run(lambdas, |&lambda| Ok(start(lambda, 1)), &train, &validation)?;
    say!("{found}");
    found.draw("docs/lambda.svg", "λ (at the left end: 0)", |&lambda| lambda)?;

    let best = found.best().ok_or("training diverged with every λ")?.setting;
    say!("| λ | test error, {SEEDS} seeds | mean |\n|---|---|---|");
    for lambda in [0.0, best] {
        let errors = test_errors(lambda, &train, &test)?;
        let mean = 100.0 * errors.iter().sum::<f64>() / errors.len() as f64;
        let list: Vec<_> = errors.iter().map(|error| format!("{:.2} %", 100.0 * error)).collect();
        say!("| {lambda:.1e} | {} | {mean:.2} % |", list.join(", "));
    }
    let (model, _) = found.retrain(|&lambda| Ok(start(lambda, 1)), &train, &validation)?;
    say!("\ntrained again on training and validation digits: {}", evaluate(&model, &test)?);
    say!("docs/lambda.svg");
    Ok(())
}
