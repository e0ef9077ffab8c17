//! Computes the divergence of predicted probabilities from those of the target.

use super::{ErrorMeasure, Loss, SoftCrossEntropy, Unfit, several_classes};
use crate::core::Flat;
use plywood_kernel::Scalar;

/// The Kullback-Leibler divergence of the probabilities that a network predicts from those of the target (Kullback and
/// Leibler 1951).
///
/// The network gives a score z for each of `N` classes, and a target is a probability p for each. With q = softmax(z),
/// the loss of an example is Σⱼ pⱼ log pⱼ − pⱼ log qⱼ, where 0 log 0 = 0. It is [`SoftCrossEntropy`] less the entropy of
/// the target, with the same gradient, softmax(z) Σⱼ pⱼ − p; it is 0 where the probabilities are those of the target.
#[derive(Debug, Clone, Copy, Default)]
pub struct KullbackLeibler;

impl<const N: usize> Loss<Flat<N>> for KullbackLeibler {
    type Target = [f32; N];
    const SUITS: () = several_classes("KullbackLeibler", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        let known = T::negative_entropy(targets.as_flattened()) / targets.len() as f64;
        SoftCrossEntropy.value(outputs, targets) + known
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        let known = T::negative_entropy(targets.as_flattened()) / targets.len() as f64;
        SoftCrossEntropy.gradient(outputs, targets, d_outputs) + known
    }

    fn check(&self, target: [f32; N]) -> Result<(), Unfit> {
        SoftCrossEntropy.check(target)
    }

    const SUMS: usize = <SoftCrossEntropy as Loss<Flat<N>>>::SUMS;
    const ERROR: Option<ErrorMeasure> = <SoftCrossEntropy as Loss<Flat<N>>>::ERROR;

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]], sums: &mut [f64]) {
        SoftCrossEntropy.judge(outputs, targets, sums);
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        Loss::<Flat<N>>::error(&SoftCrossEntropy, sums, examples)
    }
}
