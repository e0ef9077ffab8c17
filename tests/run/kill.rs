//! Runs that are killed at any moment.
//!
//! `PLYWOOD_KILLS` says how many; the default is few, since each is a process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plywood::loss::{MeanSquaredError, Scaled};
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

fn saving(folder: &Path) -> Checkpoints {
    Checkpoints::new(folder.join("run.safetensors")).every(Every::Steps(1))
}

fn train(folder: &Path) -> (Model<Noisy>, History) {
    let (train, validation) = data();
    let mut model = Model::new(1);
    let trainer = trainer().epochs(6).checkpoint(saving(folder));
    let report =
        trainer.run(&mut model, &train).validate(&validation).watch(&mut Slow).resume().expect("a good run");
    (model, report)
}

network! {
    /// Two inputs and two outputs, with dropout and running statistics in all of them.
    Pairs: (Flat<3>, Flat<5>) => (Flat<3>, Flat<2>) {
        pairwise { dense(6), batch_norm, relu } { dense(6), tanh },
        dropout(0.2), shared { dense(4), batch_norm }, join,
        heads { dense(3) } { dropout(0.1), dense(2) },
    }
}

/// Points in two parts, whose targets are their label and two of their numbers.
struct InTwo(Points<8>);

impl Dataset for InTwo {
    type Example = (Flat<3>, Flat<5>);
    type Target = (usize, [f32; 2]);

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        let label = self.0.read(index, x);
        (label, [x[0], x[7]].map(|number| number.to_f64() as f32))
    }
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> Self::Target {
        let target = self.read(index, x);
        self.0.draw(index, seed, x);
        target
    }
}

fn train_pairs(folder: &Path) -> (Model<Pairs>, History) {
    let (train, validation) = data();
    let mut model = Model::new(1);
    let loss = (SoftmaxCrossEntropy, Scaled::new(MeanSquaredError, 0.5));
    let trainer = trainer().loss(loss).epochs(6).checkpoint(saving(folder));
    let (train, validation) = (InTwo(train), InTwo(validation));
    let run = trainer.run(&mut model, &train);
    let report = run.validate(&validation).watch(&mut Slow).resume().expect("a good run");
    (model, report)
}

/// Trains as the child that the parent starts and kills; alone it does nothing.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        train(&PathBuf::from(folder));
    }
}

/// Does the same with a network of pairs.
#[test]
fn child_with_pairs() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        train_pairs(&PathBuf::from(folder));
    }
}

fn start(child: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("run::kill::{child}")])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process")
}

/// Checkpoints that are there; each must be whole.
fn readable<N: Layer>(folder: &Path) -> usize {
    let files = ["run.safetensors", "run.previous.safetensors"].map(|name| folder.join(name));
    let there: Vec<_> = files.iter().filter(|path| path.exists()).collect();
    for path in &there {
        Model::<N>::load(path).expect("a checkpoint that can be read");
    }
    there.len()
}

/// Kills children at random moments, and compares what their runs end in with a run that nobody kills.
fn kill<N: Layer>(child: &str, train: fn(&Path) -> (Model<N>, History)) {
    let kills: usize = std::env::var("PLYWOOD_KILLS").map_or(8, |text| text.parse().expect("a number"));
    let began = Instant::now();
    let folder = scratch(&format!("kill-unbroken-{child}"));
    assert!(start(child, &folder).wait().expect("a process").success());
    let length = began.elapsed();
    let expected = train(&folder);
    assert_eq!(expected.1.resumed.as_ref().map(|resumed| resumed.steps), Some(60));
    let expected = bits_of(&expected.0, &expected.1);

    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut within = 0;
    for kill in 0..kills {
        let folder = scratch(&format!("kill-{child}"));
        let mut process = start(child, &folder);
        std::thread::sleep(length.mul_f64(rng.random_range(0.0..1.0)));
        process.kill().expect("a kill");
        process.wait().expect("a process");
        let files = readable::<N>(&folder);
        let (model, report) = train(&folder);
        let steps = report.resumed.as_ref().map_or(0, |resumed| resumed.steps);
        within += usize::from(steps > 0 && steps < 60);
        assert_eq!(files > 0, report.resumed.is_some());
        assert!(bits_of(&model, &report) == expected, "kill {kill}, after {steps} steps");
    }
    eprintln!("{kills} kills, {within} of them within the run: all ended in the same bits");
    assert!(2 * within >= kills, "only {within} of {kills} were killed within the run");
}

#[test]
fn a_run_killed_at_any_moment_ends_in_the_same_bits() {
    kill("child", train);
}

#[test]
fn a_run_with_pairs_killed_at_any_moment_ends_in_the_same_bits() {
    kill("child_with_pairs", train_pairs);
}
