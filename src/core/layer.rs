//! The layer: a differentiable map between two shapes, as a type that owns no numbers.
//!
//! Layers are composed by one structural implementation, the [pair](crate::pair): `(A, B)` is a layer when what
//! `A` gives is what `B` takes. Everything else, networks included, is an ordinary layer.

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
/// A layer is a type without values. Its numbers lie in four flat arenas that its constants size: parameters,
/// buffers, tape and scratch; composition hands each layer the slices that are its own.
///
/// A layer of one's own writes its two shapes, a name, [`forward`](Self::forward) and [`backward`](Self::backward), and
/// [`PARAMS`](Self::PARAMS) and [`init`](Self::init) if it has parameters. Everything else has a default that is right, if
/// slower than it could be. `examples/custom_layer.rs` writes three, checks their gradients and uses them in a `network!`.
///
/// # Shapes
///
/// Examples lie one after the other, each as its [`Shape`] arranges it: `x` and `dx` hold `In::LEN` numbers for each of the
/// [`Pass::batch`] examples, `y` and `dy` hold `Out::LEN`. `params` and `grads` hold [`PARAMS`](Self::PARAMS) numbers in the
/// order in which [`outline`](Self::outline) names them, and `buffers` [`BUFFERS`](Self::BUFFERS). The tape has the length
/// that [`MEMORY`](Self::MEMORY) says, scratch at least that.
///
/// # Contract
///
/// * `forward` writes `y`; `backward` writes `dx` and *adds* to `grads`.
/// * Nothing is allocated, nothing is global, and results depend on neither the number of threads nor earlier calls.
/// * `infer` computes what evaluation needs (no dropout, running statistics), from the same parameters.
///
/// A layer around inner layers combines what they declare, and calls them by [`call`](crate::layer::call). What it forgets costs
/// speed or is found by [`check::contract`](crate::check::contract).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "expected a layer, a pair `(A, B)` of layers or a network declared with `network!`",
    note = "a layer implements `plywood::Layer`"
)]
pub trait Layer: Sized + 'static {
    /// The shape that it takes.
    type In: Shape;
    /// The shape that it gives.
    type Out: Shape;

    /// Its name: what users call it, the keyword of `network!`.
    const NAME: &'static str;
    /// The number of trainable numbers.
    const PARAMS: usize = 0;
    /// The number of numbers that training changes otherwise than by the gradient: running statistics.
    const BUFFERS: usize = 0;
    /// The memory that it needs, and whether input and output share theirs.
    const MEMORY: Memory = Memory::OUT_OF_PLACE;
    /// What it costs, and how much of its input an output sees.
    const COST: Cost = Cost::FREE;
    /// What it does in place of its neighbors.
    const FUSION: Fusion = Fusion::NONE;

    /// Draws starting values. `params` and `buffers` hold zeros on entry, and still do unless this is implemented.
    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        let _ = (params, buffers, init);
    }

    /// Computes the output in training mode, and leaves on the tape what [`backward`](Self::backward) needs.
    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>);

    /// Computes the gradient, from what [`forward`](Self::forward) left.
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>);

    /// Computes the output in evaluation mode: by [`Workspace::map`] from input to output, or by [`Workspace::in_place`].
    ///
    /// Unless it is implemented, it runs [`forward`](Self::forward) with a tape that lies in scratch. That is right for layers
    /// that do the same in training and in evaluation.
    ///
    /// # Panics
    /// A layer with [`BUFFERS`](Self::BUFFERS) that does not implement it does not compile: evaluation must not move running
    /// statistics. One that draws random numbers in training has to implement it too, which
    /// [`check::contract`](crate::check::contract) finds.
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

    /// Rewrites parameters for evaluation alone, of which [`Pass::folded`] then tells: a normalization by running statistics
    /// becomes a factor for each channel, then a shift for each, and these become part of the layer before it where that
    /// can [absorb](Self::absorb) them.
    ///
    /// Called for layers whose [`FUSION`](Self::FUSION) says [`folds`](Fusion::folds), or that one
    /// [within](Fusion::within) does.
    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        let _ = (params, buffers);
    }

    /// Multiplies the parameters of each output channel by its factor, and moves what the layer itself adds to its output into
    /// the shifts. `affine` holds the factors, then the shifts.
    ///
    /// Called for layers whose [`FUSION`](Self::FUSION) says [`absorbs`](Fusion::absorbs).
    ///
    /// # Panics
    /// Unless it is implemented.
    fn absorb<T: Scalar>(params: &mut [T], affine: &mut [T]) {
        let _ = (params, affine);
        panic!("{} says that it absorbs factors, but lacks `absorb`", Self::NAME);
    }

    /// Prepares a gradient of any content for a backward pass that is [`fresh`](Pass::fresh): writes zeros, except where such
    /// a pass writes the gradient whole. That spares large weights a pass over memory before, and one within the sum.
    ///
    /// Called for layers whose [`FUSION`](Self::FUSION) says [`writes_gradients`](Fusion::writes_gradients); other gradients
    /// are cleared whole.
    fn clear<T: Scalar>(grads: &mut [T]) {
        elementwise::clear(grads);
    }

    /// Describes the layer to a visitor: its tensors, or the layers that it consists of.
    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.leaf::<Self>(&[]);
    }
}

/// Fails to compile where a layer with running statistics leaves [`Layer::infer`] to its default.
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

/// The constants that follow from what a layer declares. Every layer has them, and no layer writes them.
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
    /// The numbers that a forward pass keeps for the backward pass, besides `x` and `y`.
    const TAPE: Space = Self::MEMORY.tape;
    /// The numbers to work in while training.
    const SCRATCH: Space = Self::MEMORY.scratch;
    /// The numbers to work in while evaluating.
    const INFER_SCRATCH: Space = match Self::MEMORY.infer_scratch {
        Some(scratch) => scratch,
        None => Self::MEMORY.tape.and(Self::MEMORY.scratch),
    };
    /// The most numbers of one example at any place inside, input and output included.
    const WIDTH: usize = larger(Self::MEMORY.width, larger(Self::In::LEN, Self::Out::LEN));
    /// Whether `backward` reads `x`.
    const READS_INPUT: bool = Self::MEMORY.reads_input;
    /// Whether `backward` reads `y`.
    const READS_OUTPUT: bool = Self::MEMORY.reads_output;
    /// Whether `backward` leaves `dy` as it is.
    const KEEPS_DY: bool = Self::MEMORY.keeps_dy;
    /// The number of layers that it consists of.
    const LAYERS: usize = Self::COST.layers;
    /// The floating-point operations of one forward pass of one example: two for each multiply-add.
    const FLOPS: usize = Self::COST.flops;
    /// The least number of examples that a minibatch of training must have for the layer to learn.
    const MIN_BATCH: usize = Self::COST.min_batch;
    /// How much of its input one output sees, where both are images.
    const FIELD: ReceptiveField = Self::COST.field;

    /// Fails to compile where what the layer declares cannot be.
    #[doc(hidden)]
    const SOUND: () = {
        memory::prove::<Self>();
        fusion::prove::<Self>();
    };
}

impl<L: Layer> Declared for L {}
