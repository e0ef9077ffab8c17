//! Runs that go on from a checkpoint end as if they had never been stopped.

use std::path::{Path, PathBuf};

use plywood::loss::SmoothedCrossEntropy;
use plywood::train::{Callback, Checkpoints, Control, Ended, Every, StepEnd};
use plywood::{Layer, Result, Threads};

use super::edit::Edit;
use super::*;

/// Stops after a step.
pub(super) struct StopAfter(pub(super) usize);

impl<N: Layer, T: Scalar> Callback<N, T> for StopAfter {
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        Ok(if step.steps_taken == self.0 { Control::Stop } else { Control::Continue })
    }
}

/// Begins at the model of a seed, or goes on from what is saved, and stops after a step or at the end.
fn run(trainer: &Trainer<Adam>, seed: u64, stop_after: usize) -> Result<(Model<Noisy>, History)> {
    let (train, validation) = data();
    let mut model = Model::new(seed);
    let report =
        trainer.run(&mut model, &train).validate(&validation).watch(&mut StopAfter(stop_after)).resume()?;
    Ok((model, report))
}

pub(super) const NEVER: usize = usize::MAX;

fn saving(path: &Path, every: Every) -> Trainer<Adam> {
    trainer().checkpoint(Checkpoints::new(path).every(every))
}

fn previous(path: &Path) -> PathBuf {
    path.with_extension("previous.safetensors")
}

#[test]
fn a_run_that_was_stopped_after_any_step_ends_in_the_same_bits() {
    let path = scratch("stopped").join("run.safetensors");
    let expected = unbroken();
    for stop_after in 1..30 {
        let _ = std::fs::remove_file(&path);
        let _ = std::fs::remove_file(previous(&path));
        let threads = Threads::new(1 + stop_after % 2).expect("threads");
        let trainer = saving(&path, Every::Epochs(1)).threads(&threads);
        let (_, report) = run(&trainer, 1, stop_after).expect("a good run");
        assert_eq!((report.steps, report.ended), (stop_after, Ended::Callback));
        assert_eq!((report.resumed, report.checkpoint.as_ref()), (None, Some(&path)));
        // the seed of the model that it goes on with is another: it must not matter
        let (model, report) = run(&trainer, 77, NEVER).expect("a good run");
        let resumed = report.resumed.clone().expect("it goes on");
        let (at, epochs, steps) = (&resumed.path, resumed.epochs, resumed.steps);
        assert_eq!((at, epochs, steps, &resumed.refused), (&path, stop_after / 10, stop_after, &None));
        assert_eq!((report.steps, report.ended), (30, Ended::Complete));
        assert!(bits(&model, &report) == expected, "stopped after step {stop_after}");
    }
}

#[test]
fn a_run_may_be_stopped_again_and_again() {
    let path = scratch("again").join("made").join("run.safetensors");
    let trainer = saving(&path, Every::Steps(1));
    for stop_after in (1..30).step_by(3) {
        run(&trainer, 1, stop_after).expect("a good run");
    }
    let (model, report) = run(&trainer, 1, NEVER).expect("a good run");
    assert!(bits(&model, &report) == unbroken());
    // a run that is over stays as it is
    let (model, again) = run(&trainer, 5, NEVER).expect("a good run");
    assert_eq!((again.steps, again.ended, &again.epochs), (30, Ended::Complete, &report.epochs));
    assert!(bits(&model, &again) == unbroken());
}

#[test]
fn the_state_that_is_loaded_is_all_that_matters() {
    // each part of it changed by hand gives other bits, or nothing would have been tested above
    let folder = scratch("parts");
    let path = folder.join("run.safetensors");
    for vector in ["params", "buffers", "average", "optimizer.0", "optimizer.1"] {
        let _ = std::fs::remove_file(&path);
        let _ = std::fs::remove_file(previous(&path));
        let trainer = saving(&path, Every::Steps(1)).keep_best(vector != "average");
        let unbroken = {
            let mut model = Model::new(1);
            let (train, validation) = data();
            let trainer = super::trainer().keep_best(vector != "average");
            let report = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
            bits(&model, &report)
        };
        run(&trainer, 1, 13).expect("a good run");
        let mut edit = Edit::open(&path);
        // without a best model, the file's model is the average
        let name = if vector == "average" { "fc1.weight".to_owned() } else { format!("state/{vector}") };
        let tensor = edit.tensors.get_mut(&name).expect(vector);
        // in the middle of the mantissa of one number
        tensor.bytes[1] ^= 0x40;
        edit.save(&path);
        let (model, report) = run(&trainer, 1, NEVER).expect("a good run");
        assert!(bits(&model, &report) != unbroken, "{vector}");
    }
}

