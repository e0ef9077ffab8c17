//! Computes receptive fields: how much of an image one number of a network's output sees.

/// The part of a layer's input that one output sees, along rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceptiveField {
    /// The reach along the rows (up and down).
    pub(crate) rows: Reach,
    /// The reach along the columns (left and right).
    pub(crate) columns: Reach,
}

/// One axis of a [`ReceptiveField`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Each output sees a window of inputs, and the next output sees as many inputs, some steps further on.
    Window {
        /// The distance from the first to the last input that one output sees, one less than their number if it is
        /// whole.
        span: Ratio,
        /// The inputs from one output to the next; less than one after an upsampling.
        step: Ratio,
        /// The largest distance that an output sees before its own place. The place of output `i` is input `i · step`.
        before: Ratio,
        /// The largest distance that an output sees after its own place.
        after: Ratio,
    },
    /// Each output sees the whole input.
    All,
}

/// A fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    numerator: usize,
    denominator: usize,
}

impl Ratio {
    /// Creates a fraction.
    ///
    /// # Panics
    /// Panics if the denominator is 0.
    pub(crate) const fn new(numerator: usize, denominator: usize) -> Self {
        assert!(denominator > 0, "a fraction of nothing");
        let (mut a, mut b) = (numerator, denominator);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Self { numerator: numerator / a, denominator: denominator / a }
    }

    const fn times(self, other: Self) -> Self {
        Self::new(self.numerator * other.numerator, self.denominator * other.denominator)
    }

    const fn plus(self, other: Self) -> Self {
        Self::new(
            self.numerator * other.denominator + other.numerator * self.denominator,
            self.denominator * other.denominator,
        )
    }

    const fn less(self, other: Self) -> bool {
        self.numerator * other.denominator < other.numerator * self.denominator
    }

    /// Returns the larger of two fractions.
    const fn most(self, other: Self) -> Self {
        if self.less(other) { other } else { self }
    }
}

impl Reach {
    /// Each output sees the input at its own place.
    pub(crate) const POINT: Self = Self::window(1, 1);

    /// Returns the reach of a window of `size` inputs that moves by `stride` inputs.
    ///
    /// The window may lie anywhere around the output's own place. If its place is known, [`padded`](Self::padded) gives
    /// a tighter bound for two branches [side by side](Self::or).
    pub(crate) const fn window(size: usize, stride: usize) -> Self {
        let span = Ratio::new(size - 1, 1);
        Self::Window { span, step: Ratio::new(stride, 1), before: span, after: span }
    }

    /// Returns the reach of a window of `size` inputs that moves by `stride` inputs. The first window begins `padding`
    /// inputs before the first input.
    pub(crate) const fn padded(size: usize, stride: usize, padding: usize) -> Self {
        Self::Window {
            span: Ratio::new(size - 1, 1),
            step: Ratio::new(stride, 1),
            before: Ratio::new(padding, 1),
            after: Ratio::new((size - 1).saturating_sub(padding), 1),
        }
    }

    /// Returns the reach of an upsampling that turns each input into `factor` outputs.
    pub(crate) const fn upsampled(factor: usize) -> Self {
        let (span, before) = (Ratio::new(0, 1), Ratio::new(factor - 1, factor));
        Self::Window { span, step: Ratio::new(1, factor), before, after: span }
    }

    /// Returns the reach of `next` into the input of `self`.
    pub(crate) const fn then(self, next: Self) -> Self {
        let (
            Self::Window { span, step, before, after },
            Self::Window { span: next_span, step: next_step, before: next_before, after: next_after },
        ) = (self, next)
        else {
            return Self::All;
        };
        Self::Window {
            span: span.plus(next_span.times(step)),
            step: step.times(next_step),
            before: before.plus(next_before.times(step)),
            after: after.plus(next_after.times(step)),
        }
    }

