//! Ending a training run from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to end training after the step that is under way, made from another thread or by Ctrl-C.
///
/// Clones are the same request. A run that is [given](crate::train::Trainer::interrupt) one looks at it after each step, and
/// when it is set writes its checkpoint and ends with [`Ended::Interrupted`](crate::train::Ended::Interrupted).
///
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
    /// A request that is not made yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the request.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Takes it back.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Whether it is made.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Returns the request that Ctrl-C makes, or the system that asks the program to end (SIGTERM, SIGHUP). Asked a second
    /// time, the program ends at once, with status 130.
    ///
    /// Those of the three signals that the program was started to ignore stay ignored, and the others make the request:
    /// with `nohup`, all but SIGHUP; in the background of a script, all but Ctrl-C. A handler that the program has
    /// installed before is called too (on Windows, there must be none).
    ///
    /// Called again, it gives the same request.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when the system does not let the program handle them.
    #[cfg(feature = "interrupt")]
    pub fn on_ctrl_c() -> crate::Result<Self> {
        use std::sync::{Mutex, PoisonError};

        static INSTALLED: Mutex<Option<Interrupt>> = Mutex::new(None);

        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupt) = &*installed {
            return Ok(interrupt.clone());
        }
        let interrupt = Self::new();
        crate::train::run::signals::on_end(&interrupt.0).map_err(|error| {
            crate::Error::argument("Ctrl-C", error, "signals that the program may handle")
        })?;
        *installed = Some(interrupt.clone());
        Ok(interrupt)
    }
}
