//! Reads layers as other libraries write them: `nn.Linear(784, 10)`, `nn::Conv2d(1, 6, 5)`, `MaxPooling2D(2)`,
//! `F.relu`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Error, Token, token};

use crate::decimal::units;
use crate::keyword::{Default, Keyword, find, find_composite, find_joined};
use crate::report::Mend;
use crate::suggest::elsewhere::{self, absent};
use crate::tokens::{single, split_at_commas, text};

/// The words after the name of a layer that make a value of it.
const MAKERS: [&str; 9] = ["new", "init", "default", "build", "config", "create", "forward", "apply", "call"];

/// The words that add a layer to others.
const ADDERS: [&str; 4] = ["add", "push", "append", "add_fn"];

/// The library's layers that are written without arguments: a type of this name is probably one of them.
const BARE: [&str; 16] = [
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "sigmoid",
    "tanh",
    "hard_sigmoid",
    "hard_swish",
    "hard_tanh",
    "batch_norm",
    "layer_norm",
    "l2_normalize",
    "global_avg_pool",
    "flatten",
];

/// A layer written as in another library.
struct Foreign {
    /// The words before the arguments.
    words: Vec<String>,
    /// The arguments.
    arguments: Option<TokenStream>,
    /// The first word, if it is the only one.
    single: Option<Ident>,
    /// All tokens of the layer.
    tokens: TokenStream,
}

/// Takes a layer written as in another library, if one begins here, and returns an error with its form in this one.
pub(crate) fn foreign(input: ParseStream) -> Option<Error> {
    let foreign = Foreign::parse(input)?;
    Some(foreign.error())
}

impl Foreign {
    fn parse(input: ParseStream) -> Option<Self> {
        let ahead = input.fork();
        let first = ahead.call(Ident::parse_any).ok()?;
        let (mut words, mut tokens) = (vec![first.to_string()], first.to_token_stream());
        let mut dotted = false;
        loop {
            if ahead.peek(Token![.]) && ahead.peek2(Ident::peek_any) {
                ahead.parse::<Token![.]>().ok()?.to_tokens(&mut tokens);
                dotted = true;
            } else if ahead.peek(Token![::]) && ahead.peek3(Ident::peek_any) {
                ahead.parse::<Token![::]>().ok()?.to_tokens(&mut tokens);
            } else {
                break;
            }
            let word = ahead.call(Ident::parse_any).ok()?;
            word.to_tokens(&mut tokens);
            words.push(word.to_string());
        }
        let single = (words.len() == 1).then_some(first);
        let lower = |word: &Ident| !word.to_string().starts_with(char::is_uppercase);
        if single.as_ref().is_some_and(lower) {
            return None;
        }
        let mut arguments = None;
        if ahead.peek(token::Paren) {
            let group: Group = ahead.parse().ok()?;
            group.to_tokens(&mut tokens);
            arguments = Some(group.stream());
        } else if !dotted {
            return None;
        }
        // `Dense(10)(x)`, `.init(&device)`, `?`
        loop {
            if ahead.peek(token::Paren) {
                ahead.parse::<Group>().ok()?.to_tokens(&mut tokens);
            } else if ahead.peek(Token![?]) {
                ahead.parse::<Token![?]>().ok()?.to_tokens(&mut tokens);
            } else if ahead.peek(Token![.]) && ahead.peek2(syn::Ident) {
                ahead.parse::<Token![.]>().ok()?.to_tokens(&mut tokens);
                ahead.parse::<Ident>().ok()?.to_tokens(&mut tokens);
            } else {
                break;
            }
        }
        input.advance_to(&ahead);
        Some(Self { words, arguments, single, tokens })
    }

