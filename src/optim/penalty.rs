//! The L2 penalty.

use std::ops::Range;

use crate::outline::Outline;
use crate::setting::at_least_zero;
use crate::{Layer, Result, Scalar};

/// The L2 penalty λ/2 · ‖w‖² over a network's weights: it adds λw to their gradient.
///
/// It falls on what multiplies an input ([`Kind::Weight`](crate::outline::Kind::Weight)) and spares biases and
/// scales (Goodfellow et al. 2016, section 7.1.1). It is not part of the loss that is reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    lambda: f64,
    /// End of each run of parameters, and whether they are weights.
    runs: Vec<(usize, bool)>,
}

impl Penalty {
    /// The penalty of strength λ on the weights of a network; 0 for none.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when λ is negative or not finite.
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

    /// Checks λ, as it is once rounded to a `T`.
    pub(crate) fn check<T: Scalar>(lambda: f64) -> Result<()> {
        at_least_zero::<T>("l2", lambda)
    }

    /// λ.
    #[must_use]
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// Parameters of the network.
    pub(super) fn len(&self) -> usize {
        self.runs.last().map_or(0, |&(end, _)| end)
    }

    /// All parameters in order, in windows that are weights throughout or not at all.
    pub(super) fn windows(&self) -> impl Iterator<Item = (Range<usize>, bool)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|&(end, _)| end));
        starts.zip(&self.runs).map(|(start, &(end, is_weight))| (start..end, is_weight))
    }
}
