//! What people write instead of a comma, a layer or braces.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Lit, LitStr, Meta, Result, Token, token};

use crate::ast::{Block, Layer};
use crate::errors::Errors;
use crate::mend::Mend;
use crate::parse::{expected, mended, skip, up_to_comma, within};
use crate::parse_layers::layers;
use crate::table;
use crate::text::text;

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

/// `Dense(10)`
pub(crate) fn misplaced_arguments(input: ParseStream) -> Result<Layer> {
    let (word, arguments): (Ident, Group) = (input.call(Ident::parse_any)?, input.parse()?);
    let lower = word.to_string().to_lowercase();
    let problem = format!("`{word}` is a type and takes no arguments in `(…)`");
    Err(if table::find(&lower).is_some() {
        let mend = Mend::Write(&lower);
        Error::new(word.span(), format!("{problem}{mend}, for the library's layers are in lower case"))
    } else {
        let typed = format!("{word}<{}>", text(arguments.stream()));
        let mend = Mend::Write(&typed);
        Error::new_spanned(
            quote!(#word #arguments),
            format!("{problem}{mend}, for a layer of your own takes its sizes in angle brackets"),
        )
    })
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

/// `residual(dense(4), relu)`, `concat(relu, tanh)`: layers in round brackets instead of braces.
pub(crate) fn round_block(group: &Group, keyword: &Ident, errors: &mut Errors) -> Result<Vec<Block>> {
    let parts = if keyword == "concat" {
        let parser = |input: ParseStream| {
            let mut parts = Vec::new();
            while !input.is_empty() {
                parts.push(up_to_comma(input));
                skip(input);
            }
            Ok(parts)
        };
        parser.parse2(group.stream())?
    } else {
        vec![group.stream()]
    };
    let written: Vec<String> = parts.iter().map(|part| format!("{{ {} }}", text(part.clone()))).collect();
    let mend = Mend::Write(&written.join(" "));
    errors.push(group, format!("expected the layers of `{keyword}` in braces, found `(`{mend}"));
    let block = |part: TokenStream| {
        let mut braces = Group::new(Delimiter::Brace, part);
        braces.set_span(group.span());
        let layers = within(&braces, |content| Ok(layers(content, errors)))?;
        Ok(Block { word: None, braces, layers })
    };
    parts.into_iter().map(block).collect()
}
