//! Divides parameters into ranges that an optimizer treats alike.

use std::ops::Range;

use crate::core::outline::Outline;
use crate::core::{Layer, Part};
use crate::error::Result;
use crate::setting::{at_least_zero, positive};
use plywood_kernel::Scalar;

/// The settings of a [part](Part) of a network that differ from those of the rest.
///
/// # Examples
/// ```
/// use plywood::optim::{Adam, Group};
/// use plywood::{Trainer, network};
///
/// network! { pub Reader: Image<28, 28, 1> => Flat<10> { flatten, trunk: dense(32), relu, head: dense(10) } }
///
/// // the trunk learns at a tenth of the rate, the head without the penalty and with a shorter memory
/// let trainer = Trainer::new()
///     .optimizer(Adam::new())
///     .learning_rate(0.001)
///     .l2(1e-4)
///     .group(Reader::trunk(), Group::new().learning_rate_factor(0.1))
///     .group(Reader::head(), Group::new().l2(0.0).optimizer(Adam { beta1: 0.5, ..Adam::new() }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group<O> {
    pub(crate) learning_rate_factor: Option<f64>,
    pub(crate) l2: Option<f64>,
    pub(crate) optimizer: Option<O>,
}

impl<O> Default for Group<O> {
    /// Returns the group that differs in nothing.
    fn default() -> Self {
        Self { learning_rate_factor: None, l2: None, optimizer: None }
    }
}

impl<O: std::fmt::Debug> std::fmt::Display for Group<O> {
    /// Writes what differs: `learning rate × 0.1, l2 0.001`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let factor = self.learning_rate_factor.map(|factor| format!("learning rate × {factor:?}"));
        let l2 = self.l2.map(|lambda| format!("l2 {lambda:?}"));
        let optimizer = self.optimizer.as_ref().map(|optimizer| format!("{optimizer:?}"));
        let settings: Vec<_> = [factor, l2, optimizer].into_iter().flatten().collect();
        f.write_str(if settings.is_empty() { "nothing of its own" } else { "" })?;
        f.write_str(&settings.join(", "))
    }
}

impl<O> Group<O> {
    /// Creates a group that differs in nothing from the rest.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Multiplies the learning rate of each step by a factor above 0.
    #[must_use]
    pub fn learning_rate_factor(self, factor: f64) -> Self {
        Self { learning_rate_factor: Some(factor), ..self }
    }

    /// Sets λ of the L2 penalty on the group's weights.
    #[must_use]
    pub fn l2(self, lambda: f64) -> Self {
        Self { l2: Some(lambda), ..self }
    }

    /// Sets the optimizer, of the same type as that of the rest, with other settings.
    #[must_use]
    pub fn optimizer(self, optimizer: O) -> Self {
        Self { optimizer: Some(optimizer), ..self }
    }
}

impl<O> Group<O> {
    /// Returns the group without settings of an optimizer.
    pub(crate) fn without_optimizer<P>(self) -> Group<P> {
        let Self { learning_rate_factor, l2, .. } = self;
        Group { learning_rate_factor, l2, optimizer: None }
    }
}

impl<O: super::Optimizer> Group<O> {
    /// Checks the settings after rounding to a `T`.
    pub(crate) fn check<T: Scalar>(&self) -> Result<()> {
        let factor = self.learning_rate_factor;
        factor.map_or(Ok(()), |factor| positive::<T>("group, learning rate factor", factor))?;
        self.l2.map_or(Ok(()), |lambda| at_least_zero::<T>("group, l2", lambda))?;
        self.optimizer.as_ref().map_or(Ok(()), O::check::<T>)
    }
}

/// The ranges of a network's parameters that one step of an optimizer treats alike.
///
/// Each range is of weights only or without weights, since the L2 penalty λ/2 · ‖w‖² adds λw to the gradient of weights
/// alone: of factors of an input ([`Kind::Weight`](crate::layer::outline::Kind::Weight)), not of biases and scales
/// (Goodfellow et al. 2016, section 7.1.1). It is not part of the reported loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// The runs of parameters, in order and without a gap.
    runs: Vec<Run>,
}

