//! Does to a program what a message says would help.
//!
//! It knows the forms of help that the macro writes, and no more of the language than where brackets end.

use std::collections::HashMap;
use std::ops::Range;

/// A change of a program: instead of these bytes, this text.
#[derive(Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) bytes: Range<usize>,
    pub(crate) text: String,
}

/// Returns the change that a help message asks for at the blamed place, or `None` if it has no known form.
pub(crate) fn change(help: &str, source: &str, blamed: Range<usize>) -> Option<Change> {
    let values = values(source);
    let code = |before: &str, after: &str| {
        let (code, rest) = help.strip_prefix(before)?.strip_prefix('`')?.split_once('`')?;
        let rest = rest.strip_prefix(after)?;
        (rest.is_empty() || rest.starts_with(", ")).then(|| fill(code, &values))
    };
    let insert = |at: usize, text: String| Some(Change { bytes: at..at, text });
    if let Some(code) = code("write ", " for its shortcut") {
        let body = braces(source, blamed.end);
        let shortcut = braces(source, body.end);
        return Some(Change { bytes: body.end..shortcut.end, text: format!(" {code}") });
    }
    if let Some(code) = code("write ", "").or_else(|| code("did you mean ", "?")) {
        return Some(Change { bytes: blamed, text: code });
    }
    if let Some(code) = code("add ", " before this layer") {
        return insert(before_label(source, blamed.start), format!("{code}, "));
    }
    if let Some(code) = code("add ", " before it") {
        return insert(blamed.start, format!("{code} "));
    }
    if let Some(code) = code("add ", " after it") {
        return insert(blamed.end, format!(" {code}"));
    }
    if let Some(code) = code("add ", " after its braces") {
        return insert(braces(source, blamed.end).end, format!(" {code}"));
    }
    if let Some(code) = code("add ", " to its arguments") {
        let arguments = arguments(source, blamed);
        let comma = if source[arguments.start + 1..arguments.end - 1].trim().is_empty() { "" } else { ", " };
        return insert(arguments.end - 1, format!("{comma}{code}"));
    }
    let rest = help.strip_prefix("remove it")?;
    (rest.is_empty() || rest.starts_with(", "))
        .then(|| Change { bytes: superfluous(source, blamed), text: String::new() })
}

/// The program after some changes.
pub(crate) fn changed(source: &str, mut changes: Vec<Change>) -> String {
    changes.sort_by_key(|change| std::cmp::Reverse(change.bytes.start));
    let mut text = source.to_owned();
    for Change { bytes, text: code } in changes {
        text.replace_range(bytes, &code);
    }
    text
}

/// Returns the values that only the user knows: `// HEIGHT = 28, WIDTH = 28` at the end of a case.
fn values(source: &str) -> HashMap<&str, &str> {
    let comment = source.lines().last().and_then(|line| line.strip_prefix("// ")).unwrap_or_default();
    comment.split(", ").filter_map(|value| value.split_once(" = ")).collect()
}

/// Puts in the values.
fn fill(code: &str, values: &HashMap<&str, &str>) -> String {
    let mut filled = String::new();
    for part in code.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let word = part.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        filled.push_str(values.get(word).unwrap_or(&word));
        filled.push_str(&part[word.len()..]);
    }
    filled
}

/// Before the label of a layer that begins here, if it has one.
fn before_label(source: &str, start: usize) -> usize {
    let before = source[..start].trim_end();
    let Some(label) = before.strip_suffix(':') else { return start };
    let label = label.trim_end();
    label.len() - label.chars().rev().take_while(|letter| letter.is_alphanumeric() || *letter == '_').count()
}

/// The next braces and all in them.
fn braces(source: &str, from: usize) -> Range<usize> {
    let start = from + source[from..].find('{').unwrap_or_else(|| panic!("no braces after {from}: {source}"));
    start..closed(source, start)
}

/// Returns the place at which the bracket that opens here is closed.
fn closed(source: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in source[start..].char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return start + at + 1;
        }
    }
    panic!("not closed: {source}");
}

/// The round brackets after a keyword, or around an argument.
fn arguments(source: &str, blamed: Range<usize>) -> Range<usize> {
    if source[blamed.end..].starts_with('(') {
        return blamed.end..closed(source, blamed.end);
    }
    let mut starts = source[..blamed.start].rmatch_indices('(').map(|(at, _)| at);
    let start = starts.find(|start| closed(source, *start) >= blamed.end);
    start.map_or_else(
        || panic!("no arguments around {blamed:?}: {source}"),
        |start| start..closed(source, start),
    )
}

/// The blamed tokens, with the brackets of a layer, and with the comma after them where one is left before them or
/// nothing is.
fn superfluous(source: &str, blamed: Range<usize>) -> Range<usize> {
    let mut end = blamed.end;
    if source[end..].starts_with('(')
        && source[blamed.clone()].chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    {
        end = closed(source, end);
    }
    let separated = source[..blamed.start].trim_end().ends_with([',', '(', '[', '{']);
    let spaces = source[end..].len() - source[end..].trim_start().len();
    if separated && source[end + spaces..].starts_with(',') {
        end += spaces + 1;
    }
    blamed.start..end
}

#[test]
fn every_form() {
    for (source, blamed, help, expected) in [
        ("dense(1.0)", "1.0", "write `1`, or another", "dense(1)"),
        ("dnese(1)", "dnese", "did you mean `dense`?", "dense(1)"),
        ("relu, last: dense(1)", "dense", "add `flatten` before this layer", "relu, flatten, last: dense(1)"),
        ("relu dense(1)", "dense", "add `,` before it", "relu , dense(1)"),
        (
            "relu, dense\n// OUTPUTS = 3",
            "dense",
            "add `(OUTPUTS)` after it",
            "relu, dense (3)\n// OUTPUTS = 3",
        ),
        (
            "residual { a { b } }, c",
            "residual",
            "add `shortcut { d }` after its braces",
            "residual { a { b } } shortcut { d }, c",
        ),
        (
            "conv(6, (5, 5)), x",
            "(5, 5)",
            "add `pad = same` to its arguments",
            "conv(6, (5, 5), pad = same), x",
        ),
        ("conv(), x", "conv", "add `a = 1` to its arguments", "conv(a = 1), x"),
        (
            "residual { a } shortcut { b }, c",
            "residual",
            "write `shortcut { d }` for its shortcut, or c",
            "residual { a } shortcut { d }, c",
        ),
        ("a, softmax(1), b", "softmax", "remove it", "a,  b"),
        ("a(1, 2)", "2", "remove it", "a(1, )"),
        ("a { b }, c", "{ b }", "remove it", "a , c"),
        ("a,, c", ",", "remove it", "a, c"),
    ] {
        let start = source.find(blamed).unwrap();
        let change = change(help, source, start..start + blamed.len());
        let change = change.unwrap_or_else(|| panic!("unknown: {help}"));
        assert_eq!(changed(source, vec![change]), expected, "{source}: {help}");
    }
    assert_eq!(change("change one of the two", "a", 0..1), None);
    assert_eq!(change("write `b` somewhere", "a", 0..1), None);
}
