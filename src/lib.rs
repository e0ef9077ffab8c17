#![doc = include_str!("../README.md")]

// Programs in the documentation of `network!` and in tests write paths from `::plywood`.
extern crate self as plywood;

#[cfg(feature = "checkpoint")]
mod archive;
pub mod augment;
mod backprop;
mod batch;
mod budget;
mod calibrate;
pub mod call;
pub mod check;
pub mod data;
pub mod detect;
mod epilogue;
mod error;
#[doc(hidden)]
pub mod expansion;
mod file;
pub mod functions;
mod init;
mod inner;
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
pub mod preprocess;
#[doc = include_str!("../docs/reading-the-errors.md")]
pub mod reading_the_errors {}
#[doc(hidden)]
pub mod proof;
mod random;
mod receptive_field;
mod setting;
mod shape;
mod slide;
mod space;
mod summary;
pub mod train;
pub mod visitor;
mod workspace;
pub mod zoo;

pub use backprop::Backprop;
pub use batch::Batch;
pub use data::Dataset;
pub use epilogue::Epilogue;
pub use error::{Error, Result};
pub use init::{Fan, Init, Initializer};
pub use layer::{Cost, Declared, Fusion, Layer, Memory};
pub use loss::{Loss, SoftmaxCrossEntropy, Unfit, softmax};
pub use memory::{inference_memory, training_memory};
pub use model::{Handle, Model, View, ViewMut};
pub use network::Network;
pub use outline::Outline;
pub use pass::{Backward, Forward, Infer, Pass, Running};
pub use plywood_kernel::{Scalar, Threads};
#[doc(hidden)]
pub use plywood_macros::network as declare_networks;
pub use predictor::Predictor;
pub use receptive_field::ReceptiveField;
pub use shape::{Dims, Feeds, Flat, Image, ImageShape, Precedes, Repeats, SameShape, Shape};
pub use space::Space;
pub use summary::{Summary, summary};
pub use train::{Trainer, evaluate};
pub use visitor::Visitor;
pub use workspace::Workspace;
