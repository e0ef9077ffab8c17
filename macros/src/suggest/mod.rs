//! Guesses what a user may have meant by a word or a layer in another form than here. It takes tokens and lists, and
//! knows nothing about networks: the code that reads networks asks here.

pub(crate) mod elsewhere;
pub(crate) mod foreign;

use crate::keyword::names;
use crate::suggest::elsewhere::absent;

/// Returns the keyword that a word probably stands for: a typing error, or the name in other libraries.
pub(crate) fn meant(word: &str) -> Option<&'static str> {
    let given = names().find(|name| *name == word);
    given.or_else(|| elsewhere::layer(word)).or_else(|| near(word))
}

/// Returns the keyword that a typing error may have turned into a word.
pub(crate) fn near(word: &str) -> Option<&'static str> {
    nearest(word, names()).filter(|_| absent(word).is_none())
}

/// Returns the nearest of some words, if it is near enough to be a typing error: at most a third of the letters differ,
/// and at least one may.
pub(crate) fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    words
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Counts the letters to insert, delete, replace or exchange with their neighbor (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_the_keys() {
        let words = || ["dense", "relu", "sigmoid", "tanh", "flatten", "dropout"].into_iter();
        for (word, expected) in [
            ("rellu", Some("relu")),
            ("reul", Some("relu")),
            ("Dense", Some("dense")),
            ("dnese", Some("dense")),
            ("droput", Some("dropout")),
            ("flaten", Some("flatten")),
            ("conv", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words()), expected, "{word}");
        }
    }

    #[test]
    fn counts_edits() {
        for (a, b, expected) in [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "xbcd", 2)] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }
}
