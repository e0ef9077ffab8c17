//! The trainer: how a model is to be trained.

use std::path::PathBuf;

use crate::data::{EvaluationData, TargetsFor};
use crate::eval::{Measure, measure, minibatches::Source};
use crate::optim::{LearningRate, Momentum, Optimizer, Penalty, Schedule};
use crate::setting::below_one;
#[cfg(feature = "checkpoint")]
use crate::train::Checkpoints;
use crate::train::{Clip, Interrupt};
use crate::{Dataset, Error, Layer, Loss, Model, Result, Scalar, SoftmaxCrossEntropy, Threads};

/// Minibatch training.
///
/// In each epoch every example is used once, in minibatches drawn without replacement from a new random order;
/// the last one may be smaller. Everything follows from the seed: the same trainer on the same model and data
/// gives the same bits on any number of threads.
///
/// | setting | unless said otherwise |
/// |---|---|
/// | [`epochs`](Self::epochs) or [`steps`](Self::steps) | 10 epochs |
/// | [`batch_size`](Self::batch_size) | 64 |
/// | [`accumulate`](Self::accumulate) | 1 minibatch a step |
/// | [`optimizer`](Self::optimizer) | [`Momentum`] of 0.9 |
/// | [`learning_rate`](Self::learning_rate) | 0.05 throughout |
/// | [`l2`](Self::l2) | 0 |
/// | [`clip`](Self::clip) | not at all |
/// | [`average`](Self::average) | no moving average |
/// | [`early_stopping`](Self::early_stopping) | never |
/// | [`keep_best`](Self::keep_best) | the last model is kept |
/// | [`loss`](Self::loss) | [`SoftmaxCrossEntropy`] |
/// | [`seed`](Self::seed) | 0 |
/// | [`threads`](Self::threads) | all processors |
///
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
}

/// Holds the settings of a trainer that do not depend on types.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) length: Length,
    pub(crate) batch_size: usize,
    pub(crate) accumulate: usize,
    pub(crate) schedule: Schedule,
    pub(crate) l2: f64,
    pub(crate) clip: Option<Clip>,
    /// The decay of the moving average.
    pub(crate) average: Option<f64>,
    pub(crate) patience: Option<usize>,
    pub(crate) keep_best: bool,
    pub(crate) seed: u64,
    /// The threads that were chosen, if any were.
    pub(crate) threads: Option<Threads>,
    pub(crate) progress: bool,
    pub(crate) log: Option<PathBuf>,
    #[cfg(feature = "plot")]
    pub(crate) picture: Option<PathBuf>,
    pub(crate) interrupt: Option<Interrupt>,
    #[cfg(feature = "checkpoint")]
    pub(crate) checkpoints: Option<Checkpoints>,
}

/// How long training takes.
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
            schedule: Schedule::Constant(0.05),
            l2: 0.0,
            clip: None,
            average: None,
            patience: None,
            keep_best: false,
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
        Self { settings: Settings::default(), optimizer: Momentum::default(), loss: SoftmaxCrossEntropy }
    }
}

