//! Moves windows over each channel separately, for maxima, and for sums and their adjoint.

mod max_2x2;

use crate::Scalar;
use crate::conv::axis::Axis;
use crate::conv::border::{Source, locate};
use crate::instruction_set::arch;
use crate::math::elementwise::vectorized;
use crate::threads::parallel::over_rows;
use max_2x2::{Halving, Max, MaxGradient};

/// The sizes of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// The axis along a column of pixels.
    pub rows: Axis,
    /// The axis along a row of pixels.
    pub columns: Axis,
    /// The number of channels of a pixel.
    pub channels: usize,
}

impl Pool {
    const fn input_len(self) -> usize {
        self.rows.input * self.columns.input * self.channels
    }

    const fn output_len(self) -> usize {
        self.rows.output * self.columns.output * self.channels
    }

    /// Returns the number of scalars in the larger of input and output.
    #[must_use]
    pub const fn width(self) -> usize {
        if self.input_len() > self.output_len() { self.input_len() } else { self.output_len() }
    }

    /// Returns the number of inputs that are read for one image.
    #[must_use]
    pub const fn operations(self) -> usize {
        self.output_len() * self.rows.taps * self.columns.taps
    }

    /// Returns the cost of `images` images, in the multiply-adds that `parallel` counts.
    fn cost(self, images: usize) -> usize {
        TAP * images * self.operations()
    }

    /// Returns the pool as one of adjacent 2×2 windows, if it is one.
    fn halves(self) -> Option<Halving> {
        let halves = |axis: Axis| {
            (axis.taps, axis.stride, axis.dilation, axis.before) == (2, 2, 1, 0)
                && axis.output == axis.input / 2
        };
        let Self { rows, columns, channels } = self;
        (halves(rows) && halves(columns)).then_some(Halving { input: [rows.input, columns.input], channels })
    }

