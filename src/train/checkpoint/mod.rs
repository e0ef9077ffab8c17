//! Saves a training run as a file to continue from: a checkpoint.

mod file;
mod sample;
mod saved_position;
mod sound;
mod unsaved;

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use file::{Failure, File};
pub(super) use sample::{Sample, Samples};
use saved_position::SavedPosition;
pub(super) use unsaved::Unsaved;

use crate::core::Layer;
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::error::{Error, Result};
use crate::file::{Hold, Place};
use crate::loss::Loss;
use crate::model::Model;
use crate::model::archive::{
    Archive, STATE, check_names, check_tensors, check_vectors, read, read_tensors, read_vectors, write_model,
    write_vectors,
};
use crate::optim::{Optimizer, State};
use crate::train::Resumed;
use crate::train::run::{Leaves, Position, Session};
use plywood_kernel::Scalar;

/// The part of a file name that marks the previous checkpoint.
const PREVIOUS: &str = "previous";
/// The version of a checkpoint's contents.
const VERSION: &str = "6";

/// Sets where and how often a training run is saved, so that it can continue after any interruption.
///
/// A checkpoint is one file with the model, the optimizer's state, the moving average, the best model, and the position
/// of the run, even in the middle of an epoch. It is written as a whole or not at all, and the previous one is kept
/// beside it: `run.safetensors` and `run.previous.safetensors`. If the path is a link, both are beside the link's
/// target. Both keep the access rights of the existing file.
///
/// [`Model::load`] reads from a checkpoint the model that training would have left had it ended there. If the trainer
/// [keeps the best](crate::Trainer::keep_best), this is the model of the best epoch; if it
/// [averages](crate::Trainer::average), this is the average. (With a number of [steps](crate::Trainer::steps), a
/// partial epoch at the end is measured after the checkpoint is written.)
///
/// Only one run at a time writes to a path. While it does, `run.safetensors.lock` names it, and another run that is to
/// write to the path is refused before its first step. A model with a number that is no longer finite is not saved: the
/// run ends with [`Error::Diverged`], and the previous checkpoint stays.
///
/// A path alone means a checkpoint after each epoch. In addition to the checkpoints requested here, one is written when
/// training ends, also when an [`Interrupt`](crate::train::Interrupt) ends it. If an error ends training, for example
/// divergence, and the best model is to be kept but is in no checkpoint, the run is saved as it was at the end of its
/// best epoch.
///
/// # Examples
/// ```
/// use plywood::Trainer;
/// use plywood::train::{Checkpoints, Every};
///
/// let trainer = Trainer::new().checkpoint("runs/digits/run.safetensors");
/// let trainer = trainer.checkpoint(Checkpoints::new("runs/digits/run.safetensors").every(Every::Steps(1000)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoints {
    path: PathBuf,
    every: Every,
    preprocessing: Vectors,
}

/// The interval between checkpoints.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Every {
    /// The number of epochs between checkpoints.
    Epochs(usize),
    /// The number of steps between checkpoints.
    Steps(usize),
    /// The number of seconds between checkpoints, which are written once the current step is taken.
    Seconds(f64),
}

