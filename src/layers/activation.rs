//! Elementwise layers: a formula and its derivative each, one implementation for all.

use std::marker::PhantomData;

use crate::kernel::elementwise::{map, zip};
use crate::{Backward, Forward, Layer, Pass, Place, Scalar, Shape, Stage};

/// A function of one number whose derivative can be told from its value.
pub trait Activation: 'static {
    /// The keyword of `network!`.
    const NAME: &'static str;
    /// Operations, roughly, for one number.
    const FLOPS: usize;

    /// y = f(x)
    fn value<T: Scalar>(x: T) -> T;
    /// f′(x), given y = f(x).
    fn derivative<T: Scalar>(y: T) -> T;
}

/// Applies an [`Activation`] to each number, in place: the pre-activation is never stored.
#[derive(Debug, Clone, Copy)]
pub struct Elementwise<F, S>(PhantomData<(F, S)>);

impl<F: Activation, S: Shape> Layer for Elementwise<F, S> {
    type In = S;
    type Out = S;

    const NAME: &'static str = F::NAME;
    const FLOPS: usize = F::FLOPS * S::LEN;
    const PLACE: Place = Place::InPlace;
    const USES_INPUT: bool = false;
    const USES_OUTPUT: bool = true;

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        map(io.y, F::value);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        zip(io.dy, io.y, |dy, y| dy * F::derivative(y));
    }

    fn infer<T: Scalar>(pass: Pass, _: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        stage.in_place(S::LEN * pass.batch, |y| map(y, F::value));
    }
}

/// `relu`: y = max(0, x), the rectified linear unit (Nair and Hinton 2010). f′(0) is taken as 0.
pub type Relu<S> = Elementwise<ReluFormula, S>;
/// `sigmoid`: y = 1 / (1 + e⁻ˣ); f′ = y (1 − y).
pub type Sigmoid<S> = Elementwise<SigmoidFormula, S>;
/// `tanh`: y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); f′ = 1 − y².
pub type Tanh<S> = Elementwise<TanhFormula, S>;

/// The formula of [`Relu`].
#[derive(Debug, Clone, Copy)]
pub struct ReluFormula;
/// The formula of [`Sigmoid`].
#[derive(Debug, Clone, Copy)]
pub struct SigmoidFormula;
/// The formula of [`Tanh`].
#[derive(Debug, Clone, Copy)]
pub struct TanhFormula;

impl Activation for ReluFormula {
    const NAME: &'static str = "relu";
    const FLOPS: usize = 1;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        // a NaN passes through, so that it is seen in the loss
        if x < T::ZERO { T::ZERO } else { x }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        if y > T::ZERO { T::ONE } else { T::ZERO }
    }
}

impl Activation for SigmoidFormula {
    const NAME: &'static str = "sigmoid";
    const FLOPS: usize = 4;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        // e^-|x| cannot overflow
        let e = (-x.abs()).exp();
        if x < T::ZERO { e / (T::ONE + e) } else { T::ONE / (T::ONE + e) }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        y * (T::ONE - y)
    }
}

impl Activation for TanhFormula {
    const NAME: &'static str = "tanh";
    const FLOPS: usize = 4;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x.tanh()
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        T::ONE - y * y
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::layers::{Dense, Dropout};
    use crate::{Flat, Image};

    super::checks::cases![
        Relu<Flat<7>>,
        Relu<Image<3, 5, 2>>,
        Sigmoid<Flat<17>>,
        Tanh<Image<2, 2, 3>>,
        (Relu<Flat<6>>, Dense<6, 4>),
        (Dense<4, 6>, Sigmoid<Flat<6>>),
        // an output that is needed again, followed by a layer that works in place
        (Sigmoid<Flat<6>>, Tanh<Flat<6>>),
        ((Dense<4, 6>, Sigmoid<Flat<6>>), Dropout<Flat<6>, 300_000>),
    ]
}
