//! Runs the training loop.

use std::path::PathBuf;
use std::time::Instant;

use rand::Rng;

use crate::core::Layer;
use crate::data::Dataset;
use crate::error::Result;
use crate::eval::minibatches::{CheckedData, Minibatches, Order, Reading};
use crate::eval::{Described, Measure, MetricValue, Metrics, measure};
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::train::run::{Position, Session};
use crate::train::watch::{Callback, Control, End, EpochEnd, Start};
use crate::train::{Ended, Epoch, History, Resumed, Trainer};
use plywood_kernel::Scalar;

/// A training run on its data, with its callbacks.
pub(crate) struct Loop<'a, N, T: Scalar, D: Dataset, V, O: Optimizer, L, C, M> {
    pub(crate) trainer: &'a Trainer<O, L>,
    pub(crate) train: &'a CheckedData<'a, D, L>,
    pub(crate) validation: Option<&'a CheckedData<'a, V, L>>,
    pub(crate) callback: &'a mut C,
    pub(crate) metrics: &'a M,
    pub(crate) order: Order,
    pub(crate) minibatches: Minibatches<T, D>,
    pub(crate) session: Session<'a, N, T, O, L>,
}

impl<N, T, D, V, O, L, C, M> Loop<'_, N, T, D, V, O, L, C, M>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
    D: Dataset<Example = N::In, Target = L::Target>,
    V: Dataset<Example = N::In, Target = L::Target>,
    C: Callback<N, T>,
    M: Metrics<N::Out, L::Target>,
{
    pub(crate) fn all(mut self, model: &mut Model<N, T>, resumed: Option<Resumed>) -> Result<History> {
        let began = Instant::now();
        let seconds_before = self.session.position.total_seconds();
        let ended = self.epochs(model, resumed.as_ref());
        let (ended, checkpoint) = ended.inspect_err(|_| self.session.give_up(model))?;
        self.session.finish(model);
        let mut position = self.session.position;
        position.timings.training = position.training_seconds();
        let history = History {
            epochs: position.history,
            steps: position.steps_taken,
            ended,
            monitor: self.trainer.settings.monitor.clone(),
            seconds: seconds_before + began.elapsed().as_secs_f64(),
            timings: position.timings,
            resumed,
            checkpoint,
        };
        self.callback.on_end(&End { history: &history, model })?;
        Ok(history)
    }

    /// Takes all steps and saves the result. Returns why training ended, and the checkpoint.
    fn epochs(
        &mut self,
        model: &mut Model<N, T>,
        resumed: Option<&Resumed>,
    ) -> Result<(Ended, Option<PathBuf>)> {
        self.start(model, resumed)?;
        self.order.skip(self.session.position.epoch);
        let trainer = self.trainer;
        let ended = loop {
            let settings = &trainer.settings;
            if let Some(ended) =
                self.session.position.ended(settings.length, settings.patience, &settings.monitor)
            {
                break ended;
            }
            if let Some(ended) = self.epoch(model)? {
                break ended;
            }
        };
        Ok((ended, self.session.save_at_end(model)?))
    }

    fn start(&mut self, model: &Model<N, T>, resumed: Option<&Resumed>) -> Result<()> {
        let position = &self.session.position;
        self.callback.on_start(&Start {
            model,
            history: &position.history,
            resumed,
            steps_taken: position.steps_taken,
            steps: self.session.steps(),
            steps_in_epoch: self.session.steps_in_epoch(),
            examples: self.train.len(),
            error: L::ERROR,
            metrics: self.session.metrics.iter().map(|metric| metric.name.clone()).collect(),
        })
    }

    /// Runs one epoch, or the rest of it. Returns why training ends within it, if it does.
    fn epoch(&mut self, model: &mut Model<N, T>) -> Result<Option<Ended>> {
        let began = Instant::now();
        let Self { train, callback, order, minibatches, session, .. } = self;
        let seconds_before = session.position.seconds;
        let (order, draws, mut rng) = order.next_epoch();
        session.skip(&mut rng);
        let left = &order[session.examples_left()];
        let ended = minibatches.each::<N::Out, L, _>(train, left, Reading::Drawn(draws), |x, targets| {
            session.minibatch(model, x, targets, rng.next_u64());
            let Some(step) = session.step(model)? else { return Ok(None) };
            session.position.seconds = seconds_before + began.elapsed().as_secs_f64();
            let control = callback.on_step(&session.step_end(step, model))?;
            let ended = session.stopped(control);
            if ended.is_none() {
                session.save_after_step(model)?;
            }
            Ok(ended)
        })?;
        match ended {
            // the step at which training ends may be the last of its epoch
            Some(ended) if self.session.position.step == self.session.steps_in_epoch() => {
                self.close(model)?;
                Ok(Some(ended))
            }
            Some(ended) => Ok(Some(ended)),
            None => self.close(model),
        }
    }

    /// Ends an epoch: measures the model and writes the record.
    fn close(&mut self, model: &mut Model<N, T>) -> Result<Option<Ended>> {
        self.session.check_finite(model)?;
        // saved before the epoch is closed, so that a run of a number of steps can be made longer
        self.session.save_before_close(model)?;
        self.session.swap_average(model);
        let measured = self.measure(model).and_then(|measured| {
            let (validation, metrics) = measured.unzip();
            let position = &mut self.session.position;
            let count = position.tally.count;
            position.history.push(Epoch {
                number: position.epoch + 1,
                train: position.tally.measure(&self.trainer.loss),
                validation,
                metrics: metrics.unwrap_or_default(),
                learning_rate: self.session.learning_rate,
                gradient_norm: position.gradient_norm,
                seconds: position.seconds,
                examples_per_second: count as f64 / position.seconds,
            });
            self.session.keep_if_best(model);
            self.watch_epoch(model)
        });
        self.session.swap_average(model);
        let control = measured?;
        self.session.next_epoch();
        if let Some(ended) = self.session.stopped(control) {
            return Ok(Some(ended));
        }
        self.session.save_after_epoch(model)?;
        Ok(None)
    }

    fn watch_epoch(&mut self, model: &Model<N, T>) -> Result<Control> {
        let Position { history, steps_taken, .. } = &self.session.position;
        let steps_taken = *steps_taken;
        match &history[..] {
            [.., epoch] => self.callback.on_epoch(&EpochEnd { epoch, history, steps_taken, model }),
            [] => Ok(Control::Continue),
        }
    }

    /// Measures the model on the validation data, by the loss and by the metrics.
    fn measure(&mut self, model: &Model<N, T>) -> Result<Option<(Measure, Vec<MetricValue>)>> {
        let began = Instant::now();
        let Some(data) = self.validation else { return Ok(None) };
        let described = &self.session.metrics;
        let (tally, sums) = measure(model, data, self.metrics, Described::sums(described))?;
        let measure = tally.measure(&self.trainer.loss);
        let mut values = Vec::with_capacity(described.len());
        self.metrics.values(&sums, tally.count, &mut values);
        let metrics = described.iter().zip(values).map(|(metric, value)| metric.with(value)).collect();
        self.session.position.timings.validation += began.elapsed().as_secs_f64();
        if measure.loss.is_finite() {
            Ok(Some((measure, metrics)))
        } else {
            Err(self.session.diverged("the validation loss", measure.loss))
        }
    }
}
