//! Choosing settings: a model is trained with each, and validation data tells which is best.
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
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use crate::data::{Joined, TargetsFor, TrainingData, ValidationFor};
use crate::eval::Measure;
use crate::optim::Optimizer;
use crate::train::watch::{Callback, Control, EpochEnd};
use crate::train::{Ended, History, Trainer};
use crate::{Dataset, Error, Layer, Loss, Model, Result, Scalar, Threads, training_memory};

/// Numbers from `low` to `high`, each the same factor above the one before.
///
/// # Errors
/// [`Error::Argument`] unless 0 < `low` ≤ `high` and both are finite.
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

/// Numbers between `low` and `high`, drawn from a seed; their logarithms are evenly spread.
///
/// # Errors
/// [`Error::Argument`] unless 0 < `low` ≤ `high` and both are finite.
pub fn log_draws(low: f64, high: f64, count: usize, seed: u64) -> Result<Vec<f64>> {
    check_range(low, high)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let number = |_| (low * (high / low).powf(rng.random_range(0.0..1.0))).clamp(low, high);
    Ok((0..count).map(number).collect())
}

/// Every combination of two settings, the second changing fastest.
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

/// How a search is run.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    parallel: usize,
    memory: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { parallel: 1, memory: usize::MAX }
    }
}

impl Search {
    /// A search that trains one model after the other.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many models are trained at a time, each on a thread of its own. What is found does not depend on it.
    #[must_use]
    pub fn parallel(self, models: usize) -> Self {
        Self { parallel: models, ..self }
    }

    /// Sets how many bytes all models may take together with what training them needs: no more are then trained at a
    /// time, but always one. (Another model may have been made, and wait for its turn.)
    #[must_use]
    pub fn memory(self, bytes: usize) -> Self {
        Self { memory: bytes, ..self }
    }

    /// Trains a model with each of the settings and measures it on the validation data: after its last epoch or, if the
    /// trainer [keeps the best](Trainer::keep_best), after that. `start` makes the model and its trainer; where both
    /// follow from the setting, so does all that is found.
    ///
    /// Training that [diverges](Error::Diverged) is a result, and the worst one. An [interrupt](Trainer::interrupt) ends the
    /// search, which is left with what was found until then. Logs, pictures and checkpoints are not written: the models would
    /// overwrite each other's.
    ///
    /// # Errors
    /// [`Error::Argument`] when there are no settings, or no model may be trained at a time; otherwise the first error
    /// of `start` and [`Run::fit`](crate::train::Run::fit), in the order of the settings, after which no training is begun.
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
        let attempt = |(mut model, trainer): (Model<N, T>, Trainer<O, L>)| -> Result<Attempt> {
            let mut trainer = trainer.without_files();
            if self.parallel > 1 && trainer.settings.threads.is_none() {
                trainer.settings.threads = Some(Threads::one());
            }
            let began = Instant::now();
            match trainer.run(&mut model, train).validate(validation).fit() {
                Ok(History { ended: Ended::Interrupted, .. }) => Ok(Attempt::Interrupted),
                Ok(report) => {
                    let epoch = if trainer.settings.keep_best { report.best() } else { report.epochs.last() };
                    let measures = epoch.and_then(|epoch| Some([epoch.train, epoch.validation?]));
                    let epochs = epoch.map_or(0, |epoch| epoch.number);
                    Ok(Attempt::Ended { measures, epochs, seconds: report.seconds })
                }
                Err(Error::Diverged { .. }) => {
                    Ok(Attempt::Ended { measures: None, epochs: 0, seconds: began.elapsed().as_secs_f64() })
                }
                Err(error) => Err(error),
            }
        };
        // the next setting; held by who waits for memory for one, so that they are begun in their order
        let next = Mutex::new(0);
        let is_over = AtomicBool::new(false);
        let outcomes: Vec<_> = settings.iter().map(|_| Mutex::new(None)).collect();
        // the place of the next setting, with its model and the memory that training it takes
        let begin = || {
            let mut next = lock(&next);
            let place = *next;
            if is_over.load(Ordering::Acquire) {
                return None;
            }
            let setting = settings.get(place)?;
            // before `start`, which may panic: nobody is to start this setting again
            *next += 1;
            let begun = match start(setting) {
                Ok(begun) => begun,
                // to be told whatever ends the search meanwhile
                Err(error) => return Some((place, Err(error))),
            };
            let memory = budget.take(needed::<N, T, O, L>(&begun.1, train.dataset().len()));
            // the one that it waited for may have ended the search
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
            // one of them is this thread
            (1..at_once).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let asked = settings.len();
        let mut trials = Vec::with_capacity(asked);
        for (setting, outcome) in settings.into_iter().zip(outcomes) {
            let outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Some(Attempt::Ended { measures, epochs, seconds }) = outcome.transpose()? {
                trials.push(Trial { setting, measures, epochs, seconds });
            }
        }
        Ok(Found { left_out: asked - trials.len(), trials })
    }
}

