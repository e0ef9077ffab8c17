//! Reads the content of braces: layers, separated by commas, the blocks of those that consist of others, and the forms
//! that people write instead of a comma, a layer or braces.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Attribute, Error, Lit, LitStr, Meta, Result, Token, token};

use crate::keyword::{self, Composite, find_composite, known};
use crate::parse::arguments::arguments as arguments_of;
use crate::parse::ast::{Argument, Block, Call, Layer, LayerKind};
use crate::parse::input::{
    expected, in_angle_brackets, mended, no_attribute, separated, skip, skip_to_comma, within,
};
use crate::parse::label::{label, label_after};
use crate::parse::path::path;
use crate::parse::shape::names_shape;
use crate::report::{Errors, Mend};
use crate::suggest::foreign::foreign;
use crate::suggest::meant;
use crate::tokens::text;

/// Reads the layers up to the end.
pub(crate) fn layers(input: ParseStream, errors: &mut Errors) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut comma = input.span();
    while !input.is_empty() {
        let attributes = attributes(input, errors);
        // documentation may be all that remains after the last layer
        if attributes.is_ok() && input.is_empty() {
            break;
        }
        let layer = match attributes.and_then(|()| continued(input, comma, &mut layers, errors)) {
            Ok(true) => None,
            Ok(false) => Some(layer(input, errors)),
            Err(error) => Some(Err(error)),
        };
        layers.extend(layer.map(|layer| {
            layer.unwrap_or_else(|error| {
                errors.add(error);
                skip_to_comma(input);
                Layer { label: None, kind: LayerKind::Unreadable }
            })
        }));
        if input.is_empty() {
            break;
        }
        if input.peek(Token![,]) {
            comma = input.span();
            skip(input);
        } else if let Some(label) = label_after(input) {
            let written = text(label.clone());
            errors.push(
                label,
                format!(
                    "expected `,` after a layer, found `{written}`\n\
                     note: a label stands before its layer: `LABEL: dense(10)`"
                ),
            );
            comma = input.span();
            skip(input);
        } else if let Some(separator) = separator(input) {
            let found = text(separator.clone());
            let problem = format!("expected `,` after a layer, found `{found}`{}", Mend::Write(","));
            errors.push(separator, problem);
        } else if input.peek(Ident::peek_any) || input.peek(Token![::]) {
            errors.add(mended(input, "`,` between two layers", &Mend::Before(",")));
        } else {
            errors.add(expected(input, "`,` after a layer"));
            skip_to_comma(input);
            skip(input);
        }
    }
    layers
}

/// Reads a shortcut or a branch after a comma, if there is one, and still gives it to the layer before the comma.
fn continued(input: ParseStream, comma: Span, before: &mut [Layer], errors: &mut Errors) -> Result<bool> {
    let Some(Layer { kind: LayerKind::Keyword(block), .. }) = before.last_mut() else { return Ok(false) };
    let word = input.fork().parse::<Ident>().ok().filter(|word| word == "shortcut");
    let (keyword, given) = (block.keyword.to_string(), block.blocks.len());
    let what = match &*keyword {
        "residual" if word.is_some() && given == 1 && input.peek2(token::Brace) => "`shortcut`",
        "concat" if given > 0 && input.peek(token::Brace) => "the next branch",
        _ if of_branches(&block.keyword) && given > 0 && input.peek(token::Brace) => "the next block",
        _ => return Ok(false),
    };
    let found = format!("expected {what} directly after the braces of its `{keyword}`, found `,`");
    errors.push_at(comma, format!("{found}{}", Mend::Remove));
    block.blocks.extend(blocks(input, &block.keyword, errors)?);
    Ok(true)
}

/// Reads `label: layer`.
fn layer(input: ParseStream, errors: &mut Errors) -> Result<Layer> {
    let label = label(input, errors)?;
    no_other_item(input, label.as_ref())?;
    let Ok(first) = input.fork().call(Ident::parse_any) else {
        return if input.peek(Token![::]) {
            Ok(Layer { label, kind: LayerKind::Path(path(input)?) })
        } else {
            Err(no_layer(input))
        };
    };
    let word = first.to_string();
    if input.peek2(Token![<=]) {
        // with those that follow
        while !input.is_empty() {
            skip(input);
        }
        return Err(Error::new(
            first.span(),
            format!(
                "expected {LAYER}, found the limit `{word} <= …`\n\
                 note: limits stand in the network's budget: `{{ … }} budget {{ {word} <= … }}`"
            ),
        ));
    }
    if let Some(error) = foreign(input) {
        return Err(error);
    }
    let bare = !input.peek2(Token![::]) && !input.peek2(Token![<]);
    if bare && input.peek2(token::Brace) && (word == "shortcut" || word == "budget") {
        return Err(misplaced_block(&first));
    }
    let keyword = known(&word) || bare && !word.starts_with(char::is_uppercase);
    let kind = if keyword { LayerKind::Keyword(call(input, errors)?) } else { LayerKind::Path(path(input)?) };
    Ok(Layer { label, kind })
}

