//! Defines one network on two inputs of the same shape, with the same parameters.

use std::marker::PhantomData;

use crate::core::copied;
use crate::core::visitor::{Children, Composite, Plainly};
use crate::core::{
    Backward, Cost, Declared, Forward, Fusion, Infer, Init, Layer, Memory, Pass, ReceptiveField, Space,
    Visitor, Workspace, call,
};
use plywood_kernel::Scalar;

/// `shared { F }`: (a, b) ↦ (F(a), F(b)), both with the same parameters, as in a Siamese network (Bromley et al. 1993).
///
/// # Shapes
/// From `(F::In, F::In)` to `(F::Out, F::Out)`.
///
/// A batch of pairs is computed as one batch of `F` of twice as many examples: the first parts, then the second ones.
/// So the gradients of both are summed, and a batch normalization in `F` takes its statistics over both.
/// The least size of a minibatch is nevertheless that of `F`.
#[derive(Debug, Clone, Copy)]
pub struct Shared<F>(PhantomData<F>);

impl<F: Layer> Shared<F> {
    /// Returns the space for `F` on twice as many examples.
    const fn twice(space: Space) -> Space {
        Space { fixed: space.fixed, per_example: 2 * space.per_example }
    }

    /// Returns the pass as `F` sees it.
    const fn both(pass: Pass) -> Pass {
        Pass { batch: 2 * pass.batch, ..pass }
    }
}

impl<F: Layer> Layer for Shared<F> {
    type In = (F::In, F::In);
    type Out = (F::Out, F::Out);

    const NAME: &'static str = "shared";
    const PARAMS: usize = F::PARAMS;
    const BUFFERS: usize = F::BUFFERS;
    const MEMORY: Memory = {
        let () = F::SOUND;
        Memory {
            tape: Self::twice(F::TAPE),
            scratch: Self::twice(F::SCRATCH),
            infer_scratch: Some(Self::twice(F::INFER_SCRATCH)),
            width: 2 * F::WIDTH,
            ..F::MEMORY
        }
    };
    /// The place of a number in a pair says nothing about its place in an image.
    const COST: Cost = F::COST.flops(copied(2, F::FLOPS)).sees(ReceptiveField::ALL);
    const FUSION: Fusion = F::FUSION.within();

    fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
        F::init(params, buffers, init);
    }

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        call::forward_without_copy::<F, T>(Self::both(pass), io);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        call::backward_without_copy::<F, T>(Self::both(pass), io);
    }

    fn clear<T: Scalar>(grads: &mut [T]) {
        call::clear::<F, T>(grads);
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        Self::evaluate(pass, io, work, &Plainly);
    }

    fn fold<T: Scalar>(params: &mut [T], buffers: &[T]) {
        call::fold::<F, T>(params, buffers);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.composite::<Self>(F::outline);
    }
}

impl<F: Layer> Composite for Shared<F> {
    #[inline]
    fn evaluate<T: Scalar>(
        pass: Pass,
        io: Infer<'_, T>,
        work: &mut Workspace<'_, T>,
        children: &impl Children<T>,
    ) {
        children.infer::<F>(Self::both(pass), io, work);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{
        BatchNorm, Checkpoint, Concat, Dense, Dropout, Flatten, Heads, Identity, Join, Relu, Residual,
        Sigmoid, Tanh,
    };

    super::checks::cases![
        Shared<Dense<4, 3>>,
        Shared<Identity<Flat<4>>>,
        Shared<Sigmoid<Flat<4>>>,
        Shared<(Dense<4, 3>, Relu<Flat<3>>)>,
        Shared<(Sigmoid<Image<1, 2, 2>>, Flatten<Image<1, 2, 2>, 4>)>,
        Shared<((Dense<4, 3>, BatchNorm<Flat<3>>), (Tanh<Flat<3>>, Dropout<Flat<3>, 300_000>))>,
        Shared<Residual<(Dense<4, 4>, Tanh<Flat<4>>)>>,
        Shared<Concat<Dense<4, 2>, Identity<Flat<4>>, Flat<6>>>,
        Shared<Shared<Dense<2, 3>>>,
        (Shared<(Dense<4, 3>, Tanh<Flat<3>>)>, (Join<Flat<3>, Flat<3>, Flat<6>>, Dense<6, 2>)),
        (
            Heads<Dense<3, 4>, Sigmoid<Flat<3>>>,
            (Join<Flat<4>, Flat<3>, Flat<7>>, Heads<Dense<7, 2>, Dense<7, 2>>)
        ),
        Checkpoint<Shared<(Dense<4, 3>, Sigmoid<Flat<3>>)>>,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::layers::{Dense, Pairwise, Relu};
    use crate::model::{Backprop, Model};

    /// Checks that the gradient is the sum of those of two networks with the same parameters.
    #[test]
    fn gradients_of_both_are_summed() {
        type Net = (Dense<3, 4>, Relu<Flat<4>>);
        let one = Model::<Net, f64>::new(3);
        let mut shared = Model::<Shared<Net>, f64>::new(0);
        shared.params_mut().copy_from_slice(one.params());
        let mut two = Model::<Pairwise<Net, Net>, f64>::new(0);
        for half in two.params_mut().chunks_exact_mut(Net::PARAMS) {
            half.copy_from_slice(one.params());
        }
        let x: Vec<f64> = (0..12).map(|i| f64::from(i).sin()).collect();
        let mut work = Backprop::new(2).expect("a batch");
        let mut work_of_two = Backprop::new(2).expect("a batch");
        let loss = crate::check::Projection::default();
        let value = work.run(&mut shared, &loss, &x, &[(); 2], 1);
        assert_eq!(value, work_of_two.run(&mut two, &loss, &x, &[(); 2], 1));
        assert_eq!(work.outputs(2), work_of_two.outputs(2));
        let (first, second) = work_of_two.gradient().split_at(Net::PARAMS);
        for ((sum, first), second) in work.gradient().iter().zip(first).zip(second) {
            assert!((sum - (first + second)).abs() < 1e-14, "{sum}: {first} + {second}");
        }
    }
}
