//! Defines the losses, which training minimizes.
//!
//! | loss | outputs | target of an example |
//! |---|---|---|
//! | [`SoftmaxCrossEntropy`] | a score for each class, of two or more | the number of its class |
//! | [`SmoothedCrossEntropy`] | a score for each class, of two or more | the number of its class |
//! | [`SoftCrossEntropy`] | a score for each class, of two or more | a probability for each class |
//! | [`KullbackLeibler`] | a score for each class, of two or more | a probability for each class |
//! | [`Focal`] | a score for each class, of two or more | the number of its class |
//! | [`Hinge`] | a score for each class, of two or more | the number of its class |
//! | [`SoftmaxCrossEntropy`], [`Focal`] | an image of such scores, of 2 to 255 channels | a map of classes; 255 is [`IGNORED`] |
//! | [`BinaryCrossEntropy`] | scores of any shape | for each the probability of "yes" |
//! | [`BinaryFocal`] | scores of any shape | for each 1 for "yes" or 0 for "no" |
//! | [`MeanSquaredError`] | numbers of any shape | numbers of the same shape |
//! | [`MeanAbsoluteError`] | numbers of any shape | numbers of the same shape |
//! | [`Huber`] | numbers of any shape | numbers of the same shape |
//! | [`Quantile`] | numbers of any shape | numbers of the same shape |
//! | [`Poisson`] | logarithms of rates, of any shape | counts of the same shape |
//! | [`Contrastive`] | two vectors of one length | whether they belong to the same thing |
//! | [`Triplet`] | three vectors of one length: `(Flat<N>, (Flat<N>, Flat<N>))` | `()` |
//!
//! "Any shape" means a vector or an image. A pair of shapes has a pair of losses, `(A, B)`, whose target is the pair of
//! both targets: the loss is the sum of both.
//!
//! Others weight these:
//!
//! | loss | gives a weight to | target of an example |
//! |---|---|---|
//! | [`ClassWeighted`] | the classes of a loss over classes, also at every pixel | as that of the loss |
//! | [`WeightedBinaryCrossEntropy`] | the answers "yes" of each question | as that of [`BinaryCrossEntropy`] |
//! | [`ExampleWeighted`] | the examples of any loss | a [`WeightedTarget`] |
//! | [`Scaled`] | a whole loss | as that of the loss |
//!
//! # Errors
//!
//! Besides its value, a loss can have an *error*: the number by which people judge the outputs, such as the share of
//! wrong ones. Tables, logs, curves and reports show it under its own name ([`Loss::ERROR`]).
//!
//! | loss | error | decides by default which epoch is best |
//! |---|---|---|
//! | of classes | share of misclassified examples | error |
//! | of the classes of pixels | 1 − the mean over the classes of intersection over union | error |
//! | [`BinaryCrossEntropy`], [`BinaryFocal`] of several outputs | share of wrong answers, over all examples | error |
//! | [`MeanSquaredError`], [`MeanAbsoluteError`], [`Huber`] | mean absolute error, in the unit of the targets | loss |
//! | [`Triplet`] | share of examples whose positive is not closer than the negative | error |
//! | [`Quantile`], [`Poisson`], [`Contrastive`], pairs | none | loss |
//!
//! A loss that weights another has the error of that, without weights.
//!
//! [`Trainer::monitor`](crate::Trainer::monitor) says what decides instead, and [`eval::metrics`](crate::eval::metrics)
//! has further measures.
//!
//! # Suitable data
//!
//! A trainer accepts a loss only with data whose targets are those of the loss. A loss over classes does not compile
//! for a network with a single output: see [`Loss::SUITS`].
//!
//! ```
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
//! Trainer::new().epochs(200).loss(MeanSquaredError).train(&mut model, &Line)?;
//! assert!((model.infer(&[0.5])[0] - 2.0).abs() < 1e-3);
//! # Ok::<(), plywood::Error>(())
//! ```
//!
//! Over a single class, every output is correct and there is nothing to learn:
//!
//! ```compile_fail,E0080
//! use plywood::data::Examples;
//! use plywood::layers::Dense;
//! use plywood::{Flat, Model, Trainer};
//!
//! let data = Examples::<Flat<1>>::from_arrays([([0.5], 0), ([1.5], 0)])?;
//! // error: `SoftmaxCrossEntropy` needs the scores of at least 2 classes, but the network gives 1
//! Trainer::new().train(&mut Model::<Dense<1, 1>>::new(1), &data)?;
//! # Ok::<(), plywood::Error>(())
//! ```

