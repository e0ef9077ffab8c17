//! Learns to read handwritten digits with a perceptron of two hidden layers, on digits that the library writes itself
//! or on MNIST.
//!
//! ```text
//! cargo run --release --example digits
//! cargo run --release --example digits -- --mnist data/mnist
//! ```
//!
//! Ctrl-C ends training after the current step and saves it; the same command with `--resume` continues from there.

#[macro_use]
mod say;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::builder::RangedU64ValueParser;
use plywood::data::{Examples, digits, idx};
use plywood::optim::{Momentum, Schedule};
use plywood::train::{Checkpoints, Ended, Every, Interrupt};
use plywood::{Dataset, Error, Image, Model, Result, Threads, Trainer, evaluate_on, network, summary};

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
    let threads = options.threads.map_or_else(Threads::all, Threads::new)?;
    // once a minute, and when training ends
    let checkpoints = Checkpoints::new("runs/digits/run.safetensors").every(Every::Seconds(60.0));
    let interrupt = Interrupt::on_ctrl_c()?;
    let trainer = options.trainer().threads(&threads).checkpoint(checkpoints).interrupt(&interrupt);
    // report a bad option before spending time on the data
    trainer.check::<f32>()?;
    let Data { train, validation, test } = options.data()?;

    let mut model = Model::<Perceptron>::new(options.seed);
    say!("{}\n", summary::<Perceptron>());
    say!("{} digits to train on, {} threads", train.labels().len(), threads.count());

    let mut recorder = trainer.recorder("runs/digits", &validation);
    let run = trainer.run(&mut model, &train).validate(&validation).watch(&mut recorder);
    let history = if options.resume { run.resume()? } else { run.fit()? };
    if history.ended == Ended::Interrupted {
        say!("stopped after {} steps; the same command with --resume goes on", history.steps);
        return Ok(());
    }

    let evaluation = evaluate_on(&threads, &model, &test)?;
    say!("\ntrained {} epochs in {:.1} s", history.epochs.len(), history.seconds);
    say!("on digits held out until now: accuracy {:.2} %, {evaluation}\n", 100.0 * evaluation.accuracy());
    say!("rows: what it is, columns: what it was taken for\n{}", evaluation.confusion);
    say!("log:     runs/digits/log.csv\npicture: runs/digits/curves.svg\nreport:  runs/digits/report.html");
    Ok(())
}

/// Learns to read handwritten digits.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files; without it, digits that the library writes itself
    #[arg(long, value_name = "DIR")]
    mnist: Option<PathBuf>,
    /// Digits to train on [default: 20000, of MNIST 55000]
    #[arg(long, value_name = "COUNT", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    train_size: Option<usize>,
    /// Times that each digit is used
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Digits in a minibatch
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Learning rate of the first epoch
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true, value_parser = rate)]
    lr: f64,
    /// Decay of the learning rate: in epoch n, from 0, it is lr / (1 + decay · n)
    #[arg(long, default_value_t = 0.5, allow_negative_numbers = true, value_parser = decay)]
    decay: f64,
    /// Share of the velocity that a step keeps
    #[arg(long, default_value_t = 0.9, allow_negative_numbers = true)]
    momentum: f64,
    /// Strength of the L2 penalty on weights
    #[arg(long, default_value_t = 1e-4, allow_negative_numbers = true)]
    l2: f64,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Continue the run that was stopped, from runs/digits/run.safetensors
    #[arg(long)]
    resume: bool,
    /// Threads to compute on [default: all processors]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
}

/// Parses a learning rate. The trainer checks `--lr` and `--decay` together as a schedule, so here each is checked
/// under its own name.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().map_err(|_| "expected a number")?;
    Schedule::Constant(rate).check::<f32>().map_err(|error| error.to_string())?;
    Ok(rate)
}

fn decay(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(decay) if (0.0..=1e6).contains(&decay) => Ok(decay),
        _ => Err("expected a number from 0 to 1e6".to_owned()),
    }
}

struct Data {
    train: Examples<Picture>,
    /// The digits measured after each epoch.
    validation: Examples<Picture>,
    /// The digits measured once, at the end.
    test: Examples<Picture>,
}

impl Options {
    fn trainer(&self) -> Trainer {
        Trainer::new()
            .epochs(self.epochs)
            .batch_size(self.batch)
            .optimizer(Momentum { momentum: self.momentum })
            // lr / (1 + decay · epoch)
            .learning_rate(Schedule::InverseTime { a: 1.0 / self.lr, b: self.decay / self.lr })
            .l2(self.l2)
            .seed(self.seed)
            .progress(true)
            .log("runs/digits/log.csv")
            .picture("runs/digits/curves.svg")
    }

    fn data(&self) -> Result<Data> {
        let Some(folder) = &self.mnist else {
            let train = digits(self.train_size.unwrap_or(20_000), 1);
            return Ok(Data { train, validation: digits(2_000, 2), test: digits(5_000, 3) });
        };
        let (train, test) = idx::mnist(folder)?;
        // the last 5000 of MNIST's 60000
        let most = train.len() - train.len() / 12;
        let (train, validation) = train.shuffled(0).split(most)?;
        match self.train_size {
            Some(size) if size > most => {
                Err(Error::argument("--train-size", size, format!("at most {most}")))
            }
            size => Ok(Data { train: train.take(size.unwrap_or(most)), validation, test }),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_options_are_named_before_there_is_data() {
        let error = |flag, value| match Options::try_parse_from(["digits", flag, value]) {
            Ok(options) => options.trainer().check::<f32>().map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let cases = [
            ("--lr", "-1", "'--lr <LR>': learning rate: found -1.0, expected a finite f32 above 0"),
            ("--lr", "1e300", "'--lr <LR>': learning rate: found 1e300, expected a finite f32 above 0"),
            ("--lr", "1e-310", "'--lr <LR>': learning rate: found 1e-310, expected a finite f32 above 0"),
            ("--lr", "fast", "'--lr <LR>': expected a number"),
            ("--decay", "-1", "'--decay <DECAY>': expected a number from 0 to 1e6"),
            ("--decay", "inf", "'--decay <DECAY>': expected a number from 0 to 1e6"),
            ("--l2", "-1", "l2: found -1.0, expected a finite f32, at least 0"),
            ("--momentum", "1", "momentum: found 1, expected at least 0 and, as f32, less than 1"),
            ("--momentum", "-1", "momentum: found -1, expected at least 0 and, as f32, less than 1"),
            ("--epochs", "0", "epochs: found 0, expected at least 1"),
            ("--batch", "0", "batch size: found 0, expected at least 1"),
            ("--train-size", "0", "'--train-size <COUNT>': 0 is not in 1..=1000000"),
            (
                "--train-size",
                "18446744073709551615",
                "'--train-size <COUNT>': 18446744073709551615 is not in",
            ),
        ];
        for (flag, value, expected) in cases {
            let found = error(flag, value).expect_err(expected);
            assert!(found.contains(expected), "{found}");
        }
        assert_eq!(error("--lr", "0.5"), Ok(()));
    }
}
