//! Reads the path of a user's own layer, and other forms that people write for its sizes.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Error, Expr, Path, Result, Token, token};

use crate::parse::input::in_angle_brackets;
use crate::report::{Errors, Mend};
use crate::tokens::{is_computed, split_at_commas, text};

/// Reads `MyLayer<64>`.
pub(crate) fn path(input: ParseStream) -> Result<TokenStream> {
    if let Some(error) = other_sizes(input) {
        return Err(error);
    }
    let path: Path = input.parse()?;
    let written = text(path.to_token_stream());
    if input.peek(token::Paren) || input.peek(token::Bracket) || input.peek(token::Brace) {
        let ahead = input.fork();
        let group: Group = ahead.parse()?;
        if let Some(typed) = without_values(&path, &group) {
            input.advance_to(&ahead);
            let found = text(quote!(#path #group));
            let problem = format!("a layer of your own is named by its type: found `{found}`");
            return Err(Error::new_spanned(
                quote!(#path #group),
                format!("{problem}{}", Mend::Write(&typed)),
            ));
        }
    }
    if written.ends_with("::<>") {
        return Err(Error::new_spanned(path, format!("expected sizes in angle brackets, found `{written}`")));
    }
    Ok(path.into_token_stream())
}

/// Reads `Gain<8>()`, `Gain::<8>::new()`, `Gain { n: 8 }`, `Gain[8]`, and returns the type that is meant, if it is
/// known.
fn without_values(path: &Path, group: &Group) -> Option<String> {
    let mut segments: Vec<String> =
        path.segments.iter().map(|segment| text(segment.to_token_stream())).collect();
    if path.segments.len() > 1
        && segments.last().is_some_and(|last| matches!(last.as_str(), "new" | "default"))
    {
        segments.pop();
    }
    let typed = segments.join("::");
    let values: Option<Vec<String>> =
        split_at_commas(group.stream()).iter().map(|part| value(part)).collect();
    let values = values?;
    match group.delimiter() {
        _ if values.is_empty() => Some(typed),
        Delimiter::Brace | Delimiter::Bracket if !typed.ends_with('>') => {
            Some(format!("{typed}<{}>", values.join(", ")))
        }
        Delimiter::Parenthesis => Some(typed),
        _ => None,
    }
}

/// Reads `8`, `n: 8`, `n = 8`, and returns the value, if it is a single one that a type can have.
fn value(part: &[TokenTree]) -> Option<String> {
    let sign = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if ":=".contains(sign.as_char()));
    match part {
        [value @ (TokenTree::Literal(_) | TokenTree::Ident(_))] => Some(value.to_string()),
        [TokenTree::Ident(_), equals, value @ (TokenTree::Literal(_) | TokenTree::Ident(_))]
            if sign(equals) =>
        {
            Some(value.to_string())
        }
        _ => None,
    }
}

/// Reads and takes a path with sizes that Rust does not accept in this form: `Gain<H * 2>`, `Gain<_>`, `Gain<n = 8>`.
fn other_sizes(input: ParseStream) -> Option<Error> {
    let ahead = input.fork();
    let mut before = TokenStream::new();
    while !ahead.peek(Token![<]) {
        match ahead.parse::<TokenTree>().ok()? {
            token @ TokenTree::Ident(_) => token.to_tokens(&mut before),
            TokenTree::Punct(colon) if colon.as_char() == ':' => colon.to_tokens(&mut before),
            _ => return None,
        }
    }
    let (parts, all) = in_angle_brackets(&ahead, usize::MAX, &mut Errors::default()).ok()?;
    let blank = parts.iter().find_map(|part| placeholder(part.clone()));
    if let Some(blank) = blank {
        input.advance_to(&ahead);
        let problem = "the sizes of a layer of your own are written out: found `_`";
        return Some(Error::new(blank.span(), format!("{problem}{}", Mend::Write("SIZE"))));
    }
    let meant: Vec<Option<String>> = parts.iter().map(size).collect();
    if meant.iter().all(Option::is_none) {
        return None;
    }
    input.advance_to(&ahead);
    let written: Vec<String> =
        parts.iter().zip(meant).map(|(part, meant)| meant.unwrap_or_else(|| text(part.clone()))).collect();
    let written = format!("{}<{}>", text(before.clone()), written.join(", "));
    let found = text(quote!(#before #all));
    Some(Error::new_spanned(
        quote!(#before #all),
        format!(
            "found `{found}`, expected sizes: a number, a constant, or a calculation in braces{}",
            Mend::Write(&written)
        ),
    ))
}

/// Finds `_` at any depth.
fn placeholder(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ref word) if word == "_" => Some(token),
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => placeholder(group.stream()),
        _ => None,
    })
}

/// Returns the correct form of a size that Rust does not accept as it is.
fn size(part: &TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = part.clone().into_iter().collect();
    if let [TokenTree::Group(group)] = &trees[..]
        && group.delimiter() == Delimiter::Parenthesis
        && let Ok(inner @ (Expr::Lit(_) | Expr::Binary(_))) = syn::parse2(group.stream())
    {
        let inside = text(group.stream());
        return Some(if matches!(inner, Expr::Lit(_)) { inside } else { format!("{{ {inside} }}") });
    }
    if is_computed(part) {
        return Some(format!("{{ {} }}", text(part.clone())));
    }
    match &trees[..] {
        [TokenTree::Ident(_), _, _] => value(&trees),
        _ => None,
    }
}
