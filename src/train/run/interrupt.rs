//! Ends a training run from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests the end of training after the current step, from another thread or by Ctrl-C.
///
/// Clones share one request. A run that is [given](crate::train::Trainer::interrupt) an interrupt checks it after each
/// step. Once it is set, the run writes its checkpoint and ends with
/// [`Ended::Interrupted`](crate::train::Ended::Interrupted).
///
/// # Examples
/// ```
/// use plywood::train::Interrupt;
///
/// let interrupt = Interrupt::new();
/// let elsewhere = interrupt.clone();
/// std::thread::spawn(move || elsewhere.set()).join().unwrap();
/// assert!(interrupt.is_set());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Creates a request that is not yet set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the request.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Withdraws the request.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Returns true if the request is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Returns the request that Ctrl-C sets, as does a system that asks the program to end (SIGTERM, SIGHUP).
    ///
    /// Asked a second time, the program ends at once, with status 130.
    ///
    /// If the program was started to ignore some of the three signals, they stay ignored, and the others set the
    /// request: with `nohup`, all but SIGHUP; in the background of a script, all but Ctrl-C. A handler that the program
    /// installed before is called too (on Windows, there must be none).
    ///
    /// Later calls return the same request.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) if the system does not let the program handle the signals.
    #[cfg(feature = "interrupt")]
    pub fn on_ctrl_c() -> crate::error::Result<Self> {
        use std::sync::{Mutex, PoisonError};

        static INSTALLED: Mutex<Option<Interrupt>> = Mutex::new(None);

        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupt) = &*installed {
            return Ok(interrupt.clone());
        }
        let interrupt = Self::new();
        crate::train::run::signals::on_end(&interrupt.0).map_err(|error| {
            crate::error::Error::argument("Ctrl-C", error, "signals that the program may handle")
        })?;
        *installed = Some(interrupt.clone());
        Ok(interrupt)
    }
}
