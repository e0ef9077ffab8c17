//! What each layer of a network gives, seen while it evaluates.

use std::any::TypeId;
use std::cell::{Cell, RefCell};

use crate::outline::Entry;
use crate::predictor::space;
use crate::{Batch, Declared, Infer, Layer, Model, Outline, Pass, Scalar, Shape, Workspace};
use plywood_kernel::aligned::Aligned;

/// Is told the place of a layer and what it gave.
type Visit<'a, T> = dyn FnMut(usize, &[T]) + 'a;

/// An evaluation that shows what every layer gives: what [`Layer::inspect`] reports to.
///
/// Layers are known by their place in the [`Outline`]. Cells, since the branches of a block report to the same.
pub struct Inspection<'a, T> {
    /// What the outline is of.
    root: TypeId,
    /// The place of the layer that comes next.
    next: Cell<usize>,
    visit: RefCell<&'a mut Visit<'a, T>>,
}

impl<T: Scalar> Inspection<'_, T> {
    /// Reports what a layer gave, which the workspace holds now.
    pub fn leaf<L: Layer>(&self, pass: Pass, work: &Workspace<'_, T>) {
        let place = self.enter(self.entries::<L>());
        self.show::<L>(place, pass, work);
    }

    /// Runs what a block consists of, and reports what the block gives behind that.
    pub fn block<L: Layer>(
        &self,
        pass: Pass,
        work: &mut Workspace<'_, T>,
        inner: impl FnOnce(&mut Workspace<'_, T>),
    ) {
        let place = self.enter(1);
        inner(work);
        self.show::<L>(place, pass, work);
    }

    /// The same for a layer `L` that leaves all to `Inner`: a block if it is one in the outline, as a nested network is.
    #[doc(hidden)]
    pub fn delegate<L: Layer, Inner: Layer>(
        &self,
        pass: Pass,
        work: &mut Workspace<'_, T>,
        inner: impl FnOnce(&mut Workspace<'_, T>),
    ) {
        if self.entries::<L>() > self.entries::<Inner>() {
            self.block::<L>(pass, work, inner);
        } else {
            inner(work);
        }
    }

    fn show<L: Layer>(&self, place: usize, pass: Pass, work: &Workspace<'_, T>) {
        (self.visit.borrow_mut())(place, work.content(L::Out::LEN * pass.batch));
    }

    /// Steps over entries of the outline, and gives the place of the first.
    fn enter(&self, entries: usize) -> usize {
        self.next.replace(self.next.get() + entries)
    }

    /// Entries of a layer in the outline: more than one for a layer of the user's own that consists of others.
    fn entries<L: Layer>(&self) -> usize {
        Outline::within_root::<L>(self.root).entries.len()
    }
}

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Evaluates a batch, and shows what each layer gives for it: one example after the other, as the layer's
    /// [`output`](Entry::output) arranges it. A block is shown behind the layers that it consists of.
    ///
    /// Layer by layer, without what training and evaluation fuse or fold: for looking, not for speed.
    ///
    /// ```
    /// use plywood::layers::{Dense, Relu};
    /// use plywood::{Batch, Flat, Model};
    ///
    /// let model = Model::<((Dense<2, 5>, Relu<Flat<5>>), Dense<5, 3>)>::new(1);
    /// let mut seen = Vec::new();
    /// model.inspect(&Batch::from_examples([[1.0, 2.0], [3.0, 4.0]].iter()), |layer, output| {
    ///     seen.push((layer.path.clone(), output.len()));
    /// });
    /// assert_eq!(seen, [("dense1".into(), 10), ("relu2".into(), 10), ("dense3".into(), 6)]);
    /// ```
    pub fn inspect(&self, x: &Batch<N::In, T>, mut visit: impl FnMut(&Entry, &[T])) {
        let pass = Pass::new(x.len(), 0);
        let outline = Outline::of::<N>();
        let mut visit = |place: usize, output: &[T]| {
            if let Some(entry) = outline.entries.get(place) {
                visit(entry, output);
            }
        };
        let inspection =
            Inspection { root: TypeId::of::<N>(), next: Cell::new(0), visit: RefCell::new(&mut visit) };
        let mut room = Aligned::zeros(space::<N>(pass.batch));
        let (front, rest) = room.split_at_mut(N::WIDTH * pass.batch);
        let (back, scratch) = rest.split_at_mut(N::WIDTH * pass.batch);
        let mut work = Workspace::new(x.as_slice(), front, back, scratch);
        N::inspect(pass, Infer::new(self.params(), self.buffers()), &mut work, &inspection);
    }
}
