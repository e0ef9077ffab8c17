//! Re-exports the items that the expansion of `network!` names: this is the path of all of them.

/// A pair of layers as an expansion writes it; a tuple could only have the span of one token.
pub type Pair<A, B> = (A, B);

/// Proofs in constants, of sizes and shapes and of budgets.
pub mod proof {
    pub use crate::core::proof::*;
    pub use crate::networks::budget::{flops, kept, memory, params, trained, training_memory};
}

pub use crate::layer::*;
pub use crate::*;
