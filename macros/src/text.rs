//! Tokens as a user would write them, for messages.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The source of some tokens, without the spaces that printing a token stream puts everywhere.
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

/// What stands at the beginning of some tokens, quoted.
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
}
