//! Computes cross-entropy of answers "yes" and "no".

use super::{Loss, Unfit};
use crate::core::Single;
use plywood_kernel::Scalar;

/// The sigmoid and cross-entropy in one, for any number of questions that are answered "yes" or "no".
///
/// The network gives a score z for each question. A target holds the probability p of "yes" for each: 1, 0, or between.
///
/// The loss of an example is the mean over its questions of −p log σ(z) − (1 − p) log(1 − σ(z)). It is computed as
/// max(0, z) − pz + log(1 + exp(−|z|)), in which nothing overflows. The derivative is σ(z) − p.
///
/// An output is wrong if one of its answers is: a score above 0 is a "yes", which is right if p is above ½.
#[derive(Debug, Clone, Copy, Default)]
pub struct BinaryCrossEntropy;

impl<S: Single> Loss<S> for BinaryCrossEntropy {
    type Target = S::Array<f32>;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> f64 {
        T::binary_cross_entropy(outputs, S::as_flattened(targets), None) / outputs.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], d_outputs: &mut [T]) -> f64 {
        T::binary_cross_entropy(outputs, S::as_flattened(targets), Some(d_outputs)) / outputs.len() as f64
    }

    fn check(&self, target: S::Array<f32>) -> Result<(), Unfit> {
        Unfit::unless_all(S::as_slice(&target), |p| (0.0..=1.0).contains(&p), "a probability, from 0 to 1")
    }

    fn mistakes<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>]) -> Option<usize> {
        let wrong = |(&z, &p): (&T, &f32)| z.to_f64().is_nan() || (z > T::ZERO) != (p > 0.5);
        let examples = outputs.chunks_exact(S::LEN).zip(targets);
        Some(examples.filter(|(scores, target)| scores.iter().zip(S::as_slice(target)).any(wrong)).count())
    }
}
