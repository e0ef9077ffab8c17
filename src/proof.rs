//! What `network!` cannot prove itself and leaves to constants: each panics with a message about the user's own
//! token where something does not fit.

pub use crate::budget::{flops, kept, memory, params, trained, training_memory};
use crate::message::Message;
use crate::{Dims, Shape};

/// That a size that the user gave as the path of a constant is one.
///
/// # Panics
/// When it is zero.
#[track_caller]
pub const fn size(size: usize, name: &str) {
    if size == 0 {
        let message = Message::new().text("the size `").text(name).text("` is 0\nhelp: a size is at least 1");
        panic!("{}", message.as_str());
    }
}

/// That the shape that a layer takes, `In`, is the shape `S` that reaches it. `layer` names the layer, `before` what
/// stands before it.
///
/// # Panics
/// When it does not.
#[track_caller]
pub const fn input<S: Shape, In: Shape>(layer: &str, before: &str) {
    let takes = In::DIMS;
    if !takes.same(S::DIMS) {
        let message = Message::new()
            .text(layer)
            .text(" takes ")
            .dims(takes)
            .text(", but ")
            .text(before)
            .text(" gives ")
            .dims(S::DIMS)
            .text("\nhelp: ")
            .text(match (takes, S::DIMS) {
                (Dims::Flat(n), Dims::Image(..)) if n == S::DIMS.len() => "add `flatten` before this layer",
                (Dims::Flat(_), _) => "change one of the two, or put a `dense` layer between them",
                _ => "change one of the two, or put a layer between them that changes the shape",
            });
        panic!("{}", message.as_str());
    }
}

/// That the network called `network`, whose last layer `last` gives the shape `S`, gives `Declared`.
///
/// # Panics
/// When it does not.
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
            .text("\nhelp: declare what the layers give, or change the last layer");
        panic!("{}", message.as_str());
    }
}

/// That two shapes are the same: those of a block's branch and of what it is added to or follows. The texts stand
/// before the first shape, between both and behind the second.
///
/// # Panics
/// When they are not.
#[track_caller]
pub const fn same<Found: Shape, Expected: Shape>(found: &str, expected: &str, help: &str) {
    if !Found::DIMS.same(Expected::DIMS) {
        disagree(found, Found::DIMS, expected, Expected::DIMS, help);
    }
}

/// That two shapes can be joined side by side: both are vectors, or images of the same height and width. The texts
/// are those of [`same`].
///
/// # Panics
/// When they are not.
#[track_caller]
pub const fn same_sides<Found: Shape, Expected: Shape>(found: &str, expected: &str, help: &str) {
    if !Found::DIMS.with_channels(1).same(Expected::DIMS.with_channels(1)) {
        disagree(found, Found::DIMS, expected, Expected::DIMS, help);
    }
}

#[track_caller]
const fn disagree(found: &str, a: Dims, expected: &str, b: Dims, help: &str) -> ! {
    let message = Message::new().text(found).dims(a).text(expected).dims(b).text(help);
    panic!("{}", message.as_str());
}
