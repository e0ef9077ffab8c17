//! Tests the compiler's messages. The cases under `tests/ui/`, one file for each mistake, get the messages beside them,
//! and these keep their promises: one error for one mistake, nothing private in it, and a mend that compiles.

mod mend;
mod page;
mod programs;
mod snapshot;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use snapshot::{Case, Message, cases};

/// The cases with several mistakes: so many errors.
const SEVERAL: &[(&str, usize)] = &[
    ("batch_norm_momentum", 4),
    ("block_unknown", 2),
    ("block_without_comma", 2),
    ("budget_memory", 2),
    ("budget_misplaced", 2),
    ("budget_unknown", 7),
    // the method that begins a run is said to be missing where the run cannot be
    ("loss_forgotten", 2),
    ("loss_of_other_maps", 2),
    ("loss_of_other_outputs", 2),
    // four networks and a constant
    ("multiplications_uncountable", 5),
    ("class_of_others", 2),
    ("concat_single", 2),
    ("constant_of_other_type", 2),
    // where several layers are paths, one that is no layer is blamed a second time, over all of them
    ("custom_in_block", 3),
    // each call is a circle of its own to the compiler
    ("cycle_over_two_calls", 2),
    ("dropout_decimals", 2),
    ("dropout_last_hidden", 11),
    ("dropout_of_one", 2),
    ("dropout_percent", 2),
    ("dropout_tiny", 3),
    ("empty_block", 5),
    ("flatten_of_parameter_channels", 2),
    ("kernel_pair_of_three", 2),
    ("l2_normalize", 2),
    ("label_of_another_layer", 3),
    ("label_of_every_network", 2),
    ("labels_of_others", 3),
    ("layer_of_ones_own_as_a_value", 9),
    ("layers_after_a_generic_path", 2),
    ("layers_of_others", 17),
    ("layers_that_nobody_has_here", 8),
    ("layers_with_something_nearest", 6),
    ("missing_argument", 2),
    ("mistake_in_block_and_after", 4),
    ("mistakes_in_two_networks", 2),
    ("norm_of_constants", 2),
    ("norm_of_single_numbers", 2),
    ("option_misspelled", 2),
    ("repeat_zero", 4),
    ("repeated_keyword_option", 2),
    ("reshape_sizes", 2),
    ("residual_without_body", 4),
    ("several", 6),
    ("square_brackets", 2),
    ("stride_zero", 2),
    ("too_many_arguments", 2),
    ("tuple_residual", 2),
    ("unknown_layer", 2),
    ("unknown_option", 2),
    ("word_misspelled", 4),
    ("words_of_others", 10),
];

/// The cases of types that are written by hand, where the compiler's own words are around ours.
fn by_hand(case: &Case) -> bool {
    !case.source.contains("network!")
}

/// `cargo check` is to report it, so no case is built.
#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn networks() {
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pass")).unwrap();
    let paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 3);
    programs::check("networks", &paths);
}

#[test]
fn there_are_enough_cases() {
    assert!(cases().len() >= 60);
}

#[test]
fn one_mistake_is_one_error() {
    for case in cases() {
        let known = SEVERAL.iter().find(|(name, _)| *name == case.name);
        let expected = known.map_or(1, |(_, errors)| *errors);
        assert_eq!(case.errors.len(), expected, "{}:\n{}", case.name, case.snapshot);
    }
    for (name, _) in SEVERAL {
        assert!(cases().iter().any(|case| case.name == *name), "there is no case `{name}`");
    }
}

/// A message blames tokens of the user's, and less than all of them.
#[test]
fn each_error_blames_a_place_in_the_program() {
    for case in cases() {
        for message in &case.errors {
            let blamed = message.blamed.clone().unwrap_or_else(|| {
                assert!(by_hand(&case), "{} blames nothing of its program:\n{}", case.name, case.snapshot);
                0..1
            });
            let tokens = &case.source[blamed];
            let whole = tokens.contains("network!");
            // where there is nothing, the call is all that there is
            assert!(!whole || case.name == "nothing", "{} blames `{tokens}`", case.name);
        }
    }
}

