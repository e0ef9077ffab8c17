//! Reads a table as the caller describes it, or as a first table was read.

use std::borrow::Cow;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

use super::Table;
use super::columns::{Column, Content, encode, is_missing, mean, names};
use super::header::{self, Header, check_count, quoted};
use super::records::Records;
use super::text::{decoded, pass_over_separator, wrong};
use crate::data::source::Source;
use crate::data::{Examples, by_name, check_names};
use crate::error::{Error, Result};

/// The number of lines from which on a column of classes must have a class twice, or else is taken for numbers.
const ENOUGH_TO_REPEAT: usize = 20;

/// The message about a missing cell.
const FILL: &str =
    "a finite number; help: `fill_with_means` of `table::Reader` fills missing cells with the column's mean";

mod sealed {
    pub trait Target: Copy + Send + Sync {
        /// True if a target is a class, false if it is made of numbers.
        const IS_CLASS: bool;

        /// Makes the targets of all lines from their labels, or from their numbers.
        fn of(labels: Vec<usize>, numbers: &[f32]) -> Vec<Self>;
    }
}

/// A target that a [`Reader`] makes from the cells of a line: a class, as `usize`, or numbers, as `[f32; M]`.
pub trait Target: sealed::Target {}
impl<Y: sealed::Target> Target for Y {}

impl sealed::Target for usize {
    const IS_CLASS: bool = true;

    fn of(labels: Vec<usize>, _: &[f32]) -> Vec<Self> {
        labels
    }
}

impl<const M: usize> sealed::Target for [f32; M] {
    const IS_CLASS: bool = false;

    fn of(_: Vec<usize>, numbers: &[f32]) -> Vec<Self> {
        numbers.as_chunks().0.to_vec()
    }
}

/// Says which columns of a table are targets, which are left out, and how the others become numbers.
///
/// ```no_run
/// use plywood::data::table::Reader;
///
/// let reader = Reader::target("price").without(["id", "address"]).one_hot(["ocean"]).fill_with_means();
/// let train = reader.load::<12>("train.csv")?;
/// println!("{:?}", train.columns);
/// // by the columns, categories and means of the first
/// let test = train.load_like("test.csv")?;
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Reader<Y> {
    targets: Vec<String>,
    without: Vec<String>,
    one_hot: Vec<String>,
    fills: bool,
    target: PhantomData<fn() -> Y>,
}

impl Reader<usize> {
    /// Reads the classes of examples from a column of names.
    ///
    /// ```
    /// use plywood::data::table::Reader;
    ///
    /// let flowers = Reader::class("kind").without(["id"]).read::<1>("id,a,kind\n7,2.5,rose\n".as_bytes())?;
    /// assert_eq!((flowers.examples.example(0), &flowers.classes[0][..]), ([2.5], "rose"));
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn class(column: impl Into<String>) -> Self {
        Self::of(vec![column.into()])
    }
}

impl Reader<[f32; 1]> {
    /// Reads the targets of examples from a column of numbers.
    ///
    /// ```
    /// use plywood::data::table::Reader;
    ///
    /// let line = Reader::target("y").read::<1>("x,y\n0,1\n1,3\n".as_bytes())?;
    /// assert_eq!(line.examples.targets(), [[1.0], [3.0]]);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn target(column: impl Into<String>) -> Self {
        Self::of(vec![column.into()])
    }
}

impl<const M: usize> Reader<[f32; M]> {
    /// Reads the targets of examples from several columns of numbers, in the order given.
    ///
    /// ```
    /// use plywood::data::table::Reader;
    ///
    /// let moves = Reader::targets(["dx", "dy"]).read::<1>("dy,t,dx\n1,0,2\n3,1,4\n".as_bytes())?;
    /// assert_eq!(moves.examples.targets(), [[2.0, 1.0], [4.0, 3.0]]);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn targets(columns: [impl Into<String>; M]) -> Self {
        Self::of(columns.map(Into::into).into())
    }
}

impl<Y> Reader<Y> {
    fn of(targets: Vec<String>) -> Self {
        Self { targets, without: Vec::new(), one_hot: Vec::new(), fills: false, target: PhantomData }
    }

