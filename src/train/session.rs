//! What a training run works in, and the step.

use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

use super::average::Average;
use super::batches::{Minibatch, Source};
use super::callback::Control;
use super::position::Position;
use super::tally::Tally;
use super::{Ended, Report, Trainer};
use crate::kernel::aligned::Aligned;
use crate::kernel::elementwise;
use crate::optim::{Optimizer, Penalty, State, Step};
use crate::{Backprop, Dataset, Error, Layer, Loss, Model, Result, Scalar};

/// What a training run works in, allocated once, and how far it has come.
pub(super) struct Session<'a, N, T: Scalar, D: Dataset, O: Optimizer, L> {
    pub(super) trainer: &'a Trainer<O, L>,
    backprop: Backprop<N, T>,
    minibatch: Minibatch<T, D>,
    penalty: Penalty,
    /// Running statistics before a step, to put back if it diverges.
    buffers: Vec<T>,
    /// The mean gradient of a step's minibatches, if there are several.
    accumulated: Option<Aligned<T>>,
    /// The learning rate of the last step.
    pub(super) learning_rate: f64,
    pub(super) optimizer: O::State<T>,
    pub(super) average: Option<Average<T>>,
    /// The best model so far, where it is to be kept.
    pub(super) best: Option<Model<N, T>>,
    pub(super) position: Position,
    /// Training examples.
    #[cfg(feature = "checkpoint")]
    pub(super) examples: usize,
    /// When the last checkpoint was written.
    #[cfg(feature = "checkpoint")]
    pub(super) saved: super::checkpoint::Saved,
}

/// What a step tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// The mean loss before it.
    pub(super) loss: f64,
    pub(super) learning_rate: f64,
    /// Before clipping, where it was computed.
    pub(super) gradient_norm: Option<f64>,
}

