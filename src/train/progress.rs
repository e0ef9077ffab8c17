//! What is shown while training goes on.

use std::io::Write;
#[cfg(feature = "progress")]
use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

#[cfg(feature = "progress")]
use indicatif::{ProgressBar, ProgressStyle};

use super::Epoch;
use super::fit::Tally;
use super::report::HEADER;

/// A row for each epoch on standard error; on a terminal also a bar under them.
#[derive(Debug)]
pub(super) struct Progress {
    on: bool,
    #[cfg(feature = "progress")]
    bar: Option<Bar>,
}

impl Progress {
    /// The progress of `epochs` times `examples`.
    pub(super) fn new(on: bool, epochs: usize, examples: usize) -> Self {
        #[cfg(feature = "progress")]
        let bar = (on && std::io::stderr().is_terminal()).then(|| Bar::new(epochs, examples));
        #[cfg(not(feature = "progress"))]
        let _ = (epochs, examples);
        let progress = Self {
            on,
            #[cfg(feature = "progress")]
            bar,
        };
        progress.line(HEADER);
        progress
    }

    /// After a step of an epoch (from 1): what its steps so far add up to.
    pub(super) fn step(&mut self, epoch: usize, tally: Tally) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.step(epoch, tally);
        }
        #[cfg(not(feature = "progress"))]
        let _ = (self, epoch, tally);
    }

    /// After an epoch.
    pub(super) fn epoch(&self, epoch: &Epoch) {
        if self.on {
            self.line(&epoch.to_string());
        }
    }

    fn line(&self, line: &str) {
        if !self.on {
            return;
        }
        #[cfg(feature = "progress")]
        if let Some(bar) = &self.bar {
            bar.shown.println(line);
            return;
        }
        // a reader that has gone away is no reason to stop training
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

#[cfg(feature = "progress")]
#[derive(Debug)]
struct Bar {
    shown: ProgressBar,
    examples: usize,
    epochs: usize,
    began: Instant,
    drawn: Instant,
}

#[cfg(feature = "progress")]
impl Bar {
    /// Between two drawings: a person sees no difference, and a step need not format text.
    const PERIOD: Duration = Duration::from_millis(100);

    fn new(epochs: usize, examples: usize) -> Self {
        let shown = ProgressBar::new(epochs.saturating_mul(examples) as u64);
        let style = ProgressStyle::with_template("{prefix}  {bar:24}  {msg}  {eta} left");
        shown.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let began = Instant::now();
        Self { shown, examples, epochs, began, drawn: began }
    }

    fn step(&mut self, epoch: usize, tally: Tally) {
        if self.drawn.elapsed() < Self::PERIOD {
            return;
        }
        self.drawn = Instant::now();
        let done = (epoch - 1).saturating_mul(self.examples).saturating_add(tally.count);
        let measure = tally.measure();
        let error = measure.error.map_or(String::new(), |error| format!("error {:.2} %  ", 100.0 * error));
        let speed = done as f64 / self.began.elapsed().as_secs_f64();
        self.shown.set_prefix(format!("epoch {epoch} of {}", self.epochs));
        self.shown.set_message(format!("loss {:.4}  {error}{speed:.0} examples/s", measure.loss));
        self.shown.set_position(done as u64);
    }
}

#[cfg(feature = "progress")]
impl Drop for Bar {
    fn drop(&mut self) {
        self.shown.finish_and_clear();
    }
}

#[cfg(all(test, feature = "progress"))]
mod tests {
    use super::*;

    #[test]
    fn more_work_than_can_be_counted_is_shown_as_the_most() {
        let mut bar = Bar::new(usize::MAX, 3);
        assert_eq!(bar.shown.length(), Some(u64::MAX));
        bar.drawn -= Bar::PERIOD;
        bar.step(usize::MAX, Tally { count: 3, ..Tally::default() });
        assert_eq!(bar.shown.position(), u64::MAX);
    }
}
