//! What can be said of a layer without knowing the shape that reaches it: its arguments, blocks and label.

use proc_macro2::{Ident, TokenStream};

use crate::ast::{Call, Layer};
use crate::blocks;
use crate::errors::Errors;
use crate::nearest::nearest;
use crate::place::Place;
use crate::table::{KEYWORDS, Keyword, Kind};
use crate::value::{Value, Values, fraction};

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

/// The arguments in the order of the keyword's parameters; `None` for one with a mistake.
pub(crate) fn arguments(
    call: &Call,
    keyword: &Keyword,
    place: &Place,
    values: &mut Values,
    errors: &mut Errors,
) -> Vec<Option<Value>> {
    let name = keyword.name;
    let subject = place.of(name);
    let mut given: Vec<Option<&TokenStream>> = vec![None; keyword.parameters.len()];
    let mut excess = TokenStream::new();
    let mut misnamed = false;
    for (position, argument) in call.arguments.iter().enumerate() {
        let index = match &argument.name {
            None => Some(position),
            Some(option) => {
                let index = keyword.parameters.iter().position(|parameter| option == parameter.name);
                if index.is_none() {
                    misnamed = true;
                    errors.push(
                        option,
                        format!("{subject} has no option `{option}`\nhelp: {}", takes(keyword)),
                    );
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
    keyword
        .parameters
        .iter()
        .zip(given)
        .map(|(parameter, given)| {
            let Some(tokens) = given else {
                if !misnamed {
                    let problem =
                        format!("{subject}: `{}` is missing\nhelp: {}", parameter.name, takes(keyword));
                    errors.push(&call.keyword, problem);
                }
                return None;
            };
            let what = format!("{subject}: `{}`", parameter.name);
            match parameter.kind {
                Kind::Size => values.size(tokens, &what, errors).map(Value::Size),
                Kind::Fraction => fraction(tokens, &what, errors).map(Value::Millionths),
            }
        })
        .collect()
}

/// How a keyword is written.
fn takes(keyword: &Keyword) -> String {
    if keyword.parameters.is_empty() {
        return format!("`{}` takes no arguments", keyword.name);
    }
    let parameters: Vec<_> = keyword.parameters.iter().map(|parameter| parameter.name).collect();
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
