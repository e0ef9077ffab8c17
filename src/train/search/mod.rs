//! Chooses settings: trains a model with each, and compares them on validation data.
//!
//! ```
//! use plywood::data::{Split, digits};
//! use plywood::train::search::{Search, log_range};
//! use plywood::{Model, Threads, Trainer, evaluate, network};
//!
//! network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(16), relu, dense(10) } }
//!
//! let test = Split::test(digits(50, 2));
//! let (train, validation) = Split::train(digits(200, 1)).hold_out(50)?;
//! let start = |&lambda: &f64| Ok((Model::<Net>::new(1), Trainer::new().epochs(3).l2(lambda)));
//! let found = Search::new().parallel(2).run(log_range(1e-4, 1e-1, 4)?, start, &train, &validation)?;
//! println!("{found}");
//!
//! // the best once more, on training and validation data together
//! let (model, _) = found.retrain(start, &train, &validation)?;
//! println!("{}", evaluate(&model, &test)?);
//! # Ok::<(), plywood::Error>(())
//! ```

#[cfg(feature = "plot")]
mod picture;
mod range_test;

pub use range_test::{RangeCurve, RangeTest};

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use crate::core::Layer;
use crate::data::{Dataset, Joined, TargetsFor, TrainingData, ValidationFor};
use crate::error::{Error, Result};
use crate::eval::{Measure, MetricValue, Metrics};
use crate::loss::Loss;
use crate::model::{Model, training_memory};
use crate::optim::Optimizer;
use crate::train::history::Columns;
use crate::train::watch::{Callback, Control, EpochEnd};
use crate::train::{Ended, History, Monitor, Trainer};
use plywood_kernel::{Scalar, Threads};

/// Returns numbers from `low` to `high`, each the same factor above the previous one.
///
/// # Errors
/// Returns [`Error::Argument`] unless 0 < `low` ≤ `high` and both are finite.
pub fn log_range(low: f64, high: f64, count: usize) -> Result<Vec<f64>> {
    check_range(low, high)?;
    let last = count.saturating_sub(1).max(1) as f64;
    let number = |i| match i {
        0 => low,
        i if i + 1 == count => high,
        i => low * (high / low).powf(i as f64 / last),
    };
    Ok((0..count).map(number).collect())
}

/// Draws numbers between `low` and `high` from a seed, with logarithms spread evenly.
///
/// # Errors
/// Returns [`Error::Argument`] unless 0 < `low` ≤ `high` and both are finite.
pub fn log_draws(low: f64, high: f64, count: usize, seed: u64) -> Result<Vec<f64>> {
    check_range(low, high)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let number = |_| (low * (high / low).powf(rng.random_range(0.0..1.0))).clamp(low, high);
    Ok((0..count).map(number).collect())
}

/// Returns every combination of two settings, with the second changing fastest.
#[must_use]
pub fn grid<A: Clone, B: Clone>(first: &[A], second: &[B]) -> Vec<(A, B)> {
    first.iter().flat_map(|a| second.iter().map(move |b| (a.clone(), b.clone()))).collect()
}

fn check_range(low: f64, high: f64) -> Result<()> {
    if low > 0.0 && low <= high && high.is_finite() && (high / low).is_finite() {
        return Ok(());
    }
    Err(Error::argument(
        "range",
        format!("{low:?} to {high:?}"),
        "finite numbers above 0, the first the smaller one",
    ))
}

/// Trains one model for each setting, several at a time if asked to.
#[derive(Debug, Clone, Copy)]
pub struct Search<M = ()> {
    parallel: usize,
    memory: usize,
    metrics: M,
}

impl Default for Search {
    fn default() -> Self {
        Self { parallel: 1, memory: usize::MAX, metrics: () }
    }
}

impl Search {
    /// Creates a search that trains one model at a time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<M> Search<M> {
    /// Measures each model by a [`Metric`](crate::eval::Metric) too, in addition to those added before.
    /// [`Trainer::monitor`] lets one of them decide which setting is best.
    #[must_use]
    pub fn metric<K>(self, metric: K) -> Search<(M, K)> {
        let Self { parallel, memory, metrics } = self;
        Search { parallel, memory, metrics: (metrics, metric) }
    }

    /// Sets the number of models trained at a time, each on a thread of its own. The result does not depend on it.
    #[must_use]
    pub fn parallel(self, models: usize) -> Self {
        Self { parallel: models, ..self }
    }

