//! The training loop.

use std::path::PathBuf;
use std::time::Instant;

use rand::Rng;

#[cfg(feature = "checkpoint")]
use super::Checkpoints;
use super::batches::{Minibatches, Order, Reading, Source};
use super::callback::{Callback, Control, End, EpochEnd, Start};
#[cfg(feature = "checkpoint")]
use super::checkpoint::{Sample, Samples};
use super::log::Log;
use super::metrics::measure;
use super::position::Position;
use super::progress::Progress;
use super::session::Session;
use super::tally::Tally;
use super::{Ended, Epoch, Measure, Report, Resumed, Trainer};
use crate::data::{TargetsFor, TrainingData, ValidationData, ValidationFor, check_class_names};
use crate::optim::Optimizer;
use crate::{Dataset, Error, Layer, Loss, Model, Outline, Result, Scalar};

impl<O: Optimizer, L> Trainer<O, L> {
    /// Trains a model, and after each epoch measures it on the validation data, from which nothing is learned.
    ///
    /// The training data's loss and error are those of each minibatch just before its step, averaged over the
    /// epoch, so dropout is on and the model changes under them; validation is in evaluation mode.
    ///
    /// A [`Split`](crate::data::Split) for another purpose does not compile here: nothing is fitted to validation or
    /// test data, and no model is chosen on test data.
    ///
    /// Without validation data, call [`train`](Self::train): `None` alone does not say which type of data is left out.
    ///
    /// # Errors
    /// * [`Error::Argument`] for a setting that cannot be used, such as a [batch size](Self::batch_size) from which a layer
    ///   learns nothing;
    /// * [`Error::Data`] for data that is empty or has a number that is not finite or a target that the loss
    ///   cannot use: all of it is looked through before the first step; also for validation data whose classes have
    ///   [other names](crate::Dataset::class_names) than those of the training data;
    /// * [`Error::Diverged`] when the loss of a step is not finite, or the norm of its gradient where that is looked at (to
    ///   clip it, and in the last step of an epoch), and that step is not taken; or when after an epoch a parameter, a
    ///   running statistic or the validation loss is not;
    /// * [`Error::Io`] when a log, the picture or a checkpoint cannot be written; it is tried before the first step.
    ///
    /// After an error the model is as the last step left it or, where the trainer [keeps the best](Self::keep_best) and an
    /// epoch is over, that of the best epoch; so is the newest checkpoint's.
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
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
        V: ValidationFor<N::In, <D::Data as Dataset>::Target>, // instead of `None`: call `train`
    {
        let () = L::SUITS;
        self.fit_with(model, train, validation, &mut ())
    }

    /// Trains a model without validation data, and is otherwise as [`fit`](Self::fit).
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); [`Error::Argument`] for [early stopping](Self::early_stopping) and
    /// [`keep_best`](Self::keep_best), which have nothing to judge by.
    pub fn train<N, T, D>(&self, model: &mut Model<N, T>, data: &D) -> Result<Report>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        self.fit(model, data, None::<&D::Data>)
    }

    /// [Trains](Self::fit) a model while a [`Callback`] watches.
    ///
    /// Without validation data, pass `None::<&D>` with the training data's type for `D`; without a callback as well, call
    /// [`train`](Self::train).
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), and the callback's own.
    pub fn fit_with<N, T, D, V, C>(
        &self,
        model: &mut Model<N, T>,
        train: &D,
        validation: Option<&V>,
        callback: &mut C,
    ) -> Result<Report>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
        V: ValidationFor<N::In, <D::Data as Dataset>::Target>, // `None::<&D>` without validation data
        C: Callback<N, T> + ?Sized,
    {
        let () = L::SUITS;
        self.begin(model, train, validation, callback, false)
    }

    /// Checks that minibatches are large enough for every layer to learn something from them.
    fn check_minibatches<N: Layer>(&self, examples: usize) -> Result<()> {
        let outline = Outline::of::<N>();
        let Some(layer) =
            outline.needs_batch().filter(|layer| self.batch_size.min(examples) < layer.min_batch)
        else {
            return Ok(());
        };
        let expected =
            format!("at least {}: layer `{}` learns nothing from fewer", layer.min_batch, layer.path);
        if self.batch_size < layer.min_batch {
            return Err(Error::argument("batch size", self.batch_size, expected));
        }
        Err(Error::data("training data", format!("{examples} examples"), expected))
    }

    pub(super) fn begin<N, T, D, V, C>(
        &self,
        model: &mut Model<N, T>,
        train: &D,
        validation: Option<&V>,
        callback: &mut C,
        resume: bool,
    ) -> Result<Report>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In, Target = L::Target>>,
        V: ValidationData<Data: Dataset<Example = N::In, Target = L::Target>>,
        C: Callback<N, T> + ?Sized,
    {
        self.check::<T>()?;
        self.loss.check_settings::<T>()?;
        if validation.is_none() && (self.patience.is_some() || self.keep_best) {
            let setting = if self.patience.is_some() { "early stopping" } else { "keep best" };
            return Err(Error::argument(setting, "no validation data", "some to judge by"));
        }
        if let Some(validation) = validation {
            check_class_names(train.dataset(), validation.dataset())?;
        }
        #[cfg(feature = "checkpoint")]
        let hold = self.checkpoints.as_ref().map(Checkpoints::hold::<N>).transpose()?;
        let class_names = train.dataset().class_names();
        let train = Source::new("training data", train.dataset(), &self.loss)?;
        self.check_minibatches::<N>(train.len())?;
        let validation = validation.map(|data| Source::new("validation data", data.dataset(), &self.loss));
        let validation = validation.transpose()?;
        let watching = ((Progress::new(self.progress), self.log.as_deref().map(Log::new)), callback);
        #[cfg(feature = "plot")]
        let watching = (self.picture.as_deref().map(super::plot::Picture), watching);
        let mut watching = watching;
        self.threads.run(|| {
            train.check::<N::Out, T>()?;
            if let Some(validation) = &validation {
                validation.check::<N::Out, T>()?;
            }
            if let Some(names) = class_names {
                model.name_classes(names);
            }
            let mut run = Run {
                trainer: self,
                order: Order::new(train.len(), self.seed),
                session: Session::new(self, model, train.len())?,
                minibatches: Minibatches::new(&train, self.batch_size),
                train: &train,
                validation: validation.as_ref(),
                callback: &mut watching,
            };
            #[cfg(feature = "checkpoint")]
            {
                run.session.saved.hold = hold;
                if self.checkpoints.is_some() {
                    run.session.samples = Samples {
                        training: Some(Sample::drawn::<N::Out, T, _, _>(&train)),
                        validation: validation.as_ref().map(Sample::plain::<N::Out, T, _, _>),
                    };
                }
            }
            let resumed = if resume { run.session.restore(model)? } else { None };
            let result = run.all(model, resumed);
            if let Err(error) = &result {
                Callback::<N, T>::on_error(&mut watching, error);
            }
            result
        })
    }
}

