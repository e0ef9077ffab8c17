//! Convolution of each channel with a filter of its own: too few sums for a contraction, so a loop over channels.

use std::ops::Range;

use super::conv::Conv;
use super::elementwise::vectorised;
use super::parallel::over_rows;
use crate::Scalar;

/// As [`conv::forward`](super::conv::forward).
pub(super) fn forward<T: Scalar>(conv: Conv, x: &[T], w: &[T], bias: &[T], y: &mut [T], rectify: bool) {
    let channels = conv.inputs;
    over_rows(y, conv.output_len(), conv.operations() * (y.len() / conv.output_len()), &|first, y| {
        vectorised(
            #[inline(always)]
            || {
                for (n, y) in y.chunks_exact_mut(conv.output_len()).enumerate() {
                    let x = &x[(first + n) * conv.input_len()..][..conv.input_len()];
                    fill(y, bias, channels);
                    for oy in 0..conv.rows.output {
                        for (tap, w) in w.chunks_exact(channels).enumerate() {
                            pixels(conv, tap, oy..oy + 1, |input, output| {
                                multiply_add(&mut y[output..][..channels], &x[input..][..channels], w);
                            });
                        }
                    }
                    if rectify {
                        y.iter_mut().for_each(|y| *y = if *y < T::ZERO { T::ZERO } else { *y });
                    }
                }
            },
        );
    });
}

/// As [`conv::input_gradient`](super::conv::input_gradient).
pub(super) fn input_gradient<T: Scalar>(conv: Conv, dy: &[T], w: &[T], bias: &[T], dx: &mut [T]) {
    let channels = conv.inputs;
    over_rows(dx, conv.input_len(), conv.operations() * (dx.len() / conv.input_len()), &|first, dx| {
        vectorised(
            #[inline(always)]
            || {
                for (n, dx) in dx.chunks_exact_mut(conv.input_len()).enumerate() {
                    let dy = &dy[(first + n) * conv.output_len()..][..conv.output_len()];
                    fill(dx, bias, channels);
                    for oy in 0..conv.rows.output {
                        for (tap, w) in w.chunks_exact(channels).enumerate() {
                            pixels(conv, tap, oy..oy + 1, |input, output| {
                                multiply_add(&mut dx[input..][..channels], &dy[output..][..channels], w);
                            });
                        }
                    }
                }
            },
        );
    });
}

/// As [`conv::weight_gradient`](super::conv::weight_gradient).
pub(super) fn weight_gradient<T: Scalar>(conv: Conv, x: &[T], dy: &[T], dw: &mut [T]) {
    let channels = conv.inputs;
    over_rows(dw, channels, conv.operations() * (x.len() / conv.input_len()), &|first, dw| {
        vectorised(
            #[inline(always)]
            || {
                let images = x.chunks_exact(conv.input_len()).zip(dy.chunks_exact(conv.output_len()));
                for (x, dy) in images {
                    for (tap, dw) in dw.chunks_exact_mut(channels).enumerate() {
                        pixels(conv, first + tap, 0..conv.rows.output, |input, output| {
                            multiply_add(dw, &x[input..][..channels], &dy[output..][..channels]);
                        });
                    }
                }
            },
        );
    });
}

/// `sum += a * b`
#[inline(always)]
fn multiply_add<T: Scalar>(sum: &mut [T], a: &[T], b: &[T]) {
    for ((sum, &a), &b) in sum.iter_mut().zip(a).zip(b) {
        *sum += a * b;
    }
}

/// Every pixel the bias, or zeros.
pub(super) fn fill<T: Scalar>(pixels: &mut [T], bias: &[T], channels: usize) {
    if bias.is_empty() {
        pixels.fill(T::ZERO);
    } else {
        pixels.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(bias));
    }
}

/// Calls `visit` with the place of the input pixel and that of the output pixel which a tap joins, for some rows of
/// outputs.
#[inline(always)]
fn pixels(conv: Conv, tap: usize, outputs: Range<usize>, mut visit: impl FnMut(usize, usize)) {
    let (kh, kw) = (tap / conv.columns.taps, tap % conv.columns.taps);
    let columns = conv.columns.outputs_at(kw);
    let valid = conv.rows.outputs_at(kh);
    for oy in outputs.start.max(valid.start)..outputs.end.min(valid.end) {
        let input_row = conv.rows.place(oy, kh).cast_unsigned() * conv.columns.input;
        let output_row = oy * conv.columns.output;
        for ox in columns.clone() {
            let ix = conv.columns.place(ox, kw).cast_unsigned();
            visit((input_row + ix) * conv.inputs, (output_row + ox) * conv.outputs);
        }
    }
}