    /// Sets the number of bytes that all models may take together, including what training them needs.
    ///
    /// No more models are then trained at a time than fit, but always at least one. (One more model may already exist
    /// and wait for its turn.)
    #[must_use]
    pub fn memory(self, bytes: usize) -> Self {
        Self { memory: bytes, ..self }
    }

    /// Trains a model with each setting and measures it on the validation data.
    ///
    /// The measured model is that of the last epoch or, if the trainer [keeps the best](Trainer::keep_best), that of
    /// the best epoch. `start` creates the model and its trainer. If both depend only on the setting, so does the whole
    /// result.
    ///
    /// Training that [diverges](Error::Diverged) counts as a result, and as the worst one. An
    /// [interrupt](Trainer::interrupt) ends the search, which then holds the results so far. Logs, pictures and
    /// checkpoints are not written, because the models would overwrite each other's files.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if there are no settings, if the number of models trained at a time is 0, or if the
    /// trainers have different [monitors](Trainer::monitor). Otherwise returns the first error of `start` and
    /// [`Run::fit`](crate::train::Run::fit), in the order of the settings. After an error, no further training begins.
    pub fn run<P, N, T, O, L, D, V>(
        &self,
        settings: impl IntoIterator<Item = P>,
        start: impl Fn(&P) -> Result<(Model<N, T>, Trainer<O, L>)> + Sync,
        train: &D,
        validation: &V,
    ) -> Result<Found<P>>
    where
        P: Send + Sync,
        N: Layer,
        T: Scalar,
        O: Optimizer,
        L: Loss<N::Out>,
        M: Metrics<N::Out, L::Target>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
        V: ValidationFor<N::In, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        let settings: Vec<P> = settings.into_iter().collect();
        for (argument, count) in
            [("settings to search", settings.len()), ("models to train at a time", self.parallel)]
        {
            if count == 0 {
                return Err(Error::argument(argument, 0, "at least 1"));
            }
        }
        let budget = Budget { limit: self.memory, taken: Mutex::new(0), given_back: Condvar::new() };
        let monitor = OnceLock::new();
        let attempt = |(mut model, trainer): (Model<N, T>, Trainer<O, L>)| -> Result<Attempt> {
            let mut trainer = trainer.without_files();
            if self.parallel > 1 && trainer.settings.threads.is_none() {
                trainer.settings.threads = Some(Threads::one());
            }
            let (found, expected) =
                (&trainer.settings.monitor, monitor.get_or_init(|| trainer.settings.monitor.clone()));
            if found != expected {
                let expected = format!("{expected}, as for other settings: they are compared by one measure");
                return Err(Error::argument("monitor", found, expected));
            }
            let began = Instant::now();
            let run = trainer.run(&mut model, train).validate(validation).metrics(&self.metrics);
            match run.fit() {
                Ok(History { ended: Ended::Interrupted, .. }) => Ok(Attempt::Interrupted),
                Ok(report) => {
                    let epoch = if trainer.settings.keep_best { report.best() } else { report.epochs.last() };
                    let measures = epoch.and_then(|epoch| Some([epoch.train, epoch.validation?]));
                    let metrics = epoch.map_or(Vec::new(), |epoch| epoch.metrics.clone());
                    let epochs = epoch.map_or(0, |epoch| epoch.number);
                    let seconds = report.seconds;
                    Ok(Attempt::Ended { measures, metrics, epochs, seconds })
                }
                Err(Error::Diverged { .. }) => {
                    let seconds = began.elapsed().as_secs_f64();
                    Ok(Attempt::Ended { measures: None, metrics: Vec::new(), epochs: 0, seconds })
                }
                Err(error) => Err(error),
            }
        };
        // the index of the next setting; a thread that waits for memory holds it, so that settings begin in order
        let next = Mutex::new(0);
        let is_over = AtomicBool::new(false);
        let outcomes: Vec<_> = settings.iter().map(|_| Mutex::new(None)).collect();
        // the index of the next setting, with its model and the memory that training it takes
        let begin = || {
            let mut next = lock(&next);
            let place = *next;
            if is_over.load(Ordering::Acquire) {
                return None;
            }
            let setting = settings.get(place)?;
            // before `start`, which may panic: no other thread may start this setting again
            *next += 1;
            let begun = match start(setting) {
                Ok(begun) => begun,
                // reported whatever else ends the search meanwhile
                Err(error) => return Some((place, Err(error))),
            };
            let memory = budget.take(needed::<N, T, O, L>(&begun.1, train.dataset().len()));
            // the training that this one waited for may have ended the search
            (!is_over.load(Ordering::Acquire)).then_some((place, Ok((begun, memory))))
        };
        let work = || {
            while let Some((place, begun)) = begin() {
                let (result, memory) = match begun {
                    Ok((begun, memory)) => (attempt(begun), Some(memory)),
                    Err(error) => (Err(error), None),
                };
                if !matches!(result, Ok(Attempt::Ended { .. })) {
                    is_over.store(true, Ordering::Release);
                }
                drop(memory);
                if let Some(outcome) = outcomes.get(place) {
                    *lock(outcome) = Some(result);
                }
            }
        };
        let at_once = self.parallel.min(settings.len());
        std::thread::scope(|scope| {
            // one of the workers is this thread
            (1..at_once).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let asked = settings.len();
        let mut trials = Vec::with_capacity(asked);
        for (setting, outcome) in settings.into_iter().zip(outcomes) {
            let outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Some(Attempt::Ended { measures, metrics, epochs, seconds }) = outcome.transpose()? {
                trials.push(Trial { setting, measures, metrics, epochs, seconds });
            }
        }
        let monitor = monitor.into_inner().unwrap_or_default();
        Ok(Found { left_out: asked - trials.len(), trials, monitor })
    }
}

/// Returns the number of bytes that a model and its training take.
fn needed<N: Layer, T: Scalar, O: Optimizer, L>(trainer: &Trainer<O, L>, examples: usize) -> usize {
    // at most two moments beside parameters and gradient, and what the trainer asks for
    let more =
        [trainer.settings.average.is_some(), trainer.settings.keep_best, trainer.settings.accumulate > 1];
    let copies = 2 + more.into_iter().filter(|&more| more).count();
    let copies = copies.saturating_mul(size_of::<T>()).saturating_mul(N::PARAMS);
    training_memory::<N, T>(trainer.settings.batch_size.min(examples)).saturating_add(copies)
}

/// A memory budget shared by the models that are trained at a time.
struct Budget {
    limit: usize,
    /// The number of bytes in use.
    taken: Mutex<usize>,
    given_back: Condvar,
}

/// Memory of a [`Budget`] in use, returned on drop.
struct Taken<'a>(&'a Budget, usize);