#[test]
fn nothing_private_is_shown() {
    const PRIVATE: &[&str] = &[
        "UInt<",
        "UTerm",
        "typenum",
        "Holds`",
        "__PLYWOOD",
        "__GIVEN",
        "__Plywood",
        "plywood::pair::",
        "plywood::layer::",
        "plywood::proof",
        "geometry::",
        "plywood_macros",
        "Adapt<",
        "Gives<",
        "Labeled<",
        "Broken<",
        // lines of the standard library differ where `rust-src` is installed
        "$RUST",
        "/rustc/",
    ];
    /// The beginnings of paths of the library that users of `network!` never wrote.
    const PATHS: &[&str] = &["__", "expansion", "proof"];
    for case in cases() {
        for private in PRIVATE {
            assert!(!case.snapshot.contains(private), "{} shows `{private}`:\n{}", case.name, case.snapshot);
        }
        let words = case.snapshot.split(|letter: char| !letter.is_alphanumeric() && !"_:$".contains(letter));
        let paths = words.filter(|word| word.contains("::") || word.starts_with("__"));
        for part in paths.flat_map(|path| path.split("::")).filter(|_| !by_hand(&case)) {
            let private =
                PATHS.iter().any(|private| part.starts_with(private)) && !part.trim_matches('_').is_empty();
            assert!(!private, "{} shows `{part}`:\n{}", case.name, case.snapshot);
        }
    }
}

/// A message of the macro is short enough to be read.
#[test]
fn no_message_is_a_page_long() {
    for case in cases().iter().filter(|case| !by_hand(case)) {
        let lines = case.snapshot.lines().count();
        assert!(lines <= 25 * case.errors.len(), "{}: {lines} lines\n{}", case.name, case.snapshot);
        for message in &case.errors {
            for line in message.lines.iter().filter(|line| !line.starts_with("known layers:")) {
                assert!(line.chars().count() <= 200, "{}: {line}", case.name);
            }
        }
    }
}

/// A message without what differs from network to network.
fn pattern(message: &Message) -> String {
    let quoted = message.lines.concat();
    let outside: String = quoted.split('`').step_by(2).collect();
    let outside: String = outside.chars().filter(|letter| !letter.is_numeric() && *letter != '×').collect();
    // the block that a layer stands in
    outside.replace(" of the  at layer ", "")
}

/// Every mend, done to its program, makes it compile: all of them in one program. Where one of several mistakes has no mend, the program cannot
/// compile: there the mends are those of other cases.
#[test]
fn mends_compile() {
    let mut modules = String::from("#![allow(dead_code, unused)]\n");
    let (mut tested, mut untested) = (BTreeSet::new(), Vec::new());
    let mut count = 0;
    for case in cases() {
        let helped: Vec<&Message> = case
            .errors
            .iter()
            .filter(|message| message.help().is_some() && message.blamed.is_some())
            .collect();
        let changes: Vec<mend::Change> = helped
            .iter()
            .filter_map(|message| {
                let (help, blamed) = (message.help()?, message.blamed.clone()?);
                // the compiler's own advice, of types written by hand, is not ours
                let change = mend::change(help, &case.source, blamed);
                assert!(change.is_some() || by_hand(&case), "{}: unknown form of help `{help}`", case.name);
                change
            })
            .collect();
        if changes.is_empty() {
            continue;
        }
        if changes.len() < case.errors.len() {
            untested.extend(helped.iter().map(|message| (case.name.clone(), pattern(message))));
            continue;
        }
        count += 1;
        tested.extend(helped.iter().map(|message| pattern(message)));
        let program = mend::changed(&case.source, changes);
        modules.extend(["mod ", &case.name, " {\n", &program, "\n}\n"]);
    }
    untested.retain(|(_, pattern)| !tested.contains(pattern));
    assert!(untested.is_empty(), "mends that are in no case that compiles: {untested:#?}");
    assert!(count >= 60, "only {count} cases suggest a mend");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mended.rs");
    fs::write(&path, format!("{modules}fn main() {{}}\n")).unwrap();
    programs::check("mends", &[path]);
}
