//! What a layer is told and given in one pass.

use crate::{Folding, Fuses, Layer};
use plywood_kernel::epilogue::Epilogue;

/// What is the same for every layer of one pass.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// Examples in the batch.
    pub batch: usize,
    /// Seed of this pass: what a layer draws is a function of this seed, its [position](Pass::position) and the
    /// index of the number it draws for, so that it draws the same on any number of threads, and again in the
    /// backward pass.
    pub seed: u64,
    /// How many layers stand before this one.
    pub position: usize,
    /// What a forward pass does to running statistics.
    pub running: Running,
    /// What the layer does to its output in place of the layer behind it: nothing, unless it [says](Layer::FUSES) that
    /// it can.
    pub then: Then,
    /// Whether the parameters are [folded](Layer::fold), in evaluation. Told to layers whose
    /// [`FOLDING`](Layer::FOLDING) is `Inside` or `Affine`.
    pub folded: bool,
    /// Whether the gradient is what [`Layer::clear`] left, so that a layer that knows of it may write its own instead of
    /// adding to it. Told to layers that [say so](Layer::WRITES_WHOLE).
    pub fresh: bool,
    /// Whether the batch may be a part of a larger one, in evaluation: the bits of an example's output must then not depend
    /// on how many examples there are.
    pub part: bool,
    /// The position from which on layers draw from another seed; none does in an ordinary pass. So
    /// [`check::contract`](crate::check::contract) finds layers that hold more of them than they say.
    #[doc(hidden)]
    pub bound: usize,
}

/// What a layer can do to each number of its output as it writes it, in place of a layer behind it, which then costs no
/// pass over memory of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// y ← max(0, y), as [`Relu`](crate::layers::Relu) does.
    Rectify,
    /// y ← y + addend, as the end of a [`Residual`](crate::layers::Residual): see [`Layer::ADDS`].
    Add,
    /// y ← max(0, y + addend)
    AddRectify,
}

/// What a forward pass in training does to running statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// Moves them towards the batch's, by the momentum of each layer.
    Move,
    /// Makes them the average over the batches so far, of which this is the one with this number, from 1.
    Average(usize),
    /// Leaves them alone: the pass repeats an earlier one of the same batch (a checkpoint does), or is a trial (a
    /// gradient check's).
    Keep,
}

impl Running {
    /// The weight w of this batch in `running ← (1 − w) running + w batch`, for a layer of this momentum; `None`
    /// where nothing is to change.
    #[must_use]
    pub fn weight(self, momentum: f64) -> Option<f64> {
        match self {
            Self::Move => Some(momentum),
            Self::Average(batch) => Some(1.0 / batch as f64),
            Self::Keep => None,
        }
    }

    /// Returns a statistic after this pass, of which the batch alone has the value `batch`. Where the batch's weight is 1,
    /// the result is the batch's whatever stood `before`, also if that was NaN.
    ///
    /// ```
    /// use plywood::Running;
    ///
    /// assert_eq!(Running::Move.update(0.25, 4.0, 8.0), 5.0);
    /// assert_eq!(Running::Average(1).update(0.25, f64::NAN, 8.0), 8.0);
    /// assert_eq!(Running::Keep.update(0.25, 4.0, 8.0), 4.0);
    /// ```
    #[must_use]
    pub fn update(self, momentum: f64, before: f64, batch: f64) -> f64 {
        match self.weight(momentum) {
            None => before,
            Some(weight) if weight >= 1.0 => batch,
            Some(weight) => (1.0 - weight) * before + weight * batch,
        }
    }
}

impl Pass {
    /// A pass over so many examples.
    #[must_use]
    pub const fn new(batch: usize, seed: u64) -> Self {
        Self {
            batch,
            seed,
            position: 0,
            running: Running::Move,
            then: Then::Nothing,
            folded: false,
            fresh: false,
            part: false,
            bound: usize::MAX,
        }
    }

