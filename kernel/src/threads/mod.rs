//! Provides threads, and shares work between them.

use std::cell::Cell;
use std::fmt::{self, Display, Formatter};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub mod parallel;
mod team;

use parallel::within_piece;
use team::Team;

/// The error that the requested number of threads is not available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The requested number.
    pub count: usize,
    /// The numbers that are accepted.
    pub expected: String,
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "threads: found {}, expected {}", self.count, self.expected)
    }
}

impl std::error::Error for Unavailable {}

/// The threads, and the state by which they share work.
#[derive(Debug)]
struct Pool {
    threads: rayon::ThreadPool,
    team: Arc<Team>,
    /// The number of calls to attend a run that no thread has followed yet: a thread at work for another run follows
    /// late.
    calls: Arc<AtomicUsize>,
    /// True if there are more threads than processors.
    crowded: bool,
}

/// The threads that a computation is spread over.
///
/// Results do not depend on them: a run gives the same bits on 1, 2 or 16 threads. One thread needs no pool.
#[derive(Debug, Clone, Default)]
pub struct Threads {
    pool: Option<Arc<Pool>>,
}

impl Threads {
    /// Returns only the calling thread.
    #[must_use]
    pub const fn one() -> Self {
        Self { pool: None }
    }

    /// The largest number of threads: more than the processors of any machine that this is for, and few enough to be
    /// started at once.
    pub const MAX: usize = 1024;

    /// Starts the given number of threads.
    ///
    /// # Errors
    /// Fails for 0, for more than [`MAX`](Self::MAX), or when the system does not provide that many.
    pub fn new(count: usize) -> Result<Self, Unavailable> {
        match count {
            1 => Ok(Self::one()),
            2..=Self::MAX => Self::pool(count),
            _ => Err(Unavailable { count, expected: format!("1 to {}", Self::MAX) }),
        }
    }

    /// Returns as many threads as the machine has processors, up to [`MAX`](Self::MAX), or the number in the environment
    /// variable `RAYON_NUM_THREADS`.
    ///
    /// The threads of an earlier call are used again once nobody holds them any longer. So a call in a loop starts none,
    /// unless something else holds them meanwhile, and two runs at the same time do not wait for each other's end.
    ///
    /// # Errors
    /// Fails when the variable is more than [`MAX`](Self::MAX), or when the system does not provide that many.
    pub fn all() -> Result<Self, Unavailable> {
        static KEPT: Mutex<Option<Threads>> = Mutex::new(None);
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle) = kept.as_ref().filter(|threads| threads.is_held_once()) {
            return Ok(idle.clone());
        }
        let from_environment = std::env::var("RAYON_NUM_THREADS").ok().and_then(|n| n.parse().ok());
        let count = match from_environment {
            Some(count) if count > 0 => count,
            _ => std::thread::available_parallelism().map_or(1, usize::from).min(Self::MAX),
        };
        let threads = Self::new(count)?;
        kept.get_or_insert_with(|| threads.clone());
        Ok(threads)
    }

    /// Returns true if there is no other handle to these threads.
    fn is_held_once(&self) -> bool {
        self.pool.as_ref().is_none_or(|pool| Arc::strong_count(pool) == 1)
    }

    fn pool(count: usize) -> Result<Self, Unavailable> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("plywood-{index}"))
            .build()
            .map_err(|error| {
                let expected = format!("a number the system can start ({error})");
                Unavailable { count, expected }
            })?;
        let pool = Pool {
            threads,
            team: Arc::new(Team::new(count)),
            calls: Arc::default(),
            crowded: std::thread::available_parallelism().is_ok_and(|processors| count > processors.get()),
        };
        Ok(Self { pool: Some(Arc::new(pool)) })
    }

    /// Returns the number of threads.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.team.members())
    }

    /// Runs `work` with all its computations spread over these threads.
    ///
    /// Several concurrent runs share them, and none waits for the end of another.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.threads.install(|| pool.attended(work)),
            None => work(),
        }
    }
}

impl Pool {
    /// Runs `work` while the other threads look for shares of it, since waking a sleeping thread may take longer than
    /// the work does.
    fn attended<R>(&self, work: impl FnOnce() -> R) -> R {
        /// The largest number of waiting calls for each thread: a thread that is late attends the next run, and the
        /// queue of calls stays bounded.
        const QUEUED: usize = 64;
        let _member = Team::join(&self.team);
        let _leader = Leader::new();
        let done = Arc::new(AtomicBool::new(false));
        let _when_left = SetOnDrop(Arc::clone(&done));
        let members = self.team.members();
        if self.calls.load(Ordering::Relaxed) < QUEUED * members {
            self.calls.fetch_add(members, Ordering::Relaxed);
            let (team, calls, crowded) = (Arc::clone(&self.team), Arc::clone(&self.calls), self.crowded);
            let leader = rayon::current_thread_index().unwrap_or_default();
            // not within a scope, which would wait for threads at work for another run
            rayon::spawn_broadcast(move |context| {
                calls.fetch_sub(1, Ordering::Relaxed);
                // Rayon also hands this call to a thread that waits for something else. A thread that others wait for
                // must not attend: two threads, each attending the other's run, would wait forever.
                let is_free = !Leader::is_here() && !within_piece();
                if context.index() != leader && is_free {
                    let _member = Team::join(&team);
                    attend(&team, (context.index() + members - leader) % members, &done, crowded);
                }
            });
        }
        work()
    }
}

