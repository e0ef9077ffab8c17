//! One run at a time writes to a path.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use plywood::train::{Callback, Checkpoints, Control, Every, StepEnd};
use plywood::{Layer, Result};

use super::*;

/// The variable with the folder in which the child trains.
const FOLDER: &str = "PLYWOOD_HOLD_FOLDER";

/// Says that a step is taken, and waits until it is told to go on.
struct Waits(mpsc::Sender<()>, mpsc::Receiver<()>);

impl<N: Layer, T: Scalar> Callback<N, T> for Waits {
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        if step.steps_taken == 1 {
            self.0.send(()).expect("somebody who waits");
            self.1.recv().expect("somebody who lets it go on");
        }
        Ok(Control::Continue)
    }
}

fn simple() -> Trainer {
    Trainer::new().epochs(2).batch_size(40)
}

/// A setting that writes to a path.
type Setting = fn(&Path) -> Trainer;
const SETTINGS: [(&str, Setting); 2] =
    [("run.safetensors", |path| simple().checkpoint(path)), ("log.csv", |path| simple().log(path))];

fn lock_of(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    lock.into()
}

#[test]
fn a_second_run_on_a_path_is_refused_before_its_first_step() {
    let folder = scratch("hold");
    let (train, _) = data();
    // each waits for some seconds: side by side
    std::thread::scope(|scope| {
        for (name, set) in SETTINGS {
            let (path, train) = (folder.join(name), &train);
            scope.spawn(move || refuse_second(&path, &set(&path), train));
        }
    });
}

fn refuse_second(path: &Path, trainer: &Trainer, train: &Points<8>) {
    let (send, taken) = mpsc::channel();
    let (go_on, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            let mut waits = Waits(send, told);
            trainer.run(&mut Model::<Noisy>::new(1), train).watch(&mut waits).fit()
        });
        taken.recv().expect("a step");
        let mut model = Model::<Noisy>::new(2);
        let found = message(trainer.train(&mut model, train));
        let reason =
            "another run of this process writes there; let it end, or give this run a path of its own";
        assert_eq!(found, format!("{}: cannot write: {reason}", path.display()));
        assert_eq!(model, Model::new(2));
        go_on.send(()).expect("a run");
        first.join().expect("no panic").expect("a good run");
    });
    assert!(!lock_of(path).exists());
    trainer.train(&mut Model::<Noisy>::new(2), train).expect("nobody else");
}

/// Lets another run have the path after a step: its file, and its lock in place of this run's.
struct Loses {
    path: PathBuf,
    other: Option<std::fs::File>,
}

impl<N: Layer, T: Scalar> Callback<N, T> for Loses {
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        if step.steps_taken == 12 {
            std::fs::remove_file(lock_of(&self.path)).expect("this run's lock");
            let other = std::fs::File::create_new(lock_of(&self.path)).expect("a file");
            other.lock().expect("a lock");
            self.other = Some(other);
            std::fs::write(&self.path, "another run's").expect("a write");
        }
        Ok(Control::Continue)
    }
}

#[test]
fn a_run_that_lost_its_path_leaves_what_another_wrote_there() {
    let path = scratch("hold-lost").join("run.safetensors");
    let (train, validation) = data();
    // the best model of the first epoch is in no checkpoint yet, and is to be saved when an error ends the run
    let trainer = trainer().checkpoint(Checkpoints::new(&path).every(Every::Steps(15)));
    let mut loses = Loses { path: path.clone(), other: None };
    let mut model = Model::<Noisy>::new(1);
    let found = message(trainer.run(&mut model, &train).validate(&validation).watch(&mut loses).fit());
    let start = format!("{}: cannot write: another process writes there", path.display());
    assert!(found.starts_with(&start), "{found}");
    assert_eq!(std::fs::read(&path).expect("a file"), b"another run's");
}

#[test]
fn runs_that_are_soon_over_wait_for_each_other() {
    let path = scratch("hold-short").join("run.safetensors");
    let (train, _) = data();
    let trainer = simple().checkpoint(Checkpoints::new(&path).every(Every::Steps(1)));
    std::thread::scope(|scope| {
        let run = |seed| trainer.train(&mut Model::<Noisy>::new(seed), &train);
        let runs = [1, 2].map(|seed| scope.spawn(move || run(seed)));
        for run in runs {
            run.join().expect("no panic").expect("a good run");
        }
    });
    Model::<Noisy>::load(&path).expect("a whole file");
}

/// Trains as the child that the parent starts and kills; alone it does nothing.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let trainer = simple().checkpoint(PathBuf::from(folder).join("run.safetensors"));
        let (_told, never) = mpsc::channel();
        let (send, _taken) = mpsc::channel();
        let (train, _) = data();
        let _ = trainer.run(&mut Model::<Noisy>::new(1), &train).watch(&mut Waits(send, never)).fit();
    }
}

#[test]
fn a_path_is_held_by_a_process_until_it_is_killed() {
    let folder = scratch("hold-process");
    let path = folder.join("run.safetensors");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "run::hold::child"])
        .env(FOLDER, &folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    let signed = || std::fs::read_to_string(lock_of(&path)).is_ok_and(|text| text.contains("unfinished: "));
    while !signed() {
        assert!(child.try_wait().expect("a process").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(10));
    }
    let (train, _) = data();
    let begin = || simple().checkpoint(&*path).train(&mut Model::<Noisy>::new(2), &train);
    let found = message(begin());
    let start = format!("{}: cannot write: process {}", path.display(), child.id());
    assert!(found.starts_with(&start) && found.contains(" writes there; "), "{found}");
    // what it would have left had it been writing
    let lock = std::fs::read_to_string(lock_of(&path)).expect("a lock");
    let unfinished = lock.lines().find_map(|line| line.strip_prefix("unfinished: ")).expect("a name");
    std::fs::write(folder.join(unfinished), "half of a checkpoint").expect("a write");
    child.kill().expect("a kill");
    child.wait().expect("a process");
    assert!(lock_of(&path).exists());
    begin().expect("nobody else");
    assert!(!lock_of(&path).exists() && !folder.join(unfinished).exists() && path.exists());
}

#[test]
fn the_file_of_a_lock_may_be_anybodys() {
    let folder = scratch("hold-foreign");
    let path = folder.join("run.safetensors");
    let (train, _) = data();
    let victim = folder.join("victim");
    std::fs::write(&victim, "mine").expect("a write");
    // of another program, and such as name what is not to be removed
    for (text, stays) in [
        ("mine", true),
        ("", true),
        ("plywood writes the file beside this one\nunfinished: victim\n", false),
        ("plywood writes the file beside this one\nunfinished: ../hold-foreign/victim\nprocess:", false),
    ] {
        std::fs::write(lock_of(&path), text).expect("a write");
        simple().checkpoint(&*path).train(&mut Model::<Noisy>::new(2), &train).expect("a good run");
        assert_eq!(std::fs::read(&victim).expect("a file"), b"mine", "{text}");
        assert_eq!(std::fs::read_to_string(lock_of(&path)).ok(), stays.then(|| text.to_owned()));
    }
}
