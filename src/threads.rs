//! How many threads compute.

use std::sync::Arc;

use crate::{Error, Result};

/// The threads that a training run or a batch of inferences computes on.
///
/// Results do not depend on it: a run gives the same bits on 1, 2 or 16 threads. One thread means no pool.
#[derive(Debug, Clone, Default)]
pub struct Threads {
    pool: Option<Arc<rayon::ThreadPool>>,
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
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("plywood-{index}"))
            .build()
            .map_err(|error| {
                Error::argument("threads", count, format!("a number the system can start ({error})"))
            })?;
        Ok(Self { pool: Some(Arc::new(pool)) })
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Runs `work` so that everything it computes is spread over these threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
