//! Collects requests into batches, and computes them on threads of its own.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::answer::{Answer, Promise, pair, unavailable};
use crate::core::Dims;
use crate::error::{Error, Result};
use crate::model::Inference;
use crate::model::inference::check_one;
use plywood_kernel::Scalar;

/// The settings of a [`Batcher`]: see [latency and throughput](super#latency-and-throughput).
///
/// ```
/// use plywood::serve::Settings;
///
/// let settings = Settings { workers: 2, ..Settings::default() };
/// assert_eq!((settings.batch, settings.queue), (32, 1024));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The largest number of examples that are inferred together; at least 1.
    pub batch: usize,
    /// The longest time for which a request waits for others to fill its batch, while a worker has nothing else to do.
    pub delay: Duration,
    /// The largest number of requests that wait; at least [`batch`](Self::batch).
    pub queue: usize,
    /// The number of threads that compute batches; at least 1.
    pub workers: usize,
}

impl Default for Settings {
    /// Returns batches of up to 32 examples without a delay, a queue of 1,024 requests and one worker.
    fn default() -> Self {
        Self { batch: 32, delay: Duration::ZERO, queue: 1024, workers: 1 }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.batch == 0 {
            return Err(Error::argument("batch", 0, "at least 1 example"));
        }
        if self.queue < self.batch {
            let expected = format!("room for at least one batch of {}", self.batch);
            return Err(Error::argument("queue", self.queue, expected));
        }
        if self.workers == 0 {
            return Err(Error::argument("workers", 0, "at least 1 thread"));
        }
        Ok(())
    }
}

/// Collects requests of many callers into batches: see the [module](super).
///
/// It is shared by reference, or in an [`Arc`]. When it is dropped, it [closes](Self::close), answers what it has
/// accepted, and waits for its threads to end.
pub struct Batcher<T: Scalar = f32> {
    shared: Arc<Shared<T>>,
    classes: Option<Vec<String>>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    settings: Settings,
    input: Dims,
    output: Dims,
    queue: Mutex<Queue<T>>,
    /// Tells workers that a request has come, or that no more will.
    work: Condvar,
    /// Tells callers that requests were taken, or that no more will be.
    room: Condvar,
    requests: AtomicU64,
    batches: AtomicU64,
    /// The number of workers that have not ended.
    alive: AtomicUsize,
}

struct Queue<T> {
    waiting: VecDeque<Request<T>>,
    closed: bool,
}

struct Request<T> {
    x: Vec<T>,
    since: Instant,
    promise: Promise<T>,
}

impl<T: Scalar> Batcher<T> {
    /// Starts the workers. Each computes with a [fork](Inference::fork) of the network.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for settings outside their ranges and for a network whose input or output is empty,
    /// and [`Error::Unavailable`] if the system gives no thread.
    pub fn start(inference: &dyn Inference<T>, settings: Settings) -> Result<Self> {
        settings.check()?;
        let (input, output) = (inference.input(), inference.output());
        for (what, dims) in [("input of the network", input), ("output of the network", output)] {
            if dims.is_empty() {
                return Err(Error::argument(what, dims, "at least 1 number"));
            }
        }
        let workers = settings.workers;
        let shared = Shared {
            settings,
            input,
            output,
            queue: Mutex::new(Queue { waiting: VecDeque::new(), closed: false }),
            work: Condvar::new(),
            room: Condvar::new(),
            requests: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            alive: AtomicUsize::new(workers),
        };
        let mut batcher = Self {
            shared: Arc::new(shared),
            classes: inference.class_names().map(<[String]>::to_vec),
            workers: Vec::new(),
        };
        for _ in 0..workers {
            let (shared, mut own) = (Arc::clone(&batcher.shared), inference.fork());
            let worker = thread::Builder::new().name("plywood-batcher".to_owned());
            // those that have started end when the batcher is dropped here
            let worker = worker.spawn(move || {
                let guard = Ending(&shared);
                shared.serve(&mut *own);
                drop(guard);
            });
            let worker = worker.map_err(|error| {
                let found = format!("{error}, after {} threads", batcher.workers.len());
                unavailable("workers", found, format!("{workers} threads"))
            })?;
            batcher.workers.push(worker);
        }
        Ok(batcher)
    }

    /// Submits one example without waiting.
    ///
    /// The answer is the prediction, in the units of the targets: see [`Model::predict`](crate::Model::predict).
    ///
    /// # Shapes
    /// `x` and the answer hold one example of the network's [input](Self::input) and [output](Self::output).
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if `x` has another length, and [`Error::Unavailable`] if the queue is full or the
    /// batcher is closed.
    pub fn submit(&self, x: Vec<T>) -> Result<Answer<T>> {
        check_one(x.len(), self.shared.input)?;
        // dropped after the lock, since that may wake a task
        let mut unwanted = Vec::new();
        let mut queue = self.shared.queue();
        let room = self.shared.settings.queue;
        if !queue.closed && queue.is_full(room, &mut unwanted) {
            let found = queue.waiting.len();
            return Err(unavailable(
                "queue",
                format!("{found} waiting requests"),
                format!("fewer than {room}"),
            ));
        }
        self.shared.accept(queue, x)
    }

