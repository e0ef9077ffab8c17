//! Computes activations and their derivatives as functions of one number, without branches, so that loops are
//! vectorized.

use super::exponential::{exp, exp_m1, sigmoid};
use super::float::{Float, multiply_add};
use super::logarithm::ln_1p;
use super::normal_distribution::normal;

/// Returns log(1 + eˣ) = max(0, x) + log(1 + e^-|x|), where e^-|x| cannot overflow.
#[inline(always)]
pub fn softplus<const FUSED: bool, T: Float>(x: T) -> T {
    let positive = if x < T::zero() { T::zero() } else { x };
    positive + ln_1p::<FUSED, T>(exp::<FUSED, T>(-x.abs()))
}

/// Returns 1 − e⁻ʸ, the derivative of softplus at the point where softplus is y.
#[inline(always)]
pub fn softplus_derivative<const FUSED: bool, T: Float>(y: T) -> T {
    -exp_m1::<FUSED, T>(-y)
}

/// Returns x where x > 0, otherwise α (eˣ − 1).
#[inline(always)]
pub fn elu<const FUSED: bool, T: Float>(x: T, alpha: T) -> T {
    let below = alpha * exp_m1::<FUSED, T>(x);
    if x > T::zero() { x } else { below }
}

/// Returns x / (1 + e⁻ˣ).
#[inline(always)]
pub fn silu<const FUSED: bool, T: Float>(x: T) -> T {
    x * sigmoid::<FUSED, T>(x)
}

/// Returns the derivative g + x g (1 − g) of x g, where g is the sigmoid of x.
#[inline(always)]
pub fn silu_derivative<const FUSED: bool, T: Float>(x: T) -> T {
    let gate = sigmoid::<FUSED, T>(x);
    multiply_add::<FUSED, T>(x * gate, T::one() - gate, gate)
}

/// Returns x Φ(x).
#[inline(always)]
pub fn gelu<const FUSED: bool, T: Float>(x: T) -> T {
    x * normal::<FUSED, T>(x)[0]
}

/// Returns the derivative Φ(x) + x φ(x) of x Φ(x), where φ is the density.
#[inline(always)]
pub fn gelu_derivative<const FUSED: bool, T: Float>(x: T) -> T {
    let [distribution, density] = normal::<FUSED, T>(x);
    multiply_add::<FUSED, T>(x * T::PEAK, density, distribution)
}
