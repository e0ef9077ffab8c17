//! What a layer is told and given in one pass.

use crate::core::{Declared, Epilogue, Layer};

/// What is the same for every layer of one pass.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Pass {
    /// The number of examples in the batch.
    pub batch: usize,
    /// Seed of this pass: what a layer draws is a function of this seed, its [position](Pass::position) and the
    /// index of the number it draws for, so that it draws the same on any number of threads, and again in the
    /// backward pass.
    pub seed: u64,
    /// How many layers stand before this one.
    pub position: usize,
    /// What a forward pass does to running statistics.
    pub running: Running,
    /// Whether the parameters are [folded](Layer::fold), in evaluation. Told to layers whose [`FUSION`](Layer::FUSION) says
    /// that folding changes them, or layers inside.
    pub folded: bool,
    /// Whether the gradient is what [`Layer::clear`] left, so that a layer that knows of it may write its own instead of
    /// adding to it. Told to layers that [say so](crate::layer::Fusion::writes_gradients).
    pub fresh: bool,
    /// Whether the batch may be a part of a larger one, in evaluation: the bits of an example's output must then not depend
    /// on how many examples there are.
    pub part: bool,
    /// The position from which on layers draw from another seed; none does in an ordinary pass. So
    /// [`check::contract`](crate::check::contract) finds layers that hold more of them than they say.
    #[doc(hidden)]
    pub bound: usize,
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
    /// use plywood::layer::Running;
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
    /// Makes a pass over the given number of examples.
    #[must_use]
    pub const fn new(batch: usize, seed: u64) -> Self {
        Self {
            batch,
            seed,
            position: 0,
            running: Running::Move,
            folded: false,
            fresh: false,
            part: false,
            bound: usize::MAX,
        }
    }

    /// Returns the pass with a gradient that is [fresh](Self::fresh).
    #[must_use]
    pub const fn on_a_fresh_gradient(self) -> Self {
        Self { fresh: true, ..self }
    }

    /// Returns the pass as a layer sees it that stands after `A`.
    #[must_use]
    pub const fn after<A: Layer>(self) -> Self {
        self.skip(A::LAYERS)
    }

    /// Returns the pass as `L` is to see it: without what `L` does not declare that it knows of. All that call a layer go
    /// through here, see [`call`](crate::layer::call).
    #[must_use]
    pub const fn to<L: Layer>(self) -> Self {
        let (folded, fresh) = (L::FUSION.is_folded(), L::FUSION.writes_gradients);
        Self { folded: self.folded && folded, fresh: self.fresh && fresh, ..self }
    }

    /// Returns the pass as a layer sees it that stands the given number of layers further on.
    #[must_use]
    pub const fn skip(self, layers: usize) -> Self {
        let position = self.position + layers;
        let seed = if self.position < self.bound && self.bound <= position { !self.seed } else { self.seed };
        Self { seed, position, ..self }
    }
}

/// The slices that a forward pass in training is given. They have exactly the layer's sizes for the batch, except scratch,
/// which may be longer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Forward<'a, T> {
    /// The parameters: [`PARAMS`](Layer::PARAMS) numbers.
    pub params: &'a [T],
    /// The running statistics: [`BUFFERS`](Layer::BUFFERS) numbers.
    pub buffers: &'a mut [T],
    /// The input, `In::LEN` numbers for each example, one example after the other; empty for layers that work [in
    /// place](crate::layer::Memory::IN_PLACE).
    pub x: &'a [T],
    /// The output, `Out::LEN` numbers for each example, to be written whatever it holds on entry; for layers that work [in
    /// place](crate::layer::Memory::IN_PLACE) it holds the input.
    pub y: &'a mut [T],
    /// What to do to the output in place of layers after this one: nothing, unless the layer [says](Layer::FUSION) that it can.
    pub epilogue: Epilogue<'a, T>,
    /// The [tape](crate::layer::Memory::tape): numbers to keep for the backward pass, of any content.
    pub tape: &'a mut [T],
    /// At least as many numbers to work in as [`scratch`](crate::layer::Memory::scratch) says, of any content.
    pub scratch: &'a mut [T],
}

impl<'a, T> Forward<'a, T> {
    /// Makes what a forward pass is given, without an epilogue.
    pub const fn new(
        params: &'a [T],
        buffers: &'a mut [T],
        x: &'a [T],
        y: &'a mut [T],
        [tape, scratch]: [&'a mut [T]; 2],
    ) -> Self {
        Self { params, buffers, x, y, epilogue: Epilogue::NONE, tape, scratch }
    }
}

/// The slices that a backward pass is given. They have exactly the layer's sizes for the batch, except scratch, which may be
/// longer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Backward<'a, T> {
    /// The parameters: [`PARAMS`](Layer::PARAMS) numbers.
    pub params: &'a [T],
    /// The running statistics: [`BUFFERS`](Layer::BUFFERS) numbers.
    pub buffers: &'a mut [T],
    /// The input of the forward pass; of unspecified length and content for layers that do not [read
    /// it](crate::layer::Memory::reads_nothing).
    pub x: &'a [T],
    /// The output of the forward pass; of unspecified length and content for layers that do not [read
    /// it](crate::layer::Memory::reads_nothing).
    pub y: &'a [T],
    /// Whether the forward pass rectified the output in place of the next layer, so that `dy` is the gradient of that. Told to
    /// layers that [say so](crate::layer::Fusion::differentiates).
    pub rectified: bool,
    /// The derivative of the loss with respect to the output. The layer may destroy it unless it
    /// [keeps](crate::layer::Memory::keeps_dy) it.
    pub dy: &'a mut [T],
    /// Where to *write* the derivative of the loss with respect to the input; `None` where nobody needs it (the first
    /// layer of a network) and for layers that work [in place](crate::layer::Memory::IN_PLACE).
    pub dx: Option<&'a mut [T]>,
    /// Where to *add* the derivative of the loss with respect to the parameters; see [`Pass::fresh`].
    pub grads: &'a mut [T],
    /// The tape, as the forward pass left it.
    pub tape: &'a mut [T],
    /// At least as many numbers to work in as [`scratch`](crate::layer::Memory::scratch) says, of any content.
    pub scratch: &'a mut [T],
}

impl<'a, T> Backward<'a, T> {
    /// Makes what a backward pass is given, from input and output `[x, y]` of the forward pass and `dy` to `dx`.
    pub const fn new(
        params: &'a [T],
        buffers: &'a mut [T],
        [x, y]: [&'a [T]; 2],
        dy: &'a mut [T],
        dx: Option<&'a mut [T]>,
        grads: &'a mut [T],
        [tape, scratch]: [&'a mut [T]; 2],
    ) -> Self {
        Self { params, buffers, x, y, rectified: false, dy, dx, grads, tape, scratch }
    }
}

/// The slices that an evaluation is given, besides its [`Workspace`](crate::layer::Workspace).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Infer<'a, T> {
    /// The parameters: [`PARAMS`](Layer::PARAMS) numbers.
    pub params: &'a [T],
    /// The running statistics: [`BUFFERS`](Layer::BUFFERS) numbers.
    pub buffers: &'a [T],
    /// What to do to the output in place of layers after this one: nothing, unless the layer [says](Layer::FUSION) that it can.
    pub epilogue: Epilogue<'a, T>,
}

impl<'a, T> Infer<'a, T> {
    /// Makes what an evaluation is given, without an epilogue.
    #[must_use]
    pub const fn new(params: &'a [T], buffers: &'a [T]) -> Self {
        Self { params, buffers, epilogue: Epilogue::NONE }
    }
}