    /// Submits one example, waiting for room in the queue, and blocks until the answer is there.
    ///
    /// # Shapes
    /// `x` and the answer are those of [`submit`](Self::submit).
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if `x` has another length, [`Error::Unavailable`] if the batcher is closed or the
    /// inference panicked, and the error of the inference if it returned one.
    pub fn predict(&self, x: &[T]) -> Result<Vec<T>> {
        check_one(x.len(), self.shared.input)?;
        let mut unwanted = Vec::new();
        let mut queue = self.shared.queue();
        while !queue.closed && queue.is_full(self.shared.settings.queue, &mut unwanted) {
            queue = self.shared.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let answer = self.shared.accept(queue, x.to_vec())?;
        drop(unwanted);
        answer.wait()
    }

    /// Accepts no more requests. Those that were accepted are answered, without waiting for others to fill a batch.
    ///
    /// This does not wait; dropping the batcher does.
    pub fn close(&self) {
        self.shared.queue().closed = true;
        self.shared.work.notify_all();
        self.shared.room.notify_all();
    }

    /// Returns the shape of an example.
    #[must_use]
    pub fn input(&self) -> Dims {
        self.shared.input
    }

    /// Returns the shape of an answer.
    #[must_use]
    pub fn output(&self) -> Dims {
        self.shared.output
    }

    /// Returns the class names by label, if they are known.
    #[must_use]
    pub fn class_names(&self) -> Option<&[String]> {
        self.classes.as_deref()
    }

    /// Returns the number of requests that have been computed.
    ///
    /// Divided by [`batches`](Self::batches), it is the mean size of a batch, which shows what a
    /// [delay](Settings::delay) gains.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Returns the number of batches that have been computed.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.shared.batches.load(Ordering::Relaxed)
    }
}

impl<T: Scalar> Drop for Batcher<T> {
    fn drop(&mut self) {
        self.close();
        let this = thread::current().id();
        for worker in self.workers.drain(..) {
            // a task that a worker wakes may hold the last reference: it cannot wait for itself
            if worker.thread().id() != this {
                let _ = worker.join();
            }
        }
    }
}

impl<T: Scalar> fmt::Debug for Batcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

impl<T> Queue<T> {
    /// Returns true if there is no room. Of a full queue, requests that nobody waits for any more are moved to
    /// `unwanted` first.
    fn is_full(&mut self, room: usize, unwanted: &mut Vec<Request<T>>) -> bool {
        if self.waiting.len() >= room {
            let all = self.waiting.drain(..);
            let (wanted, others): (Vec<_>, Vec<_>) = all.partition(|request| request.promise.is_wanted());
            self.waiting.extend(wanted);
            unwanted.extend(others);
        }
        self.waiting.len() >= room
    }
}

/// Notes that a worker ends. If the last one ends, also by a panic, no request waits any longer.
struct Ending<'a, T: Scalar>(&'a Shared<T>);

impl<T: Scalar> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        if self.0.alive.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let mut queue = self.0.queue();
        queue.closed = true;
        let left = std::mem::take(&mut queue.waiting);
        drop(queue);
        self.0.room.notify_all();
        // their answers are errors; not under the lock, since that may wake a task
        drop(left);
    }
}

impl<T: Scalar> Shared<T> {
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a request of the right length into a queue that has room.
    fn accept(&self, mut queue: MutexGuard<'_, Queue<T>>, x: Vec<T>) -> Result<Answer<T>> {
        if queue.closed {
            return Err(unavailable("batcher", "that it is closed", "one that accepts requests"));
        }
        let (promise, answer) = pair();
        queue.waiting.push_back(Request { x, since: Instant::now(), promise });
        drop(queue);
        self.work.notify_one();
        Ok(answer)
    }

    /// Waits for a batch and moves its requests to `taken`. Returns false if no more will come.
    fn take(&self, taken: &mut Vec<Request<T>>) -> bool {
        let Settings { batch, delay, .. } = self.settings;
        let mut queue = self.queue();
        loop {
            let wanted = queue.waiting.iter().filter(|request| request.promise.is_wanted());
            let ready = queue.closed || wanted.take(batch).count() == batch;
            queue = match queue.waiting.front() {
                None if queue.closed => return false,
                None => self.work.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(oldest) => {
                    let left = delay.saturating_sub(oldest.since.elapsed());
                    if ready || left.is_zero() {
                        break;
                    }
                    self.work.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let mut wanted = 0;
        while wanted < batch
            && let Some(request) = queue.waiting.pop_front()
        {
            wanted += usize::from(request.promise.is_wanted());
            taken.push(request);
        }
        drop(queue);
        self.room.notify_all();
        true
    }

    /// Computes batch after batch until the queue is closed and empty.
    fn serve(&self, inference: &mut dyn Inference<T>) {
        let output = self.output.len();
        let (mut taken, mut x, mut y) = (Vec::new(), Vec::new(), Vec::new());
        while self.take(&mut taken) {
            taken.retain(|request| request.promise.is_wanted());
            if taken.is_empty() {
                continue;
            }
            self.requests.fetch_add(taken.len() as u64, Ordering::Relaxed);
            self.batches.fetch_add(1, Ordering::Relaxed);
            x.clear();
            x.extend(taken.iter().flat_map(|request| request.x.iter().copied()));
            y.clear();
            y.resize(taken.len() * output, T::ZERO);
            let mut failed = match attempt(inference, &x, &mut y) {
                Ok(()) => {
                    for (request, y) in taken.drain(..).zip(y.chunks_exact(output)) {
                        request.promise.fulfill(Ok(y.to_vec()));
                    }
                    continue;
                }
                // one request may have spoiled it for the others
                Err(error) => (taken.len() == 1).then_some(error),
            };
            for request in taken.drain(..) {
                let mut y = vec![T::ZERO; output];
                let result = failed.take().map_or_else(|| attempt(inference, &request.x, &mut y), Err);
                request.promise.fulfill(result.map(|()| y));
            }
        }
    }
}

/// Computes a batch; a panic is an error.
fn attempt<T: Scalar>(inference: &mut dyn Inference<T>, x: &[T], y: &mut [T]) -> Result<()> {
    let done = catch_unwind(AssertUnwindSafe(|| inference.predict_batch(x, y)));
    done.unwrap_or_else(|_| Err(unavailable("inference", "a panic", "an answer")))
}
