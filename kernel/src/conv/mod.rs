//! Computes two-dimensional convolutions and their input gradients. The layout of weights is
//! `[kh][kw][inputs / groups][outputs]`.
//!
//! The third role is the [gradient of the weights](crate::conv::weight_gradient). A transposed convolution uses the
//! same three with its input and output exchanged.

pub mod axis;
pub mod border;
mod correlate;
mod merge_pixels;
mod scatter_rows;
pub(crate) mod sliding;
pub(crate) mod weight_gradient;

use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::gemm::transpose::transpose;
use crate::instruction_set::lanes;
use crate::threads::parallel::over_rows;
use axis::Axis;
use correlate::{Correlation, FilterSteps, Steps};
pub use weight_gradient::weight_gradient;

/// The sizes of a convolution.
#[derive(Debug, Clone, Copy)]
pub struct Conv {
    /// The axis along a column of pixels.
    pub rows: Axis,
    /// The axis along a row of pixels.
    pub columns: Axis,
    /// The number of input channels.
    pub inputs: usize,
    /// The number of output channels.
    pub outputs: usize,
    /// The number of groups: output channels of a group read only the input channels of that group.
    pub groups: usize,
}

impl Conv {
    /// Returns the number of scalars in an input image.
    #[must_use]
    pub const fn input_len(self) -> usize {
        self.rows.input * self.columns.input * self.inputs
    }

    /// Returns the number of scalars in an output image.
    #[must_use]
    pub const fn output_len(self) -> usize {
        self.rows.output * self.columns.output * self.outputs
    }

    /// Returns the number of weights of the filters.
    #[must_use]
    pub const fn weights(self) -> usize {
        self.rows.taps * self.columns.taps * self.group_inputs() * self.outputs
    }

    /// Returns the number of multiply-adds for one image, including those on padding.
    #[must_use]
    pub const fn operations(self) -> usize {
        self.rows.output * self.columns.output * self.weights()
    }

    pub(crate) const fn group_inputs(self) -> usize {
        self.inputs / self.groups
    }

    const fn group_outputs(self) -> usize {
        self.outputs / self.groups
    }

    pub(crate) const fn input_steps(self) -> Steps {
        Steps::dense(self.rows.input, self.columns.input, self.inputs)
    }

    pub(crate) const fn output_steps(self) -> Steps {
        Steps::dense(self.rows.output, self.columns.output, self.outputs)
    }

    /// Returns true if the input channels would fill less than half of a vector (of `f32`, with AVX-512), and a row of
    /// a filter would fill more.
    const fn few_inputs(self) -> bool {
        self.groups == 1 && self.inputs <= 8 && self.columns.taps > 1 && self.columns.dilation == 1
    }

    /// Returns the number of groups that are computed separately; a depthwise convolution computes all of them as one.
    pub(crate) const fn gemms(self) -> usize {
        if self.depthwise() { 1 } else { self.groups }
    }

    /// Returns the number of output channels of each separately computed group.
    pub(crate) const fn gemm_outputs(self) -> usize {
        self.outputs / self.gemms()
    }

    /// Returns true if each channel has its own filter.
    pub(crate) const fn depthwise(self) -> bool {
        self.groups > 1 && self.inputs == self.groups && self.outputs == self.groups
    }
}

/// Computes `y[n][oy][ox][o] = bias[o] + Σ x[n][place(oy, kh)][place(ox, kw)][i] w[kh][kw][i][o]`, followed by the
/// epilogue; without a bias, `bias` is empty. `room` holds [`forward_room`](Conv::forward_room) numbers, or none.
#[inline]
pub fn forward<T: Scalar>(
    conv: Conv,
    x: &[T],
    w: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    room: &mut [T],
) {
    T::conv_forward(conv, x, w, bias, epilogue, y, room);
}

/// Computes [`forward`], compiled in the crate that calls it.
pub(crate) fn forward_generic<T: Scalar>(
    conv: Conv,
    x: &[T],
    w: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    room: &mut [T],
) {
    match conv.best_merged(lanes::<T>()) {
        Some(merged) if !room.is_empty() => {
            let (w, bias) = merged.spread(w, bias, room);
            forward_plain(merged.conv, x, w, bias, epilogue, y);
        }
        _ => forward_plain(conv, x, w, bias, epilogue, y),
    }
}

