//! Reads tables: CSV files with a header line.
//!
//! Each line is an example: one column names its class, the others are numbers. Commas separate cells, and cells may be
//! quoted (RFC 4180). Blanks around a cell, and inside its quotes at both ends, are dropped. The text is UTF-8, with or
//! without a byte-order mark.
//!
//! Every number is finite, every line has a class, and labels are below the number of classes: anything else is an
//! error that names the line. Words for missing values, such as `NA`, are not numbers; in the column of classes they
//! are ordinary names. Numbers are kept as `f32`, to seven digits: from times in seconds since 1970, subtract the first
//! time beforehand.
//!
//! # A second table
//!
//! Labels are positions in the sorted names of the classes, so a table that lacks a class would be labeled differently,
//! and a table with its columns in another order would give other numbers. Read validation and test tables by the
//! first:
//!
//! ```
//! use plywood::data::table;
//!
//! let train = table::read::<2>("a,b,kind\n1,2,lily\n3,4,oak\n5,6,rose\n".as_bytes(), "kind")?;
//! let test = train.read_like("kind,b,a\nrose,6.5,5.5\n".as_bytes())?;
//! assert_eq!((test.examples.example(0), test.examples.label(0)), ([5.5, 6.5], 2));
//! assert!(train.read_like("a,b,kind\n1,2,elm\n".as_bytes()).is_err());
//! # Ok::<(), plywood::Error>(())
//! ```

use std::borrow::Cow;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::core::{Dims, Flat, Shape};
use crate::data::source::{Source, io_error};
use crate::data::{Examples, by_name, check_names};
use crate::error::{Error, Result};

mod records;

use records::{Mistake, Records, line_ends};

/// A table's examples, with the names of the classes by label and of the columns in the order of an example's numbers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Table<const N: usize> {
    /// The examples, one for each line.
    pub examples: Examples<Flat<N>>,
    /// The names of the classes: label i is `classes[i]`. They are the names in the column of classes, sorted, whole
    /// numbers by value; or those that the table was read by.
    pub classes: Vec<String>,
    /// The names of the other columns.
    pub columns: Vec<String>,
    /// The name of the column of classes.
    pub class: String,
}

/// Reads a file, plain or compressed with gzip; `class` is the name of the column with the classes.
///
/// ```no_run
/// use plywood::data::table;
///
/// let train = table::load::<4>("iris-train.csv", "species")?;
/// assert_eq!(train.classes, ["setosa", "versicolor", "virginica"]);
/// let test = train.load_like("iris-test.csv")?;
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] when it cannot be read. [`Error::Format`], with the line, when there is no such column, when two
/// columns have the same name, when there are not `N` other columns, when a cell is not a finite number or names no
/// class, when quotes are not closed, or when the text is not UTF-8.
pub fn load<const N: usize>(path: impl AsRef<Path>, class: &str) -> Result<Table<N>> {
    of(Source::open(path.as_ref())?, class, None)
}

/// Reads a table from any reader; error messages call it `table`.
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
/// The same as [`load`].
pub fn read<const N: usize>(text: impl Read, class: &str) -> Result<Table<N>> {
    of(Source::of("table", text)?, class, None)
}

/// Reads a file by known columns and classes, such as those of the table that a model was trained on. Columns are found
/// by name, in any order, and labels are positions in `classes`.
///
/// ```no_run
/// use plywood::data::table;
///
/// let columns = ["sepal length", "sepal width", "petal length", "petal width"];
/// let classes = ["setosa", "versicolor", "virginica"];
/// let test = table::load_with("iris-test.csv", "species", &columns, &classes)?;
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// The same as [`load`]; also [`Error::Format`] when a column is missing, or a line names another class, and
/// [`Error::Argument`] when a name is given twice. A class that no line names is not an error.
pub fn load_with<const N: usize>(
    path: impl AsRef<Path>,
    class: &str,
    columns: &[impl AsRef<str>; N],
    classes: &[impl AsRef<str>],
) -> Result<Table<N>> {
    of(Source::open(path.as_ref())?, class, Some(&Known::new(columns, classes)?))
}

/// Reads a table from any reader by known columns and classes; error messages call it `table`.
///
/// # Errors
/// The same as [`load_with`].
pub fn read_with<const N: usize>(
    text: impl Read,
    class: &str,
    columns: &[impl AsRef<str>; N],
    classes: &[impl AsRef<str>],
) -> Result<Table<N>> {
    of(Source::of("table", text)?, class, Some(&Known::new(columns, classes)?))
}

impl<const N: usize> Table<N> {
    /// Reads a second file by the columns and the classes of this table, like [`load_with`].
    ///
    /// # Errors
    /// The same as [`load_with`].
    pub fn load_like(&self, path: impl AsRef<Path>) -> Result<Self> {
        of(Source::open(path.as_ref())?, &self.class, Some(&Known::new(&self.columns, &self.classes)?))
    }

