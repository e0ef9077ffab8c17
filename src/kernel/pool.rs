//! Windows that move over each channel by itself: maxima, and sums and their adjoint.

use super::axis::Axis;
use super::border::{Source, locate};
use super::elementwise::vectorised;
use super::parallel::over_rows;
use crate::Scalar;
use crate::space::larger;

/// The sizes of a pooling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pool {
    pub(crate) rows: Axis,
    pub(crate) columns: Axis,
    pub(crate) channels: usize,
}

impl Pool {
    const fn input_len(self) -> usize {
        self.rows.input * self.columns.input * self.channels
    }

    const fn output_len(self) -> usize {
        self.rows.output * self.columns.output * self.channels
    }

    /// Numbers of the larger side.
    pub(crate) const fn width(self) -> usize {
        larger(self.input_len(), self.output_len())
    }

    /// Inputs looked at for one image.
    pub(crate) const fn operations(self) -> usize {
        self.output_len() * self.rows.taps * self.columns.taps
    }

    /// Whether each window has a tap inside of the image.
    pub(crate) const fn sees_something(self) -> bool {
        const fn along(axis: Axis) -> bool {
            let mut output = 0;
            while output < axis.output {
                let mut tap = 0;
                while tap < axis.taps {
                    let place = axis.place(output, tap);
                    if place >= 0 && place < axis.input.cast_signed() {
                        break;
                    }
                    tap += 1;
                }
                if tap == axis.taps {
                    return false;
                }
                output += 1;
            }
            true
        }
        along(self.rows) && along(self.columns)
    }

    /// Where in the input each tap of an output's window lies, padding left out.
    #[inline(always)]
    fn inside(self, oy: usize, ox: usize) -> impl Iterator<Item = usize> {
        let columns = self.columns.taps_at(ox);
        self.rows.taps_at(oy).flat_map(move |kh| {
            let row = self.rows.place(oy, kh).cast_unsigned() * self.columns.input;
            columns.clone().map(move |kw| (row + self.columns.place(ox, kw).cast_unsigned()) * self.channels)
        })
    }

    /// Where in the input each tap of an output's window lies, padding where `source` says.
    #[inline(always)]
    fn sources(self, oy: usize, ox: usize, source: Source) -> impl Iterator<Item = usize> {
        let row = move |kh| locate(self.rows.place(oy, kh), self.rows.input, source);
        let column = move |kw| locate(self.columns.place(ox, kw), self.columns.input, source);
        (0..self.rows.taps).filter_map(row).flat_map(move |row| {
            let pixels = (0..self.columns.taps).filter_map(column);
            pixels.map(move |column| (row * self.columns.input + column) * self.channels)
        })
    }
}

/// `y[n][oy][ox][c] = max x[n][place(oy, kh)][place(ox, kw)][c]` over the taps inside; a NaN wins.
pub(crate) fn max<T: Scalar>(pool: Pool, x: &[T], y: &mut [T]) {
    let channels = pool.channels;
    over_images(
        y,
        pool.output_len(),
        pool,
        #[inline(always)]
        |n, y| {
            let x = &x[n * pool.input_len()..][..pool.input_len()];
            for oy in 0..pool.rows.output {
                for ox in 0..pool.columns.output {
                    let y = &mut y[(oy * pool.columns.output + ox) * channels..][..channels];
                    let mut taps = pool.inside(oy, ox);
                    if let Some(tap) = taps.next() {
                        y.copy_from_slice(&x[tap..][..channels]);
                    }
                    for tap in taps {
                        for (y, &x) in y.iter_mut().zip(&x[tap..][..channels]) {
                            *y = if wins(x, *y) { x } else { *y };
                        }
                    }
                }
            }
        },
    );
}