    /// Returns the word that names the layer.
    fn name(&self) -> &str {
        let making = |word: &&String| !MAKERS.contains(&word.as_str());
        let name = self.words.iter().rev().find(making).or(self.words.last());
        let name = name.map_or("", String::as_str);
        ["Config", "Builder", "Record"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
    }

    fn error(&self) -> Error {
        let (name, found) = (self.name(), text(self.tokens.clone()));
        if let Some(added) = self.added() {
            let problem = format!("layers follow one another without `{name}`: found `{found}`");
            return Error::new_spanned(&self.tokens, format!("{problem}{}", Mend::Write(&added)));
        }
        let arguments = self.arguments.clone().unwrap_or_default();
        if let Some(note) = elsewhere::adaptive(name).filter(|_| gives_sides(arguments.clone())) {
            let problem = format!("found `{found}`, which is not how a layer is written");
            return Error::new_spanned(&self.tokens, format!("{problem}\nnote: {note}"));
        }
        if let Some(written) = spelled(name, arguments.clone()) {
            if let Some((word, keyword)) = self.single.as_ref().zip(keyword(name))
                && written == with_arguments(keyword.name, &text(arguments.clone()))
                && found == format!("{word}({})", text(arguments))
            {
                // everything but the word may stay
                let problem = format!("`{word}` is a type and takes no arguments in `(…)`");
                let mend = Mend::Write(keyword.name);
                return Error::new(
                    word.span(),
                    format!("{problem}{mend}, for the library's layers are in lower case"),
                );
            }
            let problem = format!("found `{found}`, which is not how a layer is written");
            return Error::new_spanned(&self.tokens, format!("{problem}{}", Mend::Write(&written)));
        }
        if let Some(help) = absent(name) {
            return Error::new_spanned(&self.tokens, format!("there is no layer `{name}`{help}"));
        }
        if let Some(block) = elsewhere::layer(name).and_then(find_composite) {
            let (name, usage) = (block.name(), block.usage());
            let problem = format!("found `{found}`, which is not how a layer is written");
            return Error::new_spanned(
                &self.tokens,
                format!("{problem}\nnote: `{name}` is written `{usage}`"),
            );
        }
        match &self.single {
            Some(word) => {
                let typed = format!("{word}<{}>", text(arguments));
                Error::new_spanned(
                    &self.tokens,
                    format!(
                        "`{word}` is a type and takes no arguments in `(…)`{}, for a layer of your own takes its \
                         sizes in angle brackets",
                        Mend::Write(&typed)
                    ),
                )
            }
            None => Error::new_spanned(
                &self.tokens,
                format!(
                    "expected a layer, found `{found}`\n\
                     note: a layer of the library is written `dense(10)`, one of your own `path::MyLayer<64>`"
                ),
            ),
        }
    }

    /// Returns the added layer in the form of this library: `dense(10)` for `model.add(Dense(10))`.
    fn added(&self) -> Option<String> {
        let adds = self.words.last().is_some_and(|word| ADDERS.contains(&word.as_str()));
        let arguments = self.arguments.clone().filter(|_| adds && self.single.is_none())?;
        let parser = |input: ParseStream| {
            let foreign = Foreign::parse(input);
            let _: TokenStream = input.parse()?;
            Ok(foreign)
        };
        let inner = syn::parse::Parser::parse2(parser, arguments.clone()).ok().flatten();
        match inner {
            Some(inner) => spelled(inner.name(), inner.arguments.clone().unwrap_or_default()),
            None => Some(text(arguments)),
        }
    }
}

/// Returns the row of a keyword that other libraries may call by this name.
fn keyword(name: &str) -> Option<&'static Keyword> {
    find_joined(&name.to_lowercase()).or_else(|| elsewhere::layer(name).and_then(find))
}

/// Returns the row of the keyword that a type of this name probably stands for.
pub(crate) fn bare(name: &str) -> Option<&'static Keyword> {
    keyword(name).filter(|keyword| BARE.contains(&keyword.name))
}

fn with_arguments(keyword: &str, arguments: &str) -> String {
    if arguments.is_empty() { keyword.to_owned() } else { format!("{keyword}({arguments})") }
}

/// An argument of another library.
struct Given {
    name: Option<String>,
    tokens: TokenStream,
    /// True for the second of `1 => 6`.
    arrow: bool,
}

/// Returns true if the output sides of an adaptive pool are given, and are not 1.
fn gives_sides(arguments: TokenStream) -> bool {
    split(arguments).iter().any(|given| is_number(&given.tokens) && written(&given.tokens) != "1")
}

