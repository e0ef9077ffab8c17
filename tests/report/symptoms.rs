//! Mistakes of training, each provoked by a real run.

use plywood::Error;
use plywood::layers::{Dropout, Sigmoid, Tanh};
use plywood::optim::Sgd;
use plywood::report::{Record, Series};

use super::*;

type Bounded = ((Flatten<Digit, 784>, Dense<784, 64>), (Tanh<Flat<64>>, Dense<64, 10>));

fn trainer(rate: f64) -> Trainer {
    Trainer::new().epochs(6).batch_size(32).learning_rate(rate)
}

fn symptoms(findings: &[Finding]) -> Vec<Symptom> {
    findings.iter().map(|finding| finding.symptom).collect()
}

#[test]
fn a_good_run_is_called_good() {
    let (train, validation) = data(2000, 500);
    let (_, findings) = run::<Perceptron>("good", &trainer(0.01), &train, &validation);
    let good = of(&findings, Symptom::RateGood).expect("a good learning rate");
    assert!(good.contains("without rising: the learning rate is good"), "{good}");
    for symptom in [Symptom::RateTooLarge, Symptom::RateTooSmall, Symptom::Diverged, Symptom::DeadUnits] {
        assert_eq!(of(&findings, symptom), None);
    }
}

#[test]
fn a_learning_rate_that_is_too_small_is_recognized() {
    let (train, validation) = data(1000, 200);
    for (rate, words) in [(1e-7, "loss hardly moves, from"), (1e-4, "loss falls slowly, from")] {
        let (_, findings) = run::<Perceptron>("too-small", &trainer(rate), &train, &validation);
        let found = of(&findings, Symptom::RateTooSmall).expect("too small a rate");
        assert!(
            found.starts_with(words) && found.contains("learning rate too small; multiply it by 10"),
            "{found}"
        );
        assert_eq!(of(&findings, Symptom::RateGood), None);
    }
}

#[test]
fn the_noise_of_small_minibatches_is_no_rise() {
    for (batch_size, count, epochs, rate) in [(1, 40, 1, 0.003), (1, 300, 3, 0.003), (2, 60, 1, 0.01)] {
        for seed in 0..5 {
            let trainer = Trainer::new().epochs(epochs).batch_size(batch_size).learning_rate(rate).seed(seed);
            let (train, validation) = (digits(count, seed), digits(50, seed + 100));
            let (_, findings) = run::<Perceptron>("small", &trainer, &train, &validation);
            for symptom in [Symptom::RateTooLarge, Symptom::RateTooSmall] {
                assert_eq!(of(&findings, symptom), None, "{count} by {batch_size}, seed {seed}");
            }
        }
    }
}

#[test]
fn a_learning_rate_that_is_too_large_is_recognized() {
    let (train, validation) = data(1000, 200);
    for rate in [2.0, 10.0] {
        let (_, findings) = run::<Bounded>("too-large", &trainer(rate), &train, &validation);
        let found = of(&findings, Symptom::RateTooLarge).expect("too large a rate");
        assert!(found.starts_with("loss rises from step "), "{found}");
        assert!(found.contains(": learning rate too large; divide it by 3 (it is "), "{found}");
        assert_eq!(findings[0].symptom, Symptom::RateTooLarge);
        assert_eq!(of(&findings, Symptom::RateGood), None);
    }
}

#[test]
fn a_run_that_diverges_is_recorded_up_to_there() {
    let (train, validation) = data(200, 100);
    let (result, findings) = run::<Perceptron>("diverged", &trainer(1e20), &train, &validation);
    assert!(matches!(result, Err(Error::Diverged { .. })), "{result:?}");
    let found = of(&findings, Symptom::Diverged).expect("divergence");
    assert!(found.contains("training diverged, the learning rate of 1.00e20 is far too large"), "{found}");
    let page = std::fs::read_to_string(folder("diverged").join("report.html")).expect("a page");
    assert!(page.contains("training diverged"));
}

#[test]
fn dead_units_are_counted_by_layer() {
    let (train, validation) = data(1000, 300);
    let (_, findings) = run::<Perceptron>("dead", &trainer(0.4), &train, &validation);
    let found = of(&findings, Symptom::DeadUnits).expect("dead units");
    let (dead, rest) = found
        .strip_prefix("layer relu3: ")
        .and_then(|found| found.split_once(" of "))
        .expect("a layer and a count");
    assert_eq!(rest, "64 units dead; lower the learning rate");
    assert!((13..=64).contains(&dead.parse::<usize>().expect("a count")), "{found}");
}

