//! Defines the trainer and its settings.

use std::path::PathBuf;

use crate::core::{Layer, Part};
use crate::data::{Dataset, EvaluationData, TargetsFor, check_classes_of_model};
use crate::error::{Error, Result};
use crate::eval::minibatches::CheckedData;
use crate::eval::{Measure, measure};
use crate::loss::{Loss, SoftmaxCrossEntropy};
use crate::model::Model;
use crate::optim::{Group, Groups, Momentum, Optimizer, Schedule};
use crate::setting::below_one;
#[cfg(feature = "checkpoint")]
use crate::train::Checkpoints;
use crate::train::rate::Rate;
use crate::train::{Clip, Interrupt, LearningRate, Monitor, SoFar};
use plywood_kernel::{Scalar, Threads};

/// Trains a model on minibatches.
///
/// Each epoch uses every example once, in minibatches drawn without replacement from a new random order; the last one
/// may be smaller. Everything follows from the seed: the same trainer on the same model and data gives the same bits on
/// any number of threads.
///
/// | setting | default |
/// |---|---|
/// | [`epochs`](Self::epochs) or [`steps`](Self::steps) | 10 epochs |
/// | [`batch_size`](Self::batch_size) | 64 |
/// | [`accumulate`](Self::accumulate) | 1 minibatch a step |
/// | [`optimizer`](Self::optimizer) | [`Momentum`] of 0.9 |
/// | [`learning_rate`](Self::learning_rate) | 0.05 throughout |
/// | [`l2`](Self::l2) | 0 |
/// | [`freeze`](Self::freeze) | nothing is frozen |
/// | [`group`](Self::group) | all parameters have the same settings |
/// | [`clip`](Self::clip) | not at all |
/// | [`average`](Self::average) | no moving average |
/// | [`early_stopping`](Self::early_stopping) | never |
/// | [`keep_best`](Self::keep_best) | the last model is kept |
/// | [`monitor`](Self::monitor) | the error decides which epoch is best, or the loss for regressions |
/// | [`loss`](Self::loss) | [`SoftmaxCrossEntropy`] |
/// | [`seed`](Self::seed) | 0 |
/// | [`threads`](Self::threads) | all processors |
///
/// # Examples
/// ```
/// use plywood::layers::{Dense, Tanh};
/// use plywood::{Dataset, Flat, Model, Scalar, Trainer};
///
/// /// Two bits and whether they differ.
/// struct Xor;
///
/// impl Dataset for Xor {
///     type Example = Flat<2>;
///     type Target = usize;
///
///     fn len(&self) -> usize {
///         4
///     }
///     fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
///         let (a, b) = (index & 1, index >> 1);
///         x.copy_from_slice(&[T::of(a as f64), T::of(b as f64)]);
///         a ^ b
///     }
/// }
///
/// let mut model = Model::<((Dense<2, 8>, Tanh<Flat<8>>), Dense<8, 2>)>::new(1);
/// let report = Trainer::new().epochs(200).batch_size(4).learning_rate(0.1).run(&mut model, &Xor).validate(&Xor).fit()?;
/// assert_eq!(report.epochs.len(), 200);
/// assert_eq!(report.epochs[199].train.error, Some(0.0));
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trainer<O = Momentum, L = SoftmaxCrossEntropy> {
    pub(crate) settings: Settings,
    pub(crate) optimizer: O,
    pub(crate) loss: L,
    pub(crate) groups: Vec<(Part, Group<O>)>,
}

/// Holds the settings of a trainer that do not depend on types.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) length: Length,
    pub(crate) batch_size: usize,
    pub(crate) accumulate: usize,
    pub(crate) rate: Rate,
    pub(crate) l2: f64,
    pub(crate) frozen: Vec<Part>,
    /// The groups that had settings of an optimizer when one of another type was set.
    pub(crate) lost_optimizers: Vec<Part>,
    pub(crate) clip: Option<Clip>,
    /// The decay of the moving average.
    pub(crate) average: Option<f64>,
    pub(crate) patience: Option<usize>,
    pub(crate) keep_best: bool,
    pub(crate) monitor: Monitor,
    pub(crate) seed: u64,
    /// The chosen threads, if there are any.
    pub(crate) threads: Option<Threads>,
    pub(crate) progress: bool,
    pub(crate) log: Option<PathBuf>,
    #[cfg(feature = "plot")]
    pub(crate) picture: Option<PathBuf>,
    pub(crate) interrupt: Option<Interrupt>,
    #[cfg(feature = "checkpoint")]
    pub(crate) checkpoints: Option<Checkpoints>,
}

