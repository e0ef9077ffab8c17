//! Provides the usual metrics: accuracy, top-k accuracy, mean absolute error, R², and mean intersection over union.
//!
//! | metric | name | outputs | targets |
//! |---|---|---|---|
//! | [`Accuracy`] | `accuracy` | scores of classes, for an example or for each pixel | numbers of classes, maps of classes |
//! | [`TopK`] | `top 5` | scores of classes | numbers of classes |
//! | [`MeanIou`] | `mean IoU` | scores of classes, for an example or for each pixel | numbers of classes, maps of classes |
//! | [`AbsoluteError`] | `absolute error` | numbers of any shape | numbers of the same shape |
//! | [`R2`] | `R²` | numbers of any shape | numbers of the same shape |
//!
//! For a pair of outputs, [`First`] and [`Second`] measure one part by a metric of that part.
//!
//! A map of classes, of type `[[u8; W]; H]`, holds the class of each pixel. A pixel with a number that is no class,
//! such as 255, does not count.
//!
//! [`Metric`] is the trait to implement for one of your own.
//!
//! # Examples
//! ```
//! use plywood::eval::metrics::R2;
//! use plywood::eval::measure_by;
//! use plywood::layers::Dense;
//! use plywood::loss::MeanSquaredError;
//! use plywood::{Dataset, Flat, Model, Scalar, Trainer};
//!
//! /// y = 2x + 1
//! struct Line;
//!
//! impl Dataset for Line {
//!     type Example = Flat<1>;
//!     type Target = [f32; 1];
//!
//!     fn len(&self) -> usize {
//!         10
//!     }
//!     fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 1] {
//!         x[0] = T::of(index as f64 / 10.0);
//!         [2.0 * index as f32 / 10.0 + 1.0]
//!     }
//! }
//!
//! let mut model = Model::<Dense<1, 1>>::new(1);
//! let trainer = Trainer::new().epochs(200).loss(MeanSquaredError);
//! let history = trainer.run(&mut model, &Line).validate(&Line).metric(&R2).fit()?;
//! let last = history.epochs.last().and_then(|epoch| epoch.metric("R²"));
//! assert!(last.is_some_and(|r2| r2 > 0.99));
//! assert_eq!(Some(measure_by(&model, &Line, &R2)?), last);
//! # Ok::<(), plywood::Error>(())
//! ```

pub use crate::eval::part::{First, Second};

use crate::core::{Flat, Image, Single};
use crate::error::{Error, Result};
use crate::eval::{Better, Metric};
use crate::loss::{Overlap, PER_CLASS, Unfit, is_largest};
use plywood_kernel::Scalar;

/// Returns the classes of the pixels of some maps in order, `None` for a pixel that does not count.
fn pixels<const H: usize, const W: usize>(
    maps: &[[[u8; W]; H]],
    classes: usize,
) -> impl Iterator<Item = Option<usize>> {
    let pixels = maps.as_flattened().as_flattened().iter();
    pixels.map(move |&class| Some(usize::from(class)).filter(|&class| class < classes))
}

/// The share of examples, or of pixels, whose own class has the largest score.
///
/// It has no value where no pixel counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accuracy;

impl Accuracy {
    const NAME: &str = "accuracy";

    /// Adds items to the numbers of those that are right and of all.
    fn add<T: Scalar>(
        scores: &[T],
        classes: usize,
        targets: impl Iterator<Item = Option<usize>>,
        sums: &mut [f64],
    ) {
        for (scores, class) in scores.chunks_exact(classes).zip(targets) {
            let Some(class) = class else { continue };
            sums[0] += if is_largest(scores, class) { 1.0 } else { 0.0 };
            sums[1] += 1.0;
        }
    }
}

