//! Sliding a filter over images, as contractions.
//!
//! `y[n][oy][ox][o] = start[o] + Σ_kh Σ_kw Σ_i x[n][place(oy, kh)][place(ox, kw)][i] · w[kh][kw][i][o]`, over the taps
//! that fall inside. Outputs that have the same taps inside form a rectangle, and each line of a rectangle is one
//! [`Contract`]; padding is neither stored nor multiplied.

use std::ops::Range;

use super::axis::Axis;
use super::contract::{Contract, Loop, Start};
use crate::Scalar;

/// Numbers from one image, row and pixel to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    pub(super) image: usize,
    pub(super) row: usize,
    pub(super) pixel: usize,
}

impl Steps {
    /// Of images that lie densely.
    pub(super) const fn dense(height: usize, width: usize, channels: usize) -> Self {
        Self { image: height * width * channels, row: width * channels, pixel: channels }
    }
}

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Correlation<'a, T> {
    pub(super) rows: Axis,
    pub(super) columns: Axis,
    /// Channels summed over.
    pub(super) inputs: usize,
    /// Channels written.
    pub(super) outputs: usize,
    pub(super) x: &'a [T],
    pub(super) x_steps: Steps,
    pub(super) w: &'a [T],
    pub(super) w_steps: FilterSteps,
    /// Added to each output; empty for nothing.
    pub(super) bias: &'a [T],
    /// Whether to write `max(0, ·)`.
    pub(super) rectify: bool,
    pub(super) y_steps: Steps,
}

/// Numbers from one row of taps, tap and input channel of a filter to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilterSteps {
    pub(super) row: usize,
    pub(super) tap: usize,
    pub(super) channel: usize,
}

/// A loop over outputs: how often, and how far `x` and `y` move each time.
#[derive(Clone, Copy)]
struct Outputs {
    count: usize,
    x: usize,
    y: usize,
}

impl Outputs {
    const ONCE: Self = Self { count: 1, x: 0, y: 0 };
}

impl<T: Scalar> Correlation<'_, T> {
    /// Computes so many images.
    pub(super) fn run(&self, images: usize, y: &mut [T]) {
        if images == 0 {
            return;
        }
        for (rows, row_taps) in self.rows.runs() {
            for (columns, taps) in self.columns.runs() {
                self.rectangle(images, &rows, &row_taps, &columns, &taps, y);
            }
        }
    }

    fn rectangle(
        &self,
        images: usize,
        rows: &Range<usize>,
        row_taps: &Range<usize>,
        columns: &Range<usize>,
        taps: &Range<usize>,
        y: &mut [T],
    ) {
        let (x_steps, y_steps, w_steps) = (self.x_steps, self.y_steps, self.w_steps);
        let sum = merge_inner([
            Loop { count: row_taps.len(), a: self.rows.dilation * x_steps.row, b: w_steps.row },
            Loop { count: taps.len(), a: self.columns.dilation * x_steps.pixel, b: w_steps.tap },
            Loop { count: self.inputs, a: 1, b: w_steps.channel },
        ]);
        let (x, w): (&[T], &[T]) = if row_taps.is_empty() || taps.is_empty() {
            (&[], &[])
        } else {
            let row = self.rows.place(rows.start, row_taps.start).cast_unsigned();
            let column = self.columns.place(columns.start, taps.start).cast_unsigned();
            (
                &self.x[row * x_steps.row + column * x_steps.pixel..],
                &self.w[row_taps.start * w_steps.row + taps.start * w_steps.tap..],
            )
        };
        let y = &mut y[rows.start * y_steps.row + columns.start * y_steps.pixel..];
        let start = if self.bias.is_empty() { Start::Zero } else { Start::Bias(self.bias) };
        let [outer, middle, inner] = order([
            Outputs { count: images, x: x_steps.image, y: y_steps.image },
            Outputs { count: rows.len(), x: self.rows.stride * x_steps.row, y: y_steps.row },
            Outputs { count: columns.len(), x: self.columns.stride * x_steps.pixel, y: y_steps.pixel },
        ]);
        for o in 0..outer.count {
            for m in 0..middle.count {
                Contract {
                    rows: inner.count,
                    columns: self.outputs,
                    sum,
                    a: x.get(o * outer.x + m * middle.x..).unwrap_or_default(),
                    a_row: inner.x,
                    b: w,
                    c: &mut y[o * outer.y + m * middle.y..],
                    c_row: inner.y,
                    start,
                    rectify: self.rectify,
                }
                .run();
            }
        }
    }
}

/// The same sum with the inner two loops in one, where a filter's row is one run in memory.
pub(super) fn merge_inner([outer, middle, inner]: [Loop; 3]) -> [Loop; 3] {
    if middle.a == inner.count * inner.a && middle.b == inner.count * inner.b {
        [outer, Loop::ONCE, Loop { count: middle.count * inner.count, ..inner }]
    } else {
        [outer, middle, inner]
    }
}

/// The same outputs with loops in one where that is possible, and innermost, where a contraction takes it as its
/// rows, one that fills its tiles.
fn order([images, rows, columns]: [Outputs; 3]) -> [Outputs; 3] {
    /// Rows of the largest tile.
    const ENOUGH: usize = 12;
    let mut loops = match join(rows, columns) {
        Some(pixels) => match join(images, pixels) {
            Some(all) => [Outputs::ONCE, Outputs::ONCE, all],
            None => [Outputs::ONCE, images, pixels],
        },
        None => [images, rows, columns],
    };
    if loops[2].count < ENOUGH
        && let Some(longest) = (0..3).max_by_key(|&i| loops[i].count)
    {
        loops.swap(longest, 2);
    }
    loops
}

/// Two nested loops as one.
fn join(outer: Outputs, inner: Outputs) -> Option<Outputs> {
    if outer.count == 1 {
        Some(inner)
    } else if inner.count == 1 {
        Some(outer)
    } else if (outer.x, outer.y) == (inner.count * inner.x, inner.count * inner.y) {
        Some(Outputs { count: outer.count * inner.count, ..inner })
    } else {
        None
    }
}