/// The length of training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    Epochs(usize),
    Steps(usize),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            length: Length::Epochs(10),
            batch_size: 64,
            accumulate: 1,
            rate: Rate::Schedule(Schedule::Constant(0.05)),
            l2: 0.0,
            frozen: Vec::new(),
            lost_optimizers: Vec::new(),
            clip: None,
            average: None,
            patience: None,
            keep_best: false,
            monitor: Monitor::Auto,
            seed: 0,
            threads: None,
            progress: false,
            log: None,
            #[cfg(feature = "plot")]
            picture: None,
            interrupt: None,
            #[cfg(feature = "checkpoint")]
            checkpoints: None,
        }
    }
}

impl Default for Trainer {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            optimizer: Momentum::default(),
            loss: SoftmaxCrossEntropy,
            groups: Vec::new(),
        }
    }
}

impl Trainer {
    /// Creates a trainer with the defaults of the table above.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<O, L> Trainer<O, L> {
    /// Sets the number of epochs; each uses every example once.
    #[must_use]
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.length = Length::Epochs(epochs);
        self
    }

    /// Sets the number of steps, in place of a number of epochs.
    ///
    /// The last epoch may be incomplete; it is measured and recorded like the others.
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.settings.length = Length::Steps(steps);
        self
    }

    /// Sets the number of minibatches in a step, which uses their mean gradient.
    ///
    /// A step is the same as with one minibatch of `accumulate` times the size, in the memory of one. The exception is
    /// batch norms, which see each minibatch by itself.
    #[must_use]
    pub fn accumulate(mut self, accumulate: usize) -> Self {
        self.settings.accumulate = accumulate;
        self
    }

    /// Sets the number of examples in a minibatch. The last minibatch of an epoch has the rest.
    ///
    /// A [`BatchNorm`](crate::layers::BatchNorm) of single numbers, such as that of a vector, finds no variance in one
    /// example and learns nothing from it, so such a network refuses a batch size of 1. A single example left over for
    /// the last minibatch of an epoch is allowed: its step teaches the layers before that norm nothing, and the running
    /// statistics stay the same. This happens if `examples % batch_size == 1`.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.settings.batch_size = batch_size;
        self
    }

    /// Sets the learning rate: a number, a [`Schedule`], or a [`Plateau`](super::Plateau) that sees when epochs stop
    /// getting better.
    #[must_use]
    pub fn learning_rate(mut self, rate: impl LearningRate) -> Self {
        self.settings.rate = rate.into_rate();
        self
    }

    /// Sets the learning rate by a function of the run so far: its time, and the losses, errors and metrics of the
    /// epochs before.
    ///
    /// The function is called before each step. A run that [resumes](super::Run::resume) has the same epochs before it,
    /// so it continues where it was, as long as the function has no memory of its own. A rate that is negative or not
    /// finite ends the run with an error.
    ///
    /// # Examples
    /// ```
    /// use plywood::Trainer;
    ///
    /// // half the rate once fewer than 5 % of the validation outputs are wrong
    /// let trainer = Trainer::new().learning_rate_by(|so_far| {
    ///     let error = so_far.best().and_then(|epoch| epoch.validation?.error);
    ///     if error.is_some_and(|error| error < 0.05) { 0.05 } else { 0.1 }
    /// });
    /// ```
    #[must_use]
    pub fn learning_rate_by(mut self, rate: impl Fn(SoFar<'_>) -> f64 + Send + Sync + 'static) -> Self {
        self.settings.rate = Rate::by(rate);
        self
    }

    /// Sets λ of the [L2 penalty](Groups) λ/2 · ‖w‖² on weights.
    #[must_use]
    pub fn l2(mut self, lambda: f64) -> Self {
        self.settings.l2 = lambda;
        self
    }

    /// Freezes a labeled layer or block: training leaves every bit of its parameters and running statistics unchanged.
    ///
    /// The part computes in training what it does in evaluation: its batch norms normalize by their running statistics,
    /// and its dropout drops nothing. If it comes first in the network, a step costs no backward pass through it. A
    /// frozen part needs a label of its own in the network, as `trunk: Trunk` gives one to a whole network; a layer
    /// inside a block has none that can be frozen alone.
    ///
    /// A network that is trained with other labels, or no parameters left to train, is an error when the run begins.
    ///
    /// # Examples
    /// ```
    /// use plywood::data::digits;
    /// use plywood::{Model, Trainer, network};
    ///
    /// network! {
    ///     pub Trunk: Image<28, 28, 1> => Flat<32> { flatten, dense(32), batch_norm, relu }
    ///     pub Reader: Image<28, 28, 1> => Flat<10> { trunk: Trunk, head: dense(10) }
    /// }
    ///
    /// let mut model = Model::<Reader>::new(1);
    /// let trunk = model.layer(Reader::trunk()).params().to_vec();
    /// Trainer::new().epochs(1).freeze(Reader::trunk()).train(&mut model, &digits(200, 1))?;
    /// assert_eq!(model.layer(Reader::trunk()).params(), trunk);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    #[must_use]
    pub fn freeze(mut self, part: impl Into<Part>) -> Self {
        self.settings.frozen.push(part.into());
        self
    }

    /// Gives a labeled layer or block settings of its own: a factor of the learning rate, the penalty, the settings of
    /// the optimizer. See [`Group`] for an example.
    ///
    /// Of two settings of the same label, the later one decides. A part that is [frozen](Self::freeze) stays so. Like
    /// `freeze`, it applies to a layer or block with a label of its own, not to one inside another block.
    #[must_use]
    pub fn group(mut self, part: impl Into<Part>, group: Group<O>) -> Self {
        let part = part.into();
        if group.optimizer.is_some() {
            self.settings.lost_optimizers.retain(|lost| *lost != part);
        }
        self.groups.push((part, group));
        self
    }

    /// Clips gradients that are too large, without the gradient of the penalty.
    #[must_use]
    pub fn clip(mut self, clip: Clip) -> Self {
        self.settings.clip = Some(clip);
        self
    }

    /// Keeps the exponential moving average of the parameters, which validation measures and with which the model ends.
    ///
    /// After each step, s ← d s + (1 − d) θ, with d = min(decay, (1 + t) / (10 + t)) in step t, from 0, so that the
    /// initial values are soon forgotten (Polyak and Juditsky 1992, section 7.2 of Kingma and Ba 2015). The running
    /// statistics remain those of training.
    #[must_use]
    pub fn average(mut self, decay: f64) -> Self {
        self.settings.average = Some(decay);
        self
    }

    /// Ends training after the given number of epochs in a row without a better one.
    ///
    /// The [monitor](Self::monitor) says which epoch is better, on the validation data (Goodfellow et al. 2016,
    /// algorithm 7.1).
    #[must_use]
    pub fn early_stopping(mut self, patience: usize) -> Self {
        self.settings.patience = Some(patience);
        self
    }

    /// Leaves the model of the [best](super::History::best) epoch if set, and otherwise that of the last.
    ///
    /// Keeping the best takes memory for a second model. With [checkpoints](Self::checkpoint) that are not written
    /// after every epoch, a third one is held, with the optimizer's state and the average, until the next checkpoint.
    /// If an error ends the run before, this one is saved.
    #[must_use]
    pub fn keep_best(mut self, keep_best: bool) -> Self {
        self.settings.keep_best = keep_best;
        self
    }

    /// Sets the measure that decides which epoch is best, for [early stopping](Self::early_stopping),
    /// [`keep_best`](Self::keep_best), [`History::best`](super::History::best) and a [search](super::search).
    ///
    /// By default it is the error where outputs are right or wrong, and the loss otherwise. A run that
    /// [resumes](super::Run::resume) may have another monitor, and then compares all of its epochs by it; with
    /// [`keep_best`](Self::keep_best) it may not, since the best model is kept and the others are gone. Epochs without
    /// the monitored metric, from a part of the run that did not have it, are left out.
    ///
    /// # Examples
    /// ```
    /// use plywood::Trainer;
    /// use plywood::loss::MeanSquaredError;
    /// use plywood::train::Monitor;
    ///
    /// // keeps the epoch with the smallest mean absolute error, in place of the smallest mean squared error
    /// let trainer = Trainer::new().loss(MeanSquaredError).keep_best(true).monitor(Monitor::Error);
    /// ```
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.settings.monitor = monitor;
        self
    }

    /// Sets the seed for the order of the examples and for dropout.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets the threads to compute on.
    #[must_use]
    pub fn threads(mut self, threads: &Threads) -> Self {
        self.settings.threads = Some(threads.clone());
        self
    }

    /// Shows the progress of training on standard error if set.
    ///
    /// It prints a line for each epoch and, on a terminal with the feature `progress`, a bar.
    #[must_use]
    pub fn progress(mut self, progress: bool) -> Self {
        self.settings.progress = progress;
        self
    }

    /// Returns this trainer without the files that it would write.
    pub(crate) fn without_files(mut self) -> Self {
        self.settings.log = None;
        #[cfg(feature = "plot")]
        {
            self.settings.picture = None;
        }
        #[cfg(feature = "checkpoint")]
        {
            self.settings.checkpoints = None;
        }
        self
    }

    /// Sets a request that ends training after the current step, for example by Ctrl-C.
    #[must_use]
    pub fn interrupt(mut self, interrupt: &Interrupt) -> Self {
        self.settings.interrupt = Some(interrupt.clone());
        self
    }

    /// Sets where and how often to save the run, so that [`resume`](super::Run::resume) can continue it.
    ///
    /// Missing folders are created. A run that begins anew replaces an older run's file and its previous one.
    #[cfg(feature = "checkpoint")]
    #[must_use]
    pub fn checkpoint(mut self, checkpoints: impl Into<Checkpoints>) -> Self {
        self.settings.checkpoints = Some(checkpoints.into());
        self
    }

    /// Sets a file to which a line is written after each epoch.
    ///
    /// The format is JSON lines if the name ends in `.jsonl`, and otherwise CSV with a header line. Missing folders are
    /// created, and an old file is replaced. While a run writes the file, `….lock` beside it names the run, and another
    /// run is refused.
    #[must_use]
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.log = Some(path.into());
        self
    }

    /// Sets an SVG file into which the loss and error curves are drawn anew after each epoch. Missing folders are
    /// created.
    #[cfg(feature = "plot")]
    #[must_use]
    pub fn picture(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.picture = Some(path.into());
        self
    }

    /// Sets the optimizer, which turns gradients into updates of the parameters.
    ///
    /// It comes before a [`group`](Self::group) that has settings of the optimizer, since these are of its type.
    #[must_use]
    pub fn optimizer<P: Optimizer>(mut self, optimizer: P) -> Trainer<P, L> {
        let with_optimizers = self.groups.iter().filter(|(_, group)| group.optimizer.is_some());
        self.settings.lost_optimizers.extend(with_optimizers.map(|(part, _)| part.clone()));
        let groups = self.groups.into_iter().map(|(part, group)| (part, group.without_optimizer())).collect();
        Trainer { settings: self.settings, optimizer, loss: self.loss, groups }
    }

    /// Sets the loss that training reduces.
    #[must_use]
    pub fn loss<M>(self, loss: M) -> Trainer<O, M> {
        let Self { settings, optimizer, groups, .. } = self;
        Trainer { settings, optimizer, loss, groups }
    }

    /// Returns the chosen threads, or all processors if none were chosen.
    pub(crate) fn threads_or_all(&self) -> Result<Threads> {
        match &self.settings.threads {
            Some(threads) => Ok(threads.clone()),
            None => Ok(Threads::all()?),
        }
    }
}

