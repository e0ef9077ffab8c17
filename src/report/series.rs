//! Keeps the steps of a run of any length in bounded memory.

use std::fmt::Write;

/// A summary of some consecutive steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The number of the first step, counted over the whole run from 1.
    pub step: usize,
    /// The number of steps.
    pub steps: usize,
    /// The mean loss of the steps, each before it was taken.
    pub loss: f64,
    /// The learning rate of the first step.
    pub learning_rate: f64,
}

/// The steps of a run, stored in at most [`CAPACITY`](Self::CAPACITY) spans.
///
/// A short run keeps each step by itself, a longer one spans of 2, 4, 8, ... steps. Nothing is allocated after the
/// first step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    spans: Vec<Span>,
    /// The norm ‖∇‖₂ of each layer at the first step of each span.
    gradients: Vec<f64>,
    layers: usize,
    /// The number of steps in a full span.
    length: usize,
}

impl Series {
    /// The largest number of spans.
    pub const CAPACITY: usize = 1024;

    /// Creates a series without steps for a network with the given number of layers that have parameters.
    #[must_use]
    pub fn new(layers: usize) -> Self {
        Self { layers, length: 1, ..Self::default() }
    }

    /// Returns the spans in order.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Returns the norms ‖∇‖₂ of the layers' gradients at the first step of each span, in order.
    pub fn gradients(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.spans.len()).map(|span| &self.gradients[span * self.layers..][..self.layers])
    }

    /// Adds a step.
    ///
    /// `gradients` writes the norm of each layer's gradient; it is called for the first step of each span.
    pub fn push(&mut self, step: usize, loss: f64, learning_rate: f64, gradients: impl FnOnce(&mut [f64])) {
        if let Some(last) = self.spans.last_mut().filter(|last| last.steps < self.length) {
            last.steps += 1;
            last.loss += (loss - last.loss) / last.steps as f64;
            return;
        }
        match self.spans.len() {
            0 => {
                self.length = self.length.max(1);
                self.spans.reserve_exact(Self::CAPACITY);
                self.gradients.reserve_exact(Self::CAPACITY * self.layers);
            }
            Self::CAPACITY => self.halve(),
            _ => {}
        }
        self.spans.push(Span { step, steps: 1, loss, learning_rate });
        let begin = self.gradients.len();
        self.gradients.resize(begin + self.layers, 0.0);
        gradients(&mut self.gradients[begin..]);
    }

    /// Writes lines from which [`read`](Self::read) gives the same series.
    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(text, "length {}", self.length);
        for (span, norms) in self.spans.iter().zip(self.gradients()) {
            // `{:?}` shows a number so that it is read as the same number
            let _ =
                write!(text, "span {} {} {:?} {:?}", span.step, span.steps, span.loss, span.learning_rate);
            for norm in norms {
                let _ = write!(text, " {norm:?}");
            }
            text.push('\n');
        }
    }

    /// Reads a line that [`write`](Self::write) wrote, of which `word` is the first word. Returns `None` for any other
    /// line.
    pub(super) fn read(&mut self, word: &str, rest: &str) -> Option<()> {
        if word == "length" && self.spans.is_empty() {
            self.length = rest.parse().ok().filter(|length: &usize| length.is_power_of_two())?;
            self.spans.reserve_exact(Self::CAPACITY);
            self.gradients.reserve_exact(Self::CAPACITY * self.layers);
            return Some(());
        }
        if word != "span" || self.spans.len() == Self::CAPACITY {
            return None;
        }
        let mut parts = rest.split(' ');
        let [step, steps] = [parts.next()?.parse().ok()?, parts.next()?.parse().ok()?];
        let [loss, learning_rate] = [parts.next()?.parse().ok()?, parts.next()?.parse().ok()?];
        let before = self.spans.last().map_or(0, |span| span.step);
        if step <= before || steps == 0 || steps > self.length {
            return None;
        }
        let begin = self.gradients.len();
        for part in parts {
            self.gradients.push(part.parse().ok()?);
        }
        (self.gradients.len() == begin + self.layers).then_some(())?;
        self.spans.push(Span { step, steps, loss, learning_rate });
        Some(())
    }

    /// Removes the spans with steps after the given one.
    pub(super) fn end_at(&mut self, step: usize) {
        let fits = |span: &Span| span.step.saturating_add(span.steps) <= step.saturating_add(1);
        self.spans.truncate(self.spans.iter().take_while(|span| fits(span)).count());
        self.gradients.truncate(self.spans.len() * self.layers);
    }

    /// Joins every two spans into one.
    fn halve(&mut self) {
        let half = self.spans.len() / 2;
        for joined in 0..half {
            let [first, second] = [self.spans[2 * joined], self.spans[2 * joined + 1]];
            let steps = first.steps + second.steps;
            let loss = first.loss + (second.loss - first.loss) * (second.steps as f64 / steps as f64);
            self.spans[joined] = Span { steps, loss, ..first };
            self.gradients
                .copy_within(2 * joined * self.layers..(2 * joined + 1) * self.layers, joined * self.layers);
        }
        self.spans.truncate(half);
        self.gradients.truncate(half * self.layers);
        self.length *= 2;
    }
}
