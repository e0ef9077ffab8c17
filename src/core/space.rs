//! Expresses the memory that a layer needs as a constant.

/// A number of scalars that depends only on the batch size: `fixed + per_example * batch`.
///
/// Tape and scratch sizes of layers are `Space`s, so the memory of a whole network is a constant expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The scalars needed once, independent of the batch size.
    pub fixed: usize,
    /// The scalars needed for each example.
    pub per_example: usize,
}

impl Space {
    /// No scalars.
    pub const NONE: Self = Self { fixed: 0, per_example: 0 };

    /// Returns space for the given number of scalars, independent of the batch size.
    #[must_use]
    pub const fn fixed(len: usize) -> Self {
        Self { fixed: len, per_example: 0 }
    }

    /// Returns space for the given number of scalars for each example.
    #[must_use]
    pub const fn per_example(len: usize) -> Self {
        Self { fixed: 0, per_example: len }
    }

    /// Returns space for both side by side, for uses at the same time.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { fixed: self.fixed + other.fixed, per_example: self.per_example + other.per_example }
    }

    /// Returns space for the larger of both, for uses at different times.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            fixed: larger(self.fixed, other.fixed),
            per_example: larger(self.per_example, other.per_example),
        }
    }

    /// Returns space for `n` of these at the same time.
    #[must_use]
    pub const fn times(self, n: usize) -> Self {
        Self { fixed: self.fixed * n, per_example: self.per_example * n }
    }

    /// Returns the number of scalars for a batch of the given number of examples.
    #[must_use]
    pub const fn len(self, batch: usize) -> usize {
        self.fixed + self.per_example * batch
    }

    /// Returns [`len`](Self::len), or `None` if it does not fit in a `usize`.
    #[must_use]
    pub const fn checked_len(self, batch: usize) -> Option<usize> {
        match self.per_example.checked_mul(batch) {
            Some(len) => len.checked_add(self.fixed),
            None => None,
        }
    }

    /// Returns true if no batch needs any scalars.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.fixed == 0 && self.per_example == 0
    }
}

/// Returns the larger of two sizes (`usize::max` is not a `const fn`).
pub(crate) const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
