//! What a layer does in place of its neighbors.

use crate::core::message::Message;
use crate::core::{Declared, Layer};

/// Which [`Epilogue`](crate::layer::Epilogue)s a layer can perform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Performs {
    Nothing,
    Rectifier,
    /// An addend, a rectifier, or both.
    AddendAndRectifier,
}

/// What evaluation on [folded](Layer::fold) parameters changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    Nothing,
    /// Something in a layer inside.
    Inside,
    /// Nothing, but a factor and a shift for each channel of its output can become part of its own parameters.
    Absorbs,
    /// It becomes a factor and a shift for each channel, which the layer before it may absorb.
    Affine,
}

/// Describes what a layer does in place of its neighbors, which then cost no pass over memory of their own:
/// [`Layer::FUSION`].
///
/// A layer that says nothing is told of nothing, and may hand what it is given on to a layer inside it.
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
    /// Does nothing in place of others.
    pub const NONE: Self = Self {
        performs: Performs::Nothing,
        differentiates: false,
        is_rectifier: false,
        folding: Folding::Nothing,
        writes_gradients: false,
    };

    /// Says that `forward` and `infer` perform an [`Epilogue`](crate::layer::Epilogue) that is a rectifier. The layer does not read
    /// its output in `backward`.
    #[must_use]
    pub const fn rectifies(self) -> Self {
        Self { performs: Performs::Rectifier, ..self }
    }

    /// Says that `forward` and `infer` perform every [`Epilogue`](crate::layer::Epilogue): an addend, a rectifier, or both. The layer
    /// works [out of place](crate::layer::Memory::OUT_OF_PLACE) and does not read its output in `backward`.
    #[must_use]
    pub const fn adds(self) -> Self {
        Self { performs: Performs::AddendAndRectifier, ..self }
    }

    /// Says that `backward` differentiates a rectifier that `forward` performed
    /// ([`Backward::rectified`](crate::layer::Backward::rectified)): `dy` is then the gradient of the rectified output.
    #[must_use]
    pub const fn differentiates(self) -> Self {
        Self { differentiates: true, ..self }
    }

    /// Says that the layer itself is y = max(0, x), which the layer before it may do in its place.
    #[must_use]
    pub const fn is_rectifier(self) -> Self {
        Self { is_rectifier: true, ..self }
    }

    /// Says that [`Layer::absorb`] makes a factor for each output channel part of the parameters, and that `infer` then uses
    /// the [shift](crate::layer::Epilogue::bias) of the epilogue in place of what the layer itself adds.
    #[must_use]
    pub const fn absorbs(self) -> Self {
        Self { folding: Folding::Absorbs, ..self }
    }

    /// Says that [`Layer::fold`] turns the parameters into a factor for each channel, followed by a shift for each, which the
    /// layer before may [absorb](Self::absorbs).
    #[must_use]
    pub const fn folds(self) -> Self {
        Self { folding: Folding::Affine, ..self }
    }

    /// Says that a backward pass that is [fresh](crate::layer::Pass::fresh) writes some of the gradients instead of adding to them:
    /// those that [`Layer::clear`] leaves as they are.
    #[must_use]
    pub const fn writes_gradients(self) -> Self {
        Self { writes_gradients: true, ..self }
    }

    /// Returns the fusion of a layer around one with this fusion, to which it passes on
    /// [`fold`](crate::layer::call::fold), [`clear`](crate::layer::call::clear) and what its [`Pass`](crate::layer::Pass) says.
    #[must_use]
    pub const fn within(self) -> Self {
        let folding = match self.folding {
            Folding::Nothing | Folding::Absorbs => Folding::Nothing,
            Folding::Inside | Folding::Affine => Folding::Inside,
        };
        Self { folding, writes_gradients: self.writes_gradients, ..Self::NONE }
    }

    /// Returns the fusion of a layer around two, from what holds [within](Self::within) each.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        let folding = match self.folding {
            Folding::Nothing => other.folding,
            some => some,
        };
        Self { folding, writes_gradients: self.writes_gradients || other.writes_gradients, ..self }
    }

    /// Whether the layer can perform a rectifier.
    pub(crate) const fn can_rectify(self) -> bool {
        !matches!(self.performs, Performs::Nothing)
    }

    /// Whether the layer can perform an addend.
    pub(crate) const fn can_add(self) -> bool {
        matches!(self.performs, Performs::AddendAndRectifier)
    }

    /// Whether [`Layer::fold`] changes something.
    pub(crate) const fn is_folded(self) -> bool {
        matches!(self.folding, Folding::Inside | Folding::Affine)
    }
}

/// Fails to compile where a layer cannot do what it says that it does in place of others.
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
