//! Reads minibatches: the order of the examples, and the memory into which they are read.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::core::Shape;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::random::mix;
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;
use plywood_kernel::math::elementwise;
use plywood_kernel::threads::parallel::{Wide, over_beside, threads};

/// A random order of the examples for each epoch.
#[derive(Debug)]
pub(crate) struct Order {
    indices: Vec<usize>,
    epochs: Xoshiro256PlusPlus,
}

impl Order {
    pub(crate) fn new(examples: usize, seed: u64) -> Self {
        Self { indices: (0..examples).collect(), epochs: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }

    /// Skips epochs that were trained before.
    pub(crate) fn skip(&mut self, epochs: usize) {
        (0..epochs).for_each(|_| _ = self.epochs.next_u64());
    }

    /// Returns the order of the next epoch, the seed for its examples' random draws, and a generator for all other
    /// draws.
    pub(crate) fn next_epoch(&mut self) -> (&[usize], u64, Xoshiro256PlusPlus) {
        let seed = self.epochs.next_u64();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        // always start from the same order, so that an epoch's order depends only on the seed and its number
        self.indices.iter_mut().enumerate().for_each(|(i, index)| *index = i);
        self.indices.shuffle(&mut rng);
        (&self.indices, mix(seed), rng)
    }
}

/// A data set that suits a network: it has examples, and the examples read from it are checked.
#[derive(Debug)]
pub(crate) struct CheckedData<'a, D, L> {
    name: &'static str,
    data: &'a D,
    loss: &'a L,
}

impl<'a, D: Dataset, L> CheckedData<'a, D, L> {
    /// Creates a source; `name` is its name in messages.
    pub(crate) fn new(name: &'static str, data: &'a D, loss: &'a L) -> Result<Self> {
        if data.is_empty() {
            return Err(Error::data(name, "no examples", "at least 1"));
        }
        Ok(Self { name, data, loss })
    }

    /// Returns the same data, checked by another loss.
    pub(crate) fn with_loss<'b, K>(&self, loss: &'b K) -> CheckedData<'b, D, K>
    where
        'a: 'b,
    {
        CheckedData { name: self.name, data: self.data, loss }
    }

    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }

    pub(crate) fn loss(&self) -> &'a L {
        self.loss
    }

    pub(crate) fn data(&self) -> &'a D {
        self.data
    }

    /// Reads every example once, so that a bad one is found before the first step and not after an hour of training.
    pub(crate) fn check<Out: Shape, T: Scalar>(&self) -> Result<()>
    where
        L: Loss<Out, Target = D::Target>,
    {
        let mut batch = Minibatch::<T, D>::new(self, 256);
        let mut indices = Vec::with_capacity(batch.targets.len());
        for first in (0..self.len()).step_by(batch.targets.len()) {
            indices.clear();
            indices.extend(first..self.len().min(first + batch.targets.len()));
            batch.read(self, &indices, Reading::Plain)?;
        }
        Ok(())
    }

    /// Returns true if the network and the loss can use the examples.
    fn fit<Out: Shape, T: Scalar>(&self, x: &[T], targets: &[D::Target]) -> bool
    where
        L: Loss<Out, Target = D::Target>,
    {
        elementwise::all_finite(x) && targets.iter().all(|&target| self.loss.check(target).is_ok())
    }

    /// Returns an error that says what is wrong with an unsuitable example.
    fn explain<Out: Shape, T: Scalar>(&self, index: usize, x: &[T], target: D::Target) -> Error
    where
        L: Loss<Out, Target = D::Target>,
    {
        let what = format!("{}, example {index}", self.name);
        if let Some(error) = self.data.failure(index) {
            return error;
        }
        match (self.loss.check(target), x.iter().position(|x| !x.to_f64().is_finite())) {
            (Err(unfit), _) => Error::data(what, unfit.found, unfit.expected),
            (Ok(()), Some(place)) => {
                Error::data(format!("{what}, number {place}"), x[place], "finite numbers")
            }
            (Ok(()), None) => Error::data(what, "numbers that change when read again", "the same every time"),
        }
    }
}

/// The way in which examples are read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    /// Reads the examples as they are, to measure a model.
    Plain,
    /// Reads the examples with random augmentation for training, in the epoch with this seed.
    Drawn(u64),
}

/// The numbers and targets of a minibatch.
type Read<'a, T, D> = (&'a [T], &'a [<D as Dataset>::Target]);

/// The memory of a minibatch, allocated once.
#[derive(Debug)]
pub(crate) struct Minibatch<T, D: Dataset> {
    x: Aligned<T>,
    targets: Vec<D::Target>,
}

impl<T: Scalar, D: Dataset> Minibatch<T, D> {
    /// Allocates room for `capacity` examples, or for all if there are fewer.
    pub(crate) fn new<L>(source: &CheckedData<'_, D, L>, capacity: usize) -> Self {
        let capacity = capacity.min(source.len());
        let mut x = Aligned::zeros(D::Example::LEN * capacity);
        // any target can fill the memory: each is overwritten before it is used
        let target = source.data.read(0, &mut x[..D::Example::LEN]);
        Self { x, targets: vec![target; capacity] }
    }