    /// Leaves columns out, such as the numbers of lines.
    pub fn without(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.without.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Reads columns as categories: each becomes a number for each category, in sorted order, 1 for that of the line and
    /// 0 for the others. The numbers are [named](Table::columns) `column=category`.
    ///
    /// ```
    /// use plywood::data::table::Reader;
    ///
    /// let text = "ocean,price\nNEAR,3\nINLAND,1\n";
    /// let houses = Reader::target("price").one_hot(["ocean"]).read::<2>(text.as_bytes())?;
    /// assert_eq!(houses.columns, ["ocean=INLAND", "ocean=NEAR"]);
    /// assert_eq!(houses.examples.example(0), [0.0, 1.0]);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn one_hot(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.one_hot.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Fills each missing number of an example with the mean of its column. Without this, a missing number is an error;
    /// a missing target, class or category always is.
    ///
    /// A number is missing where a cell is empty or holds `NA`, `N/A`, `NaN`, `null` or `?`, in letters of any case. A
    /// table that is read [like](Table::load_like) this one is filled with the means of this one.
    pub fn fill_with_means(mut self) -> Self {
        self.fills = true;
        self
    }

    /// Checks that each column is named once.
    fn check(&self) -> Result<()> {
        if self.targets.is_empty() {
            return Err(Error::argument("targets", "none", "at least one column"));
        }
        let roles = [
            ("targets", &self.targets, "a target"),
            ("without", &self.without, "left out"),
            ("one_hot", &self.one_hot, "to be encoded"),
        ];
        for (at, (argument, columns, _)) in roles.iter().enumerate() {
            check_names(argument, columns)?;
            for (_, others, role) in &roles[..at] {
                if let Some(column) = columns.iter().find(|column| others.contains(column)) {
                    return Err(Error::argument(
                        argument,
                        format!("`{column}`, which is {role}"),
                        "columns with no other use",
                    ));
                }
            }
        }
        Ok(())
    }
}

impl<Y: Target> Reader<Y> {
    /// Reads a file, plain or compressed with gzip.
    ///
    /// # Errors
    /// - [`Error::Io`] when the file cannot be read.
    /// - [`Error::Argument`] when a column is named twice.
    /// - [`Error::Format`], with the line, when there is no column of a name, when two columns have the same name, when
    ///   the other columns do not make `N` numbers, when a cell is not a finite number or names no class or category,
    ///   when quotes are not closed, or when the text is not UTF-8. Also when two numbers of an example get the same
    ///   name, as of a column `a=b` and of the category `b` of a column `a`, and for a column of classes with a
    ///   different number in every line, of more than 20: such numbers are more likely a [target](Reader::target).
    ///   [`load_with`](super::load_with) reads them as classes.
    pub fn load<const N: usize>(&self, path: impl AsRef<Path>) -> Result<Table<N, Y>> {
        self.check()?;
        self.of_first(Source::open(path.as_ref())?)
    }

    /// Reads a table from any reader; error messages call it `table`.
    ///
    /// # Errors
    /// The same as [`load`](Self::load).
    pub fn read<const N: usize>(&self, text: impl Read) -> Result<Table<N, Y>> {
        self.check()?;
        self.of_first(Source::of("table", text)?)
    }

    /// Reads a first table, and learns its classes, categories and means.
    fn of_first<const N: usize>(&self, mut source: Source<'_>) -> Result<Table<N, Y>> {
        // the whole file: the ends of lines are known only once quoted cells are parsed
        let bytes = source.read(usize::MAX)?;
        let text = decoded(&source, &bytes)?;
        let mut lines = Lines::new(&source, text, &self.targets)?;
        let header = &lines.header;
        let without =
            self.without.iter().map(|name| header.find(&source, name)).collect::<Result<Vec<_>>>()?;
        let one_hot =
            self.one_hot.iter().map(|name| header.find(&source, name)).collect::<Result<Vec<_>>>()?;
        let beside: Vec<&str> = self.targets.iter().chain(&self.without).map(String::as_str).collect();
        let is_beside = |column: &usize| lines.targets.contains(column) || without.contains(column);
        let inputs: Vec<usize> = (0..header.names.len()).filter(|column| !is_beside(column)).collect();
        if one_hot.is_empty() {
            let names: Vec<&str> = inputs.iter().map(|&column| &*header.names[column]).collect();
            check_count::<N>(&source, &names, &beside)?;
        }
        lines.inputs = inputs
            .iter()
            .map(|&column| match (one_hot.contains(&column), self.fills) {
                (true, _) => Cells::words(column),
                (false, may_miss) => Cells::numbers(column, may_miss),
            })
            .collect();
        lines.read::<Y>(&source)?;

        let classes = if Y::IS_CLASS { lines.classes(&source)? } else { Vec::new() };
        let columns =
            lines.inputs.iter().map(|cells| lines.learned(&source, cells)).collect::<Result<Vec<_>>>()?;
        let names = names(&columns);
        check_count::<N>(&source, &names, &beside)?;
        header::check_names(&source, &columns, &names)?;
        lines.table(&source, &self.targets, columns, classes)
    }
}

/// Reads a table by the columns and the classes of a first one. Columns that this did not have are left out.
pub(super) fn of_second<const N: usize, Y: Target>(
    mut source: Source<'_>,
    targets: &[String],
    columns: &[Column],
    classes: &[String],
) -> Result<Table<N, Y>> {
    let bytes = source.read(usize::MAX)?;
    let text = decoded(&source, &bytes)?;
    let mut lines = Lines::new(&source, text, targets)?;
    for column in columns {
        let place = lines.header.find(&source, column.name())?;
        lines.inputs.push(match column {
            Column::Number { missing, .. } => Cells::numbers(place, missing.is_some()),
            Column::OneHot { .. } => Cells::words(place),
        });
    }
    lines.read::<Y>(&source)?;
    lines.table(&source, targets, columns.to_vec(), classes.to_vec())
}

/// The cells of a column that makes numbers of an example.
struct Cells<'a> {
    column: usize,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// Numbers; NaN where one is missing, if it may be.
    Numbers { values: Vec<f32>, may_miss: bool },
    /// Categories.
    Words(Vec<Cow<'a, str>>),
}

impl Cells<'_> {
    const fn numbers(column: usize, may_miss: bool) -> Self {
        Self { column, kind: Kind::Numbers { values: Vec::new(), may_miss } }
    }