/// Computes [`forward`] without merging pixels.
fn forward_plain<T: Scalar>(
    conv: Conv,
    x: &[T],
    w: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
) {
    let height = conv.rows.output;
    let row = conv.columns.output * conv.outputs;
    let operations = y.len() * conv.weights() / conv.outputs;
    over_rows(y, row, operations, &|first, mut y| {
        // a piece may begin and end within an image
        let mut first = first;
        while !y.is_empty() {
            let (image, top) = (first / height, first % height);
            let (images, rows) = match y.len() / row {
                left if top == 0 && left >= height => (left / height, 0..height),
                left => (1, top..height.min(top + left)),
            };
            let count = images * rows.len();
            let (part, rest) = y.split_at_mut(count * row);
            let lines = Conv { rows: conv.rows.part(&rows), ..conv };
            let (x, epilogue) = (&x[image * conv.input_len()..], epilogue.after(first * row));
            forward_here(lines, images, x, w, bias, epilogue, part);
            (y, first) = (rest, first + count);
        }
    });
}

/// Computes [`forward`] on this thread.
fn forward_here<T: Scalar>(
    conv: Conv,
    images: usize,
    x: &[T],
    w: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
) {
    let (inputs, outputs) = (conv.group_inputs(), conv.gemm_outputs());
    for group in 0..conv.gemms() {
        Correlation {
            rows: conv.rows,
            columns: conv.columns,
            inputs,
            outputs,
            x: &x[group * inputs..],
            x_steps: conv.input_steps(),
            w: &w[group * outputs..],
            w_steps: FilterSteps {
                row: conv.columns.taps * inputs * conv.outputs,
                tap: inputs * conv.outputs,
                channel: conv.outputs,
            },
            bias: of_group(bias, group, outputs),
            epilogue: epilogue.after(group * outputs),
            depthwise: conv.depthwise(),
            y_steps: conv.output_steps(),
        }
        .run(images, &mut y[group * outputs..]);
    }
}

/// Computes `dx[n][iy][ix][i] = bias[i] + Σ dy[n][oy][ox][o] w[kh][kw][i][o]` over the taps through which (oy, ox)
/// reads (iy, ix); without a bias, `bias` is empty. `turned` is room for the weights, which are needed with channels
/// exchanged and taps in reverse order.
#[inline]
pub fn input_gradient<T: Scalar>(conv: Conv, dy: &[T], w: &[T], bias: &[T], dx: &mut [T], turned: &mut [T]) {
    T::conv_input_gradient(conv, dy, w, bias, dx, turned);
}

/// Computes [`input_gradient`], compiled in the crate that calls it.
pub(crate) fn input_gradient_generic<T: Scalar>(
    conv: Conv,
    dy: &[T],
    w: &[T],
    bias: &[T],
    dx: &mut [T],
    turned: &mut [T],
) {
    if conv.few_inputs() {
        return scatter_rows::input_gradient(conv, dy, w, bias, dx, turned);
    }
    let inputs = conv.group_inputs();
    let tap = inputs * conv.outputs;
    for (from, to) in w.chunks_exact(tap).zip(turned.chunks_exact_mut(tap).rev()) {
        transpose(from, to, inputs, conv.outputs);
    }
    let turned = &*turned;
    let operations = dy.len() * conv.weights() / conv.outputs;
    over_rows(dx, conv.input_len(), operations, &|first, dx| {
        input_gradient_of(conv, &dy[first * conv.output_len()..], turned, bias, dx);
    });
}

/// Computes [`input_gradient`] on this thread, from weights that are already turned.
fn input_gradient_of<T: Scalar>(conv: Conv, dy: &[T], turned: &[T], bias: &[T], dx: &mut [T]) {
    let tap = conv.group_inputs() * conv.outputs;
    let row = conv.columns.taps * tap;
    let (outputs, inputs) =
        if conv.depthwise() { (1, conv.inputs) } else { (conv.group_outputs(), conv.group_inputs()) };
    let images = dx.len() / conv.input_len();
    let steps = conv.input_steps();
    for group in 0..conv.gemms() {
        for rows in conv.rows.phases() {
            for columns in conv.columns.phases() {
                Correlation {
                    rows: rows.axis,
                    columns: columns.axis,
                    inputs: outputs,
                    outputs: inputs,
                    x: &dy[group * outputs..],
                    x_steps: conv.output_steps(),
                    w: &turned[rows.tap * row + columns.tap * tap + group * outputs * inputs..],
                    w_steps: FilterSteps {
                        row: rows.tap_step * row,
                        tap: columns.tap_step * tap,
                        channel: inputs,
                    },
                    bias: of_group(bias, group, inputs),
                    epilogue: Epilogue::NONE,
                    depthwise: conv.depthwise(),
                    y_steps: Steps {
                        image: steps.image,
                        row: conv.rows.stride * steps.row,
                        pixel: conv.columns.stride * steps.pixel,
                    },
                }
                .run(
                    images,
                    &mut dx[rows.first * steps.row + columns.first * steps.pixel + group * inputs..],
                );
            }
        }
    }
}

/// Returns the biases of a group's channels, if there are any.
fn of_group<T>(bias: &[T], group: usize, channels: usize) -> &[T] {
    if bias.is_empty() { bias } else { &bias[group * channels..][..channels] }
}
