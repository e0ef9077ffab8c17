//! Keeps examples and their targets in memory.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use nalgebra::DMatrix;

use crate::core::Shape;
use crate::data::folds::{Folds, shuffled, stratified_split};
use crate::data::{Dataset, TargetScale};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Examples of shape `S` in memory, numbered from 0, each with a target of type `Y`: by default a label, which is the
/// number of a class, also from 0.
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
///
/// With arrays of numbers as targets, they are data for [regression](crate::loss::MeanSquaredError):
///
/// ```
/// use plywood::Flat;
/// use plywood::data::Examples;
///
/// let line = Examples::<Flat<1>, [f32; 1]>::from_arrays([([0.0], [1.0]), ([0.5], [2.0]), ([1.0], [3.0])])?;
/// assert_eq!((line.example(1), line.target(1)), ([0.5], [2.0]));
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Examples<S: Shape, Y = usize> {
    numbers: Numbers,
    targets: Vec<Y>,
    /// The names of the classes, if a reader knows them.
    names: Option<Arc<[String]>>,
    /// The scales of the targets, if they are not in their own units.
    scales: Option<Arc<[TargetScale]>>,
    shape: PhantomData<fn() -> S>,
}

/// The numbers of all examples, one example after another.
#[derive(Clone, PartialEq)]
enum Numbers {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

impl<S: Shape, Y: Copy + Send + Sync> Examples<S, Y> {
    /// Makes examples from their bytes, one example after another: 0 is read as 0 and 255 as 1.
    ///
    /// # Errors
    /// [`Error::Data`] when there are not `S::LEN` bytes for each target.
    pub fn from_bytes(bytes: Vec<u8>, targets: Vec<Y>) -> Result<Self> {
        check_count::<S, Y>(bytes.len(), "bytes", targets.len())?;
        Ok(Self::of_bytes(bytes, targets))
    }

    /// Makes examples from their numbers, one example after another.
    ///
    /// # Errors
    /// [`Error::Data`] when there are not `S::LEN` numbers for each target, or when a number is infinite or NaN.
    /// Targets are checked by the loss that is trained with.
    pub fn from_numbers(numbers: Vec<f32>, targets: Vec<Y>) -> Result<Self> {
        check_count::<S, Y>(numbers.len(), "numbers", targets.len())?;
        if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
            let (example, number) = (at / S::LEN, at % S::LEN);
            return Err(Error::data(
                format!("number {number} of example {example}"),
                numbers[at],
                "a finite number",
            ));
        }
        Ok(Self { numbers: Numbers::Floats(numbers), targets, names: None, scales: None, shape: PhantomData })
    }

    /// Makes examples from plain arrays, each with its target. The arrays are passed on
    /// [the stack](Shape#arrays-and-the-stack): for large images use [`from_numbers`](Self::from_numbers) or
    /// [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    /// [`Error::Data`] when a number is infinite or NaN.
    pub fn from_arrays(examples: impl IntoIterator<Item = (S::Array<f32>, Y)>) -> Result<Self> {
        let (mut numbers, mut targets) = (Vec::new(), Vec::new());
        for (example, target) in examples {
            numbers.extend_from_slice(S::as_slice(&example));
            targets.push(target);
        }
        Self::from_numbers(numbers, targets)
    }

    /// Makes examples from the columns of a matrix.
    ///
    /// # Errors
    /// [`Error::Data`] when the columns are not `S::LEN` long, when there is not one column for each target, or when a
    /// number is infinite or NaN.
    pub fn from_matrix(matrix: DMatrix<f32>, targets: Vec<Y>) -> Result<Self> {
        if matrix.shape() != (S::LEN, targets.len()) {
            return Err(Error::data(
                "matrix",
                format!("{} rows and {} columns", matrix.nrows(), matrix.ncols()),
                format!(
                    "{} rows, one for each number of an example of shape {}, and {} columns, one for each {}",
                    S::LEN,
                    S::DIMS,
                    targets.len(),
                    word_for::<Y>()
                ),
            ));
        }
        Self::from_numbers(matrix.data.into(), targets)
    }

    /// Reads a whole data set into memory once, as `f32`. Use it for data that is slow to read, such as decoded or
    /// whitened images, and is read many times. Names of classes and the [scales](Dataset::target_scales) of targets are
    /// kept.
    ///
    /// # Errors
    /// [`Error::Data`] when a number is infinite or NaN, or when memory does not suffice. When an example cannot be
    /// read, the data set's own [reason](Dataset::failure).
    pub fn of<D: Dataset<Example = S, Target = Y>>(data: &D) -> Result<Self> {
        let (mut numbers, mut targets) = (Vec::new(), Vec::new());
        let len = data.len().saturating_mul(S::LEN);
        if numbers.try_reserve_exact(len).is_err() || targets.try_reserve_exact(data.len()).is_err() {
            let expected = format!("memory for {len} numbers and {} {}s", data.len(), word_for::<Y>());
            return Err(Error::data("examples to read into memory", "too little memory", expected));
        }
        numbers.resize(len, 0.0_f32);
        for (index, x) in numbers.chunks_exact_mut(S::LEN).enumerate() {
            targets.push(data.read(index, x));
            if x.iter().any(|x| !x.is_finite())
                && let Some(error) = data.failure(index)
            {
                return Err(error);
            }
        }
        let examples = Self::from_numbers(numbers, targets)?;
        let (names, scales) = (data.class_names(), data.target_scales());
        Ok(Self { names: names.map(Into::into), scales: scales.map(Into::into), ..examples })
    }