/// Returns a layer of another library, with its arguments, in the form of this one.
fn spelled(name: &str, arguments: TokenStream) -> Option<String> {
    let keyword = keyword(name)?;
    let mut activation = None;
    let mut positional: Vec<Given> = Vec::new();
    let mut named: Vec<(usize, String)> = Vec::new();
    for given in split(arguments) {
        let written = written(&given.tokens);
        if let Some(option) = &given.name {
            let names = |meant: &str| keyword.parameters.iter().position(|parameter| parameter.name == meant);
            let complement = option == "momentum" && name.to_lowercase() == "batchnormalization";
            match names(option).or_else(|| elsewhere::option(option).and_then(names)) {
                // Keras gives the share of the mean that is kept, this library the share that is replaced
                Some(index) if complement => named.push((index, remainder(&written)?)),
                Some(index) => named.push((index, written)),
                None if option == "activation" => activation = elementwise(&written),
                None => {}
            }
        } else if is_number(&given.tokens) {
            positional.push(given);
        } else if let Some(layer) = elementwise(&written) {
            activation = Some(layer);
        }
    }
    let mut all: Vec<(usize, String)> =
        by_position(keyword, name, &positional, named.iter().any(|(index, _)| *index == 1));
    named.retain(|(index, _)| !all.iter().any(|(other, _)| other == index));
    all.extend(named);
    for (index, parameter) in keyword.parameters.iter().enumerate() {
        if matches!(parameter.default, Default::Required) && !all.iter().any(|(other, _)| *other == index) {
            let value = if parameter.name == "p" { "0.5".to_owned() } else { parameter.name.to_uppercase() };
            all.push((index, value));
        }
    }
    all.sort_by_key(|(index, _)| *index);
    let arguments: Vec<String> = all
        .iter()
        .map(|(index, value)| match keyword.parameters.get(*index) {
            Some(parameter) if *index >= keyword.positional => format!("{} = {value}", parameter.name),
            _ => value.clone(),
        })
        .collect();
    let layer = with_arguments(keyword.name, &arguments.join(", "));
    Some(match activation {
        Some(activation) => format!("{layer}, {activation}"),
        None => layer,
    })
}

/// Returns the difference between 1 and a share.
fn remainder(share: &str) -> Option<String> {
    const PLACES: u32 = 6;
    let rest = 10_u64.pow(PLACES).checked_sub(units(share, PLACES).ok()?)?;
    let digits = format!("{rest:06}");
    Some(if rest == 0 { "0.0".to_owned() } else { format!("0.{}", digits.trim_end_matches('0')) })
}

/// Returns the parameters that arguments without names are for. Other libraries also require the size that reaches a
/// layer. `second` is true if the second parameter is given by name.
fn by_position(keyword: &Keyword, name: &str, given: &[Given], second: bool) -> Vec<(usize, String)> {
    let value = |index: usize| given.get(index).map(|given| written(&given.tokens));
    let inner = |index: usize| match given.get(index).map(|given| group(&given.tokens)) {
        Some(Some(pair)) => split(pair).last().map(|last| written(&last.tokens)),
        _ => None,
    };
    let values = match keyword.name {
        "dense" => vec![value(given.len().saturating_sub(1).min(1))],
        "conv" | "conv_transpose" => match given {
            // `Conv((5, 5), 1 => 6)`
            [_, second, ..] if second.arrow => vec![value(1), value(0)],
            // `Conv2dConfig::new([1, 6], [5, 5])`
            [first, _, ..] if group(&first.tokens).is_some() => vec![inner(0), value(1)],
            // `Conv2d(1, 6, kernel_size=5)`
            [_, _] if second => vec![value(1)],
            // `Conv2d(1, 6, 5)`, but `Conv2D(6, 5, 1)`
            [_, _, _, ..] if !name.contains("2D") => vec![value(1), value(2), value(3), value(4)],
            _ => vec![value(0), value(1), value(2)],
        },
        "group_norm" | "leaky_relu" | "elu" | "dropout" | "spatial_dropout" | "upsample" | "select" => {
            vec![value(0)]
        }
        "max_pool" | "avg_pool" => vec![value(0), value(1), value(2)],
        "reshape" => (0..given.len()).map(value).collect(),
        _ => Vec::new(),
    };
    values.into_iter().enumerate().filter_map(|(index, value)| Some((index, value?))).collect()
}

