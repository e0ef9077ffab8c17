//! Calls a loss example by example, for losses that are made of others.

use super::Loss;
use crate::core::{Dims, Shape};
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
        let value = if Out::PARTS == 1 {
            let numbers = i * Out::LEN..(i + 1) * Out::LEN;
            let slopes = slopes.map(|slopes| &mut slopes[numbers.clone()]);
            times(loss, &outputs[numbers], &[target], slopes, factor / count)
        } else {
            scattered(loss, outputs, [examples.len(), i], target, slopes, factor / count)
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
        if Out::PARTS == 1 {
            loss.judge(&outputs[i * Out::LEN..][..Out::LEN], &[target], sums);
        } else {
            judge_scattered(loss, outputs, [examples.len(), i], target, sums);
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
    [count, example]: [usize; 2],
    target: L::Target,
    derivative: Option<&mut [T]>,
    factor: f64,
) -> f64 {
    work_space::with(Out::LEN, |output: &mut [T]| {
        gather::<Out, T>(outputs, [count, example], output);
        let Some(derivative) = derivative else { return loss.value(output, &[target]) };
        work_space::with(Out::LEN, |slopes: &mut [T]| {
            let value = times(loss, output, &[target], Some(&mut *slopes), factor);
            parts(Out::DIMS, [count, example], [0, 0], &mut |to, from, len| {
                derivative[to..][..len].copy_from_slice(&slopes[from..][..len]);
            });
            value
        })
    })
}

/// Adds to the sums of a loss what one example of a batch whose parts lie apart contributes to its error.
fn judge_scattered<Out: Shape, L: Loss<Out>, T: Scalar>(
    loss: &L,
    outputs: &[T],
    [count, example]: [usize; 2],
    target: L::Target,
    sums: &mut [f64],
) {
    work_space::with(Out::LEN, |output: &mut [T]| {
        gather::<Out, T>(outputs, [count, example], output);
        loss.judge(output, &[target], sums);
    });
}

/// Copies the output of one example out of a batch of `count` examples whose parts lie apart.
pub(crate) fn gather<Out: Shape, T: Scalar>(outputs: &[T], [count, example]: [usize; 2], output: &mut [T]) {
    parts(Out::DIMS, [count, example], [0, 0], &mut |from, to, len| {
        output[to..][..len].copy_from_slice(&outputs[from..][..len]);
    });
}

/// Visits the vectors and images of an example: where each begins in a batch of `count` examples, where in the example,
/// and its length. `starts` says where batch and example begin.
fn parts(
    dims: Dims,
    [count, example]: [usize; 2],
    starts: [usize; 2],
    visit: &mut impl FnMut(usize, usize, usize),
) {
    let [batch, own] = starts;
    match dims {
        Dims::Pair(first, second) => {
            parts(*first, [count, example], starts, visit);
            let starts = [batch + count * first.len(), own + first.len()];
            parts(*second, [count, example], starts, visit);
        }
        Dims::Flat(len) => visit(batch + example * len, own, len),
        Dims::Image(..) => visit(batch + example * dims.len(), own, dims.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image};
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

    #[test]
    fn parts_lie_where_a_batch_has_them() {
        type Out = (Flat<2>, (Image<1, 1, 1>, Flat<3>));
        let examples: Vec<f32> = (0..18_u8).map(f32::from).collect();
        let mut batch = vec![0.0; 18];
        Out::to_batch(&examples, Out::LEN, 0, &mut batch);
        for example in 0..3 {
            let mut found = [0.0; 6];
            gather::<Out, f32>(&batch, [3, example], &mut found);
            assert_eq!(found, examples[example * 6..][..6]);
        }
    }
}
