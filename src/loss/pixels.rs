//! Computes cross-entropy at every pixel of an image of scores.

use super::{ErrorMeasure, Focal, Loss, Overlap, PER_CLASS, SoftmaxCrossEntropy, Unfit};
use crate::core::Image;
use crate::core::message::Message;
use crate::error::Result;
use plywood_kernel::Scalar;

/// The class that marks a pixel that does not count, 255: neither the loss nor its gradient depends on such a pixel's
/// scores.
///
/// Maps of classes use it for borders between objects and for pixels that nobody labeled.
pub const IGNORED: u8 = plywood_kernel::math::IGNORED;

/// The cross-entropy at every pixel: a target is a map of classes, one for each pixel, and the channels of an output are
/// the scores of the classes.
///
/// The loss of an example is the mean over its pixels, without those of class [`IGNORED`]. An example in which no pixel
/// counts has the loss 0.
///
/// The error is one minus the mean over the classes of intersection over union, of all pixels that count.
///
/// ```
/// use plywood::loss::{IGNORED, Loss, SoftmaxCrossEntropy};
/// use plywood::{Image, softmax};
///
/// // two pixels of two classes; the second pixel does not count
/// let loss = Loss::<Image<1, 2, 2>>::value(&SoftmaxCrossEntropy, &[0.0, 1.0, 5.0, 3.0], &[[[1, IGNORED]]]);
/// let mut probabilities = [0.0_f64, 1.0];
/// softmax(&mut probabilities);
/// assert!((loss + probabilities[1].ln()).abs() < 1e-12);
/// ```
impl<const H: usize, const W: usize, const C: usize> Loss<Image<H, W, C>> for SoftmaxCrossEntropy {
    type Target = [[u8; W]; H];
    const SUITS: () = pixel_classes("SoftmaxCrossEntropy", C);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]]) -> f64 {
        let () = <Self as Loss<Image<H, W, C>>>::SUITS;
        mean_over_pixels(outputs, C, targets, 0.0, None, None)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Image<H, W, C>>>::SUITS;
        mean_over_pixels(outputs, C, targets, 0.0, None, Some(d_outputs))
    }

    fn check(&self, target: [[u8; W]; H]) -> Result<(), Unfit> {
        check_map(&target, C)
    }

    const SUMS: usize = PER_CLASS * C;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MEAN_OVERLAP);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], sums: &mut [f64]) {
        judge(outputs, C, targets, sums);
    }

    fn error(&self, sums: &[f64], _: usize) -> Option<f64> {
        Overlap::mean(sums).map(|mean| 1.0 - mean)
    }
}

/// The focal loss at every pixel, with targets as those of [`SoftmaxCrossEntropy`].
impl<const H: usize, const W: usize, const C: usize> Loss<Image<H, W, C>> for Focal {
    type Target = [[u8; W]; H];
    const SUITS: () = pixel_classes("Focal", C);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]]) -> f64 {
        let () = <Self as Loss<Image<H, W, C>>>::SUITS;
        mean_over_pixels(outputs, C, targets, self.gamma, None, None)
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Image<H, W, C>>>::SUITS;
        mean_over_pixels(outputs, C, targets, self.gamma, None, Some(d_outputs))
    }

    fn check(&self, target: [[u8; W]; H]) -> Result<(), Unfit> {
        check_map(&target, C)
    }

    const SUMS: usize = PER_CLASS * C;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MEAN_OVERLAP);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[[[u8; W]; H]], sums: &mut [f64]) {
        judge(outputs, C, targets, sums);
    }

    fn error(&self, sums: &[f64], _: usize) -> Option<f64> {
        Overlap::mean(sums).map(|mean| 1.0 - mean)
    }

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn check_settings<T: Scalar>(&self) -> Result<()> {
        self.check_gamma::<T>()
    }
}

/// The losses that [`ClassWeighted`](super::ClassWeighted) can weight at every pixel: [`SoftmaxCrossEntropy`] and
/// [`Focal`].
#[diagnostic::on_unimplemented(
    message = "`ClassWeighted` cannot weight the classes of pixels for `{Self}`",
    label = "expected `SoftmaxCrossEntropy` or `Focal`"
)]
pub trait PixelLoss: Exponent {}

impl PixelLoss for SoftmaxCrossEntropy {}
impl PixelLoss for Focal {}