/// A mark on the thread that computes a run.
struct Leader {
    before: bool,
}

thread_local! {
    static LEADS: Cell<bool> = const { Cell::new(false) };
}

impl Leader {
    fn new() -> Self {
        Self { before: LEADS.replace(true) }
    }

    fn is_here() -> bool {
        LEADS.get()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        LEADS.set(self.before);
    }
}

/// Takes shares of work until the work is done.
fn attend(team: &Team, rank: usize, done: &AtomicBool, crowded: bool) {
    /// The number of looks at the shared work between two looks at rayon's queues, which take longer.
    const LOOKS: usize = 32;
    /// The time to look for work without a pause: longer than the single-threaded work between two kernels.
    const PATIENCE: Duration = Duration::from_millis(1);
    /// The length of a pause after that.
    const PAUSE: Duration = Duration::from_micros(50);
    let mut idle_since = None;
    while !done.load(Ordering::Acquire) {
        let look = |_| {
            std::hint::spin_loop();
            team.help(rank)
        };
        if (0..LOOKS).any(look) || rayon::yield_now() == Some(rayon::Yield::Executed) {
            idle_since = None;
        } else if idle_since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
            std::thread::sleep(PAUSE);
        } else if crowded {
            // to a thread that has work
            std::thread::yield_now();
        }
    }
}

