//! Computes losses of vectors that should be close for what is alike, and far apart for what is not.

use super::{ErrorMeasure, Loss};
use crate::core::Flat;
use crate::error::Result;
use crate::setting::positive;
use plywood_kernel::Scalar;

/// The contrastive loss, which brings two vectors together if they belong to the same thing, and otherwise moves them
/// apart up to a margin m (Hadsell et al. 2006, equation 4).
///
/// The network gives two vectors a and b, and a target is true if they belong to the same thing. With the distance D =
/// ‖a − b‖, the loss of an example is D²/2 if they do, and max(0, m − D)²/2 if they do not. The derivative with respect
/// to a is a − b, and −(m − D)(a − b)/D for D < m; that with respect to b is its negative. Where two vectors that should
/// be apart are equal, it is taken as 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrastive {
    /// The margin m; above 0.
    pub margin: f64,
}

impl Contrastive {
    /// Returns the loss with the margin m = `margin`.
    #[must_use]
    pub const fn new(margin: f64) -> Self {
        Self { margin }
    }

    /// Returns the loss of two vectors with the given squared distance, and the factor of a − b in its derivative.
    fn of(self, squared: f64, same: bool) -> [f64; 2] {
        if same {
            return [squared / 2.0, 1.0];
        }
        let distance = squared.sqrt();
        let missing = rectify(self.margin - distance);
        let factor = if missing == 0.0 || distance == 0.0 { 0.0 } else { -missing / distance };
        [missing * missing / 2.0, factor]
    }

    fn mean<T: Scalar>(
        self,
        outputs: &[T],
        targets: &[bool],
        len: usize,
        derivative: Option<&mut [T]>,
    ) -> f64 {
        let count = targets.len();
        let (first, second) = outputs.split_at(count * len);
        let mut slopes = derivative.map(|derivative| derivative.split_at_mut(count * len));
        let mut sum = 0.0;
        for (example, &same) in targets.iter().enumerate() {
            let numbers = example * len..(example + 1) * len;
            let (a, b) = (&first[numbers.clone()], &second[numbers.clone()]);
            let [loss, factor] = self.of(T::squared_distance(a, b), same);
            sum += loss;
            if let Some((da, db)) = &mut slopes {
                T::scaled_difference(a, b, factor / count as f64, &mut da[numbers.clone()]);
                T::scaled_difference(b, a, factor / count as f64, &mut db[numbers]);
            }
        }
        sum / count as f64
    }
}

impl Default for Contrastive {
    /// Returns the loss with m = 1.
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl<const N: usize> Loss<(Flat<N>, Flat<N>)> for Contrastive {
    type Target = bool;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[bool]) -> f64 {
        self.mean(outputs, targets, N, None)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[bool], d_outputs: &mut [T]) -> f64 {
        self.mean(outputs, targets, N, Some(d_outputs))
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        positive::<T>("margin", self.margin)
    }
}

/// The triplet loss, which makes a vector closer to one of the same thing than to one of another, by a margin m (Schroff
/// et al. 2015, equation 3).
///
/// The network gives an anchor a, a positive p, which belongs to the same thing, and a negative n, which does not. There
/// is nothing to compare them with: the target is `()`. The loss of an example is max(0, ‖a − p‖² − ‖a − n‖² + m). Where
/// it is above 0, the derivatives with respect to a, p and n are 2(n − p), 2(p − a) and 2(a − n).
///
/// An output is wrong if the positive is not closer to the anchor than the negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triplet {
    /// The margin m; above 0.
    pub margin: f64,
}

impl Triplet {
    /// Returns the loss with the margin m = `margin`.
    #[must_use]
    pub const fn new(margin: f64) -> Self {
        Self { margin }
    }

    fn mean<T: Scalar>(self, outputs: &[T], count: usize, len: usize, derivative: Option<&mut [T]>) -> f64 {
        let mut slopes = derivative.map(|derivative| parts_mut(derivative, count * len));
        let mut sum = 0.0;
        for example in 0..count {
            let numbers = example * len..(example + 1) * len;
            let [a, p, n] = parts(outputs, count * len).map(|part| &part[numbers.clone()]);
            let loss = rectify(T::squared_distance(a, p) - T::squared_distance(a, n) + self.margin);
            sum += loss;
            if let Some([da, dp, dn]) = &mut slopes {
                let factor = if loss == 0.0 { 0.0 } else { 2.0 / count as f64 };
                T::scaled_difference(n, p, factor, &mut da[numbers.clone()]);
                T::scaled_difference(p, a, factor, &mut dp[numbers.clone()]);
                T::scaled_difference(a, n, factor, &mut dn[numbers]);
            }
        }
        sum / count as f64
    }
}

impl Default for Triplet {
    /// Returns the loss with m = 0.2, as in the paper.
    fn default() -> Self {
        Self { margin: 0.2 }
    }
}

impl<const N: usize> Loss<(Flat<N>, (Flat<N>, Flat<N>))> for Triplet {
    type Target = ();

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[()]) -> f64 {
        self.mean(outputs, targets.len(), N, None)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[()], d_outputs: &mut [T]) -> f64 {
        self.mean(outputs, targets.len(), N, Some(d_outputs))
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        positive::<T>("margin", self.margin)
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[()], sums: &mut [f64]) {
        let wrong = |&example: &usize| {
            let [a, p, n] = parts(outputs, targets.len() * N).map(|part| &part[example * N..][..N]);
            let [near, far] = [p, n].map(|other| T::squared_distance(a, other));
            // a NaN is not less
            !matches!(near.partial_cmp(&far), Some(std::cmp::Ordering::Less))
        };
        sums[0] += (0..targets.len()).filter(wrong).count() as f64;
    }
}

/// Returns the three parts of a batch, of `len` numbers each.
fn parts<T>(batch: &[T], len: usize) -> [&[T]; 3] {
    let (first, others) = batch.split_at(len);
    let (second, third) = others.split_at(len);
    [first, second, third]
}

/// Returns the three parts of a batch, of `len` numbers each.
fn parts_mut<T>(batch: &mut [T], len: usize) -> [&mut [T]; 3] {
    let (first, others) = batch.split_at_mut(len);
    let (second, third) = others.split_at_mut(len);
    [first, second, third]
}

/// Returns max(0, x). A NaN stays.
fn rectify(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}
