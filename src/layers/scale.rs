//! Defines scaling by one trainable factor.

use std::marker::PhantomData;

use crate::core::outline::Kind;
use crate::core::visitor::Pointwise;
use crate::core::{
    Backward, Cost, Forward, Infer, Init, Layer, Memory, Pass, ReceptiveField, Single, Space, Visitor,
    Workspace,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise::{scale, scale_to};
use plywood_kernel::norm::per_channel::{product, room};

/// `scale`: y = a·x with one trainable number a, which starts at 1. The gradient is da = Σ x dy, dx = a dy.
///
/// At the end of a residual's body, it lets training choose the contribution of the body (Bachlechner et al. 2020 start
/// such factors at 0).
#[derive(Debug, Clone, Copy)]
pub struct Scale<S>(PhantomData<S>);

impl<S: Single> Layer for Scale<S> {
    type In = S;
    type Out = S;

    const NAME: &'static str = "scale";
    const PARAMS: usize = 1;
    /// Scratch holds partial sums.
    const MEMORY: Memory = Memory::OUT_OF_PLACE
        .scratch(Space::fixed(room(1, 1)))
        .infer_scratch(Space::NONE)
        .reads_input()
        .preserves_dy();
    const COST: Cost = Cost::FREE.flops(S::LEN).sees(ReceptiveField::POINT);

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params[0] = T::ONE;
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        scale_to(io.x, io.y, io.params[0]);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        io.grads[0] += product(io.x, io.dy, io.scratch);
        if let Some(dx) = io.dx {
            scale_to(io.dy, dx, io.params[0]);
        }
    }

    fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        work.in_place(S::LEN * pass.batch, |y| scale(y, io.params[0]));
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.pointwise::<Self>(&[("scale", Kind::Scale, &[1])]);
    }
}

impl<S: Single> Pointwise for Scale<S> {
    fn change<T: Scalar>(params: &[T], _: &[T], pixels: &mut [T]) {
        scale(pixels, params[0]);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::Dense;

    super::checks::cases![
        Scale<Flat<1>>,
        Scale<Image<5, 20, 7>>,
        ((Dense<3, 4>, Scale<Flat<4>>), Scale<Flat<4>>)
    ]
}
