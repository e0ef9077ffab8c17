//! Weights the examples of a loss.

use super::each::{judge_each, mean_of_each};
use super::{ErrorMeasure, Loss, Unfit};
use crate::core::Shape;
use crate::error::Result;
use plywood_kernel::Scalar;

/// The target of an example, and how much the example counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedTarget<V> {
    /// The target.
    pub target: V,
    /// The factor of the example's loss; finite and at least 0.
    pub weight: f32,
}

impl<V> WeightedTarget<V> {
    /// Returns a target with the weight of its example.
    pub const fn new(target: V, weight: f32) -> Self {
        Self { target, weight }
    }
}

/// A loss in which each example has a weight: its [target](WeightedTarget) holds the target t of the loss l and a weight
/// w, and the loss of an example is w l(y, t).
///
/// The loss of a batch is the mean over its examples, and not divided by the sum of their weights. Weights with mean 1
/// over the data keep the size of the loss. The error is that of the loss l, in which every example counts alike.
///
/// ```
/// use plywood::loss::{ExampleWeighted, Loss, MeanSquaredError, WeightedTarget};
/// use plywood::Flat;
///
/// let targets = [WeightedTarget::new([1.0], 0.5), WeightedTarget::new([0.0], 2.0)];
/// let loss = Loss::<Flat<1>>::value(&ExampleWeighted(MeanSquaredError), &[3.0, 1.0], &targets);
/// assert_eq!(loss, (0.5 * 4.0 + 2.0 * 1.0) / 2.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ExampleWeighted<L>(pub L);

impl<Out: Shape, L: Loss<Out>> Loss<Out> for ExampleWeighted<L> {
    type Target = WeightedTarget<L::Target>;
    const SUITS: () = L::SUITS;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target]) -> f64 {
        let () = <Self as Loss<Out>>::SUITS;
        mean_of_each(&self.0, outputs, targets, None, split)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Out>>::SUITS;
        mean_of_each(&self.0, outputs, targets, Some(d_outputs), split)
    }

    fn check(&self, target: Self::Target) -> Result<(), Unfit> {
        if target.weight.is_finite() && target.weight >= 0.0 {
            return self.0.check(target.target);
        }
        Err(Unfit {
            found: format!("the weight {}", target.weight),
            expected: "a finite number, at least 0".into(),
        })
    }

    fn name(&self) -> String {
        format!("ExampleWeighted({})", self.0.name())
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.0.check_settings::<T>()
    }

    const SUMS: usize = L::SUMS;
    const ERROR: Option<ErrorMeasure> = L::ERROR;

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target], sums: &mut [f64]) {
        judge_each(&self.0, outputs, targets, |example| example.target, sums);
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        self.0.error(sums, examples)
    }
}

fn split<V: Copy>(example: &WeightedTarget<V>) -> (V, f64) {
    (example.target, example.weight.into())
}
