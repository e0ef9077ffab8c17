//! What `network!` writes down mentions everything by this path: the library, and the macro that `network!` calls.

pub use crate::*;
pub use plywood_macros::network;
