//! Checks layers, networks and losses: exact gradients against numerical ones, and the contracts of
//! [`Layer`](crate::Layer) and [`Loss`](crate::Loss).
//!
//! ```
//! use plywood::check::GradientCheck;
//! use plywood::layers::{Dense, Tanh};
//! use plywood::{Flat, Model, SoftmaxCrossEntropy};
//!
//! type Net = ((Dense<4, 5>, Tanh<Flat<5>>), Dense<5, 3>);
//! let model = Model::<Net, f64>::new(1);
//! let x = [0.3, -0.1, 0.8, 0.5, -0.7, 0.2, 0.9, -0.4];
//! let report = GradientCheck::new().run(&model, &SoftmaxCrossEntropy, &x, &[2, 0])?;
//! assert!(report.relative_error() < 1e-7, "{report}");
//! # Ok::<(), plywood::Error>(())
//! ```
//!
//! [`gradient_tests!`](crate::gradient_tests) declares such tests for networks in one line. With the feature
//! `proptest`, the module `strategy` draws models and batches for property tests.

mod contract;
mod gradient;
mod gradient_tests;
mod loss;
mod report;
#[cfg(feature = "proptest")]
pub mod strategy;
mod targets;

pub use contract::{Violation, contract};
pub use gradient::{GradientCheck, Projection};
pub use gradient_tests::{test_gradients, test_gradients_on, test_gradients_with};
pub use loss::loss;
pub use report::{Report, TensorReport};
pub use targets::{DrawTarget, draw_targets};