/// A run of parameters with the same settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    end: usize,
    pub(super) is_weight: bool,
    /// λ of the penalty; 0 where the parameters are no weights.
    pub(super) lambda: f64,
    pub(super) learning_rate_factor: f64,
    /// The number of the optimizer's settings: 0 for those of the trainer.
    pub(super) optimizer: usize,
    frozen: bool,
}

impl Groups {
    /// Creates the groups of a network of which all is trained, with the penalty of strength λ; 0 means no penalty.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) if λ is negative or not finite.
    pub fn of<N: Layer>(lambda: f64) -> Result<Self> {
        Self::check::<f64>(lambda)?;
        let mut weights: Vec<_> = Outline::of::<N>().weights().collect();
        weights.sort_by_key(|range| range.start);
        let mut groups = Self { runs: Vec::new() };
        let run = |end, is_weight| Run {
            end,
            is_weight,
            lambda: if is_weight { lambda } else { 0.0 },
            learning_rate_factor: 1.0,
            optimizer: 0,
            frozen: false,
        };
        for Range { start, end } in weights {
            groups.push(run(start, false));
            groups.push(run(end, true));
        }
        groups.push(run(N::PARAMS, false));
        Ok(groups)
    }

    /// Appends a run, or makes the last one longer.
    fn push(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last) if Run { end: run.end, ..*last } == run => last.end = run.end,
            Some(last) if last.end == run.end => {}
            None if run.end == 0 => {}
            _ => self.runs.push(run),
        }
    }

    /// Checks λ after rounding to a `T`.
    pub(crate) fn check<T: Scalar>(lambda: f64) -> Result<()> {
        at_least_zero::<T>("l2", lambda)
    }

    /// Changes the settings of the parameters in a range.
    fn change(&mut self, range: &Range<usize>, change: impl Fn(&mut Run)) {
        let runs = std::mem::take(&mut self.runs);
        let mut start = 0;
        for run in runs {
            // the parts of the run before the range, within it, and after it
            let cuts = [range.start, range.end].map(|cut| cut.clamp(start, run.end));
            for (end, inside) in [(cuts[0], false), (cuts[1], true), (run.end, false)] {
                if end > start {
                    let mut part = Run { end, ..run };
                    if inside {
                        change(&mut part);
                    }
                    self.push(part);
                    start = end;
                }
            }
        }
    }

    /// Freezes a part of the network: the optimizer leaves its parameters as they are.
    ///
    /// The [`Backprop`](crate::Backprop::freezing) of the same loop freezes it too: otherwise its running statistics
    /// move, and its gradient counts in a norm.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) for a part of another network than `N`.
    pub fn freezing<N: Layer>(mut self, part: impl Into<Part>) -> Result<Self> {
        self.change(&part.into().params_of::<N>("freeze")?, |run| run.frozen = true);
        Ok(self)
    }

    /// Applies the settings that a group has to a part of the network. `optimizer` is the number of its optimizer, if it
    /// has one.
    pub(crate) fn grouping<N: Layer, O>(
        mut self,
        part: &Part,
        group: &Group<O>,
        optimizer: Option<usize>,
    ) -> Result<Self> {
        self.change(&part.params_of::<N>("group")?, |run| {
            run.learning_rate_factor = group.learning_rate_factor.unwrap_or(run.learning_rate_factor);
            run.optimizer = optimizer.unwrap_or(run.optimizer);
            if let (Some(lambda), true) = (group.l2, run.is_weight) {
                run.lambda = lambda;
            }
        });
        Ok(self)
    }

    /// Returns the number of parameters of the network.
    pub(super) fn len(&self) -> usize {
        self.runs.last().map_or(0, |run| run.end)
    }

    /// Returns the ranges of the parameters that are trained, in order.
    pub(super) fn runs(&self) -> impl Iterator<Item = (Range<usize>, &Run)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        starts.zip(&self.runs).filter(|(_, run)| !run.frozen).map(|(start, run)| (start..run.end, run))
    }
}
