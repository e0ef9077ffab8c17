//! Draws models and batches for property tests with [proptest], and shrinks them to what makes a test fail.
//!
//! [`models`] and [`batches`] are strategies. [`Model`] and [`Batch`] also implement [`Arbitrary`], so that
//! `any::<Model<Net>>()` draws a model.
//!
//! ```
//! use plywood::check::GradientCheck;
//! use plywood::check::strategy::{batches, models};
//! use plywood::loss::MeanSquaredError;
//! use plywood::{Flat, network};
//! use proptest::prelude::*;
//!
//! network! { Net: Flat<4> => Flat<2> { dense(6), tanh, dense(2) } }
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(8))]
//!     # /*
//!     #[test]
//!     # */
//!     fn gradients_are_exact(model in models::<Net, f64>(), x in batches::<Flat<4>, f64>(1..=3)) {
//!         let targets = vec![[0.5, -0.5]; x.len()];
//!         let report = GradientCheck::new().run(&model, &MeanSquaredError, x.as_slice(), &targets);
//!         let report = report.expect("targets for the batch");
//!         prop_assert!(report.relative_error() < 1e-7, "{report}");
//!     }
//! }
//! # gradients_are_exact();
//! ```
//!
//! # Shrinking
//!
//! When a test fails, proptest looks for a simpler model and a simpler batch with which it still fails. A tensor of
//! parameters is simpler if it is all zeros, and running statistics are if they are those of a new model; then come
//! tensors of multiples of 1/4. So the tensors that are not zero in the end are those that make the test fail. A
//! batch is simpler with fewer examples, then with examples of zeros, then with multiples of 1/4. Numbers that are drawn
//! [within](Batches::within) a range stay in it: the number nearest to zero takes the place of zero.
//!
//! [proptest]: https://docs.rs/proptest

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Range;

use proptest::arbitrary::{Arbitrary, any};
use proptest::collection::SizeRange;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::core::{Layer, Outline, Shape};
use crate::model::{Batch, Model};
use crate::random::Random;
use plywood_kernel::Scalar;

/// Returns a strategy for models: starting values that are drawn from a seed, each parameter moved by up to 0.5, and
/// running statistics as after some training.
#[must_use]
pub fn models<N: Layer + Debug, T: Scalar>() -> Models<N, T> {
    Models { types: PhantomData }
}

/// Returns a strategy for batches of the given number of examples: a count, or a range of counts. The numbers are drawn
/// uniformly from [−1, 1); [`within`](Batches::within) sets another range.
///
/// # Panics
/// Panics during the test if the range of counts is empty.
#[must_use]
pub fn batches<S: Shape + Debug, T: Scalar>(examples: impl Into<SizeRange>) -> Batches<S, T> {
    Batches { examples: examples.into(), numbers: -1.0..1.0, types: PhantomData }
}

/// A strategy for models, see [`models`].
#[derive(Debug, Clone)]
pub struct Models<N, T> {
    types: PhantomData<fn() -> (N, T)>,
}

/// A strategy for batches, see [`batches`].
#[derive(Debug, Clone)]
pub struct Batches<S, T> {
    examples: SizeRange,
    numbers: Range<f64>,
    types: PhantomData<fn() -> (S, T)>,
}

impl<S, T> Batches<S, T> {
    /// Sets the range from which the numbers are drawn uniformly, and in which they stay when they are simplified.
    #[must_use]
    pub fn within(self, numbers: Range<f64>) -> Self {
        Self { numbers, ..self }
    }

    /// Returns the number of the range that is nearest to 0. Of a range below 0, which does not hold its end, it is the
    /// last multiple of 1/4, or the start if there is none.
    fn nearest_to_zero(&self) -> f64 {
        let Range { start, end } = self.numbers;
        if start > 0.0 {
            start
        } else if end > 0.0 {
            0.0
        } else {
            ((end * 4.0 - 1.0).ceil() / 4.0).max(start)
        }
    }
}

