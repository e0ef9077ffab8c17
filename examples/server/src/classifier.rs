//! Computes what clients ask, in batches or one by one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use plywood::serve::{Batcher, Settings};
use plywood::{Dims, Inference, Result};

/// A classifier for many clients.
pub struct Classifier {
    how: How,
    input: Dims,
}

enum How {
    Batched(Batcher),
    /// The thread of each request computes it.
    Alone {
        original: Box<dyn Inference>,
        /// Forks that nobody uses at the moment.
        idle: Mutex<Vec<Box<dyn Inference>>>,
        requests: AtomicU64,
    },
}

impl Classifier {
    /// Collects requests into batches.
    ///
    /// # Errors
    /// Returns an error for settings outside their ranges.
    pub fn batched(network: &dyn Inference, settings: Settings) -> Result<Self> {
        let input = network.input();
        Ok(Self { how: How::Batched(Batcher::start(network, settings)?), input })
    }

    /// Computes each request by itself.
    #[must_use]
    pub fn alone(network: Box<dyn Inference>) -> Self {
        let input = network.input();
        let (idle, requests) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        Self { how: How::Alone { original: network, idle, requests }, input }
    }

    /// Returns the shape of an example.
    #[must_use]
    pub fn input(&self) -> Dims {
        self.input
    }

    /// Returns the scores of the classes.
    ///
    /// # Errors
    /// Returns [`Argument`](plywood::Error::Argument) for an example of another size, and
    /// [`Unavailable`](plywood::Error::Unavailable) if too many requests wait.
    pub async fn scores(&self, x: Vec<f32>) -> Result<Vec<f32>> {
        match &self.how {
            How::Batched(batcher) => batcher.submit(x)?.await,
            How::Alone { original, idle, requests } => {
                let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
                let fork = lock().pop();
                let mut network = fork.unwrap_or_else(|| original.fork());
                let mut y = vec![0.0; network.output().len()];
                let result = network.predict(&x, &mut y).map(|()| y);
                requests.fetch_add(1, Ordering::Relaxed);
                lock().push(network);
                result
            }
        }
    }

    /// Returns the number of requests and of batches that have been computed.
    #[must_use]
    pub fn counts(&self) -> [u64; 2] {
        match &self.how {
            How::Batched(batcher) => [batcher.requests(), batcher.batches()],
            How::Alone { requests, .. } => [requests.load(Ordering::Relaxed); 2],
        }
    }
}
