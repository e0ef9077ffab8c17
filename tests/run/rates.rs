//! Learning rates that follow the run: they fall on a plateau, or are a function of the epochs so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood::optim::Group;
use plywood::train::{Checkpoints, Every, Plateau, SoFar};

use super::checkpoint::{NEVER, StopAfter};
use super::*;

/// Follows the best validation loss, and the step within the epoch.
fn following(so_far: SoFar<'_>) -> f64 {
    let loss = so_far.best().and_then(|epoch| epoch.validation).map_or(1.0, |measure| measure.loss);
    0.01 * loss / (1 + so_far.time.step % so_far.time.steps_per_epoch) as f64
}

fn plateau() -> Trainer<Adam> {
    // a rate at which nothing gets better
    trainer().epochs(6).learning_rate(Plateau { patience: 1, factor: 0.5, least: 0.1, ..Plateau::new(2.0) })
}

fn function() -> Trainer<Adam> {
    trainer().learning_rate_by(following)
}

/// Has settings of its own for one layer, and freezes another one.
fn parts() -> Trainer<Adam> {
    let group = Group::new().learning_rate_factor(0.5).optimizer(Adam { beta1: 0.5, ..Adam::new() });
    function().group(Noisy::fc1(), group).freeze(Noisy::fc2())
}

fn rates(history: &History) -> Vec<f64> {
    history.epochs.iter().map(|epoch| epoch.learning_rate).collect()
}

#[test]
fn a_rate_that_follows_the_run_is_resumed_with_it() {
    let path = scratch("rates").join("run.safetensors");
    let (train, validation) = data();
    for trainer in [plateau(), function(), parts()] {
        let mut unbroken = Model::new(1);
        let history = trainer.run(&mut unbroken, &train).validate(&validation).fit().expect("a good run");
        let different: std::collections::HashSet<_> = rates(&history).into_iter().map(f64::to_bits).collect();
        assert!(different.len() > 2, "{:?}", rates(&history));
        let expected = bits(&unbroken, &history);
        for (every, stop_after) in [(Every::Epochs(1), 10), (Every::Steps(1), 14), (Every::Steps(1), 20)] {
            for path in [path.clone(), path.with_extension("previous.safetensors")] {
                let _ = std::fs::remove_file(path);
            }
            let trainer = trainer.clone().checkpoint(Checkpoints::new(&path).every(every));
            let resume = |seed, stop_after| {
                let mut model = Model::new(seed);
                let mut watch = StopAfter(stop_after);
                let run = trainer.run(&mut model, &train).validate(&validation).watch(&mut watch);
                let history = run.resume().expect("a good run");
                bits(&model, &history)
            };
            resume(1, stop_after);
            assert!(resume(5, NEVER) == expected, "{trainer:?} stopped after step {stop_after}");
        }
    }
}

#[test]
fn a_function_sees_the_epochs_before_the_step() {
    let path = scratch("epochs-before").join("run.safetensors");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let trainer = trainer().learning_rate_by(move |so_far| {
        counted.fetch_add(1, Ordering::Relaxed);
        assert_eq!(so_far.epochs.len(), so_far.time.epoch());
        assert_eq!(so_far.best().is_some(), so_far.time.epoch() > 0);
        assert!(so_far.epochs.iter().all(|epoch| epoch.validation.is_some()));
        0.01
    });
    let (train, validation) = data();
    let history = trainer.run(&mut Model::<Noisy>::new(1), &train).validate(&validation).fit();
    let steps = history.expect("a good run").steps;
    assert_eq!(calls.load(Ordering::Relaxed), steps);
    // also where a run that is over is resumed
    let trainer = trainer.checkpoint(Checkpoints::new(&path));
    for _ in 0..2 {
        let mut model = Model::<Noisy>::new(1);
        let history = trainer.run(&mut model, &train).validate(&validation).resume();
        assert_eq!(history.expect("a good run").steps, steps);
    }
    assert!(trainer.settings().contains(&("learning rate", "a function of the run so far".to_owned())));
}

#[test]
fn a_function_without_a_learning_rate_ends_the_run() {
    let (train, _) = data();
    for (rate, found) in [(f64::NAN, "NaN"), (-0.5, "-0.5"), (f64::INFINITY, "inf"), (1e300, "1e300")] {
        let start = Model::<Noisy>::new(1);
        let mut model = start.clone();
        let trainer = Trainer::new()
            .epochs(2)
            .learning_rate_by(move |so_far| if so_far.time.step == 0 { 0.0 } else { rate });
        let error = message(trainer.train(&mut model, &train));
        let expected = "expected a finite f32, at least 0";
        assert_eq!(error, format!("learning rate of a function: found {found}, {expected}"));
        assert_eq!(model.params(), start.params(), "the first step has the rate 0");
    }
    let trainer = Trainer::new().learning_rate(Plateau { patience: 0, ..Plateau::new(0.1) });
    let expected = "patience of a plateau: found 0, expected at least 1 epoch";
    assert_eq!(message(trainer.check::<f32>()), expected);
}
