//! Trains a model: from a model, data and an optimizer to a better model and a history of the run.
//!
//! A [`Trainer`] holds the settings, [`Trainer::run`] builds a [`Run`], and [`Run::fit`] returns its [`History`].

#[cfg(feature = "checkpoint")]
mod checkpoint;
mod history;
mod monitor;
mod rate;
mod run;
pub mod search;
mod settings;
mod trainer;
mod watch;

#[cfg(feature = "checkpoint")]
pub use checkpoint::{Checkpoints, Every};
pub use history::{Ended, Epoch, History, Resumed, Timings};
pub use monitor::Monitor;
pub use rate::{LearningRate, Plateau, SoFar};
#[cfg(feature = "report")]
pub(crate) use run::gradient_norm;
pub use run::{Clip, Interrupt, Run};
pub use search::{RangeCurve, RangeTest};
pub(crate) use trainer::Length;
pub use trainer::Trainer;
#[cfg(feature = "tensorboard")]
pub use watch::TensorBoard;
pub use watch::{Callback, Control, End, EpochEnd, Start, StepEnd};
