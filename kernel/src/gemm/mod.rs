//! Computes matrix products with strides: the one inner loop of dense products and convolutions, forward and backward.
//!
//! `C[m][n] = start + Σ_k A(m, k) · B(k, n)`, where rows of `B` and `C` are contiguous and `A` is accessed with
//! strides. The rows `m` and the sum over `k` are three nested loops each. So `A` may be windows of images read in
//! place (no im2col), `C` a rectangle of pixels of many images, and a weight gradient may run over the pixels of a
//! batch.
//!
//! Each element of `C` is summed in the order of `k` whatever tile it is in, packed or not, so results do not depend on
//! how the rows are split between threads.

mod checked;
mod cursor;
pub mod dense;
mod packed;
mod tile;
pub(crate) mod transpose;

use pulp::Arch;

use crate::Scalar;
use crate::instruction_set::arch;
use packed::Packed;

/// One of the nested loops of the sum: its count, and the distances that `A` and `B` move in each iteration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loop {
    pub(crate) count: usize,
    pub(crate) a: usize,
    pub(crate) b: usize,
}

impl Loop {
    pub(crate) const ONCE: Self = Self { count: 1, a: 0, b: 0 };

    /// Returns two nested loops as one, where possible.
    pub(crate) fn join(outer: Self, inner: Self) -> Option<Self> {
        if outer.count == 1 {
            Some(inner)
        } else if inner.count == 1 {
            Some(outer)
        } else if (outer.a, outer.b) == (inner.count * inner.a, inner.count * inner.b) {
            Some(Self { count: outer.count * inner.count, ..inner })
        } else {
            None
        }
    }
}

/// One of the nested loops over rows: its count, and the distances that `A` and `C` move in each iteration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) count: usize,
    pub(crate) a: usize,
    pub(crate) c: usize,
}

impl Rows {
    pub(crate) const ONCE: Self = Self { count: 1, a: 0, c: 0 };

    /// Returns two nested loops as one, where possible.
    pub(crate) fn join(outer: Self, inner: Self) -> Option<Self> {
        if outer.count == 1 {
            Some(inner)
        } else if inner.count == 1 {
            Some(outer)
        } else if (outer.a, outer.c) == (inner.count * inner.a, inner.count * inner.c) {
            Some(Self { count: outer.count * inner.count, ..inner })
        } else {
            None
        }
    }
}

/// The number that each sum starts from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a, T> {
    /// Starts from zero, and writes `C`.
    Zero,
    /// Starts from a number for each column, and writes `C`.
    Bias(&'a [T]),
    /// Starts from zero, and adds the complete sum to the content of `C`.
    Sum,
    /// Starts from the content of `C`.
    Continue,
}

impl<'a, T> Start<'a, T> {
    /// Returns the start from a bias for each column, or from zero if there is no bias.
    pub(crate) const fn bias(bias: &'a [T]) -> Self {
        if bias.is_empty() { Self::Zero } else { Self::Bias(bias) }
    }
}

/// A product, see the [module](self).
#[derive(Debug)]
pub struct Gemm<'a, T> {
    /// The outer, middle and inner loop of the rows.
    pub(crate) rows: [Rows; 3],
    pub(crate) columns: usize,
    /// The outer, middle and inner loop of the sum.
    pub(crate) sum: [Loop; 3],
    pub(crate) a: &'a [T],
    pub(crate) b: &'a [T],
    pub(crate) c: &'a mut [T],
    pub(crate) start: Start<'a, T>,
    /// The numbers to add to the complete sums, laid out as `C`; empty for none.
    pub(crate) addend: &'a [T],
    /// True to write `max(0, ·)`. NaN stays NaN: it must not become a zero.
    pub(crate) rectify: bool,
    /// True if each column has its own `A`, next to that of the previous column: `A(m, k)[n] · B(k, n)`.
    pub(crate) by_column: bool,
}

impl<T: Scalar> Gemm<'_, T> {
    /// Computes the product on this thread, with the best instruction set of the machine.
    pub(crate) fn run(self) {
        self.run_on(arch());
    }

    /// Computes the product with the given instruction set.
    pub(crate) fn run_on(self, arch: Arch) {
        T::gemm(self, arch);
    }

    /// Computes [`run_on`](Self::run_on), compiled in the crate that calls it.
    pub(crate) fn run_here(mut self, arch: Arch) {
        if self.row_count() == 0 || self.columns == 0 {
            return;
        }
        // a sum of several packed blocks cannot be added at its end: packing must not change a bit
        let steps: usize = self.sum.iter().map(|l| l.count).product();
        if matches!(self.start, Start::Sum) && steps > packed::STEPS {
            self.start = Start::Continue;
        }
        if Packed::pays(&self) {
            Packed(self).run(arch);
        } else {
            arch.dispatch(self.check());
        }
    }
}

