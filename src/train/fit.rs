//! The training loop.

use std::time::Instant;

use rand::Rng;

use super::batches::{Minibatches, Order, Reading, Source};
use super::log::Log;
use super::metrics::measure;
use super::progress::Progress;
use super::{Epoch, Measure, Report, Trainer};
use crate::data::{TrainingData, ValidationData};
use crate::optim::{Optimizer, Penalty, State, Step};
use crate::{Backprop, Dataset, Error, Layer, Loss, Model, Result, Scalar};

impl<O: Optimizer, L> Trainer<O, L> {
    /// Trains a model, and after each epoch measures it on the validation data, from which nothing is learned.
    ///
    /// The training data's loss and error are those of each minibatch just before its step, averaged over the
    /// epoch, so dropout is on and the model changes under them; validation is in evaluation mode.
    ///
    /// A [`Split`](crate::data::Split) for another purpose does not compile here: nothing is fitted to validation or
    /// test data, and no model is chosen on test data.
    ///
    /// Without validation data, pass `None::<&D>` with the training data's type for `D`.
    ///
    /// # Errors
    /// * [`Error::Argument`] for a setting that cannot be used;
    /// * [`Error::Data`] for data that is empty or has a number that is not finite or a target that the loss
    ///   cannot use: all of it is looked through before the first step;
    /// * [`Error::Diverged`] when the loss of a step is not finite, and that step is not taken; or when after an
    ///   epoch a parameter, a running statistic or the validation loss is not;
    /// * [`Error::Io`] when the log or the picture cannot be written.
    ///
    /// After an error the model is as the last step left it.
    pub fn fit<N, T, D, V>(
        &self,
        model: &mut Model<N, T>,
        train: &D,
        validation: Option<&V>,
    ) -> Result<Report>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In, Target = L::Target>>,
        V: ValidationData<Data: Dataset<Example = N::In, Target = L::Target>>,
    {
        self.check::<T>()?;
        let train = Source::new("training data", train.dataset(), &self.loss)?;
        let validation =
            validation.map(|data| Source::new("validation data", data.dataset(), &self.loss)).transpose()?;
        self.threads.run(|| {
            train.check::<N::Out, T>()?;
            if let Some(validation) = &validation {
                validation.check::<N::Out, T>()?;
            }
            self.run(model, &train, validation.as_ref())
        })
    }

    fn run<N, T, D, V>(
        &self,
        model: &mut Model<N, T>,
        train: &Source<'_, D, L>,
        validation: Option<&Source<'_, V, L>>,
    ) -> Result<Report>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: Dataset<Example = N::In, Target = L::Target>,
        V: Dataset<Example = N::In, Target = L::Target>,
    {
        let began = Instant::now();
        let mut log = self.log.as_deref().map(Log::create).transpose()?;
        let mut progress = Progress::new(self.progress, self.epochs, train.len());
        let mut history = Vec::new();
        let mut order = Order::new(train.len(), self.seed);
        let mut session = Session::new(self, train)?;
        let mut minibatches = Minibatches::new(train, self.batch_size);
        for epoch in 0..self.epochs {
            let epoch = session.epoch(
                model,
                train,
                &mut minibatches,
                validation,
                epoch,
                &mut order,
                &mut progress,
            )?;
            progress.epoch(&epoch);
            if let Some(log) = &mut log {
                log.write(&epoch)?;
            }
            history.push(epoch);
            #[cfg(feature = "plot")]
            if let Some(path) = &self.picture {
                super::plot::draw(&history, path)?;
            }
        }
        Ok(Report { history, seconds: began.elapsed().as_secs_f64() })
    }
}

/// What a training run works in.
struct Session<'a, N, T: Scalar, O: Optimizer, L> {
    trainer: &'a Trainer<O, L>,
    backprop: Backprop<N, T>,
    penalty: Penalty,
    state: O::State<T>,
    /// Running statistics before a step, to put back if it diverges.
    buffers: Vec<T>,
}

