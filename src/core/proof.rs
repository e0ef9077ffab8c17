//! Checks in constants what `network!` cannot prove itself. Each check panics with a message about the user's own token
//! if something does not fit.

use crate::core::message::Message;
use crate::core::{Dims, Shape};

mod name;
mod window;

pub use name::label;
pub use window::{
    fitting_kernel, one_row, reflects, rounded_up, same_after, same_before, sees_something, transposed,
    transposed_output, window, window_output,
};

/// The largest size, the same as in `network!`.
const LARGEST: usize = u32::MAX as usize;

/// Checks that a constant, given by the user as a path, is a valid size.
///
/// # Panics
/// Panics if it is zero, or too large to compute with.
#[track_caller]
pub const fn size(size: usize, name: &str) {
    if size != usable(size) {
        let message = Message::new().text("the size `").text(name).text("` is ").number(size);
        let message = if size == 0 {
            message.text("\nnote: a size is at least 1")
        } else {
            message.text("\nnote: a size is at most ").number(LARGEST)
        };
        panic!("{}", message.as_str());
    }
}

/// Returns a size if it is valid, and otherwise 1, so that its proof is the only error.
#[must_use]
pub const fn usable(size: usize) -> usize {
    if size == 0 || size > LARGEST { 1 } else { size }
}

/// Returns both sizes, each made [`usable`].
#[must_use]
pub const fn both_usable([rows, columns]: [usize; 2]) -> [usize; 2] {
    [usable(rows), usable(columns)]
}

/// Checks that a shape does not have too many numbers to compute with. `layer` names the layer that gives it, if there
/// is one.
///
/// # Panics
/// Panics if it has too many.
#[track_caller]
pub const fn shape<S: Shape>(layer: &str) {
    let dims = S::DIMS;
    let numbers = match dims {
        Dims::Flat(n) => Some(n),
        Dims::Image(height, width, channels) => match height.checked_mul(width) {
            Some(pixels) => pixels.checked_mul(channels),
            None => None,
        },
        // each part is checked by itself, and two counts below the largest one do not overflow
        Dims::Pair(a, b) => Some(a.len() + b.len()),
    };
    if !matches!(numbers, Some(0..=LARGEST)) {
        let message = Message::new().text(layer).text(if layer.is_empty() { "" } else { ": " });
        let message = message.text("a shape has at most ").number(LARGEST).text(" numbers: found ");
        panic!("{}", message.dims(dims).as_str());
    }
}

/// Checks that the shape `In`, which a layer takes, is the shape `S` that reaches it.
///
/// `layer` names the layer, and `before` what comes before it.
///
/// # Panics
/// Panics if the shapes differ.
#[track_caller]
pub const fn input<S: Shape, In: Shape>(layer: &str, before: &str) {
    let takes = In::DIMS;
    if !takes.same(S::DIMS) {
        // the shape for which `network!` takes a vector where an image is needed: see `sides`
        let pixel = matches!((takes, S::DIMS), (Dims::Image(1, 1, n), Dims::Flat(m)) if n == m);
        let pair = matches!((takes, S::DIMS), (Dims::Image(1, 1, n), Dims::Pair(..)) if n == S::DIMS.len());
        let message = Message::new().text(layer).text(" takes ");
        let message = if pixel || pair { message.text("an image") } else { message.dims(takes) };
        let message = message.text(", but ").text(before).text(" gives ");
        let message = if pixel { message.text("a vector of ") } else { message };
        let message = message.dims(S::DIMS).text(match (takes, S::DIMS) {
            _ if pixel => "\nhelp: add `reshape(HEIGHT, WIDTH, CHANNELS)` before this layer",
            (Dims::Flat(n), Dims::Image(..)) if n == S::DIMS.len() => {
                "\nhelp: add `flatten` before this layer"
            }
            (Dims::Pair(..), Dims::Pair(..)) => {
                "\nnote: layers in a `pairwise { … } { … }` change one part of a pair"
            }
            (_, Dims::Pair(..)) | (Dims::Pair(..), _) => {
                "\nnote: `heads { … } { … }` makes two shapes of one, and `join` one of two"
            }
            (Dims::Flat(_), _) => "\nnote: a `dense` layer between them changes the length",
            _ => "\nnote: a layer between them can change the shape",
        });
        panic!("{}", message.as_str());
    }
}

