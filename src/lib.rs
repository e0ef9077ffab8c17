#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

// Programs in the documentation of `network!` and in tests write paths from `::plywood`.
extern crate self as plywood;

#[cfg(feature = "checkpoint")]
mod archive;
mod backprop;
mod batch;
mod budget;
mod calibrate;
pub mod call;
pub mod check;
pub mod data;
pub mod detect;
mod error;
pub mod eval;
#[doc(hidden)]
pub mod expansion;
mod field;
mod file;
pub mod functions;
mod init;
mod inspect;
mod layer;
pub mod layers;
pub mod loss;
mod memory;
mod message;
mod model;
mod network;
mod network_macro;
pub mod optim;
pub mod outline;
mod pair;
mod pass;
mod predictor;
#[doc = include_str!("../docs/reading-the-errors.md")]
pub mod reading_the_errors {}
#[doc(hidden)]
pub mod proof;
mod random;
#[cfg(feature = "report")]
pub mod report;
mod setting;
mod shape;
mod slide;
mod space;
mod stage;
mod summary;
pub mod train;
pub mod zoo;

pub use backprop::Backprop;
pub use batch::Batch;
#[doc(hidden)]
pub use call::Promises;
pub use data::Dataset;
pub use data::transform::{augment, preprocess};
pub use error::{Error, Result};
pub use eval::{evaluate, evaluate_on};
pub use field::{Field, Ratio, Reach};
pub use init::{Fan, Init, Initializer};
pub use inspect::Inspection;
pub use layer::{Folding, Fuses, Layer, Place};
pub use loss::{Loss, SoftmaxCrossEntropy, Unfit, softmax};
pub use memory::{inference_memory, training_memory};
pub use model::{Handle, Model, View, ViewMut};
pub use network::Network;
pub use outline::Outline;
pub use pass::{Backward, Forward, Pass, Running, Then};
pub use plywood_kernel::{Scalar, Threads};
#[doc(hidden)]
pub use plywood_macros::network as declare_networks;
pub use predictor::Predictor;
pub use shape::{Dims, Feeds, Flat, Image, ImageShape, Precedes, Repeats, SameShape, Shape};
pub use space::Space;
pub use stage::Stage;
pub use summary::{Summary, summary};
pub use train::Trainer;
