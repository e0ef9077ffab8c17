//! Describes the work that a layer does in place of its neighbors.

use crate::core::message::Message;
use crate::core::{Declared, Layer};

/// The [`Epilogue`](crate::layer::Epilogue)s that a layer can perform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Performs {
    Nothing,
    Rectifier,
    /// An addend, a rectifier, or both.
    AddendAndRectifier,
}

/// The change that [folding](Layer::fold) the parameters makes to a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    Nothing,
    /// A layer inside it changes.
    Inside,
    /// The layer itself does not change, but its parameters can absorb a factor and a shift for each channel of its
    /// output.
    Absorbs,
    /// The layer becomes a factor and a shift for each channel, which the layer before it may absorb.
    Affine,
}

/// The work that a layer does in place of its neighbors: [`Layer::FUSION`].
///
/// The neighbors then cost no pass over memory of their own.
///
/// A layer that declares nothing receives no such request, and may hand everything that it receives to a layer inside
/// it.
///
/// ```
/// use plywood::layer::Fusion;
///
/// // a dense layer adds, rectifies and absorbs a batch normalization
/// const DENSE: Fusion = Fusion::NONE.adds().absorbs().writes_gradients();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fusion {
    pub(crate) performs: Performs,
    pub(crate) differentiates: bool,
    pub(crate) is_rectifier: bool,
    pub(crate) folding: Folding,
    pub(crate) writes_gradients: bool,
}

impl Fusion {
    /// The fusion of a layer that does no work of its neighbors.
    pub const NONE: Self = Self {
        performs: Performs::Nothing,
        differentiates: false,
        is_rectifier: false,
        folding: Folding::Nothing,
        writes_gradients: false,
    };

    /// Declares that `forward` and `infer` perform an [`Epilogue`](crate::layer::Epilogue) that rectifies. The layer
    /// must not read its output in `backward`.
    #[must_use]
    pub const fn rectifies(self) -> Self {
        Self { performs: Performs::Rectifier, ..self }
    }

    /// Declares that `forward` and `infer` perform every [`Epilogue`](crate::layer::Epilogue): an addend, a rectifier,
    /// or both.
    ///
    /// The layer must work [out of place](crate::layer::Memory::OUT_OF_PLACE) and must not read its output in
    /// `backward`.
    #[must_use]
    pub const fn adds(self) -> Self {
        Self { performs: Performs::AddendAndRectifier, ..self }
    }

    /// Declares that `backward` also differentiates a rectifier that `forward` performed
    /// ([`Backward::rectified`](crate::layer::Backward::rectified)): `dy` is then the gradient of the rectified output.
    #[must_use]
    pub const fn differentiates(self) -> Self {
        Self { differentiates: true, ..self }
    }

    /// Declares that the layer itself is y = max(0, x), which the layer before it may compute in its place.
    #[must_use]
    pub const fn is_rectifier(self) -> Self {
        Self { is_rectifier: true, ..self }
    }

    /// Declares that [`Layer::absorb`] multiplies a factor for each output channel into the parameters.
    ///
    /// `infer` then adds the [shift](crate::layer::Epilogue::bias) of the epilogue in place of the layer's own bias.
    #[must_use]
    pub const fn absorbs(self) -> Self {
        Self { folding: Folding::Absorbs, ..self }
    }

    /// Declares that [`Layer::fold`] turns the parameters into a factor for each channel, followed by a shift for each,
    /// which the layer before it may [absorb](Self::absorbs).
    #[must_use]
    pub const fn folds(self) -> Self {
        Self { folding: Folding::Affine, ..self }
    }

    /// Declares that a backward pass that is [fresh](crate::layer::Pass::fresh) overwrites some of the gradients
    /// instead of adding to them: those that [`Layer::clear`] leaves unchanged.
    #[must_use]
    pub const fn writes_gradients(self) -> Self {
        Self { writes_gradients: true, ..self }
    }

    /// Returns the fusion of a layer around one with this fusion.
    ///
    /// The outer layer passes on [`fold`](crate::layer::call::fold), [`clear`](crate::layer::call::clear) and its
    /// [`Pass`](crate::layer::Pass).
    #[must_use]
    pub const fn within(self) -> Self {
        let folding = match self.folding {
            Folding::Nothing | Folding::Absorbs => Folding::Nothing,
            Folding::Inside | Folding::Affine => Folding::Inside,
        };
        Self { folding, writes_gradients: self.writes_gradients, ..Self::NONE }
    }

    /// Returns the fusion of a layer around two, given the fusion [within](Self::within) each.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        let (this, other) = (self.within(), other.within());
        let folding = match this.folding {
            Folding::Nothing => other.folding,
            some => some,
        };
        Self { folding, writes_gradients: this.writes_gradients || other.writes_gradients, ..this }
    }

    /// Returns true if the layer can perform a rectifier.
    pub(crate) const fn can_rectify(self) -> bool {
        !matches!(self.performs, Performs::Nothing)
    }

    /// Returns true if the layer can perform an addend.
    pub(crate) const fn can_add(self) -> bool {
        matches!(self.performs, Performs::AddendAndRectifier)
    }

    /// Returns true if [`Layer::fold`] changes parameters.
    pub(crate) const fn is_folded(self) -> bool {
        matches!(self.folding, Folding::Inside | Folding::Affine)
    }
}

/// Fails to compile if a layer cannot do what its `FUSION` declares.
#[track_caller]
pub(crate) const fn prove<L: Layer>() {
    let fusion = L::FUSION;
    let (says, needs) = if fusion.can_rectify() && L::READS_OUTPUT {
        ("performs epilogues", "such a layer says in `MEMORY` that `backward` does not read the output")
    } else if fusion.can_add() && !L::MEMORY.is_out_of_place() {
        ("adds to its output", "such a layer says `Memory::OUT_OF_PLACE`")
    } else if fusion.differentiates && !fusion.can_rectify() {
        ("differentiates a rectifier", "such a layer says `rectifies` or `adds` as well")
    } else if fusion.is_rectifier && !L::MEMORY.is_in_place() {
        ("is a rectifier", "such a layer says `Memory::IN_PLACE`")
    } else if matches!(fusion.folding, Folding::Absorbs) && !fusion.can_rectify() {
        ("absorbs factors", "such a layer says `rectifies` or `adds` as well")
    } else {
        return;
    };
    let message =
        Message::new().text("the layer `").text(L::NAME).text("` says in `FUSION` that it ").text(says);
    panic!("{}", message.text("\nnote: ").text(needs).as_str());
}
