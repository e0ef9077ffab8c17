//! Losses: what training makes small.

use crate::{Flat, Scalar, Shape};

/// A loss over outputs of shape `Out`: the mean over the batch, and its gradient.
pub trait Loss<Out: Shape>: Sync {
    /// What an example's output is compared with.
    type Target: Copy + Send + Sync;

    /// The mean loss. `outputs` holds `Out::LEN` numbers for each target.
    fn value<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target]) -> f64;

    /// The mean loss; writes its derivative with respect to each output.
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target], d_outputs: &mut [T]) -> f64;

    /// Checks that an output can be compared with this target at all. Targets come from data, so this is asked
    /// about each before the loss is.
    ///
    /// # Errors
    /// [`Unfit`], with what was found and what was expected.
    fn check(&self, target: Self::Target) -> Result<(), Unfit> {
        let _ = target;
        Ok(())
    }

    /// How many outputs are wrong, for a loss to which an output is right or wrong: that of a classification, to
    /// which an output with a NaN is wrong.
    fn mistakes<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target]) -> Option<usize> {
        let _ = (outputs, targets);
        None
    }
}

/// A target that a loss cannot compare an output with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The target.
    pub found: String,
    /// What would do.
    pub expected: String,
}

/// The number of the largest score, the first of several: the class that they stand for. `None` if a score is NaN,
/// since no class is then the largest.
pub(crate) fn largest<T: Scalar>(scores: &[T]) -> Option<usize> {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if score.to_f64().is_nan() {
            return None;
        }
        if *score > scores[best] {
            best = class;
        }
    }
    Some(best)
}

/// Softmax and cross-entropy in one, for classification: the network gives a score z for each of `N` classes, a
/// target is the number of the right one.
///
/// The loss of an example is log Σⱼ exp zⱼ − zₜ, t the target, one term, with the largest score taken out of the sum so
/// that nothing overflows; its gradient is softmax(z) − onehot(target).
#[derive(Debug, Clone, Copy, Default)]
pub struct SoftmaxCrossEntropy;

impl<const N: usize> Loss<Flat<N>> for SoftmaxCrossEntropy {
    type Target = usize;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        T::cross_entropy(outputs, targets, N, None) / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        T::cross_entropy(outputs, targets, N, Some(d_outputs)) / targets.len() as f64
    }

    fn check(&self, target: usize) -> Result<(), Unfit> {
        if target < N {
            return Ok(());
        }
        let expected = format!("0 to {}, one for each of the network's {N} outputs", N - 1);
        Err(Unfit { found: format!("label {target}"), expected })
    }

    fn mistakes<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> Option<usize> {
        let scores = outputs.chunks_exact(N).zip(targets);
        Some(scores.filter(|&(scores, &target)| largest(scores) != Some(target)).count())
    }
}

/// The probabilities that scores stand for: exp zᵢ / Σⱼ exp zⱼ.
///
/// Where the largest score is infinite, of either sign, this is the limit in which all that are equal to it grow
/// together: they share the probability evenly. A NaN makes all of them NaN.
pub fn softmax<T: Scalar>(scores: &mut [T]) {
    T::map_softmax(scores);
}