#[test]
fn overfitting_is_recognized() {
    let (train, validation) = data(60, 1000);
    let (_, findings) = run::<Perceptron>("overfitting", &trainer(0.03).epochs(40), &train, &validation);
    let found = of(&findings, Symptom::Overfitting).expect("overfitting");
    assert!(found.starts_with("training error 0 %, validation "), "{found}");
    assert!(found.contains(" %: overfitting; raise λ (it is 0)"), "{found}");
}

#[test]
fn a_gradient_that_vanishes_is_recognized() {
    type Fold<const N: usize> = (Dense<N, N>, Sigmoid<Flat<N>>);
    type Four = ((Fold<32>, Fold<32>), (Fold<32>, Fold<32>));
    type Deep = (((Flatten<Digit, 784>, Dense<784, 32>), Sigmoid<Flat<32>>), ((Four, Four), Dense<32, 10>));
    let (train, validation) = data(500, 100);
    let (_, findings) = run::<Deep>("vanishing", &trainer(0.01).epochs(2), &train, &validation);
    let found = of(&findings, Symptom::VanishingGradient).expect("a gradient that vanishes");
    assert!(
        found.starts_with("the gradient of dense2 is ") && found.contains(" times that of dense20"),
        "{found}"
    );
}

#[test]
fn nothing_to_mend_is_found_where_there_is_nothing() {
    // dropout and a smaller rate: noisier, and still good
    type Drops = (
        (Flatten<Digit, 784>, Dense<784, 64>),
        ((Relu<Flat<64>>, Dropout<Flat<64>, 300_000>), Dense<64, 10>),
    );
    let (train, validation) = data(2000, 500);
    for seed in 0..3 {
        let (_, findings) = run::<Drops>("drops", &trainer(0.02).seed(seed), &train, &validation);
        assert!(findings.iter().all(|finding| !finding.symptom.is_problem()), "{findings:?}");
        assert!(symptoms(&findings).contains(&Symptom::RateGood));
    }
}

/// Trains for three epochs, and then for three more by a recorder with the given folder; its record.
fn resumed(name: &str, folders: [&str; 2], validation: &Digits, train: &Digits) -> (Vec<Symptom>, Record) {
    let path = folder(name).join("run.safetensors");
    let _ = std::fs::remove_dir_all(folder(name));
    let mut record = None;
    for (epochs, place) in [(3, folders[0]), (6, folders[1])] {
        let trainer = trainer(0.02).epochs(epochs).checkpoint(&*path);
        let mut recorder = trainer.recorder(folder(name).join(place), validation);
        let mut model = Model::<Perceptron>::new(1);
        trainer.run(&mut model, train).validate(validation).watch(&mut recorder).resume().expect("a run");
        assert_eq!(recorder.record().epochs.len(), epochs);
        record = Some((symptoms(&recorder.findings()), recorder.record().clone()));
    }
    record.expect("two runs")
}

#[test]
fn a_run_that_goes_on_elsewhere_is_not_judged_by_where_it_does() {
    let (train, validation) = data(1000, 200);
    let of_steps =
        [Symptom::RateGood, Symptom::RateTooSmall, Symptom::RateTooLarge, Symptom::Underfitting].as_slice();
    let (found, record) = resumed("elsewhere", ["first", "second"], &validation, &train);
    assert!(!found.iter().any(|symptom| of_steps.contains(symptom)), "{found:?}");
    // three epochs of 32 steps
    assert_eq!((record.steps.spans().len(), record.units.len()), (96, 3));
}

