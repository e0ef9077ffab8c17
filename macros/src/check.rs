//! What can be said of a layer without knowing the shape that reaches it: its arguments, blocks and label.

use proc_macro2::{Ident, TokenStream};

use crate::arguments::{Arguments, Given};
use crate::ast::{Call, Layer};
use crate::blocks;
use crate::errors::Errors;
use crate::nearest::nearest;
use crate::place::Place;
use crate::table::{Default, KEYWORDS, Keyword, Kind};
use crate::value::{Value, Values, decimal, word_of};

/// All words that layers of the library begin with.
fn names() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|keyword| keyword.name).chain(blocks::NAMES)
}

/// Whether a word is one of them.
pub(crate) fn known(word: &str) -> bool {
    names().any(|name| name == word)
}

/// The one of them that a word probably stands for.
pub(crate) fn meant(word: &str) -> Option<&'static str> {
    names().find(|name| *name == word).or_else(|| nearest(word, names()))
}

/// A layer's keyword; for a word that is none, the one that was probably meant.
pub(crate) fn keyword(call: &Call, place: &Place, errors: &mut Errors) -> Option<&'static str> {
    let name = call.keyword.to_string();
    let meant = meant(&name);
    if !known(&name) {
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if name == "softmax" => {
                "leave it out: the loss `SoftmaxCrossEntropy` takes scores, and `plywood::softmax` makes them \
                 probabilities"
                    .to_owned()
            }
            None if ["linear", "fc", "fully_connected"].contains(&&*name) => {
                "a fully connected layer is `dense(outputs)`".to_owned()
            }
            None => "a layer of your own is named by its type: `MyLayer<64>`".to_owned(),
        };
        let known: Vec<_> = names().collect();
        errors.push(
            &call.keyword,
            format!("{place}: there is no layer `{name}`\nhelp: {help}\nknown layers: {}", known.join(", ")),
        );
    }
    meant
}

/// The arguments in the order of the keyword's parameters.
pub(crate) fn arguments<'a, 'v>(
    call: &'a Call,
    keyword: &Keyword,
    place: &'a Place<'a>,
    values: &'a mut Values<'v>,
    errors: &mut Errors,
) -> Arguments<'a, 'v> {
    let name = keyword.name;
    let subject = place.of(name);
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
    Arguments { keyword: &call.keyword, place, given: read, values }
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
pub(crate) fn blocks(call: &Call, keyword: &Keyword, place: &Place, errors: &mut Errors) {
    if let Some(block) = call.blocks.first() {
        errors.push(
            block.tokens(),
            format!("{} takes no block in braces\nhelp: remove it", place.of(keyword.name)),
        );
    }
}

/// That labels of layers that stand side by side are names of their own.
pub(crate) fn labels(layers: &[Layer], within: &str, errors: &mut Errors) {
    let mut seen: Vec<(&Ident, usize)> = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let Some(label) = &layer.label else { continue };
        let place = Place { number, within };
        if known(&label.to_string()) {
            errors.push(label, format!("{place}: the label `{label}` is the name of a layer"));
        } else if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == label) {
            errors.push(label, format!("{place}: the label `{label}` is that of layer {first} already"));
        } else {
            seen.push((label, number));
        }
    }
}