    /// Makes examples from bytes; the caller guarantees `S::LEN` bytes for each target.
    pub(super) fn of_bytes(bytes: Vec<u8>, targets: Vec<Y>) -> Self {
        Self { numbers: Numbers::Bytes(bytes), targets, names: None, scales: None, shape: PhantomData }
    }

    /// Returns the same examples with these class names.
    #[cfg(any(feature = "csv", feature = "image"))]
    pub(super) fn named(self, names: &[String]) -> Self {
        Self { names: Some(names.into()), ..self }
    }

    /// Returns the target of an example.
    ///
    /// # Panics
    /// Panics when there is no such example.
    #[must_use]
    pub fn target(&self, index: usize) -> Y {
        self.targets[index]
    }

    /// Returns the targets of all examples.
    #[must_use]
    pub fn targets(&self) -> &[Y] {
        &self.targets
    }

    /// Returns the same examples with the targets that `change` makes of theirs. Names of classes and scales of
    /// targets are dropped.
    ///
    /// ```
    /// use plywood::data::digits;
    ///
    /// let digits = digits(4, 1);
    /// let heights = digits.clone().map_targets(|digit| [digit as f32 / 10.0]);
    /// assert_eq!(heights.target(2), [digits.label(2) as f32 / 10.0]);
    /// ```
    #[must_use]
    pub fn map_targets<Z: Copy + Send + Sync>(self, change: impl FnMut(Y) -> Z) -> Examples<S, Z> {
        let targets = self.targets.into_iter().map(change).collect();
        Examples { numbers: self.numbers, targets, names: None, scales: None, shape: PhantomData }
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

    /// Splits the examples into those before `at` and those from `at` on. [Shuffle](Self::shuffled) first if they are
    /// sorted.
    ///
    /// # Errors
    /// [`Error::Argument`] when there are fewer than `at` examples.
    pub fn split(self, at: usize) -> Result<(Self, Self)> {
        self.check_split(at)?;
        let Self { mut numbers, mut targets, names, scales, shape } = self;
        let rest = Self {
            numbers: match &mut numbers {
                Numbers::Bytes(bytes) => Numbers::Bytes(bytes.split_off(at * S::LEN)),
                Numbers::Floats(floats) => Numbers::Floats(floats.split_off(at * S::LEN)),
            },
            targets: targets.split_off(at),
            names: names.clone(),
            scales: scales.clone(),
            shape,
        };
        Ok((Self { numbers, targets, names, scales, shape }, rest))
    }

    fn check_split(&self, at: usize) -> Result<()> {
        if at <= self.targets.len() {
            return Ok(());
        }
        let expected = format!("at most {}, the number of examples", self.targets.len());
        Err(Error::argument("split", at, expected))
    }

    /// Returns the same examples in an order drawn from a seed, which is the same on every machine.
    #[must_use]
    pub fn shuffled(self, seed: u64) -> Self {
        self.chosen(&shuffled(self.targets.len(), seed))
    }

    /// Copies the examples with these numbers, in this order.
    fn chosen(&self, order: &[usize]) -> Self {
        let numbers = match &self.numbers {
            Numbers::Bytes(bytes) => Numbers::Bytes(gather(bytes, S::LEN, order)),
            Numbers::Floats(floats) => Numbers::Floats(gather(floats, S::LEN, order)),
        };
        let targets = gather(&self.targets, 1, order);
        let (names, scales) = (self.names.clone(), self.scales.clone());
        Self { numbers, targets, names, scales, shape: PhantomData }
    }

    /// Returns the first `count` examples, or all when there are fewer.
    #[must_use]
    pub fn take(mut self, count: usize) -> Self {
        let count = count.min(self.targets.len());
        match &mut self.numbers {
            Numbers::Bytes(bytes) => bytes.truncate(count * S::LEN),
            Numbers::Floats(floats) => floats.truncate(count * S::LEN),
        }
        self.targets.truncate(count);
        self
    }

    /// Returns `count` ways to hold out a part of the examples, for cross-validation: see [`Folds`]. No example is
    /// copied.
    ///
    /// ```
    /// use plywood::data::digits;
    /// use plywood::{Model, Trainer, network};
    ///
    /// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
    ///
    /// let digits = digits(100, 1);
    /// for (train, held_out) in digits.folds(5, 7)? {
    ///     assert_eq!((train.len(), held_out.len()), (80, 20));
    ///     let mut model = Model::<Reader>::new(1);
    ///     Trainer::new().epochs(1).run(&mut model, &train).validate(&held_out).fit()?;
    /// }
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`Folds::new`].
    pub fn folds(&self, count: usize, seed: u64) -> Result<Folds<'_, Self>> {
        Folds::new(self, count, seed)
    }
}

