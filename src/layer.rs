//! The layer: a differentiable map between two shapes, as a type that owns no numbers.
//!
//! Layers are composed by one structural implementation, the [pair](crate::pair): `(A, B)` is a layer when what
//! `A` gives is what `B` takes. Everything else, networks included, is an ordinary layer.

use crate::init::Init;
use crate::outline::Outline;
use crate::slide::Windows;
use crate::space::larger;
use crate::{Backward, Field, Forward, Inspection, Pass, Scalar, Shape, Space, Stage, Then};
use plywood_kernel::math::elementwise::clear;

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

/// When a layer can do what [`Pass::then`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fuses {
    /// Never.
    Never,
    /// In `forward` and `infer`.
    Forward,
    /// In `backward` too, where it differentiates what it did as well: `dy` is that behind it.
    Always,
}

/// What evaluation on [folded](Layer::fold) parameters changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folding {
    /// Nothing.
    Nothing,
    /// Something in a layer inside.
    Inside,
    /// Nothing, but a factor and a shift for each channel of its output can become part of its own parameters: see
    /// [`absorb`](Layer::absorb).
    Absorbs,
    /// It becomes a factor and a shift for each channel, which the layer before it may absorb.
    Affine,
}

impl Folding {
    /// What it changes for a layer that consists of such a layer.
    #[must_use]
    pub const fn within(self) -> Self {
        match self {
            Self::Nothing | Self::Absorbs => Self::Nothing,
            Self::Inside | Self::Affine => Self::Inside,
        }
    }

