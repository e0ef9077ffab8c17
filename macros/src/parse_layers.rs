//! What stands in braces: layers, separated by commas.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Lit, Path, Result, Token, token};

use crate::ast::{Argument, Block, Call, Layer, LayerKind};
use crate::block_kind;
use crate::check::{known, meant};
use crate::errors::Errors;
use crate::instead::{
    LAYER, assigned, attributes, bare_block, begins_layer, bracketed_block, label_behind,
    misplaced_arguments, misplaced_block, no_layer, no_other_item, other_sign, separator,
};
use crate::mend::Mend;
use crate::parse::{expected, in_angle_brackets, mended, skip, up_to_comma, within};
use crate::table;
use crate::text::text;

/// The layers up to the end.
pub(crate) fn layers(input: ParseStream, errors: &mut Errors) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut comma = input.span();
    while !input.is_empty() {
        let layer = match continued(input, comma, &mut layers, errors) {
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

/// Leaves the input before the next comma, or at the end.
fn skip_to_comma(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        skip(input);
    }
}

/// `label: layer`
fn layer(input: ParseStream, errors: &mut Errors) -> Result<Layer> {
    attributes(input, errors)?;
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
    let bare = !input.peek2(Token![::]) && !input.peek2(Token![<]);
    if bare && input.peek2(token::Brace) && (word == "shortcut" || word == "budget") {
        return Err(misplaced_block(&first));
    }
    let keyword = known(&word) || bare && !word.starts_with(char::is_uppercase);
    let kind = if keyword {
        LayerKind::Keyword(call(input, errors)?)
    } else if bare && input.peek2(token::Paren) {
        return misplaced_arguments(input);
    } else {
        LayerKind::Path(path(input)?)
    };
    Ok(Layer { label, kind })
}

/// `label:`
fn label(input: ParseStream, errors: &mut Errors) -> Result<Option<Ident>> {
    if !input.peek(Ident::peek_any) {
        return Ok(None);
    }
    if let Some((label, tokens)) = assigned(input) {
        let (found, written) = (text(tokens.clone()), format!("{label}:"));
        let mend = Mend::Write(&written);
        errors.push(tokens, format!("expected a layer or its label, found `{found}`{mend}"));
        return Ok(Some(label));
    }
    if input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let label = input.call(Ident::parse_any)?;
        skip(input);
        if syn::parse2::<Ident>(label.to_token_stream()).is_err() {
            let other = format!("{label}_");
            let mend = Mend::Write(&other);
            errors.push(&label, format!("`{label}` is a word of Rust and cannot be a label{mend}"));
            return Ok(None);
        }
        return Ok(Some(label));
    }
    if !input.peek(syn::Ident) {
        return Ok(None);
    }
    if input.peek2(Token![=]) && !input.peek2(Token![=>]) {
        let label: Ident = input.parse()?;
        errors.add(mended(input, &format!("`:` after the label `{label}`"), &Mend::Write(":")));
        skip(input);
        return Ok(Some(label));
    }
    let ahead = input.fork();
    let first: Ident = ahead.parse()?;
    let known = |word: &Ident| known(&word.to_string());
    if !known(&first) && ahead.parse::<Ident>().is_ok_and(|second| known(&second)) {
        skip(input);
        errors.add(mended(input, &format!("`:` after the label `{first}`"), &Mend::Before(":")));
        return Ok(Some(first));
    }
    Ok(None)
}

/// `MyLayer<64>`
fn path(input: ParseStream) -> Result<TokenStream> {
    let path: Path = input.parse()?;
    Ok(path.into_token_stream())
}

