//! Units y = x·g(x), where the gate g goes from 0 to 1. They dip below zero, so that a value has two sources and
//! the derivative must be told from the input.

use super::saturating::{HardSigmoidFormula, SigmoidFormula};
use super::{Activation, Elementwise};
use crate::Scalar;

/// `gelu`: y = x Φ(x), where Φ is the standard normal distribution: the exact form of Hendrycks and Gimpel (2016),
/// not one of its approximations. Φ is taken from the error function of the C library's BSD line (`libm`), which is
/// good to the last place or so of either precision.
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

/// Φ(x), as ½ erfc(−x/√2): ½ (1 + erf(x/√2)) would lose all digits where x is well below zero.
#[inline(always)]
fn normal_distribution<T: Scalar>(x: T) -> T {
    T::of(0.5) * (x * T::of(-std::f64::consts::FRAC_1_SQRT_2)).erfc()
}

impl Activation for GeluFormula {
    const NAME: &'static str = "gelu";
    const FLOPS: usize = 20;
    const FROM_OUTPUT: bool = false;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * normal_distribution(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T) -> T {
        /// 1 / √(2π)
        const PEAK: f64 = 0.398_942_280_401_432_7;
        normal_distribution(x) + x * T::of(PEAK) * (T::of(-0.5) * x * x).exp()
    }
}

impl Activation for SiluFormula {
    const NAME: &'static str = "silu";
    const FLOPS: usize = 5;
    const FROM_OUTPUT: bool = false;

    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * SigmoidFormula::value(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T) -> T {
        let gate = SigmoidFormula::value(x);
        gate + x * gate * (T::ONE - gate)
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
