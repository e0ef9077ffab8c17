//! The mistakes of all networks of one call, reported together, each on its own token.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<Error>);

impl Errors {
    /// Blames tokens, all of them.
    pub(crate) fn push(&mut self, blamed: impl ToTokens, message: impl Display) {
        self.0.push(Error::new_spanned(blamed, message));
    }

    /// Blames a place.
    pub(crate) fn push_at(&mut self, blamed: Span, message: impl Display) {
        self.0.push(Error::new(blamed, message));
    }

    /// Takes a mistake that is put in words already.
    pub(crate) fn add(&mut self, error: Error) {
        self.0.push(error);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A `compile_error!` for each.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.into_iter().map(Error::into_compile_error).collect()
    }
}
