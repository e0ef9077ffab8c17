//! Adapts layers whose input or output shape the macro cannot see.

use std::marker::PhantomData;

use crate::core::{Layer, Shape, Visitor};

/// A layer that `network!` names by its path.
///
/// If the path names no layer, `<Path as NamedLayer>::Layer` is an error instead of a type, and the compiler reports
/// nothing about the types built from it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "expected a layer, a pair `(A, B)` of layers or a network declared with `network!`",
    note = "a layer implements `plywood::Layer`"
)]
pub trait NamedLayer {
    /// The layer itself.
    type Layer: Layer;
}

#[diagnostic::do_not_recommend]
impl<L: Layer> NamedLayer for L {
    type Layer = L;
}

/// The layer `L` at a place that shape `S` reaches.
///
/// `network!` writes it around custom layers and nested networks.
///
/// `S` and `L::In` must be the same shape. A bound would turn a mismatch into a type mismatch of every tuple that
/// contains the layer. Instead, `network!` proves the equality beside the tuple.
///
/// # Panics
/// Everything that computes panics if the shapes differ, which concerns only types written by hand.
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

/// The layer `L` at a place where an output of shape `S` is expected.
///
/// `network!` writes it around the branches of blocks that end in custom layers and nested networks.
///
/// `S` and `L::Out` must be the same shape. As with [`Adapt`], that is not a bound: `network!` proves it beside the
/// block.
///
/// # Panics
/// Everything that computes panics if the shapes differ, which concerns only types written by hand.
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
