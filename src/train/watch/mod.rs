//! Watches a training run: callbacks, logs, the progress bar, curves and event files.

mod callback;
#[cfg(feature = "plot")]
mod curves;
mod log;
mod progress;
#[cfg(feature = "tensorboard")]
mod tensorboard;

pub use callback::{Callback, Control, End, EpochEnd, Start, StepEnd};
#[cfg(feature = "plot")]
pub(crate) use curves::CurvesFile;
pub(crate) use log::Log;
pub(crate) use progress::Progress;
#[cfg(feature = "tensorboard")]
pub use tensorboard::TensorBoard;
