//! Checkpoints that somebody made up, with a right checksum, are refused with what is wrong.

use plywood::train::{Checkpoints, Every};

use super::checkpoint::{NEVER, StopAfter};
use super::edit::{Edit, Tensor};
use super::*;

#[test]
fn counts_that_cannot_be_those_of_the_run_are_refused() {
    const MOST: &str = "18446744073709551615";

    let path = scratch("sound").join("run.safetensors");
    let trainer = trainer().checkpoint(Checkpoints::new(&path).every(Every::Steps(1)));
    let (train, validation) = data();
    let go_on = |stop_after: usize| {
        let mut model = Model::<Noisy>::new(1);
        let report = trainer
            .run(&mut model, &train)
            .validate(&validation)
            .watch(&mut StopAfter(stop_after))
            .resume()?;
        Ok(bits(&model, &report))
    };
    // in the second epoch of 10 steps, 3 of them taken, of 8 examples each
    go_on(13).expect("a good run");
    let good = Edit::open(&path);
    let noted =
        ["epoch", "step", "steps_taken", "examples", "optimizer_steps"].map(|name| good.notes[name].as_str());
    assert_eq!(noted, ["1", "3", "13", "24", "13"]);
    std::fs::remove_file(path.with_extension("previous.safetensors")).expect("a file");
    let with = |changes: &[(&str, &str)]| {
        let mut edit = good.clone();
        for (name, value) in changes {
            edit.notes.insert((*name).to_owned(), (*value).to_owned());
        }
        edit.save(&path);
        message(go_on(NEVER))
    };
    let mut cases = vec![
        (with(&[("epoch", "2")]), "epoch: found 2, expected 1, the epochs of its history"),
        (
            with(&[("epoch", MOST)]),
            "epoch: found 18446744073709551615, expected 1, the epochs of its history",
        ),
        (with(&[("step", "11")]), "step: found 11, expected at most 10, those of an epoch"),
        (with(&[("step", MOST)]), "step: found 18446744073709551615, expected at most 10, those of an epoch"),
        (with(&[("step", "4")]), "steps_taken: found 13, expected 14, up to its epoch and step"),
        (
            with(&[("steps_taken", MOST)]),
            "steps_taken: found 18446744073709551615, expected 13, up to its epoch and step",
        ),
        (with(&[("examples", "25")]), "examples: found 25, expected 24, those of its steps"),
        (
            with(&[("optimizer_steps", MOST)]),
            "optimizer_steps: found 18446744073709551615, expected at most 9007199254740992",
        ),
        (with(&[("epoch", "-1")]), "epoch: found -1, expected a number"),
        (with(&[("step", "three")]), "step: found three, expected a number"),
        (
            with(&[("checkpoint", "5")]),
            "checkpoint: found 5, expected 6, the version of checkpoints that this library reads",
        ),
    ];
    let with_vector = |name: &str, tensor: Option<Tensor>| {
        let mut edit = good.clone();
        let name = format!("state/{name}");
        assert!(edit.tensors.remove(&name).is_some(), "{name}");
        edit.tensors.extend(tensor.map(|tensor| (name, tensor)));
        edit.save(&path);
        message(go_on(NEVER))
    };
    let records = |count: usize| Tensor { dims: vec![count, 12], ..Tensor::of(&vec![0.5; count * 12]) };
    cases.extend([
        (with_vector("history", Some(records(0))), "epoch: found 1, expected 0, the epochs of its history"),
        (with_vector("history", Some(records(2))), "epoch: found 1, expected 2, the epochs of its history"),
        (with_vector("history", None), "history: found none, expected the run's, as it was set up"),
        (with_vector("running", Some(Tensor::of(&[0.0; 4]))), "running: found 4 numbers, expected 5"),
        (with_vector("average", None), "average: found none, expected the run's, as it was set up"),
        (with_vector("params", Some(Tensor::of(&[]))), "params: found 0 numbers, expected 171"),
        (with_vector("buffers", None), "buffers: found none, expected the run's, as it was set up"),
        (
            with_vector("training data", None),
            "training data: found none, expected the run's, as it was set up",
        ),
        (
            with_vector("validation data", Some(Tensor::of(&[0.0; 3]))),
            "validation data: found 3 numbers, expected 48",
        ),
        (with_vector("optimizer.1", None), "optimizer.1: found none, expected the run's, as it was set up"),
    ]);
    for (found, expected) in cases {
        assert_eq!(found, format!("{}: {expected}", path.display()));
    }
    // what is not changed goes on as ever
    good.save(&path);
    assert!(go_on(NEVER).expect("a good run") == unbroken());
}

#[test]
fn the_last_step_of_an_epoch_is_smaller() {
    // after 10 steps of 8 there are 77 examples, not 80
    let path = scratch("sound-last").join("run.safetensors");
    let trainer = trainer().checkpoint(Checkpoints::new(&path).every(Every::Steps(1)));
    let (train, validation) = data();
    for stop_after in [11, 21] {
        let mut model = Model::<Noisy>::new(1);
        let mut stop = StopAfter(stop_after);
        let report = trainer
            .run(&mut model, &train)
            .validate(&validation)
            .watch(&mut stop)
            .resume()
            .expect("a good run");
        assert_eq!(report.steps, stop_after);
        // of the step before, after which the epoch was still to be closed
        let before = path.with_extension("previous.safetensors");
        assert_eq!(Edit::open(&before).notes["examples"], "77");
    }
}
