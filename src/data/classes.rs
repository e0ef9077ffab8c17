//! Compares class names: a label is an index into them, so data with other names numbers its classes differently.

use crate::data::Dataset;
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Orders classes by name: whole numbers first, by value, then all other names.
#[cfg(any(feature = "csv", feature = "image"))]
pub(super) fn by_name(a: &str, b: &str) -> std::cmp::Ordering {
    /// Returns a key that puts numbers first, without leading zeros: the longer of two numbers is the larger.
    fn key(name: &str) -> (bool, usize, &str) {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
            return (true, 0, name);
        }
        let digits = name.trim_start_matches('0');
        (false, digits.len(), digits)
    }
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

/// The help text of messages: the functions that read data by the classes of other data.
pub(super) const BY_THE_FIRST: &str = "help: `open_with` and `load_with` of `folder`, and `load_with` and `load_like` of `table`, read by the \
                            classes of the training data";

/// Returns the names of the classes of both data sets, if both are known and differ.
pub(super) fn compare_class_names<A: Dataset, B: Dataset>(a: &A, b: &B) -> Option<[String; 2]> {
    let (a, b) = (a.class_names()?, b.class_names()?);
    (a != b).then(|| [a, b].map(|names| format!("the classes {}", names.join(", "))))
}

/// Checks that labels mean the same in the training and the validation data.
pub(crate) fn check_class_names<A: Dataset, B: Dataset>(training: &A, validation: &B) -> Result<()> {
    match compare_class_names(training, validation) {
        None => Ok(()),
        Some([expected, found]) => {
            let expected = format!("{expected}, those of the training data, in this order; {BY_THE_FIRST}");
            Err(Error::data("validation data", found, expected))
        }
    }
}

/// Checks that labels of evaluation data mean the same as those that a model learned.
pub(crate) fn check_classes_of_model<D: Dataset>(model: Option<&[String]>, data: &D) -> Result<()> {
    match (model, data.class_names()) {
        (Some(expected), Some(found)) if expected != found => {
            let [expected, found] =
                [expected, found].map(|names| format!("the classes {}", names.join(", ")));
            let expected =
                format!("{expected}, those of the model, in this order; `evaluate` matches them by name");
            Err(Error::data("evaluation data", found, expected))
        }
        _ => Ok(()),
    }
}

/// Checks that the caller gave each name only once, and returns the names.
#[cfg(any(feature = "csv", feature = "image"))]
pub(super) fn check_names(argument: &'static str, names: &[impl AsRef<str>]) -> Result<Vec<String>> {
    let names: Vec<String> = names.iter().map(|name| name.as_ref().to_owned()).collect();
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::argument(argument, format!("`{}` twice", pair[0]), "each name once")),
        None => Ok(names),
    }
}

/// The model's label for each class of some data.
#[derive(Debug, Clone)]
pub(crate) struct ClassNumbers(Option<Vec<usize>>);

impl ClassNumbers {
    /// Finds the classes of the data by name among those that the model was trained on. Where either set of names is
    /// unknown, every class keeps its number.
    ///
    /// # Errors
    /// [`Error::Data`] for a class that the model was not trained on.
    pub(crate) fn new(what: &str, model: Option<&[String]>, data: Option<&[String]>) -> Result<Self> {
        let (Some(known), Some(names)) = (model, data) else { return Ok(Self(None)) };
        if known == names {
            return Ok(Self(None));
        }
        let number = |name: &String| {
            known.iter().position(|known| known == name).ok_or_else(|| {
                let expected = format!("those that the model was trained on, {}", known.join(", "));
                Error::data(what, format!("the class {name}"), expected)
            })
        };
        Ok(Self(Some(names.iter().map(number).collect::<Result<_>>()?)))
    }

    /// Returns the model's number for a label; a label outside the names gets a number that no class has.
    pub(crate) fn of(&self, label: usize) -> usize {
        self.0.as_ref().map_or(label, |numbers| numbers.get(label).copied().unwrap_or(usize::MAX))
    }
}

/// A data set whose labels are the numbers that a model uses for its classes.
#[derive(Debug, Clone)]
pub(crate) struct Renumbered<'a, D> {
    data: &'a D,
    numbers: ClassNumbers,
}

impl<'a, D: Dataset> Renumbered<'a, D> {
    /// Numbers the classes of the data as a model trained on classes with these names does.
    ///
    /// # Errors
    /// The same as [`ClassNumbers::new`].
    pub(crate) fn new(what: &str, model: Option<&[String]>, data: &'a D) -> Result<Self> {
        Ok(Self { data, numbers: ClassNumbers::new(what, model, data.class_names())? })
    }
}

impl<D: Dataset<Target = usize>> Dataset for Renumbered<'_, D> {
    type Example = D::Example;
    type Target = usize;

    fn len(&self) -> usize {
        self.data.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        self.numbers.of(self.data.read(index, x))
    }
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> usize {
        self.numbers.of(self.data.draw(index, seed, x))
    }
    fn failure(&self, index: usize) -> Option<Error> {
        self.data.failure(index)
    }
}

#[test]
fn classes_are_found_by_their_names() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
    let model = names(&["a", "b", "c", "d"]);
    let data = names(&["d", "a"]);
    let found = ClassNumbers::new("data", Some(&model), Some(&data)).expect("known classes");
    assert_eq!([0, 1, 2].map(|label| found.of(label)), [3, 0, usize::MAX]);
    for (model, data) in [(None, Some(&*data)), (Some(&*model), None), (None, None)] {
        assert_eq!(ClassNumbers::new("data", model, data).expect("no names to compare").of(1), 1);
    }
    let unknown = ClassNumbers::new("data", Some(&data), Some(&model)).expect_err("`b` is not known");
    assert_eq!(
        unknown.to_string(),
        "data: found the class b, expected those that the model was trained on, d, a"
    );
}
