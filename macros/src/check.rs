//! What can be said of a layer without knowing the shape that reaches it: its arguments, blocks and label.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

use crate::arguments::{Arguments, Given};
use crate::ast::{Call, Layer};
use crate::errors::Errors;
use crate::nearest::nearest;
use crate::table::{self, Default, KEYWORDS, Keyword, Kind};
use crate::value::{Value, Values, decimal, word_of};

/// The row of a layer's keyword; for a word that is none, the row of the one that was probably meant.
pub(crate) fn keyword(call: &Call, number: usize, errors: &mut Errors) -> Option<&'static Keyword> {
    let name = call.keyword.to_string();
    table::find(&name).or_else(|| {
        let meant = nearest(&name, KEYWORDS.iter().map(|keyword| keyword.name));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "a layer of your own is named by its type: `MyLayer<64>`".to_owned(),
        };
        let known: Vec<_> = KEYWORDS.iter().map(|keyword| keyword.name).collect();
        errors.push(
            &call.keyword,
            format!(
                "layer {number}: there is no layer `{name}`\nhelp: {help}\nknown layers: {}",
                known.join(", ")
            ),
        );
        meant.and_then(table::find)
    })
}

/// The arguments in the order of the keyword's parameters.
pub(crate) fn arguments<'a, 'v>(
    call: &'a Call,
    keyword: &Keyword,
    number: usize,
    values: &'a mut Values<'v>,
    errors: &mut Errors,
) -> Arguments<'a, 'v> {
    let name = keyword.name;
    let subject = format!("layer {number} `{name}`");
    let mut given: Vec<Option<&TokenStream>> = vec![None; keyword.parameters.len()];
    let mut excess = TokenStream::new();
    let mut misnamed = false;
    for (position, argument) in call.arguments.iter().enumerate() {
        let index = match &argument.name {
            None => Some(position).filter(|position| *position < keyword.positional),
            Some(option) => {
                let index = keyword.parameters.iter().position(|parameter| option == parameter.name);
                if index.is_none() {
                    misnamed = true;
                    let help = unknown_option(&option.to_string(), keyword);
                    errors.push(option, format!("{subject} has no option `{option}`\nhelp: {help}"));
                    continue;
                }
                index
            }
        };
        match index.and_then(|index| given.get_mut(index)) {
            Some(slot @ None) => *slot = Some(&argument.value),
            Some(Some(_)) => match &argument.name {
                Some(option) => errors.push(option, format!("{subject}: `{option}` is given twice")),
                None => excess.extend(argument.value.clone()),
            },
            None => excess.extend(argument.value.clone()),
        }
    }
    if !excess.is_empty() {
        let found = call.arguments.len();
        let problem =
            format!("{subject} is given too many arguments: found {found}\nhelp: {}", takes(keyword));
        errors.push(excess, problem);
    }
    let mut read: Vec<Given> = Vec::new();
    for (parameter, given) in keyword.parameters.iter().zip(given) {
        let what = format!("{subject}: `{}`", parameter.name);
        let given = match (given, parameter.default) {
            (Some(tokens), _) => {
                Given { value: value(parameter.kind, tokens, &what, values, errors), tokens: tokens.clone() }
            }
            (None, Default::Required) => {
                if !misnamed {
                    let problem = format!("{what} is missing\nhelp: {}", takes(keyword));
                    errors.push(&call.keyword, problem);
                }
                Given { tokens: TokenStream::new(), value: None }
            }
            (None, Default::Absent) => Given { tokens: TokenStream::new(), value: Some(Value::Absent) },
            (None, Default::Like(other)) => {
                let value = read.get(other).and_then(|given| given.value.clone());
                Given { tokens: TokenStream::new(), value }
            }
            (None, Default::Is(source)) => {
                let tokens: TokenStream = source.parse().unwrap_or_default();
                let value = value(parameter.kind, &tokens, &what, values, errors);
                Given { tokens: TokenStream::new(), value }
            }
        };
        read.push(given);
    }
    Arguments { keyword: &call.keyword, number, given: read, values }
}

/// What a parameter is given.
fn value(
    kind: Kind,
    tokens: &TokenStream,
    what: &str,
    values: &mut Values,
    errors: &mut Errors,
) -> Option<Value> {
    match kind {
        Kind::Size => values.size(tokens, what, errors).map(Value::Size),
        Kind::Sides => values.sides(1, tokens, what, errors).map(Value::Sides),
        Kind::Padding => values.padding(tokens, what, errors).map(Value::Padding),
        Kind::Word(words) => word_of(words, tokens, what, "", errors).map(Value::Word),
        Kind::Decimal(range) => decimal(tokens, range, what, errors).map(Value::Number),
        Kind::Table => values.table(tokens, what, errors).map(Value::Table),
    }
}

/// What helps where there is no option of a name.
fn unknown_option(name: &str, keyword: &Keyword) -> String {
    match nearest(name, keyword.parameters.iter().map(|parameter| parameter.name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => takes(keyword),
    }
}

/// How a keyword is written.
fn takes(keyword: &Keyword) -> String {
    if keyword.parameters.is_empty() {
        return format!("`{}` takes no arguments", keyword.name);
    }
    let parameters: Vec<String> = keyword
        .parameters
        .iter()
        .map(|parameter| match parameter.default {
            Default::Required | Default::Absent => parameter.name.to_owned(),
            Default::Is(default) => format!("{} = {default}", parameter.name),
            Default::Like(other) => format!("{} = {}", parameter.name, keyword.parameters[other].name),
        })
        .collect();
    format!("write `{}({})`", keyword.name, parameters.join(", "))
}

/// That a layer without blocks is given none.
pub(crate) fn blocks(call: &Call, keyword: &Keyword, number: usize, errors: &mut Errors) {
    if let Some(block) = call.blocks.first() {
        let tokens = match &block.word {
            Some(word) => [word.to_token_stream(), block.braces.to_token_stream()].into_iter().collect(),
            None => block.braces.to_token_stream(),
        };
        errors.push(
            tokens,
            format!("layer {number} `{}` takes no block in braces\nhelp: remove it", keyword.name),
        );
    }
}

/// That labels are names of their own.
pub(crate) fn labels(layers: &[Layer], errors: &mut Errors) {
    let mut seen: Vec<(&Ident, usize)> = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let Some(label) = &layer.label else { continue };
        if table::find(&label.to_string()).is_some() {
            errors.push(label, format!("layer {number}: the label `{label}` is the name of a layer"));
        } else if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == label) {
            errors
                .push(label, format!("layer {number}: the label `{label}` is that of layer {first} already"));
        } else {
            seen.push((label, number));
        }
    }
}