#[test]
fn a_longer_run_goes_on_where_the_shorter_ended() {
    let path = scratch("longer").join("run.safetensors");
    // a schedule that does not depend on how long the run is
    let trainer = |steps| saving(&path, Every::Epochs(1)).learning_rate(0.01).steps(steps);
    let (train, validation) = data();
    let mut expected = Model::new(1);
    let report = trainer(27).run(&mut expected, &train).validate(&validation).fit().expect("a good run");
    let expected = bits(&expected, &report);
    for path in [&path, &previous(&path)] {
        std::fs::remove_file(path).expect("a checkpoint");
    }
    let (_, short) = run(&trainer(14), 1, NEVER).expect("a good run");
    assert_eq!((short.steps, short.epochs.len()), (14, 2));
    let (model, long) = run(&trainer(27), 2, NEVER).expect("a good run");
    assert_eq!(long.resumed.as_ref().map(|resumed| resumed.steps), Some(14));
    assert!(bits(&model, &long) == expected);
}

#[test]
fn a_run_that_stopped_early_stays_so() {
    let path = scratch("early").join("run.safetensors");
    let trainer = saving(&path, Every::Epochs(1)).learning_rate(1e-30).epochs(50).early_stopping(2);
    let (_, first) = run(&trainer, 1, NEVER).expect("a good run");
    let best = first.best().expect("epochs").number;
    assert_eq!((first.ended, first.epochs.len()), (Ended::EarlyStopping, best + 2));
    let (_, again) = run(&trainer, 1, NEVER).expect("a good run");
    assert_eq!((again.ended, again.epochs), (Ended::EarlyStopping, first.epochs));
}

/// A damage to the bytes of a file.
type Damage = fn(&mut Vec<u8>);

#[test]
fn a_damaged_file_is_refused_and_the_one_before_it_used() {
    let path = scratch("damaged").join("run.safetensors");
    let trainer = saving(&path, Every::Steps(1));
    run(&trainer, 1, 17).expect("a good run");
    let (good, before) =
        (std::fs::read(&path).expect("a file"), std::fs::read(previous(&path)).expect("a file"));
    let expected = unbroken();
    let damages: [(&str, Damage); 6] = [
        ("nothing", Vec::clear),
        ("half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("more", |bytes| bytes.push(0)),
        ("the header's length", |bytes| bytes[1] ^= 0x40),
        ("the header", |bytes| bytes[100] ^= 1),
        ("a number", |bytes| *bytes.last_mut().expect("bytes") ^= 0x10),
    ];
    for (damage, change) in damages {
        let mut bytes = good.clone();
        change(&mut bytes);
        std::fs::write(&path, &bytes).expect("a write");
        std::fs::write(previous(&path), &before).expect("a write");
        let found = message(Model::<Noisy>::load(&path));
        assert!(found.starts_with(&format!("{}: the file: found ", path.display())), "{damage}: {found}");
        // the next checkpoint must not put the damaged one into the place of the good one before it
        run(&trainer, 1, 17).expect(damage);
        Model::<Noisy>::load(previous(&path)).expect(damage);
        std::fs::write(&path, &bytes).expect("a write");
        std::fs::write(previous(&path), &before).expect("a write");
        let (model, report) = run(&trainer, 1, NEVER).expect(damage);
        let resumed = report.resumed.clone().expect(damage);
        assert_eq!((resumed.path, resumed.steps), (previous(&path), 16), "{damage}");
        assert_eq!(resumed.refused, Some(found), "{damage}");
        assert!(bits(&model, &report) == expected, "{damage}");
    }
    // without the one before it, there is nothing to go on from, and nothing begins anew unasked
    std::fs::write(&path, &good[..100]).expect("a write");
    std::fs::remove_file(previous(&path)).expect("a file");
    assert!(message(run(&trainer, 1, NEVER)).contains(": the file: found "));
    // a crash between two renames leaves the one before alone
    std::fs::remove_file(&path).expect("a file");
    std::fs::write(previous(&path), &before).expect("a write");
    let (model, report) = run(&trainer, 1, NEVER).expect("a good run");
    assert_eq!(report.resumed.as_ref().and_then(|resumed| resumed.refused.clone()), None);
    assert!(bits(&model, &report) == expected);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_not_taken_for_a_damaged_one() {
    use std::os::unix::fs::PermissionsExt;

    let path = scratch("unreadable").join("run.safetensors");
    let trainer = saving(&path, Every::Steps(1));
    run(&trainer, 1, 17).expect("a good run");
    let files = || [&path, &previous(&path)].map(|path| std::fs::read(path).expect("a file"));
    let before = files();
    let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("rights");
    set(0o200);
    // some users may read everything
    if std::fs::read(&path).is_err() {
        let found = message(run(&trainer, 1, NEVER));
        assert!(found.starts_with(&format!("{}: cannot open: ", path.display())), "{found}");
    }
    set(0o600);
    assert!(files() == before);
}

#[test]
fn no_bit_of_a_file_can_change_unseen() {
    let path = scratch("flipped").join("run.safetensors");
    run(&saving(&path, Every::Steps(1)), 1, 3).expect("a good run");
    let good = std::fs::read(&path).expect("a file");
    Model::<Noisy>::load(&path).expect("a good file");
    std::fs::remove_file(previous(&path)).expect("a file");
    for place in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&path, &bytes).expect("a write");
        let loaded = run(&saving(&path, Every::Epochs(100)), 1, 4);
        assert!(loaded.is_err(), "byte {place} of {}", good.len());
    }
}

