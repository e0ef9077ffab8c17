//! Weights the classes of a loss, so that rare classes count as much as frequent ones.

use super::each::mean_of_each;
use super::pixels::{PixelLoss, mean_over_pixels};
use super::{ErrorMeasure, Loss, Unfit};
use crate::core::{Flat, Image};
use crate::error::{Error, Result};
use crate::setting::at_least_zero;
use plywood_kernel::Scalar;

/// A weight for each class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassWeights(Vec<f64>);

impl ClassWeights {
    /// Returns weights that are inversely proportional to the number of examples of each class, or of pixels, with mean
    /// 1 over the examples: n / (k nᵢ) for class i of k, with nᵢ examples of n.
    ///
    /// So each class has the same share of the loss, and the learning rate can stay as it is.
    ///
    /// ```
    /// use plywood::loss::ClassWeights;
    ///
    /// let weights = ClassWeights::balanced(&[90, 10])?;
    /// assert_eq!(weights.as_slice(), [100.0 / 180.0, 5.0]);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if there are no counts, or if a class has no examples.
    pub fn balanced(counts: &[usize]) -> Result<Self> {
        if counts.is_empty() {
            return Err(Error::argument("counts of classes", "none", "one for each class"));
        }
        if let Some(class) = counts.iter().position(|&count| count == 0) {
            let found = format!("no examples of class {class}");
            return Err(Error::argument("counts of classes", found, "at least 1 example of each class"));
        }
        let all = counts.iter().map(|&count| count as f64).sum::<f64>();
        let classes = counts.len() as f64;
        Ok(Self(counts.iter().map(|&count| all / (classes * count as f64)).collect()))
    }

    /// Returns the weights, in the order of the classes.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// Checks that there is a weight for each class, and that each is a weight.
    fn check<T: Scalar>(&self, classes: usize) -> Result<()> {
        check_weights::<T>("class weights", &self.0, classes, "classes")
    }

    /// Returns the weight of a class, or NaN if there is none.
    fn of(&self, class: usize) -> f64 {
        self.0.get(class).copied().unwrap_or(f64::NAN)
    }
}

impl From<Vec<f64>> for ClassWeights {
    fn from(weights: Vec<f64>) -> Self {
        Self(weights)
    }
}

impl From<&[f64]> for ClassWeights {
    fn from(weights: &[f64]) -> Self {
        Self(weights.to_vec())
    }
}

impl<const N: usize> From<[f64; N]> for ClassWeights {
    fn from(weights: [f64; N]) -> Self {
        Self(weights.to_vec())
    }
}

/// Checks that there is a weight for each of the network's `count` `things`, and that each is finite and at least 0.
pub(super) fn check_weights<T: Scalar>(
    name: &'static str,
    weights: &[f64],
    count: usize,
    things: &str,
) -> Result<()> {
    if weights.len() != count {
        let found = format!("{} weights", weights.len());
        return Err(Error::argument(name, found, format!("{count}, one for each of the network's {things}")));
    }
    weights.iter().try_for_each(|&weight| at_least_zero::<T>(name, weight))
}

/// A loss over classes in which each class has a weight: the loss of an example is wₜ l, with l its loss and t its
/// class.
///
/// The loss of a batch is the mean over its examples of wₜ l. It is not divided by the sum of their weights, as
/// PyTorch's is, since the loss of an example must not depend on which others are in its batch. Weights with mean 1
/// over the examples, as [`ClassWeights::balanced`] gives, keep the size of the loss.
///
/// It works with every loss over a vector of scores whose target is the number of a class, such as
/// [`SoftmaxCrossEntropy`](super::SoftmaxCrossEntropy), [`SmoothedCrossEntropy`](super::SmoothedCrossEntropy),
/// [`Focal`](super::Focal) and [`Hinge`](super::Hinge). Over an image of scores, it works with the [losses of
/// pixels](PixelLoss): the loss of an example is the mean over its pixels that count of wₜ l.
///
/// The number of weights is checked before anything is trained.
///
/// ```
/// use plywood::loss::{ClassWeighted, ClassWeights, SoftmaxCrossEntropy};
/// use plywood::{Flat, Loss};
///
/// let loss = ClassWeighted::new(SoftmaxCrossEntropy, [1.0, 3.0]);
/// let value = |class| Loss::<Flat<2>>::value(&loss, &[0.0, 0.0], &[class]);
/// assert!((value(1) / value(0) - 3.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassWeighted<L> {
    /// The loss.
    pub loss: L,
    /// The weights of the classes; at least 0.
    pub weights: ClassWeights,
}

impl<L> ClassWeighted<L> {
    /// Returns the loss with these weights of its classes.
    pub fn new(loss: L, weights: impl Into<ClassWeights>) -> Self {
        Self { loss, weights: weights.into() }
    }

    fn name_with(&self, loss: &str) -> String {
        format!("ClassWeighted({loss}, {:?})", self.weights.as_slice())
    }
}

impl<const N: usize, L: Loss<Flat<N>, Target = usize>> Loss<Flat<N>> for ClassWeighted<L> {
    type Target = usize;
    const SUITS: () = L::SUITS;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        mean_of_each(&self.loss, outputs, targets, None, |&class| (class, self.weights.of(class)))
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        mean_of_each(&self.loss, outputs, targets, Some(d_outputs), |&class| (class, self.weights.of(class)))
    }

    fn check(&self, target: usize) -> Result<(), Unfit> {
        self.loss.check(target)
    }

    fn name(&self) -> String {
        self.name_with(&self.loss.name())
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.loss.check_settings::<T>()?;
        self.weights.check::<T>(N)
    }

    const SUMS: usize = L::SUMS;
    const ERROR: Option<ErrorMeasure> = L::ERROR;

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[usize], sums: &mut [f64]) {
        self.loss.judge(outputs, targets, sums);
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        self.loss.error(sums, examples)
    }
}

impl<const H: usize, const W: usize, const C: usize, L> Loss<Image<H, W, C>> for ClassWeighted<L>
where
    L: PixelLoss + Loss<Image<H, W, C>, Target = [[u8; W]; H]>,
{
    type Target = [[u8; W]; H];
    const SUITS: () = L::SUITS;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]]) -> f64 {
        let () = <Self as Loss<Image<H, W, C>>>::SUITS;
        mean_over_pixels(outputs, C, targets, self.loss.gamma(), Some(self.weights.as_slice()), None)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Image<H, W, C>>>::SUITS;
        mean_over_pixels(
            outputs,
            C,
            targets,
            self.loss.gamma(),
            Some(self.weights.as_slice()),
            Some(d_outputs),
        )
    }

    fn check(&self, target: [[u8; W]; H]) -> Result<(), Unfit> {
        self.loss.check(target)
    }

    fn name(&self) -> String {
        self.name_with(&self.loss.name())
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.loss.check_settings::<T>()?;
        self.weights.check::<T>(C)
    }

    const SUMS: usize = L::SUMS;
    const ERROR: Option<ErrorMeasure> = L::ERROR;

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], sums: &mut [f64]) {
        self.loss.judge(outputs, targets, sums);
    }

    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        self.loss.error(sums, examples)
    }
}
