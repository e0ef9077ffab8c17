//! Measures one part of a pair of outputs, by a metric of that part.

use std::slice::from_ref;

use crate::core::Shape;
use crate::error::Result;
use crate::eval::{Better, Metric};
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
    fn sums(&self) -> usize {
        self.0.sums()
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[(A, B)], sums: &mut [f64]) {
        for (output, target) in outputs.chunks_exact(S::LEN).zip(targets) {
            self.0.add(output, from_ref(&target.0), sums);
        }
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
    fn sums(&self) -> usize {
        self.0.sums()
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[(A, B)], sums: &mut [f64]) {
        // the outputs of the first part lie before those of the second
        let outputs = outputs.get(S::LEN * targets.len()..).unwrap_or_default();
        for (output, target) in outputs.chunks_exact(U::LEN).zip(targets) {
            self.0.add(output, from_ref(&target.1), sums);
        }
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        self.0.value(sums, examples)
    }
}
