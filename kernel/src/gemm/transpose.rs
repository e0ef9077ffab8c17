//! Transposes matrices.

use pulp::Arch;

use crate::Scalar;
use crate::instruction_set::arch;
use crate::threads::parallel::over_rows;

/// Computes `to[c][r] = from[r][c]` for a `rows × columns` matrix.
pub(crate) fn transpose<T: Scalar>(from: &[T], to: &mut [T], rows: usize, columns: usize) {
    /// The cost of one number, in the multiply-adds that `parallel` counts.
    const NUMBER: usize = 16;
    assert!(from.len() == rows * columns && to.len() == from.len(), "a {rows}×{columns} matrix");
    over_rows(to, rows, NUMBER * from.len(), &|first, to| {
        T::transpose(from.get(first..).unwrap_or_default(), columns, to, rows);
    });
}

/// Computes `to[c][r] = from[r][c]` for a matrix whose rows begin `step` numbers apart, compiled in the crate that
/// calls it.
pub(crate) fn transpose_here<T: Scalar>(from: &[T], step: usize, to: &mut [T], rows: usize) {
    transpose_on(arch(), from, step, to, rows);
}

fn transpose_on<T: Scalar>(arch: Arch, from: &[T], step: usize, to: &mut [T], rows: usize) {
    let columns = to.len().checked_div(rows).unwrap_or(0);
    let matrix = Matrix { from, step, to, rows, columns };
    #[cfg(target_arch = "x86_64")]
    match (singles(matrix), arch) {
        (Ok(matrix), Arch::V3(simd)) => simd.vectorize(x86::Transpose { simd, matrix }),
        (Ok(matrix), Arch::V4(simd)) => simd.vectorize(x86::Transpose { simd: *simd, matrix }),
        (Ok(matrix), _) => matrix.transpose(square),
        (Err(matrix), _) => matrix.transpose(square),
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = arch;
        matrix.transpose(square);
    }
}

struct Matrix<'a, T> {
    from: &'a [T],
    /// The distance from one row to the next.
    step: usize,
    to: &'a mut [T],
    rows: usize,
    columns: usize,
}

/// Returns the matrix as one of `f32`, if its numbers are `f32`.
#[cfg(target_arch = "x86_64")]
fn singles<T: Scalar>(matrix: Matrix<'_, T>) -> Result<Matrix<'_, f32>, Matrix<'_, T>> {
    let Matrix { from, step, to, rows, columns } = matrix;
    if size_of::<T>() == size_of::<f32>() {
        let (from, to) = (bytemuck::cast_slice(from), bytemuck::cast_slice_mut(to));
        Ok(Matrix { from, step, to, rows, columns })
    } else {
        Err(Matrix { from, step, to, rows, columns })
    }
}

/// The side of the squares that are transposed in registers.
const SIDE: usize = 8;

impl<T: Scalar> Matrix<'_, T> {
    /// Transposes one square after another, and then the rest beside them.
    #[inline(always)]
    fn transpose(self, square: impl Fn(&[T], usize, &mut [T], usize)) {
        let Self { from, step, to, rows, columns } = self;
        let (square_rows, square_columns) = (rows - rows % SIDE, columns - columns % SIDE);
        for r in (0..square_rows).step_by(SIDE) {
            for c in (0..square_columns).step_by(SIDE) {
                square(&from[r * step + c..], step, &mut to[c * rows + r..], rows);
            }
        }
        for r in 0..rows {
            let first = if r < square_rows { square_columns } else { 0 };
            for c in first..columns {
                to[c * rows + r] = from[r * step + c];
            }
        }
    }
}

#[inline(always)]
fn square<T: Scalar>(from: &[T], from_row: usize, to: &mut [T], to_row: usize) {
    let mut columns = [[T::ZERO; SIDE]; SIDE];
    for r in 0..SIDE {
        let row = &from[r * from_row..][..SIDE];
        for c in 0..SIDE {
            columns[c][r] = row[c];
        }
    }
    for (c, column) in columns.iter().enumerate() {
        to[c * to_row..][..SIDE].copy_from_slice(column);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::__m256;

    use pulp::NullaryFnOnce;
    use pulp::x86::V3;

    use super::{Matrix, SIDE};

    pub(crate) struct Transpose<'a> {
        pub(crate) simd: V3,
        pub(crate) matrix: Matrix<'a, f32>,
    }

    impl NullaryFnOnce for Transpose<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { simd, matrix } = self;
            matrix.transpose(
                #[inline(always)]
                |from, from_row, to, to_row| {
                    // no `map`, which is not inlined
                    let mut rows = [simd.avx._mm256_setzero_ps(); SIDE];
                    for (r, row) in rows.iter_mut().enumerate() {
                        let mut numbers = [0.0_f32; SIDE];
                        numbers.copy_from_slice(&from[r * from_row..][..SIDE]);
                        *row = bytemuck::cast(numbers);
                    }
                    let columns = square(simd, rows);
                    for (c, &column) in columns.iter().enumerate() {
                        let column: [f32; SIDE] = bytemuck::cast(column);
                        to[c * to_row..][..SIDE].copy_from_slice(&column);
                    }
                },
            );
        }
    }

    /// Transposes an 8×8 square in three rounds, which exchange numbers, pairs and groups of four.
    #[inline(always)]
    fn square(simd: V3, [a, b, c, d, e, f, g, h]: [__m256; SIDE]) -> [__m256; SIDE] {
        let avx = simd.avx;
        let (ab0, ab1) = (avx._mm256_unpacklo_ps(a, b), avx._mm256_unpackhi_ps(a, b));
        let (cd0, cd1) = (avx._mm256_unpacklo_ps(c, d), avx._mm256_unpackhi_ps(c, d));
        let (ef0, ef1) = (avx._mm256_unpacklo_ps(e, f), avx._mm256_unpackhi_ps(e, f));
        let (gh0, gh1) = (avx._mm256_unpacklo_ps(g, h), avx._mm256_unpackhi_ps(g, h));
        let low = |x, y| avx._mm256_shuffle_ps::<0b0100_0100>(x, y);
        let high = |x, y| avx._mm256_shuffle_ps::<0b1110_1110>(x, y);
        let left = [low(ab0, cd0), high(ab0, cd0), low(ab1, cd1), high(ab1, cd1)];
        let right = [low(ef0, gh0), high(ef0, gh0), low(ef1, gh1), high(ef1, gh1)];
        let first = |i: usize| avx._mm256_permute2f128_ps::<0x20>(left[i], right[i]);
        let last = |i: usize| avx._mm256_permute2f128_ps::<0x31>(left[i], right[i]);
        [first(0), first(1), first(2), first(3), last(0), last(1), last(2), last(3)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::levels;

    fn check<T: Scalar>(from: &[T], rows: usize, columns: usize) {
        for arch in levels() {
            let mut to = vec![T::of(-1.0); from.len()];
            transpose_on(arch, from, columns, &mut to, rows);
            for r in 0..rows {
                for c in 0..columns {
                    let (found, expected) = (to[c * rows + r], from[r * columns + c]);
                    assert!(
                        found == expected,
                        "{rows}×{columns} at {r}, {c} on {arch:?}: {found}, {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn exchanges_rows_and_columns_of_awkward_sizes() {
        for rows in [0, 1, 7, 8, 9, 16, 31] {
            for columns in [0, 1, 3, 8, 15, 24] {
                let from: Vec<f64> = (0..rows * columns).map(|i| i as f64).collect();
                check(&from, rows, columns);
                check(&from.iter().map(|&x| x as f32).collect::<Vec<_>>(), rows, columns);
            }
        }
    }
}