impl<N: Layer + Debug, T: Scalar> Strategy for Models<N, T> {
    type Tree = ModelTree<N, T>;
    type Value = Model<N, T>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = any::<u64>().new_tree(runner)?.current();
        let mut random = Random::new(seed);
        let mut model = Model::<N, T>::new(seed);
        let mut simplest = model.clone();
        simplest.params_mut().fill(T::ZERO);
        model.params_mut().iter_mut().for_each(|x| *x += T::of(random.between(-0.5, 0.5)));
        model.buffers_mut().iter_mut().for_each(|x| *x += T::of(random.between(0.0, 0.5)));
        let tensors = Outline::of::<N>().tensors;
        let parts =
            |model: &Model<N, T>| tensors.iter().map(|tensor| model.numbers(tensor).to_vec()).collect();
        let parts =
            Parts::new(parts(&model), parts(&simplest), tensors.len(), f64::NEG_INFINITY..f64::INFINITY);
        Ok(ModelTree { parts, model })
    }
}

impl<S: Shape + Debug, T: Scalar> Strategy for Batches<S, T> {
    type Tree = BatchTree<S, T>;
    type Value = Batch<S, T>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = any::<u64>().new_tree(runner)?.current();
        let fewest = self.examples.start();
        let count = (fewest..=self.examples.end_incl()).new_tree(runner)?.current();
        let mut random = Random::new(seed);
        let mut number = || T::of(random.between(self.numbers.start, self.numbers.end));
        let examples = (0..count).map(|_| (0..S::LEN).map(|_| number()).collect()).collect();
        let simplest = vec![vec![T::of(self.nearest_to_zero()); S::LEN]; count];
        let parts = Parts::new(examples, simplest, fewest, self.numbers.clone());
        Ok(BatchTree { parts, shape: PhantomData })
    }
}

/// A model that was drawn, and the way to simpler ones.
#[derive(Debug, Clone)]
pub struct ModelTree<N, T> {
    parts: Parts<T>,
    model: Model<N, T>,
}

impl<N: Layer + Debug, T: Scalar> ValueTree for ModelTree<N, T> {
    type Value = Model<N, T>;

    fn current(&self) -> Self::Value {
        let mut model = self.model.clone();
        for (tensor, part) in Outline::of::<N>().tensors.iter().zip(&self.parts.numbers) {
            model.numbers_mut(tensor).copy_from_slice(part);
        }
        model
    }
    fn simplify(&mut self) -> bool {
        self.parts.simplify()
    }
    fn complicate(&mut self) -> bool {
        self.parts.complicate()
    }
}

/// A batch that was drawn, and the way to simpler ones.
#[derive(Debug, Clone)]
pub struct BatchTree<S, T> {
    parts: Parts<T>,
    shape: PhantomData<fn() -> S>,
}

impl<S: Shape + Debug, T: Scalar> ValueTree for BatchTree<S, T> {
    type Value = Batch<S, T>;

    fn current(&self) -> Self::Value {
        let mut batch = Batch::zeros(self.parts.numbers.len());
        for (to, part) in batch.as_mut_slice().chunks_exact_mut(S::LEN).zip(&self.parts.numbers) {
            to.copy_from_slice(part);
        }
        batch
    }
    fn simplify(&mut self) -> bool {
        self.parts.simplify()
    }
    fn complicate(&mut self) -> bool {
        self.parts.complicate()
    }
}

impl<N: Layer + Debug, T: Scalar> Arbitrary for Model<N, T> {
    type Parameters = ();
    type Strategy = Models<N, T>;

    /// Returns the strategy of [`models`].
    fn arbitrary_with((): ()) -> Self::Strategy {
        models()
    }
}

impl<S: Shape + Debug, T: Scalar> Arbitrary for Batch<S, T> {
    type Parameters = ();
    type Strategy = Batches<S, T>;

    /// Returns the strategy of [`batches`] for 1 to 4 examples.
    fn arbitrary_with((): ()) -> Self::Strategy {
        batches(1..=4)
    }
}

