//! Keeps labeled examples in memory.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use nalgebra::DMatrix;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::core::Shape;
use crate::data::Dataset;
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Labeled examples of shape `S` in memory, numbered from 0. A label is the number of a class, also from 0.
///
/// Numbers are kept either as bytes, which are read as value / 255, or as `f32`, which are read unchanged.
///
/// ```
/// use plywood::data::Examples;
/// use plywood::{Dataset, Flat};
///
/// let points = Examples::<Flat<2>>::from_arrays([([0.0, 0.5], 0), ([1.0, -1.0], 1), ([2.0, 0.0], 1)])?;
/// points.check_classes(2)?;
/// let (train, test) = points.split(2)?;
/// assert_eq!((train.len(), test.len()), (2, 1));
/// assert_eq!((test.example(0), test.label(0)), ([2.0, 0.0], 1));
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Examples<S: Shape> {
    numbers: Numbers,
    labels: Vec<usize>,
    /// The names of the classes, if a reader knows them.
    names: Option<Arc<[String]>>,
    shape: PhantomData<fn() -> S>,
}

/// The numbers of all examples, one example after another.
#[derive(Clone, PartialEq)]
enum Numbers {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

impl<S: Shape> Examples<S> {
    /// Makes examples from their bytes, one example after another: 0 is read as 0 and 255 as 1.
    ///
    /// # Errors
    /// [`Error::Data`] when there are not `S::LEN` bytes for each label.
    pub fn from_bytes(bytes: Vec<u8>, labels: Vec<usize>) -> Result<Self> {
        check_count::<S>(bytes.len(), "bytes", labels.len())?;
        Ok(Self::of_bytes(bytes, labels))
    }

    /// Makes examples from their numbers, one example after another.
    ///
    /// # Errors
    /// [`Error::Data`] when there are not `S::LEN` numbers for each label, or when a number is infinite or NaN.
    pub fn from_numbers(numbers: Vec<f32>, labels: Vec<usize>) -> Result<Self> {
        check_count::<S>(numbers.len(), "numbers", labels.len())?;
        if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
            let (example, number) = (at / S::LEN, at % S::LEN);
            return Err(Error::data(
                format!("number {number} of example {example}"),
                numbers[at],
                "a finite number",
            ));
        }
        Ok(Self { numbers: Numbers::Floats(numbers), labels, names: None, shape: PhantomData })
    }

    /// Makes examples from plain arrays, each with its label. The arrays are passed on
    /// [the stack](Shape#arrays-and-the-stack): for large images use [`from_numbers`](Self::from_numbers) or
    /// [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    /// [`Error::Data`] when a number is infinite or NaN.
    pub fn from_arrays(examples: impl IntoIterator<Item = (S::Array<f32>, usize)>) -> Result<Self> {
        let (mut numbers, mut labels) = (Vec::new(), Vec::new());
        for (example, label) in examples {
            numbers.extend_from_slice(S::as_slice(&example));
            labels.push(label);
        }
        Self::from_numbers(numbers, labels)
    }

    /// Makes examples from the columns of a matrix.
    ///
    /// # Errors
    /// [`Error::Data`] when the columns are not `S::LEN` long, when there is not one column for each label, or when a
    /// number is infinite or NaN.
    pub fn from_matrix(matrix: DMatrix<f32>, labels: Vec<usize>) -> Result<Self> {
        if matrix.shape() != (S::LEN, labels.len()) {
            return Err(Error::data(
                "matrix",
                format!("{} rows and {} columns", matrix.nrows(), matrix.ncols()),
                format!(
                    "{} rows, one for each number of an example of shape {}, and {} columns, one for each label",
                    S::LEN,
                    S::DIMS,
                    labels.len()
                ),
            ));
        }
        Self::from_numbers(matrix.data.into(), labels)
    }

    /// Reads a whole data set into memory once, as `f32`. Use it for data that is slow to read, such as decoded or
    /// whitened images, and is read many times.
    ///
    /// # Errors
    /// [`Error::Data`] when a number is infinite or NaN, or when memory does not suffice. When an example cannot be
    /// read, the data set's own [reason](Dataset::failure).
    pub fn of<D: Dataset<Example = S, Target = usize>>(data: &D) -> Result<Self> {
        let (mut numbers, mut labels) = (Vec::new(), Vec::new());
        let len = data.len().saturating_mul(S::LEN);
        if numbers.try_reserve_exact(len).is_err() || labels.try_reserve_exact(data.len()).is_err() {
            let expected = format!("memory for {len} numbers and {} labels", data.len());
            return Err(Error::data("examples to read into memory", "too little memory", expected));
        }
        numbers.resize(len, 0.0_f32);
        for (index, x) in numbers.chunks_exact_mut(S::LEN).enumerate() {
            labels.push(data.read(index, x));
            if x.iter().any(|x| !x.is_finite())
                && let Some(error) = data.failure(index)
            {
                return Err(error);
            }
        }
        let examples = Self::from_numbers(numbers, labels)?;
        Ok(Self { names: data.class_names().map(Into::into), ..examples })
    }

    /// Makes examples from bytes; the caller guarantees `S::LEN` bytes for each label.
    pub(super) fn of_bytes(bytes: Vec<u8>, labels: Vec<usize>) -> Self {
        Self { numbers: Numbers::Bytes(bytes), labels, names: None, shape: PhantomData }
    }

    /// Returns the same examples with these class names.
    #[cfg(any(feature = "csv", feature = "image"))]
    pub(super) fn named(self, names: &[String]) -> Self {
        Self { names: Some(names.into()), ..self }
    }