impl Checkpoints {
    /// Creates a setting that saves a checkpoint after each epoch.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), every: Every::Epochs(1), preprocessing: Vectors::new() }
    }

    /// Sets the interval between checkpoints.
    #[must_use]
    pub fn every(self, every: Every) -> Self {
        Self { every, ..self }
    }

    /// Keeps the preprocessing of the examples with the model in each checkpoint.
    ///
    /// The same preprocessing is then applied wherever the model is used: [`Model::load_with`] restores both.
    ///
    /// A run does not continue from a checkpoint with other preprocessing.
    ///
    /// # Examples
    /// ```
    /// use plywood::data::{Transform, Transformed, digits};
    /// use plywood::augment::Shift;
    /// use plywood::preprocess::Standardize;
    /// use plywood::train::Checkpoints;
    /// use plywood::{Image, Model, Trainer, network};
    ///
    /// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
    /// type Digit = Image<28, 28, 1>;
    /// type Pipeline = (Shift<Digit>, Standardize<Digit>);
    ///
    /// let path = std::env::temp_dir().join("plywood-doc").join("kept.safetensors");
    /// # let _ = std::fs::remove_file(&path);
    /// let data = digits(200, 1);
    /// let pipeline: Pipeline = Shift::new(2).then(Standardize::fit(&data)?);
    /// let trainer = Trainer::new().epochs(1).checkpoint(Checkpoints::new(&path).preprocessing(&pipeline));
    /// let train = Transformed::new(data, &pipeline);
    /// trainer.run(&mut Model::<Reader>::new(1), &train).validate(&train).fit()?;
    ///
    /// // shifts by nothing, as evaluation does
    /// let (model, pipeline) = Model::<Reader>::load_with::<Pipeline>(&path)?;
    /// let scores = model.infer(&pipeline.of(&digits(1, 2).example(0)));
    /// # let _: [f32; 10] = scores;
    /// # Ok::<(), plywood::Error>(())
    /// ```
    #[must_use]
    pub fn preprocessing(self, preprocessing: &impl Keep) -> Self {
        Self { preprocessing: preprocessing.to_vectors(), ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        let (found, expected) = match self.every {
            Every::Epochs(0) => ("0 epochs".to_owned(), "at least 1"),
            Every::Steps(0) => ("0 steps".to_owned(), "at least 1"),
            Every::Seconds(seconds) if seconds.is_nan() || seconds < 0.0 => {
                (format!("{seconds:?} seconds"), "at least 0")
            }
            _ => return check_vectors(&self.preprocessing),
        };
        Err(Error::argument("checkpoint, every", found, expected))
    }

    /// Acquires the right to write the checkpoints of a run of `N`, and checks that writing is possible before any work
    /// can be lost.
    pub(super) fn hold<N: Layer>(&self) -> Result<Hold> {
        check_names::<N>(&self.path)?;
        let place = Place::at(&self.path)?;
        place.try_out()?;
        // the previous checkpoint is replaced too
        Place::at(&place.beside(PREVIOUS))?;
        Hold::take(&place)
    }
}

impl<P: Into<PathBuf>> From<P> for Checkpoints {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}

/// The checkpoints that a run has saved.
#[derive(Debug)]
pub(super) struct Saved {
    /// The right to write to the path, if checkpoints are written.
    pub(super) hold: Option<Hold>,
    last: Instant,
    files: Files,
    /// True if the state from which a longer run would continue is saved, and no later state may replace it.
    sealed: bool,
}

/// The relation of the existing files to this run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Files {
    /// The files belong to another run, or there are none.
    Foreign,
    /// The previous file is this run's. The newest one is damaged and must not become the previous one.
    Previous,
    /// The newest file is this run's, saved after the given numbers of epochs and steps.
    Newest(usize, usize),
}

impl Default for Saved {
    fn default() -> Self {
        Self { hold: None, last: Instant::now(), files: Files::Foreign, sealed: false }
    }
}

impl<N, T, O, L> Session<'_, N, T, O, L>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
{
    pub(super) fn save_after_step(&mut self, model: &Model<N, T>) -> Result<()> {
        let Some(checkpoints) = &self.trainer.settings.checkpoints else { return Ok(()) };
        let is_due = match checkpoints.every {
            Every::Epochs(_) => false,
            Every::Steps(steps) => self.position.steps_taken.is_multiple_of(steps),
            Every::Seconds(seconds) => self.saved.last.elapsed().as_secs_f64() >= seconds,
        };
        if is_due { self.save(model) } else { Ok(()) }
    }

    /// Saves a run that ends within an epoch, so that a longer one can continue there.
    pub(super) fn save_before_close(&mut self, model: &Model<N, T>) -> Result<()> {
        if self.position.step < self.steps_in_epoch() {
            self.save(model)?;
            self.saved.sealed = true;
        }
        Ok(())
    }

    pub(super) fn save_after_epoch(&mut self, model: &Model<N, T>) -> Result<()> {
        match &self.trainer.settings.checkpoints {
            Some(Checkpoints { every: Every::Epochs(epochs), .. })
                if self.position.epoch.is_multiple_of(*epochs) =>
            {
                self.save(model)
            }
            _ => {
                self.hold_best(model);
                Ok(())
            }
        }
    }

    /// Saves a run that has ended, and returns the path of the file if there is one.
    pub(super) fn save_at_end(&mut self, model: &Model<N, T>) -> Result<Option<PathBuf>> {
        self.save(model)?;
        Ok(self.trainer.settings.checkpoints.as_ref().map(|checkpoints| checkpoints.path.clone()))
    }

