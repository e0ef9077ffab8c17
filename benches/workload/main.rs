//! Measures the workloads for comparing plywood with other systems, with one line for each figure: `plywood <workload>
//! <threads> <median> <unit> <best> <repeats>`.
//!
//! ```text
//! cargo run --release -p plywood-benches -- W3 2       # a perceptron's training step on 2 threads
//! cargo run --release -p plywood-benches -- W6,W7      # ResNet-20's inference, all convolutions, on one
//! cargo run --release -p plywood-benches -- --scaling  # speed against batch, depth and width
//! ```
//!
//! BENCHMARKS.md describes each workload, and `benches/peers/` runs the other systems. `BENCH_WARM` and `BENCH_REP`
//! (seconds) and `BENCH_N` (repeats) make a run shorter or longer.

#[macro_use]
#[path = "../../examples/say/mod.rs"]
mod say;

mod alone;
mod measure;
mod networks;
mod peak;
mod random;
mod scaling;
mod selection;
mod training;
mod windows;

use std::hint::black_box;
use std::process::ExitCode;

use alone::Alone;
use clap::Parser;
use measure::{Measurement, Protocol, Unit};
use networks::{Control, Perceptron, Reader};
use plywood::zoo::{LeNet5, ResNet20};
use plywood::{Layer, Loss, Model, Predictor, Shape, SoftmaxCrossEntropy, Threads};
use selection::{Passes, Size, Workload};
use training::Training;
use windows::Same;

/// Measures workloads
#[derive(Debug, Parser)]
#[command(name = "workload")]
struct Options {
    /// Workloads, separated by commas: W1 to W7, one of them such as W6-b1, peak, or all
    #[arg(required_unless_present = "scaling")]
    workloads: Option<String>,
    /// Threads to compute on
    #[arg(default_value_t = 1)]
    threads: usize,
    /// Instead: tables of speed against batch, depth and width, on so many threads
    #[arg(long, value_name = "THREADS", num_args = 0..=1, default_missing_value = "1", conflicts_with = "workloads")]
    scaling: Option<usize>,
}

/// The threads on which a workload runs, and the protocol of its measurement.
struct Bench {
    protocol: Protocol,
    threads: Threads,
}

impl Bench {
    fn new(threads: usize) -> Result<Self, String> {
        let threads = Threads::new(threads).map_err(|error| error.to_string())?;
        Ok(Self { protocol: Protocol::from_environment()?, threads })
    }

    fn measure(&self, call: impl FnMut() + Send) -> Measurement {
        self.threads.run(|| self.protocol.measure(call))
    }

    fn report(&self, workload: Workload, unit: Unit, call: impl FnMut() + Send) {
        let measurement = self.measure(call);
        say!("{}", measure::line(&workload.to_string(), self.threads.count(), measurement, unit));
    }

    fn run(&self, workload: Workload) -> Result<(), String> {
        match workload {
            Workload::Peak => {
                let threads = self.threads.count();
                // not within the library's threads, which would look for other work
                let measurement = self.protocol.measure(|| peak::run(threads));
                let unit = Unit::Operations(peak::operations(threads));
                say!("{}", measure::line(&workload.to_string(), threads, measurement, unit));
            }
            Workload::Control => {
                let model = Model::<Control>::new(1);
                let x = [0.5, -1.0, 0.25, 2.0];
                self.report(workload, Unit::Nanoseconds, || {
                    black_box(model.infer(black_box(&x)));
                });
            }
            Workload::Reader => self.infer::<Reader>(workload, 1, Unit::Microseconds),
            Workload::Perceptron => self.train::<Perceptron>(workload, Unit::Samples(64))?,
            Workload::LeNet5 => self.train::<LeNet5>(workload, Unit::Samples(64))?,
            Workload::ResNet20 => {
                self.train::<ResNet20>(workload, Unit::Images(64))?;
                if let Some(line) = measure::memory_line(&workload.to_string(), self.threads.count()) {
                    say!("{line}");
                }
            }
            Workload::Images(1) => self.infer::<ResNet20>(workload, 1, Unit::Microseconds),
            Workload::Images(batch) => self.infer::<ResNet20>(workload, batch, Unit::Images(batch)),
            Workload::Convolution(size, passes) => match (size.inputs, size.outputs, size.side) {
                (3, 16, 32) => self.convolve::<Same<3, 16, 32>>(workload, size, passes),
                (16, 16, 32) => self.convolve::<Same<16, 16, 32>>(workload, size, passes),
                (32, 32, 16) => self.convolve::<Same<32, 32, 16>>(workload, size, passes),
                (64, 64, 8) => self.convolve::<Same<64, 64, 8>>(workload, size, passes),
                (64, 64, 32) => self.convolve::<Same<64, 64, 32>>(workload, size, passes),
                _ => return Err(format!("{workload}: a size that was not compiled")),
            },
        }
        Ok(())
    }

    fn infer<N: Layer>(&self, workload: Workload, batch: usize, unit: Unit) {
        let model = Model::<N>::new(1);
        let mut predictor = Predictor::new(&model);
        let x = random::normals(&mut random::generator(), batch * N::In::LEN);
        let mut y = vec![0.0; batch * N::Out::LEN];
        self.report(workload, unit, || predictor.infer_into(black_box(&x), black_box(&mut y)));
    }

    fn train<N: Layer>(&self, workload: Workload, unit: Unit) -> Result<(), String>
    where
        SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
    {
        let mut training = Training::<N>::new(64).map_err(|error| error.to_string())?;
        self.report(workload, unit, || {
            black_box(training.step());
        });
        if training.has_moved() {
            Ok(())
        } else {
            Err(format!("{workload}: the steps did not train: a weight has not moved, or is not a number"))
        }
    }

    fn convolve<L: Layer>(&self, workload: Workload, size: Size, passes: Passes) {
        let Size { inputs, outputs, side, batch } = size;
        let forward = (2 * 9 * inputs * outputs * side * side * batch) as f64;
        let mut alone = Alone::<L>::new(batch);
        match passes {
            Passes::Forward => self.report(workload, Unit::Operations(forward), || alone.forward()),
            Passes::Both => self.report(workload, Unit::Operations(3.0 * forward), || {
                // nothing to do for a convolution
                alone.restore();
                alone.forward();
                alone.backward();
            }),
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if let Some(threads) = options.scaling {
        return scaling::print(&Bench::new(threads)?);
    }
    let workloads = Workload::select(options.workloads.as_deref().unwrap_or_default())?;
    let bench = Bench::new(options.threads)?;
    workloads.into_iter().try_for_each(|workload| bench.run(workload))
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

    fn error(arguments: &[&str]) -> String {
        match Options::try_parse_from([&["workload"], arguments].concat()) {
            Ok(options) => run(&options).expect_err("a mistake"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn bad_arguments_are_named() {
        let cases: [(&[&str], &str); 7] = [
            (&[], "<WORKLOADS>"),
            (&["W9"], "no workload \"W9\""),
            (&["W1", "0"], "threads: found 0, expected 1 to 1024"),
            (&["W1", "two"], "invalid value 'two' for '[THREADS]'"),
            (&["W1", "1", "W2"], "unexpected argument 'W2'"),
            (&["--scaling", "0"], "threads: found 0, expected 1 to 1024"),
            (&["W1", "--scaling"], "cannot be used with"),
        ];
        for (arguments, expected) in cases {
            let error = error(arguments);
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }
}
