//! What `network!` writes down mentions everything of the library by this path.

/// Two layers as they stand in an expansion, where a tuple could not be given the place of more than one token.
pub type Pair<A, B> = (A, B);

/// Proofs in constants: of sizes and shapes, and of budgets.
pub mod proof {
    pub use crate::core::proof::*;
    pub use crate::networks::budget::{flops, kept, memory, params, trained, training_memory};
}

pub use crate::layer::*;
pub use crate::*;