impl<T> Gemm<'_, T> {
    pub(crate) fn row_count(&self) -> usize {
        self.rows.iter().map(|rows| rows.count).product()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;
    use crate::testing::levels;

    /// Returns numbers whose products and sums are exact in either scalar, so that any order of summation gives the
    /// same result.
    fn numbers<T: Scalar>(len: usize, salt: usize) -> Vec<T> {
        (0..len).map(|i| T::of(((i * 7 + salt * 3) % 11) as f64 - 5.0)).collect()
    }

    #[derive(Debug, Clone)]
    struct Sizes {
        /// The number of rows in each loop, and their distance in `A`.
        rows: [(usize, usize); 3],
        columns: usize,
        sum: [Loop; 3],
        /// The number of numbers of `C` left out between rows, lines of rows and so on.
        gap: usize,
        start: u8,
        /// True to add an addend to the sums.
        adds: bool,
        rectify: bool,
        by_column: bool,
    }

    impl Sizes {
        /// Returns the content of `C` after `compute`.
        fn result<T: Scalar>(&self, compute: impl FnOnce(Gemm<'_, T>)) -> Vec<T> {
            let Self { rows, columns, sum, gap, start, adds, rectify, by_column } = self.clone();
            let mut c = columns + gap;
            let mut rows = rows.map(|(count, a)| Rows { count, a, c: 0 });
            for rows in rows.iter_mut().rev() {
                rows.c = c;
                c = rows.count * c + gap;
            }
            let reach = |step: fn(&Loop) -> usize| {
                sum.iter().map(|l| l.count.saturating_sub(1) * step(l)).sum::<usize>()
            };
            let last_row = rows.iter().map(|rows| rows.count.saturating_sub(1) * rows.a).sum::<usize>();
            let a = numbers::<T>(last_row + reach(|l| l.a) + if by_column { columns } else { 1 }, 1);
            let b = numbers::<T>(reach(|l| l.b) + columns, 2);
            let bias = numbers::<T>(columns, 3);
            let addend = numbers::<T>(if adds { c } else { 0 }, 5);
            let mut c = numbers::<T>(c, 4);
            let start = [Start::Zero, Start::Bias(&bias), Start::Sum][usize::from(start)];
            let addend = &addend;
            compute(Gemm { rows, columns, sum, a: &a, b: &b, c: &mut c, start, addend, rectify, by_column });
            c
        }

        fn check<T: Scalar>(&self) {
            let expected = self.result::<T>(testing::gemm);
            for arch in levels() {
                assert_eq!(self.result::<T>(|task| task.run_on(arch)), expected, "{arch:?} {}", T::NAME);
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference_on_every_instruction_set(
            // up to more than the highest tile, lines that end within a tile, and more than a block
            counts_of_rows in prop_oneof![
                (Just(1), Just(1), 0..40_usize),
                (0..4_usize, 0..4_usize, 0..8_usize),
                (Just(1), 1..9_usize, 1..20_usize),
            ],
            columns in prop_oneof![0..40_usize, Just(63), Just(64), Just(65), 96..130_usize],
            counts in [0..3_usize, 0..4, 0..20],
            a_steps in [0..30_usize, 0..30, 0..5],
            b_steps in [0..30_usize, 0..30, 0..50],
            a_rows in [0..50_usize, 0..30, 0..20],
            gap in 0..3_usize,
            start in 0..3_u8,
            adds: bool,
            rectify: bool,
            by_column: bool,
        ) {
            let (outer, middle, inner) = counts_of_rows;
            let rows = [(outer, a_rows[0]), (middle, a_rows[1]), (inner, a_rows[2])];
            let sum = std::array::from_fn(|i| Loop { count: counts[i], a: a_steps[i], b: b_steps[i] });
            let sizes = Sizes { rows, columns, sum, gap, start, adds, rectify, by_column };
            sizes.check::<f32>();
            sizes.check::<f64>();
        }
    }

    #[test]
    fn agrees_with_the_reference_where_it_packs() {
        let inner = |count, a, b| [Loop::ONCE, Loop::ONCE, Loop { count, a, b }];
        for (rows, columns, steps) in [(48, 513, 257), (61, 300, 500), (200, 1025, 128)] {
            let finishes =
                [(0, true, true), (1, true, false), (1, false, true), (2, false, false), (2, true, true)];
            for (start, adds, rectify) in finishes {
                let sum = inner(steps, 1, columns);
                let lines = [(1, 0), (1, 0), (rows, steps)];
                let by_column = false;
                Sizes { rows: lines, columns, sum, gap: 0, start, adds, rectify, by_column }.check::<f32>();
                let sum = inner(steps, rows, columns);
                let lines = [(1, 0), (1, 0), (rows, 1)];
                Sizes { rows: lines, columns, sum, gap: 1, start, adds, rectify, by_column }.check::<f64>();
            }
        }
    }

    /// Returns the result for each of `rows` rows, computed in pieces that begin at the given rows.
    fn in_pieces(arch: Arch, [rows, columns, steps]: [usize; 3], start: u8, cuts: &[usize]) -> Vec<f32> {
        // numbers that are rounded in every product and sum
        let inexact = |len: usize, salt: f32| (0..len).map(|i| (i as f32 * salt).sin()).collect::<Vec<_>>();
        let (a, b) = (inexact(rows * steps, 0.7), inexact(steps * columns, 0.3));
        let (bias, mut c) = (inexact(columns, 0.9), inexact(rows * columns, 1.1));
        let addend = inexact(c.len(), 1.3);
        let ends = cuts.iter().skip(1).copied().chain([rows]);
        for (first, end) in cuts.iter().copied().zip(ends) {
            Gemm {
                rows: [Rows::ONCE, Rows::ONCE, Rows { count: end - first, a: steps, c: columns }],
                columns,
                sum: [Loop::ONCE, Loop::ONCE, Loop { count: steps, a: 1, b: columns }],
                a: &a[first * steps..end * steps],
                b: &b,
                c: &mut c[first * columns..end * columns],
                start: [Start::Zero, Start::Bias(&bias), Start::Sum][usize::from(start % 3)],
                addend: if start < 3 { &[] } else { &addend[first * columns..] },
                rectify: start > 3,
                by_column: false,
            }
            .run_on(arch);
        }
        c
    }

    #[test]
    fn no_bit_depends_on_how_rows_are_split() {
        // a piece of 48 or more rows is packed, a smaller one is not
        for [columns, steps] in [[1030, 255], [1030, 257], [520, 600], [33, 257], [7, 20]] {
            for start in 0..6 {
                for arch in levels() {
                    let whole = in_pieces(arch, [64, columns, steps], start, &[0]);
                    for cut in [1, 31, 47, 48] {
                        let pieces = in_pieces(arch, [64, columns, steps], start, &[0, cut]);
                        assert!(
                            whole == pieces,
                            "{columns} columns, {steps} steps, start {start}, {cut}, {arch:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn rectification_keeps_nan() {
        for arch in levels() {
            let mut c = [f32::NAN; 3];
            Gemm {
                rows: [Rows::ONCE, Rows::ONCE, Rows { count: 3, a: 1, c: 1 }],
                columns: 1,
                sum: [Loop::ONCE; 3],
                a: &[f32::NAN, -1.0, 1.0],
                b: &[2.0],
                c: &mut c,
                start: Start::Zero,
                addend: &[],
                rectify: true,
                by_column: false,
            }
            .run_on(arch);
            assert!(c[0].is_nan() && c[1..] == [0.0, 2.0], "{arch:?} {c:?}");
        }
    }

    /// Computes three rows of two columns, sums of four steps, from slices of the given lengths.
    fn small(a: usize, addend: usize) {
        let inner = Loop { count: 4, a: 1, b: 2 };
        Gemm {
            rows: [Rows::ONCE, Rows::ONCE, Rows { count: 3, a: 4, c: 2 }],
            columns: 2,
            sum: [Loop::ONCE, Loop::ONCE, inner],
            a: &vec![0.0_f32; a],
            b: &[0.0; 8],
            c: &mut [0.0; 6],
            start: Start::Zero,
            addend: &vec![0.0; addend],
            rectify: false,
            by_column: false,
        }
        .run();
    }

    #[test]
    #[should_panic(expected = "A is too short")]
    fn a_sum_that_would_read_outside_is_refused() {
        small(11, 0);
    }

    #[test]
    #[should_panic(expected = "the addend is too short")]
    fn an_addend_that_ends_early_is_refused() {
        small(12, 6);
        small(12, 5);
    }
}
