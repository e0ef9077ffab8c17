//! Threads that look out for work, and one of them that shares it out.
//!
//! A layer of a small network takes some microseconds. Handed over through a queue, with sleep and waking, its halves take
//! longer than its whole; so who waits here reads one word of memory until it changes, without a system call.

// What is shared out lies on the stack of who shares it, and is reached through a pointer.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The most pieces that work is shared out in: bits of a word.
pub(crate) const MOST: usize = 64;

/// The threads of a pool, of which one at a time shares out work.
#[derive(Debug)]
pub(crate) struct Team {
    members: usize,
    /// Whether somebody is sharing out work.
    busy: AtomicBool,
    /// What is shared out; null where nothing is.
    call: AtomicPtr<Call<'static>>,
    /// Members that may be using `call`.
    inside: AtomicUsize,
}

/// Work in pieces.
struct Call<'a> {
    work: &'a (dyn Fn(usize) + Sync),
    pieces: usize,
    /// A bit for each piece that somebody has taken.
    taken: AtomicU64,
    /// Pieces that are not done.
    left: AtomicUsize,
    /// What the first piece that panicked did so with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

thread_local! {
    /// The team that this thread belongs to while work runs on it.
    static TEAM: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
}

impl Team {
    pub(crate) fn new(members: usize) -> Self {
        Self {
            members,
            busy: AtomicBool::new(false),
            call: AtomicPtr::new(ptr::null_mut()),
            inside: AtomicUsize::new(0),
        }
    }

    /// How many threads they are.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// The team of this thread, if it is at work for one.
    pub(crate) fn current() -> Option<Arc<Self>> {
        TEAM.with_borrow(Clone::clone)
    }

    /// Makes this thread one of the team, until what it returns is dropped.
    pub(crate) fn join(team: &Arc<Self>) -> Membership {
        Membership(TEAM.replace(Some(Arc::clone(team))))
    }

    /// Calls `work` with the number of each of [`MOST`] pieces at most, on all members that are looking out for some, and
    /// returns when all are done. Where another thread is sharing out work already, all are done here.
    ///
    /// # Panics
    /// When a piece does.
    pub(crate) fn share(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        assert!(pieces <= MOST, "{pieces} pieces");
        if pieces < 2 || self.busy.swap(true, Ordering::Acquire) {
            (0..pieces).for_each(work);
            return;
        }
        let call = Call {
            work,
            pieces,
            taken: AtomicU64::new(0),
            left: AtomicUsize::new(pieces),
            panic: Mutex::new(None),
        };
        let offer = Offer::new(self, &call);
        call.take_part(0);
        drop(offer);
        let panic = call.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Takes part in what is being shared out; returns whether there was something to do. `rank` tells members apart; that
    /// of who shares out is 0.
    pub(crate) fn help(&self, rank: usize) -> bool {
        if self.call.load(Ordering::Relaxed).is_null() {
            return false;
        }
        // sequentially consistent with the withdrawal: either it sees this thread inside, or this thread sees null
        self.inside.fetch_add(1, Ordering::SeqCst);
        let call = self.call.load(Ordering::SeqCst);
        // SAFETY: where it is not null, it has not been withdrawn, and will not be while this thread is inside: `Offer`
        // upholds that.
        let helped = unsafe { call.as_ref() }.is_some_and(|call| call.take_part(rank));
        self.inside.fetch_sub(1, Ordering::SeqCst);
        helped
    }
}

/// See [`Team::join`]; holds the team that the thread belonged to before.
pub(crate) struct Membership(Option<Arc<Team>>);

impl Drop for Membership {
    fn drop(&mut self) {
        TEAM.set(self.0.take());
    }
}

impl Call<'_> {
    /// Does pieces until all are taken; returns whether there were any.
    fn take_part(&self, rank: usize) -> bool {
        let mut any = false;
        while let Some(piece) = self.take(rank) {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.work)(piece))) {
                self.keep(panic);
            }
            // what the piece has written is seen by who finds nothing left
            self.left.fetch_sub(1, Ordering::Release);
            any = true;
        }
        any
    }

    /// Keeps the first panic, to be resumed by who shares out. Never panics itself, since a piece that is never done is waited
    /// for for ever.
    fn keep(&self, panic: Box<dyn Any + Send>) {
        let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none() {
            *first = Some(panic);
            return;
        }
        drop(first);
        // what a user's code panics with may do so again when it is dropped
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(again);
        }
    }

    /// A piece that nobody has taken: one's own if it is there, so that a thread finds in its cache what it worked on.
    fn take(&self, rank: usize) -> Option<usize> {
        let all = u64::MAX >> (MOST - self.pieces);
        let mut free = all & !self.taken.load(Ordering::Relaxed);
        while free != 0 {
            let own = rank < self.pieces && free >> rank & 1 == 1;
            let piece = if own { rank } else { free.trailing_zeros() as usize };
            let before = self.taken.fetch_or(1 << piece, Ordering::Relaxed);
            if before >> piece & 1 == 0 {
                return Some(piece);
            }
            free = all & !before;
        }
        None
    }
}

/// A call while members may reach it.
struct Offer<'a> {
    team: &'a Team,
    call: &'a Call<'a>,
}

