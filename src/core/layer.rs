//! Defines the layer: a differentiable map between two shapes, as a type that owns no numbers.
//!
//! One structural implementation, the [pair](crate::pair), composes layers: `(A, B)` is a layer if the output shape of
//! `A` is the input shape of `B`. Everything else, networks included, is an ordinary layer.

mod cost;
mod fusion;
mod memory;

pub use cost::Cost;
pub(crate) use cost::copied;
pub use fusion::Fusion;
pub(crate) use fusion::{Folding, Performs};
pub(crate) use memory::Layout;
pub use memory::Memory;

use crate::core::{
    Backward, Forward, Infer, Init, Pass, ReceptiveField, Shape, Space, Visitor, Workspace, call, larger,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// A differentiable map from one shape to another.
///
/// A layer is a type without values. Its numbers lie in four flat arenas, whose sizes are its constants: parameters,
/// buffers, tape and scratch. Composition gives each layer its own slices.
///
/// A custom layer writes its two shapes, a name, [`forward`](Self::forward) and [`backward`](Self::backward), and
/// [`PARAMS`](Self::PARAMS) and [`init`](Self::init) if it has parameters. Every other item has a default that is
/// correct, though slower than it could be, with three exceptions: a layer has only the tape and scratch that
/// [`MEMORY`](Self::MEMORY) declares; one with running statistics, or that draws random numbers in training, writes
/// [`infer`](Self::infer); and the L2 penalty falls only on weights that [`outline`](Self::outline) describes.
/// `examples/custom_layer.rs` writes three layers, checks their gradients and uses them in a `network!`.
///
/// # Shapes
///
/// Examples lie one after the other, each in the order of its [`Shape`]. `x` and `dx` hold `In::LEN` numbers for each
/// of the [`Pass::batch`] examples, `y` and `dy` hold `Out::LEN`. `params` and `grads` hold [`PARAMS`](Self::PARAMS)
/// numbers in the order in which [`outline`](Self::outline) names them, and `buffers` holds [`BUFFERS`](Self::BUFFERS).
/// The tape has exactly the length that [`MEMORY`](Self::MEMORY) declares, and scratch at least that length.
///
/// # Contract
///
/// * `forward` writes `y`; `backward` writes `dx` and *adds* to `grads`.
/// * A layer allocates nothing and has no global state. Results depend neither on the number of threads nor on earlier
///   calls.
/// * `infer` computes the output in evaluation mode (no dropout, running statistics) from the same parameters.
/// * In a [frozen](Pass::is_frozen) pass `forward` computes the output of `infer`, and running statistics stay the same.
///
/// A layer around inner layers combines their declarations, and calls them through [`call`](crate::layer::call). A
/// forgotten declaration costs speed, or [`check::contract`](crate::check::contract) finds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "expected a layer, a pair `(A, B)` of layers or a network declared with `network!`",
    note = "a layer implements `plywood::Layer`"
)]
pub trait Layer: Sized + 'static {
    /// The shape of the input.
    type In: Shape;
    /// The shape of the output.
    type Out: Shape;

    /// The name for users, the keyword of `network!`.
    const NAME: &'static str;
    /// The number of trainable parameters.
    const PARAMS: usize = 0;
    /// The number of buffers: numbers that training changes, but not by the gradient, such as running statistics.
    const BUFFERS: usize = 0;
    /// The memory that the layer needs, and the layout of its input and output.
    const MEMORY: Memory = Memory::OUT_OF_PLACE;
    /// The cost of the layer, and its receptive field.
    const COST: Cost = Cost::FREE;
    /// The work that the layer does in place of its neighbors.
    const FUSION: Fusion = Fusion::NONE;

    /// Draws starting values. `params` and `buffers` hold zeros on entry, and the default leaves them so.
    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let _ = (params, buffers, init);
    }

    /// Computes the output in training mode, and writes to the tape what [`backward`](Self::backward) needs.
    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>);

    /// Computes the gradient from the tape that [`forward`](Self::forward) wrote.
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>);

    /// Computes the output in evaluation mode: by [`Workspace::map`] from input to output, or by
    /// [`Workspace::in_place`].
    ///
    /// The default runs [`forward`](Self::forward) with a tape in scratch. That is correct for a layer that computes
    /// the same in training and in evaluation.
    ///
    /// # Panics
    /// A layer that has [`BUFFERS`](Self::BUFFERS) but does not implement `infer` does not compile, because evaluation
    /// must not change running statistics. A layer that draws random numbers in training must implement `infer` too;
    /// [`check::contract`](crate::check::contract) finds one that does not.
    ///
    /// ```compile_fail,E0080
    /// use plywood::layer::{Backward, Forward, Pass};
    /// use plywood::{Flat, Layer, Model, Scalar};
    ///
    /// struct Counts;
    ///
    /// impl Layer for Counts {
    ///     type In = Flat<1>;
    ///     type Out = Flat<1>;
    ///     const NAME: &'static str = "counts";
    ///     const BUFFERS: usize = 1;
    ///
    ///     fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
    ///         io.buffers[0] += T::ONE;
    ///         io.y.copy_from_slice(io.x);
    ///     }
    ///     fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
    ///         io.dx.into_iter().for_each(|dx| dx.copy_from_slice(io.dy));
    ///     }
    /// }
    ///
    /// // error: the layer `counts` has 1 buffers, but no `infer` of its own
    /// let y = Model::<Counts>::new(0).infer(&[1.0]);
    /// ```
    #[inline]
    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        const { prove_infer::<Self>() };
        call::infer_by_forward::<Self, T>(pass, io, work);
    }

    /// Rewrites parameters for evaluation; [`Pass::folded`] then tells layers about it.
    ///
    /// A normalization by running statistics becomes a factor for each channel, followed by a shift for each channel.
    /// These become part of the layer before it, if that layer can [absorb](Self::absorb) them.
    ///
    /// It is called for layers whose [`FUSION`](Self::FUSION) declares [`folds`](Fusion::folds), and for layers that
    /// [contain](Fusion::within) such a layer.
    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        let _ = (params, buffers);
    }

    /// Multiplies the parameters of each output channel by the channel's factor, and moves the layer's own addends (its
    /// bias) into the shifts.
    ///
    /// `affine` holds the factors, then the shifts.
    ///
    /// It is called for layers whose [`FUSION`](Self::FUSION) declares [`absorbs`](Fusion::absorbs).
    ///
    /// # Panics
    /// The default panics.
    fn absorb<T: Scalar>(params: &mut [T], affine: &mut [T]) {
        let _ = (params, affine);
        panic!("{} says that it absorbs factors, but lacks `absorb`", Self::NAME);
    }

    /// Prepares a gradient with any content for a backward pass that is [`fresh`](Pass::fresh).
    ///
    /// It writes zeros, except where such a pass overwrites the gradient. That saves large weights one pass over memory
    /// before the backward pass and one within the sum.
    ///
    /// It is called for layers whose [`FUSION`](Self::FUSION) declares [`writes_gradients`](Fusion::writes_gradients).
    /// The gradients of other layers are filled with zeros.
    fn clear<T: Scalar>(grads: &mut [T]) {
        elementwise::clear(grads);
    }

    /// Describes the layer to a visitor: its tensors, or the layers inside it.
    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.leaf::<Self>(&[]);
    }
}

