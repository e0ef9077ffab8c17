//! Describes the memory that a layer needs.

use crate::core::message::Message;
use crate::core::{Declared, Layer, Shape, Space, larger};

/// The way in which a layer's input and output share memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    OutOfPlace,
    InPlace,
    View,
}

/// The memory that a layer needs: [`Layer::MEMORY`].
///
/// Start from one of the three layouts and add what the layer needs:
///
/// ```
/// use plywood::layer::{Memory, Space};
///
/// const NORM: Memory = Memory::OUT_OF_PLACE.tape(Space::per_example(2)).reads_input().preserves_dy();
/// const SIGMOID: Memory = Memory::IN_PLACE.reads_output();
/// ```
///
/// The defaults are the expensive cases: `backward` reads the input and the output, and overwrites `dy`. Tape and scratch
/// have no such default, since a layer receives no more than it declares. [`check::contract`](crate::check::contract)
/// finds wrong declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    pub(crate) layout: Layout,
    pub(crate) tape: Space,
    pub(crate) scratch: Space,
    /// `None` for the tape and the scratch together, which the default [`Layer::infer`] needs.
    pub(crate) infer_scratch: Option<Space>,
    pub(crate) width: usize,
    pub(crate) reads_input: bool,
    pub(crate) reads_output: bool,
    pub(crate) preserves_dy: bool,
}

impl Memory {
    /// The layout of a layer that reads `x` and writes all of `y`.
    ///
    /// `backward` reads both, unless [declared](Self::reads_input) [otherwise](Self::reads_nothing).
    pub const OUT_OF_PLACE: Self = Self {
        layout: Layout::OutOfPlace,
        tape: Space::NONE,
        scratch: Space::NONE,
        infer_scratch: None,
        width: 0,
        reads_input: true,
        reads_output: true,
        preserves_dy: false,
    };

    /// The layout of a layer that transforms its input in place.
    ///
    /// In `forward`, `x` is empty and `y` holds the input on entry. In `backward`, `dx` is `None` and `dy` holds the
    /// gradient of the input on return. Such a layer has no parameters. Its input is overwritten, so its gradient must
    /// follow from the output: `backward` reads that, unless [declared otherwise](Self::reads_nothing).
    pub const IN_PLACE: Self = Self { layout: Layout::InPlace, reads_input: false, ..Self::OUT_OF_PLACE };

    /// The layout of a layer that leaves the numbers and their order unchanged, and only reads them as another shape.
    ///
    /// Such a layer is called like one that works [out of place](Self::OUT_OF_PLACE), but only if input and output
    /// cannot be the same memory; it then copies.
    pub const VIEW: Self = Self {
        layout: Layout::View,
        reads_input: false,
        reads_output: false,
        preserves_dy: true,
        ..Self::OUT_OF_PLACE
    };

    /// Returns the memory of a layer that gives two layers their own parts of a batch, see
    /// [`Workspace::side_by_side`](crate::layer::Workspace::side_by_side). It takes `scratch` beside theirs.
    pub(crate) const fn side_by_side<F: Layer, G: Layer>(scratch: Space) -> Self {
        let ((), ()) = (F::SOUND, G::SOUND);
        let width = larger(F::WIDTH, G::WIDTH);
        let spare = Space::per_example(F::Out::LEN + width);
        Self {
            layout: Layout::OutOfPlace,
            tape: F::TAPE.and(G::TAPE),
            scratch: F::SCRATCH.or(G::SCRATCH).and(scratch),
            infer_scratch: Some(F::INFER_SCRATCH.or(G::INFER_SCRATCH).and(spare)),
            width,
            reads_input: F::READS_INPUT || G::READS_INPUT,
            reads_output: F::READS_OUTPUT || G::READS_OUTPUT,
            preserves_dy: F::PRESERVES_DY && G::PRESERVES_DY,
        }
    }

