//! The one inner loop under dense layers and convolutions, forward and backward.
//!
//! `C[m][n] = start + Σ_k A(m, k) · B(k, n)`, where rows of `B` and `C` are contiguous and `A` is reached by
//! strides. The sum over `k` is three nested loops, so that `A` may be a window of an image read where it lies
//! (no im2col) and a weight gradient may run over the pixels of all images of a batch.
//!
//! Each element of `C` is summed in the order of `k` whatever tile it falls in, so results do not depend on how
//! the rows are split between threads.

// The inner loop reads through raw pointers: bounds are checked once for the whole contraction, by `check`.
#![allow(unsafe_code)]

use pulp::{Arch, Simd, WithSimd};

use super::packed::Packed;
use crate::Scalar;

/// One of the nested loops of the sum: how often, and how far `A` and `B` move each time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loop {
    pub(crate) count: usize,
    pub(crate) a: usize,
    pub(crate) b: usize,
}

impl Loop {
    pub(crate) const ONCE: Self = Self { count: 1, a: 0, b: 0 };
}

/// What the sum starts from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a, T> {
    /// Nothing: `C` is written.
    Zero,
    /// A number for each column: `C` is written.
    Bias(&'a [T]),
    /// What `C` holds: the sum is added.
    Sum,
}

/// A contraction, see the [module](self).
#[derive(Debug)]
pub struct Contract<'a, T> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Outer, middle and inner loop of the sum.
    pub(crate) sum: [Loop; 3],
    pub(crate) a: &'a [T],
    /// From one row of `A` to the next.
    pub(crate) a_row: usize,
    pub(crate) b: &'a [T],
    pub(crate) c: &'a mut [T],
    /// From one row of `C` to the next.
    pub(crate) c_row: usize,
    pub(crate) start: Start<'a, T>,
    /// Whether to write `max(0, ·)`. NaN stays NaN: it must not hide behind a zero.
    pub(crate) rectify: bool,
}

impl<T: Scalar> Contract<'_, T> {
    /// Computes it on this thread, with the best instruction set of the machine.
    pub(crate) fn run(self) {
        self.run_on(Arch::new());
    }

    /// Computes it with the instruction set given.
    pub(crate) fn run_on(self, arch: Arch) {
        T::contract(self, arch);
    }

    /// [`run_on`](Self::run_on), compiled in whatever crate calls it.
    pub(crate) fn run_here(self, arch: Arch) {
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        if Packed::pays(&self) {
            arch.dispatch(Packed(self));
        } else {
            arch.dispatch(self.check());
        }
    }
}

impl<'a, T: Scalar> Contract<'a, T> {
    /// Checks that every number that it touches lies in its slices: the invariant of every `unsafe` block below.
    ///
    /// There is at least one row and one column.
    pub(super) fn check(self) -> Checked<'a, T> {
        if self.sum.iter().all(|l| l.count > 0) {
            // saturating: a wrapped sum could pass for a small one
            let last = |step: fn(&Loop) -> usize| {
                let steps = self.sum.iter().map(|l| (l.count - 1).saturating_mul(step(l)));
                steps.fold(0, usize::saturating_add)
            };
            let last_a = (self.rows - 1).saturating_mul(self.a_row).saturating_add(last(|l| l.a));
            assert!(last_a < self.a.len(), "A is too short");
            assert!(last(|l| l.b).saturating_add(self.columns) <= self.b.len(), "B is too short");
        }
        let last_c = (self.rows - 1).saturating_mul(self.c_row);
        assert!(last_c.saturating_add(self.columns) <= self.c.len(), "C is too short");
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() == self.columns, "one bias for each column");
        }
        Checked(self)
    }
}

/// A contraction whose bounds have been [checked](Contract::check).
pub(super) struct Checked<'a, T>(Contract<'a, T>);

impl<T: Scalar> WithSimd for Checked<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        let mut column = 0;
        let columns = self.0.columns;
        while column < columns {
            let left = columns - column;
            if left >= 2 * lanes {
                self.column_of_tiles::<S, 2, false>(simd, column, lanes);
                column += 2 * lanes;
            } else if left > lanes {
                self.column_of_tiles::<S, 2, true>(simd, column, left - lanes);
                column = columns;
            } else if left == lanes {
                self.column_of_tiles::<S, 1, false>(simd, column, lanes);
                column = columns;
            } else {
                self.column_of_tiles::<S, 1, true>(simd, column, left);
                column = columns;
            }
        }
    }
}

