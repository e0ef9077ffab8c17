//! Defines units that squash numbers into a range.

use super::{Activation, Elementwise};
use plywood_kernel::Scalar;
use plywood_kernel::math::exponential;

/// `sigmoid`: y = 1 / (1 + e⁻ˣ); f′ = y (1 − y).
pub type Sigmoid<S> = Elementwise<SigmoidFormula, S>;
/// `tanh`: y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); f′ = 1 − y².
pub type Tanh<S> = Elementwise<TanhFormula, S>;
/// `hard_sigmoid`: y = min(max(0, x/6 + 1/2), 1), the sigmoid in three straight pieces (in the form of Howard et
/// al. 2019). f′ is taken as 0 where the pieces meet.
pub type HardSigmoid<S> = Elementwise<HardSigmoidFormula, S>;
/// `hard_tanh`: y = min(max(−1, x), 1) (Collobert 2004). f′(±1) is taken as 0.
pub type HardTanh<S> = Elementwise<HardTanhFormula, S>;

/// The formula of [`Sigmoid`].
#[derive(Debug, Clone, Copy)]
pub struct SigmoidFormula;
/// The formula of [`Tanh`].
#[derive(Debug, Clone, Copy)]
pub struct TanhFormula;
/// The formula of [`HardSigmoid`].
#[derive(Debug, Clone, Copy)]
pub struct HardSigmoidFormula;
/// The formula of [`HardTanh`].
#[derive(Debug, Clone, Copy)]
pub struct HardTanhFormula;

impl Activation for SigmoidFormula {
    const NAME: &'static str = "sigmoid";
    const FLOPS: usize = 4;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        exponential::sigmoid::<false, T>(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        y * (T::ONE - y)
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_sigmoid(y);
    }
    fn chain<T: Scalar>(y: &[T], dy: &mut [T]) {
        T::chain_sigmoid(y, dy);
    }
}

impl Activation for TanhFormula {
    const NAME: &'static str = "tanh";
    const FLOPS: usize = 4;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        exponential::tanh::<false, T>(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        T::ONE - y * y
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_tanh(y);
    }
    fn chain<T: Scalar>(y: &[T], dy: &mut [T]) {
        T::chain_tanh(y, dy);
    }
}

/// Limits a number to a range; a NaN passes through.
#[inline(always)]
pub(super) fn limit<T: Scalar>(x: T, low: T, high: T) -> T {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

impl Activation for HardSigmoidFormula {
    const NAME: &'static str = "hard_sigmoid";
    const FLOPS: usize = 4;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        limit(x * T::of(1.0 / 6.0) + T::of(0.5), T::ZERO, T::ONE)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        if y > T::ZERO && y < T::ONE { T::of(1.0 / 6.0) } else { T::ZERO }
    }
}

impl Activation for HardTanhFormula {
    const NAME: &'static str = "hard_tanh";
    const FLOPS: usize = 2;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        limit(x, -T::ONE, T::ONE)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        if y > -T::ONE && y < T::ONE { T::ONE } else { T::ZERO }
    }
}
