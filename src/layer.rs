//! The layer: a differentiable map between two shapes, as a type that owns no numbers.
//!
//! Layers are composed by one structural implementation, the [pair](crate::pair): `(A, B)` is a layer when what
//! `A` gives is what `B` takes. Everything else, networks included, is an ordinary layer.

use crate::init::Init;
use crate::outline::Outline;
use crate::space::larger;
use crate::{Field, Scalar, Shape, Space, Stage};

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
}

impl Pass {
    /// A pass over so many examples.
    #[must_use]
    pub const fn new(batch: usize, seed: u64) -> Self {
        Self { batch, seed, position: 0, running: Running::Move }
    }

    /// The pass as a layer sees it that stands behind `A`.
    #[must_use]
    pub const fn after<A: Layer>(self) -> Self {
        self.skip(A::LAYERS)
    }

    /// The pass as a layer sees it that stands so many layers further on.
    #[must_use]
    pub const fn skip(self, layers: usize) -> Self {
        Self { position: self.position + layers, ..self }
    }
}

/// How a layer's input and output share memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Reads `x`, writes all of `y`.
    Apart,
    /// Transforms its input where it lies. Going forward `x` is empty and `y` holds the input on entry; going
    /// backward `dx` is `None` and `dy` holds the input's gradient on return. Such a layer has no parameters
    /// and its gradient cannot need its input (it is gone), only its output.
    InPlace,
    /// Leaves the numbers and their order as they are, and only reads them as another shape. Called like
    /// `Apart`, but only where input and output cannot be the same memory: it copies.
    Same,
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
    /// layer of a network) and for layers that work [in place](Place::InPlace).
    pub dx: Option<&'a mut [T]>,
    /// Where to *add* the derivative with respect to the parameters.
    pub grads: &'a mut [T],
    /// What the forward pass left.
    pub tape: &'a mut [T],
    /// At least `SCRATCH` numbers to work in, of any content.
    pub scratch: &'a mut [T],
}

/// A differentiable map from one shape to another.
///
/// A layer is a type without values. Its numbers lie in four flat arenas that its constants size: parameters,
/// buffers, tape and scratch; composition hands each layer the slice that is its own.
///
/// # Contract
///
/// * `forward` writes `y`; `backward` writes `dx` and *adds* to `grads`.
/// * Nothing is allocated, nothing is global, and results depend on neither the number of threads nor earlier
///   calls.
/// * `infer` computes what evaluation needs (no dropout, running statistics), from the same parameters.
///
/// `examples/custom_layer.rs` writes one, checks its gradient and uses it in a `network!`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "expected a layer, a pair `(A, B)` of layers or a network declared with `network!`",
    note = "a layer implements `plywood::Layer`"
)]
pub trait Layer: Sized + 'static {
    /// What it takes.
    type In: Shape;
    /// What it gives.
    type Out: Shape;

    /// How users call it: the keyword of `network!`.
    const NAME: &'static str;
    /// Layers that it consists of.
    const LAYERS: usize = 1;
    /// Trainable numbers.
    const PARAMS: usize = 0;
    /// Numbers that training changes otherwise than by the gradient: running statistics.
    const BUFFERS: usize = 0;
    /// Numbers that a forward pass keeps for the backward pass, beside `x` and `y`.
    const TAPE: Space = Space::NONE;
    /// Numbers to work in while training.
    const SCRATCH: Space = Space::NONE;
    /// Numbers to work in while evaluating.
    const INFER_SCRATCH: Space = Space::NONE;
    /// Floating-point operations of one forward pass of one example: two for each multiply-add.
    const FLOPS: usize = 0;
    /// The most numbers of one example at any place inside, input and output included.
    const WIDTH: usize = larger(Self::In::LEN, Self::Out::LEN);
    /// How much of its input one output sees, where both are images.
    const FIELD: Field = Field::POINT;
    /// Whether input and output share memory.
    const PLACE: Place = Place::Apart;
    /// Whether `backward` reads `x`.
    const USES_INPUT: bool = true;
    /// Whether `backward` reads `y`.
    const USES_OUTPUT: bool = false;
    /// Whether `backward` leaves `dy` as it is, which spares a residual a copy of it.
    const KEEPS_DY: bool = false;

    /// Draws starting values. `params` and `buffers` hold zeros on entry.
    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let _ = (params, buffers, init);
    }

    /// Training mode: computes the output and leaves on the tape what `backward` needs.
    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>);

    /// Computes the gradient from what `forward` left.
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>);

    /// Evaluation mode: [`Stage::map`] from input to output, or [`Stage::in_place`].
    fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>);

    /// Describes the layer: its tensors, or the layers that it consists of.
    fn outline(outline: &mut Outline) {
        outline.leaf::<Self>(&[]);
    }
}

/// What a layer says of its [`Place`] must be possible; evaluated wherever a layer is run.
pub(crate) const fn assert_place<L: Layer>() {
    if !matches!(L::PLACE, Place::Apart) {
        assert!(
            L::In::LEN == L::Out::LEN,
            "a layer that works in place, or leaves the numbers as they are, gives as many as it takes"
        );
        assert!(
            L::PARAMS == 0 && !L::USES_INPUT,
            "a layer that works in place, or leaves the numbers as they are, can have no parameters and cannot use its \
             input in `backward`"
        );
    }
}

/// `L::forward` from `x` to `y`, whatever the layer's [`Place`].
#[inline]
pub(crate) fn forward_apart<L: Layer, T: Scalar>(pass: Pass, io: Forward<'_, T>) {
    const { assert_place::<L>() };
    if matches!(L::PLACE, Place::InPlace) {
        io.y.copy_from_slice(io.x);
        L::forward(pass, Forward { x: &[], ..io });
    } else {
        L::forward(pass, io);
    }
}

/// `L::backward` from `dy` to `dx`, whatever the layer's [`Place`].
#[inline]
pub(crate) fn backward_apart<L: Layer, T: Scalar>(pass: Pass, io: Backward<'_, T>) {
    const { assert_place::<L>() };
    if matches!(L::PLACE, Place::InPlace) {
        // nobody needs dx: neither has the layer parameters that would need dy
        let Some(dx) = io.dx else { return };
        L::backward(pass, Backward { x: &[], dy: &mut *io.dy, dx: None, ..io });
        dx.copy_from_slice(io.dy);
    } else {
        L::backward(pass, io);
    }
}
