//! Reads MNIST from 1,000 labels, with what a network has learned from digits that the library writes: transfer.
//!
//! ```text
//! cargo run --release --example transfer -- data/mnist
//! ```
//!
//! Three networks learn from the same 1,000 images: one from the start, one whose trunk comes from the other digits and
//! is frozen, and one whose trunk comes from there and learns on.

#[macro_use]
mod say;
mod task;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use plywood::data::{Examples, digits, idx};
use plywood::optim::Schedule;
use plywood::{Image, Model, Result, Trainer, evaluate, network};

network! {
    /// What digits have in common, whoever writes them.
    pub Trunk: Image<28, 28, 1> => Flat<64> {
        conv(16, kernel = 5, stride = 2, pad = same), relu,
        conv(32, kernel = 5, stride = 2, pad = same), relu,
        flatten, dense(64), relu,
    }
    /// A score for each digit.
    pub Reader: Image<28, 28, 1> => Flat<10> {
        trunk: Trunk,
        head: dense(10),
    }
}

type Digits = Examples<Image<28, 28, 1>>;

/// Reads MNIST from few labels.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files
    mnist: PathBuf,
    /// Images of MNIST to train on
    #[arg(long, default_value_t = 1_000)]
    labels: usize,
    #[command(flatten)]
    task: task::Options,
}

/// Which trunk a network begins with, and whether it learns.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    Random,
    Frozen,
    Trained,
}

/// Trains on a few images, from a start, and returns the error on the test images.
fn error_from(
    options: &Options,
    start: Start,
    old: &Model<Reader>,
    [few, test]: [&Digits; 2],
) -> Result<f64> {
    let task::Options { epochs, seed, .. } = options.task;
    let mut model = Model::<Reader>::new(seed);
    if start != Start::Random {
        model.take_layers(old, Reader::trunk())?;
    }
    let trainer = Trainer::new()
        .epochs(epochs.unwrap_or(40))
        .batch_size(32)
        .learning_rate(Schedule::cosine(0.02))
        .seed(seed);
    let trainer = if start == Start::Frozen { trainer.freeze(Reader::trunk()) } else { trainer };
    trainer.train(&mut model, few)?;
    Ok(100.0 * evaluate(&model, test)?.error)
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (train, test) = idx::mnist(&options.mnist)?;
    let (others, few) = (digits(20_000, 1), train.shuffled(0).take(options.labels));
    if let Some(folder) = &options.task.export {
        let data = [("digits", &others), ("few", &few), ("test", &test)];
        return Ok(data
            .into_iter()
            .try_for_each(|(name, data)| task::export(folder, name, data, |class| vec![class as f32]))?);
    }

    let seed = options.task.seed;
    let mut old = Model::<Reader>::new(seed);
    Trainer::new()
        .learning_rate(Schedule::cosine(0.05))
        .seed(seed)
        .progress(true)
        .train(&mut old, &others)?;
    say!(
        "read as they are, by the network of the other digits: {:.2} % wrong",
        100.0 * evaluate(&old, &test)?.error
    );

    let data = [&few, &test];
    let [random, frozen, trained] =
        [Start::Random, Start::Frozen, Start::Trained].map(|start| error_from(options, start, &old, data));
    say!("trained on {} images of MNIST, wrong of {}:", few.labels().len(), test.labels().len());
    say!(
        "from the start {:.2} %, frozen trunk {:.2} %, trunk that learns on {:.2} %",
        random?,
        frozen?,
        trained?
    );
    Ok(())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error!(
                "error: {error}\nMNIST: https://ossci-datasets.s3.amazonaws.com/mnist has the four files"
            );
            ExitCode::FAILURE
        }
    }
}
