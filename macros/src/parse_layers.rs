//! What stands in braces: layers, separated by commas.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Lit, Result, Token, token};

use crate::ast::{Argument, Block, Call, Layer, LayerKind};
use crate::block_kind;
use crate::check::{known, meant};
use crate::errors::Errors;
use crate::foreign::foreign;
use crate::instead::{
    LAYER, attributes, begins_layer, misplaced_block, misplaced_values, no_layer, no_other_item, separator,
};
use crate::instead_of_blocks::{
    bare_block, bracketed_block, holds_layers, no_arguments, other_shortcut, repeat_in_brackets,
};
use crate::mend::Mend;
use crate::parse::{expected, in_angle_brackets, mended, skip, skip_to_comma, within};
use crate::parse_arguments::arguments as arguments_of;
use crate::parse_label::{label, label_behind};
use crate::parse_path::path;
use crate::text::text;

/// The layers up to the end.
pub(crate) fn layers(input: ParseStream, errors: &mut Errors) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut comma = input.span();
    while !input.is_empty() {
        let attributes = attributes(input, errors);
        // documentation may be all that stands behind the last layer
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
        } else if let Some(label) = label_behind(input) {
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

/// A shortcut or a branch behind a comma, if there is one: the layer before it gets it all the same.
fn continued(input: ParseStream, comma: Span, before: &mut [Layer], errors: &mut Errors) -> Result<bool> {
    let Some(Layer { kind: LayerKind::Keyword(block), .. }) = before.last_mut() else { return Ok(false) };
    let word = input.fork().parse::<Ident>().ok().filter(|word| word == "shortcut");
    let (keyword, given) = (block.keyword.to_string(), block.blocks.len());
    let what = match &*keyword {
        "residual" if word.is_some() && given == 1 && input.peek2(token::Brace) => "`shortcut`",
        "concat" if given > 0 && input.peek(token::Brace) => "the next branch",
        _ => return Ok(false),
    };
    let found = format!("expected {what} directly behind the braces of its `{keyword}`, found `,`");
    errors.push_at(comma, format!("{found}{}", Mend::Remove));
    block.blocks.extend(blocks(input, &block.keyword, errors)?);
    Ok(true)
}

/// `label: layer`
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

/// `conv(6, kernel = 5)`, `residual { … } shortcut { … }`
fn call(input: ParseStream, errors: &mut Errors) -> Result<Call> {
    let keyword: Ident = input.parse().map_err(|_| expected(input, LAYER))?;
    let mut arguments = Vec::new();
    let mut brackets = false;
    let mut taken = None;
    let takes_no_arguments = ["residual", "checkpoint", "concat"].iter().any(|name| keyword == name);
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

/// `{ … } shortcut { … }`
fn blocks(input: ParseStream, keyword: &Ident, errors: &mut Errors) -> Result<Vec<Block>> {
    let consists_of_layers = meant(&keyword.to_string()).is_some_and(|name| block_kind::find(name).is_some());
    // the keyword of the next layer, behind a comma that is missing, is no word of this one
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

/// Whether some tokens name one of the network's parameters, and where.
pub(crate) fn mentioned(tokens: TokenStream, params: &[Ident]) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if params.contains(&ident) => Some(ident),
        TokenTree::Group(group) => mentioned(group.stream(), params),
        _ => None,
    })
}
