//! Provides the `network!` macro of plywood.
//!
//! A call is read, analyzed and written as Rust. Each module below uses those above it and never those below it, and no
//! two files import from each other; `tests/direction.rs` reads the imports and fails on an arrow that runs back.
//!
//! | module | holds |
//! |---|---|
//! | `tokens` | tokens: their text, their positions |
//! | `report` | mistakes: the tokens that each blames, and the help for it |
//! | `decimal` | decimal numbers, exactly |
//! | `library` | the paths by which an expansion finds the library |
//! | `keyword` | the words of the language: a row for each layer |
//! | `suggest` | guesses at what a user may have meant; it takes tokens and words, so that parsing can use it |
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

/// Expands `plywood::network!`, which has the documentation. Before the networks, in square brackets, is the path by
/// which the calling crate finds the items that the expansion mentions.
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    emit::call(input.into()).into()
}
