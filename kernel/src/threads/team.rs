//! Threads that look out for work, and one of them that shares it out.
//!
//! A kernel over a few numbers takes some microseconds. Handed over through a queue, with sleep and waking, its halves
//! take longer than its whole; so who waits here reads one word of memory until it changes, without a system call.

// What is shared out lies on the stack of who shares it, and is reached through a pointer.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::ops::ControlFlow;
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
    /// What somebody waits for.
    urgent: Slot,
    /// What is done by members that would otherwise do nothing.
    aside: Slot,
}

/// A place where one call at a time is shared out. Of a cache line of its own, since members look at it all the time.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Slot {
    /// Whether somebody is sharing out work here.
    busy: AtomicBool,
    /// What is shared out; null where nothing is.
    call: AtomicPtr<Call<'static>>,
    /// Members that may be using `call`.
    inside: AtomicUsize,
}

/// Work in pieces.
#[repr(align(128))]
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
        Self { members, urgent: Slot::default(), aside: Slot::default() }
    }

    /// Returns how many threads they are.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// Returns the team of this thread, if it is at work for one. A thread that ends, and runs the destructors of its
    /// thread-local values, may have none any more.
    pub(crate) fn current() -> Option<Arc<Self>> {
        TEAM.try_with(|team| team.borrow().clone()).ok().flatten()
    }

    /// Makes this thread a member of the team until the returned value is dropped or the thread ends.
    pub(crate) fn join(team: &Arc<Self>) -> Membership {
        Membership(TEAM.try_with(|own| own.replace(Some(Arc::clone(team)))).ok().flatten())
    }

    /// Calls `work` with the number of each of [`MOST`] pieces at most, on all members that are looking out for some,
    /// and returns when all are done. Where another thread is sharing out work already, all are done here.
    ///
    /// # Panics
    /// When a piece does.
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

    /// Calls `main` here, and meanwhile `work` with the number of each of [`MOST`] pieces at most on members that would
    /// otherwise look out in vain; when `main` is over, this thread does pieces as well, and returns when all are done.
    /// If `main` breaks off, pieces that nobody has begun are left out, and it does not matter how the others end.
    ///
    /// # Panics
    /// When `main` does, and pieces that nobody has begun are then left out too; or a piece.
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

    /// Takes part in what is being shared out; returns whether there was something to do. `rank` tells members apart;
    /// that of who shares out is 0.
    pub(crate) fn help(&self, rank: usize) -> bool {
        // of what nobody waits for one piece, then there may be something again that somebody does
        self.urgent.help(rank, MOST) || self.aside.help(rank, 1)
    }
}

impl Slot {
    /// Claims the slot for a call of this thread; returns whether it was free.
    fn claim(&self) -> bool {
        !self.busy.swap(true, Ordering::Acquire)
    }

    /// Does at most `most` pieces of what is shared out here; returns whether there was one.
    fn help(&self, rank: usize, most: usize) -> bool {
        if self.call.load(Ordering::Relaxed).is_null() {
            return false;
        }
        // sequentially consistent with the withdrawal: either it sees this thread inside, or this thread sees null
        self.inside.fetch_add(1, Ordering::SeqCst);
        let call = self.call.load(Ordering::SeqCst);
        // SAFETY: where it is not null, it has not been withdrawn, and will not be while this thread is inside: `Offer`
        // upholds that.
        let helped = unsafe { call.as_ref() }.is_some_and(|call| call.take_part(rank, most));
        self.inside.fetch_sub(1, Ordering::SeqCst);
        helped
    }
}

/// See [`Team::join`]; holds the team that the thread belonged to before.
pub(crate) struct Membership(Option<Arc<Team>>);

impl Drop for Membership {
    fn drop(&mut self) {
        // where there is none any more, none was joined
        let _ = TEAM.try_with(|team| team.replace(self.0.take()));
    }
}

impl<'a> Call<'a> {
    fn new(pieces: usize, work: &'a (dyn Fn(usize) + Sync)) -> Self {
        let (taken, left) = (AtomicU64::new(0), AtomicUsize::new(pieces));
        Self { work, pieces, taken, left, panic: Mutex::new(None) }
    }

    /// Does pieces until `most` are done or all are taken; returns whether there were any.
    fn take_part(&self, rank: usize, most: usize) -> bool {
        let mut any = false;
        for _ in 0..most {
            let Some(piece) = self.take(rank) else { break };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.work)(piece))) {
                self.keep(panic);
            }
            // what the piece has written is seen by who finds nothing left
            self.left.fetch_sub(1, Ordering::Release);
            any = true;
        }
        any
    }

    /// Keeps the first panic, which the sharing thread resumes. Never panics itself, since a piece that is never done
    /// is waited for for ever.
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

    /// Resumes the panic of a piece, if there was one.
    fn resume_panic(self) {
        if let Some(panic) = self.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }

    /// Takes the pieces that nobody has taken, without doing them.
    fn cancel(&self) {
        let before = self.taken.fetch_or(self.all(), Ordering::Relaxed);
        self.left.fetch_sub((self.all() & !before).count_ones() as usize, Ordering::Release);
    }

    /// Returns a word with a bit for each piece.
    fn all(&self) -> u64 {
        u64::MAX >> (MOST - self.pieces)
    }

    /// Takes a free piece: the thread's own if it is free, so that a thread finds in its cache what it worked on.
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

/// A call while members may reach it.
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
    /// Waits until all pieces that somebody has begun are done and nobody uses the call any more.
    fn drop(&mut self) {
        self.call.cancel();
        wait_until(|| self.call.left.load(Ordering::Acquire) == 0);
        self.slot.call.store(ptr::null_mut(), Ordering::SeqCst);
        wait_until(|| self.slot.inside.load(Ordering::SeqCst) == 0);
        self.slot.busy.store(false, Ordering::Release);
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
mod tests;
