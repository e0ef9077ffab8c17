//! Infers from one model repeatedly.

use std::ops::Deref;
use std::sync::Arc;

use crate::core::{Declared, Infer, Layer, Pass, Shape, Workspace, call, order};
use crate::model::Model;
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;
use plywood_kernel::threads::parallel::{Splittable, over, threads};

/// Infers repeatedly from one model, without an allocation after the first call on a given number of threads.
///
/// Creation does the work that only evaluation allows: normalizations by running statistics are [folded](Layer::fold)
/// into the weights before them, in a copy of the parameters. The results therefore equal those of [`Model::infer`] up
/// to rounding.
///
/// Batches are shared by the threads on which the caller runs ([`Threads::run`](crate::Threads::run)), a few examples
/// at a time, so that activations stay in the cache of one core. A single example is shared layer by layer. Either way,
/// the bits are the same on any number of threads.
///
/// A predictor borrows its model, or [shares](Self::shared) it. A clone shares model and folded parameters with the
/// original, and has a work space of its own: one for each thread of a server. [`Inference`](crate::Inference) is the
/// same for networks that are chosen at run time, and [`serve`](crate::serve) collects requests of many callers.
#[derive(Debug)]
pub struct Predictor<'a, N, T = f32> {
    model: Held<'a, N, T>,
    /// The parameters after folding, if anything in them is folded.
    folded: Option<Arc<Aligned<T>>>,
    /// The work space of each thread.
    spaces: Vec<Aligned<T>>,
}

/// A model that is borrowed or shared.
#[derive(Debug)]
enum Held<'a, N, T> {
    Borrowed(&'a Model<N, T>),
    Shared(Arc<Model<N, T>>),
}

impl<N, T> Clone for Held<'_, N, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(model) => Self::Borrowed(model),
            Self::Shared(model) => Self::Shared(Arc::clone(model)),
        }
    }
}

impl<N, T> Deref for Held<'_, N, T> {
    type Target = Model<N, T>;

    fn deref(&self) -> &Model<N, T> {
        match self {
            Self::Borrowed(model) => model,
            Self::Shared(model) => model,
        }
    }
}

impl<N: Layer, T: Scalar> Clone for Predictor<'_, N, T> {
    fn clone(&self) -> Self {
        Self { model: self.model.clone(), folded: self.folded.clone(), spaces: Self::one_space() }
    }
}

impl<N: Layer, T: Scalar> Predictor<'static, N, T> {
    /// Creates a predictor that shares its model, so that it can be kept in a struct or given to a thread.
    ///
    /// # Examples
    /// ```
    /// use plywood::layers::Dense;
    /// use plywood::{Model, Predictor};
    ///
    /// /// A service beside nothing else: it borrows from nobody.
    /// struct Service {
    ///     predictor: Predictor<'static, Dense<2, 1>>,
    /// }
    ///
    /// let service = Service { predictor: Predictor::shared(Model::new(1)) };
    /// let workers = [1.0, 2.0].map(|x| {
    ///     let mut predictor = service.predictor.clone();
    ///     std::thread::spawn(move || predictor.infer(&[x, 0.0]))
    /// });
    /// let [one, two] = workers.map(|worker| worker.join().expect("a worker")[0]);
    /// assert_eq!(two, 2.0 * one);
    /// ```
    #[must_use]
    pub fn shared(model: impl Into<Arc<Model<N, T>>>) -> Self {
        Self::of(Held::Shared(model.into()))
    }
}

impl<'a, N: Layer, T: Scalar> Predictor<'a, N, T> {
    const FOLDS: bool = N::FUSION.is_folded();

    /// The number of examples that go through the network together, at most 64.
    ///
    /// It keeps two activations within 512 KiB, half of a typical second-level cache.
    const CHUNK: usize = {
        let fit = (512 << 10) / (2 * N::WIDTH * size_of::<T>());
        if fit < 1 {
            1
        } else if fit > 64 {
            64
        } else {
            fit
        }
    };

    /// The bytes of work space for each thread, and of folded parameters.
    pub const MEMORY: usize =
        (space::<N>(Self::CHUNK) + if Self::FOLDS { N::PARAMS } else { 0 }) * size_of::<T>();

    /// Folds all that can be folded, and allocates the work space of one thread.
    #[must_use]
    pub fn new(model: &'a Model<N, T>) -> Self {
        Self::of(Held::Borrowed(model))
    }

    fn of(model: Held<'a, N, T>) -> Self {
        let folded = Self::FOLDS.then(|| {
            let mut params = Aligned::zeros(N::PARAMS);
            params.copy_from_slice(model.params());
            call::fold::<N, T>(&mut params, model.buffers());
            Arc::new(params)
        });
        Self { model, folded, spaces: Self::one_space() }
    }

    /// Allocates the work space of one thread.
    fn one_space() -> Vec<Aligned<T>> {
        vec![Aligned::zeros(space::<N>(Self::CHUNK))]
    }

    pub(super) fn model(&self) -> &Model<N, T> {
        &self.model
    }

