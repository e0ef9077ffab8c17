//! Names a part of a network by its label, whatever its type.

use std::any::TypeId;
use std::ops::Range;

use crate::core::Layer;
use crate::core::frozen::Frozen;
use crate::error::{Error, Result};

/// A labeled layer or block of a network: `Part::from(LeNet5::conv1())`.
///
/// [`Trainer::freeze`](crate::Trainer::freeze) and [`Trainer::group`](crate::Trainer::group) apply to parts.
///
/// # Examples
/// ```
/// use plywood::{Part, network};
///
/// network! { pub Reader: Image<28, 28, 1> => Flat<10> { flatten, trunk: dense(32), relu, head: dense(10) } }
///
/// assert_eq!(Part::from(Reader::head()).label(), "head");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    network: TypeId,
    network_name: &'static str,
    label: &'static str,
    /// The number of the label in the network's list.
    number: usize,
    params: Range<usize>,
}

impl Part {
    /// Creates the part of the network `N` with the given label, its number, and its range of the parameters.
    pub(crate) fn new<N: Layer>(label: &'static str, number: usize, params: Range<usize>) -> Self {
        Self { network: TypeId::of::<N>(), network_name: N::NAME, label, number, params }
    }

    /// Returns the label.
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.label
    }

    /// Returns the range of the network's parameters that the part holds.
    #[must_use]
    pub fn params(&self) -> Range<usize> {
        self.params.clone()
    }

    /// Returns true if the part is one of the network `N`.
    pub(crate) fn is_of<N: Layer>(&self) -> bool {
        self.network == TypeId::of::<N>()
    }

    /// Returns the label and the name of the network, for messages.
    pub(crate) fn with_network(&self) -> String {
        format!("`{}` of the network `{}`", self.label, self.network_name)
    }

    /// Returns the range of the parameters, if the part is one of the network `N`.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a part of another network, with the `setting` that names it.
    pub(crate) fn params_of<N: Layer>(&self, setting: &'static str) -> Result<Range<usize>> {
        if self.is_of::<N>() {
            return Ok(self.params());
        }
        Err(Error::argument(
            setting,
            self.with_network(),
            format!("a label of the network `{}` that is trained", N::NAME),
        ))
    }

    /// Returns the labels to freeze for the given parts of the network `N`.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a part of another network, a label after the 128th, or if nothing is left to
    /// train.
    pub(crate) fn frozen<N: Layer>(parts: &[Self]) -> Result<Frozen> {
        const SETTING: &str = "freeze";
        if parts.is_empty() {
            return Ok(Frozen::NONE);
        }
        let mut frozen = vec![false; N::PARAMS];
        for part in parts {
            frozen[part.params_of::<N>(SETTING)?].fill(true);
            if part.number >= Frozen::MOST {
                let found = format!("`{}`, label {}", part.label, part.number + 1);
                let expected = format!("one of the first {} labels of `{}`", Frozen::MOST, N::NAME);
                return Err(Error::argument(SETTING, found, expected));
            }
        }
        if frozen.iter().all(|&frozen| frozen) {
            let found = format!("all {} parameters of `{}`", N::PARAMS, N::NAME);
            return Err(Error::argument(SETTING, found, "some parameters left to train"));
        }
        Ok(Frozen::of::<N>(parts.iter().map(|part| part.number)))
    }
}
