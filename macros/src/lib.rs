//! The `network!` macro of plywood.

mod absent;
mod arguments;
mod assign;
mod ast;
mod block_kind;
mod blocks;
mod branch;
mod budget;
mod check;
mod cycle;
mod decimal;
#[cfg(test)]
mod editor;
mod elsewhere;
mod errors;
mod expand;
mod extent;
mod fold;
mod foreign;
mod fragment;
#[cfg(test)]
mod hygiene;
mod infer;
mod instead;
mod instead_of_blocks;
mod krate;
mod last;
mod mend;
#[cfg(test)]
mod mutation;
mod names;
mod nearest;
mod parse;
mod parse_arguments;
mod parse_label;
mod parse_layers;
mod parse_path;
mod parse_shape;
mod place;
mod shape;
mod shortcut;
mod size;
mod table;
mod text;
mod value;
mod word;

use proc_macro::TokenStream;

/// The expansion of `plywood::network!`, which is where its documentation is. Before the networks stands, in square
/// brackets, where the calling crate finds what the expansion mentions.
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    expand::call(input.into()).into()
}
