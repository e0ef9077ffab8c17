//! Measures the peak speed of the processor: multiply-adds in registers, with the best instruction set that it has.

use std::hint::black_box;
use std::thread;

use pulp::{Arch, Simd, WithSimd};

/// The number of independent sums; at least eight hide the latency of two multiply-adds a cycle.
const SUMS: usize = 12;
/// The multiply-adds of each sum, which take some milliseconds; starting a thread takes negligible time beside that.
const STEPS: usize = 1 << 22;

/// Computes on the given number of threads at once.
pub(crate) fn run(threads: usize) {
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| black_box(Arch::new().dispatch(Sums)));
        }
        black_box(Arch::new().dispatch(Sums));
    });
}

/// Returns the floating-point operations of a [`run`]: two for each multiply-add.
pub(crate) fn operations(threads: usize) -> f64 {
    (threads * Arch::new().dispatch(Lanes) * SUMS * STEPS) as f64 * 2.0
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

struct Sums;

impl WithSimd for Sums {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let [factor, addend] = black_box([0.5, 1.0]).map(|x| simd.splat_f32s(x));
        let mut sums = [addend; SUMS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, addend);
            }
        }
        sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sum_is_computed() {
        // x = x / 2 + 1 ends at 2
        let sums = (SUMS * Arch::new().dispatch(Lanes)) as f32;
        assert_eq!(Arch::new().dispatch(Sums), 2.0 * sums);
        assert_eq!(operations(2), 4.0 * f64::from(sums) * STEPS as f64);
    }
}
