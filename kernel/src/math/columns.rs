//! Moves channels: columns of matrices whose rows are pixels.

use crate::Scalar;
use crate::threads::parallel::over_rows;

/// Computes `to[r] = a[r] ++ b[r]`, for rows of `a_width` and `b_width` numbers.
#[inline]
pub fn interleave<T: Scalar>(a: &[T], b: &[T], to: &mut [T], a_width: usize, b_width: usize) {
    T::columns_interleave(a, b, to, a_width, b_width);
}

/// Computes [`interleave`], compiled in the crate that calls it.
pub(crate) fn interleave_generic<T: Scalar>(a: &[T], b: &[T], to: &mut [T], a_width: usize, b_width: usize) {
    let operations = to.len();
    over_rows(to, a_width + b_width, operations, &|first, to| {
        let rows = a.chunks_exact(a_width).zip(b.chunks_exact(b_width)).skip(first);
        for (to, (a, b)) in to.chunks_exact_mut(a_width + b_width).zip(rows) {
            to[..a_width].copy_from_slice(a);
            to[a_width..].copy_from_slice(b);
        }
    });
}

/// Computes `to[r] = from[r][start..start + to_width]`.
#[inline]
pub fn columns<T: Scalar>(from: &[T], from_width: usize, start: usize, to: &mut [T], to_width: usize) {
    T::columns_select(from, from_width, start, to, to_width);
}

/// Computes [`columns`], compiled in the crate that calls it.
pub(crate) fn columns_generic<T: Scalar>(
    from: &[T],
    from_width: usize,
    start: usize,
    to: &mut [T],
    to_width: usize,
) {
    let operations = to.len();
    over_rows(to, to_width, operations, &|first, to| {
        let rows = from.chunks_exact(from_width).skip(first);
        for (to, from) in to.chunks_exact_mut(to_width).zip(rows) {
            to.copy_from_slice(&from[start..][..to_width]);
        }
    });
}

/// Computes `to[r][start..start + from_width] = from[r]`, the reverse of [`columns`].
pub fn put_columns<T: Scalar>(from: &[T], from_width: usize, to: &mut [T], to_width: usize, start: usize) {
    let operations = from.len();
    over_rows(to, to_width, operations, &|first, to| {
        let rows = from.chunks_exact(from_width).skip(first);
        for (to, from) in to.chunks_exact_mut(to_width).zip(rows) {
            to[start..][..from_width].copy_from_slice(from);
        }
    });
}

/// Computes `to[r][j] = from[r][table[j]]`.
#[inline]
pub fn gather<T: Scalar>(from: &[T], from_width: usize, to: &mut [T], table: &[usize]) {
    T::columns_gather(from, from_width, to, table);
}

/// Computes [`gather`], compiled in the crate that calls it.
pub(crate) fn gather_generic<T: Scalar>(from: &[T], from_width: usize, to: &mut [T], table: &[usize]) {
    let operations = to.len();
    over_rows(to, table.len(), operations, &|first, to| {
        let rows = from.chunks_exact(from_width).skip(first);
        for (to, from) in to.chunks_exact_mut(table.len()).zip(rows) {
            for (to, &column) in to.iter_mut().zip(table) {
                *to = from[column];
            }
        }
    });
}

/// Computes `to[r][i] = Σ from[r][j]` over the j with `table[j] = i`.
#[inline]
pub fn scatter<T: Scalar>(from: &[T], to: &mut [T], to_width: usize, table: &[usize]) {
    T::columns_scatter(from, to, to_width, table);
}

/// Computes [`scatter`], compiled in the crate that calls it.
pub(crate) fn scatter_generic<T: Scalar>(from: &[T], to: &mut [T], to_width: usize, table: &[usize]) {
    let operations = from.len() + to.len();
    over_rows(to, to_width, operations, &|first, to| {
        let rows = from.chunks_exact(table.len()).skip(first);
        for (to, from) in to.chunks_exact_mut(to_width).zip(rows) {
            to.fill(T::ZERO);
            for (&from, &column) in from.iter().zip(table) {
                to[column] += from;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_put_back_where_they_were() {
        // the last is shared among threads
        for (rows, width) in [(1, 3), (5, 7), (3000, 40)] {
            let from: Vec<f64> = (0..rows * width).map(|i| i as f64).collect();
            let mut back = vec![f64::NAN; from.len()];
            for (start, part) in [(0, 1), (1, width - 2), (width - 1, 1)] {
                let mut taken = vec![f64::NAN; rows * part];
                columns(&from, width, start, &mut taken, part);
                assert_eq!(taken[0], start as f64);
                put_columns(&taken, part, &mut back, width, start);
            }
            assert_eq!(back, from, "{rows} rows of {width}");
        }
    }
}
