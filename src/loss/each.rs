//! Calls a loss example by example, for losses that are made of others.

use super::Loss;
use crate::core::{Shape, order};
use crate::work_space;
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// Returns the mean over examples of their losses, each times a factor, and writes the derivative of that mean.
///
/// `of` returns an example's target and its factor.
///
/// # Shapes
/// `outputs` and `derivative` hold a batch with an output for each of the `examples`.
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
        let slopes = derivative.as_deref_mut();
        let value = if Out::DIMS.is_pair() {
            scattered(loss, outputs, i, target, slopes, factor / count)
        } else {
            let numbers = i * Out::LEN..(i + 1) * Out::LEN;
            let slopes = slopes.map(|slopes| &mut slopes[numbers.clone()]);
            times(loss, &outputs[numbers], &[target], slopes, factor / count)
        };
        sum += factor * value;
    }
    sum / count
}

/// Adds to the sums of a loss what each example contributes to its error. `of` returns an example's target.
///
/// # Shapes
/// `outputs` holds a batch with an output for each of the `examples`.
pub(super) fn judge_each<Out: Shape, L: Loss<Out>, T: Scalar, X>(
    loss: &L,
    outputs: &[T],
    examples: &[X],
    of: impl Fn(&X) -> L::Target,
    sums: &mut [f64],
) {
    if sums.is_empty() {
        // the loss has no error
        return;
    }
    for (i, example) in examples.iter().enumerate() {
        let target = of(example);
        if Out::DIMS.is_pair() {
            judge_scattered(loss, outputs, i, target, sums);
        } else {
            loss.judge(&outputs[i * Out::LEN..][..Out::LEN], &[target], sums);
        }
    }
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

/// Returns the loss of one example of a batch whose parts lie apart, and writes its derivative times a factor.
///
/// The example is gathered in [memory of the thread](work_space), since a large output has no room on the stack.
fn scattered<Out: Shape, L: Loss<Out>, T: Scalar>(
    loss: &L,
    outputs: &[T],
    index: usize,
    target: L::Target,
    derivative: Option<&mut [T]>,
    factor: f64,
) -> f64 {
    work_space::with(Out::LEN, |output: &mut [T]| {
        order::gather::<Out, T>(outputs, index, output);
        let Some(derivative) = derivative else { return loss.value(output, &[target]) };
        work_space::with(Out::LEN, |slopes: &mut [T]| {
            let value = times(loss, output, &[target], Some(&mut *slopes), factor);
            order::scatter::<Out, T>(slopes, index, derivative);
            value
        })
    })
}

/// Adds to the sums of a loss what one example of a batch whose parts lie apart contributes to its error.
fn judge_scattered<Out: Shape, L: Loss<Out>, T: Scalar>(
    loss: &L,
    outputs: &[T],
    index: usize,
    target: L::Target,
    sums: &mut [f64],
) {
    work_space::with(Out::LEN, |output: &mut [T]| {
        order::gather::<Out, T>(outputs, index, output);
        loss.judge(output, &[target], sums);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::loss::{Contrastive, ExampleWeighted, Loss, WeightedTarget};

    #[test]
    fn an_output_may_be_larger_than_the_stack() {
        type Half = Flat<400_000>;
        type Out = (Half, Half);
        let outputs = vec![0.5_f32; 2 * Out::LEN];
        let mut derivative = vec![f32::NAN; outputs.len()];
        let targets = [true, false].map(|target| WeightedTarget { target, weight: 1.0 });
        let work = move || {
            let loss = ExampleWeighted(Contrastive::default());
            let value = Loss::<Out>::gradient(&loss, &outputs, &targets, &mut derivative);
            (value, derivative.iter().all(|&slope| slope == 0.0))
        };
        let small = std::thread::Builder::new().stack_size(512 << 10).spawn(work).unwrap();
        assert_eq!(small.join().unwrap(), (0.25, true));
    }
}
