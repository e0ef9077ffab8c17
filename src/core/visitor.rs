//! What a layer consists of, told to whoever wants to know: summaries and names of tensors, inspection, detection.

use std::any::TypeId;

use crate::core::outline::Kind;
use crate::core::{Infer, Layer, Pass, Workspace, call};
use plywood_kernel::Scalar;

/// Walks over the layers of a network: what [`Layer::outline`] describes a layer to.
///
/// A layer calls exactly one of these methods, for `Self`; one that consists of others says how to go on to them:
///
/// ```text
/// fn outline<V: Visitor>(visitor: &mut V) {
///     visitor.leaf::<Self>(&[("weight", Kind::Weight, &[IN, OUT]), ("bias", Kind::Bias, &[OUT])]);
/// }
///
/// fn outline<V: Visitor>(visitor: &mut V) {
///     visitor.block::<Self>(F::outline);
/// }
/// ```
pub trait Visitor: Sized {
    /// Visits a layer that does not consist of others, with its tensors: name, kind and sides of each, in the order in which
    /// they lie. Parameters and buffers that are not described are still there: they follow as one tensor `rest`, on which no
    /// penalty falls.
    ///
    /// # Panics
    /// When more numbers are described than the layer has.
    fn leaf<L: Layer>(&mut self, tensors: &[(&str, Kind, &[usize])]);

    /// Visits a [`leaf`](Self::leaf) that changes each pixel by itself.
    fn pointwise<L: Pointwise>(&mut self, tensors: &[(&str, Kind, &[usize])]) {
        self.leaf::<L>(tensors);
    }

    /// Visits a [`leaf`](Self::leaf) that computes each pixel from a window of pixels.
    fn windowed<L: Windowed>(&mut self, tensors: &[(&str, Kind, &[usize])]) {
        self.leaf::<L>(tensors);
    }

    /// Visits a layer that consists of others, which `inside` visits in the order in which their parameters lie.
    fn block<L: Layer>(&mut self, inside: impl FnOnce(&mut Self));

    /// Visits a [`block`](Self::block) that says how it is evaluated layer by layer.
    fn composite<L: Composite>(&mut self, inside: impl FnOnce(&mut Self)) {
        self.block::<L>(inside);
    }

    /// Visits a pair: `A`, then `B`, without a block around them.
    fn sequence<A: Layer, B: Layer>(&mut self)
    where
        (A, B): Layer;

    /// Visits a layer that is `F` under another type.
    fn alias<L: Layer, F: Layer>(&mut self);

    /// Visits a layer that is `F` with a name of its own.
    fn labeled<L: Layer, F: Layer>(&mut self, label: &'static str) {
        let _ = label;
        self.alias::<L, F>();
    }

    /// Visits a declared network: a block of its layers, but for the network that the visit is of, which is its layers.
    fn network<N: Encloses>(&mut self);

    /// Visits what `inside` does under a name, as `shortcut` in `residual1.shortcut.conv1`.
    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        let _ = name;
        inside(self);
    }

    /// Visits what `inside` does the given number of times.
    fn copies(&mut self, copies: usize, inside: impl Fn(&mut Self)) {
        (0..copies).for_each(|_| inside(self));
    }

    /// Visits branches side by side. If the second is itself a [composite](Self::composite) of
    /// [branches](Composite::OF_BRANCHES), those are numbered on, as if they all stood side by side.
    fn branches<A: Layer, B: Layer>(&mut self) {
        A::outline(self);
        B::outline(self);
    }
}

/// A layer that is declared as a network of others.
pub trait Encloses: Layer {
    /// The layers inside it.
    type Inside: Layer;
}

/// A layer whose evaluation is that of the layers inside it, joined by little: for looking at what each of them gives.
pub trait Composite: Layer {
    /// Whether it puts two branches side by side.
    const OF_BRANCHES: bool = false;

    /// Computes what [`infer`](Layer::infer) does on parameters that are not folded, and calls each layer inside by `children`.
    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    );
}

/// Evaluates the layers inside a [`Composite`].
pub trait Children<T: Scalar> {
    /// Evaluates a layer.
    fn infer<L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>);

    /// Evaluates the second of two branches.
    fn infer_branch<L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        self.infer::<L>(pass, io, work);
    }
}

/// Evaluates layers, and nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Plainly;

impl<T: Scalar> Children<T> for Plainly {
    #[inline]
    fn infer<L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        call::infer::<L, T>(pass, io, work);
    }
}

/// A layer that in evaluation changes each pixel by itself, wherever it lies, or does nothing.
///
/// [Detection](crate::detect) runs such a layer once on a whole picture, instead of once on every window.
pub trait Pointwise: Layer {
    /// Changes any number of pixels, one after the other, from what [`infer`](Layer::infer) takes to what it gives.
    fn change<T: Scalar>(params: &[T], buffers: &[T], pixels: &mut [T]);
}

/// A layer that in evaluation computes each pixel from a window of pixels.
///
/// [Detection](crate::detect) runs such a layer once on a whole picture, instead of once on every window.
pub trait Windowed: Layer {
    /// How the window moves. `None` where it reaches into padding, so that the pixels at a border have other windows.
    const MOVES: Option<Moves>;

    /// Computes what [`infer`](Layer::infer) does, from an image `x` whose sides are the first to an image `y` whose sides are
    /// the second of `sides`.
    fn compute<T: Scalar>(params: &[T], buffers: &[T], sides: [[usize; 2]; 2], x: &[T], y: &mut [T]);
}

/// How the window of a [`Windowed`] layer moves, along rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// Pixels from the first to the last of a window.
    pub reach: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: [usize; 2],
}

/// Returns whether the outline of a layer is of the layer itself. That of a layer of the user's own may be of one inside it,
/// which computes something else.
pub(crate) fn describes_itself<L: Layer>() -> bool {
    let mut seen = Seen { what: TypeId::of::<L>(), layers: 0, others: 0 };
    L::outline(&mut seen);
    (seen.layers, seen.others) == (1, 0)
}

/// Counts how often a layer is visited, and how often others are.
struct Seen {
    what: TypeId,
    layers: usize,
    others: usize,
}

impl Seen {
    fn see<L: Layer>(&mut self) {
        if self.what == TypeId::of::<L>() { self.layers += 1 } else { self.others += 1 }
    }
}

impl Visitor for Seen {
    fn leaf<L: Layer>(&mut self, _: &[(&str, Kind, &[usize])]) {
        self.see::<L>();
    }
    fn block<L: Layer>(&mut self, _: impl FnOnce(&mut Self)) {
        self.see::<L>();
    }
    fn sequence<A: Layer, B: Layer>(&mut self)
    where
        (A, B): Layer,
    {
        self.see::<(A, B)>();
    }
    fn alias<L: Layer, F: Layer>(&mut self) {
        self.see::<L>();
    }
    fn network<N: Encloses>(&mut self) {
        self.see::<N>();
    }
}
