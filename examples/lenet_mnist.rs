//! Trains `LeNet-5` on MNIST, with augmentation or without, to show the effect of small rotations and shifts.
//!
//! ```text
//! cargo run --release --example lenet_mnist -- data/mnist
//! cargo run --release --example lenet_mnist -- data/mnist --plain
//! ```

#[macro_use]
mod say;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use plywood::augment::{Crop, Pad, Rotate};
use plywood::data::{Split, TrainingData, Transform, Transformed, ValidationData, idx};
use plywood::optim::{Adam, Schedule};
use plywood::preprocess::StandardizeChannels;
use plywood::zoo::LeNet5;
use plywood::{Dataset, Image, Model, Result, Threads, Trainer, evaluate_on};

type Digit = Image<28, 28, 1>;

/// Trains LeNet-5 on MNIST.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files
    mnist: PathBuf,
    /// Train on the images as they are
    #[arg(long)]
    plain: bool,
    /// Times that each image is used
    #[arg(long, default_value_t = 15)]
    epochs: usize,
    /// Initial learning rate
    #[arg(long, default_value_t = 0.002)]
    rate: f64,
    /// Largest angle, in degrees, by which images are rotated
    #[arg(long, default_value_t = 10.0)]
    degrees: f64,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Trains a model and shows the progress.
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
        .optimizer(Adam::new())
        .learning_rate(Schedule::Cosine { rate: options.rate, last: 0.0 })
        .seed(options.seed)
        .threads(threads)
        .progress(true);
    trainer.run(&mut model, train).validate(validation).fit()?;
    Ok(model)
}

fn run(options: &Options) -> Result<()> {
    let threads = Threads::all()?;
    let (train, test) = idx::mnist(&options.mnist)?;
    // settings were chosen on 5,000 held-out training images; the test images are used once
    let (train, validation) = Split::train(train.shuffled(0)).hold_out(5_000)?;
    let scale = StandardizeChannels::fit(&train)?;
    let validation = validation.map(|data| Transformed::new(data, &scale));
    let test = Split::test(Transformed::new(test, &scale));

    let train = train.into_data();
    let model = if options.plain {
        fit(options, &threads, &Transformed::new(train, &scale), &validation)?
    } else {
        // rotated and shifted by up to two pixels, at the same scale as in the test
        let turn = Rotate::<Image<40, 40, 1>, Image<32, 32, 1>>::new(options.degrees)?.same_size()?;
        let pipeline = Pad::<Digit, _>::new().then(turn).then(Crop::<_, Digit>::new());
        fit(options, &threads, &Transformed::new(train, pipeline.then(&scale)), &validation)?
    };
    say!("test: {}", evaluate_on(&threads, &model, &test)?);
    Ok(())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
