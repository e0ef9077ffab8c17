//! Defines the loss and error over a set of examples.

use crate::core::Shape;
use crate::loss::{ErrorMeasure, Loss};
use plywood_kernel::Scalar;

/// The loss and the error over a set of examples. Displays as both, the error under its own name.
///
/// # Examples
/// ```
/// use plywood::eval::Measure;
/// use plywood::loss::ErrorMeasure;
///
/// let measure = Measure { loss: 0.25, error: Some(0.4), kind: Some(ErrorMeasure::MEAN_ABSOLUTE) };
/// assert_eq!(measure.to_string(), "loss 0.2500, MAE 0.4000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// The mean loss, without the L2 penalty.
    pub loss: f64,
    /// The error by which people judge, smaller being better, or `None` for a loss without one.
    ///
    /// For losses over classes, it is the share of misclassified examples, from 0 to 1. The page of
    /// [losses](crate::loss) lists those of the others.
    pub error: Option<f64>,
    /// The name and the unit of the error.
    pub kind: Option<ErrorMeasure>,
}

impl Measure {
    /// Returns the name and the unit of the error, by default those of the share of misclassified examples.
    pub(crate) fn error_measure(&self) -> ErrorMeasure {
        self.kind.unwrap_or(ErrorMeasure::MISCLASSIFIED)
    }

    /// Returns the error if by default it decides which epoch is best, and `None` if the loss does.
    pub(crate) fn deciding_error(&self) -> Option<f64> {
        self.error.filter(|_| self.error_measure().decides)
    }

    /// Formats the error, `-` for none.
    pub(crate) fn formatted_error(&self) -> String {
        match self.error {
            Some(error) => self.error_measure().format(error),
            None => "-".to_owned(),
        }
    }

    /// Returns the error as it is drawn and told: a share in percent.
    #[cfg(feature = "plot")]
    pub(crate) fn drawn_error(&self) -> Option<f64> {
        let is_share = self.error_measure().is_share;
        self.error.map(|error| if is_share { 100.0 * error } else { error })
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        if self.error.is_none() {
            return Ok(());
        }
        let name = self.error_measure().short;
        write!(f, ", {name} {}", self.formatted_error())
    }
}

/// The sums of the loss and of what its error is computed from, over examples.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tally {
    pub(crate) count: usize,
    pub(crate) loss_sum: f64,
    /// The sums of [`Loss::judge`].
    pub(crate) sums: Vec<f64>,
}

impl Tally {
    /// Returns the sums over no examples.
    pub(crate) fn new<Out: Shape, L: Loss<Out>>() -> Self {
        Self { count: 0, loss_sum: 0.0, sums: vec![0.0; L::SUMS] }
    }

    /// Returns the sums over a batch.
    pub(crate) fn of<Out: Shape, T: Scalar, L: Loss<Out>>(
        loss: &L,
        outputs: &[T],
        targets: &[L::Target],
    ) -> Self {
        let mut tally = Self::new::<Out, L>();
        tally.judge(loss, loss.value(outputs, targets), outputs, targets);
        tally
    }

    /// Adds a batch whose mean loss is known. Nothing is allocated.
    pub(crate) fn judge<Out: Shape, T: Scalar, L: Loss<Out>>(
        &mut self,
        loss: &L,
        value: f64,
        outputs: &[T],
        targets: &[L::Target],
    ) {
        self.count += targets.len();
        self.loss_sum += value * targets.len() as f64;
        loss.judge(outputs, targets, &mut self.sums);
    }

    /// Adds the sums over other examples. Nothing is allocated.
    pub(crate) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.loss_sum += other.loss_sum;
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
    }

    /// Sets all sums to those over no examples. Nothing is allocated.
    pub(crate) fn clear(&mut self) {
        (self.count, self.loss_sum) = (0, 0.0);
        self.sums.fill(0.0);
    }

    pub(crate) fn measure<Out: Shape, L: Loss<Out>>(&self, loss: &L) -> Measure {
        let loss_mean = self.loss_sum / self.count as f64;
        Measure { loss: loss_mean, error: loss.error(&self.sums, self.count), kind: L::ERROR }
    }
}