    /// Returns the label of an example.
    ///
    /// # Panics
    /// Panics when there is no such example.
    #[must_use]
    pub fn label(&self, index: usize) -> usize {
        self.labels[index]
    }

    /// Returns the labels of all examples.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// Returns the numbers of an example as an array [on the stack](Shape#arrays-and-the-stack). For large images use
    /// [`boxed_example`](Self::boxed_example), or [`read`](Dataset::read), which writes to a slice.
    ///
    /// # Panics
    /// Panics when there is no such example.
    #[must_use]
    pub fn example(&self, index: usize) -> S::Array<f32> {
        let mut example = S::zeros();
        self.read(index, S::as_mut_slice(&mut example));
        example
    }

    /// Returns the numbers of an example as an array on the heap.
    ///
    /// ```
    /// use plywood::data::digits;
    /// use plywood::{Model, network};
    ///
    /// network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
    ///
    /// let scores = Model::<Net>::new(1).infer(&digits(3, 1).boxed_example(2));
    /// assert_eq!(scores.len(), 10);
    /// ```
    ///
    /// # Panics
    /// Panics when there is no such example.
    #[must_use]
    pub fn boxed_example(&self, index: usize) -> Box<S::Array<f32>> {
        let mut example = S::boxed_zeros();
        self.read(index, S::as_mut_slice(&mut example));
        example
    }

    /// Returns the number of classes that these examples show: the largest label plus 1, or 0 without examples.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.labels.iter().max().map_or(0, |label| label.saturating_add(1))
    }

    /// Checks that every label is a class from 0 to `classes` − 1.
    ///
    /// # Errors
    /// [`Error::Data`] that names the first example with another label.
    pub fn check_classes(&self, classes: usize) -> Result<()> {
        match self.labels.iter().position(|&label| label >= classes) {
            None => Ok(()),
            Some(example) => Err(Error::data(
                format!("label of example {example}"),
                self.labels[example],
                match classes {
                    0 => "no examples, since there are no classes".to_owned(),
                    _ => format!("a class from 0 to {}", classes - 1),
                },
            )),
        }
    }

    /// Splits the examples into those before `at` and those from `at` on. [Shuffle](Self::shuffled) first if they are
    /// sorted.
    ///
    /// # Errors
    /// [`Error::Argument`] when there are fewer than `at` examples.
    pub fn split(self, at: usize) -> Result<(Self, Self)> {
        if at > self.labels.len() {
            return Err(Error::argument(
                "split",
                at,
                format!("at most {}, the number of examples", self.labels.len()),
            ));
        }
        let Self { mut numbers, mut labels, names, shape } = self;
        let rest = Self {
            numbers: match &mut numbers {
                Numbers::Bytes(bytes) => Numbers::Bytes(bytes.split_off(at * S::LEN)),
                Numbers::Floats(floats) => Numbers::Floats(floats.split_off(at * S::LEN)),
            },
            labels: labels.split_off(at),
            names: names.clone(),
            shape,
        };
        Ok((Self { numbers, labels, names, shape }, rest))
    }

    /// Returns the same examples in an order drawn from a seed, which is the same on every machine.
    #[must_use]
    pub fn shuffled(self, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        let numbers = match &self.numbers {
            Numbers::Bytes(bytes) => Numbers::Bytes(gather(bytes, S::LEN, &order)),
            Numbers::Floats(floats) => Numbers::Floats(gather(floats, S::LEN, &order)),
        };
        Self { numbers, labels: gather(&self.labels, 1, &order), names: self.names, shape: PhantomData }
    }

    /// Returns the first `count` examples, or all when there are fewer.
    #[must_use]
    pub fn take(mut self, count: usize) -> Self {
        let count = count.min(self.labels.len());
        match &mut self.numbers {
            Numbers::Bytes(bytes) => bytes.truncate(count * S::LEN),
            Numbers::Floats(floats) => floats.truncate(count * S::LEN),
        }
        self.labels.truncate(count);
        self
    }
}

impl<S: Shape> Dataset for Examples<S> {
    type Example = S;
    type Target = usize;

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        let x = &mut x[..S::LEN];
        match &self.numbers {
            Numbers::Bytes(bytes) => {
                for (x, &byte) in x.iter_mut().zip(&bytes[index * S::LEN..][..S::LEN]) {
                    *x = T::of(f64::from(byte)) / T::of(255.0);
                }
            }
            Numbers::Floats(floats) => {
                for (x, &number) in x.iter_mut().zip(&floats[index * S::LEN..][..S::LEN]) {
                    *x = T::of(f64::from(number));
                }
            }
        }
        self.labels[index]
    }

    fn class_names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }
}

/// Shows the number of examples; the numbers themselves would fill the screen.
impl<S: Shape> fmt::Debug for Examples<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples")
            .field("len", &self.labels.len())
            .field("shape", &S::DIMS)
            .field("classes", &self.classes())
            .finish_non_exhaustive()
    }
}

fn check_count<S: Shape>(found: usize, unit: &str, labels: usize) -> Result<()> {
    if found.is_multiple_of(S::LEN) && found / S::LEN == labels {
        return Ok(());
    }
    Err(Error::data(
        "examples",
        format!("{found} {unit}"),
        format!("{} (shape {}) for each of {labels} labels", S::LEN, S::DIMS),
    ))
}

/// Copies rows of `len` items in another order.
fn gather<I: Copy>(items: &[I], len: usize, order: &[usize]) -> Vec<I> {
    order.iter().flat_map(|&row| &items[row * len..][..len]).copied().collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is read is what was stored, to the bit")]
mod tests;