/// Bytes that a model and what training it needs take.
fn needed<N: Layer, T: Scalar, O: Optimizer, L>(trainer: &Trainer<O, L>, examples: usize) -> usize {
    // at most two moments beside parameters and gradient, and what the trainer was asked for
    let more =
        [trainer.settings.average.is_some(), trainer.settings.keep_best, trainer.settings.accumulate > 1];
    let copies = 2 + more.into_iter().filter(|&more| more).count();
    let copies = copies.saturating_mul(size_of::<T>()).saturating_mul(N::PARAMS);
    training_memory::<N, T>(trainer.settings.batch_size.min(examples)).saturating_add(copies)
}

/// Memory that models share which are trained at a time.
struct Budget {
    limit: usize,
    /// What is in use.
    taken: Mutex<usize>,
    given_back: Condvar,
}

/// Memory of a [`Budget`] in use, given back when it is dropped.
struct Taken<'a>(&'a Budget, usize);

impl Budget {
    /// Waits until there is room, or nothing is in use: one model is always trained.
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

/// How training with a setting went.
enum Attempt {
    Ended { measures: Option<[Measure; 2]>, epochs: usize, seconds: f64 },
    Interrupted,
}

/// Ends training after so many epochs, without a change of its schedule.
struct EndAfter(usize);

impl<N: Layer, T: Scalar> Callback<N, T> for EndAfter {
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        Ok(if epoch.epoch.number < self.0 { Control::Continue } else { Control::Stop })
    }
}

/// A setting, and how training with it went.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Trial<P> {
    /// The setting.
    pub setting: P,
    /// The measures on training and on validation data, of the last epoch or, if the best is kept, of that; `None` if
    /// training diverged.
    pub measures: Option<[Measure; 2]>,
    /// The number of that epoch; 0 if training diverged.
    pub epochs: usize,
    /// How long it took.
    pub seconds: f64,
}

impl<P> Trial<P> {
    /// On validation data; `None` if training diverged.
    #[must_use]
    pub fn validation(&self) -> Option<Measure> {
        self.measures.map(|[_, validation]| validation)
    }
}

/// What a search found. Displays as a table, in the order of the settings, with a mark behind the best.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Found<P> {
    /// The settings, in their order: all, unless the search was interrupted.
    pub trials: Vec<Trial<P>>,
    /// How many settings are left out since the search was interrupted.
    pub left_out: usize,
}

impl<P> Found<P> {
    /// The setting with the smallest validation error, of equal ones that with the smallest loss; `None` if training
    /// diverged with all of them.
    #[must_use]
    pub fn best(&self) -> Option<&Trial<P>> {
        let measured = self.trials.iter().filter_map(|trial| Some((trial, trial.validation()?)));
        measured.min_by(|(_, a), (_, b)| a.compare(b)).map(|(trial, _)| trial)
    }

    /// Trains a model with the best setting on training and validation data together: there is nothing left to choose.
    ///
    /// Where validation data told when to stop ([early stopping](Trainer::early_stopping)) or which epoch to keep, training
    /// ends after as many epochs as in the search, at the learning rates of that run (Goodfellow et al. 2016, algorithm
    /// 7.2).
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no setting that training went well with; those of `start` and [`Run::fit`](crate::train::Run::fit).
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
        let report = trainer.run(&mut model, &both).watch(&mut end).fit()?;
        Ok((model, report))
    }
}

impl<P: fmt::Debug> fmt::Display for Found<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings: Vec<_> = self.trials.iter().map(|trial| format!("{:?}", trial.setting)).collect();
        let width = settings.iter().map(|setting| setting.chars().count()).fold("setting".len(), usize::max);
        writeln!(f, "{:width$}  train loss  train error  valid. loss  valid. error  seconds", "setting")?;
        let best = self.best().map(std::ptr::from_ref);
        for (setting, trial) in settings.iter().zip(&self.trials) {
            write!(f, "{setting:width$}")?;
            match trial.measures {
                Some(measures) => {
                    for (Measure { loss, error }, [a, b]) in measures.iter().zip([[10, 11], [11, 12]]) {
                        let error = error.map_or("-".to_owned(), |error| format!("{:.2} %", 100.0 * error));
                        write!(f, "  {loss:>a$.4}  {error:>b$}")?;
                    }
                }
                None => write!(f, "{:>52}", "diverged")?,
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
