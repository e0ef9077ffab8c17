//! Computes the weight gradient of a convolution. Its rows are split between threads, or the batch is split into parts
//! where the rows are too few.

use std::ops::Range;

use super::Conv;
use super::correlate::{merge_rows, merge_sum};
use crate::Scalar;
use crate::gemm::{Gemm, Loop, Rows, Start};
use crate::instruction_set::lanes;
use crate::math::elementwise::add;
use crate::threads::parallel::over_rows;

impl Conv {
    /// Returns the length of `room` that [`weight_gradient`] needs.
    #[must_use]
    pub const fn gradient_room(self) -> usize {
        /// The number of gradient rows up to which they are not split between threads: a few of the highest tiles.
        const FEW: usize = 64;
        let rows = self.rows.taps * self.columns.taps * self.group_inputs();
        if self.groups > 1 || rows > FEW {
            0
        } else {
            let merged = self.merged_weights();
            PARTS * if merged > self.weights() { merged } else { self.weights() }
        }
    }
}

/// Computes `dw[kh][kw][i][o] += Σ_n Σ_oy Σ_ox x[n][place(oy, kh)][place(ox, kw)][i] dy[n][oy][ox][o]`
///
/// `room` holds [`gradient_room`](Conv::gradient_room) numbers.
#[inline]
pub fn weight_gradient<T: Scalar>(conv: Conv, x: &[T], dy: &[T], dw: &mut [T], room: &mut [T]) {
    T::conv_weight_gradient(conv, x, dy, dw, room);
}

/// Computes [`weight_gradient`], compiled in the crate that calls it.
pub(crate) fn weight_gradient_generic<T: Scalar>(
    conv: Conv,
    x: &[T],
    dy: &[T],
    dw: &mut [T],
    room: &mut [T],
) {
    let Some(weights) = room.len().checked_div(PARTS).filter(|_| conv.gradient_room() > 0) else {
        return gradient_by_rows(conv, x, dy, dw);
    };
    let merged = conv.best_merged(lanes::<T>()).filter(|merged| merged.conv.weights() <= weights);
    let part_conv = merged.map_or(conv, |merged| merged.conv);
    let images = x.len() / conv.input_len();
    let each = images.div_ceil(PARTS).max(1);
    let sums = &mut room[..images.div_ceil(each) * part_conv.weights()];
    over_rows(sums, part_conv.weights(), dy.len() * conv.weights() / conv.outputs, &|first, sums| {
        for (part, sums) in sums.chunks_exact_mut(part_conv.weights()).enumerate() {
            let begin = (first + part) * each;
            let end = images.min(begin + each);
            sums.fill(T::ZERO);
            let (x, dy) = (
                &x[begin * conv.input_len()..end * conv.input_len()],
                &dy[begin * conv.output_len()..end * conv.output_len()],
            );
            add_gradient(part_conv, x, dy, 0, sums);
        }
    });
    for sums in sums.chunks_exact(part_conv.weights()) {
        match merged {
            Some(merged) => merged.gather(sums, dw),
            None => add(dw, sums),
        }
    }
}

/// The number of parts of a batch that are summed separately where a gradient has too few rows to split between
/// threads.
const PARTS: usize = 8;

/// Computes the gradient with its rows split between threads.
fn gradient_by_rows<T: Scalar>(conv: Conv, x: &[T], dy: &[T], dw: &mut [T]) {
    let operations = dy.len() * conv.weights() / conv.outputs;
    over_rows(dw, conv.outputs, operations, &|first, dw| add_gradient(conv, x, dy, first, dw));
}

/// Adds to some rows of the gradient, on this thread.
fn add_gradient<T: Scalar>(conv: Conv, x: &[T], dy: &[T], first: usize, dw: &mut [T]) {
    let images = x.len() / conv.input_len();
    let (many, height) = conv.block();
    for image in (0..images).step_by(many) {
        for top in (0..conv.rows.output).step_by(height) {
            Share {
                conv,
                images: many.min(images - image),
                rows: top..conv.rows.output.min(top + height),
                x: &x[image * conv.input_len()..],
                dy: &dy[image * conv.output_len()..],
                first,
                dw: &mut *dw,
            }
            .add();
        }
    }
}

impl Conv {
    /// Returns the number of images, and of their output rows, that a weight gradient processes at a time. Each tile of
    /// the gradient runs over all of them, so they should stay in the second-level cache.
    fn block(self) -> (usize, usize) {
        /// The block size: 128 KiB of `f32`.
        const NUMBERS: usize = 32 * 1024;
        let row = self.rows.stride * self.columns.input * self.inputs + self.columns.output * self.outputs;
        let rows = (NUMBERS / row).clamp(1, self.rows.output);
        ((NUMBERS / (row * self.rows.output)).max(1), rows)
    }
}

/// The contribution of some output rows of some images to some rows of the weight gradient.
struct Share<'a, T> {
    conv: Conv,
    images: usize,
    rows: Range<usize>,
    x: &'a [T],
    dy: &'a [T],
    /// The first row of `dw`, whose rows are laid out `[kh][kw][i]`.
    first: usize,
    dw: &'a mut [T],
}

