//! Copies of images with a border around them, for padding that is not zero.

use super::axis::Axis;
use crate::Scalar;
use crate::threads::parallel::over_rows;

/// The input that a place outside of `0..len` copies; `None` for zero.
pub type Source = fn(isize, usize) -> Option<usize>;

/// The input that any place stands for.
pub fn locate(place: isize, len: usize, source: Source) -> Option<usize> {
    match usize::try_from(place) {
        Ok(place) if place < len => Some(place),
        _ => source(place, len),
    }
}

/// A border around images of so many channels. The axes are windows of one tap: they give the padded sides, and
/// where in the input each padded place lies.
#[derive(Debug, Clone, Copy)]
pub struct Border {
    /// The rows of the padded image, as windows of one tap.
    pub rows: Axis,
    /// The columns of the padded image, likewise.
    pub columns: Axis,
    /// Numbers of a pixel.
    pub channels: usize,
    /// The input that a place in the border copies.
    pub source: Source,
}

impl Border {
    /// The image's rows, columns and channels by a side and its padding.
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

    /// Numbers of one padded image.
    pub const fn len(self) -> usize {
        self.rows.output * self.columns.output * self.channels
    }

    /// Copies images into the middle of larger ones and fills the borders.
    #[inline]
    pub fn pad<T: Scalar>(self, x: &[T], padded: &mut [T]) {
        T::border_pad(self, x, padded);
    }

    /// [`pad`](Self::pad), compiled in whatever crate calls it.
    pub(crate) fn pad_generic<T: Scalar>(self, x: &[T], padded: &mut [T]) {
        let operations = padded.len();
        over_rows(padded, self.len(), operations, &|first, padded| {
            for (n, padded) in padded.chunks_exact_mut(self.len()).enumerate() {
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

    /// The adjoint: each input receives the gradients of all places that copy it.
    #[inline]
    pub fn fold<T: Scalar>(self, d_padded: &[T], dx: &mut [T]) {
        T::border_fold(self, d_padded, dx);
    }

    /// [`fold`](Self::fold), compiled in whatever crate calls it.
    pub(crate) fn fold_generic<T: Scalar>(self, d_padded: &[T], dx: &mut [T]) {
        let operations = d_padded.len();
        over_rows(dx, self.input_len(), operations, &|first, dx| {
            for (n, dx) in dx.chunks_exact_mut(self.input_len()).enumerate() {
                let d_padded = &d_padded[(first + n) * self.len()..];
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
