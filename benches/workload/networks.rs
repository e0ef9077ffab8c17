//! The networks of W1 to W3, and the convolution of W7; the networks of W4 to W6 are in `plywood::zoo`.

use plywood::layers::{Conv2d, Window, Zero};
use plywood::{Image, network};

/// An axis of a 3×3 window that keeps its length.
pub(crate) type Three = Window<3, 1, 1, 1>;

/// W7: 3×3 from `CI` to `CO` channels on images of `SIDE` × `SIDE`, no bias.
pub(crate) type Same<const CI: usize, const CO: usize, const SIDE: usize> =
    Conv2d<Image<SIDE, SIDE, CI>, Image<SIDE, SIDE, CO>, Three, Three, 1, Zero, false>;

network! {
    /// W1: a controller of four inputs.
    pub(crate) Control: Flat<4> => Flat<2> {
        dense(16), relu,
        dense(16), relu,
        dense(2),
    }

    /// W2: a reader of digits.
    pub(crate) Reader: Flat<784> => Flat<10> {
        dense(128), relu,
        dense(64), relu,
        dense(10),
    }

    /// W3: the reader of digits that `examples/digits.rs` trains.
    pub(crate) Perceptron: Flat<784> => Flat<10> {
        dense(256), relu,
        dense(128), relu,
        dense(10),
    }
}
