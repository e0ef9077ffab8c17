//! Provides the engine of [plywood](https://docs.rs/plywood): loops over slices of numbers, vectorized for the
//! instruction set of the machine, on one thread or several.
//!
//! A kernel is generic only over the [`Scalar`] and the instruction set, and takes sizes as arguments. Its results are
//! the same bits on any number of [`Threads`]. It knows nothing about the meaning of the numbers.
//!
//! | module | computes |
//! |---|---|
//! | [`gemm`] | matrix products with strides, dense products, transposition |
//! | [`conv`] | convolutions and their gradients, borders |
//! | [`pool`] | maxima and sums over windows |
//! | [`norm`] | normalizations, maps and sums over channels |
//! | [`math`] | functions of one number, softmax, losses, loops over numbers |
//! | [`threads`] | threads and the sharing of work |
//! | [`numbers`] | nothing: values that consist of numbers, as slices |
//!
//! **This crate promises no stability of its own:** it is published because plywood needs it, and each version of
//! plywood requires exactly one version of it.
//!
//! The heaviest kernels are compiled here and not in the crate that calls them (see the module `compiled`), so
//! `opt-level = 3` for this crate alone makes a debug build fast.

pub mod aligned;
mod compiled;
pub mod conv;
pub mod epilogue;
pub mod gemm;
mod instruction_set;
pub mod math;
pub mod norm;
pub mod numbers;
pub mod pool;
mod scalar;
mod simd;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
pub mod threads;

/// Tells whether this crate is compiled with optimization. Without it, kernels are tens of times slower.
pub const IS_OPTIMIZED: bool = cfg!(not(unoptimized));

pub use scalar::Scalar;
pub use threads::Threads;