impl<T: Scalar> Checked<'_, T> {
    /// All rows of `V` vectors of columns, the last of them `last` lanes wide.
    #[inline(always)]
    fn column_of_tiles<S: Simd, const V: usize, const PART: bool>(
        &mut self,
        simd: S,
        column: usize,
        last: usize,
    ) {
        let mut row = 0;
        if S::REGISTER_COUNT >= 32 {
            while row + 12 <= self.0.rows {
                self.tile::<S, 12, V, PART>(simd, row, column, last);
                row += 12;
            }
        }
        while row + 4 <= self.0.rows {
            self.tile::<S, 4, V, PART>(simd, row, column, last);
            row += 4;
        }
        while row < self.0.rows {
            self.tile::<S, 1, V, PART>(simd, row, column, last);
            row += 1;
        }
    }

    /// `P` rows by `V` vectors, held in registers over the whole sum.
    #[inline(always)]
    fn tile<S: Simd, const P: usize, const V: usize, const PART: bool>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        last: usize,
    ) {
        let lanes = T::lanes::<S>();
        let part = T::part(simd, last);
        // SAFETY (for the two closures): called below only with pointers to `V` vectors, the last of `last`
        // lanes if `PART`, inside `b`, `c` or the bias.
        let load = |from: *const T, v: usize| unsafe {
            if PART && v + 1 == V {
                T::load_part(simd, part, from.add(v * lanes))
            } else {
                from.add(v * lanes).cast::<T::Vector<S>>().read_unaligned()
            }
        };
        let store = |to: *mut T, v: usize, vector: T::Vector<S>| unsafe {
            if PART && v + 1 == V {
                T::store_part(simd, part, to.add(v * lanes), vector);
            } else {
                to.add(v * lanes).cast::<T::Vector<S>>().write_unaligned(vector);
            }
        };

        let task = &mut self.0;
        let (a_row, c_row) = (task.a_row, task.c_row);
        let [outer, middle, inner] = task.sum;
        let a = task.a.as_ptr().wrapping_add(row * a_row);
        let b = task.b.as_ptr().wrapping_add(column);
        // SAFETY: `check` found that `C` has the last element of the last row.
        let c = unsafe { task.c.as_mut_ptr().add(row * c_row + column) };

        let mut sums = [[T::lanes_splat(simd, T::ZERO); V]; P];
        match task.start {
            Start::Zero => {}
            Start::Bias(bias) => {
                let bias = bias[column..].as_ptr();
                let row: [_; V] = std::array::from_fn(|v| load(bias, v));
                sums = [row; P];
            }
            Start::Sum => {
                for (p, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        // SAFETY: as for `c`; rows up to `row + P - 1` exist.
                        *sum = load(unsafe { c.add(p * c_row) }, v);
                    }
                }
            }
        }
        for o in 0..outer.count {
            for m in 0..middle.count {
                let mut a = a.wrapping_add(o * outer.a + m * middle.a);
                let mut b = b.wrapping_add(o * outer.b + m * middle.b);
                for _ in 0..inner.count {
                    let mut weights = [T::lanes_splat(simd, T::ZERO); V];
                    for (v, weight) in weights.iter_mut().enumerate() {
                        *weight = load(b, v);
                    }
                    for (p, sums) in sums.iter_mut().enumerate() {
                        // SAFETY: `check` found the last row at the last step of all three loops.
                        let x = T::lanes_splat(simd, unsafe { *a.add(p * a_row) });
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = T::lanes_mul_add(simd, x, weight, *sum);
                        }
                    }
                    a = a.wrapping_add(inner.a);
                    b = b.wrapping_add(inner.b);
                }
            }
        }
        if task.rectify {
            for sum in sums.as_flattened_mut() {
                *sum = T::lanes_rectify(simd, *sum);
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                // SAFETY: as above.
                store(unsafe { c.add(p * c_row) }, v, *sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::levels;
    use crate::kernel::reference;

    /// Numbers whose products and sums are exact in either scalar, so that any order of summation gives the same.
    fn numbers<T: Scalar>(len: usize, salt: usize) -> Vec<T> {
        (0..len).map(|i| T::of(((i * 7 + salt * 3) % 11) as f64 - 5.0)).collect()
    }

    #[derive(Debug, Clone)]
    struct Sizes {
        rows: usize,
        columns: usize,
        sum: [Loop; 3],
        a_row: usize,
        gap: usize,
        start: u8,
        rectify: bool,
    }

    impl Sizes {
        /// What `compute` leaves in `C`.
        fn result<T: Scalar>(&self, compute: impl FnOnce(Contract<'_, T>)) -> Vec<T> {
            let &Self { rows, columns, sum, a_row, gap, start, rectify } = self;
            let reach = |step: fn(&Loop) -> usize| {
                sum.iter().map(|l| l.count.saturating_sub(1) * step(l)).sum::<usize>()
            };
            let a = numbers::<T>(rows.saturating_sub(1) * a_row + reach(|l| l.a) + 1, 1);
            let b = numbers::<T>(reach(|l| l.b) + columns, 2);
            let bias = numbers::<T>(columns, 3);
            let c_row = columns + gap;
            let mut c = numbers::<T>(rows * c_row, 4);
            let start = [Start::Zero, Start::Bias(&bias), Start::Sum][usize::from(start)];
            compute(Contract { rows, columns, sum, a: &a, a_row, b: &b, c: &mut c, c_row, start, rectify });
            c
        }

        fn check<T: Scalar>(&self) {
            let expected = self.result::<T>(reference::contract);
            for arch in levels() {
                assert_eq!(self.result::<T>(|task| task.run_on(arch)), expected, "{arch:?} {}", T::NAME);
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference_on_every_instruction_set(
            rows in 0..40_usize,
            columns in prop_oneof![0..40_usize, Just(63), Just(64), Just(65)],
            counts in [0..3_usize, 0..4, 0..20],
            a_steps in [0..30_usize, 0..30, 0..5],
            b_steps in [0..30_usize, 0..30, 0..50],
            a_row in 0..20_usize,
            gap in 0..3_usize,
            start in 0..3_u8,
            rectify: bool,
        ) {
            let sum = std::array::from_fn(|i| Loop { count: counts[i], a: a_steps[i], b: b_steps[i] });
            let sizes = Sizes { rows, columns, sum, a_row, gap, start, rectify };
            sizes.check::<f32>();
            sizes.check::<f64>();
        }
    }

    #[test]
    fn agrees_with_the_reference_where_it_packs() {
        let inner = |count, a, b| [Loop::ONCE, Loop::ONCE, Loop { count, a, b }];
        for (rows, columns, steps) in [(48, 513, 257), (61, 300, 500), (200, 1025, 128)] {
            for (start, rectify) in [(0, true), (1, false), (1, true), (2, false), (2, true)] {
                let sum = inner(steps, 1, columns);
                Sizes { rows, columns, sum, a_row: steps, gap: 0, start, rectify }.check::<f32>();
                let sum = inner(steps, rows, columns);
                Sizes { rows, columns, sum, a_row: 1, gap: 1, start, rectify }.check::<f64>();
            }
        }
    }

    #[test]
    fn rectification_keeps_nan() {
        for arch in levels() {
            let mut c = [f32::NAN; 3];
            Contract {
                rows: 3,
                columns: 1,
                sum: [Loop::ONCE; 3],
                a: &[f32::NAN, -1.0, 1.0],
                a_row: 1,
                b: &[2.0],
                c: &mut c,
                c_row: 1,
                start: Start::Zero,
                rectify: true,
            }
            .run_on(arch);
            assert!(c[0].is_nan() && c[1..] == [0.0, 2.0], "{arch:?} {c:?}");
        }
    }

    #[test]
    #[should_panic(expected = "A is too short")]
    fn a_sum_that_would_read_outside_is_refused() {
        let inner = Loop { count: 4, a: 1, b: 2 };
        Contract {
            rows: 3,
            columns: 2,
            sum: [Loop::ONCE, Loop::ONCE, inner],
            a: &[0.0_f32; 11],
            a_row: 4,
            b: &[0.0; 8],
            c: &mut [0.0; 6],
            c_row: 2,
            start: Start::Zero,
            rectify: false,
        }
        .run();
    }
}