    /// Returns the reach of two branches side by side, from the first input that one of them sees to the last.
    ///
    /// It is never too small. It is too large if the places of the windows are not known, and everything if one branch
    /// takes larger steps than the other.
    pub(crate) const fn or(self, other: Self) -> Self {
        let (
            Self::Window { step, before, after, .. },
            Self::Window { step: other_step, before: other_before, after: other_after, .. },
        ) = (self, other)
        else {
            return Self::All;
        };
        if step.less(other_step) || other_step.less(step) {
            return Self::All;
        }
        let (before, after) = (before.most(other_before), after.most(other_after));
        Self::Window { span: before.plus(after), step, before, after }
    }

    /// Returns the largest number of inputs that one output sees, out of `available`.
    pub(crate) const fn size(self, available: usize) -> usize {
        match self {
            Self::Window { span, .. } => {
                let size = span.numerator.div_ceil(span.denominator) + 1;
                if size < available { size } else { available }
            }
            Self::All => available,
        }
    }
}

impl ReceptiveField {
    /// Each output sees the input at its own place.
    pub const POINT: Self = Self { rows: Reach::POINT, columns: Reach::POINT };
    /// Each output sees the whole input.
    pub const ALL: Self = Self { rows: Reach::All, columns: Reach::All };

    /// Returns the field of a window of `[rows, columns]` inputs that moves by `stride`. The first begins `padding`
    /// before the first input.
    ///
    /// The place of the windows matters only if two branches are put [side by side](Self::beside).
    ///
    /// # Panics
    /// Panics if a size or a stride is 0.
    #[must_use]
    pub const fn window(size: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Self {
        assert!(size[0] > 0 && size[1] > 0, "a window sees at least one input");
        assert!(stride[0] > 0 && stride[1] > 0, "a window moves by at least one input");
        Self {
            rows: Reach::padded(size[0], stride[0], padding[0]),
            columns: Reach::padded(size[1], stride[1], padding[1]),
        }
    }

    /// Returns the field of `next` in the input of `self`.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        Self { rows: self.rows.then(next.rows), columns: self.columns.then(next.columns) }
    }

    /// Returns the field of two branches side by side, from the first input that one of them sees to the last.
    ///
    /// It is never too small, and everything if one branch takes larger steps than the other.
    #[must_use]
    pub const fn beside(self, other: Self) -> Self {
        Self { rows: self.rows.or(other.rows), columns: self.columns.or(other.columns) }
    }

    /// Returns the largest number of rows and columns that an output sees, out of the `available` ones.
    #[must_use]
    pub const fn size(self, available: [usize; 2]) -> [usize; 2] {
        [self.rows.size(available[0]), self.columns.size(available[1])]
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
        assert_eq!(conv.then(Reach::All), Reach::All);
        assert_eq!(Reach::All.size(28), 28);
        assert_eq!(Reach::window(31, 1).size(28), 28);
    }

    #[test]
    fn branches_see_from_the_first_to_the_last_input_of_either() {
        let padded = |size, padding| Reach::padded(size, 1, padding);
        let (same, before, after) = (padded(3, 1), padded(2, 1), padded(2, 0));
        for (a, b, size) in [
            (same.then(same), same, 5),
            (same, Reach::POINT, 3),
            (before, after, 3),
            (padded(5, 4), padded(5, 0), 9),
            // the places of the windows are not known
            (Reach::window(3, 1), Reach::POINT, 5),
            (Reach::window(2, 1), Reach::window(2, 2), 100),
            (Reach::padded(2, 2, 0).then(Reach::upsampled(2)), padded(2, 0).then(after), 4),
        ] {
            assert_eq!([a.or(b).size(100), b.or(a).size(100)], [size; 2], "{a:?} and {b:?}");
        }
    }

    #[test]
    fn after_an_upsampling_windows_see_less() {
        let conv = Reach::window(3, 1);
        // five outputs after an upsampling by 4 lie on two inputs, seven after one by 3 on three
        assert_eq!(Reach::upsampled(4).then(conv).then(conv).size(100), 2);
        assert_eq!(Reach::upsampled(3).then(conv).then(conv).then(conv).size(100), 3);
    }

    #[test]
    fn up_and_down_again_does_not_grow_without_bound() {
        let (down, up) = (Reach::window(2, 2), Reach::upsampled(2));
        let both = (0..200).fold(Reach::POINT, |reach, _| reach.then(down).then(up));
        assert_eq!(both.size(1000), 201);
    }
}