/// A guard that marks the work as done, however it ends, including by a panic.
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc;

    use super::*;
    use crate::threads::parallel::over_rows;

    /// A time longer than any of these tests takes: a test that hangs should fail instead.
    const LONG: Duration = Duration::from_mins(5);

    /// Increments each number, on all threads.
    fn count_up(data: &mut [usize]) {
        over_rows(data, 1, usize::MAX, &|_, piece| piece.iter_mut().for_each(|x| *x += 1));
    }

    /// Returns true if the threads compute the expected result.
    fn work(threads: &Threads) {
        let mut data = vec![0; 100];
        threads.run(|| (0..10).for_each(|_| count_up(&mut data)));
        assert_eq!(data, [10; 100]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "starts processes")]
    fn the_environment_says_how_many_threads_are_all() {
        /// The environment variable with the expected result of a process of this test.
        const EXPECTED: &str = "PLYWOOD_TEST_THREADS";
        let found = Threads::all().map_or_else(|error| error.to_string(), |all| all.count().to_string());
        if let Ok(expected) = std::env::var(EXPECTED) {
            assert_eq!(found, expected);
            return;
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from).min(Threads::MAX);
        let (too_many, processors) = ((Threads::MAX + 1).to_string(), processors.to_string());
        let refused = format!("threads: found {too_many}, expected 1 to {}", Threads::MAX);
        for (says, expected) in
            [("3", "3"), ("1", "1"), ("0", &*processors), ("many", &*processors), (&*too_many, &*refused)]
        {
            let outcome = std::process::Command::new(std::env::current_exe().expect("this program's path"))
                .args(["--exact", "threads::tests::the_environment_says_how_many_threads_are_all"])
                .env("RAYON_NUM_THREADS", says)
                .env(EXPECTED, expected)
                .output()
                .expect("a process");
            let output = String::from_utf8_lossy(&outcome.stdout);
            assert!(outcome.status.success() && output.contains("1 passed"), "{says}: {output}");
        }
    }

    #[test]
    fn threads_that_nobody_holds_are_used_again() {
        let place = |threads: &Threads| threads.pool.as_ref().map(Arc::as_ptr);
        let [first, second] = [(); 2].map(|()| Threads::all().expect("threads"));
        // one processor has no pool
        assert!(
            place(&first).is_none() || place(&first) != place(&second),
            "two that are held are not the same"
        );
        let before = [&first, &second].map(place);
        drop([first, second]);
        // another test may hold them for a moment
        let mut again = (0..1_000_000).map(|_| place(&Threads::all().expect("threads")));
        assert!(again.any(|again| before.contains(&again)));
    }

    #[test]
    fn one_thread_is_the_callers() {
        let caller = std::thread::current().id();
        for one in [Threads::one(), Threads::new(1).expect("one"), Threads::default()] {
            assert!(one.pool.is_none());
            assert_eq!(one.run(|| std::thread::current().id()), caller);
            assert_eq!(one.count(), 1);
        }
        let two = Threads::new(2).expect("two");
        assert_ne!(two.run(|| std::thread::current().id()), caller);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_threads_go_on() {
        for count in 1..=3 {
            let threads = Threads::new(count).expect("threads");
            let in_run = catch_unwind(AssertUnwindSafe(|| threads.run(|| panic!("run"))));
            assert_eq!(in_run.expect_err("a panic").downcast_ref(), Some(&"run"));
            let in_piece = catch_unwind(AssertUnwindSafe(|| {
                threads.run(|| {
                    let piece = |first, rows: &mut [u8]| {
                        assert!(!(first..first + rows.len()).contains(&7), "row");
                    };
                    over_rows(&mut [0_u8; 8], 1, usize::MAX, &piece);
                });
            }));
            assert_eq!(in_piece.expect_err("a panic").downcast_ref(), Some(&"row"));
            work(&threads);
        }
    }

    #[test]
    fn a_run_within_a_run_is_one() {
        for count in 1..=3 {
            let threads = Threads::new(count).expect("threads");
            let other = Threads::new(2).expect("threads");
            let mut data = vec![0; 50];
            threads.run(|| {
                count_up(&mut data);
                threads.run(|| count_up(&mut data));
                other.run(|| count_up(&mut data));
                count_up(&mut data);
            });
            assert_eq!(data, [4; 50]);
        }
    }

    #[test]
    fn a_thread_that_ends_may_compute_until_its_last_value_is_dropped() {
        /// A value that works when it is dropped, and reports that it has.
        struct Late(Threads, mpsc::Sender<()>);
        impl Drop for Late {
            fn drop(&mut self) {
                work(&self.0);
                let mut x = vec![0_u8; 10];
                over_rows(&mut x, 1, usize::MAX, &|_, piece| piece.fill(1));
                let _ = self.1.send(());
            }
        }
        thread_local! {
            static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
        }

        for count in 1..=3 {
            let threads = Threads::new(count).expect("threads");
            let (dropped, drops) = mpsc::channel();
            let late = Late(threads.clone(), dropped);
            // created earlier, so dropped after everything that the thread's work keeps for itself
            let ending = move || {
                LATE.set(Some(late));
                work(&threads);
                over_rows(&mut [0_u8; 10], 1, usize::MAX, &|_, piece| piece.fill(1));
            };
            std::thread::spawn(ending).join().expect("a thread that ends");
            drops.recv_timeout(LONG).expect("work in a destructor");
        }
    }

    #[test]
    fn several_callers_run_at_once() {
        for count in [2, 3] {
            let threads = Threads::new(count).expect("threads");
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| (0..if cfg!(miri) { 2 } else { 200 }).for_each(|_| work(&threads)));
                }
            });
        }
    }

    #[test]
    fn runs_within_runs_at_once_do_not_wait_for_each_other() {
        let (outer, inner) = (&Threads::new(2).expect("threads"), &Threads::new(2).expect("threads"));
        let (ended, end) = mpsc::channel();
        let turns = if cfg!(miri) { 2 } else { 2_000 };
        for _ in 0..3 {
            let (outer, inner, ended) = (outer.clone(), inner.clone(), ended.clone());
            // not in a scope, which would wait for them
            std::thread::spawn(move || {
                (0..turns).for_each(|_| outer.run(|| work(&inner)));
                ended.send(()).expect("a listener");
            });
        }
        for _ in 0..3 {
            end.recv_timeout(LONG / 5).expect("runs that end");
        }
    }

    #[test]
    fn a_run_ends_while_another_goes_on() {
        let threads = &Threads::new(2).expect("threads");
        let (began, beginning) = mpsc::channel();
        let (ended, end) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                threads.run(move || {
                    began.send(()).expect("a listener");
                    // more than the number of calls that may wait
                    end.iter().take(200).count()
                })
            });
            beginning.recv_timeout(LONG).expect("a run");
            for turn in 0..200 {
                let (done, finished) = mpsc::channel();
                scope.spawn(move || {
                    work(threads);
                    done.send(()).expect("a listener");
                });
                let in_time = finished.recv_timeout(LONG).is_ok();
                ended.send(()).expect("a listener");
                if !in_time {
                    drop(ended);
                    panic!("run {turn} waits for another");
                }
            }
        });
    }

    #[test]
    fn threads_leave_when_their_owner_does() {
        let mut owned = Threads::new(3).expect("threads");
        let team = |threads: &Threads| Arc::downgrade(&threads.pool.as_ref().expect("a pool").team);
        let outside = team(&owned);
        work(&owned);
        let inner = owned.clone();
        // the last owner may be one of the threads themselves
        let (sender, receiver) = mpsc::channel();
        owned.run(move || sender.send(inner).expect("a listener"));
        owned = receiver.recv().expect("the threads");
        let last = owned.clone();
        let run = std::thread::spawn(move || {
            let pool = Arc::clone(last.pool.as_ref().expect("a pool"));
            pool.threads.install(move || drop(last));
            drop(pool);
        });
        drop(owned);
        run.join().expect("a run");
        let start = Instant::now();
        while outside.strong_count() > 0 {
            assert!(start.elapsed() < LONG, "a thread still attends a run that has ended");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn more_threads_than_processors_finish() {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = Threads::new(if cfg!(miri) { 3 } else { 4 * processors }).expect("threads");
        (0..if cfg!(miri) { 1 } else { 50 }).for_each(|_| work(&threads));
    }
}
