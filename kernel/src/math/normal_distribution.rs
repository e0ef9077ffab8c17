//! Computes the standard normal distribution without branches, so that loops over it are vectorized.

use super::exponential::{reduce, scale};
use super::float::{Float, polynomial};

/// Returns Φ(x), the probability of a number up to x, and exp(−x²/2), which is √(2π) times the density. A NaN passes
/// through.
///
/// Φ(−a) = exp(−a²/2) G(a), where G falls slowly: 4 / (4 + a) times a polynomial in a / (4 + a), which runs from 0 to
/// 1. The square is split so that far from 0 the exponential does not magnify its rounding error.
#[inline(always)]
pub fn normal<const FUSED: bool, T: Float>(x: T) -> [T; 2] {
    let two = T::one() + T::one();
    let four = two + two;
    let a = x.abs();
    let a = if a > T::TAIL_END { T::TAIL_END } else { a };
    let first = a.first_half();
    let exponent = [first * first / -two, (a - first) * (a + first) / two];
    let density = scale::<FUSED, T>(reduce::<FUSED, T>(exponent[0], exponent[1]));
    let inverse = T::one() / (four + a);
    let tail = density * (four * inverse) * polynomial::<FUSED, T>(T::TAIL, a * inverse - T::one() / four);
    [if x < T::zero() { tail } else { T::one() - tail }, density]
}
