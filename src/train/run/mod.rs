//! Runs training: connects a model, data, and the callbacks that watch.

mod average;
mod clip;
mod epochs;
mod interrupt;
mod position;
mod session;
#[cfg(feature = "interrupt")]
mod signals;

pub(crate) use average::MovingAverage;
pub use clip::Clip;
#[cfg(feature = "report")]
pub(crate) use clip::gradient_norm;
pub use interrupt::Interrupt;
pub(crate) use position::Position;
#[cfg(feature = "checkpoint")]
pub(crate) use session::Leaves;
pub(crate) use session::Session;

use std::sync::Once;

use crate::core::{Layer, Outline, Shape};
use crate::data::{
    Dataset, HoldsData, TargetScale, TargetsFor, TrainingData, ValidationFor, check_class_names,
    check_target_scales,
};
use crate::error::{Error, Result};
use crate::eval::minibatches::{CheckedData, Minibatches, Order};
use crate::eval::{Checks, Metric, Metrics};
use crate::loss::{Loss, identifier};
use crate::model::Model;
use crate::optim::Optimizer;
#[cfg(feature = "checkpoint")]
use crate::train::checkpoint::{Checkpoints, Sample, Samples};
use crate::train::run::epochs::Loop;
use crate::train::watch::{Callback, Log, Progress};
use crate::train::{History, Trainer};
use plywood_kernel::Scalar;

/// A training run that is ready to begin, made by [`Trainer::run`].
///
/// # Examples
/// ```
/// use plywood::data::{Split, digits};
/// use plywood::{Model, Trainer, network};
///
/// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(32), relu, dense(10) } }
///
/// let (train, validation) = Split::train(digits(300, 1)).hold_out(100)?;
/// let mut model = Model::<Reader>::new(1);
/// let history = Trainer::new().epochs(3).run(&mut model, &train).validate(&validation).fit()?;
/// println!("{history}");
/// # assert_eq!(history.epochs.len(), 3);
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a run begins with `fit` or `resume`"]
pub struct Run<'a, O, L, N, T, D, V, C = (), M = ()> {
    trainer: &'a Trainer<O, L>,
    model: &'a mut Model<N, T>,
    train: &'a D,
    validation: Option<&'a V>,
    callback: C,
    metrics: M,
}

/// A run with one more callback.
type Watched<'a, O, L, N, T, D, V, C, M> = Run<'a, O, L, N, T, D, V, (C, &'a mut dyn Callback<N, T>), M>;

impl<O: Optimizer, L> Trainer<O, L> {
    /// Prepares a run that trains a model on data.
    ///
    /// Add what the run needs, then call [`fit`](Run::fit) or [`resume`](Run::resume).
    ///
    /// A [`Split`](crate::data::Split) for another purpose does not compile here: nothing is fitted to validation or
    /// test data.
    pub fn run<'a, N, T, D>(
        &'a self,
        model: &'a mut Model<N, T>,
        train: &'a D,
    ) -> Run<'a, O, L, N, T, D, D::Data>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        Run { trainer: self, model, train, validation: None, callback: (), metrics: () }
    }

    /// Trains a model without validation data and without a callback: short for [`run`](Self::run) and
    /// [`fit`](Run::fit).
    ///
    /// # Errors
    /// Returns the errors of [`Run::fit`].
    pub fn train<N, T, D>(&self, model: &mut Model<N, T>, data: &D) -> Result<History>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        self.run(model, data).fit()
    }

    /// Checks that minibatches are large enough for every layer to learn something from them.
    fn check_minibatches<N: Layer>(&self, examples: usize) -> Result<()> {
        let outline = Outline::of::<N>();
        let Some(layer) =
            outline.needs_batch().filter(|layer| self.settings.batch_size.min(examples) < layer.min_batch)
        else {
            return Ok(());
        };
        let expected =
            format!("at least {}: layer `{}` learns nothing from fewer", layer.min_batch, layer.path);
        if self.settings.batch_size < layer.min_batch {
            return Err(Error::argument("batch size", self.settings.batch_size, expected));
        }
        Err(Error::data("training data", format!("{examples} examples"), expected))
    }
}

