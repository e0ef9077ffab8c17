//! Assigns the arguments of a layer to the parameters of its keyword, and reads them.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::analyze::shape::Shape;
use crate::analyze::size::{Size, Unwritable};
use crate::analyze::value::{Padding, TABLE, Value, Values, unbracketed, word_of};
use crate::decimal::decimal;
use crate::keyword::{Default, FLAGS, Keyword, Kind, known};
use crate::library;
use crate::parse::ast::{Argument, Call};
use crate::report::{Errors, Mend, Place};
use crate::suggest::elsewhere::{self, absent, meant_by};
use crate::suggest::foreign::elementwise;
use crate::suggest::nearest;
use crate::tokens::text;

/// The arguments of a layer.
pub(crate) struct Arguments<'a, 'v> {
    /// The keyword, such as `conv`.
    pub(crate) keyword: &'a Ident,
    /// The position of the layer.
    pub(crate) place: &'a Place<'a>,
    /// The arguments, one for each parameter.
    pub(crate) given: Vec<Given>,
    /// The reader of values, with the constants that sizes are bound to.
    pub(crate) values: &'a mut Values<'v>,
}

/// One argument.
pub(crate) struct Given {
    /// The tokens to blame; empty where the parameter has its default.
    pub(crate) tokens: TokenStream,
    /// The value; `None` after a mistake.
    pub(crate) value: Option<Value>,
}

impl Arguments<'_, '_> {
    /// Returns the name of the layer in messages.
    pub(crate) fn subject(&self) -> String {
        self.place.of(&self.keyword.to_string())
    }

    /// Returns the name in messages of a size that the layer gives.
    pub(crate) fn name_of(&self, size: &str) -> String {
        format!("{}{}.{size}", self.keyword, self.place.number)
    }

    /// Returns the tokens of an argument, or the keyword if it is left out.
    pub(crate) fn blamed(&self, index: usize) -> TokenStream {
        match self.given.get(index) {
            Some(given) if !given.tokens.is_empty() => given.tokens.clone(),
            _ => self.keyword.to_token_stream(),
        }
    }

    /// Returns true if an argument is left out.
    pub(crate) fn left_out(&self, index: usize) -> bool {
        self.given.get(index).is_some_and(|given| given.tokens.is_empty())
    }

    /// Returns the tokens of all arguments.
    pub(crate) fn all(&self) -> TokenStream {
        self.given.iter().map(|given| given.tokens.clone()).collect()
    }

    fn value(&self, index: usize) -> Option<&Value> {
        self.given.get(index)?.value.as_ref()
    }

    /// Returns a size.
    pub(crate) fn size(&self, index: usize) -> Option<Size> {
        match self.value(index)? {
            Value::Size(size) => Some(size.clone()),
            _ => None,
        }
    }

    /// Returns the sizes along the rows and along the columns.
    pub(crate) fn sides(&self, index: usize) -> Option<[Size; 2]> {
        match self.value(index)? {
            Value::Sides(sides) => Some(sides.clone()),
            _ => None,
        }
    }

    /// Returns a padding.
    pub(crate) fn padding(&self, index: usize) -> Option<Padding> {
        match self.value(index)? {
            Value::Padding(padding) => Some(padding.clone()),
            _ => None,
        }
    }

