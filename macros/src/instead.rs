//! What people write instead of a comma, a layer or braces.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Lit, LitStr, Meta, Result, Token, token};

use crate::ast::{Block, Layer};
use crate::check::known;
use crate::errors::Errors;
use crate::mend::Mend;
use crate::parse::{expected, mended, skip, up_to_comma, within};
use crate::parse_layers::layers;
use crate::parse_shape::names_shape;
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

/// `let fc1 =`, `fc1 @`: how a label is written that is none. Takes it.
pub(crate) fn assigned(input: ParseStream) -> Option<(Ident, TokenStream)> {
    let ahead = input.fork();
    let word: Option<Token![let]> = ahead.parse().ok()?;
    let label: Ident = ahead.parse().ok()?;
    let sign: TokenTree = ahead.parse().ok()?;
    let sign_of_let =
        word.is_some() && matches!(&sign, TokenTree::Punct(sign) if "=:".contains(sign.as_char()));
    let at = matches!(&sign, TokenTree::Punct(sign) if sign.as_char() == '@');
    (sign_of_let || at).then(|| {
        input.advance_to(&ahead);
        (label.clone(), quote!(#word #label #sign))
    })
}

/// `: fc1`, `as fc1`: a label behind its layer. Takes it.
pub(crate) fn label_behind(input: ParseStream) -> Option<TokenStream> {
    let ahead = input.fork();
    let sign: TokenTree = ahead.parse().ok()?;
    let label: Ident = ahead.parse().ok()?;
    let joins = matches!(sign.to_string().as_str(), ":" | "as");
    let ends = ahead.is_empty() || ahead.peek(Token![,]);
    (joins && ends && !known(&label.to_string())).then(|| {
        input.advance_to(&ahead);
        quote!(#sign #label)
    })
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

/// `kernel == 3`, `kernel => 3`: an option, and the sign that is not `=`. Takes both.
pub(crate) fn other_sign(input: ParseStream) -> Option<(Ident, TokenStream)> {
    let ahead = input.fork();
    let option: Ident = ahead.parse().ok()?;
    let sign = if ahead.peek(Token![==]) {
        ahead.parse::<Token![==]>().ok()?.into_token_stream()
    } else {
        ahead.parse::<Token![=>]>().ok()?.into_token_stream()
    };
    input.advance_to(&ahead);
    Some((option, sign))
}

/// Whether a layer of the library begins here.
pub(crate) fn begins_layer(input: ParseStream) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|word| known(&word.to_string()))
}

/// `repeat(3) dense(8)`: one layer instead of braces.
pub(crate) fn bare_block(input: ParseStream, keyword: &Ident, errors: &mut Errors) -> Result<Block> {
    let mut layer = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        layer.extend([input.parse::<TokenTree>()?]);
    }
    let written = format!("{{ {} }}", text(layer.clone()));
    let mend = Mend::Write(&written);
    let found = text(layer.clone());
    errors.push(&layer, format!("expected the layers of `{keyword}` in braces, found `{found}`{mend}"));
    let mut braces = Group::new(Delimiter::Brace, layer.clone());
    braces.set_span(keyword.span());
    let layers = within(&braces, |content| Ok(layers(content, errors)))?;
    Ok(Block { word: None, braces, layers })
}

/// `residual(dense(4), relu)`, `concat[relu, tanh]`: layers in other brackets than braces.
pub(crate) fn bracketed_block(group: &Group, keyword: &Ident, errors: &mut Errors) -> Result<Vec<Block>> {
    let bracket = if group.delimiter() == Delimiter::Bracket { '[' } else { '(' };
    let braced =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let inner: Vec<TokenTree> = group
        .stream()
        .into_iter()
        .filter(|tree| !matches!(tree, TokenTree::Punct(comma) if comma.as_char() == ','))
        .collect();
    let parts = if inner.iter().all(braced) {
        let contents = inner.into_iter().filter_map(|tree| match tree {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        });
        contents.collect()
    } else if keyword == "concat" {
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
    let written = written.join(" ");
    let mend = Mend::Write(&written);
    errors.push(group, format!("expected the layers of `{keyword}` in braces, found `{bracket}`{mend}"));
    let block = |part: TokenStream| {
        let mut braces = Group::new(Delimiter::Brace, part);
        braces.set_span(group.span());
        let layers = within(&braces, |content| Ok(layers(content, errors)))?;
        Ok(Block { word: None, braces, layers })
    };
    parts.into_iter().map(block).collect()
}
