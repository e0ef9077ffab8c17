//! What can be said of a layer without knowing the shape that reaches it: its arguments, blocks and label.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

use crate::absent;
use crate::arguments::{Arguments, Given};
use crate::assign::{Assigned, assign, takes};
use crate::ast::{Call, Layer};
use crate::block_kind;
use crate::decimal::decimal;
use crate::elsewhere;
use crate::errors::Errors;
use crate::mend::Mend;
use crate::names;
use crate::nearest::nearest;
use crate::place::Place;
use crate::shape::Shape;
use crate::table::{Default, KEYWORDS, Keyword, Kind};
use crate::value::{Value, Values, unbracketed};
use crate::word::word_of;

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
    let given = names().find(|name| *name == word);
    given.or_else(|| elsewhere::layer(word)).or_else(|| near(word))
}

/// The one of them that a slip of the keys may have made a word of.
fn near(word: &str) -> Option<&'static str> {
    nearest(word, names()).filter(|_| absent::help(word).is_none())
}

/// A layer's keyword; for a word that is none, the one that was probably meant.
pub(crate) fn keyword(call: &Call, place: &Place, errors: &mut Errors) -> Option<&'static str> {
    let name = call.keyword.to_string();
    let meant = meant(&name);
    let near = near(&name).is_some();
    let absent = absent::help(&name);
    if !known(&name) {
        let help = match meant {
            Some(meant) if near => Mend::Meant(meant).to_string(),
            Some(meant) => Mend::Write(meant).to_string(),
            None if absent.is_some() => absent.unwrap_or_default(),
            None => {
                let known: Vec<_> = names().collect();
                let own = "a layer of your own is named by its type: `MyLayer<64>`";
                format!("\nnote: {own}\nknown layers: {}", known.join(", "))
            }
        };
        errors.push(&call.keyword, format!("{place}: there is no layer `{name}`{help}"));
    }
    meant
}

/// The arguments in the order of the keyword's parameters. `input` is what reaches the layer.
pub(crate) fn arguments<'a, 'v>(
    call: &'a Call,
    keyword: &Keyword,
    place: &'a Place<'a>,
    input: &Shape,
    values: &'a mut Values<'v>,
    errors: &mut Errors,
) -> Arguments<'a, 'v> {
    let subject = place.of(keyword.name);
    let Assigned { given, misnamed } = assign(call, keyword, &subject, input, errors);
    let mut missing: Vec<&str> = Vec::new();
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
        Kind::Word(words) => word_of(words, &unbracketed(tokens), what, "", errors).map(Value::Word),
        Kind::Flag => values.flag(&unbracketed(tokens), what, errors).map(Value::Flag),
        Kind::Decimal(range) => decimal(&unbracketed(tokens), range, what, errors).map(Value::Number),
        Kind::Table => values.table(tokens, what, errors).map(Value::Table),
    }
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

/// That labels of layers that stand side by side are names of their own.
pub(crate) fn labels(layers: &[Layer], within: &str, errors: &mut Errors) {
    let mut seen: Vec<(&Ident, usize)> = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let Some(label) = &layer.label else { continue };
        let place = Place { number, within };
        let other = names::another(label, number, layers);
        let mend = Mend::Write(&other);
        let bare = label.unraw().to_string();
        if known(&bare) {
            errors.push(label, format!("{place}: the label `{label}` is the name of a layer{mend}"));
        } else if within.is_empty() && names::is_of_networks(&bare) {
            let problem = "is the name of something that every network has";
            errors.push(label, format!("{place}: the label `{label}` {problem}{mend}"));
        } else if let Some((_, first)) = seen.iter().find(|(seen, _)| seen.unraw() == label.unraw()) {
            errors
                .push(label, format!("{place}: the label `{label}` is that of layer {first} already{mend}"));
        } else {
            seen.push((label, number));
        }
    }
}