    /// Returns true if each window has a tap inside the image.
    #[must_use]
    pub const fn sees_something(self) -> bool {
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

    /// Calls `visit` with the position of an output pixel and that of an input pixel in its window, for each such pair
    /// of an image. `source` gives the inputs for padding; if it is `None`, padding is left out. Taps of a window come
    /// in order.
    #[inline(always)]
    fn pairs(self, source: Option<Source>, mut visit: impl FnMut(usize, usize)) {
        let Self { rows, columns, channels } = self;
        for oy in 0..rows.output {
            for kh in 0..rows.taps {
                let Some(iy) = find(rows.place(oy, kh), rows.input, source) else { continue };
                for kw in 0..columns.taps {
                    let inside = columns.outputs_at(kw);
                    let mut pair = |ox, ix| {
                        visit((oy * columns.output + ox) * channels, (iy * columns.input + ix) * channels);
                    };
                    for ox in inside.clone() {
                        pair(ox, columns.place(ox, kw).cast_unsigned());
                    }
                    for ox in (0..inside.start).chain(inside.end..columns.output) {
                        if let Some(ix) = find(columns.place(ox, kw), columns.input, source) {
                            pair(ox, ix);
                        }
                    }
                }
            }
        }
    }

    /// Calls `visit` with the position of each output pixel and the part of its window inside the image.
    #[inline(always)]
    fn windows(self, mut visit: impl FnMut(usize, Taps)) {
        let Self { rows, columns, channels } = self;
        for oy in 0..rows.output {
            let row_taps = rows.taps_at(oy);
            let iy = rows.place(oy, row_taps.start).cast_unsigned();
            for (outputs, taps) in columns.runs() {
                for ox in outputs {
                    let ix = columns.place(ox, taps.start).cast_unsigned();
                    let window = Taps {
                        first: (iy * columns.input + ix) * channels,
                        rows: row_taps.len(),
                        row: rows.dilation * columns.input * channels,
                        columns: taps.len(),
                        column: columns.dilation * channels,
                    };
                    visit((oy * columns.output + ox) * channels, window);
                }
            }
        }
    }
}

/// Returns the input that a position stands for.
#[inline(always)]
fn find(place: isize, len: usize, source: Option<Source>) -> Option<usize> {
    match source {
        Some(source) => locate(place, len, source),
        None => usize::try_from(place).ok().filter(|&place| place < len),
    }
}

/// The pixels of a window: their number and their distance in each direction.
#[derive(Clone, Copy)]
struct Taps {
    first: usize,
    rows: usize,
    row: usize,
    columns: usize,
    column: usize,
}

impl Taps {
    #[inline(always)]
    fn for_each(self, mut visit: impl FnMut(usize)) {
        for row in 0..self.rows {
            for column in 0..self.columns {
                visit(self.first + row * self.row + column * self.column);
            }
        }
    }
}

/// Calls a function with the number of channels treated together as a constant, so that the compiler keeps them in
/// registers.
macro_rules! by_channels {
    ($channels:expr, $from:ident => $function:ident::<$scalar:ty>($($argument:expr),*)) => {
        let mut $from = 0;
        by_channels!(@ 16 8 4 2 1; $channels, $from => $function::<$scalar>($($argument),*));
    };
    (@ $($count:literal)*; $channels:expr, $from:ident => $function:ident::<$scalar:ty>$arguments:tt) => {
        $(while $channels - $from >= $count {
            $function::<$scalar, $count>$arguments;
            $from += $count;
        })*
    };
}

/// Computes `y[n][oy][ox][c] = max x[n][place(oy, kh)][place(ox, kw)][c]` over the taps inside; a NaN wins.
#[inline]
pub fn max<T: Scalar>(pool: Pool, x: &[T], y: &mut [T]) {
    T::pool_max(pool, x, y);
}

/// Computes [`max`], compiled in the crate that calls it.
pub(crate) fn max_generic<T: Scalar>(pool: Pool, x: &[T], y: &mut [T]) {
    if let Some(halving) = pool.halves() {
        over_rows(y, pool.output_len(), pool.cost(y.len() / pool.output_len()), &|first, y| {
            let x = &x[first * pool.input_len()..][..y.len() / pool.output_len() * pool.input_len()];
            arch().dispatch(Max { halving, x, y });
        });
        return;
    }
    over_images(
        y,
        pool.output_len(),
        pool,
        #[inline(always)]
        |n, y| {
            let x = &x[n * pool.input_len()..][..pool.input_len()];
            pool.windows(
                #[inline(always)]
                |output, taps| {
                    by_channels!(pool.channels, from => max_of::<T>(&x[from..], taps, &mut y[output + from..]));
                },
            );
        },
    );
}

/// Writes the largest of each of `N` channels.
#[inline(always)]
fn max_of<T: Scalar, const N: usize>(x: &[T], taps: Taps, y: &mut [T]) {
    let mut best = [T::of(f64::NEG_INFINITY); N];
    taps.for_each(
        #[inline(always)]
        |tap| {
            for (best, &x) in best.iter_mut().zip(&x[tap..][..N]) {
                *best = if wins(x, *best) { x } else { *best };
            }
        },
    );
    y[..N].copy_from_slice(&best);
}

/// Adds each `dy` to the first tap of its window that holds the maximum.
///
/// The winner is searched again instead of being stored. For windows of 2×2 an index on the tape would take a quarter
/// of the input's memory, only to save reading an input that the activation before the pooling keeps in any case.
#[inline]
pub fn max_gradient<T: Scalar>(pool: Pool, x: &[T], dy: &[T], dx: &mut [T]) {
    T::pool_max_gradient(pool, x, dy, dx);
}

/// Computes [`max_gradient`], compiled in the crate that calls it.
pub(crate) fn max_gradient_generic<T: Scalar>(pool: Pool, x: &[T], dy: &[T], dx: &mut [T]) {
    if let Some(halving) = pool.halves() {
        over_rows(dx, pool.input_len(), pool.cost(dx.len() / pool.input_len()), &|first, dx| {
            let x = &x[first * pool.input_len()..][..dx.len()];
            let dy = &dy[first * pool.output_len()..][..dx.len() / pool.input_len() * pool.output_len()];
            arch().dispatch(MaxGradient { halving, x, dy, dx });
        });
        return;
    }
    over_images(
        dx,
        pool.input_len(),
        pool,
        #[inline(always)]
        |n, dx| {
            let x = &x[n * pool.input_len()..][..pool.input_len()];
            let dy = &dy[n * pool.output_len()..][..pool.output_len()];
            dx.fill(T::ZERO);
            pool.windows(
                #[inline(always)]
                |output, taps| {
                    let dy = &dy[output..];
                    by_channels!(pool.channels, from => give::<T>(&x[from..], &dy[from..], taps, &mut dx[from..]));
                },
            );
        },
    );
}

/// Adds the `dy` of each of `N` channels to its winner.
#[inline(always)]
fn give<T: Scalar, const N: usize>(x: &[T], dy: &[T], taps: Taps, dx: &mut [T]) {
    let mut best = [T::of(f64::NEG_INFINITY); N];
    // numbered in the scalar's type, so that a vector of scalars has a vector of winners
    let mut winner = [T::ZERO; N];
    let mut number = T::ZERO;
    taps.for_each(
        #[inline(always)]
        |tap| {
            for ((best, winner), &x) in best.iter_mut().zip(&mut winner).zip(&x[tap..][..N]) {
                let won = wins(x, *best);
                *best = if won { x } else { *best };
                *winner = if won { number } else { *winner };
            }
            number += T::ONE;
        },
    );
    number = T::ZERO;
    taps.for_each(
        #[inline(always)]
        |tap| {
            for ((dx, &dy), &winner) in dx[tap..][..N].iter_mut().zip(&dy[..N]).zip(&winner) {
                *dx += if winner == number { dy } else { T::ZERO };
            }
            number += T::ONE;
        },
    );
}

/// Returns true if a number replaces the largest so far.
#[inline(always)]
fn wins<T: Scalar>(x: T, best: T) -> bool {
    // a NaN differs from itself
    #[allow(clippy::eq_op)]
    let nan = x != x;
    x > best || nan
}

/// Computes `y[n][oy][ox][c] = scale · Σ x[n][place(oy, kh)][place(ox, kw)][c]`. `source` gives the inputs for padding;
/// if it is `None`, padding is zero.
#[inline]
pub fn sum<T: Scalar>(pool: Pool, source: Option<Source>, scale: T, x: &[T], y: &mut [T]) {
    T::pool_sum(pool, source, scale, x, y);
}

/// Computes [`sum`], compiled in the crate that calls it.
pub(crate) fn sum_generic<T: Scalar>(pool: Pool, source: Option<Source>, scale: T, x: &[T], y: &mut [T]) {
    let channels = pool.channels;
    over_images(
        y,
        pool.output_len(),
        pool,
        #[inline(always)]
        |n, y| {
            let x = &x[n * pool.input_len()..][..pool.input_len()];
            y.fill(T::ZERO);
            pool.pairs(source, |output, input| {
                let y = y[output..][..channels].iter_mut();
                for (y, &x) in y.zip(&x[input..][..channels]) {
                    *y += scale * x;
                }
            });
        },
    );
}

/// Computes the adjoint of [`sum`]: each input receives `scale` times the sum of the outputs that include it.
#[inline]
pub fn spread<T: Scalar>(pool: Pool, source: Option<Source>, scale: T, dy: &[T], dx: &mut [T]) {
    T::pool_spread(pool, source, scale, dy, dx);
}

/// Computes [`spread`], compiled in the crate that calls it.
pub(crate) fn spread_generic<T: Scalar>(
    pool: Pool,
    source: Option<Source>,
    scale: T,
    dy: &[T],
    dx: &mut [T],
) {
    let channels = pool.channels;
    over_images(
        dx,
        pool.input_len(),
        pool,
        #[inline(always)]
        |n, dx| {
            let dy = &dy[n * pool.output_len()..][..pool.output_len()];
            dx.fill(T::ZERO);
            pool.pairs(source, |output, input| {
                let dx = dx[input..][..channels].iter_mut();
                for (dx, &dy) in dx.zip(&dy[output..][..channels]) {
                    *dx += scale * dy;
                }
            });
        },
    );
}

/// The cost of one input of a window, in the multiply-adds that `parallel` counts.
const TAP: usize = 16;

/// Calls `compute(n, image)` for each image of `data`, of `len` numbers each.
fn over_images<T: Scalar>(data: &mut [T], len: usize, pool: Pool, compute: impl Fn(usize, &mut [T]) + Sync) {
    over_rows(data, len, pool.cost(data.len() / len), &|first, data| {
        vectorized(
            #[inline(always)]
            || {
                for (n, image) in data.chunks_exact_mut(len).enumerate() {
                    compute(first + n, image);
                }
            },
        );
    });
}
