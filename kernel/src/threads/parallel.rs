//! Splits work between the threads of the caller's pool.
//!
//! Work runs in parallel only inside a pool ([`Threads::run`](crate::Threads::run)); outside one, everything stays on
//! the calling thread and no pool is ever started. The way rows are split never changes a result: each element is
//! computed separately.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use super::team::{MOST, Team};

/// The number of operations, in multiply-adds, below which a second thread costs more than it saves: handing work over
/// takes 0.2 us, and this many operations take at least 0.3 us on one core. Tests split everything.
const WORTHWHILE: usize =
    if cfg!(any(test, all(feature = "testing", debug_assertions))) { 1 } else { 40_000 };

/// Data that can be split between rows.
pub trait Splittable: Send + Sized {
    /// Returns the number of rows.
    fn count(&self) -> usize;
    /// Splits into the first `at` rows and the others.
    fn split(self, at: usize) -> (Self, Self);
}

/// Treats each number as a row.
impl<T: Send> Splittable for &mut [T] {
    fn count(&self) -> usize {
        self.len()
    }
    fn split(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }
}

/// Splittable of several numbers.
#[derive(Debug)]
pub struct Wide<'a, T> {
    /// The rows, one after another.
    pub data: &'a mut [T],
    /// The length of a row.
    pub row: usize,
}

impl<T: Send> Splittable for Wide<'_, T> {
    fn count(&self) -> usize {
        self.data.len().checked_div(self.row).unwrap_or(0)
    }
    fn split(self, at: usize) -> (Self, Self) {
        let row = self.row;
        let (left, right) = self.data.split_at_mut(at * row);
        (Self { data: left, row }, Self { data: right, row })
    }
}

/// Splits rows side by side, as many as the first has.
impl<A: Splittable, B: Splittable> Splittable for (A, B) {
    fn count(&self) -> usize {
        self.0.count()
    }
    fn split(self, at: usize) -> (Self, Self) {
        let ((a, c), (b, d)) = (self.0.split(at), self.1.split(at));
        ((a, b), (c, d))
    }
}

/// Splits any number of vectors side by side.
impl<T: Send, const M: usize> Splittable for [&mut [T]; M] {
    fn count(&self) -> usize {
        self.first().map_or(0, |data| data.len())
    }
    fn split(mut self, at: usize) -> (Self, Self) {
        let left = self.each_mut().map(|data| data.split_off_mut(..at).unwrap_or_default());
        (left, self)
    }
}

/// Calls `work(first, rows)` for pieces of `data`, each of whole rows of `row` numbers, where `first` is the number of
/// the piece's first row; `operations` is the cost of all pieces together.
pub fn over_rows<T: Send>(
    data: &mut [T],
    row: usize,
    operations: usize,
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    over(Wide { data, row }, operations, &|first, piece: Wide<'_, T>| work(first, piece.data));
}

/// Calls `work(first, rows)` for pieces of `data`, where `first` is the number of the piece's first row; `operations`
/// is the cost of all pieces together.
///
/// Work on a piece is not split again: its own calls stay on its thread.
pub fn over<R: Splittable>(data: R, operations: usize, work: &(impl Fn(usize, R) + Sync)) {
    let team = team();
    let members = team.as_ref().map_or(1, |team| team.members());
    let pieces = members.min(operations / WORTHWHILE).min(data.count()).min(MOST);
    let Some(team) = team.filter(|_| pieces >= 2) else {
        return work(0, data);
    };
    let shares = Shares::new(data, pieces);
    team.share(pieces, &|piece| shares.work_on(piece, work));
}

/// Calls `main`, and calls `work` as [`over`] does: on idle threads while `main` runs, and on all threads after it.
/// Outside a pool, calls one after the other.
///
/// Pieces are small, because between two pieces a thread first does the work that `main` shares. If `main` returns
/// `Break`, pieces that no thread has begun are skipped.
pub fn over_beside<R: Splittable, A>(
    data: R,
    operations: usize,
    work: &(impl Fn(usize, R) + Sync),
    main: impl FnOnce() -> ControlFlow<A, A>,
) -> A {
    let Some(team) = team().filter(|team| team.members() > 1) else {
        return match main() {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(result) => {
                work(0, data);
                result
            }
        };
    };
    let pieces = (operations / WORTHWHILE).min(data.count()).clamp(1, MOST);
    let shares = Shares::new(data, pieces);
    team.aside(pieces, &|piece| shares.work_on(piece, work), main)
}

/// The pieces, each with its first row and each to be taken by one thread.
struct Shares<R>([Mutex<Option<(usize, R)>>; MOST]);

impl<R: Splittable> Shares<R> {
    /// Splits rows into the given number of pieces.
    fn new(data: R, pieces: usize) -> Self {
        let mut shares = [const { Mutex::new(None) }; MOST];
        let (count, mut first, mut rest) = (data.count(), 0, data);
        for (piece, share) in shares[..pieces].iter_mut().enumerate() {
            let end = count * (piece + 1) / pieces;
            let (head, tail) = rest.split(end - first);
            *share = Mutex::new(Some((first, head)));
            (first, rest) = (end, tail);
        }
        Self(shares)
    }

    fn work_on(&self, piece: usize, work: &impl Fn(usize, R)) {
        let share = self.0[piece].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((first, data)) = share {
            let _piece = Piece(WITHIN_PIECE.replace(true));
            work(first, data);
        }
    }
}

/// Returns true if this thread is working on a piece.
pub(crate) fn within_piece() -> bool {
    WITHIN_PIECE.get()
}

thread_local! {
    /// The flag that is true while this thread is working on a piece.
    static WITHIN_PIECE: Cell<bool> = const { Cell::new(false) };
}

/// A guard for work on a piece, until the thread leaves it, also by a panic; holds true if it is within another piece.
struct Piece(bool);

impl Drop for Piece {
    fn drop(&mut self) {
        WITHIN_PIECE.set(self.0);
    }
}

/// Returns the number of threads that the caller can share work with, including itself.
#[must_use]
pub fn threads() -> usize {
    team().map_or(1, |team| team.members())
}

/// Returns the team that the caller can share work with.
fn team() -> Option<Arc<Team>> {
    if WITHIN_PIECE.get() { None } else { Team::current() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Threads;

    #[test]
    fn every_row_is_visited_once_whatever_the_number_of_threads() {
        for threads in 1..=5 {
            for rows in [0, 1, 2, 7, 64] {
                let pool = Threads::new(threads).expect("threads");
                let mut data = vec![0; rows * 3];
                pool.run(|| {
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
