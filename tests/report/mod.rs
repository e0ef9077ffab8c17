//! The record of a run: provoked mistakes of training are recognized by its words, and the page shows it in a browser.

mod browser;
mod page;
mod symptoms;

use std::path::PathBuf;

use plywood::data::{Examples, digits};
use plywood::layers::{Dense, Flatten, Relu};
use plywood::report::{Finding, Recorder, Symptom};
use plywood::{Flat, Image, Layer, Loss, Model, Result, SoftmaxCrossEntropy, Trainer};

type Digit = Image<28, 28, 1>;
type Digits = Examples<Digit>;
type Perceptron = ((Flatten<Digit, 784>, Dense<784, 64>), (Relu<Flat<64>>, Dense<64, 10>));

/// A folder for a test's page.
fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("report").join(name)
}

/// Trains on digits while a recorder watches; what the run ended with, and what it tells.
fn run<N>(
    name: &str,
    trainer: &Trainer,
    train: &Digits,
    validation: &Digits,
) -> (Result<plywood::train::History>, Vec<Finding>)
where
    N: Layer<In = Digit>,
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let mut model = Model::<N>::new(1);
    let mut recorder: Recorder<'_, Digits> = trainer.recorder(folder(name), validation);
    let result = trainer.run(&mut model, train).validate(validation).watch(&mut recorder).fit();
    let findings = recorder.findings();
    for finding in &findings {
        println!("{name}: {:?}: {finding}", finding.symptom);
    }
    (result, findings)
}

fn of(findings: &[Finding], symptom: Symptom) -> Option<String> {
    findings.iter().find(|finding| finding.symptom == symptom).map(Finding::to_string)
}

/// Digits to train on and others.
fn data(train: usize, validation: usize) -> (Digits, Digits) {
    (digits(train, 1), digits(validation, 2))
}