mod binary;
mod class_weights;
mod cross_entropy;
mod each;
mod embedding;
mod error_measure;
mod example_weights;
mod focal;
mod hinge;
mod kullback_leibler;
mod overlap;
mod pair;
mod pixels;
mod regression;
mod scaled;

pub use binary::{BinaryCrossEntropy, WeightedBinaryCrossEntropy};
pub use class_weights::{ClassWeighted, ClassWeights};
pub use cross_entropy::{SmoothedCrossEntropy, SoftCrossEntropy, SoftmaxCrossEntropy, softmax};
pub use embedding::{Contrastive, Triplet};
pub use error_measure::ErrorMeasure;
#[cfg(feature = "report")]
pub(crate) use error_measure::title;
pub(crate) use error_measure::{format, identifier};
pub use example_weights::{ExampleWeighted, WeightedTarget};
pub use focal::{BinaryFocal, Focal};
pub use hinge::Hinge;
pub use kullback_leibler::KullbackLeibler;
pub(crate) use overlap::{Overlap, PER_CLASS};
pub use pixels::{IGNORED, PixelLoss};
pub use regression::{Huber, MeanAbsoluteError, MeanSquaredError, Poisson, Quantile};
pub use scaled::Scaled;

use crate::core::Shape;
use crate::core::message::Message;
use plywood_kernel::Scalar;

/// Computes the mean loss over a batch of outputs of shape `Out`, and its gradient.
///
/// # Contract
///
/// Nothing is allocated. The loss of a batch is the mean of its examples' losses. An output that is NaN makes the loss
/// NaN or infinite, so that training sees that it diverged. [`check::loss`](crate::check::loss) looks for violations of
/// this, and [`GradientCheck::run_loss`](crate::check::GradientCheck::run_loss) for a wrong derivative.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss of outputs of shape `{Out}`",
    label = "the network's outputs and the loss do not fit",
    note = "the documentation of `plywood::loss` says which outputs each loss takes"
)]
pub trait Loss<Out: Shape>: Sync {
    /// The value that an example's output is compared with.
    type Target: Copy + Send + Sync;

    /// Fails to compile if outputs of this shape have nothing to learn from the loss, such as scores of a single class.
    ///
    /// All code that computes with a loss evaluates this constant first.
    const SUITS: () = ();

    /// Returns the loss averaged over the batch.
    ///
    /// # Shapes
    /// `outputs` holds `Out::LEN` numbers for each target, in the [order of a batch](Shape#the-order-of-a-batch): that
    /// of the targets, for a pair of shapes part after part.
    fn value<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target]) -> f64;

    /// Returns the loss averaged over the batch, and writes its derivative with respect to each output into
    /// `d_outputs`.
    ///
    /// # Shapes
    /// `outputs` and `d_outputs` each hold `Out::LEN` numbers for each target, in the [order of a
    /// batch](Shape#the-order-of-a-batch).
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target], d_outputs: &mut [T]) -> f64;

    /// Checks that an output can be compared with this target.
    ///
    /// Targets come from data, so each is checked before it reaches the loss.
    ///
    /// # Errors
    /// Returns [`Unfit`], with what was found and what was expected.
    fn check(&self, target: Self::Target) -> Result<(), Unfit> {
        let _ = target;
        Ok(())
    }

    /// Returns the loss's name and settings, by default the name of its type.
    ///
    /// A checkpoint keeps them, so that no run continues with another loss.
    fn name(&self) -> String {
        crate::setting::type_name::<Self>().to_owned()
    }

    /// Checks the loss's own settings after rounding to the type of the parameters, before anything is trained.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) for a setting outside its range.
    fn check_settings<T: Scalar>(&self) -> crate::error::Result<()> {
        Ok(())
    }

    /// The number of sums over examples from which [`error`](Self::error) computes the error, 0 without an error.
    const SUMS: usize = 0;

    /// The name and the unit of the error, or `None` for a loss without one.
    const ERROR: Option<ErrorMeasure> = None;

    /// Adds what a batch of outputs contributes to the error to each of the [`SUMS`](Self::SUMS).
    ///
    /// A run keeps these sums over an epoch, and adds those of several batches. For a loss over classes, an output with
    /// a NaN is wrong.
    ///
    /// # Examples
    /// ```
    /// use plywood::loss::{BinaryCrossEntropy, Loss};
    /// use plywood::Flat;
    ///
    /// // two examples with three answers each, of which one is wrong
    /// let (scores, targets) = ([1.0, -1.0, 2.0, -3.0, -1.0, -2.0], [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
    /// let mut sums = [0.0];
    /// Loss::<Flat<3>>::judge(&BinaryCrossEntropy, &scores, &targets, &mut sums);
    /// assert_eq!(Loss::<Flat<3>>::error(&BinaryCrossEntropy, &sums, 2), Some(1.0 / 6.0));
    /// ```
    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[Self::Target], sums: &mut [f64]) {
        let _ = (outputs, targets, sums);
    }

    /// Returns the error over a number of examples from their sums, or `None` if there is none.
    ///
    /// By default, this is the mean over the examples of the first sum.
    fn error(&self, sums: &[f64], examples: usize) -> Option<f64> {
        sums.first().map(|sum| sum / examples as f64)
    }
}

