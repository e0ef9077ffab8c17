//! Mixes pairs of examples.

use crate::core::{Flat, Shape};
use crate::data::{Dataset, Random};
use crate::error::{Error, Result};
use crate::loss::{ErrorMeasure, Loss, SoftmaxCrossEntropy, Unfit, several_classes};
use crate::random::mix;
use plywood_kernel::Scalar;

/// Mixes each example with another of the same data (Zhang et al. 2018, "mixup"): λ x + (1 − λ) x′, and likewise their
/// targets. λ is drawn from the Beta distribution with both parameters α; the other example is drawn uniformly.
///
/// Its targets are [`Mixture`]s, for which [`MixedCrossEntropy`] is the loss. Evaluation sees examples unchanged.
///
/// ```
/// use plywood::augment::{MixedCrossEntropy, Mixup};
/// use plywood::data::digits;
/// use plywood::{Model, Trainer, network};
///
/// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
///
/// let train = Mixup::new(digits(200, 1), 0.2)?;
/// let trainer = Trainer::new().epochs(1).loss(MixedCrossEntropy);
/// trainer.run(&mut Model::<Reader>::new(1), &train).validate(&train).fit()?;
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mixup<D> {
    data: D,
    distribution: rand_distr::Beta<f64>,
}

/// The target of a mixture of two examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    /// The classes of the two examples.
    pub classes: [usize; 2],
    /// The share of the first example, from 0 to 1.
    pub share: f64,
}

impl<D: Dataset<Target = usize>> Mixup<D> {
    /// Mixes with shares drawn from the Beta distribution with parameters (α, α); Zhang et al. use 0.1 to 0.4 for
    /// images.
    ///
    /// # Errors
    /// [`Error::Argument`] when α is not a finite number above 0.
    pub fn new(data: D, alpha: f64) -> Result<Self> {
        match rand_distr::Beta::new(alpha, alpha) {
            Ok(distribution) if alpha.is_finite() => Ok(Self { data, distribution }),
            _ => Err(Error::argument("alpha", alpha, "a finite number above 0")),
        }
    }
}

impl<D: Dataset<Target = usize>> Dataset for Mixup<D> {
    type Example = D::Example;
    type Target = Mixture;

    fn len(&self) -> usize {
        self.data.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Mixture {
        let class = self.data.read(index, x);
        Mixture { classes: [class; 2], share: 1.0 }
    }

    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> Mixture {
        let mut random = Random::new(seed);
        let share = random.draw(&self.distribution);
        let other = random.below(self.len());
        let first = self.data.draw(index, mix(seed), x);
        let second = crate::work_space::with(D::Example::LEN, |mixed| {
            let class = self.data.draw(other, mix(seed ^ mix(1)), mixed);
            let (a, b) = (T::of(share), T::of(1.0 - share));
            for (x, other) in x.iter_mut().zip(&*mixed) {
                *x = a * *x + b * *other;
            }
            class
        });
        Mixture { classes: [first, second], share }
    }

    fn failure(&self, index: usize) -> Option<Error> {
        // any other example may be the faulty partner: searched only after a failure, not while training
        let others = (0..self.data.len()).filter(|&other| other != index);
        self.data.failure(index).or_else(|| others.into_iter().find_map(|other| self.data.failure(other)))
    }

    fn class_names(&self) -> Option<&[String]> {
        self.data.class_names()
    }
}

/// Computes the cross-entropy for the targets of [`Mixup`]: λ CE(z, t) + (1 − λ) CE(z, t′), which is
/// CE(z, t) + (1 − λ)(zₜ − zₜ′).
///
/// A mixture's output is wrong if its largest score is not that of the class with the larger share.
#[derive(Debug, Clone, Copy, Default)]
pub struct MixedCrossEntropy;

impl MixedCrossEntropy {
    /// Calls `visit(z, t, t′, 1 − λ)` for each example, with the position of its first score and the two classes.
    fn each(targets: &[Mixture], classes: usize, mut visit: impl FnMut(usize, usize, f64)) {
        for (example, Mixture { classes: [first, second], share }) in targets.iter().enumerate() {
            let scores = example * classes;
            visit(scores + first, scores + second, 1.0 - share);
        }
    }
}

impl<const N: usize> Loss<Flat<N>> for MixedCrossEntropy {
    type Target = Mixture;
    const SUITS: () = several_classes("MixedCrossEntropy", N);

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[Mixture]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        let mut sum = 0.0;
        for (scores, target) in outputs.chunks_exact(N).zip(targets) {
            sum += Loss::<Flat<N>>::value(&SoftmaxCrossEntropy, scores, &target.classes[..1]);
        }
        Self::each(targets, N, |first, second, rest| {
            if rest > 0.0 {
                sum += rest * (outputs[first].to_f64() - outputs[second].to_f64());
            }
        });
        sum / targets.len() as f64
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[Mixture], d_outputs: &mut [T]) -> f64 {
        let () = <Self as Loss<Flat<N>>>::SUITS;
        let count = T::of(targets.len() as f64);
        let pairs = outputs.chunks_exact(N).zip(d_outputs.chunks_exact_mut(N)).zip(targets);
        for ((scores, d_scores), target) in pairs {
            Loss::<Flat<N>>::gradient(&SoftmaxCrossEntropy, scores, &target.classes[..1], d_scores);
        }
        Self::each(targets, N, |first, second, rest| {
            d_outputs[first] += T::of(rest);
            d_outputs[second] -= T::of(rest);
        });
        d_outputs[..N * targets.len()].iter_mut().for_each(|d| *d /= count);
        Loss::<Flat<N>>::value(self, outputs, targets)
    }

    fn check(&self, target: Mixture) -> Result<(), Unfit> {
        for class in target.classes {
            Loss::<Flat<N>>::check(&SoftmaxCrossEntropy, class)?;
        }
        Ok(())
    }

    const SUMS: usize = 1;
    const ERROR: Option<ErrorMeasure> = Some(ErrorMeasure::MISCLASSIFIED);

    fn judge<T: Scalar>(&self, outputs: &[T], targets: &[Mixture], sums: &mut [f64]) {
        let wrong = |(scores, target): (&[T], &Mixture)| {
            let class = target.classes[usize::from(target.share < 0.5)];
            crate::loss::largest(scores) != Some(class)
        };
        sums[0] += outputs.chunks_exact(N).zip(targets).filter(|pair| wrong(*pair)).count() as f64;
    }
}
