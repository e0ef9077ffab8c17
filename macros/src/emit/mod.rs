//! Writes all networks of one call as Rust, after their mistakes.

mod expansion;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::analyze::{self, check};
use crate::emit::expansion::Expansion;
use crate::parse;
use crate::report::Errors;
use crate::tokens::{in_any_edition, unwrapped};

/// Expands a call: the path of the library in brackets, and networks.
pub(crate) fn call(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(library)) => in_any_edition(networks(&library.stream(), tokens.collect())),
        _ => TokenStream::new(),
    }
}

/// Expands all networks of one call, their mistakes first.
pub(crate) fn networks(library: &TokenStream, tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut networks = parse::networks(unwrapped(tokens), &mut errors);
    check::types_for_layers(&mut networks, &mut errors);
    check::circles(&mut networks, &mut errors);
    if networks.is_empty() && errors.len() == 0 {
        errors.push_at(Span::call_site(), "expected a network: `Name: Flat<IN> => Flat<OUT> { … }`");
    }
    let parsed_well = errors.len() == 0;
    let networks: TokenStream = networks
        .iter()
        .map(|network| {
            let before = errors.len();
            let inferred = analyze::network(network, &mut errors);
            let sound = parsed_well && errors.len() == before;
            Expansion { library, network, inferred, sound }.into_token_stream()
        })
        .collect();
    let errors = errors.into_tokens();
    quote!(#errors #networks)
}
