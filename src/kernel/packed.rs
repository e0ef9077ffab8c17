//! The contraction of a large matrix, block by block.

use pulp::{Simd, WithSimd};

use super::contract::{Contract, Loop, Rows, Start};
use crate::Scalar;

/// Bytes of `B` from which it is packed: half of a usual second-level cache.
const PACK_FROM: usize = 512 << 10;
/// Rows that go over a packed block of `B` together.
const ROWS: usize = 24;
/// Steps of the sum in a packed block.
const STEPS: usize = 128;
/// Columns in a packed block: with `STEPS`, 64 KiB of `f32`.
const COLUMNS: usize = 128;

/// A contraction that copies `B`, a block at a time, so that the inner loop reads it in one run.
pub(super) struct Packed<'a, T>(pub(super) Contract<'a, T>);

impl<T: Scalar> Packed<'_, T> {
    /// Whether `B` is read so often, and lies so far apart, that copying it pays: rows of a wide matrix lie each
    /// on a page of its own. Measured in GFLOP/s at 64 examples on one thread, without and with: 2048×2048 forward
    /// 49 and 68, weight gradient 50 and 57, both gradients 61 and 72; 1024×1024 forward 68 and 74, weight gradient 79
    /// and 79, both gradients 77 and 84. The blocks' sizes themselves were not compared with others.
    pub(super) fn pays(task: &Contract<'_, T>) -> bool {
        let [outer, middle, inner] = task.sum;
        let bytes = inner.count.saturating_mul(task.columns).saturating_mul(size_of::<T>());
        let [first, second, rows] = task.rows;
        [outer.count, middle.count, first.count, second.count] == [1; 4]
            && rows.count >= 2 * ROWS
            && bytes > PACK_FROM
    }
}

impl<T: Scalar> WithSimd for Packed<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Contract { rows: [.., rows], columns, sum: [.., inner], a, b, c, start, rectify } = self.0;
        let panel = 2 * T::lanes::<S>();
        let mut packed = [T::ZERO; STEPS * COLUMNS];
        for column in (0..columns).step_by(COLUMNS) {
            let width = COLUMNS.min(columns - column);
            for step in (0..inner.count).step_by(STEPS) {
                let steps = STEPS.min(inner.count - step);
                for (p, packed) in packed.chunks_mut(STEPS * panel).enumerate().take(width.div_ceil(panel)) {
                    let first = p * panel;
                    let width = panel.min(width - first);
                    for (k, to) in packed.chunks_exact_mut(panel).take(steps).enumerate() {
                        to[..width].copy_from_slice(&b[(step + k) * inner.b + column + first..][..width]);
                    }
                }
                for row in (0..rows.count).step_by(ROWS) {
                    for (p, packed) in packed.chunks(STEPS * panel).enumerate().take(width.div_ceil(panel)) {
                        let first = column + p * panel;
                        let columns = panel.min(column + width - first);
                        let part = Contract {
                            rows: [
                                Rows::ONCE,
                                Rows::ONCE,
                                Rows { count: ROWS.min(rows.count - row), ..rows },
                            ],
                            columns,
                            sum: [Loop::ONCE, Loop::ONCE, Loop { count: steps, a: inner.a, b: panel }],
                            a: &a[row * rows.a + step * inner.a..],
                            b: packed,
                            c: &mut c[row * rows.c + first..],
                            start: match start {
                                _ if step > 0 => Start::Sum,
                                Start::Bias(bias) => Start::Bias(&bias[first..][..columns]),
                                start => start,
                            },
                            rectify: rectify && step + steps == inner.count,
                        };
                        part.check().with_simd(simd);
                    }
                }
            }
        }
    }
}
