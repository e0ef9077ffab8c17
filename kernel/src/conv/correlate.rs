//! Slides a filter over images by means of matrix products.
//!
//! `y[n][oy][ox][o] = start[o] + Σ_kh Σ_kw Σ_i x[n][place(oy, kh)][place(ox, kw)][i] · w[kh][kw][i][o]`, over the taps
//! that fall inside. Outputs with the same taps inside form a rectangle, and each rectangle, over many images, is one
//! [`Gemm`]. Padding is neither stored nor multiplied.

use std::ops::Range;

use super::axis::Axis;
use super::sliding::{self, Slide};
use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::gemm::{Gemm, Loop, Rows, Start};
use crate::instruction_set::{arch, lanes};

/// The distances from one image, row and pixel to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    pub(crate) image: usize,
    pub(crate) row: usize,
    pub(crate) pixel: usize,
}

impl Steps {
    /// Returns the steps of densely stored images.
    pub(crate) const fn dense(height: usize, width: usize, channels: usize) -> Self {
        Self { image: height * width * channels, row: width * channels, pixel: channels }
    }
}

/// The number of inputs and outputs that are processed at a time, in whole images. They should stay in the second-level
/// cache while one rectangle after another goes over them: 256 KiB of `f32`, not compared with other sizes.
const CACHED: usize = 64 * 1024;

/// A correlation, see the [module](self).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Correlation<'a, T> {
    pub(crate) rows: Axis,
    pub(crate) columns: Axis,
    /// The number of channels summed over.
    pub(crate) inputs: usize,
    /// The number of channels written.
    pub(crate) outputs: usize,
    pub(crate) x: &'a [T],
    pub(crate) x_steps: Steps,
    pub(crate) w: &'a [T],
    pub(crate) w_steps: FilterSteps,
    /// The number added to each output channel; empty for none.
    pub(crate) bias: &'a [T],
    pub(crate) epilogue: Epilogue<'a, T>,
    /// True if each output channel reads only the input channel with the same number; `inputs` is then 1.
    pub(crate) depthwise: bool,
    pub(crate) y_steps: Steps,
}

/// The distances from one row of taps, tap and input channel of a filter to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilterSteps {
    pub(crate) row: usize,
    pub(crate) tap: usize,
    pub(crate) channel: usize,
}

impl<T: Scalar> Correlation<'_, T> {
    /// Computes the outputs of the given number of images.
    pub(crate) fn run(&self, images: usize, y: &mut [T]) {
        if images == 0 {
            return;
        }
        let many = (CACHED / (self.x_steps.image + self.y_steps.image)).max(1);
        for first in (0..images).step_by(many) {
            let (x, y) = (&self.x[first * self.x_steps.image..], &mut y[first * self.y_steps.image..]);
            let epilogue = self.epilogue.after(first * self.y_steps.image);
            let images = many.min(images - first);
            for (rows, row_taps) in self.rows.runs() {
                for (columns, taps) in self.columns.runs() {
                    Self { x, epilogue, ..*self }.rectangle(images, &rows, &row_taps, &columns, &taps, y);
                }
            }
        }
    }

    /// Returns true if the outputs of a line share the inputs that they broadcast.
    fn slides(&self, pixels: usize, taps: usize) -> bool {
        let Axis { stride, dilation, .. } = self.columns;
        pixels > 1 && stride == 1 && dilation == 1 && !self.depthwise && sliding::exists(taps, lanes::<T>())
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
        let corner = rows.start * y_steps.row + columns.start * y_steps.pixel;
        let (y, epilogue) = (&mut y[corner..], self.epilogue.after(corner));
        if self.slides(columns.len(), taps.len()) && !row_taps.is_empty() {
            let row = self.rows.place(rows.start, row_taps.start).cast_unsigned();
            let column = self.columns.place(columns.start, taps.start).cast_unsigned();
            Slide {
                rows: [
                    Rows { count: images, a: x_steps.image, c: y_steps.image },
                    Rows { count: rows.len(), a: self.rows.stride * x_steps.row, c: y_steps.row },
                ],
                pixels: Rows { count: columns.len(), a: x_steps.pixel, c: y_steps.pixel },
                columns: self.outputs,
                sum: [
                    Loop { count: row_taps.len(), a: self.rows.dilation * x_steps.row, b: w_steps.row },
                    Loop { count: self.inputs, a: 1, b: w_steps.channel },
                ],
                taps: [taps.len(), w_steps.tap],
                x: &self.x[row * x_steps.row + column * x_steps.pixel..],
                w: &self.w[row_taps.start * w_steps.row + taps.start * w_steps.tap..],
                y,
                bias: self.bias,
                epilogue,
            }
            .run(arch());
            return;
        }
        let sum = merge_sum([
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
        Gemm {
            rows: merge_rows([
                Rows { count: images, a: x_steps.image, c: y_steps.image },
                Rows { count: rows.len(), a: self.rows.stride * x_steps.row, c: y_steps.row },
                Rows { count: columns.len(), a: self.columns.stride * x_steps.pixel, c: y_steps.pixel },
            ]),
            columns: self.outputs,
            sum,
            a: x,
            b: w,
            c: y,
            start: Start::bias(self.bias),
            addend: epilogue.addend,
            rectify: epilogue.rectify,
            by_column: self.depthwise,
        }
        .run();
    }
}

/// Returns the same sum in fewer loops where possible, such as where a row of a filter is contiguous in memory.
pub(crate) fn merge_sum([outer, middle, inner]: [Loop; 3]) -> [Loop; 3] {
    match Loop::join(middle, inner) {
        Some(inner) => match Loop::join(outer, inner) {
            Some(all) => [Loop::ONCE, Loop::ONCE, all],
            None => [Loop::ONCE, outer, inner],
        },
        None => [outer, middle, inner],
    }
}

/// Returns the same rows in fewer loops where possible.
pub(crate) fn merge_rows([outer, middle, inner]: [Rows; 3]) -> [Rows; 3] {
    match Rows::join(middle, inner) {
        Some(inner) => match Rows::join(outer, inner) {
            Some(all) => [Rows::ONCE, Rows::ONCE, all],
            None => [Rows::ONCE, outer, inner],
        },
        None => [outer, middle, inner],
    }
}
