//! Records a run and writes its page.

use std::path::PathBuf;

use crate::core::{Layer, Shape};
use crate::data::{Dataset, ValidationData};
use crate::error::{Error, Result};
use crate::file::{Durable, Place, replace};
use crate::model::Model;
use crate::networks::summary;
use crate::report::kept::Kept;
use crate::report::{
    Classified, Diverged, Filters, Finding, Record, Regressed, Segmented, Series, Trained, Units, dead_units,
    diagnose, page,
};
use crate::train::{Callback, Control, End, EpochEnd, Start, StepEnd, gradient_norm};
use plywood_kernel::Scalar;

/// The number of held-out examples that show whether a unit is dead.
pub(crate) const LOOKED_AT: usize = 1024;

/// Records a training run and writes `report.html` into its folder, anew after each epoch and at the end.
///
/// Create it with [`Trainer::recorder`](crate::Trainer::recorder) or with [`new`](Self::new), and pass it to
/// [`Run::watch`](crate::train::Run::watch), together with another callback as a pair. It only observes: the run gives
/// the same bits without it. Beside the page, `report.record` holds what a run that
/// [resumes](crate::train::Run::resume) it in the same folder needs to continue the curves. The recorder keeps the loss
/// and a norm for each layer of each step, in memory that does not grow with the run.
#[derive(Debug)]
pub struct Recorder<'a, D: Dataset> {
    folder: PathBuf,
    data: &'a D,
    /// The function from a target to its class, where targets are classes.
    class: Option<fn(D::Target) -> usize>,
    /// The function from a target to its numbers, where targets are numbers.
    numbers: Option<Parts<D::Target, f32>>,
    /// The function from a target to the classes of its pixels, where targets are maps.
    map: Option<Parts<D::Target, u8>>,
    loud: bool,
    record: Record,
    /// The states of the record that are kept for a run that resumes this one, the newest first.
    kept: Vec<String>,
}

/// A function from a target to its parts.
type Parts<Y, P> = fn(&Y) -> &[P];

impl<'a, D: Dataset<Target = usize>> Recorder<'a, D> {
    /// Creates a recorder of a run that learns to classify, and of its results on held-out examples.
    ///
    /// `data` is the validation data, from which nothing is learned. The name of the run is that of its folder.
    #[must_use]
    pub fn new<V: ValidationData<Data = D>>(folder: impl Into<PathBuf>, data: &'a V) -> Self {
        Self { class: Some(|target| target), ..Self::without_classes(folder, data) }
    }
}

impl<'a, const M: usize, D: Dataset<Target = [f32; M]>> Recorder<'a, D> {
    /// Creates a recorder of a run that learns to predict numbers: its page shows predictions against targets, and the
    /// residuals.
    ///
    /// Both are in the units of the targets, whatever [scale](crate::data::ScaledTargets) training sees.
    ///
    /// ```
    /// use plywood::data::Examples;
    /// use plywood::loss::MeanSquaredError;
    /// use plywood::report::Recorder;
    /// use plywood::{Flat, Model, Trainer, network};
    ///
    /// network! { Line: Flat<1> => Flat<1> { dense(1) } }
    ///
    /// # let folder = std::env::temp_dir().join(format!("plywood-regression-{}", std::process::id()));
    /// let line = |i: usize| ([i as f32 / 50.0], [3.0 * i as f32 / 50.0 - 1.0]);
    /// let train = Examples::<Flat<1>, [f32; 1]>::from_arrays((0..50).map(line))?;
    /// let trainer = Trainer::new().epochs(20).batch_size(5).learning_rate(0.1).loss(MeanSquaredError);
    /// let mut recorder = Recorder::regression(&folder, &train);
    /// trainer.run(&mut Model::<Line>::new(1), &train).validate(&train).watch(&mut recorder).fit()?;
    /// assert!(recorder.record().regressed[0].r2() > Some(0.99));
    /// # std::fs::remove_dir_all(folder).ok();
    /// # Ok::<(), plywood::Error>(())
    /// ```
    #[must_use]
    pub fn regression<V: ValidationData<Data = D>>(folder: impl Into<PathBuf>, data: &'a V) -> Self {
        Self { numbers: Some(|target| target), ..Self::without_classes(folder, data) }
    }
}

impl<'a, const H: usize, const W: usize, D: Dataset<Target = [[u8; W]; H]>> Recorder<'a, D> {
    /// Creates a recorder of a run that learns a class for each pixel: its page shows the intersection over union of each
    /// class, and pictures tinted by their classes and by those that the network gives.
    #[must_use]
    pub fn segmentation<V: ValidationData<Data = D>>(folder: impl Into<PathBuf>, data: &'a V) -> Self {
        Self { map: Some(|target| target.as_flattened()), ..Self::without_classes(folder, data) }
    }
}

