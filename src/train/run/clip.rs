//! Gradients that are kept from being too large.

use crate::setting::positive;
use crate::{Result, Scalar};
use plywood_kernel::math::elementwise;

/// How large a gradient the optimizer may be given.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Clip {
    /// ∇ ← ∇ · min(1, c / ‖∇‖₂), over all parameters together: the direction stays (Pascanu, Mikolov and Bengio
    /// 2013, algorithm 1).
    Norm(f64),
    /// Each number of ∇ is brought into −c to c: the direction changes.
    Value(f64),
}

impl Clip {
    /// Returns [`Norm`](Self::Norm): the gradient as a whole is at most `limit` long.
    #[must_use]
    pub fn norm(limit: f64) -> Self {
        Self::Norm(limit)
    }

    /// Returns [`Value`](Self::Value): each number of the gradient is at most `limit`, of either sign.
    #[must_use]
    pub fn value(limit: f64) -> Self {
        Self::Value(limit)
    }

    /// Checks the limit, as it is once rounded to a `T`.
    pub(crate) fn check<T: Scalar>(self) -> Result<()> {
        let (argument, limit) = match self {
            Self::Norm(limit) => ("clip, norm", limit),
            Self::Value(limit) => ("clip, value", limit),
        };
        positive::<T>(argument, limit)
    }

    /// Clips a gradient, and returns its norm as it was where that had to be computed.
    pub(crate) fn apply<T: Scalar>(self, gradient: &mut [T]) -> Option<f64> {
        match self {
            Self::Value(limit) => {
                let limit = T::of(limit);
                elementwise::map(
                    gradient,
                    #[inline(always)]
                    // a NaN is not less than anything, and stays
                    |x| {
                        if x > limit {
                            limit
                        } else if x < -limit {
                            -limit
                        } else {
                            x
                        }
                    },
                );
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

/// ‖x‖₂, summed in `f64` and in one order, so that it neither overflows in `f32` nor depends on the threads.
pub(crate) fn gradient_norm<T: Scalar>(x: &[T]) -> f64 {
    let sums = elementwise::side_by_side(
        x,
        0.0,
        #[inline(always)]
        |sum, x| sum + x.to_f64() * x.to_f64(),
    );
    sums.iter().sum::<f64>().sqrt()
}