    /// Reads a second table from any reader by the columns and the classes of this table, like [`read_with`].
    ///
    /// # Errors
    /// The same as [`load_with`].
    pub fn read_like(&self, text: impl Read) -> Result<Self> {
        of(Source::of("table", text)?, &self.class, Some(&Known::new(&self.columns, &self.classes)?))
    }
}

/// The names that a second table is read by.
struct Known {
    columns: Vec<String>,
    classes: Vec<String>,
}

impl Known {
    fn new(columns: &[impl AsRef<str>], classes: &[impl AsRef<str>]) -> Result<Self> {
        Ok(Self { columns: check_names("columns", columns)?, classes: check_names("classes", classes)? })
    }
}

fn of<const N: usize>(mut source: Source<'_>, class: &str, known: Option<&Known>) -> Result<Table<N>> {
    // the whole file: the ends of lines are known only once quoted cells are parsed
    let bytes = source.read(usize::MAX)?;
    let text = decoded(&source, &bytes)?;
    let mut records = Records::new(text);
    pass_over_separator(&source, text, &mut records)?;
    let header = Header::read::<N>(&source, text, &mut records, class, known)?;

    let (mut numbers, mut names, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let mut cells = Vec::new();
    let columns = header.names.len();
    while let Some((line, found)) =
        records.next(&mut cells, columns).map_err(|mistake| wrong(&source, &mistake))?
    {
        if found != columns {
            let expected = format!("{columns}, one for each column");
            return Err(source.error(&format!("line {line}"), format!("{found} cells"), expected));
        }
        source.reserve(&mut numbers, N)?;
        for &column in &header.numbers {
            let cell = &cells[column];
            match cell.parse::<f32>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => return Err(header.refuse(&source, line, column, cell, "a finite number")),
            }
        }
        let name = std::mem::take(&mut cells[header.class]);
        if name.is_empty() {
            return Err(header.refuse(&source, line, header.class, "", "the name of a class"));
        }
        source.reserve(&mut names, 1)?;
        source.reserve(&mut lines, 1)?;
        names.push(name);
        lines.push(line);
    }
    if names.is_empty() {
        return Err(source.error("lines after the header", "0", "at least 1"));
    }
    let classes = match known {
        Some(known) => known.classes.clone(),
        None => distinct(&source, &names)?,
    };
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_unstable_by(|&a, &b| by_name(&classes[a], &classes[b]));
    let mut labels = Vec::new();
    source.reserve(&mut labels, names.len())?;
    for (name, line) in names.iter().zip(lines) {
        let Ok(place) = order.binary_search_by(|&class| by_name(&classes[class], name)) else {
            let expected = format!("one of the classes {}", classes.join(", "));
            return Err(header.refuse(&source, line, header.class, name, &expected));
        };
        labels.push(order[place]);
    }
    let columns = header.numbers.iter().map(|&column| header.names[column].to_string()).collect();
    let examples = Examples::from_numbers(numbers, labels)?.named(&classes);
    Ok(Table { examples, columns, classes, class: class.to_owned() })
}

/// Returns the distinct names of classes, sorted.
fn distinct(source: &Source<'_>, names: &[Cow<'_, str>]) -> Result<Vec<String>> {
    let mut sorted: Vec<&str> = Vec::new();
    source.reserve(&mut sorted, names.len())?;
    sorted.extend(names.iter().map(AsRef::as_ref));
    sorted.sort_unstable_by(|a, b| by_name(a, b));
    sorted.dedup();
    Ok(sorted.into_iter().map(str::to_owned).collect())
}

/// The names of the columns, and the choice of those that are read.
struct Header<'a> {
    names: Vec<Cow<'a, str>>,
    /// The column of classes.
    class: usize,
    /// The columns of the numbers, in the order of an example.
    numbers: Vec<usize>,
}

impl<'a> Header<'a> {
    fn read<const N: usize>(
        source: &Source<'_>,
        text: &str,
        records: &mut Records<'a>,
        class: &str,
        known: Option<&Known>,
    ) -> Result<Self> {
        let mut names = Vec::new();
        records.next(&mut names, usize::MAX).map_err(|mistake| wrong(source, &mistake))?;
        let places = |wanted: &str| -> Vec<usize> {
            (0..names.len()).filter(|&column| names[column] == wanted).collect()
        };
        let error = |expected: String| source.error("header", listed(&names), expected);
        let class_at = match places(class)[..] {
            [at] => at,
            [] => {
                check_delimiter(source, text, &names, class)?;
                return Err(error(format!("a column `{class}` among them")));
            }
            _ => return Err(error(format!("a single column `{class}`"))),
        };
        check_distinct(source, &names)?;
        if names.len() - 1 != N {
            let expected = format!("{N}, the numbers of an example of shape {}", Dims::Flat(Flat::<N>::LEN));
            let what = format!("columns beside `{class}`");
            return Err(source.error(&what, (names.len() - 1).to_string(), expected));
        }
        let mut numbers: Vec<usize> = (0..names.len()).filter(|&column| column != class_at).collect();
        if let Some(Known { columns, .. }) = known {
            for (number, column) in numbers.iter_mut().zip(columns) {
                *number = match places(column)[..] {
                    [at] if at != class_at => at,
                    [] => return Err(error(format!("a column `{column}` among them"))),
                    _ => return Err(error(format!("a single column `{column}` of numbers"))),
                };
            }
        }
        Ok(Self { names, class: class_at, numbers })
    }