#[test]
fn a_run_that_goes_on_records_what_one_without_a_break_does() {
    let (train, validation) = data(1000, 200);
    let (found, record) = resumed("goes-on", ["page", "page"], &validation, &train);
    let whole_trainer = trainer(0.02);
    let mut whole = whole_trainer.recorder(folder("without-break"), &validation);
    let mut model = Model::<Perceptron>::new(1);
    whole_trainer.run(&mut model, &train).validate(&validation).watch(&mut whole).fit().expect("a run");
    assert_eq!(record.steps.spans().len(), 192);
    assert_eq!(record.steps, whole.record().steps);
    assert_eq!(record.units, whole.record().units);
    assert_eq!(found, symptoms(&whole.findings()));
    assert_eq!(record.classified, whole.record().classified);

    // what is not understood is as good as no file, and a new run begins anew
    let kept = folder("goes-on").join("page").join("report.record");
    let text = std::fs::read_to_string(&kept).expect("a record");
    let checkpoint = folder("goes-on").join("run.safetensors");
    for broken in [
        text.replace("span ", "span x"),
        text.replace("layer dense2", "layer other"),
        text.replace("state ", "state 1\nstate 2\nstate "),
        text[..text.len() / 2].to_owned(),
        String::new(),
    ] {
        std::fs::write(&kept, broken).expect("written");
        let trainer = trainer(0.02).epochs(7).checkpoint(&*checkpoint);
        let mut recorder = trainer.recorder(folder("goes-on").join("page"), &validation);
        let mut model = Model::<Perceptron>::new(1);
        let saved = std::fs::read(&checkpoint).expect("a checkpoint");
        trainer.run(&mut model, &train).validate(&validation).watch(&mut recorder).resume().expect("a run");
        assert_eq!(recorder.record().steps.spans().len(), 32);
        std::fs::write(&checkpoint, saved).expect("written");
    }
}

#[test]
fn a_recorder_changes_nothing() {
    let (train, validation) = data(200, 100);
    let trainer = Trainer::new().optimizer(Sgd).epochs(2).learning_rate(0.05);
    let [mut watched, mut alone] = [(); 2].map(|()| Model::<Perceptron>::new(3));
    let mut recorder = trainer.recorder(folder("watched"), &validation);
    trainer.run(&mut watched, &train).validate(&validation).watch(&mut recorder).fit().expect("a run");
    trainer.run(&mut alone, &train).validate(&validation).fit().expect("a run");
    assert!(watched == alone);
    // every step by itself, with the norms of both dense layers
    let record = recorder.record();
    assert_eq!(record.steps.spans().len(), 8);
    assert!(record.steps.spans().iter().all(|span| span.steps == 1));
    assert!(record.steps.gradients().flatten().all(|&norm| norm > 0.0));
    let layers: Vec<_> = record.layers.iter().map(|layer| (&*layer.path, layer.range.clone())).collect();
    assert_eq!(layers, [("dense2", 0..50_240), ("dense4", 50_240..50_890)]);
}

#[test]
fn norms_are_those_of_the_gradient() {
    use plywood::train::{Callback, Control, StepEnd};
    use plywood::{Layer, Scalar};

    /// The norm of all of the gradient.
    struct Norms(Vec<f64>);

    impl<N: Layer, T: Scalar> Callback<N, T> for Norms {
        fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
            self.0.push(step.gradient.iter().map(|x| x.to_f64().powi(2)).sum::<f64>().sqrt());
            Ok(Control::Continue)
        }
    }

    let (train, validation) = data(200, 100);
    let trainer = Trainer::new().epochs(1).learning_rate(0.05);
    let mut watching = (trainer.recorder(folder("norms"), &validation), Norms(Vec::new()));
    trainer
        .run(&mut Model::<Perceptron>::new(3), &train)
        .validate(&validation)
        .watch(&mut watching)
        .fit()
        .expect("a run");
    let (recorder, norms) = watching;
    let layers = recorder.record().steps.gradients();
    assert_eq!(norms.0.len(), 4);
    for (layers, norm) in layers.zip(norms.0) {
        let all = layers.iter().map(|norm| norm.powi(2)).sum::<f64>().sqrt();
        assert!((all - norm).abs() < 1e-12 * norm, "{all}, {norm}");
    }
}

#[test]
fn a_long_run_keeps_all_steps_in_few_spans() {
    let steps = 10_007;
    let mut series = Series::new(2);
    for step in 1..=steps {
        series.push(step, step as f64, 0.5, |norms| norms.copy_from_slice(&[step as f64, -1.0]));
        assert!(series.spans().len() <= Series::CAPACITY);
    }
    assert!(series.spans().len() > Series::CAPACITY / 2);
    let mut next = 1;
    for (span, gradients) in series.spans().iter().zip(series.gradients()) {
        assert_eq!((span.step, gradients), (next, &[next as f64, -1.0][..]));
        // the mean of the numbers from `step` on
        let mean = span.step as f64 + (span.steps - 1) as f64 / 2.0;
        assert!((span.loss - mean).abs() < 1e-9 * mean, "{span:?}");
        next += span.steps;
    }
    assert_eq!(next, steps + 1);
}

