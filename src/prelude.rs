//! Re-exports what programs with networks use most: `use plywood::prelude::*;`.

pub use crate::{
    Batch, Both, Dataset, Declared, Error, Flat, Image, Layer, Loss, Model, Network, Predictor, Result,
    Scalar, Shape, Threads, Trainer, evaluate, network, summary,
};
