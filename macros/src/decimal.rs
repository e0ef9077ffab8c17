//! Reads decimal numbers into const parameters, which hold whole numbers of some unit.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Lit, Path};

use crate::report::{self, Errors, Mend};
use crate::tokens::text;

/// The reason why a number cannot be represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The text is not a number.
    Unreadable,
    /// The number has more decimals than the unit.
    TooFine,
    /// The number is larger than the largest representable number.
    TooLarge,
}

/// Reads a literal without sign and suffix, such as `0.25`, `3` or `1e-5`, exactly, in units of 10^-`places`.
pub(crate) fn units(literal: &str, places: u32) -> Result<u64, Problem> {
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{decimals}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Problem::Unreadable);
    }
    let exponent: i32 = exponent.parse().map_err(|_| Problem::Unreadable)?;
    // the number is 0.digits · 10^point, and in units 0.digits · 10^(point + places)
    let point = i64::from(exponent) + whole.len().cast_signed() as i64 + i64::from(places);
    digits.truncate(digits.trim_end_matches('0').len());
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    if digits.is_empty() {
        return Ok(0);
    }
    let point = point - zeros.cast_signed() as i64;
    let digits = &digits[zeros..];
    match usize::try_from(point) {
        Ok(point) if point > 18 => Err(Problem::TooLarge),
        Ok(point) if point >= digits.len() => {
            format!("{digits:0<point$}").parse().map_err(|_| Problem::TooLarge)
        }
        _ => Err(Problem::TooFine),
    }
}

