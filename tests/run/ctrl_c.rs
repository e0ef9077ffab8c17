//! Ctrl-C, as the system sends it to a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use plywood::train::{Callback, Control, Interrupt, StepEnd};
use plywood::{Layer, Result};

use super::*;

/// Where the child is to train.
const FOLDER: &str = "PLYWOOD_CTRL_C_FOLDER";

/// Takes its time, and says in a file when it has begun.
struct Slow(PathBuf);

impl<N: Layer, T: Scalar> Callback<N, T> for Slow {
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        if step.steps_taken == 3 {
            std::fs::write(&self.0, "").expect("a file");
        }
        std::thread::sleep(Duration::from_millis(100));
        Ok(Control::Continue)
    }
}

/// What the parent starts, and interrupts; by itself it does nothing.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let interrupt = Interrupt::on_ctrl_c().expect("the only handler");
    let again = Interrupt::on_ctrl_c().expect("the same handler");
    let (train, validation) = data();
    let mut model = Model::<Noisy>::new(1);
    let trainer = trainer().interrupt(&interrupt).checkpoint(folder.join("run.safetensors"));
    let mut slow = Slow(folder.join("begun"));
    let report = trainer.fit_with(&mut model, &train, Some(&validation), &mut slow).expect("a good run");
    assert!(again.is_set());
    std::fs::write(folder.join("report"), report.to_string()).expect("a file");
}

fn wait_for(path: &Path) {
    for _ in 0..600 {
        if path.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no {} after a minute", path.display());
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_training_after_the_step_and_says_how_to_go_on() {
    let folder = scratch("ctrl-c");
    // as a shell starts it, whatever these tests were told to ignore
    let mut child = Command::new("env")
        .arg("--default-signal=INT,TERM,HUP")
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "ctrl_c::child"])
        .env(FOLDER, &folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    wait_for(&folder.join("begun"));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    assert!(child.wait().expect("a process").success());

    let path = folder.join("run.safetensors");
    let report = std::fs::read_to_string(folder.join("report")).expect("a report");
    let end = format!(" steps; Trainer::resume goes on from {}", path.display());
    assert!(report.contains("; interrupted after ") && report.ends_with(&end), "{report}");

    let (train, validation) = data();
    let mut model = Model::new(5);
    let report =
        trainer().checkpoint(&*path).resume(&mut model, &train, Some(&validation)).expect("a good run");
    let steps = report.resumed.as_ref().expect("it goes on").steps;
    assert!((3..30).contains(&steps), "{steps}");
    assert!(bits(&model, &report) == unbroken());
}