impl<'a> Offer<'a> {
    /// The team must be marked as busy.
    fn new(team: &'a Team, call: &'a Call<'a>) -> Self {
        team.call.store(ptr::from_ref(call).cast::<Call<'static>>().cast_mut(), Ordering::SeqCst);
        Self { team, call }
    }
}

impl Drop for Offer<'_> {
    /// Waits until all pieces are done and nobody uses the call any more.
    fn drop(&mut self) {
        wait_until(|| self.call.left.load(Ordering::Acquire) == 0);
        self.team.call.store(ptr::null_mut(), Ordering::SeqCst);
        wait_until(|| self.team.inside.load(Ordering::SeqCst) == 0);
        self.team.busy.store(false, Ordering::Release);
    }
}

/// Waits for something that is expected soon.
fn wait_until(holds: impl Fn() -> bool) {
    /// Then the others may need this processor.
    const PATIENCE: usize = 10_000;
    for turn in 0_usize.. {
        if holds() {
            return;
        }
        if turn < PATIENCE {
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `work` while others look out for pieces.
    fn attended<R>(team: &Team, work: impl FnOnce() -> R) -> R {
        let done = AtomicBool::new(false);
        let done = &done;
        std::thread::scope(|scope| {
            for rank in 1..team.members() {
                scope.spawn(move || {
                    while !done.load(Ordering::Acquire) {
                        team.help(rank);
                        std::thread::yield_now();
                    }
                });
            }
            let result = catch_unwind(AssertUnwindSafe(work));
            done.store(true, Ordering::Release);
            result.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    #[test]
    fn each_piece_is_done_once_whoever_helps() {
        for members in 1..=4 {
            let team = Team::new(members);
            attended(&team, || {
                for turn in 0..if cfg!(miri) { 5 } else { 500 } {
                    let pieces = turn % (MOST + 1);
                    let counts: [AtomicUsize; MOST] = std::array::from_fn(|_| AtomicUsize::new(0));
                    team.share(pieces, &|piece| {
                        counts[piece].fetch_add(1, Ordering::Relaxed);
                    });
                    let counts = counts.map(AtomicUsize::into_inner);
                    assert!(counts[..pieces].iter().all(|&count| count == 1), "{pieces}: {counts:?}");
                    assert!(counts[pieces..].iter().all(|&count| count == 0), "{pieces}: {counts:?}");
                }
            });
        }
    }

    #[test]
    fn what_is_shared_out_within_a_piece_is_done_there() {
        let team = Team::new(2);
        let count = AtomicUsize::new(0);
        let once = |_| {
            count.fetch_add(1, Ordering::Relaxed);
        };
        attended(&team, || team.share(3, &|_| team.share(5, &once)));
        assert_eq!(count.into_inner(), 15);
    }

    #[test]
    fn a_panic_in_a_piece_reaches_who_shared_it_out_when_all_are_done() {
        for members in 1..=3 {
            let team = Team::new(members);
            let count = AtomicUsize::new(0);
            let result = catch_unwind(AssertUnwindSafe(|| {
                attended(&team, || {
                    team.share(8, &|piece| {
                        count.fetch_add(1, Ordering::Relaxed);
                        assert!(piece != 5, "piece {piece}");
                    });
                });
            }));
            let message = result.expect_err("a panic");
            assert_eq!(message.downcast_ref::<String>().map(String::as_str), Some("piece 5"));
            assert_eq!(count.into_inner(), 8);
            // and the team can be used again
            team.share(2, &|_| {});
        }
    }

    /// Panics when it is dropped.
    struct Stubborn;

    impl Drop for Stubborn {
        fn drop(&mut self) {
            std::panic::panic_any("dropped");
        }
    }

    #[test]
    fn a_panic_with_what_panics_when_dropped_stops_nobody() {
        for members in 1..=3 {
            let team = Team::new(members);
            let count = AtomicUsize::new(0);
            let shared = || {
                team.share(8, &|_| {
                    count.fetch_add(1, Ordering::Relaxed);
                    std::panic::panic_any(Stubborn);
                });
            };
            let result = attended(&team, || catch_unwind(AssertUnwindSafe(shared)));
            let panic = result.expect_err("a panic").downcast::<Stubborn>().ok();
            std::mem::forget(panic.expect("the first panic"));
            assert_eq!(count.into_inner(), 8);
        }
    }

    #[test]
    fn several_threads_share_out_at_once() {
        let team = &Team::new(3);
        let count = &AtomicUsize::new(0);
        let turns = if cfg!(miri) { 4 } else { 300 };
        attended(team, || {
            std::thread::scope(|scope| {
                for caller in 1..=3 {
                    scope.spawn(move || {
                        for turn in 0..turns {
                            let sum = AtomicUsize::new(0);
                            team.share(8, &|piece| {
                                sum.fetch_add(caller * (piece + 1), Ordering::Relaxed);
                                count.fetch_add(1, Ordering::Relaxed);
                            });
                            assert_eq!(sum.into_inner(), 36 * caller, "caller {caller}, turn {turn}");
                        }
                    });
                }
            });
        });
        assert_eq!(count.load(Ordering::Relaxed), 3 * 8 * turns);
    }

    #[test]
    fn a_thread_belongs_to_a_team_for_a_time() {
        let members = || Team::current().map(|team| team.members());
        assert_eq!(members(), None);
        let outer = Team::join(&Arc::new(Team::new(2)));
        let inner = Team::join(&Arc::new(Team::new(3)));
        assert_eq!(members(), Some(3));
        drop(inner);
        assert_eq!(members(), Some(2));
        drop(outer);
        assert_eq!(members(), None);
    }
}
