//! The `network!` macro of plywood.
//!
//! A call is read, analyzed and written down. Each module below uses those above it and never those below it, and no
//! two files import from each other; `tests/direction.rs` reads the imports and fails on an arrow that runs back.
//!
//! | module | holds |
//! |---|---|
//! | `tokens` | tokens: how they read, where they lie |
//! | `report` | mistakes: the tokens that each blames, and how it is mended |
//! | `decimal` | decimal numbers, exactly |
//! | `library` | the paths by which an expansion finds the library |
//! | `keyword` | the words of the language: a row for each layer |
//! | `suggest` | what a user may have meant; it is asked for tokens and words, so that parsing can use it |
//! | `parse` | tokens to the syntax tree |
//! | `analyze` | the syntax tree to types: shapes, arguments, and the rule book `check` |
//! | `emit` | the expansion |

#![forbid(unsafe_code)]

mod analyze;
mod decimal;
mod emit;
mod keyword;
mod library;
mod parse;
mod report;
mod suggest;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro::TokenStream;

/// Expands `plywood::network!`, which is where its documentation is. Before the networks stands, in square brackets,
/// where the calling crate finds what the expansion mentions.
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    emit::call(input.into()).into()
}
