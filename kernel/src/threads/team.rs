//! Shares the work of one thread with threads that wait for it.
//!
//! A kernel over a few numbers takes some microseconds. Handed over through a queue, with sleeping and waking, its
//! halves take longer than the whole; so a waiting thread reads one word of memory until it changes, without a system
//! call.

// The shared call is on the stack of the sharing thread, and is reached through a pointer.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest number of pieces that work is split into: the bits of a word.
pub(crate) const MOST: usize = 64;

/// The threads of a pool, one of which at a time shares its work.
#[derive(Debug)]
pub(crate) struct Team {
    members: usize,
    /// The slot for work that a thread waits for.
    urgent: Slot,
    /// The slot for work that is done by members that would otherwise be idle.
    aside: Slot,
}

/// A slot in which one call at a time is shared. It has its own cache line, since members look at it all the time.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Slot {
    /// True while a thread shares work in this slot.
    busy: AtomicBool,
    /// The shared call; null if there is none.
    call: AtomicPtr<Call<'static>>,
    /// The number of members that may be using `call`.
    inside: AtomicUsize,
}

/// Work in pieces.
#[repr(align(128))]
struct Call<'a> {
    work: &'a (dyn Fn(usize) + Sync),
    pieces: usize,
    /// The pieces that a thread has taken, one bit for each.
    taken: AtomicU64,
    /// The number of pieces that are not done.
    left: AtomicUsize,
    /// The payload of the first piece that panicked.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

thread_local! {
    /// The team that this thread belongs to while work runs on it.
    static TEAM: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
}

impl Team {
    pub(crate) fn new(members: usize) -> Self {
        Self { members, urgent: Slot::default(), aside: Slot::default() }
    }

    /// Returns the number of threads in the team.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// Returns the team of this thread, if it is working for one. A thread that is ending, and runs the destructors of
    /// its thread-local values, may no longer have one.
    pub(crate) fn current() -> Option<Arc<Self>> {
        TEAM.try_with(|team| team.borrow().clone()).ok().flatten()
    }

    /// Makes this thread a member of the team until the returned value is dropped or the thread ends.
    pub(crate) fn join(team: &Arc<Self>) -> Membership {
        Membership(TEAM.try_with(|own| own.replace(Some(Arc::clone(team)))).ok().flatten())
    }

    /// Calls `work` with the number of each piece, at most [`MOST`], on all members that are looking for work, and
    /// returns when all pieces are done. If another thread is already sharing work, this thread does all pieces.
    ///
    /// # Panics
    /// Panics when a piece does.
    pub(crate) fn share(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        assert!(pieces <= MOST, "{pieces} pieces");
        if pieces < 2 || !self.urgent.claim() {
            (0..pieces).for_each(work);
            return;
        }
        let call = Call::new(pieces, work);
        let offer = Offer::new(&self.urgent, &call);
        call.take_part(0, pieces);
        drop(offer);
        call.resume_panic();
    }

    /// Calls `main` on this thread, and meanwhile calls `work` with the number of each piece, at most [`MOST`], on
    /// members that would otherwise be idle. After `main`, this thread also does pieces, and returns when all are done.
    /// If `main` returns `Break`, pieces that no thread has begun are skipped, and panics of the others are ignored.
    ///
    /// # Panics
    /// Panics when `main` does, and pieces that no thread has begun are then skipped too; also when a piece panics.
    pub(crate) fn aside<R>(
        &self,
        pieces: usize,
        work: &(dyn Fn(usize) + Sync),
        main: impl FnOnce() -> ControlFlow<R, R>,
    ) -> R {
        assert!(pieces <= MOST, "{pieces} pieces");
        if pieces == 0 || !self.aside.claim() {
            return match main() {
                ControlFlow::Break(result) => result,
                ControlFlow::Continue(result) => {
                    (0..pieces).for_each(work);
                    result
                }
            };
        }
        let call = Call::new(pieces, work);
        let offer = Offer::new(&self.aside, &call);
        match main() {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(result) => {
                call.take_part(0, pieces);
                drop(offer);
                call.resume_panic();
                result
            }
        }
    }

    /// Takes part in shared work; returns true if there was any. `rank` distinguishes members; the sharing thread has
    /// rank 0.
    pub(crate) fn help(&self, rank: usize) -> bool {
        // one piece of the work that no thread waits for, since urgent work may have arrived by then
        self.urgent.help(rank, MOST) || self.aside.help(rank, 1)
    }
}

impl Slot {
    /// Claims the slot for a call of this thread; returns true if it was free.
    fn claim(&self) -> bool {
        !self.busy.swap(true, Ordering::Acquire)
    }

