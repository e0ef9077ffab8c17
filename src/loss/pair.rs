//! Adds the losses of two outputs.

use super::each::mean_of_each;
use super::{Loss, Unfit};
use crate::core::Shape;
use crate::error::Result;
use plywood_kernel::Scalar;

/// Two losses, for a network with two outputs: the sum of both. The target is the pair of both targets.
///
/// It has no error of its own: [`First`](crate::eval::metrics::First) and [`Second`](crate::eval::metrics::Second) measure
/// one of the outputs by a metric.
///
/// [`Scaled`](super::Scaled) gives one of them a factor, and pairs of pairs are losses of more outputs.
///
/// ```
/// use plywood::loss::{Loss, MeanSquaredError, Scaled, SoftmaxCrossEntropy};
/// use plywood::Flat;
///
/// // a class and a number
/// let loss = (SoftmaxCrossEntropy, Scaled::new(MeanSquaredError, 0.5));
/// // the scores of both examples, then the numbers of both
/// let outputs = [0.0, 0.0, 0.0, 0.0, 3.0, 0.0];
/// let value = Loss::<(Flat<2>, Flat<1>)>::value(&loss, &outputs, &[(0, [1.0]), (1, [0.0])]);
/// assert!((value - (2_f64.ln() + 0.5 * 4.0 / 2.0)).abs() < 1e-12);
/// ```
impl<S: Shape, U: Shape, A: Loss<S>, B: Loss<U>> Loss<(S, U)> for (A, B) {
    type Target = (A::Target, B::Target);
    const SUITS: () = {
        let () = A::SUITS;
        let () = B::SUITS;
    };

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target]) -> f64 {
        let () = <Self as Loss<(S, U)>>::SUITS;
        let (first, second) = outputs.split_at(S::LEN * targets.len());
        mean_of_each(&self.0, first, targets, None, |target| (target.0, 1.0))
            + mean_of_each(&self.1, second, targets, None, |target| (target.1, 1.0))
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<(S, U)>>::SUITS;
        let (first, second) = outputs.split_at(S::LEN * targets.len());
        let (d_first, d_second) = d_outputs.split_at_mut(S::LEN * targets.len());
        mean_of_each(&self.0, first, targets, Some(d_first), |target| (target.0, 1.0))
            + mean_of_each(&self.1, second, targets, Some(d_second), |target| (target.1, 1.0))
    }

    fn check(&self, target: Self::Target) -> Result<(), Unfit> {
        let of = |part: &str, unfit: Unfit| Unfit { found: format!("{part}: {}", unfit.found), ..unfit };
        self.0.check(target.0).map_err(|unfit| of("first target", unfit))?;
        self.1.check(target.1).map_err(|unfit| of("second target", unfit))
    }

    fn name(&self) -> String {
        format!("({}, {})", self.0.name(), self.1.name())
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.0.check_settings::<T>()?;
        self.1.check_settings::<T>()
    }
}
