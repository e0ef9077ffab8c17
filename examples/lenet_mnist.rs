//! `LeNet-5` on MNIST, with augmentation or without: what small turns and shifts of the training images are worth.
//!
//! ```text
//! cargo run --release --example lenet_mnist -- data/mnist
//! cargo run --release --example lenet_mnist -- data/mnist --plain
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use plywood::augment::{Rotate, Shift};
use plywood::data::{Split, TrainingData, Transform, Transformed, ValidationData, idx};
use plywood::optim::{Momentum, Schedule};
use plywood::preprocess::StandardiseChannels;
use plywood::zoo::LeNet5;
use plywood::{Dataset, Image, Model, Result, Threads, Trainer, evaluate};

type Digit = Image<28, 28, 1>;

/// LeNet-5 on MNIST.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files
    mnist: PathBuf,
    /// Train on the images as they are
    #[arg(long)]
    plain: bool,
    /// Times that each image is used
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    /// What everything random is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Trains a model, and shows how it goes.
fn fit<D, V>(options: &Options, threads: &Threads, train: &D, validation: &V) -> Result<Model<LeNet5>>
where
    D: TrainingData,
    D::Data: Dataset<Example = Digit, Target = usize>,
    V: ValidationData,
    V::Data: Dataset<Example = Digit, Target = usize>,
{
    let mut model = Model::new(options.seed);
    let trainer = Trainer::new()
        .epochs(options.epochs)
        .optimizer(Momentum { momentum: 0.9 })
        .learning_rate(Schedule::InverseTime { a: 1.0 / 0.03, b: 10.0 })
        .l2(1e-4)
        .seed(options.seed)
        .threads(threads)
        .progress(true);
    trainer.fit(&mut model, train, Some(validation))?;
    Ok(model)
}

fn run(options: &Options) -> Result<()> {
    let threads = Threads::all()?;
    let (train, test) = idx::mnist(&options.mnist)?;
    // settings were chosen on 5,000 of the training images, held out; the test images are looked at once
    let (train, validation) = Split::train(train.shuffled(0)).hold_out(5_000)?;
    let scale = StandardiseChannels::fit(&train)?;
    let validation = validation.map(|data| Transformed::new(data, &scale));
    let test = Split::test(Transformed::new(test, &scale));

    let train = train.into_data();
    let model = if options.plain {
        fit(options, &threads, &Transformed::new(train, &scale), &validation)?
    } else {
        let pipeline = Rotate::<Digit>::new(12.0)?.then(RescaleCrop::<_, Digit>::new(0.75)?);
        fit(
            options,
            &threads,
            &Transformed::new(train, pipeline.then(Shift::new(2)).then(&scale)),
            &validation,
        )?
    };
    println!("test: {}", evaluate(&model, &test, &threads)?);
    Ok(())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