/// Splits arguments at their commas.
fn split(tokens: TokenStream) -> Vec<Given> {
    split_at_commas(tokens).iter().map(|part| Given::of(part)).collect()
}

impl Given {
    fn of(part: &[TokenTree]) -> Self {
        let sign = |token: &TokenTree, sign: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
        let all = |tokens: &[TokenTree]| tokens.iter().cloned().collect::<TokenStream>();
        match part {
            [TokenTree::Ident(name), equals, value @ ..]
                if (sign(equals, '=') || sign(equals, ':'))
                    && !value.first().is_some_and(|next| sign(next, ':')) =>
            {
                Self { name: Some(name.to_string()), tokens: all(value), arrow: false }
            }
            _ => {
                let arrow = part.windows(2).position(|pair| sign(&pair[0], '=') && sign(&pair[1], '>'));
                let value = arrow.map_or(part, |at| &part[at + 2..]);
                Self { name: None, tokens: all(value), arrow: arrow.is_some() }
            }
        }
    }
}

/// Returns the tokens in a pair of brackets.
fn group(tokens: &TokenStream) -> Option<TokenStream> {
    match single(tokens)? {
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}

/// Returns true if a number may be meant, or a pair of two.
fn is_number(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Literal(literal)), _) => {
            literal.to_string().starts_with(|first: char| first.is_ascii_digit())
        }
        (Some(TokenTree::Group(_)), None) => true,
        (Some(TokenTree::Ident(constant)), None) => {
            let constant = constant.to_string();
            constant
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
        }
        _ => false,
    }
}

/// Returns a value in the form of this library: words without quotes and paths, pairs in round brackets, one number for
/// two equal ones.
fn written(tokens: &TokenStream) -> String {
    if let Some(pair) = group(tokens) {
        let parts: Vec<String> = split(pair).iter().map(|part| written(&part.tokens)).collect();
        return match &parts[..] {
            [one] => one.clone(),
            [rows, columns] if rows == columns => rows.clone(),
            _ => format!("({})", parts.join(", ")),
        };
    }
    let found = text(tokens.clone());
    let bare = found.trim_matches('"');
    let last = bare.rsplit([':', '.']).next().unwrap_or(bare);
    match &*last.to_lowercase() {
        word @ ("true" | "false" | "same" | "valid" | "causal" | "reflect" | "replicate") => word.to_owned(),
        "zeros" => "zero".to_owned(),
        _ => bare.to_owned(),
    }
}

