//! Defines the arguments that a layer receives in one pass.

use crate::core::frozen::Frozen;
use crate::core::{Declared, Epilogue, Layer};

/// The settings that all layers of one pass share.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing about the pass, whatever the others say"
)]
pub struct Pass {
    /// The number of examples in the batch.
    pub batch: usize,
    /// The seed of this pass.
    ///
    /// The random numbers of a layer are a function of this seed, the layer's [position](Pass::position) and the index
    /// of the number that they are for. So they are the same on any number of threads, and again in the backward pass.
    pub seed: u64,
    /// The number of layers before this one.
    pub position: usize,
    /// The effect of a forward pass on running statistics.
    pub running: Running,
    /// True if the parameters are [folded](Layer::fold), in evaluation. It reaches layers whose
    /// [`FUSION`](Layer::FUSION) declares that folding changes them or layers inside them.
    pub folded: bool,
    /// True if the gradient is as [`Layer::clear`] left it, so that a layer may overwrite it instead of adding to it.
    /// It reaches layers that [declare](crate::layer::Fusion::writes_gradients) that they do.
    pub fresh: bool,
    /// True if the batch may be a part of a larger one, in evaluation. The bits of an example's output must then not
    /// depend on the number of examples.
    pub part: bool,
    /// True if the layer is frozen: training must not change it, and in training too it computes what it does in
    /// evaluation. It drops nothing, draws nothing, and normalizes by its running statistics, which stay the same:
    /// [`running`](Self::running) is [`Running::Keep`] then.
    pub is_frozen: bool,
    /// The labels that are frozen.
    pub(crate) frozen: Frozen,
    /// The position from which layers draw from another seed; in an ordinary pass none does.
    /// [`check::contract`](crate::check::contract) uses it to find layers that contain more layers than they declare.
    #[doc(hidden)]
    pub bound: usize,
}

/// The effect of a forward pass in training on running statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// Moves them toward the batch's statistics, by the momentum of each layer.
    Move,
    /// Makes them the average over the batches so far. The number is that of this batch, counted from 1.
    Average(usize),
    /// Leaves them unchanged: the pass repeats an earlier one of the same batch (in a checkpoint), or is a trial (in a
    /// gradient check).
    Keep,
}

impl Running {
    /// Returns the weight w of this batch in `running ← (1 − w) running + w batch`, for a layer with the given
    /// momentum, or `None` if nothing changes.
    #[must_use]
    pub fn weight(self, momentum: f64) -> Option<f64> {
        match self {
            Self::Move => Some(momentum),
            Self::Average(batch) => Some(1.0 / batch as f64),
            Self::Keep => None,
        }
    }

    /// Returns a statistic after this pass, given its value `before` the pass and its value in the `batch`.
    ///
    /// If the batch's weight is 1, the result is `batch` for any `before`, even NaN.
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
    /// Creates a pass over the given number of examples.
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
            is_frozen: false,
            frozen: Frozen::NONE,
            bound: usize::MAX,
        }
    }

    /// Returns the pass with a gradient that is [fresh](Self::fresh).
    #[must_use]
    pub const fn on_a_fresh_gradient(self) -> Self {
        Self { fresh: true, ..self }
    }

    /// Returns the pass in which the layers under the given labels are [frozen](Self::is_frozen).
    #[must_use]
    pub(crate) const fn freezing(self, frozen: Frozen) -> Self {
        Self { frozen, ..self }
    }

    /// Returns the pass as the layer with label number `index` of the network `N` sees it.
    #[must_use]
    pub(crate) fn under_label<N: 'static>(self, index: usize) -> Self {
        if self.frozen.has::<N>(index) { self.frozen_throughout() } else { self }
    }

    /// Returns the pass in which all layers are [frozen](Self::is_frozen).
    #[must_use]
    pub(crate) const fn frozen_throughout(self) -> Self {
        Self { is_frozen: true, running: Running::Keep, ..self }
    }

    /// Returns the pass as the layer after `A` sees it.
    #[must_use]
    pub const fn after<A: Layer>(self) -> Self {
        self.skip(A::LAYERS)
    }

    /// Returns the pass as `L` sees it, without the settings that `L` does not declare that it handles.
    ///
    /// Every call of a layer goes through here, see [`call`](crate::layer::call).
    #[must_use]
    pub const fn to<L: Layer>(self) -> Self {
        let (folded, fresh) = (L::FUSION.is_folded(), L::FUSION.writes_gradients);
        Self { folded: self.folded && folded, fresh: self.fresh && fresh, ..self }
    }

    /// Returns the pass as a layer sees it after the given number of further layers.
    #[must_use]
    pub const fn skip(self, layers: usize) -> Self {
        let position = self.position + layers;
        let seed = if self.position < self.bound && self.bound <= position { !self.seed } else { self.seed };
        Self { seed, position, ..self }
    }
}

