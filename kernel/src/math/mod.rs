//! Computes functions of one number, loops over numbers, softmax, losses and the steps of optimizers.

pub mod activation;
pub mod columns;
pub(crate) mod distance;
pub mod elementwise;
pub mod exponential;
pub(crate) mod float;
pub(crate) mod formula;
pub mod logarithm;
pub(crate) mod losses;
pub mod normal_distribution;
pub mod optimizers;
pub(crate) mod softmax;

pub use softmax::IGNORED;
