//! Runs loops over formulas that use fused multiply-adds where the instruction set has them.
//!
//! `mul_add` is one instruction there, and elsewhere a call that takes longer than the rest of the formula. So such a
//! formula is generic in `FUSED`, and a loop over it is compiled in both forms. Fused, 64 KiB of `f32` took 0.37 ns a
//! number for eˣ, 0.54 for the sigmoid and 1.2 for Φ, otherwise 0.62, 0.77 and 1.7 (AVX2).

use pulp::{Arch, Simd, WithSimd};

use crate::Scalar;
use crate::instruction_set::arch;
use crate::threads::parallel::over_rows;

/// The cost of one number, in the multiply-adds that `parallel` counts: momentum takes 0.2 ns and counts as 16.
const FORMULA: usize = 48;

/// A loop that is compiled for each instruction set. The functions that it calls must be marked to be inlined into it.
/// Code that is not inlined, including a closure passed to `for_each`, is compiled without the instruction set, where Φ
/// took 96 ns.
pub(crate) trait Loop {
    /// The type of the result.
    type Output;
    /// Runs the loop; `FUSED` means that the instruction set has fused multiply-adds.
    fn run<const FUSED: bool>(self) -> Self::Output;
}

/// Runs a loop compiled for the best instruction set of the machine.
pub(crate) fn vectorized<L: Loop>(task: L) -> L::Output {
    run_on(arch(), task)
}

pub(crate) fn run_on<L: Loop>(arch: Arch, task: L) -> L::Output {
    arch.dispatch(Vectorized(task))
}

struct Vectorized<L>(L);

impl<L: Loop> WithSimd for Vectorized<L> {
    type Output = L::Output;
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> L::Output {
        if S::IS_SCALAR || cfg!(target_family = "wasm") {
            self.0.run::<false>()
        } else {
            self.0.run::<true>()
        }
    }
}

/// A function in its two forms.
#[derive(Clone, Copy)]
pub(crate) struct Formula<F, G> {
    pub(crate) fused: F,
    pub(crate) separate: G,
}

/// Builds the [`Formula`] of an expression in a constant: `formula!(FUSED => exp::<FUSED, T>)`.
macro_rules! formula {
    ($fused:ident => $function:expr) => {
        $crate::math::formula::Formula {
            fused: {
                const $fused: bool = true;
                $function
            },
            separate: {
                const $fused: bool = false;
                $function
            },
        }
    };
}
pub(crate) use formula;

pub(crate) struct Map<'a, T, F, G>(pub &'a mut [T], pub Formula<F, G>);

impl<T: Scalar, F: Fn(T) -> T, G: Fn(T) -> T> Loop for Map<'_, T, F, G> {
    type Output = ();
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self(y, f) = self;
        for y in y {
            *y = if FUSED { (f.fused)(*y) } else { (f.separate)(*y) };
        }
    }
}

struct Zip<'a, T, F, G>(&'a mut [T], &'a [T], Formula<F, G>);

impl<T: Scalar, F: Fn(T, T) -> T, G: Fn(T, T) -> T> Loop for Zip<'_, T, F, G> {
    type Output = ();
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self(y, x, f) = self;
        for (y, &x) in y.iter_mut().zip(x) {
            *y = if FUSED { (f.fused)(*y, x) } else { (f.separate)(*y, x) };
        }
    }
}

struct ZipTo<'a, T, F, G>(&'a [T], &'a [T], &'a mut [T], Formula<F, G>);

impl<T: Scalar, F: Fn(T, T) -> T, G: Fn(T, T) -> T> Loop for ZipTo<'_, T, F, G> {
    type Output = ();
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self(x, y, z, f) = self;
        for ((z, &x), &y) in z.iter_mut().zip(x).zip(y) {
            *z = if FUSED { (f.fused)(x, y) } else { (f.separate)(x, y) };
        }
    }
}

/// Computes `y[i] = f(y[i])`.
pub(crate) fn map<T: Scalar>(
    y: &mut [T],
    f: Formula<impl Fn(T) -> T + Copy + Sync, impl Fn(T) -> T + Copy + Sync>,
) {
    let operations = FORMULA * y.len();
    over_rows(y, 1, operations, &|_, y| vectorized(Map(y, f)));
}

/// Computes `y[i] = f(y[i], x[i])`.
pub(crate) fn zip<T: Scalar>(
    y: &mut [T],
    x: &[T],
    f: Formula<impl Fn(T, T) -> T + Copy + Sync, impl Fn(T, T) -> T + Copy + Sync>,
) {
    let operations = FORMULA * y.len();
    over_rows(y, 1, operations, &|first, y| vectorized(Zip(y, &x[first..][..y.len()], f)));
}

/// Computes `z[i] = f(x[i], y[i])`.
pub(crate) fn zip_to<T: Scalar>(
    x: &[T],
    y: &[T],
    z: &mut [T],
    f: Formula<impl Fn(T, T) -> T + Copy + Sync, impl Fn(T, T) -> T + Copy + Sync>,
) {
    let operations = FORMULA * z.len();
    over_rows(z, 1, operations, &|first, z| {
        let (x, y) = (&x[first..][..z.len()], &y[first..][..z.len()]);
        vectorized(ZipTo(x, y, z, f));
    });
}