/// `conv(6, kernel = 5)`, `residual { … } shortcut { … }`
fn call(input: ParseStream, errors: &mut Errors) -> Result<Call> {
    let keyword: Ident = input.parse().map_err(|_| expected(input, LAYER))?;
    let mut arguments = Vec::new();
    let mut brackets = false;
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
        if takes_no_arguments && !input.peek(token::Brace) && !group.stream().is_empty() {
            let blocks = bracketed_block(&group, &keyword, errors)?;
            return Ok(Call { keyword, brackets: true, arguments, blocks });
        }
        arguments = self::arguments(&group, errors);
        brackets = true;
    } else if input.peek(token::Bracket) || input.peek(Token![<]) {
        let (mut list, mut tokens) = if input.peek(Token![<]) {
            let (list, tokens) = in_angle_brackets(input, usize::MAX, errors)?;
            (list.into_iter().map(|value| Argument { name: None, value }).collect(), tokens)
        } else {
            let group: Group = input.parse()?;
            let tokens = group.to_token_stream();
            (self::arguments(&group, errors), tokens)
        };
        // `conv<6>(kernel = 3)`
        if input.peek(token::Paren) {
            let group: Group = input.parse()?;
            list.extend(self::arguments(&group, errors));
            group.to_tokens(&mut tokens);
        }
        let written: Vec<String> = list.iter().map(Argument::written).collect();
        let written = format!("({})", written.join(", "));
        let (found, mend) = (text(tokens.clone()), Mend::Write(&written));
        errors.push(&tokens, format!("found `{found}`, expected arguments in round brackets{mend}"));
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
    let word = |input: ParseStream| input.fork().parse::<Ident>().is_ok_and(|word| !known(&word.to_string()));
    let mut blocks = Vec::new();
    while input.peek(token::Brace) || input.peek2(token::Brace) && word(input) {
        let (word, braces): (Option<Ident>, Group) = (input.parse()?, input.parse()?);
        let layers = if consists_of_layers {
            within(&braces, |content| Ok(layers(content, errors)))?
        } else {
            Vec::new()
        };
        blocks.push(Block { word, braces, layers });
    }
    Ok(blocks)
}

/// `(6, kernel = 5)`
fn arguments(group: &Group, errors: &mut Errors) -> Vec<Argument> {
    let parser = |input: ParseStream| {
        let mut arguments = Vec::new();
        while !input.is_empty() {
            let argument = argument(input, errors);
            // nothing at all, between two commas, is a mistake already
            if argument.name.is_some() || !argument.value.is_empty() {
                arguments.push(argument);
            }
            if input.peek(Token![,]) {
                skip(input);
            } else if !input.is_empty() {
                if input.peek(Lit) || input.peek(Ident::peek_any) {
                    errors.add(mended(input, "`,` between two arguments", &Mend::Before(",")));
                } else if input.peek(Token![;]) {
                    errors.add(mended(input, "`,` between two arguments", &Mend::Write(",")));
                    skip(input);
                } else {
                    errors.add(expected(input, "`,` between two arguments"));
                    skip_to_comma(input);
                    skip(input);
                }
            }
        }
        Ok(arguments)
    };
    within(group, parser).unwrap_or_default()
}

/// `kernel 5`
fn unsigned(input: ParseStream) -> bool {
    let option = input.fork().parse::<Ident>().is_ok_and(|word| table::is_option(&word.to_string()));
    let joins = input.peek2(Token![as]);
    option && !joins && (input.peek2(Lit) || input.peek2(Ident::peek_any) || input.peek2(token::Paren))
}

/// `kernel = 5`
fn argument(input: ParseStream, errors: &mut Errors) -> Argument {
    let colon = input.peek2(Token![:]) && !input.peek2(Token![::]);
    let equals = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    let mut name = None;
    let mut before = TokenStream::new();
    if let Some((option, sign)) = other_sign(input) {
        let found = text(sign.clone());
        let mend = Mend::Write("=");
        errors.push(sign, format!("expected `=` between an option and its value, found `{found}`{mend}"));
        name = Some(option);
    } else if input.peek(syn::Ident) && (colon || equals) {
        name = input.parse::<Ident>().ok();
        if colon {
            errors.add(mended(input, "`=` between an option and its value", &Mend::Write("=")));
        }
        let sign: Option<TokenTree> = input.parse().ok();
        before = quote!(#name #sign);
    } else if unsigned(input) {
        name = input.parse::<Ident>().ok();
        errors.add(mended(input, "`=` between an option and its value", &Mend::Before("=")));
    }
    let value = up_to_comma(input);
    if value.is_empty() {
        errors.add(match &name {
            // what is missing is a mistake once
            Some(name) if colon => expected(input, &format!("the value of the option `{name}`")),
            Some(name) => {
                let mend = Mend::Behind("VALUE");
                Error::new_spanned(before, format!("the option `{name}` has no value{mend}"))
            }
            None if input.peek(Token![,]) => mended(input, "a value", &Mend::Remove),
            None => expected(input, "a value"),
        });
    }
    Argument { name, value }
}

/// Whether some tokens name one of the network's parameters, and where.
pub(crate) fn mentioned(tokens: TokenStream, params: &[Ident]) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if params.contains(&ident) => Some(ident),
        TokenTree::Group(group) => mentioned(group.stream(), params),
        _ => None,
    })
}