/// Fails to compile if a layer with running statistics leaves [`Layer::infer`] to its default.
#[track_caller]
const fn prove_infer<L: Layer>() {
    if L::BUFFERS > 0 {
        let message = crate::core::message::Message::new().text("the layer `").text(L::NAME).text("` has ");
        let message = message
            .number(L::BUFFERS)
            .text(" buffers, but no `infer` of its own: the default runs `forward`, which may move them")
            .text("\nhelp: implement `Layer::infer`, which reads buffers and leaves them as they are");
        panic!("{}", message.as_str());
    }
}

/// The constants that follow from a layer's declarations.
///
/// Every layer has them, and no layer writes them.
///
/// ```
/// use plywood::layers::Dense;
/// use plywood::Declared;
/// use plywood::layer::Space;
///
/// const { assert!(Dense::<784, 100>::FLOPS == 2 * 784 * 100) };
/// assert_eq!(Dense::<784, 100>::TAPE, Space::NONE);
/// ```
pub trait Declared: Layer {
    /// The numbers on the tape: those that a forward pass keeps for the backward pass, besides `x` and `y`.
    const TAPE: Space = Self::MEMORY.tape;
    /// The numbers of scratch memory in training.
    const SCRATCH: Space = Self::MEMORY.scratch;
    /// The numbers of scratch memory in evaluation.
    const INFER_SCRATCH: Space = match Self::MEMORY.infer_scratch {
        Some(scratch) => scratch,
        None => Self::MEMORY.tape.and(Self::MEMORY.scratch),
    };
    /// The largest count of numbers of one example at any place inside, input and output included.
    const WIDTH: usize = larger(Self::MEMORY.width, larger(Self::In::LEN, Self::Out::LEN));
    /// True if `backward` reads `x`.
    const READS_INPUT: bool = Self::MEMORY.reads_input;
    /// True if `backward` reads `y`.
    const READS_OUTPUT: bool = Self::MEMORY.reads_output;
    /// True if `backward` leaves `dy` unchanged.
    const PRESERVES_DY: bool = Self::MEMORY.preserves_dy;
    /// The number of layers that it consists of.
    const LAYERS: usize = Self::COST.layers;
    /// The floating-point operations of one forward pass of one example; a multiply-add counts as two.
    const FLOPS: usize = Self::COST.flops;
    /// The least number of examples that a minibatch of training must have for the layer to learn.
    const MIN_BATCH: usize = Self::COST.min_batch;
    /// The receptive field: how much of the input one output sees, if both are images.
    const FIELD: ReceptiveField = Self::COST.field;

    /// Fails to compile if the declarations of the layer contradict each other.
    #[doc(hidden)]
    const SOUND: () = {
        memory::prove::<Self>();
        fusion::prove::<Self>();
    };
}

impl<L: Layer> Declared for L {}
