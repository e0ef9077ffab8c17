//! Tests that the folders of `src/` import in one direction.

use std::fs;
use std::path::{Path, PathBuf};

/// The files and folders of `src/`, from the ground up: each imports from its own line and from those above it.
const FOLDERS: &[&[&str]] = &[
    &["error", "random", "setting", "file", "functions", "spelling", "work_space"],
    &["core"],
    &["layers"],
    &["loss", "optim"],
    &["data"],
    &["model"],
    &["networks", "serve"],
    &["eval"],
    &["train"],
    &["report"],
    &["detect"],
    &["check"],
];

/// The files that only gather items under the paths that users and expansions write.
const PUBLIC: &[&str] = &["lib.rs", "layer.rs", "prelude.rs", "transfer.rs", "networks/expansion.rs"];

/// The macros of the library, which all lie at its root.
const MACROS: &[&str] = &["delegate_layer", "network"];

/// Returns the line of a file or folder in the table.
fn line_of(folder: &str) -> Option<usize> {
    FOLDERS.iter().position(|line| line.contains(&folder))
}

/// Returns the names that follow `crate::` in the code of a file, outside its tests and comments, with their lines.
fn imports(text: &str) -> Vec<(usize, &str)> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let found = lines.flat_map(|(number, line)| {
        line.match_indices("crate::").filter(|&(at, _)| !line[..at].ends_with('$')).map(move |(at, path)| {
            let rest = &line[at + path.len()..];
            (number + 1, rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        })
    });
    found.collect()
}

/// Returns what a file imports that it may not, given its path below `src/`.
fn against_the_table(path: &str, text: &str) -> Vec<String> {
    let own = path.split(['/', '.']).next().unwrap_or_default();
    let Some(own_line) = line_of(own) else { return vec![format!("{path}: `{own}` is not in the table")] };
    let found = imports(text).into_iter().filter_map(|(number, folder)| match line_of(folder) {
        Some(line) if line <= own_line => None,
        Some(_) => Some(format!("{path}:{number}: `{own}` imports from `{folder}`, which stands below it")),
        None if MACROS.contains(&folder) => None,
        None => Some(format!("{path}:{number}: `crate::{folder}` names no folder of the table")),
    });
    found.collect()
}

/// Calls `visit` for each source below a folder, but not for modules that are compiled for tests alone.
fn sources(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        if path.is_dir() {
            sources(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push((fs::read_to_string(&path).expect("a source"), path));
        }
    }
    for (text, path) in &texts {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let parent = path.parent().map(|folder| folder.with_extension("rs"));
        let parent = parent.and_then(|parent| fs::read_to_string(parent).ok()).unwrap_or_default();
        let declared = ["", "pub(crate) "].map(|public| format!("#[cfg(test)]\n{public}mod {name};"));
        let mut declaring = texts.iter().map(|(text, _)| text).chain([&parent]);
        let for_tests = declaring.any(|text| declared.iter().any(|declared| text.contains(declared)));
        if !for_tests {
            visit(path, text);
        }
    }
}

#[test]
fn folders_import_from_those_above_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let (mut wrong, mut files) = (Vec::new(), 0);
    sources(&root, &mut |path, text| {
        let path =
            path.strip_prefix(&root).expect("a file below `src/`").to_string_lossy().replace('\\', "/");
        if !PUBLIC.contains(&&*path) {
            wrong.extend(against_the_table(&path, text));
            files += 1;
        }
    });
    assert!(files > 150, "{files} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_that_runs_back_is_found() {
    let back = "use crate::core::Layer;\n// crate::train\nfn f() { crate::train::g() }\n#[cfg(test)]\nmod tests { use crate::check; }";
    let found = against_the_table("layers/dense.rs", back);
    assert_eq!(found, ["layers/dense.rs:3: `layers` imports from `train`, which stands below it"]);
    let root = against_the_table("data/split.rs", "use crate::{Dataset, Error};");
    assert_eq!(root, ["data/split.rs:1: `crate::` names no folder of the table"]);
    assert_eq!(against_the_table("stray.rs", ""), ["stray.rs: `stray` is not in the table"]);
    let allowed = "use crate::{error::Error};\nlet x = $crate::check::contract;";
    assert_eq!(
        against_the_table("check/mod.rs", &allowed.replace("{error::Error}", "error::Error")),
        [""; 0]
    );
}
