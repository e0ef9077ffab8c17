//! A few examples of a data set as a few numbers, by which a run tells that it goes on with the data that it began with.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use crate::archive::{Archive, STATE};
use crate::eval::minibatches::Source;
use crate::train::checkpoint::file::{Failure, File};
use crate::{Dataset, Error, Loss, Scalar, Shape};

/// The most examples that are looked at.
const EXAMPLES: usize = 16;
/// Numbers that are kept of an example.
const KEPT: usize = 3;
/// How much the loss of fixed outputs may differ, as a share of it: instruction sets round it differently.
const LOSS_TOLERANCE: f64 = 1e-4;

/// What is kept of a data set: of each of some examples a weighted sum of its numbers, the sum of their sizes, both of
/// their [logarithms](compressed), and the loss of fixed outputs, since a target is known to its loss alone.
#[derive(Debug, Clone)]
pub(in crate::train) struct Sample {
    /// Examples of the data set.
    examples: usize,
    numbers: Vec<f64>,
}

impl Sample {
    /// Looks at some examples, as `read` gives them.
    fn new<Out: Shape, T: Scalar, D: Dataset, L: Loss<Out, Target = D::Target>>(
        source: &Source<'_, D, L>,
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

    /// Looks at training data as training reads it, augmentation included.
    pub(in crate::train) fn drawn<Out: Shape, T: Scalar, D: Dataset, L: Loss<Out, Target = D::Target>>(
        source: &Source<'_, D, L>,
    ) -> Self {
        Self::new::<Out, T, D, L>(source, |index, x| source.data().draw(index, 0, x))
    }

    /// Looks at validation data.
    pub(in crate::train) fn plain<Out: Shape, T: Scalar, D: Dataset, L: Loss<Out, Target = D::Target>>(
        source: &Source<'_, D, L>,
    ) -> Self {
        Self::new::<Out, T, D, L>(source, |index, x| source.data().read(index, x))
    }

    /// Compares the data of a run that goes on with `saved`, that of the run so far.
    fn compare(&self, saved: &Self, names: &Names, file: &File<'_>) -> Result<(), Failure> {
        let refuse = |argument, found: String, expected: String| {
            let expected = format!("{expected}, as in {}", file.path.display());
            Err(Failure::Other(Error::argument(argument, found, expected)))
        };
        if self.examples != saved.examples {
            return refuse(names.examples, self.examples.to_string(), saved.examples.to_string());
        }
        let ((now, _), (before, _)) = (self.numbers.as_chunks::<KEPT>(), saved.numbers.as_chunks::<KEPT>());
        // what cannot be read is an error of its own, once it is
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

/// A number's logarithm with its sign, about the number itself near 0: no large number hides what is beside it.
fn compressed(x: f64) -> f64 {
    x.signum() * x.abs().ln_1p()
}

/// Examples that are looked at, of so many.
fn places(examples: usize) -> impl Iterator<Item = usize> {
    let count = examples.min(EXAMPLES);
    let last = count.saturating_sub(1).max(1);
    (0..count).map(move |i| (i as u128 * (examples as u128 - 1) / last as u128) as usize)
}

/// What a data set and the number of its examples are called, and how alike it is when it is the same.
struct Names {
    data: &'static str,
    examples: &'static str,
    /// How much the sum of an example's numbers may differ, as a share of the sum of their sizes: less than other numbers,
    /// and more than instruction sets make of them, where they are augmented.
    tolerance: f64,
}

const TRAINING: Names = Names { data: "training data", examples: "training examples", tolerance: 1e-5 };
const VALIDATION: Names = Names { data: "validation data", examples: "validation examples", tolerance: 1e-6 };

/// The data of a run.
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

    /// Compares the data of a run that goes on with that of the run so far, and keeps what is not given any more, so that a
    /// later run is compared with it.
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
