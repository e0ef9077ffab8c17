//! Records a training run, diagnoses it, and shows it on a page.
//!
//! A [`Recorder`] watches a run and fills a [`Record`]; [`diagnose`] says in words what the record shows; `report.html`
//! shows all of it on one self-contained page.
//!
//! ```
//! use plywood::data::digits;
//! use plywood::layers::{Dense, Flatten, Relu};
//! use plywood::report::Symptom;
//! use plywood::{Flat, Image, Model, Trainer};
//!
//! # let folder = std::env::temp_dir().join(format!("plywood-record-{}", std::process::id()));
//! let (train, validation) = (digits(300, 1), digits(100, 2));
//! let mut model = Model::<((Flatten<Image<28, 28, 1>, 784>, Dense<784, 32>), (Relu<Flat<32>>, Dense<32, 10>))>::new(1);
//! let trainer = Trainer::new().epochs(3).batch_size(16).learning_rate(1e-6);
//! let mut recorder = trainer.recorder(&folder, &validation);
//! trainer.run(&mut model, &train).validate(&validation).watch(&mut recorder).fit()?;
//!
//! let findings = recorder.findings();
//! assert_eq!(findings[0].symptom, Symptom::RateTooSmall);
//! println!("{}", findings[0]);
//! assert!(folder.join("report.html").exists());
//! # std::fs::remove_dir_all(folder).ok();
//! # Ok::<(), plywood::Error>(())
//! ```

#![expect(
    clippy::cast_sign_loss,
    reason = "sizes, colors and counts of digits are not negative, and a cast saturates"
)]

mod base64;
mod bitmap;
mod chart;
mod classes;
mod classified;
mod diagnose;
mod figures;
mod filters;
mod kept;
mod page;
mod recorder;
mod regressed;
mod regression;
mod segmentation;
mod segmented;
mod series;
mod units;

pub use bitmap::Bitmap;
pub use classified::{Classified, Mistake};
pub use diagnose::{Finding, Symptom, diagnose};
pub use filters::Filters;
pub use recorder::Recorder;
pub use regressed::Regressed;
pub use segmented::{Overlay, Segmented};
pub use series::{Series, Span};
pub use units::{Units, dead_units};

use crate::train::Epoch;

/// The record of a training run in numbers, which [`diagnose`] judges and the page shows.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The name of the run.
    pub name: String,
    /// The table of the network.
    pub network: String,
    /// The shape of the network's input.
    pub input: Option<crate::core::Dims>,
    /// All settings by name, including the seed.
    pub settings: Vec<(&'static str, String)>,
    /// The factor λ of the L2 penalty, where it is known.
    pub l2: Option<f64>,
    /// The number of held-out examples that the model is tried on.
    pub examples: usize,
    /// The layers with parameters, in the order of [`Series::gradients`].
    pub layers: Vec<Trained>,
    /// The steps.
    pub steps: Series,
    /// The epochs.
    pub epochs: Vec<Epoch>,
    /// The rectifiers after each epoch.
    pub units: Vec<Vec<Units>>,
    /// The classification of held-out examples at the end.
    pub classified: Option<Classified>,
    /// The predictions for held-out examples at the end, for each number of the targets, where targets are numbers.
    pub regressed: Vec<Regressed>,
    /// The classes of the pixels of held-out pictures at the end, where targets are maps of classes.
    pub segmented: Option<Segmented>,
    /// The weights of the first layer at the end, as images.
    pub filters: Option<Filters>,
    /// The first number that was not finite, if there was one.
    pub diverged: Option<Diverged>,
}

/// The place where training left the finite numbers, as in [`Error::Diverged`](crate::Error::Diverged).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diverged {
    /// The kind of the number that is not finite: the loss, a parameter, ...
    pub what: &'static str,
    /// The value of that number.
    pub value: f64,
    /// The number of the epoch, from 1.
    pub epoch: usize,
    /// The number of the step within the epoch, from 1.
    pub step: usize,
    /// The learning rate of that step.
    pub learning_rate: f64,
}

/// A layer with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// The layer's path in the [`Outline`](crate::Outline).
    pub path: String,
    /// The range of the layer's parameters.
    pub range: std::ops::Range<usize>,
}

impl Trained {
    /// Returns the layers of a network that have parameters.
    #[must_use]
    pub fn of<N: crate::core::Layer>() -> Vec<Self> {
        let mut layers: Vec<Self> = Vec::new();
        for tensor in crate::core::Outline::of::<N>().tensors {
            if tensor.kind == crate::core::outline::Kind::Buffer {
                continue;
            }
            let path = tensor.name.rsplit_once('.').map_or(&*tensor.name, |(path, _)| path);
            match layers.last_mut() {
                Some(last) if last.path == path => last.range.end = tensor.range().end,
                _ => layers.push(Self { path: path.to_owned(), range: tensor.range() }),
            }
        }
        layers
    }
}
