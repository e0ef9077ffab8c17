//! How much memory a layer asks for, as a constant.

/// A number of scalars that depends on the batch alone: `fixed + per_example * batch`.
///
/// Tape and scratch sizes of layers are `Space`s, so the memory of a whole network is a constant expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Needed once, however large the batch.
    pub fixed: usize,
    /// Needed for each example.
    pub per_example: usize,
}

impl Space {
    /// Nothing.
    pub const NONE: Self = Self { fixed: 0, per_example: 0 };

    /// So many numbers, whatever the batch.
    #[must_use]
    pub const fn fixed(len: usize) -> Self {
        Self { fixed: len, per_example: 0 }
    }

    /// So many numbers for each example.
    #[must_use]
    pub const fn per_example(len: usize) -> Self {
        Self { fixed: 0, per_example: len }
    }

    /// Room for both at once.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { fixed: self.fixed + other.fixed, per_example: self.per_example + other.per_example }
    }

    /// Room for either, one after the other.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            fixed: larger(self.fixed, other.fixed),
            per_example: larger(self.per_example, other.per_example),
        }
    }

    /// Room for `n` of these at once.
    #[must_use]
    pub const fn times(self, n: usize) -> Self {
        Self { fixed: self.fixed * n, per_example: self.per_example * n }
    }

    /// Scalars for a batch of this many examples.
    #[must_use]
    pub const fn len(self, batch: usize) -> usize {
        self.fixed + self.per_example * batch
    }

    /// As [`len`](Self::len); `None` for more than a `usize` can count.
    #[must_use]
    pub const fn checked_len(self, batch: usize) -> Option<usize> {
        match self.per_example.checked_mul(batch) {
            Some(len) => len.checked_add(self.fixed),
            None => None,
        }
    }

    /// Whether nothing is needed for any batch.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.fixed == 0 && self.per_example == 0
    }
}

/// The larger of two sizes (`usize::max` is not a `const fn`).
pub(crate) const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
