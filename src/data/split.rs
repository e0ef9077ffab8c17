//! Provides data with a purpose: a type for each of training, validation and test.
//!
//! A model is fitted to training data, its settings are chosen on validation data, and the result is measured once on
//! test data, from which nothing may have been learned. A plain [`Dataset`] may be used for anything. A [`Split`] may
//! be used only for its own purpose; other uses do not compile. [`evaluate`](crate::evaluate) takes validation and test
//! data, because the data that a model was fitted to does not measure it.
//!
//! ```
//! use plywood::data::{Split, digits};
//! use plywood::{Model, Threads, Trainer, evaluate, network};
//!
//! network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
//!
//! let test = Split::test(digits(50, 2));
//! let (train, validation) = Split::train(digits(250, 1)).hold_out(50)?;
//! let mut model = Model::<Net>::new(1);
//! Trainer::new().epochs(2).run(&mut model, &train).validate(&validation).fit()?;
//! println!("{}", evaluate(&model, &test)?);
//! # Ok::<(), plywood::Error>(())
//! ```
//!
//! ```compile_fail,E0277
//! # use plywood::data::{Split, digits};
//! # use plywood::{Model, Trainer, network};
//! # network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
//! # let (train, test) = (Split::train(digits(250, 1)), Split::test(digits(50, 2)));
//! # let mut model = Model::<Net>::new(1);
//! // does not compile: test data chooses nothing
//! Trainer::new().run(&mut model, &train).validate(&test).fit()?;
//! # Ok::<(), plywood::Error>(())
//! ```

use std::marker::PhantomData;

use crate::core::Shape;
use crate::data::{Dataset, Examples, Folds};
use crate::error::{Error, Result};

/// The purpose of a [`Split`] that models and preprocessing are fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Train {}

/// The purpose of a [`Split`] that chooses between models and settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {}

/// The purpose of a [`Split`] that measures the chosen model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {}

mod sealed {
    pub trait Purpose: 'static {}
    impl Purpose for super::Train {}
    impl Purpose for super::Validation {}
    impl Purpose for super::Test {}
}

/// One of [`Train`], [`Validation`] and [`Test`].
pub trait Purpose: sealed::Purpose {}
impl<P: sealed::Purpose> Purpose for P {}

/// Data for one purpose. It is not a [`Dataset`] itself, so that nothing reads it without stating the purpose.
#[derive(Debug, Clone, PartialEq)]
pub struct Split<P, D> {
    data: D,
    purpose: PhantomData<fn() -> P>,
}

/// Training data that is left, and validation data that was held out of it.
type HeldOut<D> = (Split<Train, D>, Split<Validation, D>);

impl<D> Split<Train, D> {
    /// Marks data for fitting models and preprocessing.
    #[must_use]
    pub fn train(data: D) -> Self {
        Self::of(data)
    }
}

impl<D> Split<Validation, D> {
    /// Marks data for choosing between models and settings.
    #[must_use]
    pub fn validation(data: D) -> Self {
        Self::of(data)
    }
}

impl<D> Split<Test, D> {
    /// Marks data for measuring the chosen model.
    #[must_use]
    pub fn test(data: D) -> Self {
        Self::of(data)
    }
}

impl<P: Purpose, D> Split<P, D> {
    fn of(data: D) -> Self {
        Self { data, purpose: PhantomData }
    }

    /// Returns the data without its purpose: nothing then prevents another use.
    #[must_use]
    pub fn data(&self) -> &D {
        &self.data
    }

    /// Returns the data without its purpose: nothing then prevents another use.
    #[must_use]
    pub fn into_data(self) -> D {
        self.data
    }

    /// Converts the data, for instance by preprocessing, and keeps the purpose.
    #[must_use]
    pub fn map<E>(self, change: impl FnOnce(D) -> E) -> Split<P, E> {
        Split::of(change(self.data))
    }
}

impl<P: Purpose, D: Dataset> Split<P, D> {
    /// Returns the number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Returns true if there are no examples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
}

impl<D: Dataset> Split<Train, D> {
    /// Returns `count` ways to hold out a part of the training data, for cross-validation: see [`Folds`].
    ///
    /// # Errors
    /// The same as [`Folds::new`].
    pub fn folds(&self, count: usize, seed: u64) -> Result<Folds<'_, D>> {
        Folds::new(&self.data, count, seed)
    }
}

