//! Ending a training run from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to end training after the step that is under way, made from another thread or by Ctrl-C.
///
/// Clones are the same request. A run that is [given](super::Trainer::interrupt) one looks at it after each step, and
/// when it is set writes its checkpoint and ends with [`Ended::Interrupted`](super::Ended::Interrupted).
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

    /// The request that Ctrl-C makes, or the system that asks the program to end (SIGTERM, SIGHUP). Ctrl-C a second
    /// time ends the program at once, with status 130.
    ///
    /// Called again, it gives the same request.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when the program has a handler of its own, or was started to ignore one
    /// of these signals, as `nohup` and the background of a script do: train without, as there is nobody to interrupt.
    #[cfg(feature = "interrupt")]
    pub fn on_ctrl_c() -> crate::Result<Self> {
        use std::sync::{Mutex, PoisonError};

        static INSTALLED: Mutex<Option<Interrupt>> = Mutex::new(None);

        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupt) = &*installed {
            return Ok(interrupt.clone());
        }
        let interrupt = Self::new();
        let handled = interrupt.clone();
        let install = ctrlc::try_set_handler(move || {
            if handled.0.swap(true, Ordering::AcqRel) {
                std::process::exit(130);
            }
        });
        install.map_err(|error| {
            crate::Error::argument(
                "Ctrl-C",
                error,
                "signals that are neither handled by the program nor ignored",
            )
        })?;
        *installed = Some(interrupt.clone());
        Ok(interrupt)
    }
}
