//! Reads the comma-separated content of a layer's brackets, and other forms that people write there.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Error, Lit, Result, Token, token};

use crate::keyword::{is_option, is_switch};
use crate::parse::ast::Argument;
use crate::parse::input::{expected, mended, skip, skip_to_comma, up_to_comma, within};
use crate::report::{Errors, Mend};
use crate::tokens::text;

/// Reads `(6, kernel = 5)`.
pub(crate) fn arguments(group: &Group, errors: &mut Errors) -> Vec<Argument> {
    let parser = |input: ParseStream| {
        let mut arguments = Vec::new();
        while !input.is_empty() {
            if input.peek(Token![..]) || input.peek(Token![.]) && input.peek2(syn::Ident) {
                dots(input, errors)?;
                continue;
            }
            let argument = argument(input, errors);
            // an empty argument between two commas is already a mistake
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

/// Reads and takes `conv(6, 3, ..)`, `conv(6, .kernel = 3)`: signs of other languages.
fn dots(input: ParseStream, errors: &mut Errors) -> Result<()> {
    let rest = input.peek(Token![..]);
    let sign = if rest {
        input.parse::<Token![..]>()?.into_token_stream()
    } else {
        input.parse::<Token![.]>()?.into_token_stream()
    };
    let note = if rest { "\nnote: an option that is left out is what it is by default" } else { "" };
    let problem = format!("expected an argument, found `{sign}`{}{note}", Mend::Remove);
    errors.push(sign, problem);
    if rest {
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(())
}

/// Reads and takes `no bias`, `without bias`: two words for an option that is off.
fn switched_off(input: ParseStream) -> Option<(Ident, TokenStream)> {
    let ahead = input.fork();
    let (no, option): (Ident, Ident) = (ahead.parse().ok()?, ahead.parse().ok()?);
    let off = matches!(&*no.to_string(), "no" | "without") && is_switch(&option.to_string());
    off.then(|| {
        input.advance_to(&ahead);
        (option.clone(), quote!(#no #option))
    })
}

/// Reads `kernel 5`, an option without the sign.
fn unsigned(input: ParseStream) -> bool {
    let option = input.fork().parse::<Ident>().is_ok_and(|word| is_option(&word.to_string()));
    let joins = input.peek2(Token![as]);
    option && !joins && (input.peek2(Lit) || input.peek2(Ident::peek_any) || input.peek2(token::Paren))
}

/// Reads `kernel = 5`.
fn argument(input: ParseStream, errors: &mut Errors) -> Argument {
    let colon = input.peek2(Token![:]) && !input.peek2(Token![::]) && !input.peek3(Token![=]);
    let equals = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    let mut name = None;
    let mut before = TokenStream::new();
    if let Some((option, words)) = switched_off(input) {
        let (found, written) = (text(words.clone()), format!("{option} = false"));
        let mend = Mend::Write(&written);
        errors.push(words, format!("expected an argument, found `{found}`{mend}"));
        return Argument { name: Some(option), value: quote!(false) };
    }
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
            // a missing value is only one mistake
            Some(name) if colon => expected(input, &format!("the value of the option `{name}`")),
            Some(name) => {
                let mend = Mend::After("VALUE");
                Error::new_spanned(before, format!("the option `{name}` has no value{mend}"))
            }
            None if input.peek(Token![,]) => mended(input, "a value", &Mend::Remove),
            None => expected(input, "a value"),
        });
    }
    Argument { name, value }
}

/// Reads and takes `kernel == 3`, `kernel => 3`, `kernel := 3`: an option with a sign other than `=`.
fn other_sign(input: ParseStream) -> Option<(Ident, TokenStream)> {
    let ahead = input.fork();
    let option: Ident = ahead.parse().ok()?;
    let sign = if ahead.peek(Token![==]) {
        ahead.parse::<Token![==]>().ok()?.into_token_stream()
    } else if ahead.peek(Token![:]) && ahead.peek2(Token![=]) {
        let (colon, equals): (Token![:], Token![=]) = (ahead.parse().ok()?, ahead.parse().ok()?);
        quote!(#colon #equals)
    } else {
        ahead.parse::<Token![=>]>().ok()?.into_token_stream()
    };
    input.advance_to(&ahead);
    Some((option, sign))
}
