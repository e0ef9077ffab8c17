//! Clips gradients that are too large.

use crate::error::Result;
use crate::setting::positive;
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// The limit on the gradient that the optimizer is given.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Clip {
    /// Scales the gradient: ∇ ← ∇ · min(1, c / ‖∇‖₂), over all parameters together.
    ///
    /// The direction stays the same (Pascanu, Mikolov and Bengio 2013, algorithm 1).
    Norm(f64),
    /// Clamps each number of ∇ between −c and c, which changes the direction.
    Value(f64),
}

impl Clip {
    /// Returns [`Norm`](Self::Norm), which limits the norm of the whole gradient to `limit`.
    #[must_use]
    pub fn norm(limit: f64) -> Self {
        Self::Norm(limit)
    }

    /// Returns [`Value`](Self::Value), which limits each number of the gradient to ±`limit`.
    #[must_use]
    pub fn value(limit: f64) -> Self {
        Self::Value(limit)
    }

    /// Checks the limit after rounding to a `T`.
    pub(crate) fn check<T: Scalar>(self) -> Result<()> {
        let (argument, limit) = match self {
            Self::Norm(limit) => ("clip, norm", limit),
            Self::Value(limit) => ("clip, value", limit),
        };
        positive::<T>(argument, limit)
    }

    /// Clips a gradient, and returns the norm before clipping if it had to be computed.
    pub(crate) fn apply<T: Scalar>(self, gradient: &mut [T]) -> Option<f64> {
        match self {
            Self::Value(limit) => {
                elementwise::clamp(gradient, T::of(limit));
                None
            }
            Self::Norm(limit) => {
                let norm = gradient_norm(gradient);
                if norm > limit {
                    elementwise::scale(gradient, T::of(limit / norm));
                }
                Some(norm)
            }
        }
    }
}

/// Returns ‖x‖₂, summed in `f64` and in one order, so that it neither overflows in `f32` nor depends on the threads.
pub(crate) fn gradient_norm<T: Scalar>(x: &[T]) -> f64 {
    elementwise::sum_of_squares(x).sqrt()
}