impl<const N: usize> Metric<Flat<N>, usize> for Accuracy {
    fn name(&self) -> String {
        Self::NAME.to_owned()
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    fn is_share(&self) -> bool {
        true
    }
    fn check_target(&self, target: &usize) -> Result<(), Unfit> {
        Unfit::unless_class(*target, N)
    }
    fn sums(&self) -> usize {
        2
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        Self::add(outputs, N, targets.iter().map(|&class| Some(class)), sums);
    }
    fn value(&self, sums: &[f64], _: usize) -> f64 {
        sums[0] / sums[1]
    }
}

impl<const H: usize, const W: usize, const C: usize> Metric<Image<H, W, C>, [[u8; W]; H]> for Accuracy {
    fn name(&self) -> String {
        Self::NAME.to_owned()
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    fn is_share(&self) -> bool {
        true
    }
    fn sums(&self) -> usize {
        2
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], sums: &mut [f64]) {
        Self::add(outputs, C, pixels(targets, C), sums);
    }
    fn value(&self, sums: &[f64], _: usize) -> f64 {
        sums[0] / sums[1]
    }
}

/// The share of examples whose own class has one of the `k` largest scores.
///
/// Of equal scores, that of the lower class counts as the larger one. An example with a NaN among its scores is wrong.
/// The field is k, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopK(pub usize);

impl<const N: usize> Metric<Flat<N>, usize> for TopK {
    fn name(&self) -> String {
        format!("top {}", self.0)
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    fn is_share(&self) -> bool {
        true
    }
    fn check(&self) -> Result<()> {
        if (1..=N).contains(&self.0) {
            return Ok(());
        }
        Err(Error::argument("top k", self.0, format!("1 to {N}, the number of classes")))
    }
    fn check_target(&self, target: &usize) -> Result<(), Unfit> {
        Unfit::unless_class(*target, N)
    }
    fn sums(&self) -> usize {
        1
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        let examples = outputs.chunks_exact(N).zip(targets);
        let ranks = examples.filter_map(|(scores, &class)| crate::eval::place(scores, class));
        sums[0] += ranks.filter(|&(_, rank)| rank < self.0).count() as f64;
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        sums[0] / examples as f64
    }
}

/// The mean over the classes of intersection over union: of the items of a class and of those taken for it, the share
/// that is both. Items are examples or pixels.
///
/// A class without items for which none is taken does not count (Everingham et al. 2015, section 3.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MeanIou;

impl MeanIou {
    const NAME: &str = "mean IoU";
}

impl<const N: usize> Metric<Flat<N>, usize> for MeanIou {
    fn name(&self) -> String {
        Self::NAME.to_owned()
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    fn is_share(&self) -> bool {
        true
    }
    fn check_target(&self, target: &usize) -> Result<(), Unfit> {
        Unfit::unless_class(*target, N)
    }
    fn sums(&self) -> usize {
        PER_CLASS * N
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        Overlap(sums).add(outputs, N, targets.iter().map(|&class| Some(class)));
    }
    fn value(&self, sums: &[f64], _: usize) -> f64 {
        Overlap::mean(sums).unwrap_or(f64::NAN)
    }
}

impl<const H: usize, const W: usize, const C: usize> Metric<Image<H, W, C>, [[u8; W]; H]> for MeanIou {
    fn name(&self) -> String {
        Self::NAME.to_owned()
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    fn is_share(&self) -> bool {
        true
    }
    fn sums(&self) -> usize {
        PER_CLASS * C
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], sums: &mut [f64]) {
        Overlap(sums).add(outputs, C, pixels(targets, C));
    }
    fn value(&self, sums: &[f64], _: usize) -> f64 {
        Overlap::mean(sums).unwrap_or(f64::NAN)
    }
}

/// The mean of |y − t| over all outputs y and the targets' numbers t, in the unit of the targets.
///
/// For the losses of numbers, this is also their [error](crate::loss).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AbsoluteError;

impl<S: Single> Metric<S, S::Array<f32>> for AbsoluteError {
    fn name(&self) -> String {
        "absolute error".to_owned()
    }
    fn better(&self) -> Better {
        Better::Smaller
    }
    fn sums(&self) -> usize {
        1
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], sums: &mut [f64]) {
        sums[0] += T::absolute_error(outputs, S::as_flattened(targets), None);
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        sums[0] / (examples * S::LEN) as f64
    }
}

/// The coefficient of determination: 1 − Σ (t − y)² / Σ (t − t̄)².
///
/// The sums are over all outputs y of all examples and the targets' numbers t, and t̄ is the mean of the target at the
/// same place of the output. So 1 is a perfect model, and 0 is no better than the best constant. With several outputs,
/// those that vary more weigh more. It has no value for targets that are all equal.
///
/// All sums are in `f64`, in which the squares of targets in `f32` are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct R2;

impl<S: Single> Metric<S, S::Array<f32>> for R2 {
    fn name(&self) -> String {
        "R²".to_owned()
    }
    fn better(&self) -> Better {
        Better::Larger
    }
    /// Σ (t − y)², Σ t², and Σ t for each output.
    fn sums(&self) -> usize {
        2 + S::LEN
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[S::Array<f32>], sums: &mut [f64]) {
        let [residuals, squares, sums @ ..] = sums else { return };
        for (outputs, target) in outputs.chunks_exact(S::LEN).zip(targets) {
            for ((y, &t), sum) in outputs.iter().zip(S::as_slice(target)).zip(&mut *sums) {
                let t = f64::from(t);
                *residuals += (t - y.to_f64()).powi(2);
                *squares += t * t;
                *sum += t;
            }
        }
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        let [residuals, squares, sums @ ..] = sums else { return f64::NAN };
        let examples = examples as f64;
        let variation = squares - sums.iter().map(|sum| sum * sum / examples).sum::<f64>();
        // what rounding leaves of targets that are all equal
        let rounding = 8.0 * f64::EPSILON * examples.sqrt() * squares;
        if variation > rounding { 1.0 - residuals / variation } else { f64::NAN }
    }
}