impl Trainer {
    /// A trainer with the settings of the table above.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<O, L> Trainer<O, L> {
    /// How often each example is used.
    #[must_use]
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.length = Length::Epochs(epochs);
        self
    }

    /// How many steps are taken, in place of a number of epochs. The last epoch, of which there may only be a part, is
    /// measured and recorded like the others.
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.settings.length = Length::Steps(steps);
        self
    }

    /// Minibatches in a step. The optimizer is given their mean gradient: a step is as with one minibatch of
    /// `accumulate` times the size, but for batch norms, which see each by itself, in the memory of one.
    #[must_use]
    pub fn accumulate(mut self, accumulate: usize) -> Self {
        self.settings.accumulate = accumulate;
        self
    }

    /// Sets the examples in a minibatch. The last of an epoch has what is left.
    ///
    /// A [`BatchNorm`](crate::layers::BatchNorm) of single numbers, such as that of a vector, finds no variance in one example
    /// and learns nothing from it: such a network refuses a batch size of 1. One example that is left alone for the last
    /// minibatch of an epoch is allowed: its step teaches the layers before that norm nothing, and the running statistics stay
    /// as they are. `examples % batch_size == 1` tells.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.settings.batch_size = batch_size;
        self
    }

    /// The learning rate: a number, or a [`Schedule`].
    #[must_use]
    pub fn learning_rate(mut self, rate: impl LearningRate) -> Self {
        self.settings.schedule = rate.schedule();
        self
    }

    /// λ of the [L2 penalty](Penalty) λ/2 · ‖w‖² on weights.
    #[must_use]
    pub fn l2(mut self, lambda: f64) -> Self {
        self.settings.l2 = lambda;
        self
    }

    /// Keeps gradients from being too large, without the penalty's.
    #[must_use]
    pub fn clip(mut self, clip: Clip) -> Self {
        self.settings.clip = Some(clip);
        self
    }

    /// Keeps the exponential moving average of the parameters, s ← d s + (1 − d) θ after each step, with
    /// d = min(decay, (1 + t) / (10 + t)) in step t, from 0, so that the starting values are soon forgotten (Polyak and
    /// Juditsky 1992, section 4 of Kingma and Ba 2015). Validation measures it, and the model ends as it; running
    /// statistics are those of training.
    #[must_use]
    pub fn average(mut self, decay: f64) -> Self {
        self.settings.average = Some(decay);
        self
    }

    /// Ends training after so many epochs in a row none of which was better than the best before, by the validation
    /// error, of equal ones the loss, or the loss alone where nothing is right or wrong (Goodfellow et al. 2016,
    /// algorithm 7.1).
    #[must_use]
    pub fn early_stopping(mut self, patience: usize) -> Self {
        self.settings.patience = Some(patience);
        self
    }

    /// Whether training leaves the model of the [best](super::History::best) epoch, and not that of the last.
    ///
    /// That takes memory for a second model. With [checkpoints](Self::checkpoint) that are not written after every epoch, a
    /// third is held, with the optimizer's state and the average, until the next checkpoint: an error that ends the run
    /// before saves it.
    #[must_use]
    pub fn keep_best(mut self, keep_best: bool) -> Self {
        self.settings.keep_best = keep_best;
        self
    }

    /// What the order of the examples and dropout are drawn from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// What to compute on.
    #[must_use]
    pub fn threads(mut self, threads: &Threads) -> Self {
        self.settings.threads = Some(threads.clone());
        self
    }

    /// Whether to show on standard error how training goes: a line for each epoch, and on a terminal, with the
    /// feature `progress`, a bar.
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

    /// A request that ends training after the step that is under way, as by Ctrl-C.
    #[must_use]
    pub fn interrupt(mut self, interrupt: &Interrupt) -> Self {
        self.settings.interrupt = Some(interrupt.clone());
        self
    }

    /// Where, and how often, to save the run so that [`resume`](super::Run::resume) can go on with it. Missing folders are
    /// made. A run that begins anew replaces the file of an older one, and the one before it.
    #[cfg(feature = "checkpoint")]
    #[must_use]
    pub fn checkpoint(mut self, checkpoints: impl Into<Checkpoints>) -> Self {
        self.settings.checkpoints = Some(checkpoints.into());
        self
    }

    /// A file to write a line to after each epoch: JSON lines if its name ends in `.jsonl`, otherwise CSV with
    /// a header line. Missing folders are made; an old file is replaced. While a run writes it, `….lock` beside it says
    /// which, and another run is refused.
    #[must_use]
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.log = Some(path.into());
        self
    }

    /// An SVG file to draw the loss and error curves into, anew after each epoch. Missing folders are made.
    #[cfg(feature = "plot")]
    #[must_use]
    pub fn picture(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.picture = Some(path.into());
        self
    }

    /// How a gradient moves the parameters.
    #[must_use]
    pub fn optimizer<P: Optimizer>(self, optimizer: P) -> Trainer<P, L> {
        Trainer { settings: self.settings, optimizer, loss: self.loss }
    }

    /// Sets the loss that training reduces.
    #[must_use]
    pub fn loss<M>(self, loss: M) -> Trainer<O, M> {
        Trainer { settings: self.settings, optimizer: self.optimizer, loss }
    }

    /// Returns the threads to compute on: all of them unless some were chosen.
    pub(crate) fn threads_or_all(&self) -> Result<Threads> {
        match &self.settings.threads {
            Some(threads) => Ok(threads.clone()),
            None => Ok(Threads::all()?),
        }
    }
}

impl<O: Optimizer, L> Trainer<O, L> {
    /// Checks the settings for training a model of `T`, which [`fit`](super::Run::fit) does too: to be asked before
    /// data is read that takes long.
    ///
    /// # Errors
    /// [`Error::Argument`] for one that cannot be used.
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
        self.settings.schedule.check::<T>()?;
        self.optimizer.check::<T>()?;
        Penalty::check::<T>(self.settings.l2)
    }
}

impl<O, L> Trainer<O, L> {
    /// Measures a model on data with this trainer's loss, in evaluation mode and on its threads: for tasks that are not
    /// classification, or with the loss that is trained. For classes, [`evaluate`](crate::evaluate) tells more.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) for data that is empty or has a number that is not finite or a target that the
    /// loss cannot use.
    pub fn measure<N, T, D>(&self, model: &Model<N, T>, data: &D) -> Result<Measure>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: EvaluationData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        let source = Source::new("evaluation data", data.dataset(), &self.loss)?;
        Ok(self.threads_or_all()?.run(|| measure(model, &source))?.measure())
    }
}
