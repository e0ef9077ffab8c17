//! Parses tokens into networks. A mistake is recorded, and reading continues after it.

pub(crate) mod arguments;
pub(crate) mod ast;
pub(crate) mod budget;
pub(crate) mod input;
pub(crate) mod label;
pub(crate) mod layers;
pub(crate) mod path;
pub(crate) mod shape;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Result, Token, Visibility, braced, token};

use crate::parse::ast::Network;
use crate::parse::budget::budget;
use crate::parse::input::{expected, mended, no_attribute, skip, up_to_comma, within};
use crate::parse::layers::layers;
use crate::parse::shape::{names_shape, shape};
use crate::report::{Errors, Mend};
use crate::tokens::text;

/// Reads all networks of one call.
pub(crate) fn networks(tokens: TokenStream, errors: &mut Errors) -> Vec<Network> {
    let mut networks = Vec::new();
    let parser = |input: ParseStream| {
        let content;
        braced!(content in input);
        while !content.is_empty() {
            if content.peek(Token![,]) || content.peek(Token![;]) {
                errors.add(mended(&content, "a network", &Mend::Remove));
                skip(&content);
                // after the comma, a budget of the network before it
                let limits = budget(&content, errors)?;
                if let Some(Network { budget, .. }) = networks.last_mut() {
                    budget.extend(limits);
                }
                continue;
            }
            match network(&content, errors) {
                Ok(None) => {}
                Ok(Some(network)) if taken(&network, &networks) => {
                    let name = &network.name;
                    let other = format!("{name}2");
                    let mend = Mend::Write(&other);
                    errors.push(name, format!("`{name}` is the name of another network already{mend}"));
                }
                Ok(Some(network)) => networks.push(network),
                Err(error) => {
                    errors.add(error);
                    skip_to_body(&content);
                    let _: Option<Group> = content.parse()?;
                    // no further errors about this network
                    budget(&content, &mut Errors::default())?;
                }
            }
        }
        Ok(())
    };
    let result = parser.parse2(within_last_token(tokens));
    // after another mistake, tokens that are left over are not one
    if let Err(error) = result
        && errors.len() == 0
    {
        errors.add(error);
    }
    networks
}

/// Returns true if a network has the name of another one, and both always exist.
fn taken(network: &Network, others: &[Network]) -> bool {
    let always = |network: &Network| !network.attributes.iter().any(|one| one.path().is_ident("cfg"));
    always(network) && others.iter().any(|other| other.name == network.name && always(other))
}

/// Returns the tokens in braces with the place of the end of the last one: a token missing at the end is blamed on it.
fn within_last_token(tokens: TokenStream) -> TokenStream {
    let last = match tokens.clone().into_iter().last() {
        Some(TokenTree::Group(group)) => group.span_close(),
        Some(token) => token.span(),
        // without tokens there is nothing else to blame
        None => Span::call_site(),
    };
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(last);
    group.into_token_stream()
}

/// Returns true if the next token is a word that does not begin a network.
fn stray_word(input: ParseStream) -> bool {
    let ahead = input.fork();
    if ahead.parse::<Ident>().is_err() {
        return false;
    }
    let named = |input: ParseStream| {
        input.peek(syn::Ident) && (input.peek2(Token![:]) || input.peek2(Token![<]) && !names_shape(input))
    };
    ahead.is_empty() || named(&ahead)
}

/// Reads `class Net(nn.Module)`, the name of a network in the form of a class. Takes the name and the words around it.
fn class(input: ParseStream) -> Option<(Ident, TokenStream)> {
    let ahead = input.fork();
    let mut name: Ident = ahead.parse().ok()?;
    let mut words = name.to_token_stream();
    if ahead.peek(syn::Ident) {
        name = ahead.parse().ok()?;
        name.to_tokens(&mut words);
    }
    let group: Group =
        ahead.parse().ok().filter(|group: &Group| group.delimiter() == Delimiter::Parenthesis)?;
    group.to_tokens(&mut words);
    let shape = name == "Flat" || name == "Image";
    (ahead.peek(Token![:]) && !shape).then(|| {
        input.advance_to(&ahead);
        (name, words)
    })
}

