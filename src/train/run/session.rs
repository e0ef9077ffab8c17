//! Holds the state of a training run and takes its steps.

use std::ops::Range;

use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::core::Layer;
use crate::error::{Error, Result};
use crate::eval::{Described, Tally};
use crate::loss::Loss;
use crate::model::{Backprop, Model};
use crate::optim::{Groups, Optimizer, State, Step, Time};
use crate::train::run::clip::gradient_norm;
use crate::train::run::{MovingAverage, Position};
use crate::train::watch::{Control, StepEnd};
use crate::train::{Clip, Ended, History, Length, SoFar, Trainer};
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;
use plywood_kernel::math::elementwise;

/// The state of a training run: its buffers, allocated once, and its position.
pub(crate) struct Session<'a, N, T: Scalar, O: Optimizer, L> {
    pub(crate) trainer: &'a Trainer<O, L>,
    /// The number of training examples.
    pub(crate) examples: usize,
    backprop: Backprop<N, T>,
    groups: Groups,
    /// The running statistics before a step, restored if the step diverges.
    buffers: Vec<T>,
    /// The mean gradient of a step's minibatches, if there are several.
    accumulated: Option<Aligned<T>>,
    /// The sums over the current step's minibatches.
    pending: Tally,
    /// The learning rate of the last step.
    pub(crate) learning_rate: f64,
    pub(crate) optimizer: O::State<T>,
    pub(crate) average: Option<MovingAverage<T>>,
    /// The best model so far, if it is to be kept.
    pub(crate) best: Option<Model<N, T>>,
    pub(crate) position: Position,
    /// The metrics of the validation data.
    pub(crate) metrics: Vec<Described>,
    /// The checkpoints saved so far.
    #[cfg(feature = "checkpoint")]
    pub(crate) saved: crate::train::checkpoint::Saved,
    /// The state at the end of the best epoch, while no checkpoint has it.
    #[cfg(feature = "checkpoint")]
    pub(crate) unsaved: Option<crate::train::checkpoint::Unsaved<T, O::State<T>>>,
    /// The summaries by which a checkpoint recognizes the run's data.
    #[cfg(feature = "checkpoint")]
    pub(crate) samples: crate::train::checkpoint::Samples,
}

/// The model that training leaves if it ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// The model of the best epoch.
    Best,
    /// The moving average.
    Average,
    /// The model of the last step.
    Last,
}

/// The measurements of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// The mean loss before the step.
    pub(crate) loss: f64,
    /// The norm of the gradient before clipping, where it was computed.
    pub(crate) gradient_norm: Option<f64>,
}

impl<'a, N, T, O, L> Session<'a, N, T, O, L>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
{
    /// Begins a run on the given number of training examples.
    pub(crate) fn new(
        trainer: &'a Trainer<O, L>,
        model: &Model<N, T>,
        examples: usize,
        metrics: Vec<Described>,
    ) -> Result<Self> {
        Ok(Self {
            trainer,
            examples,
            backprop: Backprop::new(trainer.settings.batch_size.min(examples))?
                .freezing(&trainer.settings.frozen)?,
            groups: trainer.groups::<N>()?,
            buffers: vec![T::ZERO; N::BUFFERS],
            accumulated: (trainer.settings.accumulate > 1).then(|| Aligned::zeros(N::PARAMS)),
            pending: Tally::new::<N::Out, L>(),
            learning_rate: 0.0,
            optimizer: State::new(N::PARAMS),
            average: trainer.settings.average.map(|decay| MovingAverage::new(decay, model.params())),
            best: trainer.settings.keep_best.then(|| model.clone()),
            position: Position { tally: Tally::new::<N::Out, L>(), ..Position::default() },
            metrics,
            #[cfg(feature = "checkpoint")]
            saved: crate::train::checkpoint::Saved::default(),
            #[cfg(feature = "checkpoint")]
            unsaved: None,
            #[cfg(feature = "checkpoint")]
            samples: crate::train::checkpoint::Samples::default(),
        })
    }

    /// Returns the number of examples in a step, except for the last step of an epoch.
    pub(crate) fn examples_in_step(&self) -> usize {
        self.trainer.settings.batch_size.saturating_mul(self.trainer.settings.accumulate)
    }

    pub(crate) fn steps_in_epoch(&self) -> usize {
        self.examples.div_ceil(self.examples_in_step())
    }

    /// Returns the number of steps of the whole run.
    pub(crate) fn steps(&self) -> usize {
        match self.trainer.settings.length {
            Length::Epochs(epochs) => epochs.saturating_mul(self.steps_in_epoch()),
            Length::Steps(steps) => steps,
        }
    }

    /// Returns the range of the epoch's examples that its steps have not yet seen.
    pub(crate) fn examples_left(&self) -> Range<usize> {
        let Position { step, steps_taken, .. } = self.position;
        let end = step.saturating_add(self.steps().saturating_sub(steps_taken));
        let [start, end] =
            [step, end].map(|steps| steps.saturating_mul(self.examples_in_step()).min(self.examples));
        start..end
    }