impl<T: Scalar> Share<'_, T> {
    fn add(&mut self) {
        /// The number of rows from which those of one filter row fill tiles on their own.
        const ENOUGH: usize = 24;
        let rows = self.conv.rows.part(&self.rows);
        let one_by_one = (0..rows.taps).map(|kh| (rows.outputs_at(kh), kh..kh + 1));
        if self.conv.columns.taps * self.conv.group_inputs() >= ENOUGH {
            one_by_one.for_each(|(lines, row_taps)| self.add_lines(&lines, &row_taps));
        } else {
            rows.runs().for_each(|(lines, row_taps)| self.add_lines(&lines, &row_taps));
        }
    }

    /// Adds the contribution of some lines of outputs to the gradient of some filter rows, all of which fall inside.
    fn add_lines(&mut self, lines: &Range<usize>, row_taps: &Range<usize>) {
        if lines.is_empty() || row_taps.is_empty() {
            return;
        }
        for (columns, taps) in self.conv.columns.runs() {
            if !taps.is_empty() {
                self.add_rectangle([lines, &columns], row_taps, &taps);
            }
        }
    }

    /// Adds the contribution of a rectangle of outputs that have the same taps inside. It covers the gradient rows of
    /// this share: some of the first filter row, then whole filter rows, then some of the last.
    fn add_rectangle(&mut self, outputs: [&Range<usize>; 2], row_taps: &Range<usize>, taps: &Range<usize>) {
        let filter_row = self.conv.columns.taps * self.conv.group_inputs();
        let own = self.first..self.first + self.dw.len() / self.conv.outputs;
        let whole = intersection(row_taps, &(own.start.div_ceil(filter_row)..own.end / filter_row));
        if !whole.is_empty() {
            self.add_taps(outputs, &whole, taps, &(0..filter_row));
        }
        for kh in [own.start / filter_row, own.end / filter_row] {
            let part = intersection(&own, &(kh * filter_row..(kh + 1) * filter_row));
            if row_taps.contains(&kh) && !whole.contains(&kh) && !part.is_empty() {
                let part = part.start - kh * filter_row..part.end - kh * filter_row;
                for tap in taps.clone() {
                    self.add_taps(outputs, &(kh..kh + 1), &(tap..tap + 1), &part);
                }
                if own.start / filter_row == own.end / filter_row {
                    break;
                }
            }
        }
    }

    /// Adds the contribution of these outputs to the gradient of some taps, restricted to a part of each filter row.
    fn add_taps(
        &mut self,
        [lines, columns]: [&Range<usize>; 2],
        row_taps: &Range<usize>,
        taps: &Range<usize>,
        part: &Range<usize>,
    ) {
        let conv = self.conv;
        let (inputs, channels) = (conv.group_inputs(), conv.gemm_outputs());
        let begin = taps.start * inputs;
        // a part may begin and end within a tap, but only if there is one tap
        let own = intersection(&(begin..taps.end * inputs), part);
        if own.is_empty() {
            return;
        }
        let (x_steps, y_steps) = (conv.input_steps(), conv.output_steps());
        let line = self.rows.start + lines.start;
        let row = conv.rows.place(line, row_taps.start).cast_unsigned();
        let column = conv.columns.place(columns.start, taps.start).cast_unsigned();
        let x = &self.x[row * x_steps.row + column * x_steps.pixel + own.start - begin..];
        let dy = &self.dy[line * y_steps.row + columns.start * y_steps.pixel..];
        let filter_row = conv.columns.taps * inputs;
        let dw = &mut self.dw[(row_taps.start * filter_row + own.start - self.first) * conv.outputs..];
        let channel = if taps.len() == 1 { own.len() } else { inputs };
        let rows = merge_rows([
            Rows { count: row_taps.len(), a: conv.rows.dilation * x_steps.row, c: filter_row * conv.outputs },
            Rows { count: taps.len(), a: conv.columns.dilation * x_steps.pixel, c: inputs * conv.outputs },
            Rows { count: channel, a: 1, c: conv.outputs },
        ]);
        let sum = merge_sum([
            Loop { count: self.images, a: x_steps.image, b: y_steps.image },
            Loop { count: lines.len(), a: conv.rows.stride * x_steps.row, b: y_steps.row },
            Loop { count: columns.len(), a: conv.columns.stride * x_steps.pixel, b: y_steps.pixel },
        ]);
        for group in 0..conv.gemms() {
            Gemm {
                rows,
                columns: channels,
                sum,
                a: &x[group * inputs..],
                b: &dy[group * channels..],
                c: &mut dw[group * channels..],
                start: Start::Sum,
                addend: &[],
                rectify: false,
                by_column: conv.depthwise(),
            }
            .run();
        }
    }
}

fn intersection(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    let start = a.start.max(b.start);
    start..a.end.min(b.end).max(start)
}
