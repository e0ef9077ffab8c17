//! Layers that move a window over an image: its sides drawn one by one, and what it gives.

use std::fmt::Write as _;

use crate::architecture::{Shape, Step};
use crate::random::Random;

/// Rows and columns, as they are written: one number where both are the same.
fn sides([rows, columns]: [usize; 2]) -> String {
    if rows == columns { rows.to_string() } else { format!("({rows}, {columns})") }
}

/// As often one number for both axes as one for each.
fn pair(random: &mut Random, low: usize, high: usize) -> [usize; 2] {
    let rows = random.from(low, high);
    [rows, if random.once_in(2) { rows } else { random.from(low, high) }]
}

/// `, name = sides`, unless that is the default.
fn option(name: &str, value: [usize; 2], default: [usize; 2]) -> String {
    if value == default { String::new() } else { format!(", {name} = {}", sides(value)) }
}

/// ⌊(n + 2·pad − dilation·(kernel − 1) − 1) / stride⌋ + 1, or nothing where the window does not fit.
fn output([n, kernel, stride, pad, dilation]: [usize; 5]) -> Option<usize> {
    Some((n + 2 * pad).checked_sub(dilation * (kernel - 1) + 1)? / stride + 1)
}

/// A number of groups: each channel for itself, halves, or all together.
fn groups(random: &mut Random, inputs: usize, outputs: usize) -> (usize, usize) {
    match random.from(0, 4) {
        0 | 1 if inputs > 1 => (inputs, inputs * random.from(1, 2)),
        2 if inputs.is_multiple_of(2) && outputs.is_multiple_of(2) => (2, outputs),
        _ => (1, outputs),
    }
}

pub(crate) fn convolution(random: &mut Random, [h, w, c]: [usize; 3]) -> Step {
    let outputs = random.from(1, 4);
    let (groups, outputs) = groups(random, c, outputs);
    let (mut kernel, stride) = (pair(random, 1, 3), pair(random, 1, 2));
    let causal = random.once_in(5);
    if causal {
        kernel[0] = 1;
    }
    let dilation = if random.once_in(3) { pair(random, 1, 3) } else { [1, 1] };
    let mut text = format!("conv({outputs}, kernel = {}", sides(kernel));
    text += &option("stride", stride, [1, 1]);
    let sides_out = if causal {
        text += ", pad = causal";
        if random.once_in(3) {
            text += ", mode = replicate";
        }
        [h.div_ceil(stride[0]), w.div_ceil(stride[1])]
    } else if random.once_in(4) {
        text += ", pad = same";
        [h.div_ceil(stride[0]), w.div_ceil(stride[1])]
    } else {
        let pad = pair(random, 0, 2);
        let side = |i: usize, n: usize| output([n, kernel[i], stride[i], pad[i], dilation[i]]);
        let (Some(h_out), Some(w_out)) = (side(0, h), side(1, w)) else {
            return ("identity".to_owned(), Shape::Image(h, w, c));
        };
        text += &option("pad", pad, [0, 0]);
        if pad != [0, 0] && pad[0] < h && pad[1] < w && random.once_in(2) {
            text += random.one(&[", mode = reflect", ", mode = replicate"]);
        }
        [h_out, w_out]
    };
    text += &option("dilation", dilation, [1, 1]);
    if groups > 1 {
        let _ = write!(text, ", groups = {groups}");
    }
    if random.once_in(3) {
        text += ", bias = false";
    }
    (text + ")", Shape::Image(sides_out[0], sides_out[1], outputs))
}

pub(crate) fn transposed_convolution(random: &mut Random, [h, w, c]: [usize; 3]) -> Step {
    let outputs = random.from(1, 4);
    let (kernel, stride) = (pair(random, 1, 3), pair(random, 1, 2));
    let mut text = format!("conv_transpose({outputs}, kernel = {}", sides(kernel));
    text += &option("stride", stride, [1, 1]);
    let sides_out = if random.once_in(4) {
        text += ", pad = same";
        [h * stride[0], w * stride[1]]
    } else {
        let pad = pair(random, 0, 1);
        let side = |i: usize, n: usize| ((n - 1) * stride[i] + kernel[i]).checked_sub(2 * pad[i]);
        let (Some(h_out @ 1..), Some(w_out @ 1..)) = (side(0, h), side(1, w)) else {
            return ("identity".to_owned(), Shape::Image(h, w, c));
        };
        text += &option("pad", pad, [0, 0]);
        [h_out, w_out]
    };
    if random.once_in(3) {
        text += ", bias = false";
    }
    (text + ")", Shape::Image(sides_out[0], sides_out[1], outputs))
}

pub(crate) fn pool(random: &mut Random, [h, w, c]: [usize; 3]) -> Step {
    if random.once_in(6) {
        let (columns, stride) = (random.from(2, 3), pair(random, 1, 2));
        let text = random.one(&["max_pool", "avg_pool"]);
        let sides_out = Shape::Image(h.div_ceil(stride[0]), w.div_ceil(stride[1]), c);
        return (format!("{text}((1, {columns}), stride = {}, pad = causal)", sides(stride)), sides_out);
    }
    let kernel = pair(random, 1, 3);
    let stride = if random.once_in(2) { kernel } else { pair(random, 1, 2) };
    // a window that lies in the padding altogether has no maximum
    let pad = if random.once_in(2) { [0, 1].map(|i| random.from(0, kernel[i] - 1)) } else { [0, 0] };
    let side = |i: usize, n: usize| output([n, kernel[i], stride[i], pad[i], 1]);
    let (Some(h_out), Some(w_out)) = (side(0, h), side(1, w)) else {
        return ("identity".to_owned(), Shape::Image(h, w, c));
    };
    let mut text = format!("{}({}", random.one(&["max_pool", "avg_pool"]), sides(kernel));
    text += &option("stride", stride, kernel);
    text += &option("pad", pad, [0, 0]);
    let mut sides_out = [h_out, w_out];
    if random.once_in(3) {
        text += ", edge = ceil";
        // one window more where pixels are left over, unless it begins in the padding after the image
        for (i, n) in [h, w].into_iter().enumerate() {
            let over = !(n + 2 * pad[i] - kernel[i]).is_multiple_of(stride[i]);
            if over && sides_out[i] * stride[i] < n + pad[i] {
                sides_out[i] += 1;
            }
        }
    }
    (text + ")", Shape::Image(sides_out[0], sides_out[1], c))
}
