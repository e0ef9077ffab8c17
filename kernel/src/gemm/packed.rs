//! Computes the product with a large matrix, block by block.

// Blocks are written before they are read, and cache lines are prefetched.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use pulp::{Arch, Simd, WithSimd};

use super::checked::Beside;
use super::tile::highest;
use super::{Gemm, Loop, Rows, Start};
use crate::Scalar;
use crate::simd::prefetch;

/// The size of `B` in bytes from which it is packed. 784×256 (784 KiB) on Zen 4, whose second-level cache has 1 MiB: 91
/// GFLOP/s packed, 108 in place.
const PACK_FROM: usize = 1 << 20;
/// The number of rows from which `B` is packed.
const FEWEST_ROWS: usize = 48;
/// The number of steps of the sum in a packed block. Twice as many gave the same speed.
pub(crate) const STEPS: usize = 256;
/// The number of rows in a packed block of `A` with this many steps; more rows with fewer steps. Twice as many gave the
/// same speed.
const ROWS: usize = 120;
/// The largest number of columns of a panel: two vectors.
const PANEL: usize = 32;

/// The memory for packed blocks of `A` and `B`. Each of their vectors lies in one cache line, which is 8 % faster.
#[repr(align(64))]
struct Room<T>([MaybeUninit<T>; STEPS * (ROWS + PANEL)]);

/// A product that copies `A` and `B`, one block at a time, so that the inner loop reads each of them contiguously.
///
/// Each row of a wide matrix is on a page of its own, and the cache lines of a column are in few sets of the caches, so
/// reading a block of `B` takes as much time as a fifth of the sums. So the first tile of rows that uses a panel of
/// `B`, two vectors wide, copies it, and the preceding tiles prefetch its lines. 2048×2048 with 64 examples on one
/// thread of Zen 5 (peak 265), as GFLOP/s: 256 columns copied before the tiles 185, copied by the first tile 190, and
/// also prefetched 217.
pub(crate) struct Packed<'a, T>(pub(crate) Gemm<'a, T>);

impl<T: Scalar> Packed<'_, T> {
    /// Returns true if `B` is read so often, and its rows are so far apart, that copying it pays.
    pub(crate) fn pays(task: &Gemm<'_, T>) -> bool {
        let [outer, middle, inner] = task.sum;
        let bytes = inner.count.saturating_mul(task.columns).saturating_mul(size_of::<T>());
        let [first, second, rows] = task.rows;
        [outer.count, middle.count, first.count, second.count] == [1; 4]
            && !task.by_column
            && rows.count >= FEWEST_ROWS
            && bytes > PACK_FROM
    }

    /// Computes the product. This is a separate function because its stack memory is touched page by page in whatever
    /// function it is inlined into: a product of 128×64 with one example took 0.57 us instead of 0.36 us.
    #[inline(never)]
    pub(crate) fn run(self, arch: Arch) {
        arch.dispatch(self);
    }
}

impl<T: Scalar> WithSimd for Packed<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Gemm { rows: [.., rows], sum: [.., inner], a, .. } = self.0;
        let tall = highest::<S, T>();
        let mut room = Room([const { MaybeUninit::uninit() }; STEPS * (ROWS + PANEL)]);
        let (room_of_a, room_of_b) = room.0.split_at_mut(STEPS * ROWS);
        let mut task = self.0;
        for step in (0..inner.count).step_by(STEPS) {
            let steps = STEPS.min(inner.count - step);
            let most_rows = STEPS * ROWS / steps / tall * tall;
            for row in (0..rows.count).step_by(most_rows) {
                let count = most_rows.min(rows.count - row);
                let from = &a[row * rows.a + step * inner.a..];
                let a = pack_rows(from, rows.a, inner.a, [count, steps, tall], room_of_a);
                Block { task: &mut task, row, step, steps, tall, a }.run(simd, room_of_b);
            }
        }
    }
}

/// Some rows and some steps of a product, with all of its columns.
struct Block<'t, 'a, T> {
    task: &'t mut Gemm<'a, T>,
    row: usize,
    step: usize,
    steps: usize,
    /// The number of rows of a tile.
    tall: usize,
    /// The packed rows and steps, tile after tile.
    a: &'t [T],
}

