//! Inference from one model, again and again.

use crate::call;
use crate::{Declared, Infer, Layer, Model, Pass, Scalar, Shape, Workspace};
use plywood_kernel::aligned::Aligned;
use plywood_kernel::threads::parallel::{Rows, over, threads};

/// Infers again and again from one model, without allocating after the first time on as many threads.
///
/// What evaluation alone allows is done on creation: normalisations by running statistics are
/// [folded](Layer::fold) into the weights before them, in a copy of the parameters. So results are those of
/// [`Model::infer`] to rounding.
///
/// Batches are shared by the threads that the caller runs on ([`Threads::run`](crate::Threads::run)), a few examples at a
/// time, so that activations stay in the cache of one core; a single example is shared layer by layer. Either way the
/// bits are the same on any number of threads.
#[derive(Debug)]
pub struct Predictor<'a, N, T = f32> {
    model: &'a Model<N, T>,
    /// The parameters, if anything in them is folded.
    folded: Option<Aligned<T>>,
    /// The work space of each thread.
    spaces: Vec<Aligned<T>>,
}

impl<'a, N: Layer, T: Scalar> Predictor<'a, N, T> {
    const FOLDS: bool = N::FUSION.is_folded();

    /// Examples that go through the network together: as many as keep two activations within 512 KiB, half of a
    /// usual second-level cache, and at most 64.
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

    /// Bytes of work space for each thread, and of folded parameters.
    pub const MEMORY: usize =
        (space::<N>(Self::CHUNK) + if Self::FOLDS { N::PARAMS } else { 0 }) * size_of::<T>();

    /// Folds what can be folded, and allocates the work space of one thread.
    #[must_use]
    pub fn new(model: &'a Model<N, T>) -> Self {
        let folded = Self::FOLDS.then(|| {
            let mut params = Aligned::zeros(N::PARAMS);
            params.copy_from_slice(model.params());
            call::fold::<N, T>(&mut params, model.buffers());
            params
        });
        Self { model, folded, spaces: vec![Aligned::zeros(space::<N>(Self::CHUNK))] }
    }

    /// Returns what the network gives for one example, as an array that lies [on the stack](Shape#arrays-and-the-stack): for
    /// large ones take [`infer_into`](Self::infer_into).
    #[must_use]
    pub fn infer(&mut self, x: &<N::In as Shape>::Array<T>) -> <N::Out as Shape>::Array<T> {
        let mut y = N::Out::zeros();
        self.infer_into(N::In::as_slice(x), N::Out::as_mut_slice(&mut y));
        y
    }

    /// What the network gives for the examples in `x`, one after the other, written to `y`.
    ///
    /// # Panics
    /// When `x` and `y` do not hold the same number of whole examples.
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
        // for any later batch as well
        while self.spaces.len() < threads() {
            self.spaces.push(Aligned::zeros(space::<N>(Self::CHUNK)));
        }
        let arenas = [self.folded.as_deref().unwrap_or(self.model.params()), self.model.buffers()];
        let share = examples.div_ceil(pieces);
        let pieces = Pieces { y, len: share * N::Out::LEN, spaces: &mut self.spaces[..pieces] };
        // by reference, so that how work is shared is compiled once and not for each network
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
    /// Numbers of `y` in a part; the last may be shorter.
    len: usize,
    spaces: &'a mut [Aligned<T>],
}

impl<T: Send> Rows for Pieces<'_, T> {
    fn count(&self) -> usize {
        self.spaces.len()
    }
    fn split(self, at: usize) -> (Self, Self) {
        let (left, right) = self.y.split_at_mut((at * self.len).min(self.y.len()));
        let (spaces, others) = self.spaces.split_at_mut(at);
        (Self { y: left, len: self.len, spaces }, Self { y: right, len: self.len, spaces: others })
    }
}

/// Numbers of work space for a batch.
pub(crate) const fn space<N: Layer>(batch: usize) -> usize {
    2 * N::WIDTH * batch + N::INFER_SCRATCH.len(batch)
}

/// What a network gives for the examples in `x`, from `[params, buffers]`.
#[inline]
pub(crate) fn infer<N: Layer, T: Scalar>(
    pass: Pass,
    [params, buffers]: [&[T]; 2],
    x: &[T],
    y: &mut [T],
    space: &mut [T],
) {
    let (front, rest) = space.split_at_mut(N::WIDTH * pass.batch);
    let (back, scratch) = rest.split_at_mut(N::WIDTH * pass.batch);
    let mut work = Workspace::new(x, front, back, scratch);
    call::infer::<N, T>(pass, Infer::new(params, buffers), &mut work);
    y.copy_from_slice(work.content(N::Out::LEN * pass.batch));
}
