//! Evaluates a model on data that it did not learn from.

mod confusion;
mod evaluation;
mod interval;
mod measure;
mod metric;
pub mod metrics;
pub(crate) mod minibatches;
mod part;
mod scores;

pub use confusion::Confusion;
pub(crate) use evaluation::place;
pub(crate) use evaluation::{Checks, measure};
pub use evaluation::{Evaluation, evaluate, evaluate_on, measure_by};
pub use interval::Interval;
pub use measure::Measure;
pub(crate) use measure::Tally;
pub(crate) use metric::Described;
pub use metric::{Better, Metric, MetricValue, Metrics};
pub use scores::{Average, Scores};
