//! Finds the name that a misspelled one probably stands for.

/// The longest name in bytes, and the largest count of names, that are compared: names come from files too, and the
/// work grows with the square of the length.
pub(crate) const LONGEST: usize = 128;
const MOST: usize = 10_000;

/// Returns the nearest of some names, if it is near enough to be a typing error: at most a third of the letters differ,
/// and at least one may. Names of more than [`LONGEST`] bytes are near to none.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let letters = name.chars().count();
    let near = names.filter(|candidate| candidate.len() <= LONGEST).take(MOST).filter_map(|candidate| {
        let count = candidate.chars().count();
        let most = (count / 3).max(1);
        // each letter more or less is an edit
        let distance = (letters.abs_diff(count) <= most).then(|| distance(name, candidate))?;
        (distance <= most).then_some((distance, candidate))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Counts the letters to insert, delete or replace (Levenshtein 1966), and those that are exchanged with their
/// neighbor.
fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|text| text.chars().collect::<Vec<_>>());
    let (mut earlier, mut last): (_, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(earlier[j - 2] + 1);
            }
            row.push(best);
        }
        earlier = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_keys_are_found() {
        let names = || ["trunk", "head", "trunk.conv1", "fc1"].into_iter();
        for (name, expected) in [
            ("trnuk", Some("trunk")),
            ("heads", Some("head")),
            ("trunk.conv2", Some("trunk.conv1")),
            ("fc", Some("fc1")),
            ("body", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, names()), expected, "{name}");
        }
    }

    #[test]
    fn names_without_end_are_near_to_none() {
        let long = ".".repeat(1 << 20);
        assert_eq!(nearest(&long, [long.as_str()].into_iter()), None);
        assert_eq!(nearest("trnuk", [long.as_str(), "trunk"].into_iter()), Some("trunk"));
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, expected) in [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "xbcd", 2)] {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }
}
