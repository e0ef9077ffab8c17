//! Gives a layer a label.

use std::marker::PhantomData;

use crate::core::{Backward, Forward, Layer, Pass, Visitor, call};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// The labels of a network, in order, as `fc1: dense(120)` declares them.
pub trait Labels: 'static {
    /// The labels.
    const LABELS: &'static [&'static str];
}

/// `label: layer`: the layer `L`, whose tensors are named after label number `INDEX` of `N`.
///
/// If the label is [frozen](crate::Trainer::freeze), the layers under it see a pass that [says
/// so](Pass::is_frozen), and the gradient of their parameters is 0. Where nobody needs the gradient of the input either,
/// as at the beginning of a network, there is no backward pass.
#[derive(Debug, Clone, Copy)]
pub struct Labeled<N, const INDEX: usize, L>(PhantomData<(N, L)>);

#[diagnostic::do_not_recommend]
impl<N: Labels, const INDEX: usize, L: Layer> Layer for Labeled<N, INDEX, L> {
    type In = L::In;
    type Out = L::Out;

    crate::delegate_layer!(@all_but_training L, L::NAME, ());

    #[inline]
    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        call::forward_without_copy::<L, T>(pass.under_label::<N>(INDEX), io);
    }

    #[inline]
    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let pass = pass.under_label::<N>(INDEX);
        if !pass.is_frozen {
            return call::backward_without_copy::<L, T>(pass, io);
        }
        if io.dx.is_some() || L::MEMORY.is_in_place() {
            call::backward_without_copy::<L, T>(pass, Backward { grads: &mut *io.grads, ..io });
        }
        elementwise::clear(io.grads);
    }

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
