//! Programs that are to compile.
//!
//! They are checked, not built: all that the library says of a network, it says to `cargo check`, as `trybuild` has it say
//! of the cases.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Has cargo check programs as those of one package, with whatever they depend on checked once.
pub(crate) fn check(name: &str, programs: &[PathBuf]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    let package = folder.join(name);
    fs::create_dir_all(&package).unwrap();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock"), package.join("Cargo.lock"))
        .unwrap();
    fs::write(package.join("Cargo.toml"), manifest(name, programs)).unwrap();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["check", "--offline", "--quiet", "--bins", "--keep-going"]);
    let output = cargo.current_dir(&package).env("CARGO_TARGET_DIR", folder.join("target")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn manifest(name: &str, programs: &[PathBuf]) -> String {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let library = library.display();
    let mut manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nplywood = {{ path = '{library}', features = [\"csv\", \"image\", \"npz\", \"tensorboard\"] }}\n"
    );
    for program in programs {
        let (name, path) = (program.file_stem().unwrap().display(), program.display());
        // literal strings of TOML, in which backslashes are backslashes
        let _ = write!(manifest, "\n[[bin]]\nname = '{name}'\npath = '{path}'\n");
    }
    manifest
}