impl Budget {
    /// Waits until there is room, or until nothing is in use, so that one model can always be trained.
    fn take(&self, bytes: usize) -> Taken<'_> {
        let mut taken = lock(&self.taken);
        while *taken > 0 && taken.saturating_add(bytes) > self.limit {
            taken = self.given_back.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = taken.saturating_add(bytes);
        Taken(self, bytes)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut taken = lock(&self.0.taken);
        *taken = taken.saturating_sub(self.1);
        self.0.given_back.notify_all();
    }
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The outcome of training with one setting.
enum Attempt {
    Ended { measures: Option<[Measure; 2]>, metrics: Vec<MetricValue>, epochs: usize, seconds: f64 },
    Interrupted,
}

/// Ends training after the given number of epochs, without changing its schedule.
struct EndAfter(usize);

impl<N: Layer, T: Scalar> Callback<N, T> for EndAfter {
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        Ok(if epoch.epoch.number < self.0 { Control::Continue } else { Control::Stop })
    }
}

/// A setting and the outcome of training with it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trial<P> {
    /// The setting.
    pub setting: P,
    /// The measures on training and on validation data, of the last epoch or, if the best model is kept, of the best
    /// epoch.
    ///
    /// It is `None` if training diverged.
    pub measures: Option<[Measure; 2]>,
    /// The values of the search's metrics on the validation data in that epoch.
    pub metrics: Vec<MetricValue>,
    /// The number of that epoch, or 0 if training diverged.
    pub epochs: usize,
    /// The training time in seconds.
    pub seconds: f64,
}

impl<P> Trial<P> {
    /// Returns the measure on validation data, or `None` if training diverged.
    #[must_use]
    pub fn validation(&self) -> Option<Measure> {
        self.measures.map(|[_, validation]| validation)
    }
}

/// The result of a search. Displays as a table in the order of the settings, with a mark after the best.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Found<P> {
    /// The trials in the order of the settings. All settings are there unless the search was interrupted.
    pub trials: Vec<Trial<P>>,
    /// The number of settings left out because the search was interrupted.
    pub left_out: usize,
    /// The measure that decides which setting is best.
    pub monitor: Monitor,
}