impl<'a, N, T, O, L> Session<'a, N, T, O, L>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
{
    fn new<D: Dataset>(trainer: &'a Trainer<O, L>, train: &Source<'_, D, L>) -> Result<Self> {
        let capacity = trainer.batch_size.min(train.len());
        Ok(Self {
            trainer,
            backprop: Backprop::new(capacity)?,
            penalty: Penalty::of::<N>(trainer.l2)?,
            state: State::new(N::PARAMS),
            buffers: vec![T::ZERO; N::BUFFERS],
        })
    }

    #[expect(clippy::too_many_arguments, reason = "what an epoch works on, each of a type of its own")]
    fn epoch<D, V>(
        &mut self,
        model: &mut Model<N, T>,
        train: &Source<'_, D, L>,
        minibatches: &mut Minibatches<T, D>,
        validation: Option<&Source<'_, V, L>>,
        epoch: usize,
        order: &mut Order,
        progress: &mut Progress,
    ) -> Result<Epoch>
    where
        D: Dataset<Example = N::In, Target = L::Target>,
        V: Dataset<Example = N::In, Target = L::Target>,
    {
        let began = Instant::now();
        let learning_rate = self.trainer.schedule.rate(epoch);
        let (order, draws, mut rng) = order.next_epoch();
        let diverged =
            |what, value, step| Error::Diverged { what, value, epoch: epoch + 1, step, learning_rate };
        let steps = order.len().div_ceil(self.trainer.batch_size);
        let mut total = Tally::default();
        let mut step = 0;
        minibatches.each::<N::Out, L>(train, order, Reading::Drawn(draws), |x, targets| {
            step += 1;
            let tally = self.step(model, x, targets, learning_rate, rng.next_u64());
            let loss = tally.loss_sum / tally.count as f64;
            if !loss.is_finite() {
                return Err(diverged("the loss", loss, step));
            }
            total = total.plus(tally);
            progress.step(epoch + 1, total);
            Ok(())
        })?;
        let seconds = began.elapsed().as_secs_f64();
        // no later step's loss would tell of the last step's parameters
        for (what, numbers) in [("a parameter", model.params()), ("a running statistic", model.buffers())] {
            if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
                return Err(diverged(what, number.to_f64(), steps));
            }
        }
        let validation = validation.map(|data| measure(model, data).map(Tally::measure)).transpose()?;
        if let Some(Measure { loss, .. }) = validation.filter(|measure| !measure.loss.is_finite()) {
            return Err(diverged("the validation loss", loss, steps));
        }
        Ok(Epoch {
            number: epoch + 1,
            train: total.measure(),
            validation,
            learning_rate,
            seconds,
            examples_per_second: train.len() as f64 / seconds,
        })
    }

    /// One step, unless its loss is not finite.
    fn step(
        &mut self,
        model: &mut Model<N, T>,
        x: &[T],
        targets: &[L::Target],
        learning_rate: f64,
        seed: u64,
    ) -> Tally {
        let loss = &self.trainer.loss;
        self.buffers.copy_from_slice(model.buffers());
        let value = self.backprop.run(model, loss, x, targets, seed);
        if value.is_finite() {
            let (params, gradient) = (model.params_mut(), self.backprop.gradient());
            let step = Step { params, gradient, learning_rate, penalty: &self.penalty };
            self.trainer.optimizer.step(&mut self.state, step);
        } else {
            model.buffers_mut().copy_from_slice(&self.buffers);
        }
        let count = targets.len();
        Tally {
            count,
            loss_sum: value * count as f64,
            mistakes: loss.mistakes(self.backprop.outputs(count), targets),
        }
    }
}

/// Loss and mistakes, summed over examples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) count: usize,
    pub(super) loss_sum: f64,
    /// `None` for a loss that knows no mistakes.
    pub(super) mistakes: Option<usize>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { count: 0, loss_sum: 0.0, mistakes: Some(0) }
    }
}

impl Tally {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            loss_sum: self.loss_sum + other.loss_sum,
            mistakes: self.mistakes.zip(other.mistakes).map(|(a, b)| a + b),
        }
    }

    pub(super) fn measure(self) -> Measure {
        let count = self.count as f64;
        Measure { loss: self.loss_sum / count, error: self.mistakes.map(|mistakes| mistakes as f64 / count) }
    }
}
