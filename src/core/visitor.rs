//! Visits the layers inside a layer: for summaries, names of tensors, inspection and detection.

use std::any::TypeId;

use crate::core::outline::Kind;
use crate::core::{Infer, Layer, Pass, Workspace, call};
use plywood_kernel::Scalar;

/// Walks over the layers of a network. [`Layer::outline`] describes a layer to it.
///
/// A layer calls exactly one of these methods, for `Self`. A layer that contains others passes on how to visit them:
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
    /// Visits a layer without layers inside, with the name, kind and sides of each of its tensors, in memory order.
    ///
    /// Parameters and buffers that are not described follow as one tensor `rest`, to which no penalty applies.
    ///
    /// # Panics
    /// Panics if the tensors have more numbers than the layer.
    fn leaf<L: Layer>(&mut self, tensors: &[(&str, Kind, &[usize])]);

    /// Visits a [`leaf`](Self::leaf) that changes each pixel by itself.
    fn pointwise<L: Pointwise>(&mut self, tensors: &[(&str, Kind, &[usize])]) {
        self.leaf::<L>(tensors);
    }

    /// Visits a [`leaf`](Self::leaf) that computes each pixel from a window of pixels.
    fn windowed<L: Windowed>(&mut self, tensors: &[(&str, Kind, &[usize])]) {
        self.leaf::<L>(tensors);
    }

    /// Visits a layer that contains others. `inside` visits these in the order of their parameters.
    fn block<L: Layer>(&mut self, inside: impl FnOnce(&mut Self));

    /// Visits a [`block`](Self::block) that can be evaluated layer by layer.
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

    /// Visits a declared network. It is a block of its layers, unless the visit began with it; then it is its layers.
    fn network<N: Encloses>(&mut self);

    /// Visits the layers of `inside` under a name, such as `shortcut` in `residual1.shortcut.conv1`.
    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        let _ = name;
        inside(self);
    }

    /// Visits the layers of `inside` the given number of times.
    fn copies(&mut self, copies: usize, inside: impl Fn(&mut Self)) {
        (0..copies).for_each(|_| inside(self));
    }

    /// Visits branches side by side. If the second is itself a [composite](Self::composite) of
    /// [branches](Composite::OF_BRANCHES) with the same name as the layer around it, the numbering continues there, as
    /// if all branches stood side by side.
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

/// A layer whose evaluation is that of the layers inside it, with little work between them. It allows an inspection of
/// the output of each.
pub trait Composite: Layer {
    /// True if the layer puts two branches side by side.
    const OF_BRANCHES: bool = false;

    /// Computes the same as [`infer`](Layer::infer) on parameters that are not folded, but calls each layer inside
    /// through `children`.
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

    /// Evaluates `L`, the second of the two branches of the layer `Of`.
    fn infer_branch<Of: Layer, L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        self.infer::<L>(pass, io, work);
    }
}

/// Evaluates layers without observing them.
#[derive(Debug, Clone, Copy)]
pub struct Plainly;

impl<T: Scalar> Children<T> for Plainly {
    #[inline]
    fn infer<L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        call::infer::<L, T>(pass, io, work);
    }
}

/// A layer that in evaluation changes each pixel by itself, independent of its place, or does nothing.
///
/// [Detection](crate::detect) runs such a layer once on a whole picture instead of once on every window.
pub trait Pointwise: Layer {
    /// Changes consecutive pixels, of any number, from the input to the output of [`infer`](Layer::infer).
    fn change<T: Scalar>(params: &[T], buffers: &[T], pixels: &mut [T]);
}

/// A layer that in evaluation computes each pixel from a window of pixels.
///
/// [Detection](crate::detect) runs such a layer once on a whole picture instead of once on every window.
pub trait Windowed: Layer {
    /// The reach and stride of the window. It is `None` if the window reaches into padding, because the pixels at a
    /// border then have other windows.
    const MOVES: Option<Moves>;

    /// Computes the same as [`infer`](Layer::infer) from an image `x` to an image `y`.
    ///
    /// # Shapes
    /// `sides` holds the height and width of `x`, then those of `y`.
    fn compute<T: Scalar>(params: &[T], buffers: &[T], sides: [[usize; 2]; 2], x: &[T], y: &mut [T]);
}

/// The reach and stride of the window of a [`Windowed`] layer, along rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// The number of pixels of a window, from the first to the last.
    pub reach: [usize; 2],
    /// The number of pixels from one window to the next.
    pub stride: [usize; 2],
}

/// Returns true if the outline of a layer describes the layer itself.
///
/// The outline of a custom layer may describe a layer inside it, which computes something else.
pub(crate) fn describes_itself<L: Layer>() -> bool {
    let mut seen = Seen { what: TypeId::of::<L>(), layers: 0, others: 0 };
    L::outline(&mut seen);
    (seen.layers, seen.others) == (1, 0)
}

/// The number of visits to a layer, and to others.
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
