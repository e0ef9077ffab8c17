//! `network!` wherever it can be called, under the strictest settings, where the library has another name.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic, unused_qualifications, unreachable_pub)]
#![no_implicit_prelude]

// for the macro below, where it is used
#[doc(hidden)]
pub use ::ply;

use ::core::primitive::usize;

/// The user's own names, where an expansion might look for others.
#[allow(dead_code)]
mod shadows {
    pub(crate) mod plywood {}
    pub(crate) mod core {}
    pub(crate) mod layers {}
    pub(crate) struct Layer;
    pub(crate) struct Network;
    pub(crate) struct Option;
    pub(crate) struct Vec;
}
#[allow(unused_imports)]
use shadows::{Layer, Network, Option, Vec, core, layers, plywood};

const HIDDEN: usize = 5;

::ply::network! {
    /// At the top of a crate.
    pub Top: Image<4, 4, 1> => Flat<3> {
        conv(2, kernel = 3, pad = same), relu, flatten,
        hidden: dense(HIDDEN), tanh,
        module::Inner,
        last: dense({ HIDDEN - 2 }),
    }

    /// As wide as is said where it is used.
    pub Wide<const H: usize>: Flat<4> => Flat<2> { dense(H), relu, out: dense(2) }
}

/// In a module.
pub mod module {
    ::ply::network! {
        /// In a module, of its parent's constant.
        pub Inner: Flat<{ super::HIDDEN }> => Flat<4> { dense(4) }

        /// Seen in this crate only.
        pub(crate) Hidden: Flat<4> => Flat<4> { super::Wide<7>, dense(4) }
    }
}

/// In a function: as many parameters as it has.
#[must_use]
pub fn in_a_function() -> usize {
    const N: usize = 3;
    ::ply::network! { Local: Flat<N> => Flat<{ N + 1 }> { dense(N), relu, out: dense({ N + 1 }), module::Hidden } }
    let _ = Local::out();
    <Local as ::ply::Layer>::PARAMS
}

/// In a function that is generic, beside its own parameters.
#[must_use]
pub fn in_a_generic_function<T: ::ply::Scalar, const H: usize>(model: &::ply::Model<Wide<H>, T>) -> usize {
    ::ply::network! { Beside<const W: usize>: Flat<W> => Flat<W> { residual { dense(W) } } }
    model.layer(Wide::<H>::out()).weight().len() + <Beside<H> as ::ply::Layer>::PARAMS
}

/// In a method of a trait's implementation.
#[derive(Debug, Clone, Copy)]
pub struct InAMethod;

impl ::core::convert::From<InAMethod> for usize {
    fn from(_: InAMethod) -> Self {
        ::ply::network! { Net: Flat<2> => Flat<2> { residual { dense(2) } shortcut { dense(2) } } }
        <Net as ::ply::Layer>::PARAMS
    }
}

/// Declares a classifier: a macro that calls `network!`, with each kind of fragment, from any crate.
#[macro_export]
macro_rules! classifier {
    (
        $(#[$attribute:meta])*
        $visibility:vis $name:ident: $inputs:literal => $outputs:expr, hidden $($label:ident: $size:tt)+,
        by $activation:ident, after $stem:path, before { $($rest:tt)* }
    ) => {
        $crate::ply::network! {
            $(#[$attribute])*
            $visibility $name: Flat<$inputs> => Flat<{ $outputs }> {
                $stem,
                $($label: dense($size), $activation,)+
                $($rest)*
                dense({ $outputs })
            }
        }
    };
}

::ply::network! {
    /// A first layer.
    pub Stem: Flat<6> => Flat<6> { scale }
}

classifier! {
    /// By a macro of this crate.
    pub Classifier: 6 => 1 + 1, hidden first: 4 second: 3, by relu, after Stem, before { dropout(0.5), }
}
