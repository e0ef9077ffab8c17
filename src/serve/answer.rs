//! Hands a result from the thread that computes it to the thread or the task that waits for it.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Result};

/// The answer to a request that a [`Batcher`](super::Batcher) has accepted.
///
/// It is a future that any executor can run, and [`wait`](Self::wait) blocks for it without one. If it is dropped
/// before its turn, the request is not computed.
#[must_use = "a request whose answer is dropped is not computed"]
pub struct Answer<T = f32> {
    slot: Arc<Slot<T>>,
}

/// The other end of an [`Answer`]. If it is dropped, the answer is an error.
pub(super) struct Promise<T> {
    slot: Arc<Slot<T>>,
    fulfilled: bool,
}

struct Slot<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
}

enum State<T> {
    /// Nothing is there yet; the task to wake, if one has asked.
    Waiting(Option<Waker>),
    Ready(Result<Vec<T>>),
    Taken,
}

/// Creates a promise and its answer.
pub(super) fn pair<T>() -> (Promise<T>, Answer<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Waiting(None)), ready: Condvar::new() });
    (Promise { slot: Arc::clone(&slot), fulfilled: false }, Answer { slot })
}

impl<T> Slot<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// Returns the result if it is there, or that it was taken before.
    fn take(&mut self) -> Option<Result<Vec<T>>> {
        if matches!(self, Self::Waiting(_)) {
            return None;
        }
        match std::mem::replace(self, Self::Taken) {
            Self::Ready(result) => Some(result),
            _ => Some(Err(unavailable("answer", "that it was taken before", "to be asked once"))),
        }
    }
}

/// Returns the error for a valid request that cannot be answered.
pub(super) fn unavailable(
    what: &'static str,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Error {
    Error::Unavailable { what, found: found.into(), expected: expected.into() }
}

impl<T> Answer<T> {
    /// Blocks the thread until the answer is there.
    ///
    /// # Errors
    /// Returns the error of the inference, or [`Error::Unavailable`] if it panicked.
    pub fn wait(self) -> Result<Vec<T>> {
        let mut state = self.slot.state();
        loop {
            if let Some(result) = state.take() {
                return result;
            }
            state = self.slot.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<Vec<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.state();
        if let Some(result) = state.take() {
            return Poll::Ready(result);
        }
        *state = State::Waiting(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl<T> Promise<T> {
    /// Returns true unless the answer was dropped.
    pub(super) fn is_wanted(&self) -> bool {
        Arc::strong_count(&self.slot) > 1
    }

    /// Gives the answer, and wakes whoever waits for it.
    pub(super) fn fulfill(mut self, result: Result<Vec<T>>) {
        self.settle(result);
    }

    fn settle(&mut self, result: Result<Vec<T>>) {
        self.fulfilled = true;
        let before = std::mem::replace(&mut *self.slot.state(), State::Ready(result));
        self.slot.ready.notify_all();
        // not under the lock: an executor may run the task here
        if let State::Waiting(Some(waker)) = before {
            // a worker goes on whatever happens there
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if !self.fulfilled {
            self.settle(Err(unavailable("answer", "a worker that ended", "one that computes it")));
        }
    }
}
