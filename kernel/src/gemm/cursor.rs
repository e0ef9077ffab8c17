//! Steps through the rows of a product.

use super::Rows;

/// A cursor over the rows of a product.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    counts: [usize; 3],
    /// The distances that `A` and `C` move after the last row of the inner loop, of the inner two loops, and after any
    /// other.
    a: [usize; 3],
    c: [usize; 3],
    left: [usize; 3],
    at: (usize, usize),
}

impl Cursor {
    pub(crate) fn new([outer, middle, inner]: [Rows; 3]) -> Self {
        let counts = [outer.count, middle.count, inner.count];
        // wrapping: the step from the end of a line to the beginning of the next may go backward
        let steps = |outer: usize, middle: usize, inner: usize| {
            let line = middle.wrapping_sub((counts[2] - 1).wrapping_mul(inner));
            let last = (counts[2] - 1).wrapping_mul(inner).wrapping_add((counts[1] - 1).wrapping_mul(middle));
            [outer.wrapping_sub(last), line, inner]
        };
        Self {
            counts,
            a: steps(outer.a, middle.a, inner.a),
            c: steps(outer.c, middle.c, inner.c),
            left: counts,
            at: (0, 0),
        }
    }

    /// Returns the beginning of the current row in `A` and `C`, and moves on to the next row.
    #[inline(always)]
    fn next(&mut self) -> (usize, usize) {
        let at = self.at;
        self.left[2] -= 1;
        let step = if self.left[2] > 0 {
            2
        } else {
            self.left[2] = self.counts[2];
            self.left[1] -= 1;
            if self.left[1] > 0 {
                1
            } else {
                self.left[1] = self.counts[1];
                0
            }
        };
        self.at = (at.0.wrapping_add(self.a[step]), at.1.wrapping_add(self.c[step]));
        at
    }

    /// Passes the positions of the next `P` rows to `give`.
    #[inline(always)]
    pub(crate) fn take<const P: usize>(&mut self, mut give: impl FnMut(usize, (usize, usize))) {
        if self.left[2] <= P {
            for p in 0..P {
                give(p, self.next());
            }
            return;
        }
        // within a line, the usual case
        for p in 0..P {
            give(p, (self.at.0 + p * self.a[2], self.at.1 + p * self.c[2]));
        }
        self.at = (self.at.0 + P * self.a[2], self.at.1 + P * self.c[2]);
        self.left[2] -= P;
    }
}