network! { Wider: Flat<8> => Flat<3> { fc1: dense(14), batch_norm, relu, dropout(0.2), fc2: dense(3) } }
network! { Shorter: Flat<8> => Flat<3> { fc1: dense(12), batch_norm, relu, fc2: dense(3) } }

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let path = scratch("other").join("run.safetensors");
    run(&saving(&path, Every::Epochs(1)), 1, 7).expect("a good run");
    let saved = |value: &dyn std::fmt::Display| format!("{value}, as in {}", path.display());
    let trainer = || saving(&path, Every::Epochs(1));
    let cases = [
        (trainer().seed(4), format!("seed: found 4, expected {}", saved(&3))),
        (trainer().batch_size(5), format!("batch size: found 5, expected {}", saved(&4))),
        (trainer().accumulate(3), format!("accumulate: found 3, expected {}", saved(&2))),
        (without_average(&path), format!("average: found no, expected {}", saved(&"yes"))),
        (trainer().keep_best(false), format!("keep best: found no, expected {}", saved(&"yes"))),
    ];
    for (trainer, expected) in cases {
        assert_eq!(message(run(&trainer, 1, NEVER)), expected);
    }
    let (train, validation) = data();
    let resume = |train: &Points<8>, validation: &Points<8>| {
        message(trainer().run(&mut Model::<Noisy>::new(1), train).validate(validation).resume())
    };
    // as many, and not the same
    let mut relabeled = data().0;
    relabeled.0[0].1 = (relabeled.0[0].1 + 1) % 3;
    let mut reversed = data().0;
    reversed.0.reverse();
    let (examples, targets) =
        ("the examples of the run so far", "the targets and the loss of the run so far");
    let found = [
        resume(&Points::random(77, 3, 9), &validation),
        resume(&reversed, &validation),
        resume(&relabeled, &validation),
        resume(&train, &Points::random(40, 3, 9)),
        resume(&train, &Points::random(41, 3, 2)),
    ];
    let expected = [
        format!("training data: found other numbers in example 0, expected {}", saved(&examples)),
        format!("training data: found other numbers in example 0, expected {}", saved(&examples)),
        format!(
            "training data: found another target of example 0, or another loss of it, expected {}",
            saved(&targets)
        ),
        format!("validation data: found other numbers in example 0, expected {}", saved(&examples)),
        format!("validation examples: found 41, expected {}", saved(&40)),
    ];
    assert_eq!(found, expected);
    let smoothed = |smoothing| {
        let trainer = trainer().loss(SmoothedCrossEntropy { smoothing });
        message(trainer.run(&mut Model::<Noisy>::new(1), &train).validate(&validation).resume())
    };
    let found = smoothed(0.1);
    let expected = saved(&"SoftmaxCrossEntropy");
    assert_eq!(found, format!("loss: found SmoothedCrossEntropy {{ smoothing: 0.1 }}, expected {expected}"));
    let momentum = trainer().optimizer(plywood::optim::Momentum::default());
    let found = message(momentum.run(&mut Model::<Noisy>::new(1), &train).validate(&validation).resume());
    assert_eq!(found, format!("optimizer: found Momentum, expected {}", saved(&"Adam")));
    // what it remembers is as large, and means something else
    let decay = trainer().optimizer(plywood::optim::AdamW::default());
    let found = message(decay.run(&mut Model::<Noisy>::new(1), &train).validate(&validation).resume());
    assert_eq!(found, format!("optimizer: found AdamW, expected {}", saved(&"Adam")));
    let other = Points::<8>::random(78, 3, 1);
    let found = message(trainer().run(&mut Model::<Noisy>::new(1), &other).validate(&validation).resume());
    assert_eq!(found, format!("training examples: found 78, expected {}", saved(&77)));
    let found =
        message(trainer().run(&mut Model::<Noisy, f64>::new(1), &data().0).validate(&validation).resume());
    assert_eq!(found, format!("{}: precision: found f32, expected f64", path.display()));

    let found = message(trainer().run(&mut Model::<Wider>::new(1), &data().0).validate(&validation).resume());
    let layers = "found dense 8 to 12, weight 8×12, bias 12, expected dense 8 to 14, weight 8×14, bias 14";
    assert_eq!(found, format!("{}: layer fc1: {layers}", path.display()));
    let found =
        message(trainer().run(&mut Model::<Shorter>::new(1), &data().0).validate(&validation).resume());
    assert!(found.contains("layer fc2: found dropout4, dropout 12 to 12, expected fc2, dense"), "{found}");

    let plain = path.with_file_name("plain.safetensors");
    Model::<Noisy>::new(1).save(&plain).expect("a file");
    let found = message(run(&saving(&plain, Every::Epochs(1)), 1, NEVER));
    assert_eq!(
        found,
        format!(
            "{}: checkpoint: found none, expected 6, the version of checkpoints that this library reads",
            plain.display()
        )
    );
    assert!(message(run(&super::trainer(), 1, NEVER)).starts_with("checkpoint: found none"));
    for every in [Every::Epochs(0), Every::Steps(0), Every::Seconds(f64::NAN)] {
        assert!(message(saving(&path, every).check::<f32>()).starts_with("checkpoint, every: found "));
    }
}

