//! Calls a loss example by example, for losses that are made of others.

use super::Loss;
use crate::core::Shape;
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// Returns the mean over examples of their losses, each times a factor, and writes the derivative of that mean.
///
/// `of` returns an example's target and its factor.
pub(super) fn mean_of_each<Out: Shape, L: Loss<Out>, T: Scalar, X>(
    loss: &L,
    outputs: &[T],
    examples: &[X],
    mut derivative: Option<&mut [T]>,
    of: impl Fn(&X) -> (L::Target, f64),
) -> f64 {
    let count = examples.len() as f64;
    let mut sum = 0.0;
    for (i, example) in examples.iter().enumerate() {
        let (target, factor) = of(example);
        let numbers = i * Out::LEN..(i + 1) * Out::LEN;
        let slopes = derivative.as_deref_mut().map(|derivative| &mut derivative[numbers.clone()]);
        sum += factor * times(loss, &outputs[numbers], &[target], slopes, factor / count);
    }
    sum / count
}

/// Returns a loss, and writes its derivative times a factor.
pub(super) fn times<Out: Shape, L: Loss<Out>, T: Scalar>(
    loss: &L,
    outputs: &[T],
    targets: &[L::Target],
    derivative: Option<&mut [T]>,
    factor: f64,
) -> f64 {
    let Some(derivative) = derivative else { return loss.value(outputs, targets) };
    let value = loss.gradient(outputs, targets, derivative);
    elementwise::scale(derivative, T::of(factor));
    value
}