    /// Returns a predictor of the same model that borrows from nobody: it copies a model that this one borrows.
    pub(super) fn to_shared(&self) -> Predictor<'static, N, T> {
        let model = match &self.model {
            Held::Borrowed(model) => Arc::new((*model).clone()),
            Held::Shared(model) => Arc::clone(model),
        };
        let spaces = Self::one_space();
        Predictor { model: Held::Shared(model), folded: self.folded.clone(), spaces }
    }

    /// Returns the network's output for one example.
    ///
    /// The output is an array [on the stack](Shape#arrays-and-the-stack); for large ones, use
    /// [`infer_into`](Self::infer_into).
    #[must_use]
    pub fn infer(&mut self, x: &<N::In as Shape>::Array<T>) -> <N::Out as Shape>::Array<T> {
        let mut y = N::Out::zeros();
        self.infer_into(N::In::as_slice(x), N::Out::as_mut_slice(&mut y));
        y
    }

    /// Writes the network's outputs for the examples in `x` to `y`, one after the other.
    ///
    /// # Panics
    /// Panics if `x` and `y` do not hold the same number of whole examples.
    pub fn infer_into(&mut self, x: &[T], y: &mut [T]) {
        assert!(
            x.len().is_multiple_of(N::In::LEN) && x.len() / N::In::LEN * N::Out::LEN == y.len(),
            "x holds {} numbers of {} an example, y {} of {}",
            x.len(),
            N::In::LEN,
            y.len(),
            N::Out::LEN
        );
        let examples = x.len() / N::In::LEN;
        if examples == 0 {
            return;
        }
        let pieces = if examples < threads() { 1 } else { threads() };
        // kept for later batches
        while self.spaces.len() < threads() {
            self.spaces.push(Aligned::zeros(space::<N>(Self::CHUNK)));
        }
        let arenas =
            [self.folded.as_ref().map_or(self.model.params(), |params| &***params), self.model.buffers()];
        let share = examples.div_ceil(pieces);
        let pieces = Pieces { y, len: share * N::Out::LEN, spaces: &mut self.spaces[..pieces] };
        // by reference, so that the sharing of work is compiled once instead of for each network
        let work: &(dyn Fn(usize, Pieces<'_, T>) + Sync) = &|first, pieces| {
            for (i, (y, space)) in pieces.y.chunks_mut(pieces.len).zip(pieces.spaces).enumerate() {
                let x = &x[(first + i) * share * N::In::LEN..][..y.len() / N::Out::LEN * N::In::LEN];
                let chunks = x.chunks(N::In::LEN * Self::CHUNK).zip(y.chunks_mut(N::Out::LEN * Self::CHUNK));
                for (x, y) in chunks {
                    let pass = Pass { folded: true, part: true, ..Pass::new(x.len() / N::In::LEN, 0) };
                    infer::<N, T>(pass, arenas, x, y, space);
                }
            }
        };
        over(pieces, N::FLOPS / 2 * examples, &work);
    }
}

/// Parts of a batch, each with a work space.
struct Pieces<'a, T> {
    y: &'a mut [T],
    /// The number of values of `y` in a part; the last may be shorter.
    len: usize,
    spaces: &'a mut [Aligned<T>],
}

impl<T: Send> Splittable for Pieces<'_, T> {
    fn count(&self) -> usize {
        self.spaces.len()
    }
    fn split(self, at: usize) -> (Self, Self) {
        let (left, right) = self.y.split_at_mut((at * self.len).min(self.y.len()));
        let (spaces, others) = self.spaces.split_at_mut(at);
        (Self { y: left, len: self.len, spaces }, Self { y: right, len: self.len, spaces: others })
    }
}

/// Returns the number of values in the work space for a batch.
pub(crate) const fn space<N: Layer>(batch: usize) -> usize {
    (2 * N::WIDTH + inputs::<N>()) * batch + N::INFER_SCRATCH.len(batch)
}

/// Returns the number of values of an example that are copied into the [order of a batch](Shape#the-order-of-a-batch).
const fn inputs<N: Layer>() -> usize {
    if <N::In as Shape>::DIMS.is_pair() { <N::In as Shape>::LEN } else { 0 }
}

/// Computes a network's outputs for the examples in `x`, from `[params, buffers]`. Examples lie one after the other in `x`
/// and in `y`.
#[inline]
pub(crate) fn infer<N: Layer, T: Scalar>(
    pass: Pass,
    [params, buffers]: [&[T]; 2],
    x: &[T],
    y: &mut [T],
    space: &mut [T],
) {
    let (front, rest) = space.split_at_mut(N::WIDTH * pass.batch);
    let (back, rest) = rest.split_at_mut(N::WIDTH * pass.batch);
    let (inputs, scratch) = rest.split_at_mut(inputs::<N>() * pass.batch);
    // both orders of one example are the same
    let x = if N::In::DIMS.is_pair() && pass.batch > 1 {
        order::to_batch::<N::In, T>(x, inputs);
        &*inputs
    } else {
        x
    };
    let mut work = Workspace::new(x, front, back, scratch);
    call::infer::<N, T>(pass, Infer::new(params, buffers), &mut work);
    let content = work.content(N::Out::LEN * pass.batch);
    if N::Out::DIMS.is_pair() && pass.batch > 1 {
        order::to_examples::<N::Out, T>(content, y);
    } else {
        y.copy_from_slice(content);
    }
}
