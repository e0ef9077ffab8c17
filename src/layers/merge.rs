//! Defines the layers that merge two parts of the same shape, number by number.

use std::marker::PhantomData;

use crate::core::{Backward, Cost, Forward, Infer, Layer, Memory, Pass, ReceptiveField, Shape, Workspace};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise::{add_to, map_to, zip_to};

/// A function of two numbers and its derivatives, which [`Merge`] applies to two parts.
pub trait MergeFormula: 'static {
    /// The keyword of `network!`.
    const NAME: &'static str;
    /// True if the derivatives depend on the numbers.
    const READS_INPUT: bool;

    /// Computes `y[i] = f(a[i], b[i])`.
    fn value<T: Scalar>(a: &[T], b: &[T], y: &mut [T]);

    /// Computes `da[i] = dy[i] ∂f/∂a` and `db[i] = dy[i] ∂f/∂b`. `[a, b]` are empty unless they are
    /// [read](Self::READS_INPUT).
    fn derivative<T: Scalar>(inputs: [&[T]; 2], dy: &[T], gradients: [&mut [T]; 2]);
}

/// Applies a [`MergeFormula`] to the numbers of two parts that lie in the same place.
///
/// # Shapes
/// From `(S, S)` to `S`.
#[derive(Debug, Clone, Copy)]
pub struct Merge<F, S>(PhantomData<(F, S)>);

impl<F: MergeFormula, S: Shape> Layer for Merge<F, S> {
    type In = (S, S);
    type Out = S;

    const NAME: &'static str = F::NAME;
    const MEMORY: Memory = if F::READS_INPUT {
        Memory::OUT_OF_PLACE.reads_input().preserves_dy()
    } else {
        Memory::OUT_OF_PLACE.reads_nothing().preserves_dy()
    };
    /// The place of a number in a pair says nothing about its place in an image.
    const COST: Cost = Cost::FREE.flops(S::LEN).sees(ReceptiveField::ALL);

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        let (a, b) = io.x.split_at(S::LEN * pass.batch);
        F::value(a, b, io.y);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        let Some(dx) = io.dx else { return };
        let len = S::LEN * pass.batch;
        let (a, b) = if F::READS_INPUT { io.x.split_at(len) } else { (&[][..], &[][..]) };
        let (da, db) = dx.split_at_mut(len);
        F::derivative([a, b], io.dy, [da, db]);
    }

    fn infer<T: Scalar>(pass: Pass, _: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        let len = S::LEN * pass.batch;
        work.map(len, |x, y, _| {
            let (a, b) = x.split_at(len);
            F::value(a, b, y);
        });
    }
}

/// `add`: the sum of two parts, y = a + b.
pub type Add<S> = Merge<AddFormula, S>;

/// The formula of [`Add`].
#[derive(Debug, Clone, Copy)]
pub struct AddFormula;

impl MergeFormula for AddFormula {
    const NAME: &'static str = "add";
    const READS_INPUT: bool = false;

    fn value<T: Scalar>(a: &[T], b: &[T], y: &mut [T]) {
        add_to(a, b, y);
    }
    fn derivative<T: Scalar>(_: [&[T]; 2], dy: &[T], [da, db]: [&mut [T]; 2]) {
        da.copy_from_slice(dy);
        db.copy_from_slice(dy);
    }
}

/// `difference`: the first part less the second, y = a − b.
pub type Difference<S> = Merge<DifferenceFormula, S>;

/// The formula of [`Difference`].
#[derive(Debug, Clone, Copy)]
pub struct DifferenceFormula;

impl MergeFormula for DifferenceFormula {
    const NAME: &'static str = "difference";
    const READS_INPUT: bool = false;

    fn value<T: Scalar>(a: &[T], b: &[T], y: &mut [T]) {
        zip_to(
            a,
            b,
            y,
            #[inline(always)]
            |a, b| a - b,
        );
    }
    fn derivative<T: Scalar>(_: [&[T]; 2], dy: &[T], [da, db]: [&mut [T]; 2]) {
        da.copy_from_slice(dy);
        map_to(
            dy,
            db,
            #[inline(always)]
            |dy| -dy,
        );
    }
}

/// `multiply`: the product of two parts, y = a b, such as an image and a mask.
pub type Multiply<S> = Merge<MultiplyFormula, S>;

/// The formula of [`Multiply`].
#[derive(Debug, Clone, Copy)]
pub struct MultiplyFormula;

impl MergeFormula for MultiplyFormula {
    const NAME: &'static str = "multiply";
    const READS_INPUT: bool = true;

    fn value<T: Scalar>(a: &[T], b: &[T], y: &mut [T]) {
        zip_to(
            a,
            b,
            y,
            #[inline(always)]
            |a, b| a * b,
        );
    }
    fn derivative<T: Scalar>([a, b]: [&[T]; 2], dy: &[T], [da, db]: [&mut [T]; 2]) {
        zip_to(
            dy,
            b,
            da,
            #[inline(always)]
            |dy, b| dy * b,
        );
        zip_to(
            dy,
            a,
            db,
            #[inline(always)]
            |dy, a| dy * a,
        );
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Heads, Relu, Shared, Sigmoid, Tanh};

    super::checks::cases![
        Add<Flat<4>>,
        Difference<Image<2, 2, 3>>,
        Multiply<Flat<4>>,
        Multiply<(Flat<2>, Flat<3>)>,
        (Heads<Dense<3, 4>, Tanh<Flat<3>>>, crate::layers::Pairwise<Dense<4, 2>, Dense<3, 2>>),
        (Heads<Dense<3, 4>, (Dense<3, 4>, Sigmoid<Flat<4>>)>, (Multiply<Flat<4>>, Dense<4, 2>)),
        (Shared<(Dense<3, 4>, Relu<Flat<4>>)>, (Difference<Flat<4>>, Tanh<Flat<4>>)),
        ((Sigmoid<(Flat<3>, Flat<3>)>, Add<Flat<3>>), Relu<Flat<3>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::model::Model;
    use plywood_kernel::numbers::Both;

    #[test]
    fn merges_number_by_number() {
        let x = Both([1.0, -2.0], [3.0, 4.0]);
        assert_eq!(Model::<Add<Flat<2>>>::new(0).infer(&x), [4.0, 2.0]);
        assert_eq!(Model::<Difference<Flat<2>>>::new(0).infer(&x), [-2.0, -6.0]);
        assert_eq!(Model::<Multiply<Flat<2>>>::new(0).infer(&x), [3.0, -8.0]);
    }
}
