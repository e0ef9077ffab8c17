//! Shows the output of each layer of a network during an evaluation.

use std::any::TypeId;
use std::cell::{Cell, RefCell};

use crate::core::outline::{Entry, Kind};
use crate::core::visitor::{Children, Composite, Encloses, describes_itself};
use crate::core::{Declared, Infer, Layer, Outline, Pass, Shape, Visitor, Workspace, call};
use crate::model::predictor::space;
use crate::model::{Batch, Model};
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;

/// A function that receives the place of a layer and its output.
type Visit<'a, T> = dyn FnMut(usize, &[T]) + 'a;

/// An evaluation that shows the output of every layer.
///
/// Layers are identified by their place in the [`Outline`]. The cells are needed because the branches of a block report
/// to the same inspection.
struct Inspection<'a, T> {
    /// The type whose outline this is.
    root: TypeId,
    /// The place of the next layer.
    next: Cell<usize>,
    visit: RefCell<&'a mut Visit<'a, T>>,
}

impl<T: Scalar> Inspection<'_, T> {
    /// Skips entries of the outline, and returns the place of the first.
    fn enter(&self, entries: usize) -> usize {
        self.next.replace(self.next.get() + entries)
    }

    /// Evaluates a layer, and shows its output and those of the layers inside it.
    fn inspect<L: Layer>(
        &self,
        branch_of: Option<&'static str>,
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
    ) {
        let mut inspector = Inspector { inspection: self, branch_of, pass, io, work };
        if describes_itself::<L>() {
            L::outline(&mut inspector);
        } else {
            inspector.whole::<L>();
        }
    }
}

impl<T: Scalar> Children<T> for Inspection<'_, T> {
    fn infer<L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        self.inspect::<L>(None, pass, io, work);
    }

    fn infer_branch<Of: Layer, L: Layer>(&self, pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        self.inspect::<L>(Some(Of::NAME), pass, io, work);
    }
}

/// Evaluates the layer that it visits.
struct Inspector<'a, 'i, 'w, T> {
    inspection: &'a Inspection<'i, T>,
    /// The name of the layer of which this one is the second branch, if it is one.
    branch_of: Option<&'static str>,
    pass: Pass,
    io: Infer<'a, T>,
    work: &'a mut Workspace<'w, T>,
}

impl<T: Scalar> Inspector<'_, '_, '_, T> {
    /// Evaluates a layer without looking inside.
    fn whole<L: Layer>(&mut self) {
        // a custom layer that contains others has several entries
        let entries = Outline::within_root::<L>(self.inspection.root).entries.len();
        let place = self.inspection.enter(entries);
        call::infer::<L, T>(self.pass, self.io, self.work);
        self.show::<L>(place);
    }

    fn show<L: Layer>(&self, place: usize) {
        (self.inspection.visit.borrow_mut())(place, self.work.content(L::Out::LEN * self.pass.batch));
    }
}

impl<T: Scalar> Visitor for Inspector<'_, '_, '_, T> {
    fn leaf<L: Layer>(&mut self, _: &[(&str, Kind, &[usize])]) {
        self.whole::<L>();
    }

    fn block<L: Layer>(&mut self, _: impl FnOnce(&mut Self)) {
        self.whole::<L>();
    }

    fn composite<L: Composite>(&mut self, _: impl FnOnce(&mut Self)) {
        if L::OF_BRANCHES && self.branch_of == Some(L::NAME) {
            // its branches are those of the layer around it
            L::evaluate(self.pass, self.io, self.work, self.inspection);
        } else {
            let place = self.inspection.enter(1);
            L::evaluate(self.pass, self.io, self.work, self.inspection);
            self.show::<L>(place);
        }
    }

    fn sequence<A: Layer, B: Layer>(&mut self)
    where
        (A, B): Layer,
    {
        let (a, b) = self.io.split::<A, B>();
        self.inspection.inspect::<A>(None, self.pass, a, self.work);
        self.inspection.inspect::<B>(None, self.pass.after::<A>(), b, self.work);
    }

    fn alias<L: Layer, F: Layer>(&mut self) {
        self.inspection.inspect::<F>(None, self.pass, self.io, self.work);
    }

    fn network<N: Encloses>(&mut self) {
        let place = (self.inspection.root != TypeId::of::<N>()).then(|| self.inspection.enter(1));
        self.inspection.inspect::<N::Inside>(None, self.pass, self.io, self.work);
        if let Some(place) = place {
            self.show::<N>(place);
        }
    }
}

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Evaluates a batch, and shows the output of each layer.
    ///
    /// It evaluates layer by layer, without the fusing and folding of training and evaluation: it is meant for insight,
    /// not for speed. It shows a block after the layers inside it.
    ///
    /// # Shapes
    /// The examples lie one after the other, each as the layer's [`output`](Entry::output) arranges it; those of a pair
    /// of shapes lie in the [order of a batch](Shape#the-order-of-a-batch). A layer inside a `shared { … }` has twice as many examples: the
    /// first parts, then the second ones.
    ///
    /// # Examples
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
        let x = x.in_order();
        let mut work = Workspace::new(&x, front, back, scratch);
        inspection.infer::<N>(pass, Infer::new(self.params(), self.buffers()), &mut work);
    }
}
