//! Defines division by the Euclidean norm.

use std::marker::PhantomData;

use super::epsilon::epsilon;
use crate::core::{Backward, Cost, Forward, Infer, Layer, Memory, Pass, Single, Space, Workspace};
use plywood_kernel::Scalar;
use plywood_kernel::norm::l2;

/// `l2_normalize`: y = x / max(‖x‖, ε), where ‖x‖ is the Euclidean norm over all numbers of an example.
///
/// The gradient is dx = (dy − y (y·dy)) / ‖x‖, and dx = dy / ε where ‖x‖ < ε.
///
/// The output has the length 1, unless ‖x‖ < ε. It is the last layer of a network that computes embeddings: the dot
/// product of two outputs is the cosine of the angle between them. This is `torch.nn.functional.normalize` over all
/// dimensions of an example. A single number becomes its sign, whose gradient is 0. [`Shared`](super::Shared)
/// and [`Pairwise`](super::Pairwise) normalize each part of a pair by itself.
///
/// ε is `EPSILON_TRILLIONTHS` / 10¹² (10⁻¹² by default).
#[derive(Debug, Clone, Copy)]
pub struct L2Normalize<S, const EPSILON_TRILLIONTHS: u64 = 1>(PhantomData<S>);

impl<S: Single, const EPSILON_TRILLIONTHS: u64> L2Normalize<S, EPSILON_TRILLIONTHS> {
    const EPSILON: f64 = epsilon("l2_normalize", EPSILON_TRILLIONTHS);
}

impl<S: Single, const EPSILON_TRILLIONTHS: u64> Layer for L2Normalize<S, EPSILON_TRILLIONTHS> {
    type In = S;
    type Out = S;

    const NAME: &'static str = "l2_normalize";
    /// The tape holds the norm of each example.
    const MEMORY: Memory = Memory::IN_PLACE.tape(Space::per_example(1)).infer_scratch(Space::NONE);
    const COST: Cost = Cost::FREE.flops(3 * S::LEN);

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        l2::forward(io.y, io.tape, Self::EPSILON);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        l2::backward(io.y, io.dy, io.tape, Self::EPSILON);
    }

    fn infer<T: Scalar>(pass: Pass, _: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        work.in_place(S::LEN * pass.batch, |y| l2::evaluate(y, S::LEN, Self::EPSILON));
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Axis, Conv2d, Dense, Relu, Repeat, Residual, Shared};

    type Same = Axis<3, 1, 1, 1>;
    super::checks::cases![
        L2Normalize<Flat<1>>,
        L2Normalize<Flat<5>>,
        L2Normalize<Flat<700>>,
        L2Normalize<Image<3, 2, 4>>,
        // ε of 1, which is longer than some examples
        L2Normalize<Flat<2>, 1_000_000_000_000>,
        (Dense<4, 6>, L2Normalize<Flat<6>>),
        (L2Normalize<Flat<4>>, Dense<4, 6>),
        (Conv2d<Image<3, 2, 2>, Image<3, 2, 2>, Same, Same>, L2Normalize<Image<3, 2, 2>>),
        ((Dense<4, 6>, Relu<Flat<6>>), L2Normalize<Flat<6>>),
        (L2Normalize<Flat<4>>, L2Normalize<Flat<4>, 500_000_000_000>),
        Residual<L2Normalize<Flat<4>>>,
        Residual<(Dense<4, 4>, L2Normalize<Flat<4>>)>,
        Repeat<3, L2Normalize<Flat<4>>>,
        Shared<(Dense<4, 6>, L2Normalize<Flat<6>>)>,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image, call};
    use crate::model::Model;

    /// Returns y and dx of one example.
    fn step<L: Layer>(x: &[f64], mut dy: Vec<f64>) -> [Vec<f64>; 2] {
        let [mut y, mut dx] = [(); 2].map(|()| vec![f64::NAN; x.len()]);
        let (pass, mut norm) = (Pass::new(1, 0), [f64::NAN]);
        call::forward::<L, f64>(pass, Forward::new(&[], &mut [], x, &mut y, [&mut norm, &mut []]));
        let memory: [&mut [f64]; 2] = [&mut norm, &mut []];
        let io = Backward::new(&[], &mut [], [x, &y], &mut dy, Some(&mut dx), &mut [], memory);
        call::backward::<L, f64>(pass, io);
        [y, dx]
    }

    fn close(found: &[f64], expected: [f64; 2]) {
        assert!(
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12 * b.abs().max(1.0)),
            "{found:?}"
        );
    }

    #[test]
    fn an_example_by_hand() {
        // ‖(3, 4)‖ = 5 and y·dy = 0.6 · 10 + 0.8 · 5 = 10: dx = (10 − 6, 5 − 8) / 5
        let [y, dx] = step::<L2Normalize<Flat<2>>>(&[3.0, 4.0], vec![10.0, 5.0]);
        close(&y, [0.6, 0.8]);
        close(&dx, [0.8, -0.6]);
        // an image is one vector
        let model = Model::<L2Normalize<Image<2, 2, 1>>, f64>::new(0);
        assert_eq!(model.infer(&[[[1.0], [-1.0]], [[1.0], [1.0]]]), [[[0.5], [-0.5]], [[0.5], [0.5]]]);
    }

    #[test]
    fn a_short_example_is_divided_by_epsilon() {
        // ‖x‖ = 0.25 < ε = 0.5
        let [y, dx] = step::<L2Normalize<Flat<2>, 500_000_000_000>>(&[0.15, 0.2], vec![10.0, 5.0]);
        close(&y, [0.3, 0.4]);
        close(&dx, [20.0, 10.0]);
        let [y, dx] = step::<L2Normalize<Flat<2>>>(&[0.0, 0.0], vec![1.0, -2.0]);
        close(&y, [0.0, 0.0]);
        close(&dx, [1e12, -2e12]);
    }
}