    /// Draws the random numbers that the epoch's earlier steps drew.
    pub(crate) fn skip(&self, rng: &mut Xoshiro256PlusPlus) {
        // one number for each minibatch
        let minibatches = self.examples_left().start.div_ceil(self.trainer.settings.batch_size);
        (0..minibatches).for_each(|_| _ = rng.next_u64());
    }

    /// Adds a minibatch to the step.
    pub(crate) fn minibatch(&mut self, model: &mut Model<N, T>, x: &[T], targets: &[L::Target], seed: u64) {
        let first = self.pending.count == 0;
        if first {
            self.buffers.copy_from_slice(model.buffers());
        }
        let loss = &self.trainer.loss;
        let value = self.backprop.run(model, loss, x, targets, seed);
        let count = targets.len();
        self.pending.judge(loss, value, self.backprop.outputs(count), targets);
        self.accumulate(count as f64 / self.examples_of_step() as f64, first);
    }

    /// Returns the number of examples of the current step.
    fn examples_of_step(&self) -> usize {
        self.examples_in_step().min(self.examples - self.position.tally.count)
    }

    /// Restores the running statistics that an incomplete step has changed, after an error in the middle of it.
    fn undo_step(&mut self, model: &mut Model<N, T>) {
        if self.pending.count > 0 {
            model.buffers_mut().copy_from_slice(&self.buffers);
            self.pending.clear();
        }
    }

    /// Takes the step if all of its minibatches are complete, unless its loss is not finite.
    pub(crate) fn step(&mut self, model: &mut Model<N, T>) -> Result<Option<Taken>> {
        if self.pending.count < self.examples_of_step() {
            return Ok(None);
        }
        self.learning_rate = self.rate(self.position.steps_taken)?;
        let loss = self.pending.loss_sum / self.pending.count as f64;
        let gradient_norm = self.clip(self.pending.count);
        self.position.step += 1;
        for (what, value) in [("the loss", Some(loss)), ("the norm of the gradient", gradient_norm)] {
            if let Some(value) = value.filter(|value| !value.is_finite()) {
                return Err(self.diverged(what, value));
            }
        }
        self.update(model);
        self.position.steps_taken += 1;
        self.position.tally.add(&self.pending);
        self.pending.clear();
        self.position.gradient_norm = gradient_norm;
        Ok(Some(Taken { loss, gradient_norm }))
    }

    /// Clips the gradient of a step of the given number of examples, and returns its norm before clipping.
    ///
    /// The norm is returned if it is clipped or if the step is the last of its epoch. In every step it would cost one
    /// more pass over the gradient.
    fn clip(&mut self, examples: usize) -> Option<f64> {
        let position = &self.position;
        let is_last =
            position.tally.count + examples == self.examples || position.steps_taken + 1 == self.steps();
        let before = match self.trainer.settings.clip {
            Some(Clip::Norm(_)) => None,
            _ => is_last.then(|| gradient_norm(self.gradient())),
        };
        let clipped = self.trainer.settings.clip.and_then(|clip| clip.apply(self.gradient_mut()));
        before.or(clipped)
    }

    /// Returns the learning rate of a step, counted from 0.
    pub(crate) fn rate(&self, step: usize) -> Result<f64> {
        let time = Time { step, steps_per_epoch: self.steps_in_epoch(), steps: self.steps() };
        let settings = &self.trainer.settings;
        // a restored history may hold the epoch that ends with the step
        let history = &self.position.history;
        let epochs = &history[..time.epoch().min(history.len())];
        settings.rate.of::<T>(SoFar::new(time, epochs, &settings.monitor))
    }

    /// Returns what a step reports to the callbacks.
    pub(crate) fn step_end<'b>(&'b self, step: Taken, model: &'b Model<N, T>) -> StepEnd<'b, N, T> {
        let position = &self.position;
        StepEnd {
            epoch: position.epoch + 1,
            step: position.step,
            steps_taken: position.steps_taken,
            loss: step.loss,
            so_far: position.tally.measure(&self.trainer.loss),
            examples: position.tally.count,
            learning_rate: self.learning_rate,
            gradient: self.gradient(),
            gradient_norm: step.gradient_norm,
            model,
        }
    }

    /// Adds a minibatch's share to the step's gradient.
    fn accumulate(&mut self, share: f64, first: bool) {
        let Some(accumulated) = &mut self.accumulated else { return };
        let share = T::of(share);
        if first {
            elementwise::scale_to(self.backprop.gradient(), accumulated, share);
        } else {
            elementwise::add_scaled(accumulated, self.backprop.gradient(), share);
        }
    }

    /// Returns the gradient of the last step.
    pub(crate) fn gradient(&self) -> &[T] {
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
        let optimizers = self.trainer.optimizers();
        let last = optimizers.clone().count() - 1;
        for (number, optimizer) in optimizers.enumerate() {
            let step = Step::new(model.params_mut(), gradient, self.learning_rate, &self.groups);
            optimizer.step(&mut self.optimizer, step.part(number, number == last));
        }
        if let Some(average) = &mut self.average {
            average.update(model.params(), self.position.steps_taken);
        }
    }

