//! The expansion of the macro compiles under the strictest settings, and no user's name collides with it.
#![deny(warnings, missing_docs, clippy::pedantic, clippy::all, unused_qualifications, unreachable_pub)]
#![no_implicit_prelude]

/// Shadows.
#[allow(dead_code)]
mod shadows {
    pub(crate) struct Vec;
    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct Handle;
    pub(crate) struct Dense;
}
#[allow(unused_imports)]
use shadows::{Dense, Handle, Option, Some, Vec};

/// Shadows a primitive.
#[allow(non_camel_case_types, dead_code)]
struct usize;

const HIDDEN: ::core::primitive::usize = 84;

mod sizes {
    pub(crate) const CLASSES: ::core::primitive::usize = 10;
}

::plywood::network! {
    /// A network with everything.
    pub LeNet5: Image<28, 28, 1> => Flat<{ sizes::CLASSES }> {
        flatten,
        fc1: dense(120), relu,
        dropout(0.5),
        dense(HIDDEN), tanh,
        Inner,
        sigmoid,
        last: dense(sizes::CLASSES),
    }

    /// A network inside another one.
    pub Inner: Flat<HIDDEN> => Flat<7> { dense(7), }

    /// A network of any width.
    pub Mlp<const H: usize>: Flat<784> => Flat<10> { hidden: dense(H), relu, dense(10) }

    /// A parameter called as types often are.
    pub Thin<const T: usize>: Flat<T> => Flat<2> { first: dense(T), relu, dense(2) }

    /// A network that is not to be used any more.
    #[deprecated]
    pub Old: Flat<4> => Flat<2> { last: dense(2) }
}

fn main() {
    const LENET: ::core::primitive::usize =
        784 * 120 + 120 + 120 * 84 + 84 + 84 * 7 + 7 + 7 * 10 + 10;
    const N: ::core::primitive::usize = 3;
    ::plywood::network! { Local: Flat<N> => Flat<{ N + 1 }> { dense(N), relu, out: dense({ N + 1 }) } }
    let _ = Local::out();
    const { ::core::assert!(<Local as ::plywood::Layer>::PARAMS == 3 * 3 + 3 + 3 * 4 + 4) };
    const { ::core::assert!(<LeNet5 as ::plywood::Layer>::PARAMS == LENET) };
    let _ = Mlp::<30>::hidden();
    let _ = Thin::<30>::first();
}
