//! Defines units that pass positive numbers through.

use super::{Activation, Elementwise};
use crate::core::proof;
use plywood_kernel::Scalar;
use plywood_kernel::math::activation;
use plywood_kernel::math::elementwise::rectify;

/// `relu`: y = max(0, x), the rectified linear unit (Nair and Hinton 2010). f′(0) is taken as 0.
pub type Relu<S> = Elementwise<ReluFormula, S>;
/// `leaky_relu(a)`: y = x where x > 0, otherwise a·x (Maas et al. 2013). f′(0) is taken as a, which is
/// `SLOPE_MILLIONTHS / 1,000,000` (0.01 by default).
pub type LeakyRelu<S, const SLOPE_MILLIONTHS: u32 = 10_000> =
    Elementwise<LeakyReluFormula<SLOPE_MILLIONTHS>, S>;
/// `elu(a)`: y = x where x > 0, otherwise a (eˣ − 1), the exponential linear unit (Clevert et al. 2016); f′ = y + a
/// where x ≤ 0. a is `ALPHA_MILLIONTHS / 1,000,000`: 1 by default.
pub type Elu<S, const ALPHA_MILLIONTHS: u32 = 1_000_000> = Elementwise<EluFormula<ALPHA_MILLIONTHS>, S>;
/// `softplus`: y = log(1 + eˣ) (Dugas et al. 2001); f′ = 1 − e⁻ʸ.
pub type Softplus<S> = Elementwise<SoftplusFormula, S>;

/// The smallest valid factor above 0, in millionths. A smaller number was probably meant as a whole number or a
/// percentage.
const LEAST: u32 = 1000;

/// The formula of [`Relu`].
#[derive(Debug, Clone, Copy)]
pub struct ReluFormula;
/// The formula of [`LeakyRelu`].
#[derive(Debug, Clone, Copy)]
pub struct LeakyReluFormula<const SLOPE_MILLIONTHS: u32>;
/// The formula of [`Elu`].
#[derive(Debug, Clone, Copy)]
pub struct EluFormula<const ALPHA_MILLIONTHS: u32>;
/// The formula of [`Softplus`].
#[derive(Debug, Clone, Copy)]
pub struct SoftplusFormula;

impl Activation for ReluFormula {
    const NAME: &'static str = "relu";
    const FLOPS: usize = 1;
    const FROM_OUTPUT: bool = true;
    const IS_RECTIFIER: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        rectify(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        if y > T::ZERO { T::ONE } else { T::ZERO }
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_rectify(y);
    }
    fn chain<T: Scalar>(y: &[T], dy: &mut [T]) {
        T::chain_rectify(y, dy);
    }
}

impl<const SLOPE_MILLIONTHS: u32> LeakyReluFormula<SLOPE_MILLIONTHS> {
    #[inline(always)]
    fn slope<T: Scalar>() -> T {
        const { proof::millionths("leaky_relu", "the slope", SLOPE_MILLIONTHS, LEAST, u32::MAX) }
        T::of(f64::from(SLOPE_MILLIONTHS) / 1e6)
    }
}

impl<const SLOPE_MILLIONTHS: u32> Activation for LeakyReluFormula<SLOPE_MILLIONTHS> {
    const NAME: &'static str = "leaky_relu";
    const FLOPS: usize = 2;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        if x > T::ZERO { x } else { Self::slope::<T>() * x }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        // the slope is not negative, so y has the sign of x
        if y > T::ZERO { T::ONE } else { Self::slope() }
    }
}

impl<const ALPHA_MILLIONTHS: u32> EluFormula<ALPHA_MILLIONTHS> {
    #[inline(always)]
    fn alpha<T: Scalar>() -> T {
        const { proof::millionths("elu", "a", ALPHA_MILLIONTHS, LEAST, u32::MAX) }
        T::of(f64::from(ALPHA_MILLIONTHS) / 1e6)
    }
}

impl<const ALPHA_MILLIONTHS: u32> Activation for EluFormula<ALPHA_MILLIONTHS> {
    const NAME: &'static str = "elu";
    const FLOPS: usize = 4;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        activation::elu::<false, T>(x, Self::alpha())
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        if y > T::ZERO { T::ONE } else { y + Self::alpha() }
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_elu(y, Self::alpha());
    }
}

impl Activation for SoftplusFormula {
    const NAME: &'static str = "softplus";
    const FLOPS: usize = 6;
    const FROM_OUTPUT: bool = true;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        activation::softplus::<false, T>(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(y: T) -> T {
        activation::softplus_derivative::<false, T>(y)
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_softplus(y);
    }
    fn chain<T: Scalar>(y: &[T], dy: &mut [T]) {
        T::chain_softplus(y, dy);
    }
}