/// Numbers in parts, the tensors of a model or the examples of a batch, that are simplified part by part.
#[derive(Debug, Clone)]
struct Parts<T> {
    numbers: Vec<Vec<T>>,
    /// The simplest form of each part.
    simplest: Vec<Vec<T>>,
    /// The range in which rounded numbers must lie.
    range: Range<f64>,
    /// The edits that have not been tried, the next one last.
    edits: Vec<Edit>,
    /// Numbers and simplest parts before the last edit, if it can be undone.
    before: Option<[Vec<Vec<T>>; 2]>,
}

/// A change to something simpler.
#[derive(Debug, Clone, Copy)]
enum Edit {
    /// Keeps the given number of parts.
    Shorten(usize),
    /// Removes a part, but leaves the given number.
    Remove(usize, usize),
    /// Makes some parts the simplest.
    Simplest(Which),
    /// Rounds the numbers of some parts to multiples of 1/4, unless that leaves the range.
    Round(Which),
}

#[derive(Debug, Clone, Copy)]
enum Which {
    All,
    One(usize),
}

impl<T: Scalar> Parts<T> {
    /// Creates parts, of which the given number must remain, of numbers in a range.
    fn new(numbers: Vec<Vec<T>>, simplest: Vec<Vec<T>>, fewest: usize, range: Range<f64>) -> Self {
        let count = numbers.len();
        let each = || (0..count).map(Which::One);
        let mut edits = vec![Edit::Shorten(fewest)];
        edits.extend((0..count).rev().map(|part| Edit::Remove(part, fewest)));
        edits.push(Edit::Simplest(Which::All));
        edits.extend(each().map(Edit::Simplest));
        edits.push(Edit::Round(Which::All));
        edits.extend(each().map(Edit::Round));
        edits.reverse();
        Self { numbers, simplest, range, edits, before: None }
    }

    /// Applies the next edit that changes anything.
    fn simplify(&mut self) -> bool {
        while let Some(edit) = self.edits.pop() {
            let before = [self.numbers.clone(), self.simplest.clone()];
            self.apply(edit);
            if self.numbers != before[0] {
                self.before = Some(before);
                return true;
            }
        }
        self.before = None;
        false
    }

    /// Undoes the last edit.
    fn complicate(&mut self) -> bool {
        let Some([numbers, simplest]) = self.before.take() else { return false };
        (self.numbers, self.simplest) = (numbers, simplest);
        true
    }