/// (y − t)² for one output.
#[derive(Debug)]
struct Squared;

impl Loss<Flat<1>> for Squared {
    type Target = f64;

    fn value<T: plywood::Scalar>(&self, outputs: &[T], targets: &[f64]) -> f64 {
        let squares = outputs.iter().zip(targets).map(|(y, t)| (y.to_f64() - t).powi(2));
        squares.sum::<f64>() / targets.len() as f64
    }
    fn gradient<T: plywood::Scalar>(&self, outputs: &[T], targets: &[f64], d_outputs: &mut [T]) -> f64 {
        for ((d, y), t) in d_outputs.iter_mut().zip(outputs).zip(targets) {
            *d = T::of(2.0 * (y.to_f64() - t) / targets.len() as f64);
        }
        <Self as Loss<Flat<1>>>::value(self, outputs, targets)
    }
}

/// A noisy line: t = x, by turns too high and too low; which of them first is the number's parity.
struct Line(usize);

impl plywood::Dataset for Line {
    type Example = Flat<8>;
    type Target = f64;

    fn len(&self) -> usize {
        24
    }
    fn read<T: plywood::Scalar>(&self, index: usize, x: &mut [T]) -> f64 {
        let at = index as f64 / 12.0 - 1.0;
        for (power, x) in x.iter_mut().enumerate() {
            *x = T::of((3.0 * at * (power + 1) as f64).sin());
        }
        at + if (index + self.0).is_multiple_of(2) { 0.5 } else { -0.5 }
    }
}

#[test]
fn overfitting_is_recognized_where_nothing_is_right_or_wrong() {
    let trainer = Trainer::new().loss(Squared).epochs(400).batch_size(8).learning_rate(0.02);
    // the noise of the examples held out is that of those trained on, turned round
    let (train, held) = (Line(0), Line(1));
    let mut recorder = Recorder::without_classes(folder("line"), &held).settings(trainer.settings());
    let mut model = Model::<((Dense<8, 64>, Relu<Flat<64>>), Dense<64, 1>)>::new(1);
    trainer.run(&mut model, &train).validate(&held).watch(&mut recorder).fit().expect("a run");
    let findings = recorder.findings();
    let found = of(&findings, Symptom::Overfitting).expect("overfitting");
    assert!(found.starts_with("validation loss ") && found.contains(" at epoch "), "{found}");
    assert!(
        found.ends_with(", while training loss falls: overfitting; raise λ, or train on more examples"),
        "{found}"
    );
    assert!(recorder.record().classified.is_none());
    let page = std::fs::read_to_string(recorder.page()).expect("a page");
    assert!(
        page.contains("Validation loss") && !page.contains("Validation error") && !page.contains("Confusion")
    );
}

/// Pictures that are all alike, of two classes: 23 of 40 are of the first.
fn alike(count: usize) -> Digits {
    let labels = (0..count).map(|index| usize::from(index % 40 >= 23));
    Digits::from_arrays(labels.map(|label| ([[[0.5]; 28]; 28], label))).expect("examples")
}

#[test]
fn a_network_that_learned_only_how_frequent_classes_are_is_recognized() {
    type Linear = (Flatten<Digit, 784>, Dense<784, 10>);
    let (_, findings) = run::<Linear>("guessing", &trainer(0.0003).epochs(8), &alike(600), &alike(200));
    let found = of(&findings, Symptom::NoBetterThanGuessing).expect("a network that guesses");
    assert!(
        found.starts_with(
            "57.5 % of the held-out examples are right, and 57.5 % would be by always naming the most frequent class, 0: \
             nothing is learned; check that the labels"
        ),
        "{found}"
    );
    let found = of(&findings, Symptom::Underfitting).expect("an error that stays high");
    assert!(
        found.starts_with("training error 4") && found.contains(" %, validation 42.5 %: underfitting"),
        "{found}"
    );
}
