#![doc = include_str!("../README.md")]

// `network!` writes paths from `::plywood`.
extern crate self as plywood;

pub mod augment;
mod backprop;
mod batch;
mod budget;
mod calibrate;
pub mod check;
pub mod data;
pub mod detect;
mod error;
mod field;
pub mod functions;
mod init;
mod kernel;
mod layer;
pub mod layers;
mod loss;
mod memory;
mod message;
mod model;
mod network;
pub mod optim;
pub mod outline;
mod pair;
mod pass;
mod predictor;
pub mod preprocess;
#[doc(hidden)]
pub mod proof;
mod random;
mod scalar;
mod shape;
mod slide;
mod space;
mod stage;
mod summary;
mod threads;
pub mod train;
pub mod zoo;

pub use backprop::Backprop;
pub use batch::Batch;
pub use data::Dataset;
pub use error::{Error, Result};
pub use field::{Field, Ratio, Reach};
pub use init::Init;
pub use layer::{Folding, Fuses, Layer, Place};
pub use loss::{Loss, SoftmaxCrossEntropy, Unfit, softmax};
pub use memory::{inference_memory, training_memory};
pub use model::{Handle, Model, View, ViewMut};
pub use network::Network;
pub use outline::Outline;
pub use pass::{Backward, Forward, Pass, Running, Then};
pub use plywood_macros::network;
pub use predictor::Predictor;
pub use scalar::Scalar;
pub use shape::{Dims, Feeds, Flat, Image, ImageShape, Repeats, SameShape, Shape};
pub use space::Space;
pub use stage::Stage;
pub use summary::{Summary, summary};
pub use threads::Threads;
pub use train::{Trainer, evaluate};
