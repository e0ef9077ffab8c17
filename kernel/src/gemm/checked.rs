//! Checks the bounds of a product for the [tiles](crate::gemm::tile).

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use super::cursor::Cursor;
use super::tile::{BY_COLUMN, COPY, FETCH, PLAIN, Tiles, highest};
use super::{Gemm, Start};
use crate::Scalar;

impl<'a, T: Scalar> Gemm<'a, T> {
    /// Checks that every number that the product accesses is inside its slices: the invariant of every `unsafe` block
    /// of the [tiles](crate::gemm::tile).
    ///
    /// There must be at least one row and one column.
    pub(crate) fn check(self) -> Checked<'a, T> {
        // saturating: a sum that wrapped around could pass for a small one
        let last = |loops: [(usize, usize); 3]| {
            let steps = loops.map(|(count, step)| (count - 1).saturating_mul(step));
            steps.into_iter().fold(0, usize::saturating_add)
        };
        if self.sum.iter().all(|l| l.count > 0) {
            let last_row = last(self.rows.map(|rows| (rows.count, rows.a)));
            let last_a = last_row.saturating_add(last(self.sum.map(|l| (l.count, l.a))));
            let width = if self.by_column { self.columns } else { 1 };
            assert!(last_a.saturating_add(width) <= self.a.len(), "A is too short");
            let last_b = last(self.sum.map(|l| (l.count, l.b)));
            assert!(last_b.saturating_add(self.columns) <= self.b.len(), "B is too short");
        }
        let last_c = last(self.rows.map(|rows| (rows.count, rows.c)));
        assert!(last_c.saturating_add(self.columns) <= self.c.len(), "C is too short");
        let addend = self.addend.len();
        assert!(addend == 0 || last_c.saturating_add(self.columns) <= addend, "the addend is too short");
        if let Start::Bias(bias) = self.start {
            assert!(bias.len() == self.columns, "one bias for each column");
        }
        Checked { task: self, beside: Beside::Nothing }
    }
}

/// A product whose bounds have been [checked](Gemm::check).
pub(crate) struct Checked<'a, T> {
    task: Gemm<'a, T>,
    beside: Beside<'a, T>,
}

/// The additional work of a [highest] tile of two vectors of columns in each step of its sum, which is one loop.
pub(crate) enum Beside<'a, T> {
    Nothing,
    /// The tile copies its columns of `B`, step by step.
    Copy(&'a mut [MaybeUninit<T>]),
    /// The tile prefetches a cache line in each step: the first one here, each `step` numbers after the previous one.
    Fetch {
        from: *const T,
        step: usize,
    },
}

impl<'a, T: Scalar> Checked<'a, T> {
    /// Returns the checked task; the caller must leave its slices and loops unchanged.
    pub(crate) fn task(&mut self) -> &mut Gemm<'a, T> {
        &mut self.task
    }

    /// Returns the same task with additional work.
    pub(crate) fn beside(self, beside: Beside<'a, T>) -> Self {
        Self { beside, ..self }
    }

    /// Returns the destination of a copy of `B`; the pointer is null where no copy is made.
    pub(crate) fn copy(&mut self) -> *mut T {
        match &mut self.beside {
            Beside::Copy(room) => room.as_mut_ptr().cast(),
            _ => std::ptr::null_mut(),
        }
    }

    /// Returns the first cache line to prefetch, and the distance to the next.
    pub(crate) fn fetch(&self) -> (*const T, usize) {
        match self.beside {
            Beside::Fetch { from, step } => (from, step),
            _ => (std::ptr::null(), 0),
        }
    }
}

impl<T: Scalar> WithSimd for Checked<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Gemm { rows, columns, sum: [outer, middle, inner], by_column, .. } = self.task;
        let (count, start) = (self.task.row_count(), Cursor::new(rows));
        let task = &mut self;
        if let Beside::Nothing = task.beside {
            if by_column {
                Tiles::<_, _, BY_COLUMN> { simd, task }.run(count, start);
            } else {
                Tiles::<_, _, PLAIN> { simd, task }.run(count, start);
            }
            return;
        }
        let tile = count == highest::<S, T>() && columns == 2 * T::lanes::<S>() && !by_column;
        assert!(tile && [outer.count, middle.count] == [1; 2], "one tile, the sum in one loop");
        if let Beside::Copy(room) = &task.beside {
            assert!(inner.count.saturating_mul(columns) <= room.len(), "room for the copy is too short");
            Tiles::<_, _, COPY> { simd, task }.one(start);
        } else {
            Tiles::<_, _, FETCH> { simd, task }.one(start);
        }
    }
}
