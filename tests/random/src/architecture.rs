//! The text of a random network, and the shapes in it.

use crate::random::Random;
use crate::window;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    Flat(usize),
    Image(usize, usize, usize),
}

impl Shape {
    fn text(self) -> String {
        match self {
            Self::Flat(n) => format!("Flat<{n}>"),
            Self::Image(h, w, c) => format!("Image<{h}, {w}, {c}>"),
        }
    }
}

/// A layer as it is written, and what it gives.
pub(crate) type Step = (String, Shape);

/// The largest depth of nested blocks.
const DEPTH: usize = 3;

/// A network's text for `network!`, and its name.
pub(crate) fn network(random: &mut Random, number: u64) -> (String, String) {
    let input = if random.once_in(4) {
        Shape::Flat(random.from(2, 9))
    } else {
        Shape::Image(random.from(3, 7), random.from(3, 7), random.from(1, 4))
    };
    let count = random.from(2, 5);
    let (mut body, output) = sequence(random, input, count, DEPTH);
    // a network does not end in dropout, also not within a block: something follows that makes new numbers
    if body.contains("dropout") {
        body.push_str(", sigmoid");
    }
    let name = format!("Random{number}");
    (format!("#[doc = \"Random.\"] pub {name}: {} => {} {{ {body} }}", input.text(), output.text()), name)
}

/// Draws a sequence with the given number of layers.
fn sequence(random: &mut Random, mut shape: Shape, count: usize, depth: usize) -> Step {
    let mut layers = Vec::new();
    for _ in 0..count {
        let (text, next) = layer(random, shape, depth);
        layers.push(text);
        shape = next;
    }
    (layers.join(", "), shape)
}

fn layer(random: &mut Random, shape: Shape, depth: usize) -> Step {
    if depth > 0 && random.once_in(3) {
        return block(random, shape, depth - 1);
    }
    match random.from(0, 9) {
        0..=2 => (activation(random), shape),
        3 => (normalization(random, shape), shape),
        4 => {
            let kind = if matches!(shape, Shape::Image(..)) && random.once_in(2) {
                "spatial_dropout"
            } else {
                "dropout"
            };
            (format!("{kind}(0.{})", random.from(1, 6)), shape)
        }
        _ => change(random, shape),
    }
}

fn activation(random: &mut Random) -> String {
    const NAMES: [&str; 12] = [
        "relu",
        "sigmoid",
        "tanh",
        "gelu",
        "silu",
        "softplus",
        "elu",
        "leaky_relu(0.1)",
        "hard_sigmoid",
        "hard_swish",
        "hard_tanh",
        "scale",
    ];
    random.one(&NAMES).to_owned()
}

fn normalization(random: &mut Random, shape: Shape) -> String {
    match shape {
        Shape::Image(h, w, c) if h * w * c > 2 && c.is_multiple_of(2) && random.once_in(3) => {
            "group_norm(2, eps = 0.01)".to_owned()
        }
        // a single number has no variance within an example
        Shape::Flat(1) | Shape::Image(1, 1, 1) => "batch_norm(eps = 0.01)".to_owned(),
        _ => format!("{}(eps = 0.01)", random.one(&["batch_norm", "layer_norm", "l2_normalize"])),
    }
}

/// A layer that may change the shape.
fn change(random: &mut Random, shape: Shape) -> Step {
    let Shape::Image(h, w, c) = shape else {
        if random.once_in(6) {
            return reshape(random, shape);
        }
        let outputs = random.from(2, 9);
        let bias = if random.once_in(3) { ", bias = false" } else { "" };
        return (format!("dense({outputs}{bias})"), Shape::Flat(outputs));
    };
    match random.from(0, 11) {
        0 => ("flatten".to_owned(), Shape::Flat(h * w * c)),
        1 => (random.one(&["global_avg_pool", "global_max_pool"]).to_owned(), Shape::Flat(c)),
        2 if h * w <= 20 => ("upsample(2)".to_owned(), Shape::Image(2 * h, 2 * w, c)),
        3 => reshape(random, shape),
        4 | 5 => window::pool(random, [h, w, c]),
        6 | 7 if h * w <= 20 => window::transposed_convolution(random, [h, w, c]),
        _ => window::convolution(random, [h, w, c]),
    }
}

/// The same numbers as an image of other sides, or as a vector.
fn reshape(random: &mut Random, shape: Shape) -> Step {
    let numbers = match shape {
        Shape::Flat(n) => n,
        Shape::Image(h, w, c) => h * w * c,
    };
    if matches!(shape, Shape::Image(..)) && random.once_in(3) {
        return (format!("reshape({numbers})"), Shape::Flat(numbers));
    }
    let divisor = |random: &mut Random, of: usize| {
        let most = random.from(1, 6);
        (1..=most).rev().find(|side| of.is_multiple_of(*side)).unwrap_or(1)
    };
    let h = divisor(random, numbers);
    let c = divisor(random, numbers / h);
    let w = numbers / h / c;
    (format!("reshape({h}, {w}, {c})"), Shape::Image(h, w, c))
}

