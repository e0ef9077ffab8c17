//! What can be said of a layer without knowing the shape that reaches it: its arguments, blocks and label.

use proc_macro2::{Ident, TokenStream};

use crate::arguments::{Arguments, Given};
use crate::ast::{Argument, Call, Layer, LayerKind};
use crate::block_kind;
use crate::decimal::decimal;
use crate::errors::Errors;
use crate::mend::Mend;
use crate::nearest::nearest;
use crate::place::Place;
use crate::table::{Default, KEYWORDS, Keyword, Kind, Parameter};
use crate::text::text;
use crate::value::{Value, Values, word_of};

/// All words that layers of the library begin with.
fn names() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|keyword| keyword.name).chain(block_kind::NAMES)
}

/// Whether a word is one of them.
pub(crate) fn known(word: &str) -> bool {
    names().any(|name| name == word)
}

/// The one of them that a word probably stands for: a slip of the keys, or the name that other libraries have for it.
pub(crate) fn meant(word: &str) -> Option<&'static str> {
    let elsewhere = |word| match word {
        "linear" | "fc" | "fully_connected" => Some("dense"),
        "conv2d" | "convolution" => Some("conv"),
        "maxpool" | "max_pool2d" => Some("max_pool"),
        "avgpool" | "avg_pool2d" | "average_pool" => Some("avg_pool"),
        "batchnorm" | "batch_norm2d" => Some("batch_norm"),
        "swish" => Some("silu"),
        _ => None,
    };
    names().find(|name| *name == word).or_else(|| elsewhere(word)).or_else(|| nearest(word, names()))
}

/// A layer's keyword; for a word that is none, the one that was probably meant.
pub(crate) fn keyword(call: &Call, place: &Place, errors: &mut Errors) -> Option<&'static str> {
    let name = call.keyword.to_string();
    let meant = meant(&name);
    let near = nearest(&name, names()).is_some();
    if !known(&name) {
        let help = match meant {
            Some(meant) if near => Mend::Meant(meant).to_string(),
            Some(meant) => Mend::Write(meant).to_string(),
            None if name == "softmax" => format!(
                "{}\nnote: the loss `SoftmaxCrossEntropy` takes scores, and `plywood::softmax` makes them probabilities",
                Mend::Remove
            ),
            None => "\nnote: a layer of your own is named by its type: `MyLayer<64>`".to_owned(),
        };
        let known: Vec<_> = names().collect();
        errors.push(
            &call.keyword,
            format!("{place}: there is no layer `{name}`{help}\nknown layers: {}", known.join(", ")),
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
    let mut excess: Vec<(usize, &Argument)> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut misnamed = false;
    for (position, argument) in call.arguments.iter().enumerate() {
        let index = match &argument.name {
            None => Some(position).filter(|position| *position < keyword.positional),
            Some(option) => {
                let index = keyword.parameters.iter().position(|parameter| option == parameter.name);
                if index.is_none() {
                    misnamed = true;
                    let help = unknown_option(&option.to_string(), keyword);
                    errors.push(option, format!("{subject} has no option `{option}`{help}"));
                    continue;
                }
                index
            }
        };
        match index.and_then(|index| given.get_mut(index)) {
            Some(slot @ None) => *slot = Some(&argument.value),
            Some(Some(_)) => match &argument.name {
                Some(option) => errors
                    .push(argument.tokens(), format!("{subject}: `{option}` is given twice{}", Mend::Remove)),
                None => excess.push((position, argument)),
            },
            None => excess.push((position, argument)),
        }
    }
    if let Some((first, _)) = excess.first() {
        let meant =
            keyword.parameters.get(*first).filter(|parameter| excess.len() == 1 && parameter.is_size());
        let tokens: TokenStream = excess.iter().map(|(_, argument)| argument.tokens()).collect();
        let (found, note) = (call.arguments.len(), takes(keyword));
        let mend = match meant {
            Some(Parameter { name, .. }) if given.get(*first).is_some_and(Option::is_none) => {
                Mend::Write(&format!("{name} = {}", text(tokens.clone()))).to_string()
            }
            _ => Mend::Remove.to_string(),
        };
        errors.push(tokens, format!("{subject} is given too many arguments: found {found}{mend}{note}"));
    }
    let mut read: Vec<Given> = Vec::new();
    for (parameter, given) in keyword.parameters.iter().zip(given) {
        let what = format!("{subject}: `{}`", parameter.name);
        let given = match (given, parameter.default) {
            (Some(tokens), _) => {
                Given { value: value(parameter.kind, tokens, &what, values, errors), tokens: tokens.clone() }
            }
            (None, Default::Required) => {
                missing.push(parameter.name);
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
    if !misnamed && !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let (names, be) = (names.join(" and "), if missing.len() == 1 { "is" } else { "are" });
        let values = missing.iter().map(|name| name.to_uppercase());
        let options = missing.iter().map(|name| format!("{name} = {}", name.to_uppercase()));
        let mend = if call.brackets {
            Mend::Argument(&options.collect::<Vec<_>>().join(", ")).to_string()
        } else {
            Mend::Behind(&format!("({})", values.collect::<Vec<_>>().join(", "))).to_string()
        };
        errors.push(&call.keyword, format!("{subject}: {names} {be} missing{mend}{}", takes(keyword)));
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
        Some(meant) => Mend::Meant(meant).to_string(),
        None => takes(keyword),
    }
}

/// How a keyword is written.
fn takes(keyword: &Keyword) -> String {
    if keyword.parameters.is_empty() {
        return format!("\nnote: `{}` takes no arguments", keyword.name);
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
    format!("\nnote: it is written `{}({})`", keyword.name, parameters.join(", "))
}

/// That a layer without blocks is given none.
pub(crate) fn blocks(call: &Call, keyword: &Keyword, place: &Place, errors: &mut Errors) {
    if let Some(block) = call.blocks.first() {
        errors.push(
            block.tokens(),
            format!("{} takes no block in braces{}", place.of(keyword.name), Mend::Remove),
        );
    }
}

/// That the last layer of a network leaves its output as it is.
pub(crate) fn last(layers: &[Layer], errors: &mut Errors) {
    let Some(Layer { kind: LayerKind::Keyword(call), .. }) = layers.last() else { return };
    let name = call.keyword.to_string();
    if name == "dropout" || name == "spatial_dropout" {
        let subject = Place { number: layers.len(), within: "" }.of(&name);
        let problem = "is the last layer, and would drop some of what the network gives";
        errors.push(
            &call.keyword,
            format!(
                "{subject} {problem}{}\nnote: where this network is a layer of another, that one drops",
                Mend::Remove
            ),
        );
    }
}

/// That labels of layers that stand side by side are names of their own.
pub(crate) fn labels(layers: &[Layer], within: &str, errors: &mut Errors) {
    let mut seen: Vec<(&Ident, usize)> = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let Some(label) = &layer.label else { continue };
        let place = Place { number, within };
        let free = (number..).map(|number| format!("{label}_{number}"));
        let mut free = free.filter(|free| {
            !layers.iter().any(|layer| layer.label.as_ref().is_some_and(|label| label == free))
        });
        let other = free.next().unwrap_or_default();
        let mend = Mend::Write(&other);
        if known(&label.to_string()) {
            errors.push(label, format!("{place}: the label `{label}` is the name of a layer{mend}"));
        } else if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == label) {
            errors
                .push(label, format!("{place}: the label `{label}` is that of layer {first} already{mend}"));
        } else {
            seen.push((label, number));
        }
    }
}
