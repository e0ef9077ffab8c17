//! Computes the natural logarithm without branches, so that loops over it are vectorized.
//!
//! x = 2ᵏ (1 + f) with 1 + f from √½ to √2, then log x = k log 2 + log(1 + f). With s = f / (2 + f) that is
//! log(1 + s) − log(1 − s) = 2s + s R(s²), and 2s = f − s f, so that f is added last and only its rounding matters.
//! A NaN passes through.

use super::float::{Float, multiply_add, polynomial};

/// Returns k log 2 + log(1 + f).
#[inline(always)]
fn combine<const FUSED: bool, T: Float>(k: T, f: T) -> T {
    let multiply_add = multiply_add::<FUSED, T>;
    let two = T::one() + T::one();
    let s = f / (two + f);
    let square = s * s;
    let rest = square * polynomial::<FUSED, T>(T::LOGARITHM, square);
    let half = f * f / two;
    // f − s f + s R = f − (f²/2 − s (f²/2 + R))
    let small = half - multiply_add(s, half + rest, k * T::LN_2[1]);
    multiply_add(k, T::LN_2[0], f - small)
}

/// Returns the logarithm at the ends of the range, and `inside` where x is a positive finite number.
#[inline(always)]
fn ends<T: Float>(x: T, inside: T) -> T {
    let positive = if x < T::INFINITE { inside } else { x };
    let other = if x == T::zero() { -T::INFINITE } else { T::UNDEFINED };
    if x > T::zero() { positive } else { other }
}

/// Returns log x.
#[inline(always)]
pub fn ln<const FUSED: bool, T: Float>(x: T) -> T {
    let [factor, exponent] = if x < T::MIN_NORMAL { T::RAISE } else { [T::one(), T::zero()] };
    let [k, m, _] = (x * factor).mantissa();
    ends(x, combine::<FUSED, T>(k - exponent, m - T::one()))
}

/// Returns log(1 + x), precisely where x is small.
#[inline(always)]
pub fn ln_1p<const FUSED: bool, T: Float>(x: T) -> T {
    let sum = T::one() + x;
    // the part lost by rounding
    let lost = if x > T::one() { T::one() - (sum - x) } else { x - (sum - T::one()) };
    let [k, m, inverse] = sum.mantissa();
    ends(sum, combine::<FUSED, T>(k, multiply_add::<FUSED, T>(lost, inverse, m - T::one())))
}