impl<T: Scalar> Block<'_, '_, T> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, room: &mut [MaybeUninit<T>]) {
        let panel = 2 * T::lanes::<S>();
        let line = 64 / size_of::<T>();
        let (inner, columns) = (self.task.sum[2], self.task.columns);
        for column in (0..columns).step_by(panel) {
            let width = panel.min(columns - column);
            let b = &self.task.b[self.step * inner.b + column..];
            let mut tiles = self.a.chunks(self.steps * self.tall).enumerate();
            let packed = match self.a.get(..self.steps * self.tall) {
                Some(first) if width == panel => {
                    tiles.next();
                    self.tile(simd, 0, [column, width], first, b, inner.b, Beside::Copy(room));
                    // SAFETY: the tile has copied a panel of each step.
                    unsafe { initialized(&room[..self.steps * panel]) }
                }
                _ => pack_steps(b, inner.b, [self.steps, width, panel], room),
            };
            for (tile, a) in tiles {
                // the next panel, one column of cache lines for each tile
                let lines = tile.saturating_sub(1) * line;
                let beside = if lines < panel && width == panel && a.len() == self.steps * self.tall {
                    Beside::Fetch { from: b.as_ptr().wrapping_add(panel + lines), step: inner.b }
                } else {
                    Beside::Nothing
                };
                self.tile(simd, tile, [column, width], a, packed, panel, beside);
            }
        }
    }

    /// Computes a tile of rows; the steps of `B` are `b_step` apart.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn tile<S: Simd>(
        &mut self,
        simd: S,
        tile: usize,
        [column, columns]: [usize; 2],
        a: &[T],
        b: &[T],
        b_step: usize,
        beside: Beside<'_, T>,
    ) {
        let (steps, task) = (self.steps, &mut *self.task);
        let (rows, inner) = (task.rows[2], task.sum[2]);
        let height = a.len() / steps;
        let (a_row, a_step) = if inner.a == 1 { (steps, 1) } else { (1, height) };
        let first = (self.row + tile * self.tall) * rows.c + column;
        let c = &mut task.c[first..];
        for row in height..2 * height {
            for line in (0..columns).step_by(64 / size_of::<T>()) {
                prefetch(c.as_ptr().wrapping_add(row * rows.c + line));
            }
        }
        let last = self.step + steps == inner.count;
        let part = Gemm {
            rows: [Rows::ONCE, Rows::ONCE, Rows { count: height, a: a_row, c: rows.c }],
            columns,
            sum: [Loop::ONCE, Loop::ONCE, Loop { count: steps, a: a_step, b: b_step }],
            a,
            b,
            c,
            start: match task.start {
                _ if self.step > 0 => Start::Continue,
                Start::Bias(bias) => Start::Bias(&bias[column..][..columns]),
                start => start,
            },
            by_column: false,
            addend: if last && !task.addend.is_empty() { &task.addend[first..] } else { &[] },
            rectify: task.rectify && last,
        };
        // called, not inlined, so that the tiles are compiled only once
        simd.vectorize(part.check().beside(beside));
    }
}

/// Copies `steps` steps of `width` columns of `B`, less than a panel, and fills the rest of the panel with zeros.
#[inline(always)]
fn pack_steps<'t, T: Scalar>(
    b: &[T],
    step: usize,
    [steps, width, panel]: [usize; 3],
    to: &'t mut [MaybeUninit<T>],
) -> &'t [T] {
    let to = &mut to[..steps * panel];
    for (k, to) in to.chunks_exact_mut(panel).enumerate() {
        let (columns, rest) = to.split_at_mut(width);
        columns.write_copy_of_slice(&b[k * step..][..width]);
        rest.fill(MaybeUninit::new(T::ZERO));
    }
    // SAFETY: every position of each step has been written.
    unsafe { initialized(to) }
}

/// Copies rows and steps of `A`, one tile of `tall` rows after another: row by row where the steps are contiguous,
/// otherwise step by step.
#[inline(always)]
fn pack_rows<'t, T: Scalar>(
    a: &[T],
    row: usize,
    step: usize,
    [rows, steps, tall]: [usize; 3],
    to: &'t mut [MaybeUninit<T>],
) -> &'t [T] {
    let to = &mut to[..rows * steps];
    for (tile, to) in to.chunks_mut(tall * steps).enumerate() {
        let a = &a[tile * tall * row..];
        if step == 1 {
            for (r, to) in to.chunks_exact_mut(steps).enumerate() {
                to.write_copy_of_slice(&a[r * row..][..steps]);
            }
            continue;
        }
        for (k, to) in to.chunks_exact_mut(to.len() / steps).enumerate() {
            let from = &a[k * step..];
            if row == 1 {
                to.write_copy_of_slice(&from[..to.len()]);
            } else {
                for (r, to) in to.iter_mut().enumerate() {
                    to.write(from[r * row]);
                }
            }
        }
    }
    // SAFETY: every position has been written, tile by tile: each tile is whole rows and whole steps.
    unsafe { initialized(to) }
}

/// Returns the numbers that have been written to `room`.
///
/// # Safety
///
/// All of `room` must have been written.
unsafe fn initialized<T>(room: &[MaybeUninit<T>]) -> &[T] {
    // SAFETY: the caller guarantees that all of it has been written.
    unsafe { &*(std::ptr::from_ref(room) as *const [T]) }
}