    /// What it changes for a layer that consists of two, from what it changes [within](Self::within).
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match self {
            Self::Nothing => other,
            some => some,
        }
    }
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
/// A layer around inner layers adds up what they declare, and calls them by [`call`](crate::call). What it forgets costs
/// speed or is found by [`check::contract`](crate::check::contract).
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
    /// The least number of examples that a minibatch of training must have for the layer to learn: 2 for a batch
    /// normalization of single numbers, which have no variance in a batch of one.
    const MIN_BATCH: usize = 1;
    /// Numbers to work in while evaluating.
    const INFER_SCRATCH: Space = Space::NONE;
    /// Floating-point operations of one forward pass of one example: two for each multiply-add.
    const FLOPS: usize = 0;
    /// The most numbers of one example at any place inside, input and output included.
    const WIDTH: usize = larger(Self::In::LEN, Self::Out::LEN);
    /// How much of its input one output sees, where both are images: all of it unless said otherwise.
    const FIELD: Field = Field::ALL;
    /// Whether input and output share memory.
    const PLACE: Place = Place::Apart;
    /// Whether `backward` reads `x`.
    const USES_INPUT: bool = true;
    /// Whether `backward` reads `y`.
    const USES_OUTPUT: bool = false;
    /// Whether `backward` leaves `dy` as it is, which spares a residual a copy of it.
    const KEEPS_DY: bool = false;
    /// What a layer before it can do in its place, which is then all that it does.
    const THEN: Then = Then::Nothing;
    /// When it can do in place of the layer behind it what [`Pass::then`] asks for. Such a layer does not use its
    /// output in `backward`.
    const FUSES: Fuses = Fuses::Never;
    /// Whether it can add to its output, in `forward` and `infer`, other numbers that it is given: [`Pass::adds`]. Such a
    /// layer works [apart](Place::Apart), [rectifies](Self::FUSES) when it is asked to, and does not use its output in
    /// `backward`.
    const ADDS: bool = false;
    /// What evaluation on folded parameters changes. A layer that says `Nothing` is never told of folded parameters, and so
    /// can pass [`Pass`] on to others inside it.
    const FOLDING: Folding = Folding::Nothing;
    /// Whether a backward pass that is [fresh](Pass::fresh) writes some of the layer's gradients instead of adding to them:
    /// those that [`clear`](Self::clear) then leaves as they are. Others are never told of a fresh pass.
    const WRITES_WHOLE: bool = false;

    /// Draws starting values. `params` and `buffers` hold zeros on entry.
    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let _ = (params, buffers, init);
    }

    /// Training mode: computes the output and leaves on the tape what `backward` needs.
    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>);

    /// Computes the gradient from what `forward` left.
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>);

    /// Makes a gradient of any content ready for a backward pass that is [`fresh`](Pass::fresh): zeros, but for what such a
    /// pass writes whole. That spares large weights a pass over memory before, and one within the sum.
    ///
    /// It is called only for layers with [`WRITES_WHOLE`](Self::WRITES_WHOLE); other gradients are cleared whole.
    fn clear<T: Scalar>(grads: &mut [T]) {
        clear(grads);
    }

    /// Evaluation mode: [`Stage::map`] from input to output, or [`Stage::in_place`].
    fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>);

    /// Rewrites parameters for evaluation alone, to be told by [`Pass::folded`]: a normalisation by running statistics
    /// becomes a factor for each channel, then a shift for each, and these become part of the layer before it where that
    /// can [absorb](Self::absorb) them.
    ///
    /// Layers whose [`FOLDING`](Self::FOLDING) is `Inside` or `Affine`.
    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        let _ = (params, buffers);
    }

    /// Multiplies the parameters of each output channel with its factor; what the layer itself adds to its output is
    /// moved into the shifts. `affine` holds the factors, then the shifts.
    ///
    /// Layers whose [`FOLDING`](Self::FOLDING) is `Absorbs`.
    ///
    /// # Panics
    /// Unless it is implemented.
    fn absorb<T: Scalar>(params: &mut [T], affine: &mut [T]) {
        let _ = (params, affine);
        panic!("{} says that it absorbs factors, but lacks `absorb`", Self::NAME);
    }

    /// [`infer`](Self::infer) on parameters that [absorbed](Self::absorb) factors, with a shift for each channel in place
    /// of what the layer itself adds.
    ///
    /// Layers whose [`FOLDING`](Self::FOLDING) is `Absorbs`.
    ///
    /// # Panics
    /// Unless it is implemented.
    fn infer_shifted<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        shift: &[T],
        stage: &mut Stage<'_, T>,
    ) {
        let _ = (pass, params, buffers, shift, stage);
        panic!("{} says that it absorbs factors, but lacks `infer_shifted`", Self::NAME);
    }

    /// Evaluation mode, layer by layer: what [`infer`](Self::infer) computes, with a report of what each layer gives.
    ///
    /// Only a layer that consists of others need say how; it reports as [`outline`](Self::outline) lists.
    fn inspect<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        Self::infer(pass, params, buffers, stage);
        inspection.leaf::<Self>(pass, stage);
    }

    /// [`infer`](Self::infer) for every window of a larger image, see [`detect`](crate::detect). Layers that work on pixels
    /// do shared work once; the others, if nothing else is said, each window by itself.
    fn slide<T: Scalar>(params: &[T], buffers: &[T], windows: Windows<T>) -> Windows<T> {
        windows.each::<Self>(params, buffers)
    }

    /// Describes the layer: its tensors, or the layers that it consists of.
    fn outline(outline: &mut Outline) {
        outline.leaf::<Self>(&[]);
    }

    /// Describes the layer as the branch of a block that has this number: branches after the second nest, and number those
    /// inside on.
    #[doc(hidden)]
    fn outline_branch(outline: &mut Outline, number: usize) {
        outline.within(&format!("branch{number}"), Self::outline);
    }

    /// [`inspect`](Self::inspect) for what [`outline_branch`](Self::outline_branch) describes.
    #[doc(hidden)]
    fn inspect_branch<T: Scalar>(
        pass: Pass,
        params: &[T],
        buffers: &[T],
        stage: &mut Stage<'_, T>,
        inspection: &Inspection<'_, T>,
    ) {
        Self::inspect(pass, params, buffers, stage, inspection);
    }
}
