//! A server that reads digits: `POST /classify` with 784 numbers in JSON, answered with a class and ten probabilities.
//!
//! It is an example of how to serve a model. README.md says how to run it and how it behaves under load.

mod api;
mod classifier;
mod networks;

pub use api::{Answer, Health, LIMIT, Limits, Problem, app, serve};
pub use classifier::Classifier;
pub use networks::{Large, Small, choose};
