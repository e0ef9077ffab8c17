//! What the macro of a user's own hands on: a fragment such as `$body:block` stands in invisible brackets.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens with each fragment that is a single token or group in place of its invisible brackets. Those around a
/// calculation stay, for they say what belongs together.
pub(crate) fn unwrapped(tokens: TokenStream) -> TokenStream {
    tokens.into_iter().map(unwrap).collect()
}

fn unwrap(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = token else { return token };
    if !holds_fragment(&group) {
        // a group that is made anew forgets where its brackets are
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

/// Whether a fragment stands in a group, at any depth, or is it.
fn holds_fragment(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
        || group
            .stream()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Group(group) if holds_fragment(&group)))
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
