//! What a layer does to its output in place of the next one.

use crate::core::{Folding, Layer};
use plywood_kernel::epilogue as kernel;
use plywood_kernel::math::elementwise::{add, add_rectified, map, rectify};

/// What a layer does to each number of its output as it writes it, in place of layers after it, which then cost no pass over
/// memory of their own: it adds an addend (the end of a [`Residual`](crate::layers::Residual)), then rectifies (a
/// [`Relu`](crate::layers::Relu)). In evaluation on folded parameters it also carries the shift of a batch normalization that
/// the layer [absorbed](Layer::absorb).
///
/// A layer is only told of what its [`FUSION`](Layer::FUSION) says that it performs; it can leave the rest to
/// [`apply`](Self::apply).
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'a, T> {
    /// Empty for none.
    shift: &'a [T],
    /// Empty for none.
    addend: &'a [T],
    rectifies: bool,
}

impl<'a, T> Epilogue<'a, T> {
    /// Does nothing.
    pub const NONE: Self = Self { shift: &[], addend: &[], rectifies: false };

    /// Returns the numbers to add to the output, as many as it has, if there are any.
    #[must_use]
    pub fn addend(self) -> Option<&'a [T]> {
        (!self.addend.is_empty()).then_some(self.addend)
    }

    /// Returns whether to rectify, after adding: y ← max(0, y).
    #[must_use]
    pub const fn rectifies(self) -> bool {
        self.rectifies
    }

    /// Returns what the layer adds to each channel: `own`, or the shift in its place if the layer has absorbed another.
    #[must_use]
    pub const fn bias(self, own: &'a [T]) -> &'a [T] {
        if self.shift.is_empty() { own } else { self.shift }
    }

    /// Returns the epilogue that rectifies, or does nothing.
    #[must_use]
    pub const fn rectifier(rectifies: bool) -> Self {
        Self { rectifies, ..Self::NONE }
    }

    /// Returns the epilogue that adds these numbers first.
    #[must_use]
    pub const fn adding(self, addend: &'a [T]) -> Self {
        Self { addend, ..self }
    }

    /// Returns the epilogue of a layer that has absorbed another with these shifts.
    pub(crate) const fn shifting(self, shift: &'a [T]) -> Self {
        Self { shift, ..self }
    }

    /// Returns what of the epilogue `L` declares that it performs.
    pub(crate) const fn told_to<L: Layer>(self) -> Self {
        Self {
            shift: if matches!(L::FUSION.folding, Folding::Absorbs) { self.shift } else { &[] },
            addend: if L::FUSION.can_add() { self.addend } else { &[] },
            rectifies: self.rectifies && L::FUSION.can_rectify(),
        }
    }

    /// Returns what a kernel does with it.
    pub(crate) const fn of_kernel(self) -> kernel::Epilogue<'a, T> {
        kernel::Epilogue { addend: self.addend, rectify: self.rectifies }
    }
}

impl<T: plywood_kernel::Scalar> Epilogue<'_, T> {
    /// Adds the addend to an output that has been computed, and rectifies it: for layers whose loops do not do so on the way.
    pub fn apply(self, y: &mut [T]) {
        match (self.addend(), self.rectifies) {
            (Some(addend), true) => add_rectified(y, addend),
            (Some(addend), false) => add(y, addend),
            (None, true) => map(y, rectify),
            (None, false) => {}
        }
    }
}
