//! The loops. Generic over the scalar and the instruction set only, with sizes as arguments, so that they are
//! compiled once; every fast one has a plain twin in [`reference`] that it is compared with.

pub(crate) mod aligned;
pub(crate) mod contract;
pub(crate) mod dense;
pub(crate) mod elementwise;
pub(crate) mod parallel;
#[cfg(test)]
pub(crate) mod reference;
pub(crate) mod simd;