    const fn words(column: usize) -> Self {
        Self { column, kind: Kind::Words(Vec::new()) }
    }
}

/// The lines of a table.
struct Lines<'a> {
    records: Records<'a>,
    header: Header<'a>,
    /// The positions of the target columns.
    targets: Vec<usize>,
    inputs: Vec<Cells<'a>>,
    /// The class of each line, if targets are classes.
    classes: Vec<Cow<'a, str>>,
    /// The numbers of the targets of all lines, one line after another, if targets are numbers.
    numbers: Vec<f32>,
    /// The number of each line in the file.
    places: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Reads the header.
    fn new(source: &Source<'_>, text: &'a str, targets: &[String]) -> Result<Self> {
        let mut records = Records::new(text);
        pass_over_separator(source, text, &mut records)?;
        let (header, targets) = Header::read(source, text, &mut records, targets)?;
        let (inputs, classes, numbers, places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Self { records, header, targets, inputs, classes, numbers, places })
    }

    /// Reads all lines after the header.
    fn read<Y: Target>(&mut self, source: &Source<'_>) -> Result<()> {
        let header = &self.header;
        let columns = header.names.len();
        let mut cells = Vec::new();
        while let Some((line, found)) =
            self.records.next(&mut cells, columns).map_err(|mistake| wrong(source, &mistake))?
        {
            if found != columns {
                let expected = format!("{columns}, one for each column");
                return Err(source.error(&format!("line {line}"), format!("{found} cells"), expected));
            }
            for Cells { column, kind } in &mut self.inputs {
                let cell = &mut cells[*column];
                match kind {
                    Kind::Numbers { values, may_miss } => {
                        source.reserve(values, 1)?;
                        values.push(match cell.parse::<f32>() {
                            Ok(number) if number.is_finite() => number,
                            _ if *may_miss && is_missing(cell) => f32::NAN,
                            _ => {
                                let expected = if is_missing(cell) { FILL } else { "a finite number" };
                                return Err(header.refuse(source, line, *column, cell, expected));
                            }
                        });
                    }
                    Kind::Words(words) => {
                        let word = std::mem::take(cell);
                        if word.is_empty() {
                            return Err(header.refuse(source, line, *column, "", "the name of a category"));
                        }
                        source.reserve(words, 1)?;
                        words.push(word);
                    }
                }
            }
            for &column in &self.targets {
                let cell = &mut cells[column];
                if Y::IS_CLASS {
                    let name = std::mem::take(cell);
                    if name.is_empty() {
                        return Err(header.refuse(source, line, column, "", "the name of a class"));
                    }
                    source.reserve(&mut self.classes, 1)?;
                    self.classes.push(name);
                    continue;
                }
                source.reserve(&mut self.numbers, 1)?;
                match cell.parse::<f32>() {
                    Ok(number) if number.is_finite() => self.numbers.push(number),
                    _ => {
                        let expected = "a finite number, since the column is a target";
                        return Err(header.refuse(source, line, column, cell, expected));
                    }
                }
            }
            source.reserve(&mut self.places, 1)?;
            self.places.push(line);
        }
        if self.places.is_empty() {
            return Err(source.error("lines after the header", "0", "at least 1"));
        }
        Ok(())
    }

    /// Returns the names of the classes in the table, sorted.
    fn classes(&self, source: &Source<'_>) -> Result<Vec<String>> {
        let classes = distinct(source, &self.classes)?;
        let lines = self.classes.len();
        let is_number = |name: &String| name.parse::<f32>().is_ok_and(f32::is_finite);
        if lines > ENOUGH_TO_REPEAT && classes.len() == lines && classes.iter().all(is_number) {
            let column = &self.header.names[self.targets[0]];
            return Err(source.error(
                &format!("column `{column}`"),
                format!("a different number in each of {lines} lines"),
                format!(
                    "classes, which several lines share; help: for a number to predict write \
                     `table::Reader::target(\"{column}\")`, and for classes all the same name them to \
                     `table::load_with` or `read_with`"
                ),
            ));
        }
        Ok(classes)
    }

    /// Returns a column with its categories or its mean, as far as a second table needs them.
    fn learned(&self, source: &Source<'_>, cells: &Cells<'_>) -> Result<Column> {
        let name = self.header.names[cells.column].to_string();
        match &cells.kind {
            Kind::Words(words) => Ok(Column::OneHot { categories: distinct(source, words)?, name }),
            Kind::Numbers { may_miss: false, .. } => Ok(Column::Number { name, missing: None }),
            Kind::Numbers { values, may_miss: true } => match mean(values) {
                Some(mean) => Ok(Column::Number { name, missing: Some(mean) }),
                None => Err(source.error(
                    &format!("column `{name}`"),
                    "no number",
                    "at least 1, to fill the missing ones with the mean",
                )),
            },
        }
    }

    /// Makes examples of the lines.
    fn table<const N: usize, Y: Target>(
        self,
        source: &Source<'_>,
        targets: &[String],
        columns: Vec<Column>,
        classes: Vec<String>,
    ) -> Result<Table<N, Y>> {
        let Self { header, inputs, places, .. } = self;
        let label = |column, words: &[Cow<'_, str>], names: &[String], what: &str| {
            positions(source, words, names).map_err(|unknown| match unknown {
                Unknown::Word(at) => {
                    let expected = format!("one of the {what} {}", quoted(names));
                    header.refuse(source, places[at], column, &words[at], &expected)
                }
                Unknown::Memory(error) => error,
            })
        };
        let labels = if Y::IS_CLASS {
            label(self.targets[0], &self.classes, &classes, "classes")?
        } else {
            Vec::new()
        };
        let mut contents = Vec::new();
        for (cells, column) in inputs.into_iter().zip(&columns) {
            contents.push(match (cells.kind, column) {
                (Kind::Words(words), Column::OneHot { categories, .. }) => {
                    Content::Categories(label(cells.column, &words, categories, "categories")?)
                }
                (Kind::Numbers { values, .. }, _) => Content::Numbers(values),
                (Kind::Words(_), Column::Number { .. }) => unreachable!("a column of numbers has no words"),
            });
        }
        let mut numbers = Vec::new();
        source.reserve(&mut numbers, places.len().saturating_mul(N))?;
        encode(&columns, &contents, places.len(), &mut numbers);
        let examples = Examples::from_numbers(numbers, Y::of(labels, &self.numbers))?;
        let examples = if Y::IS_CLASS { examples.named(&classes) } else { examples };
        Ok(Table { examples, columns: names(&columns), classes, targets: targets.to_vec(), inputs: columns })
    }
}

/// Returns the distinct words, sorted.
fn distinct(source: &Source<'_>, words: &[Cow<'_, str>]) -> Result<Vec<String>> {
    let mut sorted: Vec<&str> = Vec::new();
    source.reserve(&mut sorted, words.len())?;
    sorted.extend(words.iter().map(AsRef::as_ref));
    sorted.sort_unstable_by(|a, b| by_name(a, b));
    sorted.dedup();
    Ok(sorted.into_iter().map(str::to_owned).collect())
}

/// Why words have no positions.
enum Unknown {
    /// The word at this place is none of the names.
    Word(usize),
    Memory(Error),
}

/// Returns the position of each word among names, which are in any order.
fn positions(source: &Source<'_>, words: &[Cow<'_, str>], names: &[String]) -> Result<Vec<usize>, Unknown> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|&a, &b| by_name(&names[a], &names[b]));
    let mut positions = Vec::new();
    source.reserve(&mut positions, words.len()).map_err(Unknown::Memory)?;
    for (at, word) in words.iter().enumerate() {
        let found = order.binary_search_by(|&name| by_name(&names[name], word));
        positions.push(order[found.map_err(|_| Unknown::Word(at))?]);
    }
    Ok(positions)
}
