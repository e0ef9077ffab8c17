//! Shows progress while training runs.

use std::io::Write;
#[cfg(feature = "progress")]
use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

#[cfg(feature = "progress")]
use indicatif::{ProgressBar, ProgressStyle};

use crate::core::Layer;
use crate::error::Result;
#[cfg(feature = "progress")]
use crate::eval::Measure;
#[cfg(feature = "progress")]
use crate::loss::ErrorMeasure;
use crate::train::Ended;
use crate::train::history::Columns;
#[cfg(feature = "progress")]
use crate::train::watch::StepEnd;
use crate::train::watch::{Callback, Control, End, EpochEnd, Start};
use plywood_kernel::Scalar;

/// Prints a row for each epoch on standard error, and on a terminal also a bar below the rows.
#[derive(Debug)]
pub(crate) struct Progress {
    on: bool,
    columns: Columns,
    #[cfg(feature = "progress")]
    bar: Option<Bar>,
}

impl Progress {
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            columns: Columns::default(),
            #[cfg(feature = "progress")]
            bar: None,
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
        // training goes on even if the reader of standard error has gone away
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

impl<N: Layer, T: Scalar> Callback<N, T> for Progress {
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        #[cfg(feature = "progress")]
        if self.on && std::io::stderr().is_terminal() {
            self.bar = Some(Bar::new(start.steps_taken, start.steps, start.examples));
        }
        if let Some(resumed) = start.resumed {
            self.line(&resumed.to_string());
        }
        self.columns = Columns::new(start.error, start.metrics.clone());
        self.line(&self.columns.header());
        for epoch in start.history {
            self.line(&self.columns.row(epoch));
        }
        Ok(())
    }

    #[cfg(feature = "progress")]
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        if let Some(bar) = &mut self.bar {
            bar.step(step);
        }
        Ok(Control::Continue)
    }

    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        if self.on {
            self.line(&self.columns.row(epoch.epoch));
        }
        Ok(Control::Continue)
    }

    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        if end.history.ended != Ended::Complete {
            self.line(&end.history.outcome());
        }
        Ok(())
    }
}

#[cfg(feature = "progress")]
#[derive(Debug)]
struct Bar {
    shown: ProgressBar,
    /// The number of training examples.
    examples: usize,
    /// The time at which the first step ended, and the number of examples seen by then.
    began: Option<(Instant, usize)>,
    drawn: Instant,
}

#[cfg(feature = "progress")]
impl Bar {
    /// The time between two drawings: a person sees no difference, and most steps need not format text.
    const PERIOD: Duration = Duration::from_millis(100);

    fn new(steps_taken: usize, steps: usize, examples: usize) -> Self {
        let shown = ProgressBar::new(steps as u64).with_position(steps_taken as u64);
        // otherwise the estimate of the time left includes the steps before a checkpoint
        shown.reset_eta();
        let style = ProgressStyle::with_template("{prefix}  {bar:24}  {msg}  {eta} left");
        shown.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { shown, examples, began: None, drawn: Instant::now() }
    }

    fn step<N, T>(&mut self, step: &StepEnd<'_, N, T>) {
        let seen = (step.epoch - 1).saturating_mul(self.examples).saturating_add(step.examples);
        let (began, first) = *self.began.get_or_insert_with(|| (Instant::now(), seen));
        if self.drawn.elapsed() < Self::PERIOD {
            return;
        }
        self.drawn = Instant::now();
        let Measure { loss, error, .. } = step.so_far;
        let measure = step.so_far.error_measure();
        let error = error.map_or(String::new(), |error| {
            if measure == ErrorMeasure::MISCLASSIFIED {
                format!("accuracy {:.2} %  ", 100.0 - 100.0 * error)
            } else {
                format!("{} {}  ", measure.short, measure.format(error))
            }
        });
        let speed = (seen - first) as f64 / began.elapsed().as_secs_f64();
        self.shown.set_prefix(format!("epoch {}", step.epoch));
        self.shown.set_message(format!("loss {loss:.4}  {error}{speed:.0} examples/s"));
        self.shown.set_position(step.steps_taken as u64);
    }
}

#[cfg(feature = "progress")]
impl Drop for Bar {
    fn drop(&mut self) {
        self.shown.finish_and_clear();
    }
}