    /// Checks that parameters and running statistics are finite after the epoch's last step, which no later loss would
    /// reveal.
    pub(crate) fn check_finite(&self, model: &Model<N, T>) -> Result<()> {
        for (what, numbers) in [("a parameter", model.params()), ("a running statistic", model.buffers())] {
            if !elementwise::all_finite(numbers) {
                let number = numbers.iter().map(|number| number.to_f64()).find(|number| !number.is_finite());
                return Err(self.diverged(what, number.unwrap_or(f64::NAN)));
            }
        }
        Ok(())
    }

    pub(crate) fn diverged(&self, what: &'static str, value: f64) -> Error {
        let Position { epoch, step, .. } = self.position;
        Error::Diverged { what, value, epoch: epoch + 1, step, learning_rate: self.learning_rate }
    }

    /// Exchanges the model's parameters with their moving average, if there is one.
    pub(crate) fn swap_average(&mut self, model: &mut Model<N, T>) {
        if let Some(average) = &mut self.average {
            average.swap(model);
        }
    }

    /// Stores a model that has just been measured, if it is the best.
    pub(crate) fn keep_if_best(&mut self, model: &Model<N, T>) {
        let is_best = self.is_best_so_far();
        if let (Some(best), true) = (&mut self.best, is_best) {
            best.params_mut().copy_from_slice(model.params());
            best.buffers_mut().copy_from_slice(model.buffers());
        }
    }

    /// Returns true if the last epoch is the best.
    pub(crate) fn is_best_so_far(&self) -> bool {
        let history = &self.position.history;
        History::best_of(history, &self.trainer.settings.monitor)
            .is_some_and(|index| index + 1 == history.len())
    }

    /// Moves on to the next epoch.
    pub(crate) fn next_epoch(&mut self) {
        let position = &mut self.position;
        position.epoch += 1;
        (position.step, position.seconds) = (0, 0.0);
        position.tally.clear();
    }

    /// Returns why training should stop now, if it should.
    pub(crate) fn stopped(&self, control: Control) -> Option<Ended> {
        let interrupted =
            self.trainer.settings.interrupt.as_ref().is_some_and(crate::train::Interrupt::is_set);
        match (interrupted, control) {
            (true, _) => Some(Ended::Interrupted),
            (false, Control::Stop) => Some(Ended::Callback),
            (false, Control::Continue) => None,
        }
    }

    /// Returns the model that training leaves if it ends now. Before the first epoch is complete, there is no best
    /// model.
    pub(crate) fn leaves(&self) -> Leaves {
        match (&self.best, &self.average) {
            (Some(_), _) if !self.position.history.is_empty() => Leaves::Best,
            (_, Some(_)) => Leaves::Average,
            _ => Leaves::Last,
        }
    }

    /// Replaces the model with the result of training: the best, the average, or the last.
    pub(crate) fn finish(&self, model: &mut Model<N, T>) {
        match (self.leaves(), &self.best, &self.average) {
            (Leaves::Best, Some(best), _) => {
                model.params_mut().copy_from_slice(best.params());
                model.buffers_mut().copy_from_slice(best.buffers());
            }
            (Leaves::Average, _, Some(average)) => model.params_mut().copy_from_slice(average.params()),
            _ => {}
        }
    }

    /// Closes a run that an error ends.
    ///
    /// The model is then as its last step left it or, if it is to be kept, the best one. The newest checkpoint has the
    /// same.
    pub(crate) fn give_up(&mut self, model: &mut Model<N, T>) {
        self.undo_step(model);
        self.save_best(model);
        if self.leaves() == Leaves::Best {
            self.finish(model);
        }
    }
}

/// Does nothing: a build without checkpoints saves none.
#[cfg(not(feature = "checkpoint"))]
#[allow(clippy::unnecessary_wraps, clippy::unused_self)] // as with checkpoints
impl<N, T: Scalar, O: Optimizer, L> Session<'_, N, T, O, L> {
    pub(crate) fn restore(&mut self, _: &mut Model<N, T>) -> Result<Option<crate::train::Resumed>> {
        Ok(None)
    }
    pub(crate) fn save_after_step(&mut self, _: &Model<N, T>) -> Result<()> {
        Ok(())
    }
    pub(crate) fn save_before_close(&mut self, _: &Model<N, T>) -> Result<()> {
        Ok(())
    }
    pub(crate) fn save_after_epoch(&mut self, _: &Model<N, T>) -> Result<()> {
        Ok(())
    }
    pub(crate) fn save_at_end(&mut self, _: &Model<N, T>) -> Result<Option<std::path::PathBuf>> {
        Ok(None)
    }
    pub(crate) fn save_best(&mut self, _: &mut Model<N, T>) {}
}
