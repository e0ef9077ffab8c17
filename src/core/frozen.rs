//! Names the parts of a network that training does not change.

use std::any::TypeId;

/// The labels of one network under which all layers are frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frozen {
    /// The network that declares the labels.
    network: Option<TypeId>,
    /// A bit for each label, by its number.
    labels: u128,
}

impl Frozen {
    /// No label.
    pub(crate) const NONE: Self = Self { network: None, labels: 0 };
    /// The number of labels of a network that can be frozen, from the first.
    pub(crate) const MOST: usize = u128::BITS as usize;

    /// Returns the labels of these numbers of the network `N`, each less than [`MOST`](Self::MOST).
    pub(crate) fn of<N: 'static>(labels: impl IntoIterator<Item = usize>) -> Self {
        let labels = labels.into_iter().fold(0, |labels, index| labels | 1 << index);
        Self { network: Some(TypeId::of::<N>()), labels }
    }

    /// Returns true if the label of this number of the network `N` is frozen.
    #[inline]
    pub(crate) fn has<N: 'static>(self, index: usize) -> bool {
        self.labels != 0
            && index < Self::MOST
            && self.labels >> index & 1 == 1
            && self.network == Some(TypeId::of::<N>())
    }
}
