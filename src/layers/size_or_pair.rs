//! Reads a constant for a window's sides, which may be one size or a pair of sizes.

/// A constant whose type `network!` does not know.
#[derive(Debug, Clone, Copy)]
pub struct SizeOrPair<T>(pub T);

impl SizeOrPair<usize> {
    /// Returns the size along the rows and the equal size along the columns.
    #[must_use]
    pub const fn usize_or_pair(self) -> [usize; 2] {
        [self.0, self.0]
    }
}

impl SizeOrPair<(usize, usize)> {
    /// Returns the size along the rows and the size along the columns.
    #[must_use]
    pub const fn usize_or_pair(self) -> [usize; 2] {
        [self.0.0, self.0.1]
    }
}

impl SizeOrPair<[usize; 2]> {
    /// Returns the size along the rows and the size along the columns.
    #[must_use]
    pub const fn usize_or_pair(self) -> [usize; 2] {
        self.0
    }
}