impl<D: Dataset<Target = usize>> Split<Train, D> {
    /// Returns `count` ways to hold out a part of the training data, in which each class has its share of each part:
    /// see [`Folds::stratified`].
    ///
    /// ```
    /// use plywood::data::{Split, digits};
    ///
    /// let train = Split::train(digits(100, 1));
    /// for (_, held_out) in train.stratified_folds(5, 7)? {
    ///     let labels = held_out.data().numbers().iter().map(|&index| train.data().label(index));
    ///     assert_eq!(labels.filter(|&label| label == 3).count(), 2);
    /// }
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`Folds::new`].
    pub fn stratified_folds(&self, count: usize, seed: u64) -> Result<Folds<'_, D>> {
        Folds::stratified(&self.data, count, seed)
    }
}

impl<S: Shape, Y: Copy + Send + Sync> Split<Train, Examples<S, Y>> {
    /// Holds out the last `count` examples for validation. [Shuffle](Examples::shuffled) first if they are sorted.
    ///
    /// # Errors
    /// [`Error::Argument`] when there are fewer examples.
    pub fn hold_out(self, count: usize) -> Result<HeldOut<Examples<S, Y>>> {
        let at = self.rest(count)?;
        let (train, validation) = self.data.split(at)?;
        Ok((Split::train(train), Split::validation(validation)))
    }

    /// Returns the number of examples that are left when some are held out.
    fn rest(&self, held_out: usize) -> Result<usize> {
        let len = self.len();
        len.checked_sub(held_out).ok_or_else(|| {
            Error::argument("validation examples", held_out, format!("at most {len}, all there are"))
        })
    }
}

impl<S: Shape> Split<Train, Examples<S>> {
    /// Holds out `count` examples for validation, drawn from a seed, so that each class has its share of both parts, to
    /// within one example: see [`Examples::split_stratified`].
    ///
    /// ```
    /// use plywood::data::{Split, digits};
    ///
    /// let (train, validation) = Split::train(digits(100, 1)).hold_out_stratified(20, 7)?;
    /// let threes = validation.data().labels().iter().filter(|&&label| label == 3).count();
    /// assert_eq!((train.len(), validation.len(), threes), (80, 20, 2));
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] when there are fewer examples.
    pub fn hold_out_stratified(self, count: usize, seed: u64) -> Result<HeldOut<Examples<S>>> {
        let at = self.rest(count)?;
        let (train, validation) = self.data.split_stratified(at, seed)?;
        Ok((Split::train(train), Split::validation(validation)))
    }
}

/// A type that holds a data set: any [`Dataset`], and any [`Split`] of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a data set",
    label = "expected a `Dataset` or a `Split` of one"
)]
pub trait HoldsData: Sync {
    /// The data set without its purpose.
    type Data: Dataset;

    /// Returns the data set without its purpose.
    fn dataset(&self) -> &Self::Data;
}

// error messages then mention the purpose, and do not advise implementing `Dataset`
#[diagnostic::do_not_recommend]
impl<D: Dataset> HoldsData for D {
    type Data = D;

    fn dataset(&self) -> &D {
        self
    }
}

impl<P: Purpose, D: Dataset> HoldsData for Split<P, D> {
    type Data = D;

    fn dataset(&self) -> &D {
        &self.data
    }
}

/// Data that a model can be measured on: any [`Dataset`], and a [`Split`] for [`Validation`] or [`Test`].
///
/// To see how well a model remembers the data that it was fitted to, measure it on [`train.data()`](Split::data).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not data to measure a model on",
    label = "expected a plain `Dataset`, a `Split<Validation, _>` or a `Split<Test, _>`",
    note = "training data rewards memorization; to see how well it is remembered, pass `train.data()`"
)]
pub trait EvaluationData: HoldsData {}

#[diagnostic::do_not_recommend]
impl<D: Dataset> EvaluationData for D {}
impl<D: Dataset> EvaluationData for Split<Validation, D> {}
impl<D: Dataset> EvaluationData for Split<Test, D> {}

/// Data that a model and preprocessing can be fitted to: any [`Dataset`], and a [`Split`] for [`Train`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not data to fit anything to",
    label = "expected a plain `Dataset` or a `Split<Train, _>`",
    note = "what is learned from validation or test data is no longer measured by it"
)]
pub trait TrainingData: HoldsData {}

#[diagnostic::do_not_recommend]
impl<D: Dataset> TrainingData for D {}
impl<D: Dataset> TrainingData for Split<Train, D> {}

/// Data that models and settings can be chosen on: any [`Dataset`], and a [`Split`] for [`Validation`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not data to choose models or settings on",
    label = "expected a plain `Dataset` or a `Split<Validation, _>`",
    note = "training data rewards memorization, and test data that chose a model does not measure it"
)]
pub trait ValidationData: HoldsData {}

#[diagnostic::do_not_recommend]
impl<D: Dataset> ValidationData for D {}
impl<D: Dataset> ValidationData for Split<Validation, D> {}
