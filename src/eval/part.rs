//! Measures one part of a pair of outputs, by a metric of that part.

use std::slice::from_ref;

use crate::core::{Shape, order};
use crate::error::Result;
use crate::eval::{Better, Metric};
use crate::loss::Unfit;
use crate::work_space;
use plywood_kernel::Scalar;

/// Measures the first part of a pair `(S, U)` of outputs by a metric of `S`. Its name is that of the metric after
/// `first`.
///
/// ```
/// use plywood::eval::Metric;
/// use plywood::eval::metrics::{AbsoluteError, Second};
/// use plywood::Flat;
///
/// type Target = (usize, [f32; 1]);
///
/// // the scores of both examples, then the numbers of both
/// let outputs = [1.0, 0.0, 1.0, 0.0, 3.0, 5.0];
/// let targets: [Target; 2] = [(0, [3.5]), (1, [4.5])];
/// let mut sums = [0.0];
/// Metric::<(Flat<2>, Flat<1>), Target>::add(&Second(AbsoluteError), &outputs, &targets, &mut sums);
/// assert_eq!(Metric::<(Flat<2>, Flat<1>), Target>::value(&Second(AbsoluteError), &sums, 2), 0.5);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct First<M>(pub M);

/// Measures the second part of a pair `(S, U)` of outputs by a metric of `U`. Its name is that of the metric after
/// `second`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Second<M>(pub M);

impl<S: Shape, U: Shape, A, B, M: Metric<S, A>> Metric<(S, U), (A, B)> for First<M> {
    fn name(&self) -> String {
        format!("first {}", self.0.name())
    }
    fn better(&self) -> Better {
        self.0.better()
    }
    fn is_share(&self) -> bool {
        self.0.is_share()
    }
    fn check(&self) -> Result<()> {
        self.0.check()
    }
    fn check_target(&self, target: &(A, B)) -> Result<(), Unfit> {
        let of_part = |unfit: Unfit| Unfit { found: format!("first target: {}", unfit.found), ..unfit };
        self.0.check_target(&target.0).map_err(of_part)
    }
    fn sums(&self) -> usize {
        self.0.sums()
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[(A, B)], sums: &mut [f64]) {
        // the outputs of the first part lie before those of the second
        let (outputs, _) = outputs.split_at(S::LEN * targets.len());
        add_each(&self.0, outputs, targets, |target| &target.0, sums);
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        self.0.value(sums, examples)
    }
}

impl<S: Shape, U: Shape, A, B, M: Metric<U, B>> Metric<(S, U), (A, B)> for Second<M> {
    fn name(&self) -> String {
        format!("second {}", self.0.name())
    }
    fn better(&self) -> Better {
        self.0.better()
    }
    fn is_share(&self) -> bool {
        self.0.is_share()
    }
    fn check(&self) -> Result<()> {
        self.0.check()
    }
    fn check_target(&self, target: &(A, B)) -> Result<(), Unfit> {
        let of_part = |unfit: Unfit| Unfit { found: format!("second target: {}", unfit.found), ..unfit };
        self.0.check_target(&target.1).map_err(of_part)
    }
    fn sums(&self) -> usize {
        self.0.sums()
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[(A, B)], sums: &mut [f64]) {
        let (_, outputs) = outputs.split_at(S::LEN * targets.len());
        add_each(&self.0, outputs, targets, |target| &target.1, sums);
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        self.0.value(sums, examples)
    }
}

/// Adds each example of a batch of one part to the sums of a metric. `of` returns an example's target of that part.
///
/// # Shapes
/// `outputs` holds a batch with an output of shape `Out` for each of the `targets`.
fn add_each<Out: Shape, Target, M: Metric<Out, Target>, T: Scalar, X>(
    metric: &M,
    outputs: &[T],
    targets: &[X],
    of: impl Fn(&X) -> &Target,
    sums: &mut [f64],
) {
    if !Out::DIMS.is_pair() {
        for (output, target) in outputs.chunks_exact(Out::LEN).zip(targets) {
            metric.add(output, from_ref(of(target)), sums);
        }
        return;
    }
    // a part that is itself a pair again lies part after part
    work_space::with(Out::LEN, |output: &mut [T]| {
        for (index, target) in targets.iter().enumerate() {
            order::gather::<Out, T>(outputs, index, output);
            metric.add(output, from_ref(of(target)), sums);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::eval::metrics::{AbsoluteError, Accuracy, R2};

    /// Checks that a batch adds the same to the sums as its examples one by one.
    fn adds_the_same_in_one_batch<Out: Shape, Target>(metric: &impl Metric<Out, Target>, targets: &[Target]) {
        let examples: Vec<f64> = (0..Out::LEN * targets.len()).map(|i| (1.7 * i as f64).sin()).collect();
        let mut batch = vec![0.0; examples.len()];
        order::to_batch::<Out, f64>(&examples, &mut batch);
        let [mut at_once, mut one_by_one] = [(); 2].map(|()| vec![0.0; metric.sums()]);
        metric.add(&batch, targets, &mut at_once);
        for (output, target) in examples.chunks_exact(Out::LEN).zip(targets) {
            metric.add(output, from_ref(target), &mut one_by_one);
        }
        assert_eq!(at_once, one_by_one, "{}", metric.name());
        assert!(at_once.iter().any(|&sum| sum != 0.0));
    }

    #[test]
    fn each_of_three_outputs_is_measured_in_a_batch() {
        type A = Flat<2>;
        type B = Flat<1>;
        type C = Flat<3>;

        let right: Vec<_> = (0..5_u8).map(f32::from).map(|i| ([i, 0.5], ([-i], [i, 2.0 * i, 1.0]))).collect();
        adds_the_same_in_one_batch::<(A, (B, C)), _>(&First(AbsoluteError), &right);
        adds_the_same_in_one_batch::<(A, (B, C)), _>(&Second(First(R2)), &right);
        adds_the_same_in_one_batch::<(A, (B, C)), _>(&Second(Second(R2)), &right);
        let left: Vec<_> = right.into_iter().map(|(a, (b, c))| ((a, b), c)).collect();
        adds_the_same_in_one_batch::<((A, B), C), _>(&First(First(R2)), &left);
        adds_the_same_in_one_batch::<((A, B), C), _>(&First(Second(AbsoluteError)), &left);
        adds_the_same_in_one_batch::<((A, B), C), _>(&Second(R2), &left);
    }

    #[test]
    fn the_target_of_a_part_is_checked() {
        type Out = (Flat<2>, Flat<3>);

        let first = |target| Metric::<Out, _>::check_target(&First(Accuracy), &target);
        let second = |target| Metric::<Out, _>::check_target(&Second(Accuracy), &target);
        assert_eq!((first((1, 9)), second((9, 2))), (Ok(()), Ok(())));
        let found = |checked: Result<(), Unfit>| checked.expect_err("no class").found;
        assert_eq!(found(first((2, 0))), "first target: label 2");
        assert_eq!(found(second((0, 3))), "second target: label 3");
    }
}
