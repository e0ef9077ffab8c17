//! Tables: CSV files with a header line.
//!
//! Each line is an example: one column names its class, the others are numbers. Cells may be quoted and blanks around
//! them are dropped (RFC 4180 otherwise); the delimiter is a comma.

use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::source::Source;
use super::{Examples, by_name};
use crate::{Dims, Flat, Result, Shape};

/// A table's examples, the names of their classes by label, and of the columns by the order of an example's numbers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Table<const N: usize> {
    /// The lines.
    pub examples: Examples<Flat<N>>,
    /// What the column of classes holds, sorted: label i is `classes[i]`.
    pub classes: Vec<String>,
    /// The names of the other columns.
    pub columns: Vec<String>,
}

/// Reads a file, plain or compressed with gzip; `class` is the name of the column that names the class.
///
/// ```no_run
/// use plywood::data::table;
///
/// let iris = table::load::<4>("iris.csv", "species")?;
/// assert_eq!(iris.classes, ["setosa", "versicolor", "virginica"]);
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when it cannot be read, [`Error::Format`](crate::Error::Format), with the line, when
/// there is no such column, when there are not `N` others, or when a cell is not a finite number.
pub fn load<const N: usize>(path: impl AsRef<Path>, class: &str) -> Result<Table<N>> {
    of(Source::open(path.as_ref())?, class)
}

/// Reads from anything that gives bytes; messages call it `table`.
///
/// ```
/// use plywood::data::table;
///
/// let text = "length, width, species\n1.5, 2, rose\n3, 4e-1, lily\n";
/// let flowers = table::read::<2>(text.as_bytes(), "species")?;
/// assert_eq!(flowers.classes, ["lily", "rose"]);
/// assert_eq!((flowers.examples.example(0), flowers.examples.label(0)), ([1.5, 2.0], 1));
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// As [`load`].
pub fn read<const N: usize>(text: impl Read, class: &str) -> Result<Table<N>> {
    of(Source::of("table", text)?, class)
}

fn of<const N: usize>(mut source: Source<'_>, class: &str) -> Result<Table<N>> {
    // all of it: lines are told apart only by reading what is quoted
    let text = source.read(usize::MAX)?;
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(&text[..]);
    let header = reader.headers().map_err(|error| wrong(&source, &text, &error))?.clone();
    let Some(target) = header.iter().position(|name| name == class) else {
        let found = header.iter().collect::<Vec<_>>().join(", ");
        return Err(source.error("header", format!("[{found}]"), format!("a column `{class}` among them")));
    };
    let others = header.len() - 1;
    if others != N {
        let expected = format!("{N}, the numbers of an example of shape {}", Dims::Flat(Flat::<N>::LEN));
        return Err(source.error(&format!("columns beside `{class}`"), others.to_string(), expected));
    }
    let (mut numbers, mut names) = (Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| wrong(&source, &text, &error))? {
        for (column, cell) in record.iter().enumerate() {
            if column == target {
                names.push(cell.to_owned());
                continue;
            }
            match cell.parse::<f32>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => {
                    let name = header.get(column).unwrap_or_default();
                    let line = line(&text, record.position());
                    let what = format!("line {line}, column `{name}`");
                    return Err(source.error(&what, format!("`{cell}`"), "a finite number"));
                }
            }
        }
    }
    if names.is_empty() {
        return Err(source.error("lines after the header", "0", "at least 1"));
    }
    let mut classes = names.clone();
    classes.sort_unstable_by(|a, b| by_name(a, b));
    classes.dedup();
    let label = |name: &String| classes.binary_search_by(|class| by_name(class, name)).unwrap_or_default();
    let labels = names.iter().map(label).collect();
    let columns = header.iter().enumerate().filter(|(at, _)| *at != target).map(|(_, name)| name.to_owned());
    Ok(Table { examples: Examples::from_numbers(numbers, labels)?, columns: columns.collect(), classes })
}

/// The line where a record begins, from 1. The reader's own is that of the record before where lines end in CR LF or are
/// empty, since it takes the rest of a line's end, and empty lines, for the next record's.
fn line(text: &[u8], position: Option<&csv::Position>) -> usize {
    let start =
        position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0).min(text.len());
    let skipped = text[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let before = &text[..start + skipped];
    let next = before.iter().skip(1).map(Some).chain([None]);
    // alone, a carriage return ends a line too
    let ends = before.iter().zip(next).filter(|&(&byte, next)| match byte {
        b'\n' => true,
        b'\r' => next != Some(&b'\n'),
        _ => false,
    });
    ends.count() + 1
}

/// What is wrong with the text itself.
fn wrong(source: &Source<'_>, text: &[u8], error: &csv::Error) -> crate::Error {
    let line = line(text, error.position());
    let (found, expected) = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (format!("{len} cells"), format!("{expected_len}, one for each column"))
        }
        csv::ErrorKind::Utf8 { .. } => ("bytes that are not UTF-8".to_owned(), "text".to_owned()),
        _ => (error.to_string(), "a CSV file with a header line".to_owned()),
    };
    source.error(&format!("line {line}"), found, expected)
}
