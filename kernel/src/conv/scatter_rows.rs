//! Computes the input gradient of a convolution with few input channels.
//!
//! Vectors over the channels of one pixel would be mostly empty. So they run over all pixels under a row of the filter,
//! which are contiguous: each output column adds to `taps × channels` numbers at once. A 5×5 convolution from
//! 14×14×6 to 10×10×16 took 357 us for 64 images that way, and 711 us the other.

use std::ops::Range;

use super::Conv;
use super::axis::Phase;
use super::correlate::merge_rows;
use crate::Scalar;
use crate::gemm::transpose::transpose;
use crate::gemm::{Gemm, Loop, Rows, Start};
use crate::threads::parallel::over_rows;

/// Computes [`conv::input_gradient`](crate::conv::input_gradient) for one group and a column dilation of 1.
pub(crate) fn input_gradient<T: Scalar>(
    conv: Conv,
    dy: &[T],
    w: &[T],
    bias: &[T],
    dx: &mut [T],
    turned: &mut [T],
) {
    /// The number of images processed at a time, so that they stay in the second-level cache: twice the rows of the
    /// largest tile.
    const IMAGES: usize = 24;
    let run = conv.columns.taps * conv.inputs;
    for (from, to) in
        w.chunks_exact(run * conv.outputs).zip(turned.chunks_exact_mut(run * conv.outputs).rev())
    {
        transpose(from, to, run, conv.outputs);
    }
    let turned = &*turned;
    let operations = dy.len() * conv.weights() / conv.outputs;
    over_rows(dx, conv.input_len(), operations, &|first, dx| {
        fill(dx, bias, conv.inputs);
        for (chunk, dx) in dx.chunks_mut(IMAGES * conv.input_len()).enumerate() {
            let dy = &dy[(first + chunk * IMAGES) * conv.output_len()..];
            for phase in conv.rows.phases() {
                for (rows, taps) in phase.axis.runs().filter(|(_, taps)| !taps.is_empty()) {
                    add_rows(conv, phase, &rows, &taps, dy, turned, dx);
                }
            }
        }
    });
}

/// Adds to the rows of a phase that the same taps reach.
fn add_rows<T: Scalar>(
    conv: Conv,
    phase: Phase,
    rows: &Range<usize>,
    taps: &Range<usize>,
    dy: &[T],
    turned: &[T],
    dx: &mut [T],
) {
    let run = conv.columns.taps * conv.inputs;
    let (dx_row, dy_row) = (conv.columns.input * conv.inputs, conv.columns.output * conv.outputs);
    let dy = &dy[phase.axis.place(rows.start, taps.start).cast_unsigned() * dy_row..];
    let dx_first = (phase.first + rows.start * conv.rows.stride) * dx_row;
    let turned = &turned[(phase.tap + taps.start * phase.tap_step) * run * conv.outputs..];

    let images = Rows { count: dx.len() / conv.input_len(), a: conv.output_len(), c: conv.input_len() };
    let lines = Rows { count: rows.len(), a: dy_row, c: conv.rows.stride * dx_row };
    for ox in 0..conv.columns.output {
        let under = conv.columns.taps_at(ox);
        if under.is_empty() {
            continue;
        }
        let column = conv.columns.place(ox, under.start).cast_unsigned();
        Gemm {
            rows: merge_rows([Rows::ONCE, images, lines]),
            columns: under.len() * conv.inputs,
            sum: [
                Loop {
                    count: taps.len(),
                    a: phase.axis.dilation * dy_row,
                    b: phase.tap_step * run * conv.outputs,
                },
                Loop::ONCE,
                Loop { count: conv.outputs, a: 1, b: run },
            ],
            a: &dy[ox * conv.outputs..],
            b: &turned[under.start * conv.inputs..],
            c: &mut dx[dx_first + column * conv.inputs..],
            start: Start::Sum,
            addend: &[],
            rectify: false,
            by_column: false,
        }
        .run();
    }
}

/// Fills every pixel with the bias, or with zeros if it is empty.
fn fill<T: Scalar>(pixels: &mut [T], bias: &[T], channels: usize) {
    if bias.is_empty() {
        pixels.fill(T::ZERO);
    } else {
        pixels.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(bias));
    }
}
