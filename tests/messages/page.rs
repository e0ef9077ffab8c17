//! The page of common mistakes shows the real messages.

use std::path::Path;
use std::{env, fs};

use crate::snapshot::{Case, cases};

/// The page with, after each comment that names a case, its program and what the compiler says of it.
fn renewed(page: &str, cases: &[Case]) -> String {
    let mut renewed = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        renewed.push_str(line);
        renewed.push('\n');
        let Some(name) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) else {
            continue;
        };
        let case = cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case `{name}`"));
        let program = case.source.split("\nfn main()").next().unwrap_or_default().trim_end();
        let snapshot = case.snapshot.trim_end();
        for text in ["\n```text\n", program, "\n```\n\n```text\n", snapshot, "\n```\n"] {
            renewed.push_str(text);
        }
        // what was there before
        while lines.peek().is_some_and(|line| !line.starts_with("## ")) {
            lines.next();
        }
        if lines.peek().is_some() {
            renewed.push('\n');
        }
    }
    renewed
}

/// `TRYBUILD=overwrite` writes the page anew, as it does the snapshots.
#[test]
fn shows_the_real_messages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reading-the-errors.md");
    let page = fs::read_to_string(&path).unwrap();
    let renewed = renewed(&page, &cases());
    assert!(renewed.matches("\n## ").count() >= 10, "fewer than ten mistakes");
    if env::var("TRYBUILD").is_ok_and(|mode| mode == "overwrite") {
        fs::write(&path, &renewed).unwrap();
    } else {
        assert_eq!(
            page, renewed,
            "TRYBUILD=overwrite cargo test -p plywood-tests --test messages writes the page anew"
        );
    }
}

#[test]
fn replaces_what_was_there() {
    let case = |name: &str| Case {
        name: name.to_owned(),
        source: "network! {}\n\nfn main() {}\n".to_owned(),
        snapshot: format!("error: {name}\n"),
        errors: Vec::new(),
    };
    let page = "# P\n\n<!-- a -->\n\nold\n\n## B\n\n<!-- b -->\n";
    let expected = "# P\n\n<!-- a -->\n\n```text\nnetwork! {}\n```\n\n```text\nerror: a\n```\n\n## B\n\n<!-- b -->\n\n\
                    ```text\nnetwork! {}\n```\n\n```text\nerror: b\n```\n";
    let cases = [case("a"), case("b")];
    assert_eq!(renewed(page, &cases), expected);
    assert_eq!(renewed(expected, &cases), expected);
}
