//! What a layer of one's own is written with: the [`Layer`] trait, what a pass hands to a layer, and what a layer says
//! about itself.
//!
//! `examples/custom_layer.rs` in the repository writes three layers. [`check`](crate::check) compares a layer's gradient
//! with differences, and finds what it declares wrongly.

pub use crate::core::outline::{Kind, Tensor};
pub use crate::core::{
    Backward, Cost, Declared, Epilogue, Fan, Forward, Fusion, Infer, Init, Layer, Memory, Pass,
    ReceptiveField, Running, Space, Visitor, Workspace, call, outline, visitor,
};
pub use crate::core::{Feeds, Precedes, Repeats, SameShape};