    /// Returns an error about a cell with a wrong value.
    fn refuse(&self, source: &Source<'_>, line: usize, column: usize, found: &str, expected: &str) -> Error {
        let what = format!("line {line}, column `{}`", self.names[column]);
        source.error(&what, format!("`{found}`"), expected)
    }
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

/// Returns the names of columns for a message, cut off when the list is too long to read.
fn listed(names: &[Cow<'_, str>]) -> String {
    /// The number of letters that are shown at least, if there are that many.
    const ENOUGH: usize = 400;

    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        if text.len() >= ENOUGH {
            return format!("[{text}, …], {} columns", names.len());
        }
        text.push_str(if at == 0 { "" } else { ", " });
        text.push_str(&shortened(name));
    }
    format!("[{text}]")
}

/// Returns a name, or the beginning of a long one.
fn shortened(name: &str) -> Cow<'_, str> {
    /// The number of letters of the longest name that is shown in full.
    const LONGEST: usize = 100;

    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

/// Returns the text of a table, without a byte-order mark.
fn decoded<'a>(source: &Source<'_>, bytes: &'a [u8]) -> Result<&'a str> {
    let line = |at: usize| format!("line {}", line_ends(&bytes[..at]) + 1);
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(source.error("encoding", "UTF-16", "UTF-8: save the table as that"));
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let found = "a byte of 0, as UTF-16 has between letters";
        return Err(source.error(&line(at), found, "text in UTF-8: save the table as that"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let found = "bytes that are not UTF-8";
            Err(source.error(&line(error.valid_up_to()), found, "text in UTF-8: save the table as that"))
        }
    }
}

/// Skips a first line that only says that commas separate cells, `sep=,`, as spreadsheets write it.
fn pass_over_separator(source: &Source<'_>, text: &str, records: &mut Records<'_>) -> Result<()> {
    let line = text.lines().next().unwrap_or_default().trim_end_matches(['\r', ' ']).trim_matches('"');
    let Some(separator) = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP=")) else {
        return Ok(());
    };
    match separator {
        "," => records.skip_line(),
        // the name of a column
        other if other.chars().count() != 1 => {}
        other => return Err(other_delimiter(source, other)),
    }
    Ok(())
}

/// Checks whether the column of classes is missing because a sign other than a comma separates cells.
fn check_delimiter(source: &Source<'_>, text: &str, names: &[Cow<'_, str>], class: &str) -> Result<()> {
    let header = text.trim_start().lines().next().unwrap_or_default();
    for delimiter in [";", "\t", "|", " "] {
        // names of several words are common
        let may_separate = delimiter != " " || names.len() == 1;
        let mut parts = header.split(delimiter).map(|name| name.trim().trim_matches('"').trim());
        if may_separate && parts.any(|name| name == class) {
            return Err(other_delimiter(source, delimiter));
        }
    }
    Ok(())
}

fn other_delimiter(source: &Source<'_>, delimiter: &str) -> Error {
    let found = match delimiter {
        "\t" => "a tab".to_owned(),
        " " => "a blank".to_owned(),
        sign => format!("`{sign}`"),
    };
    source.error("delimiter", found, "a comma between cells, and a point in numbers: save the table so")
}

/// Returns the error for a mistake in the text itself.
fn wrong(source: &Source<'_>, mistake: &Mistake) -> Error {
    let (line, found, expected) = match mistake {
        Mistake::Unclosed { line } => {
            (line, "quotes that are not closed".to_owned(), "closing quotes before the end of the file")
        }
        Mistake::AfterQuotes { line, found } => (
            line,
            format!("`{found}` after closing quotes"),
            "a comma or the end of the line; quotes within quotes are doubled",
        ),
        Mistake::Memory { cells } => {
            let reason = format!("found no memory for a line of more than {cells} cells");
            return io_error(source.path(), "read")(io::Error::new(ErrorKind::OutOfMemory, reason));
        }
    };
    source.error(&format!("line {line}"), found, expected)
}
