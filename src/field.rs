//! The receptive field: how much of an image one number of a network's output sees.

/// How far a layer's output sees into its input, along rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Along the rows (up and down).
    pub rows: Reach,
    /// Along the columns (left and right).
    pub columns: Reach,
}

/// One axis of a [`Field`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Each output sees `size` inputs; the next output sees `step.0 / step.1` inputs further on.
    Window {
        /// Inputs that one output sees.
        size: usize,
        /// Inputs from one output to the next, as a fraction (below one behind an upsampling).
        step: (usize, usize),
    },
    /// Each output sees everything.
    All,
}

impl Reach {
    /// Each output sees the input at its own place.
    pub const POINT: Self = Self::window(1, 1);

    /// A window of `size` inputs, taken every `stride` inputs.
    #[must_use]
    pub const fn window(size: usize, stride: usize) -> Self {
        Self::Window { size, step: (stride, 1) }
    }

    /// What `next` sees of the input through `self`.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Window { size, step }, Self::Window { size: next_size, step: next_step }) => {
                Self::Window {
                    size: size + ((next_size - 1) * step.0).div_ceil(step.1),
                    step: (step.0 * next_step.0, step.1 * next_step.1),
                }
            }
            _ => Self::All,
        }
    }

    /// What two branches side by side see.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Window { size: a, .. }, Self::Window { size: b, .. }) => {
                if a >= b {
                    self
                } else {
                    other
                }
            }
            _ => Self::All,
        }
    }

    /// How many inputs one output sees of `available`.
    #[must_use]
    pub const fn size(self, available: usize) -> usize {
        match self {
            Self::Window { size, .. } if size < available => size,
            _ => available,
        }
    }
}

impl Field {
    /// Each output sees the input at its own place.
    pub const POINT: Self = Self { rows: Reach::POINT, columns: Reach::POINT };
    /// Each output sees everything.
    pub const ALL: Self = Self { rows: Reach::All, columns: Reach::All };

    /// What `next` sees of the input through `self`.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        Self { rows: self.rows.then(next.rows), columns: self.columns.then(next.columns) }
    }

    /// What two branches side by side see.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { rows: self.rows.or(other.rows), columns: self.columns.or(other.columns) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_compose_as_in_the_textbook() {
        // two 3-wide convolutions see 5, a stride doubles what comes after it
        let conv = Reach::window(3, 1);
        assert_eq!(conv.then(conv), Reach::window(5, 1));
        let pool = Reach::window(2, 2);
        assert_eq!(conv.then(pool).then(conv), Reach::window(8, 2));
        // three outputs behind an upsampling by 2 lie on two or three inputs apart by one
        let up = Reach::Window { size: 1, step: (1, 2) };
        assert_eq!(up.then(conv), Reach::Window { size: 2, step: (1, 2) });
        assert_eq!(conv.then(Reach::All), Reach::All);
        assert_eq!(conv.then(conv).or(conv), Reach::window(5, 1));
        assert_eq!(Reach::All.size(28), 28);
        assert_eq!(Reach::window(31, 1).size(28), 28);
    }
}