/// Reads `conv(6, kernel = 5)`, `residual { … } shortcut { … }`.
fn call(input: ParseStream, errors: &mut Errors) -> Result<Call> {
    let keyword: Ident = input.parse().map_err(|_| expected(input, LAYER))?;
    let mut arguments = Vec::new();
    let mut brackets = false;
    let mut taken = None;
    let takes_no_arguments = keyword != "repeat" && find_composite(&keyword.to_string()).is_some();
    if takes_no_arguments && input.peek(token::Bracket) {
        let group: Group = input.parse()?;
        let blocks = bracketed_block(&group, &keyword, errors)?;
        return Ok(Call { keyword, brackets: true, arguments, blocks });
    }
    if keyword == "repeat" && input.peek(Lit) && input.peek2(token::Brace) {
        let number: Lit = input.parse()?;
        let value = number.into_token_stream();
        let written = format!("({})", text(value.clone()));
        let mend = Mend::Write(&written);
        errors.push(&value, format!("found `{}`, expected it in round brackets{mend}", text(value.clone())));
        arguments.push(Argument { name: None, value });
        brackets = true;
    } else if input.peek(token::Paren) {
        let group: Group = input.parse()?;
        let blocks_in_brackets =
            takes_no_arguments && !group.stream().is_empty() || keyword == "repeat" && holds_layers(&group);
        if blocks_in_brackets && !input.peek(token::Brace) {
            if group.stream().into_iter().all(|token| matches!(token, TokenTree::Literal(_))) {
                return Err(no_arguments(&keyword, &group));
            }
            if keyword == "repeat" {
                return repeat_in_brackets(keyword, &group, errors);
            }
            let blocks = bracketed_block(&group, &keyword, errors)?;
            return Ok(Call { keyword, brackets: true, arguments, blocks });
        }
        arguments = arguments_of(&group, errors);
        brackets = true;
        taken = Some(group);
    } else if input.peek(token::Bracket) || input.peek(Token![<]) || input.peek(Token![::]) {
        let (mut list, mut tokens) = if input.peek(token::Bracket) {
            let group: Group = input.parse()?;
            let tokens = group.to_token_stream();
            (arguments_of(&group, errors), tokens)
        } else {
            // `dense::<8>`
            let colons: Option<Token![::]> = input.parse()?;
            let (list, tokens) = in_angle_brackets(input, usize::MAX, errors)?;
            let tokens = quote!(#colons #tokens);
            (list.into_iter().map(|value| Argument { name: None, value }).collect(), tokens)
        };
        // `conv<6>(kernel = 3)`
        if input.peek(token::Paren) {
            let group: Group = input.parse()?;
            list.extend(arguments_of(&group, errors));
            group.to_tokens(&mut tokens);
        }
        let written: Vec<String> = list.iter().map(Argument::written).collect();
        let written = format!("({})", written.join(", "));
        let (found, mend) = (text(tokens.clone()), Mend::Write(&written));
        errors.push(&tokens, format!("found `{found}`, expected arguments in round brackets{mend}"));
        arguments = list;
        brackets = true;
    }
    if let Some((found, values)) = misplaced_values(input, &keyword, brackets) {
        let mut list = arguments;
        let mut group = Group::new(Delimiter::Parenthesis, values);
        group.set_span(keyword.span());
        list.extend(arguments_of(&group, errors));
        let written: Vec<String> = list.iter().map(Argument::written).collect();
        let written = format!("{keyword}({})", written.join(", "));
        let (shown, mend) = (text(found.clone()), Mend::Write(&written));
        let all = quote!(#keyword #taken #found);
        errors.push(
            &all,
            format!("found `{shown}`, expected all arguments in one pair of round brackets{mend}"),
        );
        arguments = list;
        brackets = true;
    }
    let mut blocks = blocks(input, &keyword, errors)?;
    if blocks.is_empty() && (takes_no_arguments || keyword == "repeat") && begins_layer(input) {
        blocks.push(bare_block(input, &keyword, errors)?);
    }
    Ok(Call { keyword, brackets, arguments, blocks })
}

/// Reads `{ … } shortcut { … }`.
fn blocks(input: ParseStream, keyword: &Ident, errors: &mut Errors) -> Result<Vec<Block>> {
    let consists_of_layers = meant(&keyword.to_string()).is_some_and(|name| find_composite(name).is_some());
    // the keyword of the next layer, after a missing comma, is not a word of this one
    let word =
        |input: ParseStream| input.fork().call(Ident::parse_any).is_ok_and(|word| !known(&word.to_string()));
    let mut blocks: Vec<Block> = Vec::new();
    loop {
        let residual = keyword == "residual" && blocks.len() == 1;
        if let Some(block) = if residual { other_shortcut(input, errors)? } else { None } {
            blocks.push(block);
        }
        let another = input.peek(token::Brace) || input.peek2(token::Brace) && word(input);
        if !another {
            return Ok(blocks);
        }
        let word = if input.peek(token::Brace) { None } else { Some(input.call(Ident::parse_any)?) };
        let braces: Group = input.parse()?;
        let layers = if consists_of_layers {
            within(&braces, |content| Ok(layers(content, errors)))?
        } else {
            Vec::new()
        };
        blocks.push(Block { word, braces, layers });
    }
}

/// The name in messages of the expected item.
const LAYER: &str = "a layer";

/// Takes tokens in the place of a comma: a semicolon, or other signs before a possible layer.
fn separator(input: ParseStream) -> Option<TokenStream> {
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

/// Reports attributes of a layer, which cannot have any.
fn attributes(input: ParseStream, errors: &mut Errors) -> Result<()> {
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

/// Reports tokens in the place of a layer that are not one.
fn no_layer(input: ParseStream) -> Error {
    if input.peek(Token![,]) {
        return mended(input, LAYER, &Mend::Remove);
    }
    if input.peek(token::Brace) {
        let problem = expected(input, LAYER);
        let note = "layers follow one another without braces; those of a block are written after its word: `residual { … }`";
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

/// Reads `dense 8`, `conv { 6 }`, `conv(6)(5)`: arguments that are not in round brackets, or in several. Takes those
/// after correct brackets, if there are any; returns the tokens and the arguments in them.
fn misplaced_values(
    input: ParseStream,
    keyword: &Ident,
    brackets: bool,
) -> Option<(TokenStream, TokenStream)> {
    let takes = keyword::find(&keyword.to_string()).is_some_and(|keyword| keyword.positional > 0);
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

/// Reports `residual { … }, shortcut { … }`.
fn misplaced_block(word: &Ident) -> Error {
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

/// Reports `todo!()`, or a network among the layers.
fn no_other_item(input: ParseStream, label: Option<&Ident>) -> Result<()> {
    if input.peek(syn::Ident) && input.peek2(Token![!]) {
        let word: Ident = input.parse()?;
        return Err(Error::new(word.span(), format!("expected {LAYER}, found the macro `{word}!`")));
    }
    match label {
        Some(label) if names_shape(input) => Err(Error::new(
            label.span(),
            format!(
                "expected {LAYER}, found the network `{label}: …`\n\
                 note: networks are declared one after the other, and `{label}` is then a layer of the next"
            ),
        )),
        _ => Ok(()),
    }
}

/// Returns true if a layer of the library begins here.
fn begins_layer(input: ParseStream) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|word| known(&word.to_string()))
}

/// Reads `shortcut(identity)`, `shortcut conv(8, 1)`, `s: shortcut { … }`: wrong forms of the shortcut of a residual.
/// Takes the shortcut, or the tokens that make it wrong.
fn other_shortcut(input: ParseStream, errors: &mut Errors) -> Result<Option<Block>> {
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

/// Reports `checkpoint("a.bin")`.
fn no_arguments(keyword: &Ident, group: &Group) -> Error {
    let usage = find_composite(&keyword.to_string()).map_or("", Composite::usage);
    let found = text(group.to_token_stream());
    Error::new_spanned(
        group,
        format!(
            "expected the layers of `{keyword}` in braces, found `{found}`\nnote: it is written `{usage}`"
        ),
    )
}

/// Returns true if the brackets of a `repeat` contain layers after the number of copies.
fn holds_layers(group: &Group) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let layer = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if known(&word.to_string()));
    matches!(&tokens[..], [_, TokenTree::Punct(sign), first, ..] if matches!(sign.as_char(), ',' | ';') && layer(first))
}

/// Reads `repeat(2; dense(8))`.
fn repeat_in_brackets(keyword: Ident, group: &Group, errors: &mut Errors) -> Result<Call> {
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

/// Returns true if a layer takes several blocks side by side.
fn of_branches(keyword: &Ident) -> bool {
    find_composite(&keyword.to_string()).is_some_and(Composite::is_of_branches)
}

/// Reads layers as if they were in braces.
fn in_braces(content: TokenStream, span: Span, errors: &mut Errors) -> Result<Block> {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(span);
    let layers = within(&braces, |content| Ok(layers(content, errors)))?;
    Ok(Block { word: None, braces, layers })
}

/// Reads `repeat(3) dense(8)`: one layer instead of braces.
fn bare_block(input: ParseStream, keyword: &Ident, errors: &mut Errors) -> Result<Block> {
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

/// Reads `residual(dense(4), relu)`, `concat[relu, tanh]`: layers in other brackets than braces.
fn bracketed_block(group: &Group, keyword: &Ident, errors: &mut Errors) -> Result<Vec<Block>> {
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
    } else if of_branches(keyword) {
        separated(group.stream())
    } else {
        vec![group.stream()]
    };
    let written: Vec<String> = parts.iter().map(|part| format!("{{ {} }}", text(part.clone()))).collect();
    let written = written.join(" ");
    let mend = Mend::Write(&written);
    errors.push(group, format!("expected the layers of `{keyword}` in braces, found `{bracket}`{mend}"));
    parts.into_iter().map(|part| in_braces(part, group.span(), errors)).collect()
}
