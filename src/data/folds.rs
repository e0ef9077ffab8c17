//! Splits data into parts that are held out in turn, and keeps the shares of classes.

use std::iter::FusedIterator;
use std::ops::Range;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::core::Shape;
use crate::data::{Dataset, Split, Subset, Train, Validation};
use crate::error::{Error, Result};
use plywood_kernel::aligned::Aligned;

/// The folds of a cross-validation: the data in parts of nearly the same size, of which each is held out once, while a
/// model is trained on the others (Stone 1974).
///
/// It is an iterator over pairs of training data and held-out data. Both are [`Subset`]s, which copy no example. The
/// score of a setting is the mean over all held-out parts:
///
/// ```
/// use plywood::data::{Folds, Split, digits};
/// use plywood::{Model, Trainer, evaluate, network};
///
/// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
///
/// let train = Split::train(digits(200, 1));
/// let mut accuracy = 0.0;
/// for (train, held_out) in Folds::new(train.data(), 4, 7)? {
///     assert_eq!((train.len(), held_out.len()), (150, 50));
///     let mut model = Model::<Reader>::new(1);
///     Trainer::new().epochs(1).run(&mut model, &train).validate(&held_out).fit()?;
///     accuracy += evaluate(&model, &held_out)?.accuracy() / 4.0;
/// }
/// println!("{accuracy}");
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Folds<'a, D> {
    data: &'a D,
    /// The numbers of the examples: fold after fold.
    order: Vec<usize>,
    /// The folds that are still to come.
    next: Range<usize>,
    count: usize,
}

impl<'a, D: Dataset> Folds<'a, D> {
    /// Divides data into `count` folds, in an order drawn from a seed, which is the same on every machine. The sizes of
    /// folds differ by 1 at most.
    ///
    /// # Errors
    /// [`Error::Argument`] when `count` is less than 2 or more than the number of examples.
    pub fn new(data: &'a D, count: usize, seed: u64) -> Result<Self> {
        check_count(count, data.len())?;
        Ok(Self { data, order: shuffled(data.len(), seed), next: 0..count, count })
    }

    /// Returns the numbers of the examples of a fold.
    fn part(&self, fold: usize) -> Range<usize> {
        let at =
            |fold: usize| fold * (self.order.len() / self.count) + fold.min(self.order.len() % self.count);
        at(fold)..at(fold + 1)
    }
}

impl<'a, D: Dataset<Target = usize>> Folds<'a, D> {
    /// Divides data into `count` folds as [`new`](Self::new) does, so that the numbers of examples of a class in any two
    /// folds differ by 1 at most. Each example is read once, for its label.
    ///
    /// ```
    /// use plywood::data::{Examples, Folds};
    /// use plywood::{Dataset, Flat};
    ///
    /// // one in ten is of class 1
    /// let rare = Examples::<Flat<1>>::from_arrays((0..50).map(|i| ([i as f32], usize::from(i % 10 == 0))))?;
    /// for (_, held_out) in Folds::stratified(&rare, 5, 7)? {
    ///     let labels = (0..10).map(|index| held_out.data().read(index, &mut [0.0_f32]));
    ///     assert_eq!(labels.sum::<usize>(), 1);
    /// }
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`new`](Self::new).
    pub fn stratified(data: &'a D, count: usize, seed: u64) -> Result<Self> {
        check_count(count, data.len())?;
        let sorted = sorted_by_class(&labels(data), seed);
        // dealt like cards: the folds get the examples of a class in turn, and the next class begins where it ended
        let order = (0..count).flat_map(|fold| sorted[fold..].iter().step_by(count).copied()).collect();
        Ok(Self { data, order, next: 0..count, count })
    }
}

/// Gives the training data and the held-out data of one fold after the other.
impl<'a, D: Dataset> Iterator for Folds<'a, D> {
    type Item = (Split<Train, Subset<&'a D>>, Split<Validation, Subset<&'a D>>);

    fn next(&mut self) -> Option<Self::Item> {
        let fold = self.next.next()?;
        let part = self.part(fold);
        let train = [&self.order[..part.start], &self.order[part.end..]].concat();
        let held_out = self.order[part].to_vec();
        let subset = |numbers| Subset::of(self.data, numbers);
        Some((Split::train(subset(train)), Split::validation(subset(held_out))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.next.size_hint()
    }
}

impl<D: Dataset> ExactSizeIterator for Folds<'_, D> {}
impl<D: Dataset> FusedIterator for Folds<'_, D> {}

fn check_count(count: usize, examples: usize) -> Result<()> {
    if (2..=examples).contains(&count) {
        return Ok(());
    }
    let expected = match examples {
        0 | 1 => format!("at least 2 examples, but there are {examples}"),
        _ => format!("from 2 to {examples}, the number of examples"),
    };
    Err(Error::argument("folds", count, expected))
}

/// Returns the labels of all examples.
fn labels<D: Dataset<Target = usize>>(data: &D) -> Vec<usize> {
    let mut x = Aligned::<f32>::zeros(D::Example::LEN);
    (0..data.len()).map(|index| data.read(index, &mut x)).collect()
}

/// Returns the numbers below `len` in an order drawn from a seed.
pub(super) fn shuffled(len: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    order
}

/// Returns the numbers of examples by class, within a class in an order drawn from a seed.
fn sorted_by_class(labels: &[usize], seed: u64) -> Vec<usize> {
    let mut order = shuffled(labels.len(), seed);
    order.sort_by_key(|&index| labels[index]);
    order
}

/// Divides the numbers of examples into `at` and the rest, both in the order of [`shuffled`], so that each class has its
/// share of both to within one example. `at` is at most the number of labels.
pub(super) fn stratified_split(labels: &[usize], at: usize, seed: u64) -> [Vec<usize>; 2] {
    let len = labels.len() as u128;
    // evenly spaced among the examples sorted by class, which fall on a run of n in ⌊n at / len⌋ or ⌈n at / len⌉ places
    let before = |place: usize| place as u128 * at as u128 / len.max(1);
    let mut is_first = vec![false; labels.len()];
    for (place, &index) in sorted_by_class(labels, seed).iter().enumerate() {
        is_first[index] = before(place + 1) > before(place);
    }
    let (first, second) = shuffled(labels.len(), seed).into_iter().partition(|&index| is_first[index]);
    [first, second]
}