/// Reads one network; returns `None` where nothing of a network is found.
fn network(input: ParseStream, errors: &mut Errors) -> Result<Option<Network>> {
    no_attribute(input, "a network: `Name: Flat<IN> => Flat<OUT> { … }`")?;
    let mut attributes = input.call(Attribute::parse_outer)?;
    attributes.retain(|attribute| !derived_anyway(attribute, errors));
    let visibility: Visibility = input.parse()?;
    if input.peek(Token![struct]) {
        let token: Token![struct] = input.parse()?;
        errors.push(token, format!("found `struct`, expected the network's name{}", Mend::Remove));
    }
    if !input.peek(syn::Ident) {
        return Err(expected(input, "a network: `Name: Flat<IN> => Flat<OUT> { … }`"));
    }
    let before = errors.len();
    let classed = class(input);
    if let Some((name, words)) = &classed {
        let (found, written) = (text(words.clone()), name.to_string());
        let problem = format!("expected a network: `Name: Flat<IN> => Flat<OUT> {{ … }}`, found `{found}`");
        errors.push(words, format!("{problem}{}", Mend::Write(&written)));
    }
    while classed.is_none() && stray_word(input) {
        errors.add(mended(input, "a network: `Name: Flat<IN> => Flat<OUT> { … }`", &Mend::Remove));
        skip(input);
        if input.is_empty() {
            return Ok(None);
        }
    }
    if classed.is_none() && names_shape(input) && !input.peek3(Token![const]) {
        let what = "the network's name before the shape that it takes";
        return Err(mended(input, what, &Mend::Before("NAME:")));
    }
    let name = match classed {
        Some((name, _)) => name,
        None => input.parse()?,
    };
    let mut network = Network {
        attributes,
        visibility,
        name,
        params: Vec::new(),
        input: None,
        output: None,
        body: None,
        layers: Vec::new(),
        budget: Vec::new(),
    };
    if let Err(error) = header(input, &mut network, errors) {
        // after another mistake, this one may follow from it
        if errors.len() == before {
            errors.add(error);
        }
        skip_to_body(input);
    }
    if input.peek(token::Brace) {
        let body: Group = input.parse()?;
        network.layers = within(&body, |content| Ok(layers(content, errors)))?;
        network.body = Some(body);
    }
    network.budget = budget(input, errors)?;
    Ok(Some(network))
}

/// Reports an attribute that derives a trait that every network implements; returns true if it does.
fn derived_anyway(attribute: &Attribute, errors: &mut Errors) -> bool {
    const ALWAYS: [&str; 3] = ["Debug", "Clone", "Copy"];
    let mut other = false;
    let mut always = None;
    if attribute.path().is_ident("derive") {
        let _ = attribute.parse_nested_meta(|derived| {
            let name = derived.path.segments.last().map(|segment| segment.ident.clone());
            match name.filter(|name| ALWAYS.iter().any(|always| name == always)) {
                Some(name) => always = always.take().or(Some(name)),
                None => other = true,
            }
            Ok(())
        });
    }
    let Some(always) = always else { return false };
    let problem = format!("every network is `{}`: found `{always}` derived again", ALWAYS.join("`, `"));
    if other {
        errors.push(&always, format!("{problem}{}", Mend::Remove));
    } else {
        errors.push(attribute, format!("{problem}{}", Mend::Remove));
    }
    true
}

/// Skips to the next group in braces that is not a size, to the beginning of a budget, or to the end.
fn skip_to_body(input: ParseStream) {
    let size = |input: ParseStream| input.peek2(Token![>]) || input.peek2(Token![,]);
    let budget = |input: ParseStream| {
        input.peek2(token::Brace) && input.fork().parse::<Ident>().is_ok_and(|word| word == "budget")
    };
    while !input.is_empty() && !budget(input) && (!input.peek(token::Brace) || size(input)) {
        skip(input);
    }
}