    fn apply(&mut self, edit: Edit) {
        let range = |which, count: usize| match which {
            Which::All => 0..count,
            Which::One(part) => part.min(count)..(part + 1).min(count),
        };
        let count = self.numbers.len();
        match edit {
            Edit::Shorten(fewest) => {
                self.numbers.truncate(fewest);
                self.simplest.truncate(fewest);
            }
            Edit::Remove(part, fewest) => {
                if part < count && count > fewest {
                    self.numbers.remove(part);
                    self.simplest.remove(part);
                }
            }
            Edit::Simplest(which) => {
                for part in range(which, count) {
                    self.numbers[part].clone_from(&self.simplest[part]);
                }
            }
            Edit::Round(which) => {
                for number in self.numbers[range(which, count)].iter_mut().flatten() {
                    let rounded = (number.to_f64() * 4.0).round() / 4.0;
                    if self.range.contains(&rounded) {
                        *number = T::of(rounded);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestError};

    use super::*;
    use crate::core::Flat;
    use crate::layers::{BatchNorm, Dense, Relu};

    type Net = (Dense<3, 4>, (BatchNorm<Flat<4>>, (Relu<Flat<4>>, Dense<4, 2>)));

    /// Returns the simplest value with which a test fails, from a fixed seed.
    fn minimal<S: Strategy>(strategy: &S, fails: impl Fn(&S::Value) -> bool) -> S::Value {
        let config = Config { failure_persistence: None, max_shrink_iters: 10_000, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(
            config,
            proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
        );
        let run = runner.run(strategy, |value| {
            if fails(&value) { Err(TestCaseError::fail("as it should")) } else { Ok(()) }
        });
        match run {
            Err(TestError::Fail(_, value)) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_model_shrinks_to_the_tensors_that_matter() {
        let model = minimal(&models::<Net, f64>(), |model| {
            let tensors = model.tensors();
            let bias = tensors.iter().find(|tensor| tensor.name == "dense4.bias").expect("a bias");
            model.numbers(bias)[1] > 0.1
        });
        for tensor in model.tensors() {
            let numbers = model.numbers(&tensor);
            let expected = match &*tensor.name {
                "dense4.bias" => {
                    assert!(
                        numbers[1] > 0.1 && numbers.iter().all(|x| (x * 4.0).fract() == 0.0),
                        "{numbers:?}"
                    );
                    continue;
                }
                "batch_norm2.variance" => 1.0,
                _ => 0.0,
            };
            assert!(numbers.iter().all(|x| *x == expected), "{}: {numbers:?}", tensor.name);
        }
    }

    #[test]
    fn a_batch_shrinks_to_the_example_that_matters() {
        let batch = minimal(&batches::<Flat<3>, f32>(1..=6), |batch| {
            batch.as_slice().chunks_exact(3).any(|x| x[2] < -0.3)
        });
        assert_eq!(batch.len(), 1);
        assert!(batch.as_slice()[2] < -0.3);
        assert!(batch.as_slice().iter().all(|x| (x * 4.0).fract() == 0.0), "{batch:?}");
        // two examples are the fewest
        let batch = minimal(&batches::<Flat<1>, f32>(2..=6), |_| true);
        assert_eq!(batch.as_slice(), [0.0; 2]);
    }

    #[test]
    fn a_batch_stays_in_its_range() {
        for (range, simplest) in [
            (5.0..7.0, 5.0),
            (5.125..5.1875, 5.125),
            (-7.0..-5.0, -5.25),
            (-7.125..-7.0625, -7.125),
            (-7.0..0.0, -0.25),
            (-7.0..5.0, 0.0),
        ] {
            let strategy = batches::<Flat<3>, f64>(2).within(range.clone());
            assert_eq!(minimal(&strategy, |_| true).as_slice(), [simplest; 6], "{range:?}");
            // what is not the simplest is rounded, except where that leaves the range
            let batch = minimal(&strategy, |batch| batch.as_slice().iter().all(|x| *x != simplest));
            assert!(batch.as_slice().iter().all(|x| range.contains(x)), "{range:?}: {batch:?}");
        }
    }

    #[test]
    fn both_of_two_values_shrink() {
        let (model, batch) =
            minimal(&(models::<Net, f32>(), batches::<Flat<3>, f32>(1..5)), |(model, batch)| {
                model.params()[0] != 0.0 && batch.as_slice()[0] > 0.0
            });
        assert!(model.params()[16..].iter().all(|x| *x == 0.0), "{model:?}");
        assert_eq!(batch.len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_drawn_is_within_its_range(
            model in any::<Model<Net>>(),
            batch in any::<Batch<Flat<3>>>(),
            wide in batches::<Flat<2>, f64>(3).within(5.0..7.0),
        ) {
            prop_assert!((1..=4).contains(&batch.len()));
            prop_assert!(batch.as_slice().iter().all(|x| x.abs() <= 1.0));
            prop_assert!(wide.as_slice().iter().all(|x| (5.0..=7.0).contains(x)));
            prop_assert_eq!(wide.len(), 3);
            prop_assert!(model.params().iter().all(|x| x.is_finite()));
            prop_assert!(model.buffers()[4..].iter().all(|x| (1.0..=1.5).contains(x)));
        }
    }

    #[test]
    fn f32_models_differ() {
        let mut runner = TestRunner::deterministic();
        let [a, b] =
            [(), ()].map(|()| models::<Net, f32>().new_tree(&mut runner).expect("a model").current());
        assert!(a != b);
    }
}
