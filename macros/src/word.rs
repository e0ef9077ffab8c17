//! An argument that is one of some words.

use proc_macro2::TokenStream;

use crate::errors::Errors;
use crate::mend::{self, Mend};
use crate::nearest::nearest;
use crate::text::text;

/// The word of this library that one of another may mean: `Padding::Same`, `"SAME"`, `SamePad()`.
pub(crate) fn meant_by(found: &str) -> String {
    let bare = found.trim_matches('"').trim_end_matches("()");
    let last = bare.rsplit([':', '.']).next().unwrap_or(bare).to_lowercase();
    match &*last {
        "zeros" | "constant" => "zero".to_owned(),
        "edge" | "nearest" => "replicate".to_owned(),
        last => last.trim_end_matches("pad").to_owned(),
    }
}

/// One of some words. `others` says what else may stand there.
pub(crate) fn word_of(
    words: &[&'static str],
    tokens: &TokenStream,
    what: &str,
    others: &str,
    errors: &mut Errors,
) -> Option<&'static str> {
    if tokens.is_empty() {
        return None;
    }
    let found = text(tokens.clone());
    if let Some(word) = words.iter().find(|word| **word == found) {
        return Some(word);
    }
    let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let bare = found.trim_matches('"');
    let meant =
        nearest(bare, words.iter().copied()).or_else(|| nearest(&meant_by(&found), words.iter().copied()));
    let meant = meant.or(match bare {
        "1" if words.contains(&"true") => Some("true"),
        "0" if words.contains(&"false") => Some("false"),
        _ => None,
    });
    let help = match meant {
        Some(meant) if meant == bare => format!("{}, without quotes", Mend::Write(meant)),
        meant => mend::optional(meant.map(Mend::Meant)),
    };
    let known = known.join(" or ");
    errors.push(tokens, format!("{what} is {known}{others}: found `{found}`{help}"));
    words.iter().copied().find(|word| Some(*word) == meant)
}