#[test]
fn a_large_number_hides_no_change_of_another() {
    let path = scratch("large").join("run.safetensors");
    let (mut train, validation) = data();
    train.0[0].0[0] = 1e6;
    let trainer = saving(&path, Every::Epochs(1));
    let mut model = Model::<Noisy>::new(1);
    trainer.run(&mut model, &train).validate(&validation).watch(&mut StopAfter(7)).fit().expect("a good run");
    train.0[0].0[1] += 2.0;
    let found = message(trainer.run(&mut model, &train).validate(&validation).resume());
    assert!(found.starts_with("training data: found other numbers in example 0"), "{found}");
}

#[test]
fn fit_begins_anew_and_replaces_what_is_there() {
    let path = scratch("anew").join("run.safetensors");
    let trainer = saving(&path, Every::Epochs(1));
    run(&trainer, 1, 7).expect("a good run");
    let (train, validation) = data();
    let mut model = Model::new(1);
    let report = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
    assert_eq!(report.resumed, None);
    assert!(bits(&model, &report) == unbroken());
    // the checkpoint's model is the run's result, the best of the averages, and not what is trained
    let saved = Model::<Noisy>::load(&path).expect("a checkpoint");
    assert!(saved == model);
    assert!(Edit::open(&path).tensors["state/params"].bytes != bytes_of(model.params()));
}

fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A trainer like that of [`saving`], but for its moving average.
fn without_average(path: &Path) -> Trainer<Adam> {
    Trainer::new()
        .optimizer(Adam::default())
        .batch_size(4)
        .accumulate(2)
        .keep_best(true)
        .seed(3)
        .checkpoint(Checkpoints::new(path))
}

#[test]
fn checkpoints_come_as_often_as_is_asked() {
    /// Counts the files that there have been.
    struct Count(PathBuf, Vec<Vec<u8>>);
    impl<N: Layer, T: Scalar> Callback<N, T> for Count {
        fn on_step(&mut self, _: &StepEnd<'_, N, T>) -> Result<Control> {
            if let Ok(bytes) = std::fs::read(&self.0)
                && self.1.last() != Some(&bytes)
            {
                self.1.push(bytes);
            }
            Ok(Control::Continue)
        }
    }
    let (train, validation) = data();
    // seen by the steps that come after, of 30
    for (every, seen) in [
        (Every::Epochs(1), 2),
        (Every::Epochs(2), 1),
        (Every::Steps(1), 29),
        (Every::Steps(7), 4),
        (Every::Seconds(0.0), 29),
        (Every::Seconds(1e9), 0),
    ] {
        let path = scratch("often").join("run.safetensors");
        let mut count = Count(path.clone(), Vec::new());
        let trainer = saving(&path, every);
        let report =
            trainer.run(&mut Model::<Noisy>::new(1), &train).validate(&validation).watch(&mut count).fit();
        assert_eq!(count.1.len(), seen, "{every:?}");
        assert_eq!(report.expect("a good run").checkpoint, Some(path.clone()));
        assert!(path.exists());
    }
}