impl<'a, N, T, D, O, L> Session<'a, N, T, D, O, L>
where
    N: Layer,
    T: Scalar,
    D: Dataset<Example = N::In, Target = L::Target>,
    O: Optimizer,
    L: Loss<N::Out>,
{
    pub(super) fn new(
        trainer: &'a Trainer<O, L>,
        model: &Model<N, T>,
        train: &Source<'_, D, L>,
    ) -> Result<Self> {
        let capacity = trainer.batch_size.min(train.len());
        Ok(Self {
            trainer,
            backprop: Backprop::new(capacity)?,
            minibatch: Minibatch::new(train, capacity),
            penalty: Penalty::of::<N>(trainer.l2)?,
            buffers: vec![T::ZERO; N::BUFFERS],
            accumulated: (trainer.accumulate > 1).then(|| Aligned::zeros(N::PARAMS)),
            learning_rate: trainer.schedule.rate(0),
            optimizer: State::new(N::PARAMS),
            average: trainer.average.map(|decay| Average::new(decay, model.params())),
            best: trainer.keep_best.then(|| model.clone()),
            position: Position::default(),
            #[cfg(feature = "checkpoint")]
            examples: train.len(),
            #[cfg(feature = "checkpoint")]
            saved: super::checkpoint::Saved::default(),
        })
    }

    /// Draws what the first steps of an epoch drew.
    pub(super) fn skip(&self, steps: usize, rng: &mut Xoshiro256PlusPlus) {
        // one number for each minibatch, and only an epoch's last step has fewer of them
        (0..steps.saturating_mul(self.trainer.accumulate)).for_each(|_| _ = rng.next_u64());
    }

    /// One step, unless its loss is not finite.
    pub(super) fn step(
        &mut self,
        model: &mut Model<N, T>,
        train: &Source<'_, D, L>,
        indices: &[usize],
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Taken> {
        self.learning_rate = self.trainer.schedule.rate(self.position.epoch);
        self.buffers.copy_from_slice(model.buffers());
        let mut tally = Tally::default();
        for part in indices.chunks(self.trainer.batch_size) {
            let of_part = self.minibatch(model, train, part, rng.next_u64())?;
            self.accumulate(part.len() as f64 / indices.len() as f64, tally.count == 0);
            tally = tally.plus(of_part);
        }
        let loss = tally.loss_sum / tally.count as f64;
        let gradient_norm = self.trainer.clip.and_then(|clip| clip.apply(self.gradient_mut()));
        for (what, value) in [("the loss", Some(loss)), ("the norm of the gradient", gradient_norm)] {
            if let Some(value) = value.filter(|value| !value.is_finite()) {
                model.buffers_mut().copy_from_slice(&self.buffers);
                self.position.step += 1;
                return Err(self.diverged(what, value));
            }
        }
        self.update(model);
        self.position.step += 1;
        self.position.steps_taken += 1;
        self.position.tally = self.position.tally.plus(tally);
        Ok(Taken { loss, learning_rate: self.learning_rate, gradient_norm })
    }

    /// The gradient of a minibatch.
    fn minibatch(
        &mut self,
        model: &mut Model<N, T>,
        train: &Source<'_, D, L>,
        indices: &[usize],
        seed: u64,
    ) -> Result<Tally> {
        let loss = &self.trainer.loss;
        let (x, targets) = self.minibatch.read(train, indices)?;
        let value = self.backprop.run(model, loss, x, targets, seed);
        let count = indices.len();
        Ok(Tally {
            count,
            loss_sum: value * count as f64,
            mistakes: loss.mistakes(self.backprop.outputs(count), targets),
        })
    }

    /// Adds a minibatch's share to the step's gradient.
    fn accumulate(&mut self, share: f64, first: bool) {
        let Some(accumulated) = &mut self.accumulated else { return };
        let share = T::of(share);
        if first {
            elementwise::scale_to(self.backprop.gradient(), accumulated, share);
        } else {
            elementwise::zip(
                accumulated,
                self.backprop.gradient(),
                #[inline(always)]
                |sum, gradient| sum + share * gradient,
            );
        }
    }

    /// The gradient of the last step.
    pub(super) fn gradient(&self) -> &[T] {
        match &self.accumulated {
            Some(accumulated) => accumulated,
            None => self.backprop.gradient(),
        }
    }

    fn gradient_mut(&mut self) -> &mut [T] {
        match &mut self.accumulated {
            Some(accumulated) => accumulated,
            None => self.backprop.gradient_mut(),
        }
    }

    fn update(&mut self, model: &mut Model<N, T>) {
        let gradient = match &self.accumulated {
            Some(accumulated) => accumulated,
            None => self.backprop.gradient(),
        };
        let (params, learning_rate, penalty) = (model.params_mut(), self.learning_rate, &self.penalty);
        let step = Step { params, gradient, learning_rate, penalty };
        self.trainer.optimizer.step(&mut self.optimizer, step);
        if let Some(average) = &mut self.average {
            average.update(model.params(), self.position.steps_taken);
        }
    }

    /// Between two epochs, what no later step's loss would tell of the last step.
    pub(super) fn check_finite(&self, model: &Model<N, T>) -> Result<()> {
        for (what, numbers) in [("a parameter", model.params()), ("a running statistic", model.buffers())] {
            if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
                return Err(self.diverged(what, number.to_f64()));
            }
        }
        Ok(())
    }

    pub(super) fn diverged(&self, what: &'static str, value: f64) -> Error {
        let Position { epoch, step, .. } = self.position;
        Error::Diverged { what, value, epoch: epoch + 1, step, learning_rate: self.learning_rate }
    }

    /// Exchanges the model's parameters with their moving average, if there is one.
    pub(super) fn swap_average(&mut self, model: &mut Model<N, T>) {
        if let Some(average) = &mut self.average {
            average.swap(model);
        }
    }

    /// Keeps a model that has just been measured, if it is the best.
    pub(super) fn keep_if_best(&mut self, model: &Model<N, T>) {
        let history = &self.position.history;
        let is_best = Report::best_of(history).is_some_and(|index| index + 1 == history.len());
        if let (Some(best), true) = (&mut self.best, is_best) {
            best.params_mut().copy_from_slice(model.params());
            best.buffers_mut().copy_from_slice(model.buffers());
        }
    }

    /// Turns to the next epoch.
    pub(super) fn next_epoch(&mut self) {
        let position = &mut self.position;
        position.epoch += 1;
        (position.step, position.tally, position.seconds) = (0, Tally::default(), 0.0);
    }

    /// Who ends training now, if anybody does.
    pub(super) fn stopped(&self, control: Control) -> Option<Ended> {
        let interrupted = self.trainer.interrupt.as_ref().is_some_and(super::Interrupt::is_set);
        match (interrupted, control) {
            (true, _) => Some(Ended::Interrupted),
            (false, Control::Stop) => Some(Ended::Callback),
            (false, Control::Continue) => None,
        }
    }

    /// Leaves the model that training was for: the best, or the average, or the last.
    pub(super) fn finish(&mut self, model: &mut Model<N, T>) {
        match (&self.best, &self.average) {
            (Some(best), _) if !self.position.history.is_empty() => {
                model.params_mut().copy_from_slice(best.params());
                model.buffers_mut().copy_from_slice(best.buffers());
            }
            (_, Some(average)) => model.params_mut().copy_from_slice(average.params()),
            _ => {}
        }
    }
}

/// A build without checkpoints saves none.
#[cfg(not(feature = "checkpoint"))]
#[allow(clippy::unnecessary_wraps)] // as with checkpoints
impl<N, T: Scalar, D: Dataset, O: Optimizer, L> Session<'_, N, T, D, O, L> {
    pub(super) fn restore(&mut self, _: &mut Model<N, T>) -> Result<Option<super::Resumed>> {
        Ok(None)
    }
    pub(super) fn save_after_step(&mut self, _: &Model<N, T>) -> Result<()> {
        Ok(())
    }
    pub(super) fn save_before_close(&mut self, _: &Model<N, T>, _: usize) -> Result<()> {
        Ok(())
    }
    pub(super) fn save_after_epoch(&mut self, _: &Model<N, T>) -> Result<()> {
        Ok(())
    }
    pub(super) fn save_at_end(&mut self, _: &Model<N, T>) -> Result<Option<std::path::PathBuf>> {
        Ok(None)
    }
}
