//! Computes distances of vectors, and their derivatives.

use super::formula::Loop;
use super::softmax::sum;
use crate::Scalar;

/// The number of squares that are computed before they are added.
const PIECE: usize = 256;

/// A loop that returns Σ (aᵢ − bᵢ)², in `f64`, where the squares of large `f32` do not overflow.
pub(crate) struct SquaredDistance<'a, T> {
    pub(crate) a: &'a [T],
    pub(crate) b: &'a [T],
}

impl<T: Scalar> Loop for SquaredDistance<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> f64 {
        let mut squares = [0.0; PIECE];
        let mut total = 0.0;
        for (a, b) in self.a.chunks(PIECE).zip(self.b.chunks(PIECE)) {
            let squares = &mut squares[..a.len()];
            for ((square, &a), &b) in squares.iter_mut().zip(a).zip(b) {
                let difference = a.to_f64() - b.to_f64();
                *square = difference * difference;
            }
            total += sum::<f64>(squares);
        }
        total
    }
}

/// A loop that sets `to[i] = factor * (a[i] − b[i])`, computed in `f64`: the inverse of a tiny distance is a factor
/// that `f32` does not hold.
pub(crate) struct ScaledDifference<'a, T> {
    pub(crate) a: &'a [T],
    pub(crate) b: &'a [T],
    pub(crate) factor: f64,
    pub(crate) to: &'a mut [T],
}

impl<T: Scalar> Loop for ScaledDifference<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for ((to, &a), &b) in self.to.iter_mut().zip(self.a).zip(self.b) {
            *to = T::of(self.factor * (a.to_f64() - b.to_f64()));
        }
    }
}
