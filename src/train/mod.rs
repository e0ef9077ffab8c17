//! Training: from a model, data and an optimiser to a better model and a record of how it went.

mod batches;
mod confusion;
mod fit;
mod interval;
mod log;
mod metrics;
#[cfg(feature = "plot")]
mod plot;
mod progress;
mod report;
mod scores;
pub mod search;
#[cfg(feature = "plot")]
mod search_picture;

use std::path::PathBuf;

pub use confusion::Confusion;
pub use interval::Interval;
pub use metrics::{Evaluation, evaluate};
pub use report::{Epoch, Measure, Report};
pub use scores::{Average, Scores};

use crate::optim::{LearningRate, Momentum, Optimizer, Penalty, Schedule};
use crate::{Error, Result, Scalar, SoftmaxCrossEntropy, Threads};

/// Minibatch training.
///
/// In each epoch every example is used once, in minibatches drawn without replacement from a new random order;
/// the last one may be smaller. Everything follows from the seed: the same trainer on the same model and data
/// gives the same bits on any number of threads.
///
/// | setting | unless said otherwise |
/// |---|---|
/// | [`epochs`](Self::epochs) | 10 |
/// | [`batch_size`](Self::batch_size) | 64 |
/// | [`optimizer`](Self::optimizer) | [`Momentum`] of 0.9 |
/// | [`learning_rate`](Self::learning_rate) | 0.05 throughout |
/// | [`l2`](Self::l2) | 0 |
/// | [`loss`](Self::loss) | [`SoftmaxCrossEntropy`] |
/// | [`seed`](Self::seed) | 0 |
/// | [`threads`](Self::threads) | the calling thread alone |
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
/// let report = Trainer::new().epochs(200).batch_size(4).learning_rate(0.1).fit(&mut model, &Xor, Some(&Xor))?;
/// assert_eq!(report.history.len(), 200);
/// assert_eq!(report.history[199].train.error, Some(0.0));
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trainer<O = Momentum, L = SoftmaxCrossEntropy> {
    epochs: usize,
    batch_size: usize,
    optimizer: O,
    schedule: Schedule,
    l2: f64,
    loss: L,
    seed: u64,
    threads: Threads,
    progress: bool,
    log: Option<PathBuf>,
    #[cfg(feature = "plot")]
    picture: Option<PathBuf>,
}

impl Default for Trainer {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 64,
            optimizer: Momentum::default(),
            schedule: Schedule::Constant(0.05),
            l2: 0.0,
            loss: SoftmaxCrossEntropy,
            seed: 0,
            threads: Threads::one(),
            progress: false,
            log: None,
            #[cfg(feature = "plot")]
            picture: None,
        }
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
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Examples in a minibatch.
    #[must_use]
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// The learning rate: a number, or a [`Schedule`].
    #[must_use]
    pub fn learning_rate(self, rate: impl LearningRate) -> Self {
        Self { schedule: rate.schedule(), ..self }
    }

    /// λ of the [L2 penalty](Penalty) λ/2 · ‖w‖² on weights.
    #[must_use]
    pub fn l2(self, lambda: f64) -> Self {
        Self { l2: lambda, ..self }
    }

    /// What the order of the examples and dropout are drawn from.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// What to compute on.
    #[must_use]
    pub fn threads(self, threads: &Threads) -> Self {
        Self { threads: threads.clone(), ..self }
    }

    /// Whether to show on standard error how training goes: a line for each epoch, and on a terminal, with the
    /// feature `progress`, a bar.
    #[must_use]
    pub fn progress(self, progress: bool) -> Self {
        Self { progress, ..self }
    }

    /// A file to write a line to after each epoch: JSON lines if its name ends in `.jsonl`, otherwise CSV with
    /// a header line. Missing folders are made; an old file is replaced.
    #[must_use]
    pub fn log(self, path: impl Into<PathBuf>) -> Self {
        Self { log: Some(path.into()), ..self }
    }

    /// An SVG file to draw the loss and error curves into, anew after each epoch. Missing folders are made.
    #[cfg(feature = "plot")]
    #[must_use]
    pub fn picture(self, path: impl Into<PathBuf>) -> Self {
        Self { picture: Some(path.into()), ..self }
    }

    /// How a gradient moves the parameters.
    #[must_use]
    pub fn optimizer<P: Optimizer>(self, optimizer: P) -> Trainer<P, L> {
        self.with(|_, loss| (optimizer, loss))
    }

    /// What training makes small.
    #[must_use]
    pub fn loss<M>(self, loss: M) -> Trainer<O, M> {
        self.with(|optimizer, _| (optimizer, loss))
    }

    fn with<P, M>(self, change: impl FnOnce(O, L) -> (P, M)) -> Trainer<P, M> {
        let (optimizer, loss) = change(self.optimizer, self.loss);
        Trainer {
            epochs: self.epochs,
            batch_size: self.batch_size,
            optimizer,
            schedule: self.schedule,
            l2: self.l2,
            loss,
            seed: self.seed,
            threads: self.threads,
            progress: self.progress,
            log: self.log,
            #[cfg(feature = "plot")]
            picture: self.picture,
        }
    }
}

impl<O: Optimizer, L> Trainer<O, L> {
    /// Checks the settings for training a model of `T`, which [`fit`](Self::fit) does too: to be asked before
    /// data is read that takes long.
    ///
    /// # Errors
    /// [`Error::Argument`] for one that cannot be used.
    pub fn check<T: Scalar>(&self) -> Result<()> {
        for (argument, value) in [("epochs", self.epochs), ("batch size", self.batch_size)] {
            if value == 0 {
                return Err(Error::argument(argument, 0, "at least 1"));
            }
        }
        self.schedule.check::<T>()?;
        self.optimizer.check::<T>()?;
        Penalty::check::<T>(self.l2)
    }
}

/// Makes the folders that a file to be written lies in.
fn make_parent(path: &std::path::Path) -> Result<()> {
    match path.parent() {
        Some(parent) => std::fs::create_dir_all(parent).map_err(|source| Error::Io {
            path: parent.to_owned(),
            action: "create",
            source,
        }),
        None => Ok(()),
    }
}
