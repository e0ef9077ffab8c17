//! Defines the epilogue: the work of the next layer that a layer does as it writes its output.

use crate::core::{Folding, Layer};
use plywood_kernel::epilogue as kernel;
use plywood_kernel::math::elementwise::{add, add_rectified, map, rectify};

/// The work that a layer does on each number of its output as it writes it, in place of the layers after it.
///
/// Those layers then cost no pass over memory of their own. The epilogue adds an addend (the end of a
/// [`Residual`](crate::layers::Residual)), then rectifies (a [`Relu`](crate::layers::Relu)). In evaluation on folded
/// parameters it also carries the shift of a batch normalization that the layer [absorbed](Layer::absorb).
///
/// A layer receives only what its [`FUSION`](Layer::FUSION) declares that it performs. It can leave the rest to
/// [`apply`](Self::apply).
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'a, T> {
    /// One number for each channel, which takes the place of the bias; empty if there is none.
    shift: &'a [T],
    /// One number for each number of the output; empty if there is none.
    addend: &'a [T],
    rectifies: bool,
}

impl<'a, T> Epilogue<'a, T> {
    /// The epilogue that does nothing.
    pub const NONE: Self = Self { shift: &[], addend: &[], rectifies: false };

    /// Returns the numbers to add to the output, if any; their count is that of the output.
    #[must_use]
    pub fn addend(self) -> Option<&'a [T]> {
        (!self.addend.is_empty()).then_some(self.addend)
    }

    /// Returns true if the layer rectifies, after adding: y ← max(0, y).
    #[must_use]
    pub const fn rectifies(self) -> bool {
        self.rectifies
    }

    /// Returns the numbers to add to the channels: `own`, or the shift in its place if the layer has absorbed another.
    #[must_use]
    pub const fn bias(self, own: &'a [T]) -> &'a [T] {
        if self.shift.is_empty() { own } else { self.shift }
    }

    /// Returns an epilogue that rectifies if `rectifies` is true, and otherwise does nothing.
    #[must_use]
    pub const fn rectifier(rectifies: bool) -> Self {
        Self { rectifies, ..Self::NONE }
    }

    /// Returns this epilogue with an addend, which is added before rectifying.
    #[must_use]
    pub const fn adding(self, addend: &'a [T]) -> Self {
        Self { addend, ..self }
    }

    /// Returns this epilogue with the shifts of an absorbed layer.
    pub(crate) const fn shifting(self, shift: &'a [T]) -> Self {
        Self { shift, ..self }
    }

    /// Returns the part of the epilogue that `L` declares that it performs.
    pub(crate) const fn performed_by<L: Layer>(self) -> Self {
        Self {
            shift: if matches!(L::FUSION.folding, Folding::Absorbs) { self.shift } else { &[] },
            addend: if L::FUSION.can_add() { self.addend } else { &[] },
            rectifies: self.rectifies && L::FUSION.can_rectify(),
        }
    }

    /// Returns the epilogue as kernels take it.
    pub(crate) const fn of_kernel(self) -> kernel::Epilogue<'a, T> {
        kernel::Epilogue { addend: self.addend, rectify: self.rectifies }
    }
}

impl<T: plywood_kernel::Scalar> Epilogue<'_, T> {
    /// Applies the epilogue to a finished output, for layers whose loops do not apply it as they write.
    pub fn apply(self, y: &mut [T]) {
        match (self.addend(), self.rectifies) {
            (Some(addend), true) => add_rectified(y, addend),
            (Some(addend), false) => add(y, addend),
            (None, true) => map(y, rectify),
            (None, false) => {}
        }
    }
}
