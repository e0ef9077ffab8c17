//! Computes windows over sides that only the compiler knows.
//!
//! The arithmetic never fails, so that only the proof of a mistake reports it.

use crate::core::message::Message;

/// Returns the number of inputs from the first tap to the last.
const fn extent(kernel: usize, dilation: usize) -> usize {
    dilation * (kernel - 1) + 1
}

/// Returns the total padding with which a window over a side `n` gives n / stride, rounded up.
const fn same(n: usize, kernel: usize, stride: usize, dilation: usize) -> usize {
    ((n.div_ceil(stride) - 1) * stride + extent(kernel, dilation)).saturating_sub(n)
}

/// Returns the half of the padding `same` at the low end.
#[must_use]
pub const fn same_before(n: usize, kernel: usize, stride: usize, dilation: usize) -> usize {
    same(n, kernel, stride, dilation) / 2
}

/// Returns the half of the padding `same` at the high end, which is the larger one.
#[must_use]
pub const fn same_after(n: usize, kernel: usize, stride: usize, dilation: usize) -> usize {
    same(n, kernel, stride, dilation).div_ceil(2)
}

/// Returns the padding at the high end with which no pixel is left over and no window begins after the image.
#[must_use]
pub const fn rounded_up(
    n: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    after: usize,
) -> usize {
    let (padded, extent) = (n + before + after, extent(kernel, dilation));
    let over = padded.saturating_sub(extent) % stride;
    let next = padded.saturating_sub(extent) - over + stride;
    if padded < extent || over == 0 || next >= n + before { after } else { after + stride - over }
}

/// Returns the output side of a window, computed with a [`fitting_kernel`] if the kernel does not fit.
#[must_use]
pub const fn window_output(
    n: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    after: usize,
) -> usize {
    let kernel = fitting_kernel(n, kernel, dilation, before, after);
    (n + before + after).saturating_sub(extent(kernel, dilation)) / stride + 1
}

/// Returns the kernel if it fits, and otherwise 1.
#[must_use]
pub const fn fitting_kernel(n: usize, kernel: usize, dilation: usize, before: usize, after: usize) -> usize {
    if extent(kernel, dilation) > n + before + after { 1 } else { kernel }
}

/// Returns the smallest side from which a window gives `n`, or 1 if there is none.
#[must_use]
pub const fn transposed_output(n: usize, kernel: usize, stride: usize, padding: usize) -> usize {
    let gives = (n - 1) * stride + kernel;
    if gives <= 2 * padding { 1 } else { gives - 2 * padding }
}

/// Checks that a window fits in a padded side. `help` is the end of the message.
///
/// # Panics
/// Panics if it does not fit.
#[track_caller]
pub const fn window(
    layer: &str,
    lines: &str,
    n: usize,
    kernel: usize,
    dilation: usize,
    [before, after]: [usize; 2],
    help: &str,
) {
    if extent(kernel, dilation) > n + before + after {
        let mut message =
            Message::new().text(layer).text(": a kernel of ").number(kernel).text(" ").text(lines);
        if dilation > 1 {
            message =
                message.text(", ").number(extent(kernel, dilation)).text(" from the first to the last,");
        }
        message = message.text(" does not fit in an image of ").number(n);
        if before + after > 0 {
            message = message.text(" with ").number(before).text(" + ").number(after).text(" of padding");
        }
        message = message.text(help);
        panic!("{}", message.as_str());
    }
}

/// Checks that the padding of a transposed convolution leaves an output.
///
/// # Panics
/// Panics if it leaves nothing.
#[track_caller]
pub const fn transposed(layer: &str, lines: &str, n: usize, kernel: usize, stride: usize, padding: usize) {
    let gives = (n - 1) * stride + kernel;
    if gives <= 2 * padding {
        let message = Message::new()
            .text(layer)
            .text(": a padding of ")
            .number(padding)
            .text(" + ")
            .number(padding)
            .text(" ")
            .text(lines)
            .text(" leaves nothing of the ")
            .number(gives)
            .text(" that the kernel gives\nhelp: write `same`");
        panic!("{}", message.as_str());
    }
}

/// Checks that reflected padding is narrower than the image.
///
/// # Panics
/// Panics if it is not.
#[track_caller]
pub const fn reflects(layer: &str, lines: &str, n: usize, before: usize, after: usize) {
    let widest = if before > after { before } else { after };
    if widest >= n {
        let message = Message::new()
            .text(layer)
            .text(": a reflected padding is narrower than the image: found ")
            .number(widest)
            .text(" of ")
            .number(n)
            .text(" ")
            .text(lines)
            .text("\nhelp: write `replicate`, or make the padding smaller");
        panic!("{}", message.as_str());
    }
}

/// Checks that no window is entirely in the padding.
///
/// # Panics
/// Panics if one is.
#[track_caller]
pub const fn sees_something(layer: &str, lines: &str, kernel: usize, padding: usize) {
    if padding >= kernel {
        let message = Message::new()
            .text(layer)
            .text(": a padding of ")
            .number(padding)
            .text(" ")
            .text(lines)
            .text(" holds a whole kernel of ")
            .number(kernel)
            .text(", which has no maximum\nhelp: write `same`");
        panic!("{}", message.as_str());
    }
}

/// Checks that a kernel with causal padding is one row high.
///
/// # Panics
/// Panics if it is not.
#[track_caller]
pub const fn one_row(layer: &str, rows: usize) {
    if rows != 1 {
        let message = Message::new()
            .text(layer)
            .text(": `pad = causal` is for kernels of 1 row, which see columns from left to right: found ")
            .number(rows)
            .text(" rows\nnote: such a kernel is written `kernel = (1, COLUMNS)`");
        panic!("{}", message.as_str());
    }
}
