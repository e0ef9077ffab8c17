//! Computes the L2 penalty.

use std::ops::Range;

use crate::core::Layer;
use crate::core::outline::Outline;
use crate::error::Result;
use crate::setting::at_least_zero;
use plywood_kernel::Scalar;

/// The L2 penalty λ/2 · ‖w‖² over a network's weights, which adds λw to their gradient.
///
/// It applies to factors of an input ([`Kind::Weight`](crate::layer::outline::Kind::Weight)), not to biases and scales
/// (Goodfellow et al. 2016, section 7.1.1). It is not part of the reported loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    lambda: f64,
    /// The end of each run of parameters, and true if they are weights.
    runs: Vec<(usize, bool)>,
}

impl Penalty {
    /// Creates the penalty of strength λ on the weights of a network; 0 means no penalty.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) if λ is negative or not finite.
    pub fn of<N: Layer>(lambda: f64) -> Result<Self> {
        Self::check::<f64>(lambda)?;
        let mut weights: Vec<_> = Outline::of::<N>().weights().collect();
        weights.sort_by_key(|range| range.start);
        let mut runs: Vec<(usize, bool)> = Vec::new();
        let mut push = |end, is_weight| match runs.last_mut() {
            Some((last, kind)) if *kind == is_weight => *last = end,
            Some((last, _)) if *last == end => {}
            None if end == 0 => {}
            _ => runs.push((end, is_weight)),
        };
        for Range { start, end } in weights {
            push(start, false);
            push(end, true);
        }
        push(N::PARAMS, false);
        Ok(Self { lambda, runs })
    }

    /// Checks λ after rounding to a `T`.
    pub(crate) fn check<T: Scalar>(lambda: f64) -> Result<()> {
        at_least_zero::<T>("l2", lambda)
    }

    /// Returns λ.
    #[must_use]
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// Returns the number of parameters of the network.
    pub(super) fn len(&self) -> usize {
        self.runs.last().map_or(0, |&(end, _)| end)
    }

    /// Returns ranges that cover all parameters in order, each of weights only or without weights.
    pub(super) fn windows(&self) -> impl Iterator<Item = (Range<usize>, bool)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|&(end, _)| end));
        starts.zip(&self.runs).map(|(start, &(end, is_weight))| (start..end, is_weight))
    }
}
