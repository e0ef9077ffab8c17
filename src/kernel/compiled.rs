//! Kernels that are compiled once, in this crate.
//!
//! A generic function is compiled in the crate that calls it, with that crate's settings: a network's build would
//! compile every kernel again, and a debug build would run them unoptimised. The methods of [`Compiled`] are not
//! generic, so they are compiled here.

use pulp::Arch;

use super::contract::Contract;
use super::transpose;

/// The kernels for one scalar. Public only as a hidden supertrait of [`Scalar`](crate::Scalar).
pub trait Compiled: Sized {
    /// [`Contract::run_on`]
    fn contract(task: Contract<'_, Self>, arch: Arch);
    /// [`transpose::transpose`]
    fn transpose(from: &[Self], to: &mut [Self], rows: usize, columns: usize);
}

macro_rules! compiled {
    ($($scalar:ty)*) => {$(
        impl Compiled for $scalar {
            fn contract(task: Contract<'_, Self>, arch: Arch) {
                task.run_here(arch);
            }
            fn transpose(from: &[Self], to: &mut [Self], rows: usize, columns: usize) {
                transpose::transpose_here(from, to, rows, columns);
            }
        }
    )*};
}

compiled!(f32 f64);