impl<O: Optimizer, L> Trainer<O, L> {
    /// Checks the settings for training a model of `T`, as [`fit`](super::Run::fit) does too.
    ///
    /// Call it before reading data that takes long to read.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for an invalid setting.
    pub fn check<T: Scalar>(&self) -> Result<()> {
        let (length, of_length) = match self.settings.length {
            Length::Epochs(epochs) => ("epochs", epochs == 0),
            Length::Steps(steps) => ("steps", steps == 0),
        };
        let zeros = [
            (length, of_length),
            ("batch size", self.settings.batch_size == 0),
            ("accumulate", self.settings.accumulate == 0),
            ("early stopping, patience", self.settings.patience == Some(0)),
        ];
        if let Some((argument, _)) = zeros.into_iter().find(|&(_, is_zero)| is_zero) {
            return Err(Error::argument(argument, 0, "at least 1"));
        }
        self.settings.average.map_or(Ok(()), |decay| below_one::<T>("average, decay", decay))?;
        self.settings.clip.map_or(Ok(()), Clip::check::<T>)?;
        #[cfg(feature = "checkpoint")]
        self.settings.checkpoints.as_ref().map_or(Ok(()), Checkpoints::check)?;
        self.settings.rate.check::<T>()?;
        self.optimizer.check::<T>()?;
        if let Some(part) = self.settings.lost_optimizers.first() {
            let found = format!("that of `{}` set before another optimizer", part.label());
            return Err(Error::argument("group, optimizer", found, "it set after `Trainer::optimizer`"));
        }
        self.groups.iter().try_for_each(|(_, group)| group.check::<T>())?;
        Groups::check::<T>(self.settings.l2)
    }

