//! Reads the names of a table's columns, and finds columns by name.

use std::borrow::Cow;

use super::columns::Column;
use super::records::Records;
use super::text::{check_delimiter, wrong};
use crate::core::Dims;
use crate::data::source::Source;
use crate::error::{Error, Result};

/// The names of the columns.
pub(super) struct Header<'a> {
    pub(super) names: Vec<Cow<'a, str>>,
}

impl<'a> Header<'a> {
    /// Reads the first line, which has each name once, and returns the positions of the target columns too.
    pub(super) fn read(
        source: &Source<'_>,
        text: &str,
        records: &mut Records<'a>,
        targets: &[String],
    ) -> Result<(Self, Vec<usize>)> {
        let mut names = Vec::new();
        records.next(&mut names, usize::MAX).map_err(|mistake| wrong(source, &mistake))?;
        let header = Self { names };
        if let Some(target) = targets.iter().find(|target| header.places(target).is_empty()) {
            check_delimiter(source, text, &header.names, target)?;
        }
        let targets = targets.iter().map(|target| header.find(source, target)).collect::<Result<_>>()?;
        check_distinct(source, &header.names)?;
        Ok((header, targets))
    }

    fn places(&self, name: &str) -> Vec<usize> {
        (0..self.names.len()).filter(|&column| self.names[column] == name).collect()
    }

    /// Returns the position of a column.
    pub(super) fn find(&self, source: &Source<'_>, name: &str) -> Result<usize> {
        let expected = match self.places(name)[..] {
            [place] => return Ok(place),
            [] => format!("a column `{name}` among them"),
            _ => format!("a single column `{name}`"),
        };
        Err(source.error("header", listed(&self.names), expected))
    }

    /// Returns an error about a cell with a wrong value.
    pub(super) fn refuse(
        &self,
        source: &Source<'_>,
        line: usize,
        column: usize,
        found: &str,
        expected: &str,
    ) -> Error {
        let what = format!("line {line}, column `{}`", self.names[column]);
        source.error(&what, format!("`{found}`"), expected)
    }
}

/// Checks that the numbers of an example, which have these names, are as many as its type says.
///
/// `beside` are the names of the columns that are no part of it.
pub(super) fn check_count<const N: usize>(
    source: &Source<'_>,
    names: &[impl AsRef<str>],
    beside: &[&str],
) -> Result<()> {
    if names.len() == N {
        return Ok(());
    }
    let what = format!("columns other than {}", quoted(beside));
    let found = match names.len() {
        0 => "none".to_owned(),
        count => format!("{count}, {}", listed(names)),
    };
    let expected = format!("{N}, the numbers of an example of shape {}", Dims::Flat(N));
    Err(source.error(&what, found, expected))
}

/// Refuses two numbers of an example with the same name, which a column and a category can give.
pub(super) fn check_names(source: &Source<'_>, columns: &[Column], names: &[String]) -> Result<()> {
    let mut sorted: Vec<usize> = Vec::new();
    source.reserve(&mut sorted, names.len())?;
    sorted.extend(0..names.len());
    sorted.sort_by_key(|&number| &names[number]);
    match sorted.windows(2).find(|pair| names[pair[0]] == names[pair[1]]) {
        Some(pair) => {
            let [first, second] = [pair[0], pair[1]].map(|number| origin(columns, number));
            let found = format!("two named `{}`: {first}, and {second}", shortened(&names[pair[0]]));
            Err(source.error("numbers of an example", found, "a name of its own for each"))
        }
        None => Ok(()),
    }
}

/// Describes the column, or the category, that a number of an example tells.
fn origin(columns: &[Column], number: usize) -> String {
    let mut rest = number;
    for column in columns {
        let name = shortened(column.name());
        match column {
            Column::Number { .. } if rest == 0 => return format!("the column `{name}`"),
            Column::OneHot { categories, .. } if rest < categories.len() => {
                return format!("the category `{}` of the column `{name}`", shortened(&categories[rest]));
            }
            Column::Number { .. } => rest -= 1,
            Column::OneHot { categories, .. } => rest -= categories.len(),
        }
    }
    unreachable!("each number belongs to a column")
}

/// Refuses two columns with the same name: only their order would tell them apart.
fn check_distinct(source: &Source<'_>, names: &[Cow<'_, str>]) -> Result<()> {
    let mut sorted: Vec<&str> = Vec::new();
    source.reserve(&mut sorted, names.len())?;
    sorted.extend(names.iter().map(AsRef::as_ref));
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let found = format!("the column `{}` twice", shortened(pair[0]));
            Err(source.error("header", found, "a name of its own for each column"))
        }
        None => Ok(()),
    }
}

/// Returns names of columns for a message, cut off when the list is too long to read.
fn listed(names: &[impl AsRef<str>]) -> String {
    match joined(names, "") {
        (text, true) => format!("[{text}, …], {} columns", names.len()),
        (text, false) => format!("[{text}]"),
    }
}

/// Returns names in backticks for a message, cut off when the list is too long to read.
pub(super) fn quoted(names: &[impl AsRef<str>]) -> String {
    match joined(names, "`") {
        (text, true) => format!("{text}, …, {} in all", names.len()),
        (text, false) => text,
    }
}

/// Returns names in quotes, or the first of many, and true if some are missing.
fn joined(names: &[impl AsRef<str>], quote: &str) -> (String, bool) {
    /// The number of letters that are shown at least, if there are that many.
    const ENOUGH: usize = 400;

    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        if text.len() >= ENOUGH {
            return (text, true);
        }
        text.push_str(if at == 0 { "" } else { ", " });
        text.extend([quote, &shortened(name.as_ref()), quote]);
    }
    (text, false)
}

/// Returns a name, or the beginning of a long one.
pub(super) fn shortened(name: &str) -> Cow<'_, str> {
    /// The number of letters of the longest name that is shown in full.
    const LONGEST: usize = 100;

    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}
