//! Provides everything for writing custom layers: the [`Layer`] trait, the arguments of a pass, and the declarations of
//! a layer.
//!
//! `examples/custom_layer.rs` in the repository writes three layers. [`check`](crate::check) compares a layer's
//! gradient with finite differences, and finds wrong declarations.

pub use crate::core::outline::{Kind, Tensor};
pub use crate::core::{
    Backward, Cost, Declared, Epilogue, Fan, Forward, Fusion, Infer, Init, Layer, Memory, Pass,
    ReceptiveField, Running, Space, Visitor, Workspace, call, outline, visitor,
};
pub use crate::core::{Feeds, Precedes, Repeats, SameShape, Single};