    /// Reads the examples with the given indices, at most as many as there is room for, and returns their numbers and
    /// targets.
    ///
    /// # Errors
    /// Returns [`Error::Data`] for the first example that the network or the loss cannot use.
    pub(crate) fn read<Out: Shape, L: Loss<Out, Target = D::Target>>(
        &mut self,
        source: &CheckedData<'_, D, L>,
        indices: &[usize],
        reading: Reading,
    ) -> Result<Read<'_, T, D>> {
        self.read_beside(source, indices, reading, || ControlFlow::Continue(())).1
    }

    /// [Reads](Self::read) the examples on threads that are idle during `work`; if `work` breaks off, perhaps not all.
    fn read_beside<Out: Shape, L: Loss<Out, Target = D::Target>, A>(
        &mut self,
        source: &CheckedData<'_, D, L>,
        indices: &[usize],
        reading: Reading,
        work: impl FnOnce() -> ControlFlow<A, A>,
    ) -> (A, Result<Read<'_, T, D>>) {
        /// The cost of reading a number, in multiply-adds, the unit of `parallel`.
        const READ: usize = 16;

        let len = D::Example::LEN;
        let x = &mut self.x[..len * indices.len()];
        let targets = &mut self.targets[..indices.len()];
        let first_unfit = AtomicUsize::new(usize::MAX);
        let worked = over_beside(
            (Wide { data: &mut *x, row: len }, &mut *targets),
            READ * len * indices.len(),
            &|first, piece| {
                let (x, targets): (Wide<'_, T>, &mut [D::Target]) = piece;
                for (i, (x, target)) in x.data.chunks_exact_mut(len).zip(&mut *targets).enumerate() {
                    let index = indices[first + i];
                    *target = match reading {
                        Reading::Plain => source.data.read(index, x),
                        // depends only on the epoch and the example, not on the order in which threads read
                        Reading::Drawn(epoch) => source.data.draw(index, mix(epoch ^ mix(index as u64)), x),
                    };
                }
                // checked after all are read: a check between two reads would wait for memory and delay the next read
                if !source.fit::<Out, T>(x.data, targets) {
                    let mut examples = x.data.chunks_exact(len).zip(targets.chunks_exact(1));
                    let unfit = examples.position(|(x, target)| !source.fit::<Out, T>(x, target));
                    first_unfit.fetch_min(first + unfit.unwrap_or(0), Ordering::Relaxed);
                }
            },
            work,
        );
        let read = match first_unfit.into_inner() {
            usize::MAX => Ok((&*x, &*targets)),
            i => Err(source.explain::<Out, T>(indices[i], &x[i * len..][..len], targets[i])),
        };
        (worked, read)
    }
}

/// The minibatches of an epoch in order: during work on one, idle threads read the next.
pub(crate) struct Minibatches<T, D: Dataset> {
    size: usize,
    now: Minibatch<T, D>,
    /// The next minibatch. It is `None` on one thread, where a second buffer would only take room in the caches.
    next: Option<Minibatch<T, D>>,
}

impl<T: Scalar, D: Dataset> Minibatches<T, D> {
    /// Allocates room for the minibatches of `size` examples that the current threads work with at a time.
    pub(crate) fn new<L>(source: &CheckedData<'_, D, L>, size: usize) -> Self {
        let next = (threads() > 1).then(|| Minibatch::new(source, size));
        Self { size, now: Minibatch::new(source, size), next }
    }

    /// Calls `work` with the numbers and targets of each minibatch, in the given order, until it returns a result.
    ///
    /// # Errors
    /// Returns the first error of `work`, or [`Error::Data`] for an example that cannot be used, after the work on the
    /// minibatches before it.
    pub(crate) fn each<Out: Shape, L: Loss<Out, Target = D::Target>, R>(
        &mut self,
        source: &CheckedData<'_, D, L>,
        order: &[usize],
        reading: Reading,
        mut work: impl FnMut(&[T], &[D::Target]) -> Result<Option<R>>,
    ) -> Result<Option<R>> {
        let mut chunks = order.chunks(self.size);
        let Self { now, next: Some(next), .. } = self else {
            for indices in chunks {
                let (x, targets) = self.now.read::<Out, L>(source, indices, reading)?;
                if let Some(result) = work(x, targets)? {
                    return Ok(Some(result));
                }
            }
            return Ok(None);
        };
        let mut ready = chunks.next().unwrap_or_default();
        now.read::<Out, L>(source, ready, reading)?;
        while !ready.is_empty() {
            let following = chunks.next().unwrap_or_default();
            let (x, targets) = (&now.x[..D::Example::LEN * ready.len()], &now.targets[..ready.len()]);
            let (worked, read) =
                next.read_beside::<Out, L, _>(source, following, reading, || match work(x, targets) {
                    Ok(None) => ControlFlow::Continue(Ok(None)),
                    end => ControlFlow::Break(end),
                });
            if let Some(result) = worked? {
                return Ok(Some(result));
            }
            read?;
            std::mem::swap(now, next);
            ready = following;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_each_example_once_in_an_order_of_its_own() {
        let orders = |seed| {
            let mut order = Order::new(50, seed);
            [(); 3].map(|()| order.next_epoch().0.to_vec())
        };
        let epochs = orders(7);
        for epoch in &epochs {
            let mut sorted = epoch.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        }
        assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2] && epochs[0] != epochs[2]);
        assert_eq!(epochs, orders(7));
        assert_ne!(epochs, orders(8));
    }
}
