//! What `network!` writes down mentions everything by this path: the library, and the macro that `network!` calls.

/// Two layers as they stand in an expansion, where a tuple could not be given the place of more than one token.
pub type Pair<A, B> = (A, B);

pub use crate::*;
pub use plywood_macros::network;
