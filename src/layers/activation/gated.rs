//! Defines units y = x·g(x), where the gate g goes from 0 to 1. They dip below zero, so two inputs can have the same
//! value, and the derivative must be computed from the input.

use super::saturating::HardSigmoidFormula;
use super::{Activation, Elementwise};
use plywood_kernel::Scalar;
use plywood_kernel::math::activation;

/// `gelu`: y = x Φ(x), where Φ is the standard normal distribution.
///
/// It is the exact form of Hendrycks and Gimpel (2016), not one of its approximations. Φ is accurate to a few units in
/// the last place, see [`normal_distribution`](crate::functions::normal_distribution).
pub type Gelu<S> = Elementwise<GeluFormula, S>;
/// `silu`: y = x / (1 + e⁻ˣ), also called swish (Elfwing et al. 2017, Ramachandran et al. 2017).
pub type Silu<S> = Elementwise<SiluFormula, S>;
/// `hard_swish`: y = x min(max(0, x/6 + 1/2), 1) (Howard et al. 2019). f′(−3) is taken as 0 and f′(3) as 1.
pub type HardSwish<S> = Elementwise<HardSwishFormula, S>;

/// The formula of [`Gelu`].
#[derive(Debug, Clone, Copy)]
pub struct GeluFormula;
/// The formula of [`Silu`].
#[derive(Debug, Clone, Copy)]
pub struct SiluFormula;
/// The formula of [`HardSwish`].
#[derive(Debug, Clone, Copy)]
pub struct HardSwishFormula;

impl Activation for GeluFormula {
    const NAME: &'static str = "gelu";
    const FLOPS: usize = 20;
    const FROM_OUTPUT: bool = false;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        activation::gelu::<false, T>(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T) -> T {
        activation::gelu_derivative::<false, T>(x)
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_gelu(y);
    }
    fn map_to<T: Scalar>(x: &[T], y: &mut [T]) {
        T::map_gelu_to(x, y);
    }
    fn chain_to<T: Scalar>(x: &[T], dy: &[T], dx: &mut [T]) {
        T::chain_gelu_to(x, dy, dx);
    }
}

impl Activation for SiluFormula {
    const NAME: &'static str = "silu";
    const FLOPS: usize = 5;
    const FROM_OUTPUT: bool = false;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        activation::silu::<false, T>(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T) -> T {
        activation::silu_derivative::<false, T>(x)
    }
    fn map<T: Scalar>(y: &mut [T]) {
        T::map_silu(y);
    }
    fn map_to<T: Scalar>(x: &[T], y: &mut [T]) {
        T::map_silu_to(x, y);
    }
    fn chain_to<T: Scalar>(x: &[T], dy: &[T], dx: &mut [T]) {
        T::chain_silu_to(x, dy, dx);
    }
}

impl Activation for HardSwishFormula {
    const NAME: &'static str = "hard_swish";
    const FLOPS: usize = 5;
    const FROM_OUTPUT: bool = false;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * HardSigmoidFormula::value(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T) -> T {
        let gate = HardSigmoidFormula::value(x);
        gate + x * HardSigmoidFormula::derivative(gate)
    }
}