    fn save(&mut self, model: &Model<N, T>) -> Result<()> {
        let Some(Checkpoints { path, preprocessing, .. }) = &self.trainer.settings.checkpoints else {
            return Ok(());
        };
        let files = Files::Newest(self.position.epoch, self.position.steps_taken);
        if self.saved.sealed || self.saved.files == files {
            return Ok(());
        }
        // a diverged model must not replace a good one
        self.check_finite(model)?;
        let began = Instant::now();
        let record = SavedPosition::of(&self.position);
        let mut archive = Archive::default();
        let left = self.left(model);
        write_model(&left, &mut archive);
        match self.leaves() {
            Leaves::Best => {
                archive.vector(format!("{STATE}params"), model.params());
                archive.vector(format!("{STATE}buffers"), model.buffers());
                if let Some(average) = &self.average {
                    archive.vector(format!("{STATE}average"), average.params());
                }
            }
            Leaves::Average => archive.vector(format!("{STATE}params"), model.params()),
            Leaves::Last => {}
        }
        write_vectors(preprocessing, &mut archive);
        archive.note("checkpoint", VERSION);
        archive.note("precision", T::NAME);
        for (name, value) in self.settings() {
            archive.note(name, value);
        }
        archive.note("optimizer_steps", self.optimizer.steps());
        for (index, vector) in self.optimizer.vectors().into_iter().enumerate() {
            archive.vector(format!("{STATE}optimizer.{index}"), vector);
        }
        self.samples.write(&mut archive);
        record.write(&mut archive);
        let bytes = archive.encode(path)?;
        let Some(hold) = &mut self.saved.hold else { return Ok(()) };
        let previous = hold.place().beside(PREVIOUS);
        match self.saved.files {
            Files::Newest(..) => hold.replace_keeping(&bytes, &previous)?,
            Files::Previous => hold.replace(&bytes)?,
            Files::Foreign => {
                hold.replace(&bytes)?;
                // if it cannot be removed, the worst case is that another run's file stays there
                let _ = Place::at(&previous).map(|place| std::fs::remove_file(place.file()));
            }
        }
        self.saved.last = Instant::now();
        self.saved.files = files;
        self.unsaved = None;
        self.position.timings.checkpoints += began.elapsed().as_secs_f64();
        Ok(())
    }

    /// Returns the model that training leaves if it ends now.
    fn left<'m>(&'m self, model: &'m Model<N, T>) -> Cow<'m, Model<N, T>> {
        match (self.leaves(), &self.best) {
            (Leaves::Last, _) => Cow::Borrowed(model),
            (Leaves::Best, Some(best)) => Cow::Borrowed(best),
            _ => {
                let mut left = model.clone();
                self.finish(&mut left);
                Cow::Owned(left)
            }
        }
    }

