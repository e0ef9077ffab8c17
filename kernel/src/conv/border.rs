//! Copies images with a border around them, for padding that is not zero.

use super::axis::Axis;
use crate::Scalar;
use crate::threads::parallel::over_rows;

/// A map from a position outside `0..len` to the input that it copies; `None` stands for zero.
pub type Source = fn(isize, usize) -> Option<usize>;

/// Returns the input that a position inside or outside `0..len` stands for.
pub fn locate(place: isize, len: usize, source: Source) -> Option<usize> {
    match usize::try_from(place) {
        Ok(place) if place < len => Some(place),
        _ => source(place, len),
    }
}

/// A border around images. The axes are windows of one tap: they give the padded sizes, and the position in the input
/// of each padded position.
#[derive(Debug, Clone, Copy)]
pub struct Border {
    /// The rows of the padded image, as windows of one tap.
    pub rows: Axis,
    /// The columns of the padded image, as windows of one tap.
    pub columns: Axis,
    /// The number of channels of a pixel.
    pub channels: usize,
    /// The input that a position in the border copies.
    pub source: Source,
}

impl Border {
    /// Returns the axis of a side with the given padding before and after it.
    #[must_use]
    pub const fn axis(input: usize, before: usize, after: usize) -> Axis {
        Axis {
            input,
            output: before + input + after,
            taps: 1,
            stride: 1,
            before: before.cast_signed(),
            dilation: 1,
        }
    }

    const fn input_len(self) -> usize {
        self.rows.input * self.columns.input * self.channels
    }

    /// Returns the number of scalars in a padded image.
    #[must_use]
    pub const fn padded_len(self) -> usize {
        self.rows.output * self.columns.output * self.channels
    }

    /// Copies images into the middle of larger ones and fills the borders.
    #[inline]
    pub fn pad<T: Scalar>(self, x: &[T], padded: &mut [T]) {
        T::border_pad(self, x, padded);
    }

    /// Computes [`pad`](Self::pad), compiled in the crate that calls it.
    pub(crate) fn pad_generic<T: Scalar>(self, x: &[T], padded: &mut [T]) {
        let operations = padded.len();
        over_rows(padded, self.padded_len(), operations, &|first, padded| {
            for (n, padded) in padded.chunks_exact_mut(self.padded_len()).enumerate() {
                let x = &x[(first + n) * self.input_len()..];
                self.visit(|to, from| {
                    let to = &mut padded[to..][..self.channels];
                    match from {
                        Some(from) => to.copy_from_slice(&x[from..][..self.channels]),
                        None => to.fill(T::ZERO),
                    }
                });
            }
        });
    }

    /// Computes the adjoint of [`pad`](Self::pad): each input receives the sum of the gradients of all positions that
    /// copy it.
    #[inline]
    pub fn fold<T: Scalar>(self, d_padded: &[T], dx: &mut [T]) {
        T::border_fold(self, d_padded, dx);
    }

    /// Computes [`fold`](Self::fold), compiled in the crate that calls it.
    pub(crate) fn fold_generic<T: Scalar>(self, d_padded: &[T], dx: &mut [T]) {
        let operations = d_padded.len();
        over_rows(dx, self.input_len(), operations, &|first, dx| {
            for (n, dx) in dx.chunks_exact_mut(self.input_len()).enumerate() {
                let d_padded = &d_padded[(first + n) * self.padded_len()..];
                dx.fill(T::ZERO);
                self.visit(|from, to| {
                    if let Some(to) = to {
                        let dx = dx[to..][..self.channels].iter_mut();
                        dx.zip(&d_padded[from..]).for_each(|(dx, &d)| *dx += d);
                    }
                });
            }
        });
    }

    /// Calls `copy` with each pixel of a padded image and the pixel of the image that it copies.
    fn visit(self, mut copy: impl FnMut(usize, Option<usize>)) {
        for row in 0..self.rows.output {
            let from_row = locate(self.rows.place(row, 0), self.rows.input, self.source);
            for column in 0..self.columns.output {
                let from_column = locate(self.columns.place(column, 0), self.columns.input, self.source);
                let from = from_row.zip(from_column);
                copy(
                    (row * self.columns.output + column) * self.channels,
                    from.map(|(row, column)| (row * self.columns.input + column) * self.channels),
                );
            }
        }
    }
}
