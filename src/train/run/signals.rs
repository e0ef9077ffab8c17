//! Handles the signals by which a terminal, a system shutting down or a job scheduler asks a program to end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The exit status of a program that is told to end a second time.
const STATUS: i32 = 130;

/// Sets `asked` when the program is told to end, and ends it at once if `asked` was already set.
///
/// Signals that the program was started to ignore stay ignored: a program under `nohup` must outlive the terminal, and
/// Ctrl-C for a script's foreground program must not end its background programs. Handlers that the program installed
/// before are called too.
#[cfg(unix)]
pub(crate) fn on_end(asked: &Arc<AtomicBool>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_shutdown};

    for (signal, name) in [(SIGINT, "INT"), (SIGTERM, "TERM"), (SIGHUP, "HUP")] {
        if !is_ignored(signal, name) {
            // this handler comes first, since it must not see what the second one sets
            register_conditional_shutdown(signal, STATUS, Arc::clone(asked))?;
            register(signal, Arc::clone(asked))?;
        }
    }
    Ok(())
}

/// Returns true if the program was started to ignore a signal, as far as the system reports it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_ignored(signal: i32, _: &str) -> bool {
    // a mask in hexadecimal digits, with signal 1 in the lowest bit
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn is_ignored(_: i32, name: &str) -> bool {
    outlived_by_a_shell(name)
}

/// Returns true if a shell survives a signal because it ignores what its parent program ignores.
#[cfg(all(unix, any(test, not(any(target_os = "linux", target_os = "android")))))]
fn outlived_by_a_shell(name: &str) -> bool {
    let mut shell = std::process::Command::new("/bin/sh");
    let status = shell.args(["-c", &format!("kill -s {name} $$")]).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(not(unix))]
pub(crate) fn on_end(asked: &Arc<AtomicBool>) -> io::Result<()> {
    use std::sync::atomic::Ordering;

    let asked = Arc::clone(asked);
    let handler = move || {
        if asked.swap(true, Ordering::AcqRel) {
            std::process::exit(STATUS);
        }
    };
    ctrlc::try_set_handler(handler).map_err(io::Error::other)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn ignored_signals_are_found_either_way() {
        /// The signals that a process of this test should find ignored.
        const EXPECTED: &str = "PLYWOOD_TEST_IGNORED";
        const SIGNALS: [(i32, &str); 3] = [(1, "HUP"), (2, "INT"), (15, "TERM")];
        if let Ok(expected) = std::env::var(EXPECTED) {
            for (signal, name) in SIGNALS {
                let found = [is_ignored(signal, name), outlived_by_a_shell(name)];
                assert_eq!(found, [expected.contains(name); 2], "{name} of {expected:?}");
            }
            return;
        }
        let coreutils = Command::new("env").args(["--default-signal=INT", "true"]).output();
        if !coreutils.is_ok_and(|outcome| outcome.status.success()) {
            eprintln!("skipped: `env` does not know `--default-signal`");
            return;
        }
        for ignored in ["", "HUP", "INT", "TERM", "HUP,INT", "HUP,INT,TERM"] {
            let mut process = Command::new("env");
            process.arg("--default-signal=INT,TERM,HUP");
            if !ignored.is_empty() {
                process.arg(format!("--ignore-signal={ignored}"));
            }
            let outcome = process
                .arg(std::env::current_exe().expect("this program's path"))
                .args(["--exact", "train::run::signals::tests::ignored_signals_are_found_either_way"])
                .env(EXPECTED, ignored)
                .output()
                .expect("a process");
            let [output, errors] =
                [&outcome.stdout, &outcome.stderr].map(|text| String::from_utf8_lossy(text));
            assert!(outcome.status.success() && output.contains("1 passed"), "{ignored}: {output}\n{errors}");
        }
    }
}