/// The slices that a forward pass in training receives.
///
/// They have exactly the layer's sizes for the batch, except scratch, which may be longer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Forward<'a, T> {
    /// The parameters: [`PARAMS`](Layer::PARAMS) numbers.
    pub params: &'a [T],
    /// The running statistics: [`BUFFERS`](Layer::BUFFERS) numbers.
    pub buffers: &'a mut [T],
    /// The input, `In::LEN` numbers for each example, in the [order of a batch](crate::Shape#the-order-of-a-batch);
    /// empty for layers that work [in place](crate::layer::Memory::IN_PLACE).
    pub x: &'a [T],
    /// The output, `Out::LEN` numbers for each example, in the same order. The layer writes all of it, whatever it holds
    /// on entry; for layers that work [in place](crate::layer::Memory::IN_PLACE) it holds the input.
    pub y: &'a mut [T],
    /// The work to do on the output in place of the layers after this one. It is [`NONE`](Epilogue::NONE) unless the
    /// layer [declares](Layer::FUSION) that it performs epilogues.
    pub epilogue: Epilogue<'a, T>,
    /// The [tape](crate::layer::Memory::tape): memory with any content, which is kept for the backward pass.
    pub tape: &'a mut [T],
    /// Scratch memory with any content, at least as many numbers as [`scratch`](crate::layer::Memory::scratch)
    /// declares.
    pub scratch: &'a mut [T],
}

impl<'a, T> Forward<'a, T> {
    /// Creates the arguments of a forward pass, without an epilogue.
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

/// The slices that a backward pass receives.
///
/// They have exactly the layer's sizes for the batch, except scratch, which may be longer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Backward<'a, T> {
    /// The parameters: [`PARAMS`](Layer::PARAMS) numbers.
    pub params: &'a [T],
    /// The running statistics: [`BUFFERS`](Layer::BUFFERS) numbers.
    pub buffers: &'a mut [T],
    /// The input of the forward pass. Its length and content are unspecified for layers that do not [read
    /// it](crate::layer::Memory::reads_nothing).
    pub x: &'a [T],
    /// The output of the forward pass. Its length and content are unspecified for layers that do not [read
    /// it](crate::layer::Memory::reads_nothing).
    pub y: &'a [T],
    /// True if the forward pass rectified the output in place of the next layer, so that `dy` is the gradient of the
    /// rectified output. It reaches layers that [declare](crate::layer::Fusion::differentiates) that they handle it.
    pub rectified: bool,
    /// The derivative of the loss with respect to the output. The layer may overwrite it unless it declares that it
    /// [preserves](crate::layer::Memory::preserves_dy) it.
    pub dy: &'a mut [T],
    /// The memory to *write* the derivative of the loss with respect to the input to. It is `None` if nobody needs the
    /// derivative (in the first layer of a network) and for layers that work [in
    /// place](crate::layer::Memory::IN_PLACE).
    pub dx: Option<&'a mut [T]>,
    /// The memory to *add* the derivative of the loss with respect to the parameters to; see [`Pass::fresh`].
    pub grads: &'a mut [T],
    /// The tape, as the forward pass left it.
    pub tape: &'a mut [T],
    /// Scratch memory with any content, at least as many numbers as [`scratch`](crate::layer::Memory::scratch)
    /// declares.
    pub scratch: &'a mut [T],
}

impl<'a, T> Backward<'a, T> {
    /// Creates the arguments of a backward pass from `dy` to `dx`. `[x, y]` are the input and output of the forward
    /// pass.
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

/// The slices that an evaluation receives, besides its [`Workspace`](crate::layer::Workspace).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Infer<'a, T> {
    /// The parameters: [`PARAMS`](Layer::PARAMS) numbers.
    pub params: &'a [T],
    /// The running statistics: [`BUFFERS`](Layer::BUFFERS) numbers.
    pub buffers: &'a [T],
    /// The work to do on the output in place of the layers after this one. It is [`NONE`](Epilogue::NONE) unless the
    /// layer [declares](Layer::FUSION) that it performs epilogues.
    pub epilogue: Epilogue<'a, T>,
}

impl<'a, T> Infer<'a, T> {
    /// Creates the arguments of an evaluation, without an epilogue.
    #[must_use]
    pub const fn new(params: &'a [T], buffers: &'a [T]) -> Self {
        Self { params, buffers, epilogue: Epilogue::NONE }
    }
}