/// A function of the cross-entropy with the exponent γ of the focal loss. Other crates cannot implement it.
pub trait Exponent: Sync {
    /// Returns γ.
    fn gamma(&self) -> f64;
}

impl Exponent for SoftmaxCrossEntropy {
    fn gamma(&self) -> f64 {
        0.0
    }
}

impl Exponent for Focal {
    fn gamma(&self) -> f64 {
        self.gamma
    }
}

/// Returns the mean of the examples' losses, and writes its derivative.
///
/// The loss of an example is the mean over its pixels that count of w (1 − p)ᵞ l, with l the cross-entropy, p the
/// probability of the pixel's class and w the weight of that class, 1 without weights.
pub(super) fn mean_over_pixels<T: Scalar, const H: usize, const W: usize>(
    outputs: &[T],
    classes: usize,
    targets: &[[[u8; W]; H]],
    gamma: f64,
    weights: Option<&[f64]>,
    mut derivative: Option<&mut [T]>,
) -> f64 {
    let len = H * W * classes;
    let count = targets.len() as f64;
    let mut sum = 0.0;
    for (example, target) in targets.iter().enumerate() {
        let numbers = example * len..(example + 1) * len;
        let slopes = derivative.as_deref_mut().map(|derivative| &mut derivative[numbers.clone()]);
        let (scores, map) = (&outputs[numbers], target.as_flattened());
        sum += T::pixel_cross_entropy(scores, classes, map, gamma, weights, 1.0 / count, slopes);
    }
    sum / count
}

/// Adds to the sums of the classes how the pixels that count overlap with those of the targets.
fn judge<T: Scalar, const H: usize, const W: usize>(
    outputs: &[T],
    classes: usize,
    targets: &[[[u8; W]; H]],
    sums: &mut [f64],
) {
    let maps = targets.as_flattened().as_flattened();
    let class = |(scores, &class): (&[T], &u8)| match class {
        // a NaN is wrong wherever it is, as a pixel of some class
        IGNORED => scores.iter().any(|score| score.to_f64().is_nan()).then_some(0),
        class => Some(usize::from(class)),
    };
    Overlap(sums).add(outputs, classes, outputs.chunks_exact(classes).zip(maps).map(class));
}

/// Checks that every pixel that counts has one of the classes.
fn check_map<const W: usize>(map: &[[u8; W]], classes: usize) -> Result<(), Unfit> {
    for (row, pixels) in map.iter().enumerate() {
        for (column, &class) in pixels.iter().enumerate() {
            if class != IGNORED && usize::from(class) >= classes {
                return Err(Unfit {
                    found: format!("class {class} in row {row}, column {column} of the target"),
                    expected: format!(
                        "0 to {}, one for each of the network's {classes} channels, or {IGNORED} for a pixel that \
                         does not count",
                        classes - 1
                    ),
                });
            }
        }
    }
    Ok(())
}

/// Fails to compile for scores of a single class, and for more classes than a map holds.
#[track_caller]
const fn pixel_classes(loss: &str, classes: usize) {
    let message = Message::new().text("`").text(loss).text("` needs the scores of at least 2 ");
    if classes < 2 {
        let message = message
            .text("classes at each pixel, but the network gives ")
            .number(classes)
            .text(": a single class is always the right one, and nothing would be learned")
            .text("\nhelp: use `BinaryCrossEntropy` for answers yes or no, with targets of type `[[[f32; 1]; W]; H]`")
            .text("\nhelp: give the network a channel for each class");
        panic!("{}", message.as_str());
    }
    if classes > IGNORED as usize {
        let message = message
            .text("and at most 255 classes at each pixel, but the network gives ")
            .number(classes)
            .text(": a class is a number of 8 bits, and 255 marks a pixel that does not count");
        panic!("{}", message.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_too_few_and_too_many_channels_are_refused() {
        let cases = [(0, "gives 0"), (1, "`BinaryCrossEntropy`"), (2, ""), (255, ""), (256, "at most 255")];
        for (classes, part) in cases {
            let proof = std::panic::catch_unwind(|| pixel_classes("Focal", classes));
            assert_eq!(proof.is_err(), !part.is_empty(), "{classes}");
            let Err(panic) = proof else { continue };
            let message = panic.downcast::<String>().expect("a text");
            assert!(message.contains(part) && message.starts_with("`Focal` needs"), "{message}");
        }
    }
}