/// A training run on its data, with who watches it.
struct Run<'a, N, T: Scalar, D: Dataset, V, O: Optimizer, L, C> {
    trainer: &'a Trainer<O, L>,
    train: &'a Source<'a, D, L>,
    validation: Option<&'a Source<'a, V, L>>,
    callback: &'a mut C,
    order: Order,
    minibatches: Minibatches<T, D>,
    session: Session<'a, N, T, O, L>,
}

impl<N, T, D, V, O, L, C> Run<'_, N, T, D, V, O, L, C>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
    D: Dataset<Example = N::In, Target = L::Target>,
    V: Dataset<Example = N::In, Target = L::Target>,
    C: Callback<N, T>,
{
    fn all(mut self, model: &mut Model<N, T>, resumed: Option<Resumed>) -> Result<Report> {
        let began = Instant::now();
        let seconds_before = self.session.position.total_seconds();
        let ended = self.epochs(model, resumed.as_ref());
        let (ended, checkpoint) = ended.inspect_err(|_| self.session.give_up(model))?;
        self.session.finish(model);
        let mut position = self.session.position;
        position.timings.training = position.training_seconds();
        let report = Report {
            history: position.history,
            steps: position.steps_taken,
            ended,
            seconds: seconds_before + began.elapsed().as_secs_f64(),
            timings: position.timings,
            resumed,
            checkpoint,
        };
        self.callback.on_end(&End { report: &report, model })?;
        Ok(report)
    }

    /// Takes all steps, and saves what they come to; why they ended, and the checkpoint.
    fn epochs(
        &mut self,
        model: &mut Model<N, T>,
        resumed: Option<&Resumed>,
    ) -> Result<(Ended, Option<PathBuf>)> {
        self.start(model, resumed)?;
        self.order.skip(self.session.position.epoch);
        let trainer = self.trainer;
        let ended = loop {
            if let Some(ended) = self.session.position.ended(trainer.length, trainer.patience) {
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
        })
    }

    /// One epoch, or what is left of it; why training ends within it, if it does.
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
            // the step that it ends with is perhaps its epoch's last
            Some(ended) if self.session.position.step == self.session.steps_in_epoch() => {
                self.close(model)?;
                Ok(Some(ended))
            }
            Some(ended) => Ok(Some(ended)),
            None => self.close(model),
        }
    }

    /// Ends an epoch: measures the model, and writes the record.
    fn close(&mut self, model: &mut Model<N, T>) -> Result<Option<Ended>> {
        self.session.check_finite(model)?;
        // left as it is before the epoch is closed, a run of a number of steps can be made longer
        self.session.save_before_close(model)?;
        self.session.swap_average(model);
        let measured = self.measure(model).and_then(|validation| {
            let position = &mut self.session.position;
            let Tally { count, .. } = position.tally;
            position.history.push(Epoch {
                number: position.epoch + 1,
                train: position.tally.measure(),
                validation,
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

    fn measure(&mut self, model: &Model<N, T>) -> Result<Option<Measure>> {
        let began = Instant::now();
        let Some(data) = self.validation else { return Ok(None) };
        let measure = measure(model, data)?.measure();
        self.session.position.timings.validation += began.elapsed().as_secs_f64();
        if measure.loss.is_finite() {
            Ok(Some(measure))
        } else {
            Err(self.session.diverged("the validation loss", measure.loss))
        }
    }
}