/// Layers that keep the shape: some, and if they change it, one more that changes it back.
fn keeping(random: &mut Random, shape: Shape, depth: usize) -> String {
    let back = match shape {
        Shape::Flat(n) => format!("dense({n})"),
        Shape::Image(_, _, c) => format!("conv({c}, kernel = 3, pad = 1)"),
    };
    let (first, _) = match shape {
        Shape::Flat(_) => match layer(random, shape, 0) {
            (image, Shape::Image(h, w, c)) => (format!("{image}, flatten"), Shape::Flat(h * w * c)),
            vector => vector,
        },
        Shape::Image(h, w, _) => {
            let outputs = random.from(1, 4);
            (format!("conv({outputs}, kernel = 1)"), Shape::Image(h, w, outputs))
        }
    };
    let mut text = format!("{first}, {}, {back}", activation(random));
    if depth > 0 && random.once_in(2) {
        text = format!("{}, {text}", kept_block(random, shape, depth - 1));
    }
    if random.once_in(2) {
        text = format!("{text}, {}", activation(random));
    }
    text
}

/// A block that keeps the shape.
fn kept_block(random: &mut Random, shape: Shape, depth: usize) -> String {
    let body = keeping(random, shape, depth);
    match random.from(0, 3) {
        0 => format!("checkpoint {{ {body} }}"),
        1 => format!("repeat({}) {{ {body} }}", random.from(1, 3)),
        2 => format!("repeat(2) {{ checkpoint {{ residual {{ {body} }} }} }}"),
        _ => format!("residual {{ {body} }}"),
    }
}

/// Writes layers that make a pair of a shape, compute on the parts, and make one shape of both.
fn paired(random: &mut Random, shape: Shape, depth: usize) -> Step {
    let width = random.from(1, 4);
    let (change, changed) = match shape {
        Shape::Flat(_) => (format!("dense({width})"), Shape::Flat(width)),
        Shape::Image(h, w, _) => (format!("conv({width}, kernel = 1)"), Shape::Image(h, w, width)),
    };
    // elementwise layers take pairs, too
    let between = random.one(&["", ", sigmoid", ", gelu", ", dropout(0.2)"]);
    let first = keeping(random, changed, depth);
    match random.from(0, 4) {
        0 => {
            let merge = random.one(&["add", "difference", "multiply"]);
            let text = format!("heads {{ {change} }} {{ {change}, {first} }}{between}, {merge}");
            (text, changed)
        }
        1 => {
            let text =
                format!("heads {{ {change} }} {{ {change} }}{between}, shared {{ {first} }}, difference");
            (text, changed)
        }
        2 => {
            let last = keeping(random, shape, depth);
            let text = format!(
                "heads {{ {change} }} {{ identity }}{between}, pairwise {{ {first} }} {{ {last} }}, join"
            );
            (text, joined(changed, shape))
        }
        _ => {
            let text = format!(
                "heads {{ {change} }} {{ identity }} {{ {change}, tanh }}{between}, \
                 pairwise {{ {first} }} {{ join }}, join"
            );
            (text, joined(changed, joined(shape, changed)))
        }
    }
}

/// Returns the shape of two joined parts.
fn joined(first: Shape, second: Shape) -> Shape {
    match (first, second) {
        (Shape::Image(h, w, c), Shape::Image(_, _, d)) => Shape::Image(h, w, c + d),
        (Shape::Flat(n), Shape::Flat(m)) => Shape::Flat(n + m),
        _ => unreachable!("the parts are both vectors or both images"),
    }
}

fn block(random: &mut Random, shape: Shape, depth: usize) -> Step {
    match (random.from(0, 6), shape) {
        (4 | 5, _) => paired(random, shape, depth),
        (0, Shape::Flat(_)) => {
            let outputs = random.from(2, 6);
            let text = format!(
                "residual {{ {}, dense({outputs}) }} shortcut {{ dense({outputs}) }}",
                activation(random)
            );
            (text, Shape::Flat(outputs))
        }
        (0, Shape::Image(h, w, _)) => {
            let outputs = random.from(1, 4);
            let text = format!(
                "residual {{ conv({outputs}, kernel = 3, stride = 2, pad = 1), {} }} \
                 shortcut {{ conv({outputs}, kernel = 1, stride = 2) }}",
                activation(random)
            );
            (text, Shape::Image(h.div_ceil(2), w.div_ceil(2), outputs))
        }
        (1, Shape::Flat(n)) => {
            let outputs = random.from(1, 5);
            let kept = keeping(random, shape, depth);
            (format!("concat {{ {kept} }} {{ dense({outputs}) }}"), Shape::Flat(n + outputs))
        }
        (1, Shape::Image(h, w, c)) => {
            let outputs = random.from(1, 3);
            let kept = keeping(random, shape, depth);
            let text =
                format!("concat {{ {kept} }} {{ conv({outputs}, kernel = 3, pad = same) }} {{ identity }}");
            (text, Shape::Image(h, w, c + outputs + c))
        }
        _ => (kept_block(random, shape, depth), shape),
    }
}