/// Checks that the network called `network`, whose last layer `last` gives the shape `S`, gives `Declared`.
///
/// # Panics
/// Panics if it does not.
#[track_caller]
pub const fn output<S: Shape, Declared: Shape>(network: &str, last: &str) {
    if !S::DIMS.same(Declared::DIMS) {
        let message = Message::new()
            .text("`")
            .text(network)
            .text("` declares an output of ")
            .dims(Declared::DIMS)
            .text(", but its last layer, ")
            .text(last)
            .text(", gives ")
            .dims(S::DIMS)
            .text("\nhelp: write `")
            .shape(S::DIMS)
            .text("`, or change the last layer");
        panic!("{}", message.as_str());
    }
}

/// Returns the rows, columns and channels of an image; a vector counts as one pixel.
#[must_use]
pub const fn sides(dims: Dims) -> [usize; 3] {
    match dims {
        Dims::Image(height, width, channels) => [height, width, channels],
        Dims::Flat(_) | Dims::Pair(..) => [1, 1, dims.len()],
    }
}

/// Returns the number of entries of a table, at least 1.
#[must_use]
pub const fn entries(table: &[usize]) -> usize {
    if table.is_empty() { 1 } else { table.len() }
}

/// Checks that a table names existing channels.
///
/// # Panics
/// Panics if it does not, or if it is empty.
#[track_caller]
pub const fn table(layer: &str, table: &[usize], channels: usize) {
    if table.is_empty() {
        let message =
            Message::new().text(layer).text(": the table is empty\nnote: a layer has at least 1 channel");
        panic!("{}", message.as_str());
    }
    let mut i = 0;
    while i < table.len() {
        if table[i] >= channels {
            let message = Message::new()
                .text(layer)
                .text(": the table names channel ")
                .number(table[i])
                .text(", but the input has ")
                .number(channels)
                .text("\nnote: channels are counted from 0");
            panic!("{}", message.as_str());
        }
        i += 1;
    }
}

/// Checks that a number of groups divides a number of channels.
///
/// # Panics
/// Panics if it does not.
#[track_caller]
pub const fn divides(layer: &str, groups: usize, channels: usize, of: &str) {
    if groups == 0 || !channels.is_multiple_of(groups) {
        let message = Message::new()
            .text(layer)
            .text(": ")
            .number(groups)
            .text(" groups do not divide the ")
            .number(channels)
            .text(" channels of the ")
            .text(of)
            .text("\nnote: the channels of each group are equally many");
        panic!("{}", message.as_str());
    }
}

/// Checks that groups for normalization each have more than one of the given numbers: a single number has no variance.
///
/// # Panics
/// Panics if each group has one number.
#[track_caller]
pub const fn has_variance(layer: &str, groups: usize, numbers: usize) {
    if groups == numbers {
        let message = Message::new().text(layer);
        let message = if groups == 1 {
            message.text(": the input is a single number, which has no variance")
        } else {
            message
                .text(": each group has a single number, which has no variance: found ")
                .number(groups)
                .text(" groups for ")
                .number(numbers)
                .text(" numbers")
        };
        panic!("{}", message.as_str());
    }
}

/// Checks that a body is repeated at least once.
///
/// # Panics
/// Panics if it is not.
#[track_caller]
pub const fn at_least_once(layer: &str, copies: usize) {
    if copies == 0 {
        let message = Message::new().text(layer).text(": the body is repeated at least once: found 0");
        panic!("{}", message.as_str());
    }
}

/// Checks a fraction that a type holds in millionths.
///
/// It must be at most `most`, and unless it is 0, not so small that a percentage was probably meant.
///
/// # Panics
/// Panics if it is not in that range.
#[track_caller]
pub const fn millionths(layer: &str, what: &str, found: u32, least: u32, most: u32) {
    let small = found > 0 && found < least;
    if small || found > most {
        let message = Message::new()
            .text(layer)
            .text(": ")
            .text(what)
            .text(" is given in millionths: found ")
            .number(found as usize)
            .text(", expected ")
            .number(least as usize)
            .text(" to ")
            .number(most as usize)
            .text(", or 0");
        // a number such as 50 most likely means percent
        let message = if small && found < 100 && found as u64 * 10_000 <= most as u64 {
            message
                .text("\nhelp: write `")
                .number(found as usize * 10_000)
                .text("` for ")
                .number(found as usize)
                .text(" %")
        } else {
            message
        };
        panic!("{}", message.as_str());
    }
}

/// Returns the number of groups if it divides both numbers of channels, and otherwise 1.
#[must_use]
pub const fn dividing_groups(groups: usize, inputs: usize, outputs: usize) -> usize {
    if inputs.is_multiple_of(groups) && outputs.is_multiple_of(groups) { groups } else { 1 }
}