impl<P> Found<P> {
    /// Returns the setting that is best by the trainers' [monitor](Trainer::monitor), or `None` if training diverged
    /// with all of them.
    ///
    /// Unless the trainers say otherwise, it is the setting with the smallest validation error, or with the smallest
    /// loss where the loss decides. Among equals, it is the setting with the smallest loss.
    #[must_use]
    pub fn best(&self) -> Option<&Trial<P>> {
        let rank = |trial: &Trial<P>| self.monitor.rank(trial.validation()?, &trial.metrics);
        let ranked = self.trials.iter().filter_map(|trial| Some((trial, rank(trial)?)));
        ranked.min_by(|(_, a), (_, b)| a.compare(b)).map(|(trial, _)| trial)
    }

    /// Trains a model with the best setting on training and validation data together.
    ///
    /// No choice is left for which validation data would be needed. If validation data decided when to stop ([early
    /// stopping](Trainer::early_stopping)) or which epoch to keep, training ends after as many epochs as in the search,
    /// at the learning rates of that run (Goodfellow et al. 2016, algorithm 7.2).
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if training succeeded with none of the settings, and the errors of `start` and
    /// [`Run::fit`](crate::train::Run::fit).
    pub fn retrain<N, T, O, L, D, V>(
        &self,
        start: impl Fn(&P) -> Result<(Model<N, T>, Trainer<O, L>)>,
        train: &D,
        validation: &V,
    ) -> Result<(Model<N, T>, History)>
    where
        N: Layer,
        T: Scalar,
        O: Optimizer,
        L: Loss<N::Out>,
        D: TrainingData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
        V: ValidationFor<N::In, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        let Some(best) = self.best() else {
            let found = format!("{} that diverged, {} interrupted", self.trials.len(), self.left_out);
            return Err(Error::argument("trials of a search", found, "one that ended well"));
        };
        let (mut model, trainer) = start(&best.setting)?;
        let both = Joined::new(train.dataset(), validation.dataset());
        let chosen_epoch = trainer.settings.keep_best || trainer.settings.patience.is_some();
        let mut end = chosen_epoch.then_some(EndAfter(best.epochs));
        let mut trainer = trainer;
        trainer.settings.keep_best = false;
        trainer.settings.patience = None;
        // there is nothing to decide, and no metric
        trainer.settings.monitor = Monitor::Auto;
        let report = trainer.run(&mut model, &both).watch(&mut end).fit()?;
        Ok((model, report))
    }
}

impl<P: fmt::Debug> fmt::Display for Found<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings: Vec<_> = self.trials.iter().map(|trial| format!("{:?}", trial.setting)).collect();
        let width = settings.iter().map(|setting| setting.chars().count()).fold("setting".len(), usize::max);
        let measured = self.trials.iter().find_map(Trial::validation);
        let [train, validation] = Columns::error_heads(measured.and_then(|measure| measure.kind));
        let widths = [[10, Columns::width(&train)], [11, Columns::width(&validation).max(12)]];
        let metrics = self.trials.iter().map(|trial| &trial.metrics).find(|metrics| !metrics.is_empty());
        let metrics: Vec<_> = metrics.into_iter().flatten().collect();
        let heads: Vec<_> = metrics.iter().map(|metric| format!("valid. {}", metric.name)).collect();
        write!(f, "{:width$}  train loss  {train:>11}  valid. loss  {validation:>12}", "setting")?;
        heads.iter().try_for_each(|head| write!(f, "  {head:>11}"))?;
        writeln!(f, "  seconds")?;
        let best = self.best().map(std::ptr::from_ref);
        for (setting, trial) in settings.iter().zip(&self.trials) {
            write!(f, "{setting:width$}")?;
            if let Some(measures) = trial.measures {
                for (measure, [a, b]) in measures.iter().zip(widths) {
                    write!(f, "  {:>a$.4}  {:>b$}", measure.loss, measure.formatted_error())?;
                }
                for (metric, head) in trial.metrics.iter().zip(&heads) {
                    write!(f, "  {:>width$}", metric.formatted(), width = Columns::width(head))?;
                }
            } else {
                let metrics: usize = heads.iter().map(|head| 2 + Columns::width(head)).sum();
                let all = widths.as_flattened().iter().map(|width| 2 + width).sum::<usize>() + metrics;
                write!(f, "{:>all$}", "diverged")?;
            }
            let mark = if best == Some(std::ptr::from_ref(trial)) { "  best" } else { "" };
            writeln!(f, "  {:>7.2}{mark}", trial.seconds)?;
        }
        if self.left_out > 0 {
            writeln!(
                f,
                "interrupted: {} of {} settings left out",
                self.left_out,
                self.left_out + self.trials.len()
            )?;
        }
        Ok(())
    }
}
