//! Declares the networks of W1 to W3; those of W4 to W6 are in `plywood::zoo`.

use plywood::network;

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
