//! Handles tokens without reference to networks: their text, their positions, and their content.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;

/// Returns the source of some tokens, without the spaces that printing a token stream puts everywhere.
pub(crate) fn text(tokens: impl IntoIterator<Item = TokenTree>) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for token in tokens {
        let word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if (word && after_word) || text.ends_with(',') {
            text.push(' ');
        }
        after_word = word;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                text.push_str(&self::text(group.stream()));
                text.push_str(close);
            }
            token => text.push_str(&token.to_string()),
        }
    }
    text
}

/// Returns the first of some tokens in quotes, for messages.
pub(crate) fn first(tokens: TokenStream) -> String {
    match tokens.into_iter().next() {
        None => "the end".to_owned(),
        Some(TokenTree::Group(group)) => match group.delimiter() {
            Delimiter::Parenthesis => "`(`".to_owned(),
            Delimiter::Brace => "`{`".to_owned(),
            Delimiter::Bracket => "`[`".to_owned(),
            Delimiter::None => first(group.stream()),
        },
        Some(token) => format!("`{token}`"),
    }
}

/// The places of the first and the last of some tokens; tokens with these places are blamed as they are.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    /// The place of the first token.
    pub(crate) first: Span,
    /// The place of the last token.
    pub(crate) last: Span,
}

impl Extent {
    /// Returns the extent of the call.
    pub(crate) fn call_site() -> Self {
        Self { first: Span::call_site(), last: Span::call_site() }
    }

    /// Returns the extent of some tokens.
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut spans = tokens.into_token_stream().into_iter().map(|token| token.span());
        let Some(first) = spans.next() else { return Self::call_site() };
        Self { first, last: spans.last().unwrap_or(first) }
    }

    /// Returns the extent from the beginning of the first extent to the end of the last, if there are any.
    pub(crate) fn of_all(extents: impl IntoIterator<Item = Self>) -> Option<Self> {
        extents.into_iter().reduce(|all, next| Self { first: all.first, last: next.last })
    }

    /// Returns tokens with the place of the first token, except the last one, which gets the place of the last.
    pub(crate) fn close(self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
        if let Some(last) = tokens.last_mut() {
            last.set_span(self.last);
        }
        tokens.into_iter().collect()
    }
}

/// Returns the tokens with each fragment that is a single token or group in place of its invisible brackets. Brackets
/// around a calculation stay, because they show what belongs together.
pub(crate) fn unwrapped(tokens: TokenStream) -> TokenStream {
    tokens.into_iter().map(unwrap).collect()
}

fn unwrap(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = token else { return token };
    if !holds_fragment(&group) {
        // a new group loses the places of its brackets
        return group.into();
    }
    let inner = unwrapped(group.stream());
    let mut tokens = inner.clone().into_iter();
    match (group.delimiter(), tokens.next(), tokens.next()) {
        (Delimiter::None, Some(only), None) => only,
        (delimiter, ..) => {
            let mut same = Group::new(delimiter, inner);
            same.set_span(group.span());
            same.into()
        }
    }
}

/// Returns true if a group is a fragment, or contains one at any depth.
fn holds_fragment(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
        || group
            .stream()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Group(group) if holds_fragment(&group)))
}

/// Returns the same tokens, with `gen` as a name even in the editions where it is a keyword of Rust.
pub(crate) fn in_any_edition(tokens: TokenStream) -> TokenStream {
    raw_gen(&tokens).unwrap_or(tokens)
}

/// Returns the tokens with `r#gen` for each `gen`, if there is one: a new group would lose the places of its brackets.
fn raw_gen(tokens: &TokenStream) -> Option<TokenStream> {
    let mut found = false;
    let renamed: TokenStream = tokens
        .clone()
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(word) if word == "gen" => {
                found = true;
                Ident::new_raw("gen", word.span()).into()
            }
            TokenTree::Group(group) => match raw_gen(&group.stream()) {
                Some(stream) => {
                    found = true;
                    let mut inner = Group::new(group.delimiter(), stream);
                    inner.set_span(group.span());
                    inner.into()
                }
                None => group.into(),
            },
            token => token,
        })
        .collect();
    found.then_some(renamed)
}

/// Returns the first word among some tokens, at any depth, that is a parameter of the network.
pub(crate) fn mentioned(tokens: TokenStream, params: &[Ident]) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if params.contains(&ident) => Some(ident),
        TokenTree::Group(group) => mentioned(group.stream(), params),
        _ => None,
    })
}

/// Returns the token, if there is only one.
pub(crate) fn single(tokens: &TokenStream) -> Option<TokenTree> {
    let mut tokens = tokens.clone().into_iter();
    tokens.next().filter(|_| tokens.next().is_none())
}

/// Returns true if some tokens are an expression that computes something.
pub(crate) fn is_computed(tokens: &TokenStream) -> bool {
    matches!(
        syn::parse2(tokens.clone()),
        Ok(Expr::Binary(_)
            | Expr::Call(_)
            | Expr::Cast(_)
            | Expr::Field(_)
            | Expr::Index(_)
            | Expr::MethodCall(_))
    )
}

/// Splits tokens at their commas, and leaves out empty parts.
pub(crate) fn split_at_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let parts = tokens.split(comma).map(<[TokenTree]>::to_vec);
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_the_source() {
        for source in ["MyLayer<64, 3>", "crate::sizes::HIDDEN", "-3", "0.5", "a b", "{ N*2 }", "f(1, 2)"] {
            assert_eq!(text(source.parse::<TokenStream>().unwrap()), source);
        }
        assert_eq!(first("{ a } b".parse().unwrap()), "`{`");
        assert_eq!(first(TokenStream::new()), "the end");
    }

    #[test]
    fn keeps_what_belongs_together() {
        let group = |delimiter, source: &str| {
            TokenTree::from(Group::new(delimiter, source.parse::<TokenStream>().unwrap()))
        };
        let fragment = |token: TokenTree| TokenTree::from(Group::new(Delimiter::None, token.into()));
        let block = fragment(fragment(group(Delimiter::Brace, "dense(8)")));
        assert_eq!(unwrapped(block.into()).to_string(), "{ dense (8) }");
        let sum = group(Delimiter::None, "a + b");
        let kept = unwrapped(sum.into()).into_iter().next();
        assert!(matches!(kept, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None));
    }
}
