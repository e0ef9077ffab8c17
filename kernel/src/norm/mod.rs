//! Computes normalizations, forward and backward, and the loops over channels that they and other kernels share.
//!
//! [`l2`] divides by the length of a row. All others are y = γ (x − μ) i + β with i = 1/√(σ² + ε). With c = x − μ, g =
//! γ dy and n numbers in each mean, the gradients are dβ = Σ dy, dγ = Σ dy c i and dx = i (g − Σ g / n − c i² Σ g c / n).

pub mod batch;
pub mod group;
pub mod l2;
mod moments;
pub mod per_channel;
pub mod rows;

use crate::Scalar;

/// Returns the inverse deviation i.
#[inline]
fn inverse<T: Scalar>(variance: f64, epsilon: f64) -> T {
    T::of(1.0 / (variance + epsilon).sqrt())
}
