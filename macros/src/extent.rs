//! From where to where some tokens of the user's reach.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The places of the first and the last of some tokens: what lies there is blamed as they are.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    /// Of the first.
    pub(crate) first: Span,
    /// Of the last.
    pub(crate) last: Span,
}

impl Extent {
    /// That of the call.
    pub(crate) fn call_site() -> Self {
        Self { first: Span::call_site(), last: Span::call_site() }
    }

    /// That of some tokens.
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut spans = tokens.into_token_stream().into_iter().map(|token| token.span());
        let Some(first) = spans.next() else { return Self::call_site() };
        Self { first, last: spans.last().unwrap_or(first) }
    }

    /// From where the first of some begins to where the last ends, if there are any.
    pub(crate) fn of_all(extents: impl IntoIterator<Item = Self>) -> Option<Self> {
        extents.into_iter().reduce(|all, next| Self { first: all.first, last: next.last })
    }

    /// Tokens that lie where the first token does, of which the last is moved to the last one's place.
    pub(crate) fn close(self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
        if let Some(last) = tokens.last_mut() {
            last.set_span(self.last);
        }
        tokens.into_iter().collect()
    }
}