/// Reads the tokens between the name and the body.
fn header(input: ParseStream, network: &mut Network, errors: &mut Errors) -> Result<()> {
    if input.peek(Token![<]) {
        network.params = params(input, errors)?;
    }
    if input.peek(Token![:]) {
        input.parse::<Token![:]>()?;
    } else {
        let what = "`:` and the shape that the network takes";
        if !names_shape(input) {
            return Err(expected(input, what));
        }
        errors.add(mended(input, what, &Mend::Before(":")));
    }
    network.input = shape(input, errors)?;
    if input.peek(Token![=>]) {
        input.parse::<Token![=>]>()?;
    } else if input.peek(Token![->]) {
        let arrow: Token![->] = input.parse()?;
        let mend = Mend::Write("=>");
        errors
            .push(arrow, format!("expected `=>` before the shape that the network gives, found `->`{mend}"));
    } else if names_shape(input) {
        errors.add(mended(input, "`=>` before the shape that the network gives", &Mend::Before("=>")));
    } else {
        return Err(expected(input, "`=>` and the shape that the network gives"));
    }
    network.output = shape(input, errors)?;
    if input.peek(Token![=>]) {
        // it is unknown which of the shapes is meant
        network.output = None;
        return Err(Error::new_spanned(
            input.parse::<Token![=>]>()?,
            "expected the layers in braces: `{ … }`, found `=>`\n\
             note: only what the network takes and gives is declared: the shapes between its layers are inferred",
        ));
    }
    if input.peek2(token::Brace) && input.fork().parse::<Ident>().is_ok_and(|word| word == "budget") {
        let word: Ident = input.parse()?;
        errors.push(
            word,
            "the budget is written after the network's layers: found before them\n\
             note: it is written `Name: Flat<IN> => Flat<OUT> { … } budget { … }`",
        );
        skip(input);
    }
    if input.peek(token::Brace) { Ok(()) } else { Err(expected(input, "the layers in braces: `{ … }`")) }
}

/// Reads `<const H: usize>`.
fn params(input: ParseStream, errors: &mut Errors) -> Result<Vec<Ident>> {
    const EXPECTED: &str = "a parameter `const NAME: usize`: sizes are all that a network is generic over";
    let mut params = Vec::new();
    input.parse::<Token![<]>()?;
    while !input.peek(Token![>]) {
        if input.peek(Token![const]) {
            input.parse::<Token![const]>()?;
        } else if input.peek(syn::Ident) && input.peek2(Token![:]) {
            let ahead = input.fork();
            skip(&ahead);
            skip(&ahead);
            if ahead.fork().parse::<Ident>().is_ok_and(|ty| ty == "usize") {
                errors.add(mended(input, EXPECTED, &Mend::Before("const")));
            } else {
                let bounded = up_to_comma(input);
                let found = text(bounded.clone());
                let number = ["u8", "u16", "u32", "u64", "i32", "i64", "isize", "int"].iter();
                let name =
                    bounded.clone().into_iter().next().map(|name| name.to_string()).unwrap_or_default();
                let written = format!("const {name}: usize");
                let number = number.into_iter().any(|ty| found.ends_with(&format!(":{ty}")));
                let help = if number {
                    Mend::Write(&written).to_string()
                } else {
                    "\nnote: a layer is named where it stands: `Name: Flat<IN> => Flat<OUT> { MyLayer<64> }`"
                        .to_owned()
                };
                errors.push(bounded, format!("expected {EXPECTED}, found `{found}`{help}"));
                input.parse::<Option<Token![,]>>()?;
                continue;
            }
        } else if input.peek(syn::Ident) && (input.peek2(Token![,]) || input.peek2(Token![>])) {
            let name: Ident = input.parse()?;
            let written = format!("const {name}: usize");
            let mend = Mend::Write(&written);
            errors.push(&name, format!("expected {EXPECTED}, found `{name}`{mend}"));
            params.push(name);
            input.parse::<Option<Token![,]>>()?;
            continue;
        } else {
            return Err(expected(input, EXPECTED));
        }
        let name: Ident = input.parse()?;
        if params.contains(&name) {
            errors.push(&name, format!("the parameter `{name}` is declared twice"));
        } else {
            params.push(name);
        }
        if !input.peek(Token![:]) {
            return Err(expected(input, "`: usize`"));
        }
        input.parse::<Token![:]>()?;
        match input.parse::<Ident>() {
            Ok(ty) if ty == "usize" => {}
            Ok(ty) => {
                let mend = Mend::Write("usize");
                errors.push(&ty, format!("a network's parameter is a `usize`: found `{ty}`{mend}"));
            }
            Err(_) => return Err(expected(input, "`usize`")),
        }
        if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            let value = up_to_comma(input);
            let found = text(value.clone());
            let default = quote!(#equals #value);
            let problem = format!("a network's parameter has no default: found `= {found}`{}", Mend::Remove);
            errors.push(default, problem);
        }
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        } else if !input.peek(Token![>]) {
            return Err(expected(input, "`,` or `>`"));
        }
    }
    input.parse::<Token![>]>()?;
    Ok(params)
}
