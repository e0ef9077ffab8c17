//! Gives a layer a label.

use std::marker::PhantomData;

use crate::core::{Layer, Visitor};

/// The labels of a network, in order, as `fc1: dense(120)` declares them.
pub trait Labels: 'static {
    /// The labels.
    const LABELS: &'static [&'static str];
}

/// `label: layer`: the layer `L`, whose tensors are named after label number `INDEX` of `N`.
#[derive(Debug, Clone, Copy)]
pub struct Labeled<N, const INDEX: usize, L>(PhantomData<(N, L)>);

#[diagnostic::do_not_recommend]
impl<N: Labels, const INDEX: usize, L: Layer> Layer for Labeled<N, INDEX, L> {
    crate::delegate_layer!(L);

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.labeled::<Self, L>(N::LABELS[INDEX]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::Dense;

    struct Net;
    impl Labels for Net {
        const LABELS: &'static [&'static str] = &["fc1"];
    }
    super::checks::cases![Labeled<Net, 0, Dense<3, 4>>]
}
