//! Reads tables: CSV files with a header line.
//!
//! Each line is an example. Its target is the name of a class in one column, or a number in each of several; the other
//! columns are the example's numbers. [`load`] and [`read`] expect classes and numbers. A [`Reader`] also takes numbers
//! as targets, leaves columns out, encodes categories, and fills missing cells:
//!
//! ```
//! use plywood::data::table::Reader;
//!
//! let text = "id,rooms,ocean,price\n1,3,NEAR,300000\n2,,INLAND,120000\n3,5,INLAND,180000\n";
//! let houses = Reader::target("price").without(["id"]).one_hot(["ocean"]).fill_with_means();
//! let houses = houses.read::<3>(text.as_bytes())?;
//! assert_eq!(houses.columns, ["rooms", "ocean=INLAND", "ocean=NEAR"]);
//! assert_eq!((houses.examples.example(1), houses.examples.target(1)), ([4.0, 1.0, 0.0], [120_000.0]));
//! # Ok::<(), plywood::Error>(())
//! ```
//!
//! Commas separate cells, and cells may be quoted (RFC 4180). Blanks around a cell, and inside its quotes at both ends,
//! are dropped. The text is UTF-8, with or without a byte-order mark.
//!
//! Every number is finite, every line has a target, and labels are below the number of classes: anything else is an
//! error that names the line. Words for missing values, such as `NA`, are not numbers; in a column of classes or
//! categories they are ordinary names. Numbers are kept as `f32`, to seven digits: from times in seconds since 1970,
//! subtract the first time beforehand.
//!
//! # A second table
//!
//! Labels are positions in the sorted names of the classes, so a table that lacks a class would be labeled differently,
//! and a table with its columns in another order would give other numbers. The same holds for categories, and for the
//! means that missing cells get. Read validation and test tables by the first:
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
//!
//! Columns that the first table did not have are left out.

use std::io::Read;
use std::path::Path;

use crate::core::Flat;
use crate::data::source::Source;
use crate::data::{Examples, check_names};
use crate::error::Result;

mod columns;
mod header;
mod reader;
mod records;
mod text;

pub use reader::{Reader, Target};

use columns::{Column, Columns};

/// A table's examples, with the names of its columns, and of the classes by label.
///
/// `Y` is the type of the targets: labels, or arrays of numbers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Table<const N: usize, Y = usize> {
    /// The examples, one for each line.
    pub examples: Examples<Flat<N>, Y>,
    /// The names of the classes: label i is `classes[i]`. They are the names in the column of classes, sorted, whole
    /// numbers by value; or those that the table was read by. There are none where targets are numbers.
    pub classes: Vec<String>,
    /// The name of each number of an example: that of its column, or `column=category`.
    pub columns: Vec<String>,
    /// The name of each column of targets: a single one for classes.
    pub targets: Vec<String>,
    /// The columns that the numbers of an example are made of.
    inputs: Columns,
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
/// The same as [`Reader::load`].
pub fn load<const N: usize>(path: impl AsRef<Path>, class: &str) -> Result<Table<N>> {
    Reader::class(class).load(path)
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
/// The same as [`Reader::load`].
pub fn read<const N: usize>(text: impl Read, class: &str) -> Result<Table<N>> {
    Reader::class(class).read(text)
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
/// The same as [`load`]; also [`Error::Format`](crate::Error::Format) when a column is missing, or a line names another
/// class, and [`Error::Argument`](crate::Error::Argument) when a name is given twice. A class that no line names is not
/// an error.
pub fn load_with<const N: usize>(
    path: impl AsRef<Path>,
    class: &str,
    columns: &[impl AsRef<str>; N],
    classes: &[impl AsRef<str>],
) -> Result<Table<N>> {
    let (columns, classes) = known(columns, classes)?;
    reader::of_second(Source::open(path.as_ref())?, &[class.to_owned()], &columns, &classes)
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
    let (columns, classes) = known(columns, classes)?;
    reader::of_second(Source::of("table", text)?, &[class.to_owned()], &columns, &classes)
}

/// Checks the names that a caller gave.
fn known(columns: &[impl AsRef<str>], classes: &[impl AsRef<str>]) -> Result<(Columns, Vec<String>)> {
    let numbers = check_names("columns", columns)?.into_iter();
    let numbers = numbers.map(|name| Column::Number { name, missing: None }).collect();
    Ok((numbers, check_names("classes", classes)?))
}

impl<const N: usize, Y: Target> Table<N, Y> {
    /// Reads a second file as this table was read: by its columns, classes and categories. Missing cells are filled
    /// with the means of this table if they were to be filled here.
    ///
    /// # Errors
    /// The same as [`Reader::load`]; also [`Error::Format`](crate::Error::Format) when a column is missing, or for a
    /// class or category that this table does not have.
    pub fn load_like(&self, path: impl AsRef<Path>) -> Result<Self> {
        reader::of_second(Source::open(path.as_ref())?, &self.targets, &self.inputs, &self.classes)
    }

    /// Reads a second table from any reader as this table was read, like [`load_like`](Self::load_like); error messages
    /// call it `table`.
    ///
    /// # Errors
    /// The same as [`load_like`](Self::load_like).
    pub fn read_like(&self, text: impl Read) -> Result<Self> {
        reader::of_second(Source::of("table", text)?, &self.targets, &self.inputs, &self.classes)
    }
}
