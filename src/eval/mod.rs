//! Evaluates a model on data that it did not learn from.

mod confusion;
mod evaluation;
mod interval;
mod measure;
pub(crate) mod minibatches;
mod scores;

pub use confusion::Confusion;
pub(crate) use evaluation::measure;
#[cfg(feature = "report")]
pub(crate) use evaluation::place;
pub use evaluation::{Evaluation, evaluate, evaluate_on};
pub use interval::Interval;
pub use measure::Measure;
pub(crate) use measure::Tally;
pub use scores::{Average, Scores};
