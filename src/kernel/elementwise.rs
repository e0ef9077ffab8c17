//! Loops over numbers one by one. Written so that the compiler vectorises them.

use pulp::{Arch, Simd, WithSimd};

use super::parallel::over_rows;
use crate::Scalar;

/// Runs a loop compiled for the best instruction set of the machine.
struct Vectorised<F>(F);

impl<F: FnOnce()> WithSimd for Vectorised<F> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.0)();
    }
}

/// `y[i] = f(y[i])`
pub(crate) fn map<T: Scalar>(y: &mut [T], f: impl Fn(T) -> T + Copy + Sync) {
    let operations = y.len();
    over_rows(y, 1, operations, &|_, y| {
        Arch::new().dispatch(Vectorised(
            #[inline(always)]
            || y.iter_mut().for_each(|y| *y = f(*y)),
        ));
    });
}

/// `y[i] = f(y[i], x[i])`
pub(crate) fn zip<T: Scalar>(y: &mut [T], x: &[T], f: impl Fn(T, T) -> T + Copy + Sync) {
    let operations = y.len();
    over_rows(y, 1, operations, &|first, y| {
        let x = &x[first..][..y.len()];
        Arch::new().dispatch(Vectorised(
            #[inline(always)]
            || y.iter_mut().zip(x).for_each(|(y, &x)| *y = f(*y, x)),
        ));
    });
}