    /// The pass as a layer sees it that stands behind `A`.
    #[must_use]
    pub const fn after<A: Layer>(self) -> Self {
        self.skip(A::LAYERS)
    }

    /// Returns the pass as `L` is to see it: without what `L` does not declare that it knows of. All that call a layer go
    /// through here, see [`call`](crate::call).
    #[must_use]
    pub const fn to<L: Layer>(self) -> Self {
        let then = match self.then {
            Then::Rectify if matches!(L::FUSES, Fuses::Never) => Then::Nothing,
            Then::Add | Then::AddRectify if !L::ADDS => Then::Nothing,
            then => then,
        };
        let folded = self.folded && matches!(L::FOLDING, Folding::Inside | Folding::Affine);
        Self { then, folded, fresh: self.fresh && L::WRITES_WHOLE, ..self }
    }

    /// The pass as a layer sees it that is asked to do this in place of the layer behind it.
    pub(crate) const fn fusing(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// Whether to rectify.
    #[must_use]
    pub fn rectifies(self) -> bool {
        matches!(self.then, Then::Rectify | Then::AddRectify)
    }

    /// Whether to add what is given for that, before rectifying: [`Forward::addend`] or [`Stage::addend`](crate::Stage::addend).
    #[must_use]
    pub fn adds(self) -> bool {
        matches!(self.then, Then::Add | Then::AddRectify)
    }

    /// Returns what a kernel does to its output in this pass, given the numbers to add.
    pub(crate) fn epilogue<T>(self, addend: &[T]) -> Epilogue<'_, T> {
        Epilogue { addend: if self.adds() { addend } else { &[] }, rectify: self.rectifies() }
    }

    /// The pass as a layer sees it that stands so many layers further on.
    #[must_use]
    pub const fn skip(self, layers: usize) -> Self {
        let position = self.position + layers;
        let seed = if self.position < self.bound && self.bound <= position { !self.seed } else { self.seed };
        Self { seed, position, ..self }
    }
}

/// What a forward pass in training is given. Slices have exactly the layer's sizes for the batch, but for scratch,
/// which may be longer.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// `PARAMS` numbers.
    pub params: &'a [T],
    /// `BUFFERS` numbers: running statistics.
    pub buffers: &'a mut [T],
    /// The input, `In::LEN` numbers for each example, one example after the other.
    pub x: &'a [T],
    /// The output, `Out::LEN` numbers for each example; written, whatever it holds on entry.
    pub y: &'a mut [T],
    /// Numbers to add to the output, as many, where [`Pass::adds`]; else of unspecified length and content.
    pub addend: &'a [T],
    /// `TAPE` numbers to keep for the backward pass.
    pub tape: &'a mut [T],
    /// At least `SCRATCH` numbers to work in, of any content.
    pub scratch: &'a mut [T],
}

/// What a backward pass is given. Slices have exactly the layer's sizes for the batch, but for scratch, which may
/// be longer.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// `PARAMS` numbers.
    pub params: &'a [T],
    /// `BUFFERS` numbers.
    pub buffers: &'a mut [T],
    /// The input of the forward pass; of unspecified length and content where `USES_INPUT` is false.
    pub x: &'a [T],
    /// The output of the forward pass; of unspecified length and content where `USES_OUTPUT` is false.
    pub y: &'a [T],
    /// The loss's derivative with respect to the output. The layer may destroy it unless it
    /// [keeps](Layer::KEEPS_DY) it.
    pub dy: &'a mut [T],
    /// Where to *write* the derivative with respect to the input; `None` where nobody needs it (the first
    /// layer of a network) and for layers that work [in place](crate::Place::InPlace).
    pub dx: Option<&'a mut [T]>,
    /// Where to *add* the derivative with respect to the parameters; see [`Pass::fresh`].
    pub grads: &'a mut [T],
    /// What the forward pass left.
    pub tape: &'a mut [T],
    /// At least `SCRATCH` numbers to work in, of any content.
    pub scratch: &'a mut [T],
}