/// Gives each `dy` to the first tap of its window that holds the maximum.
///
/// The winner is found again instead of being kept: for windows of 2×2 an index would cost a quarter of the
/// input's memory, and saves reading an input that the layer before keeps in any case.
pub(crate) fn max_gradient<T: Scalar>(pool: Pool, x: &[T], dy: &[T], dx: &mut [T]) {
    /// Channels whose winners are held at a time.
    const CHANNELS: usize = 16;
    over_images(
        dx,
        pool.input_len(),
        pool,
        #[inline(always)]
        |n, dx| {
            let x = &x[n * pool.input_len()..][..pool.input_len()];
            let dy = &dy[n * pool.output_len()..][..pool.output_len()];
            dx.fill(T::ZERO);
            for (output, dy) in dy.chunks_exact(pool.channels).enumerate() {
                let (oy, ox) = (output / pool.columns.output, output % pool.columns.output);
                for (chunk, dy) in dy.chunks(CHANNELS).enumerate() {
                    let channel = chunk * CHANNELS;
                    let mut best = [T::ZERO; CHANNELS];
                    // numbered in the scalar's type, so that a vector of scalars has a vector of winners
                    let mut winner = [T::ZERO; CHANNELS];
                    let mut number = T::ZERO;
                    for tap in pool.inside(oy, ox) {
                        let x = &x[tap + channel..][..dy.len()];
                        for ((best, winner), &x) in best.iter_mut().zip(&mut winner).zip(x) {
                            let won = number == T::ZERO || wins(x, *best);
                            *best = if won { x } else { *best };
                            *winner = if won { number } else { *winner };
                        }
                        number += T::ONE;
                    }
                    number = T::ZERO;
                    for tap in pool.inside(oy, ox) {
                        let dx = &mut dx[tap + channel..][..dy.len()];
                        for ((dx, &dy), &winner) in dx.iter_mut().zip(dy).zip(&winner) {
                            *dx += if winner == number { dy } else { T::ZERO };
                        }
                        number += T::ONE;
                    }
                }
            }
        },
    );
}

/// Whether a number takes the place of the largest so far.
#[inline(always)]
fn wins<T: Scalar>(x: T, best: T) -> bool {
    // a NaN differs from itself
    #[allow(clippy::eq_op)]
    let nan = x != x;
    x > best || nan
}

/// `y[n][oy][ox][c] = scale · Σ x[n][place(oy, kh)][place(ox, kw)][c]`, padding from where `source` says.
pub(crate) fn sum<T: Scalar>(pool: Pool, source: Source, scale: T, x: &[T], y: &mut [T]) {
    let channels = pool.channels;
    over_images(
        y,
        pool.output_len(),
        pool,
        #[inline(always)]
        |n, y| {
            let x = &x[n * pool.input_len()..][..pool.input_len()];
            for oy in 0..pool.rows.output {
                for ox in 0..pool.columns.output {
                    let y = &mut y[(oy * pool.columns.output + ox) * channels..][..channels];
                    y.fill(T::ZERO);
                    for tap in pool.sources(oy, ox, source) {
                        y.iter_mut().zip(&x[tap..][..channels]).for_each(|(y, &x)| *y += x);
                    }
                    y.iter_mut().for_each(|y| *y *= scale);
                }
            }
        },
    );
}

/// The adjoint of [`sum`]: each input receives `scale` times the sum of the outputs that it is summed in.
pub(crate) fn spread<T: Scalar>(pool: Pool, source: Source, scale: T, dy: &[T], dx: &mut [T]) {
    over_images(
        dx,
        pool.input_len(),
        pool,
        #[inline(always)]
        |n, dx| {
            let dy = &dy[n * pool.output_len()..][..pool.output_len()];
            dx.fill(T::ZERO);
            for (output, dy) in dy.chunks_exact(pool.channels).enumerate() {
                let (oy, ox) = (output / pool.columns.output, output % pool.columns.output);
                for tap in pool.sources(oy, ox, source) {
                    let dx = &mut dx[tap..][..pool.channels];
                    dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += scale * dy);
                }
            }
        },
    );
}

/// Calls `compute(n, image)` for each image of `data`, of `len` numbers each.
fn over_images<T: Scalar>(data: &mut [T], len: usize, pool: Pool, compute: impl Fn(usize, &mut [T]) + Sync) {
    let operations = data.len() / len * pool.operations();
    over_rows(data, len, operations, &|first, data| {
        vectorised(
            #[inline(always)]
            || data.chunks_exact_mut(len).enumerate().for_each(|(n, image)| compute(first + n, image)),
        );
    });
}