impl<S: Shape> Examples<S> {
    /// Returns the label of an example, which is its target.
    ///
    /// # Panics
    /// Panics when there is no such example.
    #[must_use]
    pub fn label(&self, index: usize) -> usize {
        self.targets[index]
    }

    /// Returns the labels of all examples, which are their targets.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.targets
    }

    /// Returns the number of classes that these examples show: the largest label plus 1, or 0 without examples.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.targets.iter().max().map_or(0, |label| label.saturating_add(1))
    }

    /// Checks that every label is a class from 0 to `classes` − 1.
    ///
    /// # Errors
    /// [`Error::Data`] that names the first example with another label.
    pub fn check_classes(&self, classes: usize) -> Result<()> {
        match self.targets.iter().position(|&label| label >= classes) {
            None => Ok(()),
            Some(example) => Err(Error::data(
                format!("label of example {example}"),
                self.targets[example],
                match classes {
                    0 => "no examples, since there are no classes".to_owned(),
                    _ => format!("a class from 0 to {}", classes - 1),
                },
            )),
        }
    }

    /// Splits the examples, shuffled by a seed, into `at` examples and the rest, so that each class has its share of
    /// both parts, to within one example.
    ///
    /// ```
    /// use plywood::Flat;
    /// use plywood::data::Examples;
    ///
    /// // one in ten is of class 1
    /// let rare = Examples::<Flat<1>>::from_arrays((0..100).map(|i| ([i as f32], usize::from(i % 10 == 0))))?;
    /// let (train, test) = rare.split_stratified(80, 7)?;
    /// let count = |part: &Examples<Flat<1>>| part.labels().iter().filter(|&&label| label == 1).count();
    /// assert_eq!((count(&train), count(&test)), (8, 2));
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] when there are fewer than `at` examples.
    pub fn split_stratified(self, at: usize, seed: u64) -> Result<(Self, Self)> {
        self.check_split(at)?;
        let [first, second] = stratified_split(&self.targets, at, seed);
        Ok((self.chosen(&first), self.chosen(&second)))
    }

    /// Returns `count` ways to hold out a part of the examples, in which each class has its share of each part: see
    /// [`Folds::stratified`].
    ///
    /// ```
    /// use plywood::data::digits;
    ///
    /// let digits = digits(100, 1);
    /// for (_, held_out) in digits.stratified_folds(5, 7)? {
    ///     // two of each digit
    ///     assert_eq!(held_out.len(), 20);
    /// }
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`Folds::new`].
    pub fn stratified_folds(&self, count: usize, seed: u64) -> Result<Folds<'_, Self>> {
        Folds::stratified(self, count, seed)
    }
}

impl<S: Shape, Y: Copy + Send + Sync> Dataset for Examples<S, Y> {
    type Example = S;
    type Target = Y;

    fn len(&self) -> usize {
        self.targets.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Y {
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
        self.targets[index]
    }

    fn class_names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    fn target_scales(&self) -> Option<&[TargetScale]> {
        self.scales.as_deref()
    }
}

/// Shows the number of examples; the numbers themselves would fill the screen.
impl<S: Shape, Y> fmt::Debug for Examples<S, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples")
            .field("len", &self.targets.len())
            .field("shape", &S::DIMS)
            .field("targets", &format_args!("{}", type_name::<Y>()))
            .finish_non_exhaustive()
    }
}

/// Returns the word for a target of this type in messages.
fn word_for<Y>() -> &'static str {
    if type_name::<Y>() == type_name::<usize>() { "label" } else { "target" }
}

fn check_count<S: Shape, Y>(found: usize, unit: &str, targets: usize) -> Result<()> {
    if found.is_multiple_of(S::LEN) && found / S::LEN == targets {
        return Ok(());
    }
    Err(Error::data(
        "examples",
        format!("{found} {unit}"),
        format!("{} (shape {}) for each of {targets} {}s", S::LEN, S::DIMS, word_for::<Y>()),
    ))
}

/// Copies rows of `len` items in another order.
fn gather<I: Copy>(items: &[I], len: usize, order: &[usize]) -> Vec<I> {
    order.iter().flat_map(|&row| &items[row * len..][..len]).copied().collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is read is what was stored, to the bit")]
mod tests;
