//! Summarizes a data set by a few examples, so that a run can check that it continues with the same data.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use crate::core::Shape;
use crate::data::Dataset;
use crate::error::Error;
use crate::eval::minibatches::CheckedData;
use crate::loss::Loss;
use crate::model::archive::{Archive, STATE};
use crate::train::checkpoint::file::{Failure, File};
use plywood_kernel::Scalar;

/// The largest number of examples sampled.
const EXAMPLES: usize = 16;
/// The number of values kept of an example.
const KEPT: usize = 3;
/// The relative tolerance for the loss of fixed outputs, which instruction sets round differently.
const LOSS_TOLERANCE: f64 = 1e-4;

/// A summary of a data set.
///
/// For each sampled example, it holds a weighted sum of its numbers and the sum of their absolute values, both of their
/// [logarithms](compressed), and the loss of fixed outputs, since only the loss can interpret a target.
#[derive(Debug, Clone)]
pub(in crate::train) struct Sample {
    /// The number of examples of the data set.
    examples: usize,
    numbers: Vec<f64>,
}

impl Sample {
    /// Samples some examples as `read` returns them.
    fn new<Out: Shape, T: Scalar, D: Dataset, L: Loss<Out, Target = D::Target>>(
        source: &CheckedData<'_, D, L>,
        read: impl Fn(usize, &mut [T]) -> D::Target,
    ) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(0);
        let weights: Vec<f64> = (0..D::Example::LEN).map(|_| random.random_range(-1.0..1.0)).collect();
        let outputs: Vec<T> = (0..Out::LEN).map(|_| T::of(random.random_range(-2.0..2.0))).collect();
        let mut x = vec![T::ZERO; D::Example::LEN];
        let mut numbers = Vec::with_capacity(EXAMPLES * KEPT);
        for index in places(source.len()) {
            let target = read(index, &mut x);
            let sum = x.iter().zip(&weights).map(|(x, weight)| compressed(x.to_f64()) * weight).sum();
            let size = x.iter().map(|x| compressed(x.to_f64()).abs()).sum();
            let usable = source.loss().check(target).is_ok();
            let loss = if usable { source.loss().value(&outputs, &[target]) } else { f64::NAN };
            numbers.extend([sum, size, loss]);
        }
        Self { examples: source.len(), numbers }
    }

    /// Samples training data as training reads it, including augmentation.
    pub(in crate::train) fn drawn<Out: Shape, T: Scalar, D: Dataset, L: Loss<Out, Target = D::Target>>(
        source: &CheckedData<'_, D, L>,
    ) -> Self {
        Self::new::<Out, T, D, L>(source, |index, x| source.data().draw(index, 0, x))
    }

    /// Samples validation data.
    pub(in crate::train) fn plain<Out: Shape, T: Scalar, D: Dataset, L: Loss<Out, Target = D::Target>>(
        source: &CheckedData<'_, D, L>,
    ) -> Self {
        Self::new::<Out, T, D, L>(source, |index, x| source.data().read(index, x))
    }

    /// Compares the data of a continued run with `saved`, the data of the run so far.
    fn compare(&self, saved: &Self, names: &Names, file: &File<'_>) -> Result<(), Failure> {
        let refuse = |argument, found: String, expected: String| {
            let expected = format!("{expected}, as in {}", file.path.display());
            Err(Failure::Other(Error::argument(argument, found, expected)))
        };
        if self.examples != saved.examples {
            return refuse(names.examples, self.examples.to_string(), saved.examples.to_string());
        }
        let ((now, _), (before, _)) = (self.numbers.as_chunks::<KEPT>(), saved.numbers.as_chunks::<KEPT>());
        // data that cannot be read gives an error of its own when it is read
        let differs = |a: f64, b: f64, tolerated: f64| (a - b).abs() > tolerated;
        for (index, (&[sum, _, loss], &[sum_before, size, loss_before])) in
            places(self.examples).zip(now.iter().zip(before))
        {
            if differs(sum, sum_before, names.tolerance * size) {
                let found = format!("other numbers in example {index}");
                return refuse(names.data, found, "the examples of the run so far".to_owned());
            }
            if differs(loss, loss_before, LOSS_TOLERANCE * (1.0 + loss_before.abs())) {
                let found = format!("another target of example {index}, or another loss of it");
                return refuse(names.data, found, "the targets and the loss of the run so far".to_owned());
            }
        }
        Ok(())
    }
}

/// Returns the logarithm of a number with its sign, which is about the number itself near 0, so that no large number
/// hides the others.
fn compressed(x: f64) -> f64 {
    x.signum() * x.abs().ln_1p()
}

/// Returns the indices of the sampled examples, of the given number.
fn places(examples: usize) -> impl Iterator<Item = usize> {
    let count = examples.min(EXAMPLES);
    let last = count.saturating_sub(1).max(1);
    (0..count).map(move |i| (i as u128 * (examples as u128 - 1) / last as u128) as usize)
}

/// The names of a data set and of its number of examples, and the tolerance within which it counts as the same.
struct Names {
    data: &'static str,
    examples: &'static str,
    /// The relative tolerance for the weighted sum of an example's numbers, as a share of the sum of their absolute
    /// values.
    ///
    /// It is below the difference that other numbers make, and above that which instruction sets make in augmented
    /// examples.
    tolerance: f64,
}

const TRAINING: Names = Names { data: "training data", examples: "training examples", tolerance: 1e-5 };
const VALIDATION: Names = Names { data: "validation data", examples: "validation examples", tolerance: 1e-6 };

/// The summaries of a run's data sets.
#[derive(Debug, Clone, Default)]
pub(in crate::train) struct Samples {
    pub(in crate::train) training: Option<Sample>,
    pub(in crate::train) validation: Option<Sample>,
}

impl Samples {
    pub(super) fn write<'b>(&'b self, archive: &mut Archive<'b>) {
        for (sample, names) in [(&self.training, TRAINING), (&self.validation, VALIDATION)] {
            if let Some(Sample { examples, numbers }) = sample {
                archive.note(names.examples, examples);
                archive.vector(format!("{STATE}{}", names.data), numbers);
            }
        }
    }

    /// Compares the data of a continued run with that of the run so far.
    ///
    /// It keeps the summary of data that is no longer given, so that a later run is compared with it.
    pub(super) fn check(&mut self, file: &File<'_>) -> Result<(), Failure> {
        for (sample, names) in [(&mut self.training, TRAINING), (&mut self.validation, VALIDATION)] {
            if !file.archive.notes.contains_key(names.examples) {
                continue;
            }
            let examples: usize = file.number(names.examples)?;
            let numbers = file.vector(names.data, examples.min(EXAMPLES) * KEPT)?;
            let saved = Sample { examples, numbers };
            match sample {
                Some(sample) => sample.compare(&saved, &names, file)?,
                None => *sample = Some(saved),
            }
        }
        Ok(())
    }
}
