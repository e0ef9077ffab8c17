//! Computes the exponential function and functions based on it, without branches, so that loops over them are
//! vectorized.
//!
//! Cody and Waite's reduction: x = k log 2 + r with a whole k and |r| ≤ ½ log 2, then eˣ = 2ᵏ eʳ, where a polynomial
//! gives p = eʳ − 1. Each function is generic in `FUSED`, see `multiply_add`. A NaN passes through all of them.

use super::float::{Float, multiply_add, polynomial};

/// Limits a number to a range; a NaN passes through.
#[inline(always)]
fn clamp<T: Float>(x: T, low: T, high: T) -> T {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// Returns k + [`Float::ROUNDER`] and p for x = `high − low`, which must be within the range of exponents.
#[inline(always)]
pub(crate) fn reduce<const FUSED: bool, T: Float>(high: T, low: T) -> [T; 2] {
    let multiply_add = multiply_add::<FUSED, T>;
    let rounded = multiply_add(high - low, T::one() / T::ln_2(), T::ROUNDER);
    let k = rounded - T::ROUNDER;
    let r = multiply_add(k, -T::LN_2[1], multiply_add(k, -T::LN_2[0], high)) - low;
    [rounded, multiply_add(polynomial::<FUSED, T>(T::EXPONENTIAL, r), r * r, r)]
}

/// Returns 2ᵏ (1 + p).
#[inline(always)]
pub(crate) fn scale<const FUSED: bool, T: Float>([rounded, p]: [T; 2]) -> T {
    // in two steps, since neither the largest nor the smallest results have a 2ᵏ
    let [first, second] = T::powers_of_two(rounded);
    multiply_add::<FUSED, T>(first, p, first) * second
}

/// Returns eˣ.
#[inline(always)]
pub fn exp<const FUSED: bool, T: Float>(x: T) -> T {
    scale::<FUSED, T>(reduce::<FUSED, T>(clamp(x, T::VANISHING, T::LARGEST), T::zero()))
}

/// Returns eˣ − 1, precisely where x is small.
#[inline(always)]
pub fn exp_m1<const FUSED: bool, T: Float>(x: T) -> T {
    let [rounded, p] = reduce::<FUSED, T>(clamp(x, T::NEGLIGIBLE, T::LARGEST), T::zero());
    // half of 2ᵏ, since 2ᵏ is not representable for the largest results
    let half = T::power_of_two(rounded - T::one());
    let half = multiply_add::<FUSED, T>(half, p, half - T::one() / (T::one() + T::one()));
    half + half
}

/// Returns 1 / (1 + e⁻ˣ).
#[inline(always)]
pub fn sigmoid<const FUSED: bool, T: Float>(x: T) -> T {
    T::one() / (T::one() + exp::<FUSED, T>(-x))
}

/// Returns the hyperbolic tangent, e / (e + 2) with e = exp(2|x|) − 1 and the sign of x.
#[inline(always)]
pub fn tanh<const FUSED: bool, T: Float>(x: T) -> T {
    let twice = x.abs() + x.abs();
    let e = exp_m1::<FUSED, T>(if twice > -T::NEGLIGIBLE { -T::NEGLIGIBLE } else { twice });
    (e / (e + (T::one() + T::one()))).copysign(x)
}