/// A target with which a loss or a [metric](crate::eval::Metric) cannot compare an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The target that was found.
    pub found: String,
    /// A description of valid targets.
    pub expected: String,
}

impl Unfit {
    /// Checks that the class of an example is one of `classes`.
    pub(crate) fn unless_class(target: usize, classes: usize) -> Result<(), Self> {
        if target < classes {
            return Ok(());
        }
        let expected = format!("0 to {}, one for each of the network's {classes} outputs", classes - 1);
        Err(Self { found: format!("label {target}"), expected })
    }

    /// Checks that all numbers of a target are in a range.
    fn unless_all(target: &[f32], fits: impl Fn(f32) -> bool, expected: &str) -> Result<(), Self> {
        match target.iter().position(|&number| !fits(number)) {
            None => Ok(()),
            Some(place) => Err(Self {
                found: format!("{} as number {place} of the target", target[place]),
                expected: expected.to_owned(),
            }),
        }
    }
}

/// Fails to compile for a loss over the scores of a single class, which is correct whatever the network gives.
#[track_caller]
pub(crate) const fn several_classes(loss: &str, classes: usize) {
    if classes < 2 {
        let message = Message::new()
            .text("`")
            .text(loss)
            .text("` needs the scores of at least 2 classes, but the network gives ")
            .number(classes)
            .text(": a single class is always the right one, and nothing would be learned")
            .text("\nhelp: use `BinaryCrossEntropy` for answers yes or no, with targets of type `[f32; 1]`")
            .text(
                "\nhelp: use `MeanSquaredError` for a number, or give the network an output for each class",
            );
        panic!("{}", message.as_str());
    }
}

/// Returns the class with the largest score, the first of several.
///
/// It is `None` if a score is NaN, since no class is then the largest.
pub(crate) fn largest<T: Scalar>(scores: &[T]) -> Option<usize> {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if score.to_f64().is_nan() {
            return None;
        }
        if *score > scores[best] {
            best = class;
        }
    }
    Some(best)
}

/// Counts outputs whose [`largest`] score is not that of the target, without a branch for each score.
fn misclassified<T: Scalar>(outputs: &[T], classes: usize, targets: &[usize]) -> f64 {
    let examples = outputs.chunks_exact(classes).zip(targets);
    examples.filter(|&(scores, &target)| !is_largest(scores, target)).count() as f64
}

/// Returns true if a class is that of the [`largest`] score.
pub(crate) fn is_largest<T: Scalar>(scores: &[T], class: usize) -> bool {
    let Some(score) = scores.get(class) else { return false };
    // a NaN is neither less than nor equal to anything, including itself
    let (before, from) = scores.split_at(class);
    let less = before.iter().filter(|&other| other < score).count();
    let at_most = from.iter().filter(|&other| other <= score).count();
    less + at_most == scores.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Random;

    #[test]
    fn a_single_class_is_refused_by_name() {
        for (classes, refused) in [(0, true), (1, true), (2, false), (1000, false)] {
            let proof = std::panic::catch_unwind(|| several_classes("Hinge", classes));
            assert_eq!(proof.is_err(), refused, "{classes}");
            let Err(panic) = proof else { continue };
            let message = panic.downcast::<String>().expect("a text");
            for part in ["`Hinge`", &format!("gives {classes}"), "`BinaryCrossEntropy`", "`MeanSquaredError`"]
            {
                assert!(message.contains(part), "no {part} in: {message}");
            }
        }
    }

    #[test]
    fn the_branchless_comparison_finds_the_class_of_the_largest_score() {
        let mut random = Random::new(1);
        for _ in 0..500 {
            let count = 1 + random.below(11);
            // few different ones, so that some are equal
            let mut score = || match random.below(10) {
                0 => f64::NAN,
                1 => f64::NEG_INFINITY,
                _ => random.below(5) as f64 - 2.0,
            };
            let scores: Vec<f64> = (0..count).map(|_| score()).collect();
            for class in 0..=count {
                let found = is_largest(&scores, class);
                assert_eq!(found, largest(&scores) == Some(class), "class {class} of {scores:?}");
            }
        }
    }
}
