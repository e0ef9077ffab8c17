//! Splitting work between the threads of the pool that the caller runs in.
//!
//! Work runs in parallel only inside a pool ([`Threads::run`](crate::Threads::run)); outside of one everything
//! stays on the calling thread and no pool is ever started. How rows are split never changes a result: each
//! element is computed by itself.

/// Operations below which a second thread costs more than it saves: handing work over takes about 2 us, the
/// time of 400,000 multiply-adds on one core. Tests split everything.
const WORTHWHILE: usize = if cfg!(test) { 1 } else { 400_000 };

/// Calls `work(first, rows)` for pieces of `data`, whole rows of `row` numbers each, whose first row is number
/// `first`; `operations` is what all of it costs.
pub(crate) fn over_rows<T: Send>(
    data: &mut [T],
    row: usize,
    operations: usize,
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    let threads = if rayon::current_thread_index().is_some() { rayon::current_num_threads() } else { 1 };
    let pieces = threads.min(operations / WORTHWHILE).max(1);
    split(data, row, 0, pieces, work);
}

fn split<T: Send>(
    data: &mut [T],
    row: usize,
    first: usize,
    pieces: usize,
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    let rows = data.len().checked_div(row).unwrap_or(0);
    let half = rows * (pieces / 2) / pieces.max(1);
    if pieces < 2 || half == 0 {
        work(first, data);
        return;
    }
    let (left, right) = data.split_at_mut(half * row);
    rayon::join(
        || split(left, row, first, pieces / 2, work),
        || split(right, row, first + half, pieces - pieces / 2, work),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_visited_once_whatever_the_number_of_threads() {
        for threads in 1..=5 {
            for rows in [0, 1, 2, 7, 64] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                let mut data = vec![0; rows * 3];
                pool.install(|| {
                    over_rows(&mut data, 3, usize::MAX, &|first, piece| {
                        for (i, row) in piece.chunks_mut(3).enumerate() {
                            for x in row {
                                *x += first + i + 1;
                            }
                        }
                    });
                });
                let expected: Vec<_> = (0..rows).flat_map(|row| [row + 1; 3]).collect();
                assert_eq!(data, expected, "{rows} rows on {threads} threads");
            }
        }
    }
}
