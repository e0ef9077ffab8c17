//! What people write instead of layers in braces.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result, Token, token};

use crate::ast::{Argument, Block, Call};
use crate::block_kind;
use crate::check::known;
use crate::errors::Errors;
use crate::mend::Mend;
use crate::parse::{skip, up_to_comma, within};
use crate::parse_layers::layers;
use crate::text::text;

/// `shortcut(identity)`, `shortcut conv(8, 1)`, `s: shortcut { … }`: the shortcut of a residual, not as it is written.
/// Takes it, or what makes it wrong.
pub(crate) fn other_shortcut(input: ParseStream, errors: &mut Errors) -> Result<Option<Block>> {
    let is_word = |input: ParseStream| input.fork().parse::<Ident>().is_ok_and(|word| word == "shortcut");
    let ahead = input.fork();
    if let (Ok(label), Ok(colon)) = (ahead.parse::<Ident>(), ahead.parse::<Token![:]>())
        && is_word(&ahead)
    {
        input.advance_to(&ahead);
        let tokens = quote!(#label #colon);
        errors.push(tokens, format!("a `shortcut` has no label: found `{label}:`{}", Mend::Remove));
    }
    if !is_word(input) || input.peek2(token::Brace) {
        return Ok(None);
    }
    let bracketed = input.peek2(token::Paren) || input.peek2(token::Bracket);
    let ahead = input.fork();
    let word: Ident = ahead.parse()?;
    if !bracketed && !ahead.fork().parse::<Ident>().is_ok_and(|layer| known(&layer.to_string())) {
        return Ok(None);
    }
    input.advance_to(&ahead);
    let mut block = if bracketed {
        let group: Group = input.parse()?;
        let written = format!("{{ {} }}", text(group.stream()));
        let (found, mend) = (text(group.to_token_stream()), Mend::Write(&written));
        errors.push(&group, format!("expected the layers of `shortcut` in braces, found `{found}`{mend}"));
        in_braces(group.stream(), group.span(), errors)?
    } else {
        bare_block(input, &word, errors)?
    };
    block.word = Some(word);
    Ok(Some(block))
}

/// `checkpoint("a.bin")`
pub(crate) fn no_arguments(keyword: &Ident, group: &Group) -> Error {
    let usage = block_kind::find(&keyword.to_string()).map_or("", block_kind::Kind::usage);
    let found = text(group.to_token_stream());
    Error::new_spanned(
        group,
        format!(
            "expected the layers of `{keyword}` in braces, found `{found}`\nnote: it is written `{usage}`"
        ),
    )
}

/// Whether layers stand in the brackets of a `repeat`, behind the number of copies.
pub(crate) fn holds_layers(group: &Group) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let layer = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if known(&word.to_string()));
    matches!(&tokens[..], [_, TokenTree::Punct(sign), first, ..] if matches!(sign.as_char(), ',' | ';') && layer(first))
}

/// `repeat(2; dense(8))`
pub(crate) fn repeat_in_brackets(keyword: Ident, group: &Group, errors: &mut Errors) -> Result<Call> {
    let mut tokens = group.stream().into_iter();
    let copies: TokenStream = tokens.by_ref().take(1).collect();
    let layers: TokenStream = tokens.skip(1).collect();
    let written = format!("({}) {{ {} }}", text(copies.clone()), text(layers.clone()));
    let (found, mend) = (text(group.to_token_stream()), Mend::Write(&written));
    errors.push(group, format!("expected the layers of `{keyword}` in braces, found `{found}`{mend}"));
    let block = in_braces(layers, group.span(), errors)?;
    let arguments = vec![Argument { name: None, value: copies }];
    Ok(Call { keyword, brackets: true, arguments, blocks: vec![block] })
}

/// Layers as if they stood in braces.
fn in_braces(content: TokenStream, span: Span, errors: &mut Errors) -> Result<Block> {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(span);
    let layers = within(&braces, |content| Ok(layers(content, errors)))?;
    Ok(Block { word: None, braces, layers })
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
    in_braces(layer, keyword.span(), errors)
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
    parts.into_iter().map(|part| in_braces(part, group.span(), errors)).collect()
}