impl<'a, D: Dataset> Recorder<'a, D> {
    /// Creates a recorder of a run whose targets are not classes: without confusions and mistakes.
    #[must_use]
    pub fn without_classes<V: ValidationData<Data = D>>(folder: impl Into<PathBuf>, data: &'a V) -> Self {
        let data = data.dataset();
        let folder = folder.into();
        let name =
            folder.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned());
        let record = Record { name, examples: data.len(), ..Record::default() };
        Self { folder, data, class: None, numbers: None, map: None, loud: false, record, kept: Vec::new() }
    }

    /// Sets the settings to show, by name; [`Trainer::recorder`](crate::Trainer::recorder) adds those of the trainer.
    #[must_use]
    pub fn settings(mut self, settings: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.record.settings.extend(settings);
        self
    }

    /// Shows the findings on standard error at the end if set.
    #[must_use]
    pub fn progress(self, progress: bool) -> Self {
        Self { loud: progress, ..self }
    }

    pub(crate) fn l2(mut self, l2: f64) -> Self {
        self.record.l2 = Some(l2);
        self
    }

    /// Returns the record so far.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the findings about the record so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        diagnose(&self.record)
    }

    /// Returns the path of the page.
    #[must_use]
    pub fn page(&self) -> PathBuf {
        self.folder.join("report.html")
    }

    /// Returns the path of the file from which a resumed run takes the steps and dead units before its checkpoint.
    fn keeps(&self) -> PathBuf {
        self.folder.join("report.record")
    }

    /// Keeps the record for a run that continues from a checkpoint after this number of steps.
    fn keep(&mut self, taken: usize) -> Result<()> {
        // the end of a run is often that of an epoch
        let same = format!("state {taken}\n");
        self.kept.retain(|state| !state.starts_with(&same));
        self.kept.insert(0, Kept::text(taken, &self.record.steps, &self.record.units));
        self.kept.truncate(2);
        Kept::write(&self.keeps(), &self.record.layers, &self.kept)
    }

    fn look_at<N: Layer, T: Scalar>(&mut self, model: &Model<N, T>) -> Result<()>
    where
        D: Dataset<Example = N::In>,
    {
        self.record.filters = Filters::of(model);
        if let Some(class) = self.class {
            self.record.classified = Some(Classified::by(model, self.data, class)?);
        }
        if let Some(numbers) = self.numbers {
            self.record.regressed = Regressed::by(model, self.data, numbers)?;
        }
        if let Some(map) = self.map {
            self.record.segmented = Some(Segmented::by(model, self.data, map)?);
        }
        Ok(())
    }

    fn write(&self) -> Result<()> {
        let path = self.page();
        let io = |source| Error::Io { path: path.clone(), action: "write", source };
        let page = page::html(&self.record).map_err(|error| io(std::io::Error::other(error)))?;
        // a browser that loads the page meanwhile finds the old one
        replace(&path, page.as_bytes(), Durable::No)
    }

    /// Shows the findings and the path of the page. It does not fail if the reader of standard error has gone away.
    fn tell(&self) {
        use std::io::Write;

        if self.loud {
            let mut to = std::io::stderr().lock();
            for finding in self.findings() {
                let _ = writeln!(to, "• {finding}");
            }
            let _ = writeln!(to, "report: {}", self.page().display());
        }
    }
}

impl<N: Layer, T: Scalar, D: Dataset<Example = N::In>> Callback<N, T> for Recorder<'_, D> {
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        Place::at(&self.page())?.try_out()?;
        let keeps = self.keeps();
        let record = &mut self.record;
        record.network = summary::<N>().to_string();
        record.input = Some(<N::In as Shape>::DIMS);
        record.layers = Trained::of::<N>();
        record.steps = Series::new(record.layers.len());
        record.epochs = start.history.to_vec();
        (record.units, record.classified, record.diverged) = (Vec::new(), None, None);
        self.kept = Vec::new();
        if start.resumed.is_some() {
            let (taken, epochs) = (start.steps_taken, start.history.len());
            let kept = Kept::read(&keeps, &record.layers, taken, epochs);
            if let Some(kept) = kept {
                self.kept = vec![Kept::text(kept.taken, &kept.steps, &kept.units)];
                (record.steps, record.units) = (kept.steps, kept.units);
            }
        }
        (record.regressed, record.segmented) = (Vec::new(), None);
        Ok(())
    }

    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        let layers = &self.record.layers;
        self.record.steps.push(step.steps_taken, step.loss, step.learning_rate, |norms| {
            for (norm, layer) in norms.iter_mut().zip(layers) {
                *norm = gradient_norm(&step.gradient[layer.range.clone()]);
            }
        });
        Ok(Control::Continue)
    }

    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        self.record.epochs.push(epoch.epoch.clone());
        let units = dead_units(epoch.model, self.data, LOOKED_AT);
        let names = |units: &[Units]| units.iter().map(|unit| unit.layer.clone()).collect::<Vec<_>>();
        // a file beside the page may be that of another network
        if self.record.units.last().is_some_and(|before| names(before) != names(&units)) {
            self.record.units.clear();
        }
        self.record.units.push(units);
        self.keep(epoch.steps_taken)?;
        self.write()?;
        Ok(Control::Continue)
    }

    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        self.look_at(end.model)?;
        self.keep(end.history.steps)?;
        self.write()?;
        self.tell();
        Ok(())
    }

    fn on_error(&mut self, error: &Error) {
        if let Error::Diverged { what, value, epoch, step, learning_rate } = *error {
            self.record.diverged = Some(Diverged { what, value, epoch, step, learning_rate });
        }
        // skipped if another callback failed before this recorder's run began
        if !self.record.network.is_empty() {
            // report the error that ended training, not an error of writing
            let _ = self.write();
        }
        if self.record.diverged.is_some() {
            self.tell();
        }
    }
}

impl<O: std::fmt::Debug, L: std::fmt::Debug> crate::train::Trainer<O, L> {
    /// Creates a recorder of this trainer's next run, for [`Run::watch`](crate::train::Run::watch).
    ///
    /// It writes `report.html` into `folder`: a page with the charts and tables of the run, and with findings in words.
    /// The model is tried on `validation`.
    ///
    /// See [`record`](crate::report) for an example.
    #[must_use]
    pub fn recorder<'a, V: ValidationData<Data: Dataset<Target = usize>>>(
        &self,
        folder: impl Into<PathBuf>,
        validation: &'a V,
    ) -> Recorder<'a, V::Data> {
        Recorder::new(folder, validation)
            .settings(self.settings())
            .progress(self.settings.progress)
            .l2(self.settings.l2)
    }
}