impl<'a, O, L, N, T, D, V, C, M> Run<'a, O, L, N, T, D, V, C, M> {
    /// Measures the model on validation data after each epoch. Nothing is learned from this data.
    ///
    /// A [`Split`](crate::data::Split) for another purpose does not compile here: no model is chosen on training or
    /// test data.
    pub fn validate<W>(self, validation: &'a W) -> Run<'a, O, L, N, T, D, W, C, M>
    where
        N: Layer,
        D: HoldsData,
        W: ValidationFor<N::In, <D::Data as Dataset>::Target>,
    {
        let Self { trainer, model, train, callback, metrics, .. } = self;
        Run { trainer, model, train, validation: Some(validation), callback, metrics }
    }

    /// Adds a [`Callback`] that watches the run, after those added before.
    pub fn watch<W: Callback<N, T>>(self, callback: &'a mut W) -> Watched<'a, O, L, N, T, D, V, C, M>
    where
        N: Layer,
        T: Scalar,
    {
        let Self { trainer, model, train, validation, callback: before, metrics } = self;
        Run { trainer, model, train, validation, callback: (before, callback), metrics }
    }

    /// Measures the validation data by a [`Metric`] too after each epoch, in addition to those added before.
    ///
    /// [`Epoch::metric`](crate::train::Epoch::metric) has the values, and so have the table of the history, the log,
    /// the progress, the event files and the report. [`Trainer::monitor`] lets one of them decide which epoch is best.
    /// A run that [resumes](Self::resume) may have other metrics. Without validation data, metrics measure nothing.
    ///
    /// # Examples
    /// ```
    /// use plywood::data::digits;
    /// use plywood::eval::metrics::{MeanIou, TopK};
    /// use plywood::train::Monitor;
    /// use plywood::{Model, Trainer, network};
    ///
    /// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
    ///
    /// let (train, validation) = (digits(200, 1), digits(100, 2));
    /// let mut model = Model::<Reader>::new(1);
    /// let trainer = Trainer::new().epochs(2).keep_best(true).monitor(Monitor::metric("top 3"));
    /// let run = trainer.run(&mut model, &train).validate(&validation).metric(&TopK(3)).metric(&MeanIou);
    /// let history = run.fit()?;
    /// println!("{history}");
    /// # assert!(history.epochs[1].metric("top 3").is_some() && history.epochs[1].metric("mean IoU").is_some());
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn metric<K>(self, metric: &'a K) -> Run<'a, O, L, N, T, D, V, C, (M, &'a K)>
    where
        N: Layer,
        D: HoldsData,
        K: Metric<N::Out, <D::Data as Dataset>::Target>,
    {
        let Self { trainer, model, train, validation, callback, metrics } = self;
        Run { trainer, model, train, validation, callback, metrics: (metrics, metric) }
    }

    /// Replaces the metrics.
    pub(crate) fn metrics<K>(self, metrics: K) -> Run<'a, O, L, N, T, D, V, C, K> {
        let Self { trainer, model, train, validation, callback, .. } = self;
        Run { trainer, model, train, validation, callback, metrics }
    }
}

impl<O, L, N, T, D, V, C, M> Run<'_, O, L, N, T, D, V, C, M>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
    // `run` and `validate` have asked for data for these purposes
    D: HoldsData<Data: Dataset<Example = N::In, Target = L::Target>>,
    V: HoldsData<Data: Dataset<Example = N::In, Target = L::Target>>,
    C: Callback<N, T>,
    M: Metrics<N::Out, L::Target>,
{
    /// Trains the model from its current parameters.
    ///
    /// The training loss and error are those of each minibatch just before its step, averaged over the epoch. Dropout
    /// is therefore on, and the model changes between minibatches. Validation is in evaluation mode.
    ///
    /// # Errors
    /// - [`Error::Argument`] for an invalid setting, such as a [batch size](Trainer::batch_size) from which a layer
    ///   learns nothing, [early stopping](Trainer::early_stopping) without validation data, or a
    ///   [monitor](Trainer::monitor) of a metric that the run does not have; and for two metrics of one name.
    /// - [`Error::Data`] for empty data, a number that is not finite, or a target that the loss cannot use; all of the
    ///   data is checked before the first step. Also for validation data whose classes have [other
    ///   names](crate::Dataset::class_names) or targets in another [scale](crate::Dataset::target_scales) than those of the
    ///   training data, and for training data with more or fewer scales than an output has numbers.
    /// - [`Error::Diverged`] if the loss of a step is not finite, or the norm of its gradient where that is computed
    ///   (to clip it, and in the last step of an epoch); that step is not taken. Also if after an epoch a parameter, a
    ///   running statistic or the validation loss is not finite.
    /// - [`Error::Io`] if a log, the picture or a checkpoint cannot be written; this is tried before the first step.
    /// - The errors of the callbacks.
    ///
    /// After an error, the model is as the last step left it. If the trainer [keeps the best](Trainer::keep_best) and
    /// at least one epoch is complete, it is the model of the best epoch. The same holds for the model of the newest
    /// checkpoint.
    pub fn fit(self) -> Result<History> {
        self.begin(false)
    }

    /// Continues a run from its [checkpoint](Trainer::checkpoint), or [begins](Self::fit) it if there is none.
    ///
    /// The run ends with the same bits as one that was never stopped. The previous parameters of the model are lost. If
    /// the newest checkpoint is damaged, the previous one is used, and [`History::resumed`] says so.
    ///
    /// The network, the seed, the batch size, the accumulation, the kind of optimizer, the [loss](Loss::name) and the
    /// data must be those that the run began with. A moving average or the best model is kept if it was kept before. To
    /// check the data, the run compares a few examples of the training and validation data, after preprocessing and
    /// augmentation, and their targets. The [scales](crate::Dataset::target_scales) of targets must be exactly the same.
    /// Learning rate, penalty, limits, patience, the settings of the optimizer and the average, frozen parts and groups,
    /// the metrics, and the number of epochs or steps may change, and so may the [monitor](Trainer::monitor)
    /// unless the best model is kept. A run may continue without validation data, or get it from then on:
    /// [`History::best`] does not compare epochs with validation and without.
    ///
    /// # Errors
    /// Returns the errors of [`fit`](Self::fit), and:
    /// - [`Error::Data`] for training data whose targets have other scales than the checkpoint's.
    /// - [`Error::Argument`] without a path for checkpoints, or for a setting that differs from the checkpoint's.
    /// - [`Error::Io`] if the newest checkpoint exists and cannot be read, even if there is a previous one.
    /// - [`Error::Format`] for a checkpoint of another network, with the first layer that differs, or if the newest and
    ///   the previous checkpoint are both damaged.
    #[cfg(feature = "checkpoint")]
    pub fn resume(self) -> Result<History> {
        if self.trainer.settings.checkpoints.is_none() {
            return Err(Error::argument("checkpoint", "none", "a file to go on from"));
        }
        self.begin(true)
    }

    fn begin(self, resume: bool) -> Result<History> {
        let Self { trainer, model, train, validation, callback, metrics } = self;
        let settings = &trainer.settings;
        tell_if_unoptimized();
        trainer.check::<T>()?;
        trainer.loss.check_settings::<T>()?;
        if validation.is_none() && (settings.patience.is_some() || settings.keep_best) {
            let setting = if settings.patience.is_some() { "early stopping" } else { "keep best" };
            return Err(Error::argument(setting, "no validation data", "some to judge by"));
        }
        let described = metrics.described()?;
        if let Some(error) = L::ERROR
            && described.iter().any(|metric| identifier(&metric.name) == error.identifier())
        {
            let expected = "other names than that of the loss's own error, which is measured anyway";
            return Err(Error::argument("metrics", format!("`{}`", error.name), expected));
        }
        settings.monitor.check(L::ERROR, &described, validation.is_some())?;
        check_scale_count::<N::Out>(train.dataset().target_scales())?;
        if let Some(validation) = validation {
            check_class_names(train.dataset(), validation.dataset())?;
            let [expected, found] = [train.dataset().target_scales(), validation.dataset().target_scales()];
            check_target_scales("validation data", "in the training data", expected, found)?;
        }
        let threads = trainer.threads_or_all()?;
        #[cfg(feature = "checkpoint")]
        let hold = settings.checkpoints.as_ref().map(Checkpoints::hold::<N>).transpose()?;
        let class_names = train.dataset().class_names();
        let target_scales = train.dataset().target_scales();
        let train = CheckedData::new("training data", train.dataset(), &trainer.loss)?;
        trainer.check_minibatches::<N>(train.len())?;
        let validation =
            validation.map(|data| CheckedData::new("validation data", data.dataset(), &trainer.loss));
        let validation = validation.transpose()?;
        let watching = ((Progress::new(settings.progress), settings.log.as_deref().map(Log::new)), callback);
        #[cfg(feature = "plot")]
        let watching = (settings.picture.as_deref().map(crate::train::watch::CurvesFile), watching);
        let mut watching = watching;
        threads.run(|| {
            train.check::<N::Out, T>()?;
            if let Some(validation) = &validation {
                validation.with_loss(&Checks::new(&trainer.loss, &metrics)).check::<N::Out, T>()?;
            }
            let mut run = Loop {
                trainer,
                order: Order::new(train.len(), settings.seed),
                session: Session::new(trainer, model, train.len(), described)?,
                minibatches: Minibatches::new(&train, settings.batch_size),
                train: &train,
                validation: validation.as_ref(),
                callback: &mut watching,
                metrics: &metrics,
            };
            #[cfg(feature = "checkpoint")]
            {
                run.session.saved.hold = hold;
                if settings.checkpoints.is_some() {
                    run.session.samples = Samples {
                        training: Some(Sample::drawn::<N::Out, T, _, _>(&train)),
                        validation: validation.as_ref().map(Sample::plain::<N::Out, T, _, _>),
                    };
                }
            }
            let resumed = if resume { run.session.restore(model)? } else { None };
            if resumed.is_some() {
                // the samples of the data tell only scales apart that differ by more than rounding
                check_target_scales(
                    "training data",
                    "in the checkpoint",
                    model.target_scales(),
                    target_scales,
                )?;
            }
            if let Some(names) = class_names {
                // a checkpoint has the best model, and keeps the names of its classes
                let best = run.session.best.as_mut();
                [Some(&mut *model), best].into_iter().flatten().for_each(|model| model.name_classes(names));
            }
            let best = run.session.best.as_mut();
            [Some(&mut *model), best]
                .into_iter()
                .flatten()
                .for_each(|model| model.scale_targets(target_scales));
            let result = run.all(model, resumed);
            if let Err(error) = &result {
                Callback::<N, T>::on_error(&mut watching, error);
            }
            result
        })
    }
}

/// Checks that there is a scale for each number of an output, if there are any.
fn check_scale_count<Out: Shape>(scales: Option<&[TargetScale]>) -> Result<()> {
    match scales.map(<[_]>::len) {
        Some(count) if count != Out::LEN => {
            let expected = format!("{}, one for each number of an output of shape {}", Out::LEN, Out::DIMS);
            Err(Error::data("scales of the targets of the training data", count, expected))
        }
        _ => Ok(()),
    }
}

/// Tells once on standard error that the kernels are compiled without optimization, if they are.
fn tell_if_unoptimized() {
    static TOLD: Once = Once::new();
    if !plywood_kernel::IS_OPTIMIZED {
        TOLD.call_once(|| {
            eprintln!(
                "plywood: its kernels are compiled without optimization and are tens of times slower than they can be\n\
                 help: build with `--release`, or add to Cargo.toml:\n\n    \
                 [profile.dev.package.\"*\"]\n    opt-level = 3\n"
            );
        });
    }
}