    /// Returns the groups of the parameters of the network `N`.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a part of another network.
    pub(crate) fn groups<N: Layer>(&self) -> Result<Groups> {
        let mut groups = Groups::of::<N>(self.settings.l2)?;
        let mut optimizers = 0;
        for (part, group) in &self.groups {
            optimizers += usize::from(group.optimizer.is_some());
            let optimizer = group.optimizer.is_some().then_some(optimizers);
            groups = groups.grouping::<N, O>(part, group, optimizer)?;
        }
        for part in &self.settings.frozen {
            groups = groups.freezing::<N>(part.clone())?;
        }
        Ok(groups)
    }

    /// Returns the optimizers by number: that of the trainer, and those of groups with one of their own.
    pub(crate) fn optimizers(&self) -> impl Iterator<Item = &O> + Clone {
        std::iter::once(&self.optimizer)
            .chain(self.groups.iter().filter_map(|(_, group)| group.optimizer.as_ref()))
    }
}

impl<O, L> Trainer<O, L> {
    /// Measures a model on data with this trainer's loss and its error, in evaluation mode and on its threads.
    ///
    /// Use it for tasks other than classification, or to measure the loss that is trained. For classes,
    /// [`evaluate`](crate::evaluate) reports more, and [`eval::measure_by`](crate::eval::measure_by) measures R² and
    /// other [metrics](crate::eval::metrics).
    ///
    /// A model that was trained on [scaled targets](crate::data::ScaledTargets) is measured in the units of the data's
    /// targets: in their own, or in those of training for data that is scaled like that of training.
    ///
    /// # Errors
    /// Returns [`Error::Data`](crate::Error::Data) for empty data, a number that is not finite, a target that the loss
    /// cannot use, or data whose classes have other names than the model's; [`Error::Argument`](crate::Error::Argument)
    /// for a setting of the loss that cannot be used.
    pub fn measure<N, T, D>(&self, model: &Model<N, T>, data: &D) -> Result<Measure>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: EvaluationData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        self.loss.check_settings::<T>()?;
        check_classes_of_model(model.class_names(), data.dataset())?;
        let source = CheckedData::new("evaluation data", data.dataset(), &self.loss)?;
        let (tally, _) = self.threads_or_all()?.run(|| measure(model, &source, &(), 0))?;
        Ok(tally.measure(&self.loss))
    }
}