    /// Sets the size of the tape: the numbers that a forward pass keeps for the backward pass, besides `x` and `y`.
    #[must_use]
    pub const fn tape(self, tape: Space) -> Self {
        Self { tape, ..self }
    }

    /// Sets the size of the scratch memory in training.
    #[must_use]
    pub const fn scratch(self, scratch: Space) -> Self {
        Self { scratch, ..self }
    }

    /// Sets the size of the scratch memory of [`Layer::infer`].
    ///
    /// By default it is the tape and the scratch together, which the default implementation needs.
    #[must_use]
    pub const fn infer_scratch(self, scratch: Space) -> Self {
        Self { infer_scratch: Some(scratch), ..self }
    }

    /// Sets the largest count of numbers of one example at any place inside the layer.
    ///
    /// A layer around others sets it if that count exceeds those of the input and the output.
    #[must_use]
    pub const fn width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Declares that `backward` reads `x` but not `y`, which then need not be kept.
    #[must_use]
    pub const fn reads_input(self) -> Self {
        Self { reads_input: true, reads_output: false, ..self }
    }

    /// Declares that `backward` reads `y` but not `x`, which then need not be kept.
    #[must_use]
    pub const fn reads_output(self) -> Self {
        Self { reads_input: false, reads_output: true, ..self }
    }

    /// Declares that `backward` reads neither `x` nor `y`.
    #[must_use]
    pub const fn reads_nothing(self) -> Self {
        Self { reads_input: false, reads_output: false, ..self }
    }

    /// Declares that `backward` leaves `dy` unchanged, which saves a residual block a copy of it.
    #[must_use]
    pub const fn preserves_dy(self) -> Self {
        Self { preserves_dy: true, ..self }
    }

    /// Returns the same memory, but out of place.
    ///
    /// It is the memory of a layer that calls one with this memory through the functions of
    /// [`call`](crate::layer::call), from its own `x` to its own `y`.
    #[must_use]
    pub const fn out_of_place(self) -> Self {
        Self { layout: Layout::OutOfPlace, ..self }
    }

    /// Returns true if the layer transforms its input [in place](Self::IN_PLACE).
    #[must_use]
    pub const fn is_in_place(self) -> bool {
        matches!(self.layout, Layout::InPlace)
    }

    /// Returns true if the layer is a [view](Self::VIEW) of its input.
    #[must_use]
    pub const fn is_view(self) -> bool {
        matches!(self.layout, Layout::View)
    }

    /// Returns true if the layer works [out of place](Self::OUT_OF_PLACE).
    #[must_use]
    pub const fn is_out_of_place(self) -> bool {
        matches!(self.layout, Layout::OutOfPlace)
    }
}

/// Fails to compile if a layer cannot have the layout that it declares.
#[track_caller]
pub(crate) const fn prove<L: Layer>() {
    let says = match L::MEMORY.layout {
        Layout::OutOfPlace => return,
        Layout::InPlace => "says `Memory::IN_PLACE`",
        Layout::View => "says `Memory::VIEW`",
    };
    let message = Message::new().text("the layer `").text(L::NAME).text("` ").text(says).text(", but ");
    let message = if L::In::LEN != L::Out::LEN {
        message.text("takes ").number(L::In::LEN).text(" numbers and gives ").number(L::Out::LEN)
    } else if L::PARAMS > 0 {
        message.text("has ").number(L::PARAMS).text(" parameters")
    } else if L::MEMORY.reads_input {
        message.text("says `reads_input`")
    } else if L::MEMORY.is_in_place() && L::MEMORY.preserves_dy {
        message.text("says `preserves_dy`, where `dy` becomes the gradient of its input")
    } else {
        return;
    };
    let message = message
        .text("\nnote: such a layer gives as many numbers as it takes, has no parameters and does not read its input in `backward`")
        .text("\nnote: any layer may say `Memory::OUT_OF_PLACE`");
    panic!("{}", message.as_str());
}