    /// Returns one of the words that a parameter accepts.
    pub(crate) fn word(&self, index: usize) -> Option<&'static str> {
        match self.value(index)? {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Returns a flag: `true`, `false` or a constant.
    pub(crate) fn flag(&self, index: usize) -> Option<TokenStream> {
        match self.value(index)? {
            Value::Flag(flag) => Some(flag.clone()),
            _ => None,
        }
    }

    /// Returns the path of a table.
    pub(crate) fn table(&self, index: usize) -> Option<TokenStream> {
        match self.value(index)? {
            Value::Table(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// Returns true if an optional argument is left out.
    pub(crate) fn absent(&self, index: usize) -> bool {
        matches!(self.value(index), Some(Value::Absent))
    }

    /// Returns the arguments as const arguments, or `None` after a mistake.
    pub(crate) fn generics(&self) -> Option<Vec<TokenStream>> {
        self.given.iter().map(|given| given.value.as_ref().map(ToTokens::to_token_stream)).collect()
    }

    /// Returns a size computed from others: by the macro if it knows them, otherwise by `plywood::proof::function`,
    /// which computes the same.
    pub(crate) fn compute(
        &mut self,
        function: &str,
        known: fn(&[u64]) -> u64,
        sizes: &[&Size],
        text: &str,
    ) -> Result<Size, Unwritable> {
        let numbers: Option<Vec<u64>> = sizes.iter().map(|size| size.known()).collect();
        if let Some(numbers) = numbers {
            return Ok(Size::Known(known(&numbers)));
        }
        if let Some(param) = sizes.iter().find_map(|size| size.param()) {
            return Err(Unwritable::Param(param.clone()));
        }
        let function = library::proof(function);
        let sizes = sizes.iter().map(|size| size.value());
        Ok(self.values.bind(&quote!(#function(#(#sizes),*)), self.name_of(text)))
    }

    /// Leaves a check to the compiler, and blames all arguments.
    pub(crate) fn prove_all(&self, function: &str, arguments: &TokenStream) -> TokenStream {
        let subject = self.subject();
        library::prove(function, None, &quote!(#subject, #arguments), self.all())
    }

    /// Leaves a check to the compiler, and blames the keyword.
    pub(crate) fn prove_layer(&self, function: &str, arguments: &TokenStream) -> TokenStream {
        let subject = self.subject();
        library::prove(function, None, &quote!(#subject, #arguments), self.keyword)
    }

    /// Leaves a check to the compiler, as a call of `plywood::proof::function`, and blames an argument.
    pub(crate) fn prove(&self, function: &str, arguments: &TokenStream, index: usize) -> TokenStream {
        let subject = self.subject();
        library::prove(function, None, &quote!(#subject, #arguments), self.blamed(index))
    }
}

/// Reads the arguments in the order of the keyword's parameters. `input` is the shape that reaches the layer.
pub(crate) fn read<'a, 'v>(
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
            Mend::After(&format!("({})", values.collect::<Vec<_>>().join(", "))).to_string()
        };
        errors.push(&call.keyword, format!("{subject}: {names} {be} missing{mend}{}", takes(keyword)));
    }
    Arguments { keyword: &call.keyword, place, given: read, values }
}

/// Reads the value of a parameter.
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

/// The tokens of each parameter.
struct Assigned<'a> {
    /// The tokens, one entry for each parameter.
    given: Vec<Option<&'a TokenStream>>,
    /// True if the parameter of some argument is unknown: a missing argument may be that one.
    misnamed: bool,
}

/// Assigns arguments to parameters, and reports those that belong to none. `input` is the shape that reaches the layer,
/// `subject` its name in messages.
fn assign<'a>(
    call: &'a Call,
    keyword: &Keyword,
    subject: &str,
    input: &Shape,
    errors: &mut Errors,
) -> Assigned<'a> {
    let mut given: Vec<Option<&TokenStream>> = vec![None; keyword.parameters.len()];
    let mut excess: Vec<(usize, &Argument)> = Vec::new();
    let mut misnamed = false;
    let arguments = without_inputs(call, keyword, subject, input, errors);
    for (position, argument) in arguments.iter().enumerate() {
        let after_option = arguments.iter().take(position).any(|argument| argument.name.is_some());
        let index = match &argument.name {
            None if after_option => match after_options(argument, keyword, &given, subject, errors) {
                None => Some(keyword.parameters.len()),
                index => index,
            },
            None => Some(position).filter(|position| *position < keyword.positional),
            Some(option) => match named(argument, &option.to_string(), keyword, subject, errors) {
                None => {
                    misnamed = true;
                    continue;
                }
                index => index,
            },
        };
        match index.and_then(|index| given.get_mut(index)) {
            Some(slot @ None) => *slot = Some(&argument.value),
            Some(Some(_)) if argument.name.is_some() => {
                let name = argument.name.as_ref().map(ToString::to_string).unwrap_or_default();
                let problem = format!("{subject}: `{name}` is given twice{}", Mend::Remove);
                errors.push(argument.tokens(), problem);
            }
            _ => excess.push((position, argument)),
        }
    }
    let table = keyword.parameters.first().is_some_and(|parameter| matches!(parameter.kind, Kind::Table));
    if !excess.is_empty() && table {
        // a table is meant: its numbers are one mistake
        let all: TokenStream = call.arguments.iter().map(Argument::tokens).collect();
        let problem = format!("{subject}: `table` is the path of a constant: found `{}`", listed(call));
        errors.push(all, problem + TABLE);
        return Assigned { given: vec![None; given.len()], misnamed: true };
    }
    if let Some(decimal) = decimal_comma(call, keyword).filter(|_| !excess.is_empty()) {
        let tokens: TokenStream = call.arguments.iter().map(Argument::tokens).collect();
        let name = keyword.parameters.first().map_or("", |parameter| parameter.name);
        let (found, mend) = (listed(call), Mend::Write(&decimal));
        errors.push(tokens, format!("{subject}: `{name}` has a decimal point: found `{found}`{mend}"));
        return Assigned { given: vec![None; given.len()], misnamed: true };
    }
    if let Some((first, _)) = excess.first() {
        let parameter = keyword.parameters.get(*first).filter(|_| excess.len() == 1);
        let free = given.get(*first).is_some_and(Option::is_none);
        let tokens: TokenStream = excess.iter().map(|(_, argument)| argument.tokens()).collect();
        let (found, written) = (call.arguments.len(), text(tokens.clone()));
        let option = of_word(keyword, &given, &written).filter(|_| excess.len() == 1);
        let mend = match parameter {
            _ if known(&written) => as_a_layer(keyword, &written),
            _ if layer_of(&written).is_some() => as_a_layer(keyword, layer_of(&written).unwrap_or_default()),
            _ if without_bias(keyword, &written) => Mend::Write("bias = false").to_string(),
            _ if option.is_some() => {
                Mend::Write(&format!("{} = {written}", option.unwrap_or_default())).to_string()
            }
            Some(parameter) if parameter.is_size() && free => {
                Mend::Write(&format!("{} = {written}", parameter.name)).to_string()
            }
            _ => Mend::Remove.to_string(),
        };
        let note = takes(keyword);
        errors.push(tokens, format!("{subject} is given too many arguments: found {found}{mend}{note}"));
    }
    Assigned { given, misnamed }
}

/// Returns the parameter that an argument after options is meant for, if it can be identified: `conv(kernel = 3, 6)`.
fn after_options(
    argument: &Argument,
    keyword: &Keyword,
    given: &[Option<&TokenStream>],
    subject: &str,
    errors: &mut Errors,
) -> Option<usize> {
    let index = given.iter().take(keyword.positional).position(Option::is_none)?;
    let parameter = keyword.parameters.get(index)?;
    let (found, name) = (text(argument.value.clone()), parameter.name);
    if known(&found) {
        return None;
    }
    let written = format!("{name} = {found}");
    let mend = Mend::Write(&written);
    errors.push(
        argument.tokens(),
        format!("{subject}: `{name}` has no name after arguments that have one: found `{found}`{mend}"),
    );
    Some(index)
}

/// Returns the only option, not given yet, that a word can be meant for.
fn of_word(keyword: &Keyword, given: &[Option<&TokenStream>], word: &str) -> Option<&'static str> {
    let mut options = keyword.parameters.iter().zip(given).filter(|(parameter, given)| {
        given.is_none()
            && match parameter.kind {
                Kind::Word(words) => words.contains(&word),
                Kind::Flag => FLAGS.contains(&word),
                Kind::Padding => matches!(word, "valid" | "same" | "causal"),
                _ => false,
            }
    });
    options.next().map(|(parameter, _)| parameter.name).filter(|_| options.next().is_none())
}

/// Returns the number that two arguments are meant to be: `0.5` for `dropout(0,5)`.
fn decimal_comma(call: &Call, keyword: &Keyword) -> Option<String> {
    let decimal = matches!(keyword.parameters.first()?.kind, Kind::Decimal(_));
    let [whole, fraction] = &call.arguments[..] else { return None };
    let digits = |argument: &Argument| {
        let written = text(argument.value.clone());
        let all = !written.is_empty() && written.chars().all(|letter| letter.is_ascii_digit());
        (all && argument.name.is_none()).then_some(written)
    };
    let (whole, fraction) = (digits(whole)?, digits(fraction)?);
    (decimal && keyword.positional == 1).then(|| format!("{whole}.{fraction}"))
}

/// Returns true if an argument is meant to switch the bias off: `no_bias`, `!bias`.
fn without_bias(keyword: &Keyword, written: &str) -> bool {
    let has_bias = keyword.parameters.iter().any(|parameter| parameter.name == "bias");
    has_bias && matches!(written, "no_bias" | "nobias" | "!bias" | "without_bias")
}

/// Returns the arguments after the number of inputs or input channels, which other libraries require.
fn without_inputs<'a>(
    call: &'a Call,
    keyword: &Keyword,
    subject: &str,
    input: &Shape,
    errors: &mut Errors,
) -> &'a [Argument] {
    let all = &call.arguments[..];
    let positional: Vec<&Argument> = all.iter().take_while(|argument| argument.name.is_none()).collect();
    let sized = keyword.parameters.first().is_some_and(|first| matches!(first.name, "outputs" | "channels"));
    let inputs = match input {
        Shape::Flat(channels) | Shape::Image([_, _, channels]) => channels.known(),
        _ => None,
    };
    let [first, others @ ..] = &positional[..] else { return all };
    let told = inputs.is_some_and(|inputs| inputs.to_string() == text(first.value.clone()));
    let numbers = others.iter().all(|other| {
        let written = text(other.value.clone());
        !written.starts_with(|letter: char| letter.is_lowercase() || letter == '!')
    });
    if !sized || !told || !numbers || positional.len() != keyword.positional + 1 {
        return all;
    }
    let values = |arguments: &[&Argument]| -> Vec<TokenStream> {
        arguments.iter().map(|argument| argument.value.clone()).collect()
    };
    let others: Vec<String> = values(others).into_iter().map(text).collect();
    let tokens: TokenStream = values(&positional).into_iter().collect();
    let mend = Mend::Write(&others.join(", "));
    errors.push(
        tokens,
        format!(
            "{subject} is given too many arguments: found {}{mend}, for what reaches it is inferred{}",
            all.len(),
            takes(keyword)
        ),
    );
    &all[1..]
}

/// Returns the parameter that an option names, or that it was probably meant to name.
fn named(
    argument: &Argument,
    option: &str,
    keyword: &Keyword,
    subject: &str,
    errors: &mut Errors,
) -> Option<usize> {
    let index = |name: &str| keyword.parameters.iter().position(|parameter| parameter.name == name);
    if let Some(index) = index(option) {
        return Some(index);
    }
    let value = text(argument.value.clone());
    let other = (option == "activation").then(|| absent(&meant_by(&value))).flatten();
    if known(&value) || layer_of(&value).is_some() {
        let help = as_a_layer(keyword, layer_of(&value).unwrap_or(&value));
        errors.push(argument.tokens(), format!("{subject} has no option `{option}`{help}"));
        return None;
    }
    if let Some(help) = other {
        let problem = format!("{subject} has no option `{option}`, and there is no layer {value}");
        errors.push(argument.tokens(), format!("{problem}{}{}", Mend::Remove, noted(&help)));
        return None;
    }
    let near = nearest(option, keyword.parameters.iter().map(|parameter| parameter.name));
    let meant = near.or_else(|| elsewhere::option(option)).filter(|meant| index(meant).is_some());
    let help = match meant {
        Some(meant) if near.is_some() => Mend::Meant(meant).to_string(),
        Some(meant) => Mend::Write(meant).to_string(),
        None => takes(keyword),
    };
    errors.push(&argument.name, format!("{subject} has no option `{option}`{help}"));
    meant.and_then(index)
}

/// Returns the activation that a value names in the manner of other libraries: `"relu"`, `nn.ReLU()`.
fn layer_of(value: &str) -> Option<&'static str> {
    let foreign = value.starts_with('"') || value.contains(['.', ':', '(']);
    elementwise(value).filter(|_| foreign || value.starts_with(char::is_uppercase))
}

/// Returns the note in a help text.
fn noted(help: &str) -> String {
    help.split_once("note: ").map_or_else(String::new, |(_, note)| format!("\nnote: {note}"))
}

/// Returns the help for a layer that was passed as an argument of another one.
fn as_a_layer(keyword: &Keyword, layer: &str) -> String {
    format!("{}, and write it as the layer after this one: `{}(…), {layer}`", Mend::Remove, keyword.name)
}

/// Returns all arguments as they are written.
fn listed(call: &Call) -> String {
    let all = call.arguments.iter().map(|argument| text(argument.value.clone()));
    all.collect::<Vec<_>>().join(", ")
}

/// Returns the form in which a keyword is written.
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
