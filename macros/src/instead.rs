//! What people write instead of a comma, a layer or braces.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Attribute, Error, Lit, LitStr, Meta, Result, Token, token};

use crate::check::known;
use crate::errors::Errors;
use crate::mend::Mend;
use crate::parse::{expected, mended, skip};
use crate::parse_shape::names_shape;
use crate::table;

/// What is expected.
pub(crate) const LAYER: &str = "a layer";

/// Takes what stands for a comma: a semicolon, or other signs before what may be a layer.
pub(crate) fn separator(input: ParseStream) -> Option<TokenStream> {
    let ahead = input.fork();
    let mut signs = TokenStream::new();
    while let Some((sign, _)) =
        ahead.cursor().punct().filter(|(sign, _)| !matches!(sign.as_char(), ',' | '#'))
    {
        skip(&ahead);
        signs.extend([TokenTree::Punct(sign.clone())]);
        if sign.as_char() == ';' {
            break;
        }
    }
    let semicolon = signs.to_string() == ";";
    let path = signs.to_string() == "::";
    let before_layer = ahead.peek(Ident::peek_any) && !signs.is_empty() && !path;
    (semicolon || before_layer).then(|| {
        input.advance_to(&ahead);
        signs
    })
}

/// Reports attributes of a layer, which has none.
pub(crate) fn attributes(input: ParseStream, errors: &mut Errors) -> Result<()> {
    no_attribute(input, LAYER)?;
    for attribute in input.call(Attribute::parse_outer)? {
        let doc = match &attribute.meta {
            Meta::NameValue(doc) if doc.path.is_ident("doc") => {
                syn::parse2::<LitStr>(doc.value.to_token_stream()).ok()
            }
            _ => None,
        };
        let (found, help) = match doc.map(|doc| doc.value()) {
            Some(text) => ("documentation", Mend::Write(&format!("//{}", text.trim_end())).to_string()),
            None => ("an attribute", Mend::Remove.to_string()),
        };
        errors.push(&attribute, format!("a layer has no attributes: found {found}{help}"));
    }
    Ok(())
}

/// What stands where a layer should, and is none.
pub(crate) fn no_layer(input: ParseStream) -> Error {
    if input.peek(Token![,]) {
        return mended(input, LAYER, &Mend::Remove);
    }
    if input.peek(token::Brace) {
        let problem = expected(input, LAYER);
        let note = "layers follow one another without braces; those of a block stand behind its word: `residual { … }`";
        return Error::new(problem.span(), format!("{problem}\nnote: {note}"));
    }
    match input.fork().parse::<Lit>() {
        Ok(Lit::Str(string)) if input.peek2(Token![:]) => {
            mended(input, "a label without quotes", &Mend::Write(&string.value()))
        }
        Ok(Lit::Int(_)) if input.peek2(Token![*]) => {
            let problem = expected(input, LAYER);
            Error::new(
                problem.span(),
                format!("{problem}\nnote: layers that come again are written `repeat(3) {{ … }}`"),
            )
        }
        Ok(Lit::Int(outputs)) if outputs.suffix().is_empty() => {
            mended(input, LAYER, &Mend::Write(&format!("dense({outputs})")))
        }
        _ => expected(input, LAYER),
    }
}

/// `# comment`, `//! what it does`: signs before a layer or network that begin no attribute. Where there is one, an error.
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

/// `dense 8`, `conv { 6 }`, `conv(6)(5)`: what a layer takes, not in round brackets or in several. Takes what follows those
/// that were, if they were; the tokens and the arguments in them.
pub(crate) fn misplaced_values(
    input: ParseStream,
    keyword: &Ident,
    brackets: bool,
) -> Option<(TokenStream, TokenStream)> {
    let takes = table::find(&keyword.to_string()).is_some_and(|keyword| keyword.positional > 0);
    if takes && !brackets && input.peek(Lit) {
        let value: Lit = input.parse().ok()?;
        return Some((value.to_token_stream(), value.into_token_stream()));
    }
    if takes && (brackets && input.peek(token::Paren) || !brackets && input.peek(token::Brace)) {
        let group: Group = input.parse().ok()?;
        return Some((group.to_token_stream(), group.stream()));
    }
    None
}

/// `residual { … }, shortcut { … }`
pub(crate) fn misplaced_block(word: &Ident) -> Error {
    Error::new(
        word.span(),
        match word.to_string().as_str() {
            "shortcut" => {
                "`shortcut` is no layer: it belongs to a `residual`\n\
                 note: it is written `residual { … } shortcut { … }`, without a comma"
            }
            _ => {
                "`budget` is no layer: it follows the network's layers\n\
                 note: it is written `Name: Flat<IN> => Flat<OUT> { … } budget { … }`"
            }
        },
    )
}

/// `todo!()`, or a network among the layers.
pub(crate) fn no_other_item(input: ParseStream, label: Option<&Ident>) -> Result<()> {
    if input.peek(syn::Ident) && input.peek2(Token![!]) {
        let word: Ident = input.parse()?;
        return Err(Error::new(word.span(), format!("expected {LAYER}, found the macro `{word}!`")));
    }
    match label {
        Some(label) if names_shape(input) => Err(Error::new(
            label.span(),
            format!(
                "expected {LAYER}, found the network `{label}: …`\n\
                 note: networks are declared one behind the other, and `{label}` is then a layer of the next"
            ),
        )),
        _ => Ok(()),
    }
}

/// Whether a layer of the library begins here.
pub(crate) fn begins_layer(input: ParseStream) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|word| known(&word.to_string()))
}
