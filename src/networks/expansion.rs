//! What `network!` writes down mentions everything of the library by this path.

/// Two layers as they stand in an expansion, where a tuple could not be given the place of more than one token.
pub type Pair<A, B> = (A, B);

pub use crate::layer::*;
pub use crate::*;
