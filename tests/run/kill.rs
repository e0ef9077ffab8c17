//! Runs that are killed at any moment.
//!
//! `PLYWOOD_KILLS` says how many; the default is few, since each is a process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plywood::train::{Callback, Checkpoints, Control, Every, StepEnd};
use plywood::{Layer, Result};

use super::*;

/// The variable with the folder in which the child trains.
const FOLDER: &str = "PLYWOOD_KILL_FOLDER";

/// Takes time over each step, so that there is a moment to be killed at beside those at which a file is written.
struct Slow;

impl<N: Layer, T: Scalar> Callback<N, T> for Slow {
    fn on_step(&mut self, _: &StepEnd<'_, N, T>) -> Result<Control> {
        std::thread::sleep(Duration::from_millis(2));
        Ok(Control::Continue)
    }
}

fn train(folder: &Path) -> (Model<Noisy>, History) {
    let path = folder.join("run.safetensors");
    let (train, validation) = data();
    let mut model = Model::new(1);
    let trainer = trainer().epochs(6).checkpoint(Checkpoints::new(path).every(Every::Steps(1)));
    let report =
        trainer.run(&mut model, &train).validate(&validation).watch(&mut Slow).resume().expect("a good run");
    (model, report)
}

/// Trains as the child that the parent starts and kills; alone it does nothing.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        train(&PathBuf::from(folder));
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "run::kill::child"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process")
}

/// Checkpoints that are there; each must be whole.
fn readable(folder: &Path) -> usize {
    let files = ["run.safetensors", "run.previous.safetensors"].map(|name| folder.join(name));
    let there: Vec<_> = files.iter().filter(|path| path.exists()).collect();
    for path in &there {
        Model::<Noisy>::load(path).expect("a checkpoint that can be read");
    }
    there.len()
}

#[test]
fn a_run_killed_at_any_moment_ends_in_the_same_bits() {
    let kills: usize = std::env::var("PLYWOOD_KILLS").map_or(8, |text| text.parse().expect("a number"));
    let began = Instant::now();
    let folder = scratch("kill-unbroken");
    assert!(start(&folder).wait().expect("a process").success());
    let length = began.elapsed();
    let expected = train(&folder);
    assert_eq!(expected.1.resumed.as_ref().map(|resumed| resumed.steps), Some(60));
    let expected = bits(&expected.0, &expected.1);

    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut within = 0;
    for kill in 0..kills {
        let folder = scratch("kill");
        let mut child = start(&folder);
        std::thread::sleep(length.mul_f64(rng.random_range(0.0..1.0)));
        child.kill().expect("a kill");
        child.wait().expect("a process");
        let files = readable(&folder);
        let (model, report) = train(&folder);
        let steps = report.resumed.as_ref().map_or(0, |resumed| resumed.steps);
        within += usize::from(steps > 0 && steps < 60);
        assert_eq!(files > 0, report.resumed.is_some());
        assert!(bits(&model, &report) == expected, "kill {kill}, after {steps} steps");
    }
    eprintln!("{kills} kills, {within} of them within the run: all ended in the same bits");
    assert!(2 * within >= kills, "only {within} of {kills} were killed within the run");
}
