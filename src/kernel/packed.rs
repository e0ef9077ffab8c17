//! The contraction of a large matrix, block by block.

// Cache lines are asked for ahead of their use, and only the room that is used is filled with zeros.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use pulp::{Arch, Simd, WithSimd};

use super::contract::{Contract, Loop, Rows, Start};
use super::simd::prefetch;
use crate::Scalar;

/// Bytes of `B` from which it is packed: half of a usual second-level cache.
const PACK_FROM: usize = 1 << 20;
/// Rows that go over a packed block of `B` together: two tiles with 16 registers, one with 32.
const ROWS: usize = 12;
/// Steps of the sum in a packed block.
const STEPS: usize = 256;
/// Steps that are asked for ahead of being packed.
const AHEAD: usize = 8;
/// Columns in a packed block: with `STEPS`, 256 KiB of `f32`.
const COLUMNS: usize = 256;

/// A contraction that copies `A` and `B`, a block at a time, so that the inner loop reads each in one run.
pub(super) struct Packed<'a, T>(pub(super) Contract<'a, T>);

impl<T: Scalar> Packed<'_, T> {
    /// Whether `B` is read so often, and lies so far apart, that copying it pays: rows of a wide matrix lie each
    /// on a page of its own. Copying `A` too, in these blocks, as GFLOP/s before and after with 64 examples on one
    /// thread of Zen 3 (peak 118), beside other work on the machine: 2048×2048 forward 48 and 54, input gradient
    /// 46 and 70, weight gradient 22 and 40; 1024×1024 forward 61 and 69, input gradient 63 and 83, weight gradient 26
    /// and 42. Other sizes of the blocks were not compared.
    pub(super) fn pays(task: &Contract<'_, T>) -> bool {
        let [outer, middle, inner] = task.sum;
        let bytes = inner.count.saturating_mul(task.columns).saturating_mul(size_of::<T>());
        let [first, second, rows] = task.rows;
        [outer.count, middle.count, first.count, second.count] == [1; 4]
            && !task.by_column
            && rows.count >= 4 * ROWS
            && bytes > PACK_FROM
    }

    /// Computes it. A function of its own, since the room that it takes on the stack is touched page by page in
    /// whatever function it is inlined into: a product of 128×64 with one example took 0.57 us instead of 0.36 us.
    #[inline(never)]
    pub(super) fn run(self, arch: Arch) {
        arch.dispatch(self);
    }
}

impl<T: Scalar> WithSimd for Packed<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Contract { rows, columns, sum, a, b, c, start, rectify, .. } = self.0;
        let ([.., rows], [.., inner]) = (rows, sum);
        let panel = 2 * T::lanes::<S>();
        let mut room = [const { MaybeUninit::uninit() }; STEPS * (ROWS + COLUMNS)];
        let (most_steps, most_columns) =
            (inner.count.min(STEPS), columns.min(COLUMNS).next_multiple_of(panel));
        let (packed_a, packed_b) = room[..most_steps * (ROWS + most_columns)].split_at_mut(most_steps * ROWS);
        let packed_a = zeros(packed_a);
        for column in (0..columns).step_by(COLUMNS) {
            let width = COLUMNS.min(columns - column);
            for step in (0..inner.count).step_by(STEPS) {
                let steps = STEPS.min(inner.count - step);
                let packed_b =
                    pack_steps(&b[step * inner.b + column..], inner.b, [steps, width, panel], packed_b);
                for row in (0..rows.count).step_by(ROWS) {
                    let height = ROWS.min(rows.count - row);
                    let from = &a[row * rows.a + step * inner.a..];
                    let (a_row, a_step) = pack_rows(from, rows.a, inner.a, [height, steps], packed_a);
                    for (p, packed_b) in packed_b.chunks(steps * panel).enumerate() {
                        let first = column + p * panel;
                        let columns = panel.min(column + width - first);
                        let c = &mut c[row * rows.c + first..];
                        for r in 0..height {
                            prefetch(c.as_ptr().wrapping_add(r * rows.c + panel));
                        }
                        let part = Contract {
                            rows: [Rows::ONCE, Rows::ONCE, Rows { count: height, a: a_row, c: rows.c }],
                            columns,
                            sum: [Loop::ONCE, Loop::ONCE, Loop { count: steps, a: a_step, b: panel }],
                            a: packed_a,
                            b: packed_b,
                            c,
                            start: match start {
                                _ if step > 0 => Start::Sum,
                                Start::Bias(bias) => Start::Bias(&bias[first..][..columns]),
                                start => start,
                            },
                            by_column: false,
                            rectify: rectify && step + steps == inner.count,
                        };
                        // called, not inlined: the tiles are compiled once
                        simd.vectorize(part.check());
                    }
                }
            }
        }
    }
}

/// Copies `steps` steps of `width` columns of `B`, panel after panel; what the last one lacks is zero.
#[inline(always)]
fn pack_steps<'t, T: Scalar>(
    b: &[T],
    step: usize,
    [steps, width, panel]: [usize; 3],
    to: &'t mut [MaybeUninit<T>],
) -> &'t [T] {
    for k in 0..steps {
        let from = &b[k * step..][..width];
        for line in (0..width).step_by(16) {
            prefetch(from.as_ptr().wrapping_add(AHEAD * step + line));
        }
        for (p, from) in from.chunks(panel).enumerate() {
            let to = &mut to[(p * steps + k) * panel..][..panel];
            // a whole panel is copied by a vector or two
            if from.len() == panel {
                to.write_copy_of_slice(&from[..panel]);
            } else {
                let (columns, rest) = to.split_at_mut(from.len());
                columns.write_copy_of_slice(from);
                zeros(rest);
            }
        }
    }
    let packed = &to[..steps * width.next_multiple_of(panel)];
    // SAFETY: every place of each step has been written in each panel.
    unsafe { &*(std::ptr::from_ref(packed) as *const [T]) }
}

/// Fills room with zeros.
fn zeros<T: Scalar>(room: &mut [MaybeUninit<T>]) -> &mut [T] {
    for place in room.iter_mut() {
        place.write(T::ZERO);
    }
    // SAFETY: every place has just been written.
    unsafe { &mut *(std::ptr::from_mut(room) as *mut [T]) }
}

/// Copies `height` rows and `steps` steps of `A`; returns how far apart its rows and steps lie then.
#[inline(always)]
fn pack_rows<T: Scalar>(
    a: &[T],
    row: usize,
    step: usize,
    [height, steps]: [usize; 2],
    to: &mut [T],
) -> (usize, usize) {
    if step == 1 {
        for (r, to) in to.chunks_exact_mut(steps).enumerate().take(height) {
            to.copy_from_slice(&a[r * row..][..steps]);
        }
        return (steps, 1);
    }
    for (k, to) in to.chunks_exact_mut(height).enumerate().take(steps) {
        let from = &a[k * step..];
        if row == 1 {
            to.copy_from_slice(&from[..height]);
        } else {
            for (r, to) in to.iter_mut().enumerate() {
                *to = from[r * row];
            }
        }
    }
    (1, height)
}
