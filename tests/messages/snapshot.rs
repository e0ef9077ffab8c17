//! Reads the compiler's messages for a case under `tests/ui/` from its snapshot.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A mistake and what is said of it.
pub(crate) struct Case {
    /// The name of the file, without its ending.
    pub(crate) name: String,
    /// The program with the mistake.
    pub(crate) source: String,
    /// All that the compiler says.
    pub(crate) snapshot: String,
    /// The errors among it.
    pub(crate) errors: Vec<Message>,
}

/// One error.
pub(crate) struct Message {
    /// The lines of the message.
    pub(crate) lines: Vec<String>,
    /// The place that it blames, as bytes of the source; `None` if that lies in no file of the case.
    pub(crate) blamed: Option<Range<usize>>,
}

impl Message {
    /// Returns the help that the message offers.
    pub(crate) fn help(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix("help: "))
    }
}

/// All cases, by name.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    paths.sort();
    paths.iter().map(|path| case(path)).collect()
}

fn case(path: &Path) -> Case {
    let read =
        |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (source, snapshot) = (read(path), read(&path.with_extension("stderr")));
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let errors = errors(&snapshot, &source, &format!("ui/{name}.rs"));
    Case { name, source, snapshot, errors }
}

/// The errors of a snapshot.
fn errors(snapshot: &str, source: &str, file: &str) -> Vec<Message> {
    let lines: Vec<&str> = snapshot.lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| is_error(lines[*at])).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts.iter().zip(ends).map(|(start, end)| message(&lines[*start..end], source, file)).collect()
}

fn is_error(line: &str) -> bool {
    line.starts_with("error: ") || line.starts_with("error[")
}

fn message(lines: &[&str], source: &str, file: &str) -> Message {
    let place = lines.iter().position(|line| line.trim_start().starts_with("--> ")).unwrap_or(lines.len());
    let said = lines[..place].iter().enumerate().map(|(index, line)| match index {
        0 => line.split_once(": ").map_or(*line, |(_, said)| said),
        _ => line.trim_start(),
    });
    let said = said.map(|line| line.trim_start_matches("evaluation panicked: ").to_owned()).collect();
    let blamed = lines.get(place).and_then(|line| line.trim_start().strip_prefix("--> ")).and_then(|at| {
        let (line, column) = at.strip_prefix(file)?.strip_prefix(':')?.split_once(':')?;
        let start = offset(source, line.parse().ok()?, column.parse().ok()?);
        Some(start..end(&lines[place + 1..], source, start))
    });
    Message { lines: said, blamed }
}

/// The byte of a line and column, both from 1.
fn offset(source: &str, line: usize, column: usize) -> usize {
    let before: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let text = &source[before..];
    before + text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at)
}

/// Returns the end of the span that begins at `start`. It has as many bytes as there are signs below it, or, over
/// several lines, ends below the sign that closes the bracket at the left.
fn end(lines: &[&str], source: &str, start: usize) -> usize {
    for (index, line) in lines.iter().enumerate() {
        let Some(signs) = line.find('^') else { continue };
        if !line[..signs].contains('_') {
            let count = line[signs..].chars().take_while(|sign| *sign == '^').count();
            let text = &source[start..];
            return start + text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
        }
        if !line[..signs].contains("| |") {
            continue;
        }
        let above = lines[index - 1];
        let number = above.trim_start().split(' ').next().and_then(|number| number.parse().ok()).unwrap();
        // `3 | |     }` above `  | |_____^`: the bracket at the left takes two columns
        let left = line.find("| |").unwrap() + 3;
        return offset(source, number, signs - left + 2) - 1;
    }
    panic!("nothing is blamed: {lines:?}");
}

#[test]
fn reads_one_line() {
    let source = "network! {\n    a: dense(20),\n}\n";
    let snapshot = "error: layer 1: no\n       help: write `30`\n --> ui/x.rs:2:14\n  |\n2 |     a: dense(20),\n  |              ^^\n";
    let [message] = &errors(snapshot, source, "ui/x.rs")[..] else { panic!() };
    assert_eq!(message.lines, ["layer 1: no", "help: write `30`"]);
    assert_eq!(message.help(), Some("write `30`"));
    assert_eq!(&source[message.blamed.clone().unwrap()], "20");
}

#[test]
fn reads_several_lines() {
    let source = "Net: F {\n    }\nrest";
    let snapshot =
        "error[E0001]: no\n --> x.rs:1:8\n  |\n1 |   Net: F {\n  |  ________^\n2 | |     }\n  | |_____^\n";
    let [message] = &errors(snapshot, source, "x.rs")[..] else { panic!() };
    assert_eq!(&source[message.blamed.clone().unwrap()], "{\n    }");
}