    /// Does at most `most` pieces of the work shared in this slot; returns true if there was any.
    fn help(&self, rank: usize, most: usize) -> bool {
        if self.call.load(Ordering::Relaxed).is_null() {
            return false;
        }
        // sequentially consistent with the withdrawal: either it sees this thread inside, or this thread sees null
        self.inside.fetch_add(1, Ordering::SeqCst);
        let call = self.call.load(Ordering::SeqCst);
        // SAFETY: if the pointer is not null, the call has not been withdrawn, and will not be while this thread is
        // inside: `Offer` upholds that.
        let helped = unsafe { call.as_ref() }.is_some_and(|call| call.take_part(rank, most));
        self.inside.fetch_sub(1, Ordering::SeqCst);
        helped
    }
}

/// A membership, see [`Team::join`]; holds the team that the thread belonged to before.
pub(crate) struct Membership(Option<Arc<Team>>);

impl Drop for Membership {
    fn drop(&mut self) {
        // where the thread-local value is gone, no team was joined
        let _ = TEAM.try_with(|team| team.replace(self.0.take()));
    }
}

impl<'a> Call<'a> {
    fn new(pieces: usize, work: &'a (dyn Fn(usize) + Sync)) -> Self {
        let (taken, left) = (AtomicU64::new(0), AtomicUsize::new(pieces));
        Self { work, pieces, taken, left, panic: Mutex::new(None) }
    }

    /// Does pieces until `most` are done or all are taken; returns true if there were any.
    fn take_part(&self, rank: usize, most: usize) -> bool {
        let mut any = false;
        for _ in 0..most {
            let Some(piece) = self.take(rank) else { break };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.work)(piece))) {
                self.keep(panic);
            }
            // a thread that then sees that nothing is left also sees what the piece has written
            self.left.fetch_sub(1, Ordering::Release);
            any = true;
        }
        any
    }

    /// Keeps the first panic, which the sharing thread resumes. Never panics itself, since the sharing thread would
    /// wait forever for a piece that is never done.
    fn keep(&self, panic: Box<dyn Any + Send>) {
        let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none() {
            *first = Some(panic);
            return;
        }
        drop(first);
        // the payload of a user's panic may itself panic when it is dropped
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(again);
        }
    }

    /// Resumes the panic of a piece, if there was one.
    fn resume_panic(self) {
        if let Some(panic) = self.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }

    /// Takes the pieces that no thread has taken, without doing them.
    fn cancel(&self) {
        let before = self.taken.fetch_or(self.all(), Ordering::Relaxed);
        self.left.fetch_sub((self.all() & !before).count_ones() as usize, Ordering::Release);
    }

    /// Returns a word with a bit for each piece.
    fn all(&self) -> u64 {
        u64::MAX >> (MOST - self.pieces)
    }

    /// Takes a free piece, preferably the thread's own, so that a thread finds in its cache the data that it worked on.
    fn take(&self, rank: usize) -> Option<usize> {
        let mut free = self.all() & !self.taken.load(Ordering::Relaxed);
        while free != 0 {
            let own = rank < self.pieces && free >> rank & 1 == 1;
            let piece = if own { rank } else { free.trailing_zeros() as usize };
            let before = self.taken.fetch_or(1 << piece, Ordering::Relaxed);
            if before >> piece & 1 == 0 {
                return Some(piece);
            }
            free = self.all() & !before;
        }
        None
    }
}

/// A shared call, while members may reach it.
struct Offer<'a> {
    slot: &'a Slot,
    call: &'a Call<'a>,
}

impl<'a> Offer<'a> {
    /// Publishes a call in a slot that the caller has claimed.
    fn new(slot: &'a Slot, call: &'a Call<'a>) -> Self {
        slot.call.store(ptr::from_ref(call).cast::<Call<'static>>().cast_mut(), Ordering::SeqCst);
        Self { slot, call }
    }
}

impl Drop for Offer<'_> {
    /// Waits until all pieces that a thread has begun are done and no thread uses the call any more.
    fn drop(&mut self) {
        self.call.cancel();
        wait_until(|| self.call.left.load(Ordering::Acquire) == 0);
        self.slot.call.store(ptr::null_mut(), Ordering::SeqCst);
        wait_until(|| self.slot.inside.load(Ordering::SeqCst) == 0);
        self.slot.busy.store(false, Ordering::Release);
    }
}

/// Waits for a condition that is expected to hold soon.
fn wait_until(holds: impl Fn() -> bool) {
    /// The number of turns after which other threads may need this processor.
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
mod tests;
