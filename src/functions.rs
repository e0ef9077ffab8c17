//! Provides functions of one number that the compiler vectorizes in loops: for an
//! [`Activation`](crate::layers::Activation) or a [`Loss`](crate::Loss) of your own.
//!
//! The methods of the same names that a [`Scalar`] has through nalgebra call the C library, which keeps a loop from
//! being vectorized: raising e to the power of 16,384 `f32` took 3.0 ns each that way and 0.6 ns this way (AVX2).
//!
//! Errors are in units in the last place of the exact result. They are the largest that were found for `f32`, and the
//! tests enforce them; those of `f64` are about the same, and tested less strictly. The error of a subnormal result is
//! in units of the smallest number. Infinities and NaN give the same results as in the C library. A result does not
//! depend on a number's position in a slice. The layers' own loops use fused multiply-adds where the machine has them,
//! and may differ from these functions in the last digit.

use plywood_kernel::Scalar;
use plywood_kernel::math::{exponential, logarithm, normal_distribution};

/// Computes eˣ. Errs by 1.04 units at most.
#[inline(always)]
#[must_use]
pub fn exp<T: Scalar>(x: T) -> T {
    exponential::exp::<false, T>(x)
}

/// Computes eˣ − 1, precisely where x is small. Errs by 1.8 units at most.
#[inline(always)]
#[must_use]
pub fn exp_m1<T: Scalar>(x: T) -> T {
    exponential::exp_m1::<false, T>(x)
}

/// Computes the natural logarithm. Errs by 0.8 units at most.
#[inline(always)]
#[must_use]
pub fn ln<T: Scalar>(x: T) -> T {
    logarithm::ln::<false, T>(x)
}

/// Computes log(1 + x), precisely where x is small. Errs by 1.4 units at most.
#[inline(always)]
#[must_use]
pub fn ln_1p<T: Scalar>(x: T) -> T {
    logarithm::ln_1p::<false, T>(x)
}

/// Computes 1 / (1 + e⁻ˣ). Errs by 2.3 units at most, and is 0 where e⁻ˣ is infinite.
#[inline(always)]
#[must_use]
pub fn sigmoid<T: Scalar>(x: T) -> T {
    exponential::sigmoid::<false, T>(x)
}

/// Computes the hyperbolic tangent. Errs by 2.4 units at most.
#[inline(always)]
#[must_use]
pub fn tanh<T: Scalar>(x: T) -> T {
    exponential::tanh::<false, T>(x)
}

/// Computes Φ(x) = ½ erfc(−x/√2), the probability that a number of the standard normal distribution is at most x. Errs
/// by 5.8 units at most, in `f64` by 7, most in the far tail.
#[inline(always)]
#[must_use]
pub fn normal_distribution<T: Scalar>(x: T) -> T {
    normal_distribution::normal::<false, T>(x)[0]
}