    /// Returns the settings without which a position in a run means nothing.
    fn settings(&self) -> [(&'static str, String); 10] {
        let yes = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
        // what another monitor would take for the best is no longer there
        let monitor = self.best.as_ref().map(|_| self.trainer.settings.monitor.resolved(L::ERROR));
        let monitor = monitor.unwrap_or_else(|| "any".to_owned());
        [
            ("optimizer", self.trainer.optimizer.name().to_owned()),
            ("seed", self.trainer.settings.seed.to_string()),
            ("batch size", self.trainer.settings.batch_size.to_string()),
            ("accumulate", self.trainer.settings.accumulate.to_string()),
            ("training examples", self.examples.to_string()),
            ("loss", self.trainer.loss.name()),
            ("average", yes(self.average.is_some())),
            ("keep best", yes(self.best.is_some())),
            ("monitor of the best", monitor),
            ("vectors of the optimizer", self.optimizer.vectors().len().to_string()),
        ]
    }

    /// Refuses a checkpoint with other preprocessing, since the model depends on it.
    fn check_preprocessing(&self, path: &Path, archive: &Archive<'_>) -> Result<(), Failure> {
        let Some(Checkpoints { preprocessing, .. }) = &self.trainer.settings.checkpoints else {
            return Ok(());
        };
        let saved = read_vectors(path, archive).map_err(Failure::Other)?;
        match preprocessing.difference(&saved) {
            None => Ok(()),
            Some([name, found, expected]) => {
                let found = format!("{found} in vector `{name}`");
                let expected = format!("{expected}, as in {}", path.display());
                Err(Failure::Other(Error::argument("preprocessing", found, expected)))
            }
        }
    }

    /// Restores the newest checkpoint that is whole.
    pub(super) fn restore(&mut self, model: &mut Model<N, T>) -> Result<Option<Resumed>> {
        let Some(Checkpoints { path, .. }) = &self.trainer.settings.checkpoints else { return Ok(None) };
        let before = Place::at(path)?.beside(PREVIOUS);
        let mut refused = None;
        match (self.restore_from(path, model), before.exists()) {
            (Ok(()), _) => {
                self.saved.files = Files::Newest(self.position.epoch, self.position.steps_taken);
                return Ok(Some(self.resumed(path.clone(), None)));
            }
            (Err(Failure::Missing(_)), false) => return Ok(None),
            (Err(Failure::Missing(_)), true) => {}
            (Err(Failure::Damaged(error)), true) => refused = Some(error.to_string()),
            (Err(failure), _) => return Err(failure.into()),
        }
        self.restore_from(&before, model)?;
        self.saved.files = Files::Previous;
        Ok(Some(self.resumed(before, refused)))
    }

    fn resumed(&self, path: PathBuf, refused: Option<String>) -> Resumed {
        let Position { epoch, steps_taken, .. } = self.position;
        Resumed { path, epochs: epoch, steps: steps_taken, refused }
    }

    /// Restores the average, the best model and the model to continue with, where `left` is the model that training
    /// would have left.
    fn restore_models(
        &mut self,
        file: &File<'_>,
        left: Model<N, T>,
        position: &Position,
    ) -> Result<Model<N, T>, Failure> {
        let mut model = left.clone();
        let is_best = self.best.is_some() && !position.history.is_empty();
        if is_best || self.average.is_some() {
            model.params_mut().copy_from_slice(&file.finite_vector("params", N::PARAMS)?);
        }
        if is_best {
            model.buffers_mut().copy_from_slice(&file.finite_vector("buffers", N::BUFFERS)?);
        }
        match &mut self.average {
            Some(average) if is_best => {
                average.params_mut().copy_from_slice(&file.finite_vector("average", N::PARAMS)?);
            }
            Some(average) => average.params_mut().copy_from_slice(left.params()),
            None => {}
        }
        if is_best {
            self.best = Some(left);
        }
        Ok(model)
    }

    fn restore_from(&mut self, path: &Path, model: &mut Model<N, T>) -> Result<(), Failure> {
        let bytes = read(path).map_err(|error| match error {
            Error::Io { ref source, .. } if source.kind() == ErrorKind::NotFound => Failure::Missing(error),
            // the file may be good: the run must not continue from the previous one and replace it
            error => Failure::Other(error),
        })?;
        let archive = Archive::decode(path, &bytes).map_err(Failure::Damaged)?;
        let file = File { path, archive: &archive };
        file.checksum()?;
        file.note("checkpoint", VERSION, ", the version of checkpoints that this library reads")?;
        check_tensors::<N>(path, &archive).map_err(Failure::Other)?;
        // the file belongs to the run but has a number that is not finite
        let restored = read_tensors(path, &archive).map_err(Failure::Damaged)?;
        file.note("precision", T::NAME, "")?;
        for (name, value) in self.settings() {
            file.setting(name, &value)?;
        }
        self.check_preprocessing(path, &archive)?;
        let vectors = (0..self.optimizer.vectors().len())
            .map(|index| file.vector(&format!("optimizer.{index}"), N::PARAMS))
            .collect::<Result<Vec<Vec<T>>, Failure>>()?;
        let vectors: Vec<_> = vectors.iter().map(Vec::as_slice).collect();
        let steps = file.number("optimizer_steps")?;
        let position = saved_position::read::<N::Out, L>(&file, &self.metrics)?;
        self.check_sound(&file, &position, steps)?;
        self.samples.check(&file)?;
        let restored = self.restore_models(&file, restored, &position)?;
        self.optimizer.restore(steps, &vectors).map_err(Failure::Other)?;
        self.position = position;
        self.learning_rate =
            self.rate(self.position.steps_taken.saturating_sub(1)).map_err(Failure::Other)?;
        *model = restored;
        Ok(())
    }
}
