//! Reads tokens: reports what is expected, skips, and splits the content of brackets at commas.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Lit, Result, Token, braced, token};

use crate::report::{Errors, Mend};
use crate::tokens::first;

/// Parses the content of brackets: a token missing at the end is blamed on the closing bracket.
pub(crate) fn within<T>(group: &Group, parse: impl FnOnce(ParseStream) -> Result<T>) -> Result<T> {
    let mut braces = Group::new(Delimiter::Brace, group.stream());
    braces.set_span(group.span_close());
    let parser = |input: ParseStream| {
        let content;
        braced!(content in input);
        parse(&content)
    };
    parser.parse2(braces.into_token_stream())
}

/// Returns the error that something else was expected, with help.
pub(crate) fn mended(input: ParseStream, what: &str, mend: &Mend) -> Error {
    let error = expected(input, what);
    Error::new(error.span(), format!("{error}{mend}"))
}

/// Returns the error that something else was expected, at the token that was found.
pub(crate) fn expected(input: ParseStream, what: &str) -> Error {
    Error::new(input.span(), format!("expected {what}, found {}", first(input.cursor().token_stream())))
}

/// Skips to the next comma, or at the end.
pub(crate) fn skip_to_comma(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        skip(input);
    }
}

/// Skips one token.
pub(crate) fn skip(input: ParseStream) {
    let _: Result<TokenTree> = input.parse();
}

/// Reads `<a, b>`: the parts between commas, and all tokens. After `count` parts, a missing bracket can be recognized.
pub(crate) fn in_angle_brackets(
    input: ParseStream,
    count: usize,
    errors: &mut Errors,
) -> Result<(Vec<TokenStream>, TokenStream)> {
    let mut all = input.parse::<Token![<]>()?.into_token_stream();
    let mut parts = Vec::new();
    while !input.peek(Token![>]) {
        let part = up_to_comma(input);
        if part.is_empty() {
            return Err(expected(input, "a size or `>`"));
        }
        part.to_tokens(&mut all);
        // `Flat<<8>`: the missing bracket is not at the end
        let opened = part.clone().into_iter().any(|token| token.to_string() == "<");
        parts.push(part);
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?.to_tokens(&mut all);
        } else if parts.len() == count && !opened && (input.peek(Token![=>]) || input.peek(token::Brace)) {
            errors.add(mended(input, "`>` after the sizes of a shape", &Mend::Before(">")));
            return Ok((parts, all));
        } else if parts.len() < count && (input.peek(Lit) || input.peek(Ident::peek_any)) {
            errors.add(mended(input, "`,` between two sizes", &Mend::Before(",")));
        } else if !input.peek(Token![>]) {
            return Err(expected(input, "`,` or `>`"));
        }
    }
    input.parse::<Token![>]>()?.to_tokens(&mut all);
    Ok((parts, all))
}

/// Reads the tokens before the next comma, or before a token that cannot belong to a value: of two adjacent words, the
/// second is the next value. Commas in angle brackets do not count.
pub(crate) fn up_to_comma(input: ParseStream) -> TokenStream {
    let mut part = TokenStream::new();
    let mut depth = 0_usize;
    let mut before = Word::None;
    while !input.is_empty() {
        let brace = input.peek(token::Brace) && !part.is_empty();
        if brace || input.peek(Token![;]) || input.peek(Token![=>]) {
            break;
        }
        if input.peek(Token![<]) {
            depth += 1;
        } else if input.peek(Token![>]) {
            if depth == 0 {
                break;
            }
            depth -= 1;
        } else if input.peek(Token![,]) && depth == 0 {
            break;
        }
        let word = match input.fork().parse::<TokenTree>() {
            Ok(TokenTree::Ident(word)) if word == "as" => Word::Joins,
            Ok(TokenTree::Ident(_) | TokenTree::Literal(_)) => Word::Stands,
            _ => Word::None,
        };
        if (&before, &word) == (&Word::Stands, &Word::Stands) {
            break;
        }
        before = word;
        match input.parse::<TokenTree>() {
            Ok(token) => part.extend([token]),
            Err(_) => break,
        }
    }
    part
}

/// A classification of tokens into words and numbers, and others.
#[derive(PartialEq)]
enum Word {
    /// The token is a word or a number.
    Stands,
    /// The token is `as`, which joins two words.
    Joins,
    /// The token is neither.
    None,
}

/// Splits tokens at their commas.
pub(crate) fn separated(tokens: TokenStream) -> Vec<TokenStream> {
    let parser = |input: ParseStream| {
        let mut parts = Vec::new();
        while !input.is_empty() {
            parts.push(up_to_comma(input));
            skip(input);
        }
        Ok(parts)
    };
    parser.parse2(tokens).unwrap_or_default()
}

/// Reports `# comment`, `//! what it does`: signs before a layer or network that do not begin an attribute.
pub(crate) fn no_attribute(input: ParseStream, what: &str) -> Result<()> {
    if !input.peek(Token![#]) || input.peek2(token::Bracket) {
        return Ok(());
    }
    let problem = expected(input, what);
    let note = if input.peek2(Token![!]) {
        "documentation begins with `///` and stands before the network, other comments with `//`"
    } else {
        "a comment begins with `//`"
    };
    Err(Error::new(problem.span(), format!("{problem}\nnote: {note}")))
}