/// Returns the activation that a word of another library, in quotes or at the end of a path, names.
pub(crate) fn elementwise(found: &str) -> Option<&'static str> {
    let bare = found.trim_matches('"').trim_end_matches("()");
    let last = bare.rsplit([':', '.']).next()?;
    let keyword = keyword(last)?;
    let arguments =
        keyword.parameters.iter().all(|parameter| !matches!(parameter.default, Default::Required));
    (BARE.contains(&keyword.name) && arguments && !matches!(keyword.name, "flatten" | "global_avg_pool"))
        .then_some(keyword.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    /// Checks the content of the help for each form in PyTorch, Keras, Flux, burn, candle, tch and dfdx.
    #[test]
    fn says_how_each_is_written_here() {
        for (source, expected) in [
            ("nn.Linear(784, 10)", "dense(10)"),
            ("nn.Linear(in_features=784, out_features=10, bias=False)", "dense(10, bias = false)"),
            ("torch.nn.Conv2d(1, 6, 5)", "conv(6, 5)"),
            ("nn.Conv2d(3, 16, kernel_size=3, stride=2, padding=1)", "conv(16, 3, stride = 2, pad = 1)"),
            ("keras.layers.Conv2D(16, kernel_size=3)", "conv(16, 3)"),
            ("nn.Conv2d(1, 6, 5, 2, 2)", "conv(6, 5, stride = 2, pad = 2)"),
            ("nn.ConvTranspose2d(8, 4, 2, 2)", "conv_transpose(4, 2, stride = 2)"),
            ("nn.BatchNorm2d(64)", "batch_norm"),
            ("nn.GroupNorm(8, 64)", "group_norm(8)"),
            ("nn.ReLU(inplace=True)", "relu"),
            ("nn.Dropout(p=0.2)", "dropout(0.2)"),
            ("nn.Dropout()", "dropout(0.5)"),
            ("nn.MaxPool2d(2, 2)", "max_pool(2, stride = 2)"),
            ("nn.AdaptiveAvgPool2d(1)", "global_avg_pool"),
            ("F.relu", "relu"),
            ("F.relu(x)", "relu"),
            ("F.max_pool2d(x, 2)", "max_pool(2)"),
            ("torch.flatten(x, 1)", "flatten"),
            ("layers.Dense(64, activation=\"relu\")", "dense(64), relu"),
            ("tf.keras.layers.Conv2D(32, (3, 3), padding=\"same\")", "conv(32, 3, pad = same)"),
            ("keras.layers.Conv2D(32, 3, 2)", "conv(32, 3, stride = 2)"),
            ("Conv2D(filters=32, kernel_size=(5, 3), activation=tf.nn.tanh)", "conv(32, (5, 3)), tanh"),
            ("BatchNormalization(momentum=0.99, epsilon=1e-3)", "batch_norm(eps = 1e-3, momentum = 0.01)"),
            ("nn.BatchNorm2d(64, momentum=0.05)", "batch_norm(momentum = 0.05)"),
            ("GlobalAveragePooling2D()", "global_avg_pool"),
            ("model.add(Dense(10))", "dense(10)"),
            ("model.add(layers.Dense(10))", "dense(10)"),
            ("model.add(dense(10))", "dense(10)"),
            ("Dense(784 => 10, relu)", "dense(10), relu"),
            ("Flux.Dense(784 => 10)", "dense(10)"),
            ("Conv((5, 5), 1 => 6, relu)", "conv(6, 5), relu"),
            ("MaxPool((2, 2))", "max_pool(2)"),
            ("LinearConfig::new(784, 10).init(&device)", "dense(10)"),
            ("nn::conv::Conv2dConfig::new([1, 6], [5, 5])", "conv(6, 5)"),
            ("nn::linear(vs, 784, 10, Default::default())", "dense(10)"),
            ("nn::conv2d(&vs, 1, 32, 5, Default::default())", "conv(32, 5)"),
            ("candle_nn::linear(784, 10, vb.pp(\"fc\"))?", "dense(10)"),
            ("candle_nn::Linear::new(784, 10)", "dense(10)"),
            ("dense::new(8)", "dense(8)"),
            ("Dense()", "dense(OUTPUTS)"),
            ("Dense(10)(x)", "dense(10)"),
            ("nn.Conv2d(HIDDEN, 3)", "conv(HIDDEN, 3)"),
        ] {
            let parser = |input: ParseStream| {
                let foreign = foreign(input);
                assert!(input.is_empty(), "{source} is not taken as a whole");
                Ok(foreign)
            };
            let error =
                parser.parse_str(source).unwrap().unwrap_or_else(|| panic!("{source} is taken for a layer"));
            let message = error.to_string();
            assert!(message.contains(&format!("write `{expected}`")), "{source}: {message}");
        }
    }

    #[test]
    fn says_what_gives_other_sides() {
        for (source, keyword) in [
            ("nn.AdaptiveAvgPool2d(7)", "avg_pool"),
            ("F.adaptive_avg_pool2d(x, (7, 7))", "avg_pool"),
            ("nn.AdaptiveMaxPool2d(output_size=(5, 7))", "max_pool"),
        ] {
            let parser = |input: ParseStream| Ok(foreign(input));
            let message = parser.parse_str(source).unwrap().unwrap().to_string();
            let note = format!("note: it is `{keyword}` with the kernel that gives that side");
            assert!(message.contains(&note) && !message.contains("help"), "{source}: {message}");
        }
    }

    #[test]
    fn leaves_what_is_written_in_plywood() {
        for source in
            ["dense(10)", "relu", "MyLayer<8>", "crate::MyLayer", "a::B<3>", "Head", "residual { relu }"]
        {
            let parser = |input: ParseStream| {
                let foreign = foreign(input);
                let _: TokenStream = input.parse()?;
                Ok(foreign)
            };
            let error = parser.parse_str(source).unwrap();
            assert!(
                error.is_none(),
                "{source}: {}",
                error.map_or_else(String::new, |error| error.to_string())
            );
        }
    }
}
