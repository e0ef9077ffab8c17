//! Runs the learning-rate range test.

use crate::core::Layer;
use crate::data::{Dataset, TargetsFor, TrainingData};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::{Optimizer, Schedule};
use crate::train::rate::IntoRate as _;
use crate::train::watch::{Callback, Control, StepEnd};
use crate::train::{Length, Monitor, Trainer};
use plywood_kernel::Scalar;

/// Raises the learning rate from small to large during a run, to find one that suits.
///
/// Source: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeTest {
    /// The first learning rate.
    pub from: f64,
    /// The last learning rate.
    pub to: f64,
    /// The number of steps from one to the other. Each step multiplies the learning rate by the same factor.
    pub steps: usize,
}

impl Default for RangeTest {
    /// Returns a test of 100 steps from 1e-6 to 10.
    fn default() -> Self {
        Self { from: 1e-6, to: 10.0, steps: 100 }
    }
}

/// The result of a [`RangeTest`]. Displays as the suggested learning rate.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RangeCurve {
    /// The learning rate of each step.
    pub rates: Vec<f64>,
    /// The smoothed loss before each step.
    ///
    /// It is the exponential moving average with decay 0.9 over steps, corrected for the bias towards its initial value
    /// 0.
    pub losses: Vec<f64>,
}

impl RangeCurve {
    /// Returns a tenth of the learning rate at which the smoothed loss is smallest, or `None` if the loss never fell.
    ///
    /// At the smallest loss, the loss is about to rise; at a tenth of that rate it usually falls fastest.
    #[must_use]
    pub fn suggestion(&self) -> Option<f64> {
        let smallest = (0..self.losses.len()).min_by(|&a, &b| self.losses[a].total_cmp(&self.losses[b]))?;
        (smallest > 0).then(|| self.rates[smallest] / 10.0)
    }
}

impl std::fmt::Display for RangeCurve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.suggestion(), self.rates.last()) {
            (Some(rate), _) => write!(f, "learning rate {rate:.1e}"),
            (None, Some(last)) => write!(f, "no learning rate up to {last:.1e} makes the loss smaller"),
            (None, None) => write!(f, "no step was taken"),
        }
    }
}

impl<O: Optimizer + Clone, L: Clone> Trainer<O, L> {
    /// Trains a copy of a model while the learning rate rises, and returns the curve of the loss.
    ///
    /// Training ends when the loss is four times its smallest value or when the steps are done. All other settings are
    /// the trainer's. Nothing is saved or written.
    #[doc = include_str!("../../../docs/learning_rate.svg")]
    ///
    /// The picture shows a perceptron on digits (`examples/learning_rate.rs`), drawn by [`RangeCurve::draw`].
    ///
    /// # Examples
    /// ```
    /// use plywood::data::digits;
    /// use plywood::train::RangeTest;
    /// use plywood::{Model, Trainer, network};
    ///
    /// network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(32), relu, dense(10) } }
    ///
    /// let (trainer, data) = (Trainer::new().batch_size(32), digits(500, 1));
    /// let curve = trainer.find_learning_rate(&Model::<Net>::new(1), &data, RangeTest::default())?;
    /// let rate = curve.suggestion().expect("the loss falls");
    /// assert!((1e-4..1.0).contains(&rate), "{rate}");
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`fit`](crate::train::Run::fit), except that divergence is none, and [`Error::Argument`]
    /// for a test with invalid settings.
    pub fn find_learning_rate<N, T, D>(
        &self,
        model: &Model<N, T>,
        train: &D,
        test: RangeTest,
    ) -> Result<RangeCurve>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        let RangeTest { from, to, steps } = test;
        if steps < 2 {
            return Err(Error::argument("range test, steps", steps, "at least 2"));
        }
        let mut trainer = self.clone().without_files();
        let settings = &mut trainer.settings;
        settings.length = Length::Steps(steps);
        settings.rate = Schedule::Range { from, to }.into_rate();
        settings.average = None;
        settings.patience = None;
        settings.keep_best = false;
        // which may be a metric of validation data, of which there is none
        settings.monitor = Monitor::Auto;
        settings.progress = false;
        let mut watch = Watch { curve: RangeCurve { rates: Vec::new(), losses: Vec::new() }, sum: 0.0 };
        match trainer.run(&mut model.clone(), train).watch(&mut watch).fit() {
            Ok(_) | Err(Error::Diverged { .. }) => Ok(watch.curve),
            Err(error) => Err(error),
        }
    }
}

/// Records the curve.
struct Watch {
    curve: RangeCurve,
    /// The moving average before the correction of its bias.
    sum: f64,
}

impl<N: Layer, T: Scalar> Callback<N, T> for Watch {
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        const DECAY: f64 = 0.9;
        let RangeCurve { rates, losses } = &mut self.curve;
        self.sum = DECAY * self.sum + (1.0 - DECAY) * step.loss;
        let loss = self.sum / (1.0 - DECAY.powf(step.steps_taken as f64));
        rates.push(step.learning_rate);
        losses.push(loss);
        let smallest = losses.iter().copied().fold(f64::INFINITY, f64::min);
        Ok(if loss > 4.0 * smallest { Control::Stop } else { Control::Continue })
    }
}
