//! Learns to read handwritten digits: a perceptron of two hidden layers on digits that the library writes itself,
//! or on MNIST.
//!
//! ```text
//! cargo run --release --example digits
//! cargo run --release --example digits -- --mnist data/mnist
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use plywood::data::{Examples, digits, idx};
use plywood::optim::{Momentum, Schedule};
use plywood::{Image, Model, Result, Threads, Trainer, evaluate, network, summary};

network! {
    /// Two hidden layers of rectified units.
    Perceptron: Image<28, 28, 1> => Flat<10> {
        flatten,
        dense(256), relu,
        dense(128), relu,
        dense(10),
    }
}

type Picture = Image<28, 28, 1>;

fn run(options: &Options) -> Result<()> {
    Schedule::Constant(options.lr).check()?;
    let Data { train, validation, test } = options.data()?;
    let threads = options.threads.map_or_else(Threads::all, Threads::new)?;

    let mut model = Model::<Perceptron>::new(options.seed);
    println!("{}\n", summary::<Perceptron>());
    println!("{} digits to train on, {} threads", train.labels().len(), threads.count());

    let report = Trainer::new()
        .epochs(options.epochs)
        .batch_size(options.batch)
        .optimizer(Momentum { momentum: options.momentum })
        // lr / (1 + decay · epoch)
        .learning_rate(Schedule::InverseTime { a: 1.0 / options.lr, b: options.decay / options.lr })
        .l2(options.l2)
        .seed(options.seed)
        .threads(&threads)
        .progress(true)
        .log("runs/digits/log.csv")
        .picture("runs/digits/curves.svg")
        .fit(&mut model, &train, Some(&validation))?;

    let evaluation = evaluate(&model, &test, &threads)?;
    println!("\ntrained {} epochs in {:.1} s", report.history.len(), report.seconds);
    println!("on digits held out until now: accuracy {:.2} %, {evaluation}\n", 100.0 * evaluation.accuracy());
    println!("rows: what it is, columns: what it was taken for\n{}", evaluation.confusion);
    println!("log:     runs/digits/log.csv\npicture: runs/digits/curves.svg");
    Ok(())
}

/// Learns to read handwritten digits.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files; without it, digits that the library writes itself
    #[arg(long, value_name = "DIR")]
    mnist: Option<PathBuf>,
    /// Digits to train on [default: 20000, of MNIST 55000]
    #[arg(long, value_name = "COUNT")]
    train_size: Option<usize>,
    /// Times that each digit is used
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Digits in a minibatch
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Learning rate of the first epoch
    #[arg(long, default_value_t = 0.1)]
    lr: f64,
    /// How fast it falls: in epoch n, from 0, it is lr / (1 + decay · n)
    #[arg(long, default_value_t = 0.5)]
    decay: f64,
    /// Share of the velocity that a step keeps
    #[arg(long, default_value_t = 0.9)]
    momentum: f64,
    /// Strength of the L2 penalty on weights
    #[arg(long, default_value_t = 1e-4)]
    l2: f64,
    /// What everything random is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads to compute on [default: all processors]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
}

struct Data {
    train: Examples<Picture>,
    /// Watched after each epoch.
    validation: Examples<Picture>,
    /// Looked at once, at the end.
    test: Examples<Picture>,
}

impl Options {
    fn data(&self) -> Result<Data> {
        let Some(folder) = &self.mnist else {
            let train = digits(self.train_size.unwrap_or(20_000), 1);
            return Ok(Data { train, validation: digits(2_000, 2), test: digits(5_000, 3) });
        };
        let (train, test) = idx::mnist(folder)?;
        let (train, validation) = train.shuffled(0).split(55_000)?;
        let (train, _) = train.split(self.train_size.unwrap_or(55_000))?;
        Ok(Data { train, validation, test })
    }
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
