//! Reads a budget, `budget { params <= 100_000, flops <= 2_000_000, memory <= 512 KiB }`: the limits of a network's
//! costs.

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::{Error, LitFloat, LitInt, Result, Token, token};

use crate::decimal::units;
use crate::parse::ast::{Limit, Quantity};
use crate::parse::input::{expected, mended, skip, within};
use crate::report::{self, Errors, Mend};
use crate::suggest::{elsewhere, nearest};
use crate::tokens::{first, text};

const QUANTITIES: [(&str, Quantity); 4] = [
    ("params", Quantity::Params),
    ("flops", Quantity::Flops),
    ("memory", Quantity::Memory),
    ("training_memory", Quantity::TrainingMemory),
];

const UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

const BETWEEN: &str = "`,` between two limits";

/// Reads the budget that may follow a network's layers.
pub(crate) fn budget(input: ParseStream, errors: &mut Errors) -> Result<Vec<Limit>> {
    let mut limits = Vec::new();
    let round = |input: ParseStream| {
        let word = input.fork().parse::<Ident>().is_ok_and(|word| word == "budget");
        word && (input.peek2(token::Paren) || input.peek2(token::Bracket))
    };
    let colon = |input: ParseStream| {
        let word = input.fork().parse::<Ident>().is_ok_and(|word| word == "budget");
        word && input.peek2(Token![:]) && input.peek3(token::Brace)
    };
    while input.peek(syn::Ident) && input.peek2(token::Brace) || round(input) || colon(input) || bare(input) {
        let without_braces = bare(input);
        let word: Ident = input.parse()?;
        if without_braces {
            read(&in_braces(input, errors)?, &mut limits, errors)?;
            continue;
        }
        if input.peek(Token![:]) {
            errors.add(mended(input, "a budget's limits in braces", &Mend::Remove));
            skip(input);
        }
        let braces: Group = input.parse()?;
        if braces.delimiter() != Delimiter::Brace {
            let inside = text(braces.stream()).replace("<=", " <= ");
            let mend = format!("{{ {inside} }}");
            errors.push(
                &braces,
                format!(
                    "expected a budget's limits in braces, found {}{}",
                    first(quote!(#braces)),
                    Mend::Write(&mend)
                ),
            );
        }
        if word != "budget" {
            let meant = nearest(&word.to_string(), ["budget"].into_iter());
            let help = report::optional(meant.map(Mend::Meant));
            let expected = "expected another network or `budget { … }` after the network's layers";
            errors.push(&word, format!("{expected}, found `{word}`{help}"));
            continue;
        }
        if braces.stream().is_empty() {
            errors.push(
                &braces,
                "the budget limits nothing\nnote: it is written `budget { params <= 100_000 }`",
            );
        }
        read(&braces, &mut limits, errors)?;
    }
    Ok(limits)
}

/// Reads the limits in braces.
fn read(braces: &Group, limits: &mut Vec<Limit>, errors: &mut Errors) -> Result<()> {
    within(braces, |content| {
        while !content.is_empty() {
            match limit(content, limits) {
                Ok(limit) => {
                    limits.push(limit);
                    if content.peek(Token![;]) {
                        errors.add(mended(content, BETWEEN, &Mend::Write(",")));
                    } else if !content.is_empty() && !content.peek(Token![,]) {
                        errors.add(expected(content, BETWEEN));
                    }
                }
                Err(error) => errors.add(error),
            }
            while !content.is_empty() && !content.peek(Token![,]) && !content.peek(Token![;]) {
                skip(content);
            }
            skip(content);
        }
        Ok(())
    })
}

/// Returns true if a budget follows whose limits lack their braces: `budget params <= 10`, `budget: params <= 10`.
fn bare(input: ParseStream) -> bool {
    let ahead = input.fork();
    let budget = ahead.parse::<Ident>().is_ok_and(|word| word == "budget");
    let _: Result<Token![:]> = ahead.parse();
    budget && begins_limit(&ahead)
}

/// Returns true if the next tokens are meant as a limit.
fn begins_limit(input: ParseStream) -> bool {
    let word = input.fork().parse::<Ident>().map(|word| word.to_string());
    let known = |word: &str| {
        elsewhere::limit(word).is_some()
            || nearest(word, QUANTITIES.map(|(name, _)| name).into_iter()).is_some()
    };
    !input.peek2(Token![::]) && word.is_ok_and(|word| known(&word))
}

/// Puts limits that lack their braces in braces, and reports that the braces are missing.
fn in_braces(input: ParseStream, errors: &mut Errors) -> Result<Group> {
    let colon: Option<Token![:]> = input.parse()?;
    let begins_network = |input: ParseStream| {
        input.peek(Token![#])
            || input.peek(Token![pub])
            || input.peek(syn::Ident)
                && (input.peek2(Token![:]) || input.peek2(Token![<]) && !input.peek2(Token![<=]))
    };
    let mut limits = TokenStream::new();
    while !input.is_empty() && (begins_limit(input) || !begins_network(input)) {
        limits.extend([input.parse::<TokenTree>()?]);
    }
    let found = match colon {
        Some(_) => ":".to_owned(),
        None => limits.clone().into_iter().next().map(|token| token.to_string()).unwrap_or_default(),
    };
    let mend = format!("{{ {} }}", text(limits.clone()).replace("<=", " <= "));
    let problem = format!("expected a budget's limits in braces, found `{found}`{}", Mend::Write(&mend));
    errors.push(quote!(#colon #limits), problem);
    let mut braces = Group::new(Delimiter::Brace, limits);
    braces.set_span(input.span());
    Ok(braces)
}

/// Reads a limit, such as `memory <= 512 KiB`.
fn limit(input: ParseStream, before: &[Limit]) -> Result<Limit> {
    let Ok(name) = input.parse::<Ident>() else {
        return Err(expected(input, "`params`, `flops`, `memory` or `training_memory`"));
    };
    let quantity = quantity(&name)?;
    if before.iter().any(|limit| limit.quantity == quantity) {
        return Err(Error::new(name.span(), format!("the budget limits `{name}` twice")));
    }
    if !input.peek(Token![<=]) {
        let what = format!("`<=` and the most that `{name}` may be");
        return Err(if input.peek(Token![<]) || input.peek(Token![=]) || input.peek(Token![:]) {
            mended(input, &what, &Mend::Write("<="))
        } else if input.peek(LitInt) {
            mended(input, &what, &Mend::Before("<="))
        } else {
            expected(input, &what)
        });
    }
    input.parse::<Token![<=]>()?;
    let in_bytes = matches!(quantity, Quantity::Memory | Quantity::TrainingMemory);
    if !input.peek(LitInt) || input.peek(Token![-]) {
        return Err(no_number(input, in_bytes));
    }
    let number: LitInt = input.parse()?;
    if !number.suffix().is_empty() {
        let help = match UNITS.iter().find(|(unit, _)| number.suffix().eq_ignore_ascii_case(unit)) {
            Some((unit, _)) if in_bytes => {
                Mend::Write(&format!("{} {unit}", number.base10_digits())).to_string()
            }
            _ if in_bytes => "\nnote: a unit follows after a space, as in `512 KiB`".to_owned(),
            _ => "\nnote: all digits are written, as in `100_000`".to_owned(),
        };
        let problem = format!("a limit has no suffix: found `{number}`{help}");
        return Err(Error::new(number.span(), problem));
    }
    let unit = if in_bytes { unit(input)? } else { (1, "") };
    if !in_bytes && let Ok(unit) = input.fork().parse::<Ident>() {
        let problem = format!("`{name}` is a number without a unit: found `{unit}`{}", Mend::Remove);
        return Err(Error::new(unit.span(), problem));
    }
    let most = number.base10_parse().ok().and_then(|limit: u64| limit.checked_mul(unit.0));
    let Some(most) = most.filter(|most| i64::try_from(*most).is_ok()) else {
        let (of, space) = (unit.1, if in_bytes { " " } else { "" });
        let largest = i64::MAX.unsigned_abs() / unit.0;
        let problem = format!("a limit is at most {largest}{space}{of}: found `{number}{space}{of}`");
        return Err(Error::new(number.span(), problem));
    };
    let batch = if quantity == Quantity::TrainingMemory { Some(batch(input)?) } else { None };
    let literal: Literal = number.token();
    Ok(Limit { quantity, number: literal, most, unit, batch })
}

/// Reports tokens in the place of a limit that are not a whole number.
fn no_number(input: ParseStream, in_bytes: bool) -> Error {
    let problem = expected(input, "a whole number in digits");
    let ahead = input.fork();
    if ahead.parse::<Token![-]>().is_ok()
        && let Ok(number) = ahead.parse::<LitInt>()
    {
        return Error::new(problem.span(), format!("a limit is at least 0: found `-{number}`"));
    }
    let (Ok(number), Ok(unit)) = (ahead.parse::<LitFloat>(), ahead.parse::<Ident>()) else {
        return problem;
    };
    // the same in a unit that makes it whole
    let bytes = UNITS.iter().find(|(name, _)| unit == name).and_then(|(_, bytes)| {
        let billionths = units(number.base10_digits(), 9).ok()?.checked_mul(*bytes)?;
        (billionths % 1_000_000_000 == 0).then_some(billionths / 1_000_000_000)
    });
    let smaller = bytes.filter(|_| in_bytes).and_then(|bytes| {
        let (name, one) = UNITS.iter().rev().find(|(_, one)| bytes % one == 0)?;
        Some(format!("{} {name}", bytes / one))
    });
    let help = report::optional(smaller.as_deref().map(Mend::Write));
    Error::new_spanned(
        quote!(#number #unit),
        format!("expected a whole number, found `{number} {unit}`{help}"),
    )
}

fn quantity(name: &Ident) -> Result<Quantity> {
    let find = |name: &str| QUANTITIES.iter().find(|(known, _)| *known == name);
    let word = name.to_string();
    find(&word).map(|(_, quantity)| *quantity).ok_or_else(|| {
        let known = QUANTITIES.map(|(known, _)| known);
        let help = match (nearest(&word, known.into_iter()), elsewhere::limit(&word)) {
            (Some(meant), _) => Mend::Meant(meant).to_string(),
            (None, Some(meant)) => Mend::Write(meant).to_string(),
            (None, None) => String::new(),
        };
        let help = if help.is_empty() { format!("\nknown limits: {}", known.join(", ")) } else { help };
        Error::new(name.span(), format!("a budget has no limit `{word}`{help}"))
    })
}

/// Reads a unit, such as `KiB`.
fn unit(input: ParseStream) -> Result<(u64, &'static str)> {
    const EXPECTED: &str = "a unit: `B`, `KiB` (1,024 B), `MiB` or `GiB`";
    let mut found = expected(input, EXPECTED);
    let decimal = input.fork().parse::<Ident>().ok().and_then(|word| {
        let binary = word.to_string().replace('B', "iB").to_uppercase();
        UNITS.iter().find(|(unit, _)| unit.to_uppercase() == binary)
    });
    if let Some((unit, _)) = decimal {
        found = mended(input, EXPECTED, &Mend::Write(unit));
    }
    let Ok(word) = input.parse::<Ident>() else { return Err(found) };
    let unit = UNITS.iter().find(|(unit, _)| word == unit);
    unit.map(|(unit, bytes)| (*bytes, *unit)).ok_or(found)
}

/// Reads a batch, such as `at 32`.
fn batch(input: ParseStream) -> Result<u64> {
    let found =
        expected(input, "`at` and the number of examples in a batch: `training_memory <= 64 MiB at 32`");
    let at = input.parse::<Ident>().is_ok_and(|word| word == "at");
    if !at {
        return Err(found);
    }
    let found = expected(input, "the number of examples in a batch");
    let Ok(number) = input.parse::<LitInt>() else { return Err(found) };
    match number.base10_parse::<u64>() {
        Ok(batch) if batch > 0 && u32::try_from(batch).is_ok() && number.suffix().is_empty() => Ok(batch),
        _ => Err(Error::new(
            number.span(),
            format!("the number of examples in a batch is a whole number from 1: found `{number}`"),
        )),
    }
}
