//! A layer where the macro cannot see what it takes or gives.

use std::marker::PhantomData;

use crate::core::{Layer, Shape, Visitor};

/// A layer that `network!` names by its path.
///
/// Where the path names none, `<Path as NamedLayer>::Layer` is an error and no type: the compiler is silent about all
/// that is built of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "expected a layer, a pair `(A, B)` of layers or a network declared with `network!`",
    note = "a layer implements `plywood::Layer`"
)]
pub trait NamedLayer {
    /// Itself.
    type Layer: Layer;
}

#[diagnostic::do_not_recommend]
impl<L: Layer> NamedLayer for L {
    type Layer = L;
}

/// The layer `L`, where a shape `S` reaches it: `network!` writes it around layers of the user's own and nested
/// networks.
///
/// `S` and `L::In` must be the same shape. That is not a bound, so that a mismatch is not a type mismatch of every
/// tuple that the layer is part of: `network!` proves it beside the tuple.
///
/// # Panics
/// Everything that computes does, when the shapes differ: that is for those who write the type by hand.
#[derive(Debug, Clone, Copy)]
pub struct Adapt<S, L>(PhantomData<(S, L)>);

impl<S: Shape, L: Layer> Adapt<S, L> {
    const FITS: bool = S::DIMS.same(<L::In as Shape>::DIMS);
}

#[diagnostic::do_not_recommend]
impl<S: Shape, L: Layer> Layer for Adapt<S, L> {
    crate::delegate_layer!(
        L,
        input = S,
        output = L::Out,
        name = L::NAME,
        proof = assert!(Self::FITS, "{} takes {}, not {}", L::NAME, <L::In as Shape>::DIMS, S::DIMS)
    );

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.alias::<Self, L>();
    }
}

/// The layer `L`, from which a shape `S` is expected: `network!` writes it around the branches of blocks that end in
/// layers of the user's own and nested networks.
///
/// `S` and `L::Out` must be the same shape. As with [`Adapt`], that is not a bound, and `network!` proves it beside
/// the block.
///
/// # Panics
/// Everything that computes does, when the shapes differ: that is for those who write the type by hand.
#[derive(Debug, Clone, Copy)]
pub struct Gives<S, L>(PhantomData<(S, L)>);

impl<S: Shape, L: Layer> Gives<S, L> {
    const FITS: bool = S::DIMS.same(<L::Out as Shape>::DIMS);
}

#[diagnostic::do_not_recommend]
impl<S: Shape, L: Layer> Layer for Gives<S, L> {
    crate::delegate_layer!(
        L,
        input = L::In,
        output = S,
        name = L::NAME,
        proof = assert!(Self::FITS, "{} gives {}, not {}", L::NAME, <L::Out as Shape>::DIMS, S::DIMS)
    );

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.alias::<Self, L>();
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::Flat;
    use crate::layers::{Dense, Relu};

    super::checks::cases![
        Adapt<Flat<3>, Dense<3, 4>>,
        Adapt<Flat<3>, Relu<Flat<3>>>,
        Gives<Flat<4>, Dense<3, 4>>,
        Gives<Flat<3>, Relu<Flat<3>>>,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::layers::Dense;
    use crate::model::Model;

    #[test]
    #[should_panic(expected = "dense gives 4, not 3")]
    fn refuses_to_give_another_shape() {
        let _ = Model::<Gives<Flat<3>, Dense<3, 4>>>::new(1);
    }

    #[test]
    #[should_panic(expected = "dense takes 3, not 4")]
    fn refuses_another_shape() {
        let _ = Model::<Adapt<Flat<4>, Dense<3, 4>>>::new(1);
    }
}