/// The range of a decimal number.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    /// The number of decimals: the unit is 10^-`places`.
    pub(crate) places: u32,
    /// The smallest number, in units, and the message about smaller ones.
    pub(crate) least: (u64, &'static str),
    /// The smallest number that is not 0, in units, and the message about smaller ones: the library treats them as
    /// mistakes, see `plywood::proof::millionths`.
    pub(crate) positive: (u64, &'static str),
    /// The largest number, in units, and the message about larger ones.
    pub(crate) most: (u64, &'static str),
    /// An example, for messages.
    pub(crate) example: &'static str,
}

/// Reads a decimal number, in units; reports mistakes in it.
pub(crate) fn decimal(tokens: &TokenStream, range: Range, what: &str, errors: &mut Errors) -> Option<u64> {
    if tokens.is_empty() {
        return None;
    }
    let found = text(tokens.clone());
    let tokens = &with_zero(tokens);
    let mut help = String::new();
    let no_number = || format!("is a number such as `{}`", range.example);
    let read = |literal: &str| {
        let units = units(literal, range.places).map_err(|problem| match problem {
            Problem::Unreadable => no_number(),
            Problem::TooFine => format!("has at most {} decimals", range.places),
            Problem::TooLarge => range.most.1.to_owned(),
        })?;
        match units {
            units if units < range.least.0 => Err(range.least.1.to_owned()),
            units if 0 < units && units < range.positive.0 => Err(range.positive.1.to_owned()),
            units if units > range.most.0 => Err(range.most.1.to_owned()),
            units => Ok(units),
        }
    };
    let problem = match syn::parse2::<Lit>(tokens.clone()) {
        _ if found.starts_with('-') => range.least.1.to_owned(),
        Ok(Lit::Float(float)) if !float.suffix().is_empty() => {
            let digits = float.base10_digits();
            errors.push(tokens, format!("{what} has no suffix: found `{found}`{}", Mend::Write(digits)));
            return read(digits).ok();
        }
        Ok(Lit::Float(float)) => match read(float.base10_digits()) {
            Ok(units) => return Some(units),
            Err(problem) => {
                let places = usize::try_from(range.places).unwrap_or_default();
                let shorter = float
                    .base10_digits()
                    .get(..float.base10_digits().find('.').map_or(0, |dot| dot + 1 + places));
                let shorter = shorter.filter(|digits| read(digits).is_ok());
                help = report::optional(shorter.map(Mend::Write));
                if shorter.is_none() && below_unit(float.base10_digits(), range.places) {
                    let least = format!("1e-{}", range.places);
                    help = format!("{}, the least that there is", Mend::Write(&least));
                }
                problem
            }
        },
        Ok(Lit::Int(int)) if int.suffix().is_empty() => match read(int.base10_digits()) {
            Ok(units) => return Some(units),
            Err(problem) => problem,
        },
        Err(_) if syn::parse2::<Path>(tokens.clone()).is_ok() => {
            help.push_str("\nnote: it is written in digits, for no type can hold a constant with decimals");
            no_number()
        }
        _ => no_number(),
    };
    if let Some(share) = percent(&found).filter(|share| read(share).is_ok() && read(&found).is_err()) {
        help = Mend::Write(&share).to_string();
    }
    errors.push(tokens, format!("{what} {problem}: found `{found}`{help}"));
    None
}

/// Returns true if a number is more than 0 but less than its unit.
fn below_unit(literal: &str, places: u32) -> bool {
    const FINEST: u32 = 18;
    match units(literal, FINEST) {
        Ok(units) => units > 0 && units < 10_u64.pow(FINEST - places),
        Err(Problem::TooFine) => {
            let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
            let whole = mantissa.split('.').next().unwrap_or_default().trim_start_matches('0');
            exponent.parse::<i32>().is_ok_and(|exponent| {
                i64::from(exponent) + whole.len().cast_signed() as i64 <= -i64::from(places)
            })
        }
        Err(_) => false,
    }
}

/// Returns `0.5`, which is one token, for `.5`, and anything else unchanged.
fn with_zero(tokens: &TokenStream) -> TokenStream {
    let tree: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let [TokenTree::Punct(point), TokenTree::Literal(digits)] = &tree[..] else { return tokens.clone() };
    let decimal = point.as_char() == '.' && !digits.to_string().contains('.');
    match format!("0.{digits}").parse::<Literal>() {
        Ok(mut number) if decimal => {
            number.set_span(digits.span());
            number.into_token_stream()
        }
        _ => tokens.clone(),
    }
}

/// Returns a share that is written in hundredths, `50` or `50%`, as a decimal.
fn percent(found: &str) -> Option<String> {
    let hundredths: u32 = found.trim_end_matches('%').parse().ok().filter(|n| (2..100).contains(n))?;
    let decimal = format!("0.{hundredths:02}");
    Some(decimal.trim_end_matches('0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hundredths() {
        for (found, share) in [
            ("50", Some("0.5")),
            ("5%", Some("0.05")),
            ("99%", Some("0.99")),
            ("1", None),
            ("100", None),
            ("0.5", None),
            ("half", None),
        ] {
            assert_eq!(percent(found).as_deref(), share, "{found}");
        }
    }

    #[test]
    fn knows_what_is_finer_than_a_unit() {
        for (literal, below) in [
            ("1e-12", true),
            ("1e-30", true),
            ("0.0000000001", true),
            ("1.5e-9", false),
            ("1e-9", false),
            ("0.12345678912", false),
            ("0.0", false),
            ("x", false),
        ] {
            assert_eq!(below_unit(literal, 9), below, "{literal}");
        }
    }

    #[test]
    fn puts_a_zero_before_a_point() {
        let read = |source: &str| with_zero(&source.parse().unwrap()).to_string();
        for (source, expected) in [(".5", "0.5"), (".5e-3", "0.5e-3"), ("0.5", "0.5"), ("- 5", "- 5")] {
            assert_eq!(read(source), expected, "{source}");
        }
    }

    #[test]
    fn reads_decimals_and_exponents() {
        for (literal, places, expected) in [
            ("0", 6, Ok(0)),
            ("0.0", 9, Ok(0)),
            ("0.5", 6, Ok(500_000)),
            ("0.10", 6, Ok(100_000)),
            (".5", 1, Ok(5)),
            ("3.", 2, Ok(300)),
            ("1e-5", 9, Ok(10_000)),
            ("1.5E-3", 6, Ok(1500)),
            ("25e-2", 2, Ok(25)),
            ("0.00002e3", 6, Ok(20_000)),
            ("1200", 6, Ok(1_200_000_000)),
            ("0.000001", 6, Ok(1)),
            ("0.9999990", 6, Ok(999_999)),
            ("0.0000001", 6, Err(Problem::TooFine)),
            ("1e-7", 6, Err(Problem::TooFine)),
            ("1e-2000000000", 6, Err(Problem::TooFine)),
            ("1e2000000000", 6, Err(Problem::TooLarge)),
            ("12345678901234567890", 6, Err(Problem::TooLarge)),
            ("1e", 6, Err(Problem::Unreadable)),
            ("1e99999999999", 6, Err(Problem::Unreadable)),
            ("", 6, Err(Problem::Unreadable)),
            ("x", 6, Err(Problem::Unreadable)),
        ] {
            assert_eq!(units(literal, places), expected, "{literal}");
        }
    }
}
