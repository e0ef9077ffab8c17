//! The loops. Generic over the scalar and the instruction set only, with sizes as arguments.
//!
//! The heaviest are [compiled] once, in this crate. Contraction and convolution have plain twins to be compared with.

#[cfg(test)]
mod accuracy;
pub(crate) mod activation;
pub(crate) mod aligned;
pub(crate) mod axis;
pub(crate) mod border;
pub(crate) mod channels;
pub(crate) mod columns;
pub(crate) mod compiled;
pub(crate) mod contract;
pub(crate) mod conv;
mod correlate;
pub(crate) mod dense;
pub(crate) mod elementwise;
pub(crate) mod exponential;
pub(crate) mod float;
pub(crate) mod fused;
pub(crate) mod logarithm;
mod losses;
pub(crate) mod moments;
mod narrow;
pub(crate) mod normal_distribution;
pub(crate) mod normalise;
mod packed;
pub(crate) mod parallel;
pub(crate) mod pool;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod reference_conv;
pub(crate) mod simd;
mod softmax;
mod tile;
pub(crate) mod transpose;

/// The instruction sets that this machine has, each of which every kernel is tested on.
#[cfg(test)]
pub(crate) fn levels() -> Vec<pulp::Arch> {
    #[cfg(target_arch = "x86_64")]
    {
        let v3 = pulp::x86::V3::try_new().map(pulp::Arch::V3);
        let v4 = pulp::x86::V4::try_new().map(pulp::Arch::V4);
        [Some(pulp::Arch::Scalar), v3, v4].into_iter().flatten().collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        vec![pulp::Arch::new()]
    }
}
