//! Ctrl-C, as the system sends it to a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use plywood::train::{Callback, Control, Ended, Interrupt, StepEnd};
use plywood::{Layer, Result};

use super::*;

/// The variable with the folder in which the child trains.
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

/// Trains as the child that the parent starts and interrupts; alone it does nothing.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let interrupt = Interrupt::on_ctrl_c().expect("the only handler");
    let again = Interrupt::on_ctrl_c().expect("the same handler");
    let (train, validation) = data();
    let mut model = Model::<Noisy>::new(1);
    let trainer = trainer().interrupt(&interrupt).checkpoint(folder.join("run.safetensors"));
    let mut slow = Slow(folder.join("begun"));
    let report =
        trainer.run(&mut model, &train).validate(&validation).watch(&mut slow).fit().expect("a good run");
    assert_eq!(again.is_set(), report.ended == Ended::Interrupted);
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

/// Starts the child as `env` is told to, and interrupts it once it trains; its report, if it ended well.
#[cfg(target_os = "linux")]
fn interrupted(folder: &Path, start: &[&str], signal: &str) -> Option<String> {
    let mut child = Command::new("env")
        .args(start)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "run::ctrl_c::child"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    wait_for(&folder.join("begun"));
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    assert!(child.wait().expect("a process").success(), "{start:?}, {signal}");
    std::fs::read_to_string(folder.join("report")).ok()
}

#[cfg(target_os = "linux")]
#[test]
fn signals_that_are_not_ignored_save_the_run() {
    const DEFAULT: &str = "--default-signal=INT,TERM,HUP";

    // as `nohup` starts a program, as a script does in the background, and both
    let cases: [(&[&str], &str, bool); 4] = [
        (&[DEFAULT, "--ignore-signal=HUP"], "-TERM", true),
        (&[DEFAULT, "--ignore-signal=INT"], "-TERM", true),
        (&[DEFAULT, "--ignore-signal=INT,HUP"], "-TERM", true),
        (&[DEFAULT, "--ignore-signal=HUP"], "-HUP", false),
    ];
    for (start, signal, interrupts) in cases {
        let folder = scratch("signals");
        let report = interrupted(&folder, start, signal).expect("a report");
        assert_eq!(report.contains("; interrupted after "), interrupts, "{start:?}, {signal}: {report}");
        assert!(folder.join("run.safetensors").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_training_after_the_step_and_says_how_to_go_on() {
    let folder = scratch("ctrl-c");
    // as a shell starts it, whatever these tests were told to ignore
    let report = interrupted(&folder, &["--default-signal=INT,TERM,HUP"], "-INT").expect("a report");

    let path = folder.join("run.safetensors");
    let end = format!(" steps; `resume` continues from {}", path.display());
    assert!(report.contains("; interrupted after ") && report.ends_with(&end), "{report}");

    let (train, validation) = data();
    let mut model = Model::new(5);
    let report = trainer()
        .checkpoint(&*path)
        .run(&mut model, &train)
        .validate(&validation)
        .resume()
        .expect("a good run");
    let steps = report.resumed.as_ref().expect("it goes on").steps;
    assert!((3..30).contains(&steps), "{steps}");
    assert!(bits(&model, &report) == unbroken());
}
