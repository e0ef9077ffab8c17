//! How many threads compute.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::kernel::team::Team;
use crate::{Error, Result};

/// Threads, and how they share work.
#[derive(Debug)]
struct Pool {
    threads: rayon::ThreadPool,
    team: Arc<Team>,
}

/// The threads that a training run or a batch of inferences computes on.
///
/// Results do not depend on it: a run gives the same bits on 1, 2 or 16 threads. One thread means no pool.
#[derive(Debug, Clone, Default)]
pub struct Threads {
    pool: Option<Arc<Pool>>,
}

impl Threads {
    /// The calling thread alone.
    #[must_use]
    pub const fn one() -> Self {
        Self { pool: None }
    }

    /// The most that there can be: more than the processors of any machine that this is for, and few enough to be
    /// started at once.
    pub const MAX: usize = 1024;

    /// So many threads.
    ///
    /// # Errors
    /// [`Error::Argument`] for 0, for more than [`MAX`](Self::MAX), or when the system does not give that many.
    pub fn new(count: usize) -> Result<Self> {
        match count {
            1 => Ok(Self::one()),
            2..=Self::MAX => Self::pool(count),
            _ => Err(Error::argument("threads", count, format!("1 to {}", Self::MAX))),
        }
    }

    /// As many threads as the machine has processors, up to [`MAX`](Self::MAX), or as the environment variable
    /// `RAYON_NUM_THREADS` says.
    ///
    /// # Errors
    /// [`Error::Argument`] when the variable says more than [`MAX`](Self::MAX), or when the system does not give that many.
    pub fn all() -> Result<Self> {
        let from_environment = std::env::var("RAYON_NUM_THREADS").ok().and_then(|n| n.parse().ok());
        let count = match from_environment {
            Some(count) if count > 0 => count,
            _ => std::thread::available_parallelism().map_or(1, usize::from).min(Self::MAX),
        };
        Self::new(count)
    }

    fn pool(count: usize) -> Result<Self> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("plywood-{index}"))
            .build()
            .map_err(|error| {
                Error::argument("threads", count, format!("a number the system can start ({error})"))
            })?;
        Ok(Self { pool: Some(Arc::new(Pool { threads, team: Arc::new(Team::new(count)) })) })
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.team.members())
    }

    /// Runs `work` so that everything it computes is spread over these threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.threads.install(|| attended(&pool.team, work)),
            None => work(),
        }
    }
}

/// Runs `work` while the other threads of the pool look out for shares of it, since waking a thread that sleeps may take
/// longer than a layer.
fn attended<R: Send>(team: &Arc<Team>, work: impl FnOnce() -> R + Send) -> R {
    let leader = rayon::current_thread_index().unwrap_or_default();
    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        scope.spawn_broadcast(|_, context| {
            if context.index() != leader {
                let _member = Team::join(team);
                attend(team, (context.index() + team.members() - leader) % team.members(), &done);
            }
        });
        let _member = Team::join(team);
        let _when_left = SetOnDrop(&done);
        work()
    })
}

/// Takes shares of work until it is done.
fn attend(team: &Team, rank: usize, done: &AtomicBool) {
    /// Looks at what is shared out between two looks at rayon's queues, which take longer.
    const LOOKS: usize = 32;
    /// How long to look out without pause: longer than what stays on one thread between two layers.
    const PATIENCE: Duration = Duration::from_millis(1);
    /// How long to pause then.
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
        }
    }
}

/// Says that work is done however it ends, by a panic as well.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