/// Checks that two shapes have the same count of numbers. `vector` is true if the second is a vector, whose length can
/// be corrected.
///
/// # Panics
/// Panics if they do not.
#[track_caller]
pub const fn equally_many(layer: &str, from: usize, to: usize, vector: bool) {
    if from != to {
        let message = Message::new()
            .text(layer)
            .text(": the new shape has ")
            .number(to)
            .text(" numbers, but what reaches it has ")
            .number(from);
        let message = if vector { message.text("\nhelp: write `").number(from).text("`") } else { message };
        panic!("{}", message.as_str());
    }
}

/// The largest number of multiplications that a layer may take for each example, the same as in `network!`.
const MOST_WORK: u128 = 1 << 59;

/// Checks that the multiplications of a layer for each example, the product of some sizes, can be counted.
///
/// # Panics
/// Panics if there are too many.
#[track_caller]
pub const fn countable(layer: &str, sizes: &[usize]) {
    let mut work = 1_u128;
    let mut index = 0;
    while index < sizes.len() {
        work = work.saturating_mul(sizes[index] as u128);
        index += 1;
    }
    if work > MOST_WORK {
        let message = Message::new().text(layer).text(" takes ");
        let message = if work > usize::MAX as u128 {
            message.text("more than ").number(usize::MAX)
        } else {
            message.number(work as usize)
        };
        let message =
            message.text(" multiplications for each example, but at most 576460752303423488 can be counted");
        panic!("{}", message.as_str());
    }
}

/// Returns the side whose product with `others` is `numbers`, or 1 if there is none.
#[must_use]
pub const fn fitting_side(numbers: usize, others: usize) -> usize {
    if others == 0 || numbers < others { 1 } else { numbers / others }
}

/// Checks that two shapes are the same: those of a block's branch and of what it is added to or follows.
///
/// In a message, the texts come before the first shape, between the shapes, and after the second.
///
/// # Panics
/// Panics if they differ.
#[track_caller]
pub const fn same<Found: Shape, Expected: Shape>(found: &str, expected: &str, help: &str) {
    if !Found::DIMS.same(Expected::DIMS) {
        disagree(found, Found::DIMS, expected, Expected::DIMS, help);
    }
}

/// Checks that two shapes can be joined side by side: both are vectors, or images of the same height and width.
///
/// The texts are those of [`same`].
///
/// # Panics
/// Panics if they cannot be joined.
#[track_caller]
pub const fn same_sides<Found: Shape, Expected: Shape>(found: &str, expected: &str, help: &str) {
    let is_pair = Found::DIMS.is_pair() || Expected::DIMS.is_pair();
    if is_pair || !Found::DIMS.with_channels(1).same(Expected::DIMS.with_channels(1)) {
        disagree(found, Found::DIMS, expected, Expected::DIMS, help);
    }
}

#[track_caller]
const fn disagree(found: &str, a: Dims, expected: &str, b: Dims, help: &str) -> ! {
    let message = Message::new().text(found).dims(a).text(expected).dims(b).text(help);
    panic!("{}", message.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_that_were_meant_as_percent_are_refused() {
        let cases = [
            (0, 1000, 999_999, None),
            (1000, 1000, 999_999, None),
            (500_000, 1000, 999_999, None),
            (
                50,
                1000,
                999_999,
                Some("found 50, expected 1000 to 999999, or 0\nhelp: write `500000` for 50 %"),
            ),
            (
                1,
                1000,
                u32::MAX,
                Some("found 1, expected 1000 to 4294967295, or 0\nhelp: write `10000` for 1 %"),
            ),
            (500, 1000, 999_999, Some("found 500, expected 1000 to 999999, or 0")),
            (1_000_000, 1000, 999_999, Some("found 1000000, expected 1000 to 999999, or 0")),
            (
                99,
                100,
                1_000_000,
                Some("found 99, expected 100 to 1000000, or 0\nhelp: write `990000` for 99 %"),
            ),
        ];
        for (found, least, most, expected) in cases {
            let proof = std::panic::catch_unwind(|| millionths("dropout", "p", found, least, most));
            let message = proof.err().map(|panic| *panic.downcast::<String>().expect("a text"));
            let expected = expected.map(|problem| format!("dropout: p is given in millionths: {problem}"));
            assert_eq!(message, expected, "{found}");
        }
    }
}
