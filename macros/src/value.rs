//! What stands for a size or a fraction.

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Expr, Lit, Path};

use crate::errors::Errors;
use crate::krate::prove;
use crate::parse_layers::mentioned;
use crate::size::Size;
use crate::text::text;

/// An argument that makes sense.
#[derive(Clone)]
pub(crate) enum Value {
    /// A size.
    Size(Size),
    /// A fraction, in millionths.
    Millionths(u32),
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Size(size) => size.to_tokens(tokens),
            Self::Millionths(millionths) => Literal::u32_unsuffixed(*millionths).to_tokens(tokens),
        }
    }
}

/// Reads the values of one network.
pub(crate) struct Values<'a> {
    /// The network's parameters.
    pub(crate) params: &'a [Ident],
    /// The constants that sizes are bound to: the source, and the constant's declaration.
    pub(crate) constants: Vec<(String, TokenStream)>,
}

impl Values<'_> {
    /// A size. `what` names it in messages. After a mistake, the size that was meant, if that can be told.
    pub(crate) fn size(&mut self, tokens: &TokenStream, what: &str, errors: &mut Errors) -> Option<Size> {
        let tree: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let found = text(tree.iter().cloned());
        let blame = |errors: &mut Errors, problem: &str| errors.push(tokens, format!("{what} {problem}"));
        match &tree[..] {
            [] => None,
            [TokenTree::Literal(literal)] => match Lit::new(literal.clone()) {
                Lit::Int(int) => {
                    if !int.suffix().is_empty() {
                        let digits = int.base10_digits();
                        blame(errors, &format!("has no suffix: found `{found}`\nhelp: write `{digits}`"));
                    }
                    match int.base10_digits().parse::<u64>() {
                        Ok(0) => {
                            blame(errors, "is at least 1: found `0`");
                            None
                        }
                        Ok(n) if n <= Size::MAX => Some(Size::Known(n)),
                        _ => {
                            blame(errors, &format!("is at most {}: found `{found}`", Size::MAX));
                            None
                        }
                    }
                }
                Lit::Str(string) => {
                    let meant = string.value().parse().ok().filter(|n| (1..=Size::MAX).contains(n));
                    let help =
                        meant.map_or_else(String::new, |n| format!("\nhelp: write `{n}`, without quotes"));
                    blame(errors, &format!("is a whole number: found the string `{found}`{help}"));
                    meant.map(Size::Known)
                }
                _ => {
                    blame(errors, &format!("is a whole number: found `{found}`"));
                    None
                }
            },
            [TokenTree::Punct(minus), TokenTree::Literal(_)] if minus.as_char() == '-' => {
                blame(errors, &format!("is at least 1: found `{found}`"));
                None
            }
            [TokenTree::Ident(param)] if self.params.contains(param) => Some(Size::Param(param.clone())),
            [TokenTree::Group(group)] if group.delimiter() == proc_macro2::Delimiter::Brace => {
                // an expression that does not parse would take the whole expansion with it
                match syn::parse2::<Expr>(group.stream()) {
                    Ok(_) => self.constant(&group.stream(), &found, errors),
                    Err(error) => {
                        blame(errors, &format!("is not an expression that a size can be: {error}"));
                        None
                    }
                }
            }
            [TokenTree::Ident(word)] if word == "true" || word == "false" => {
                blame(errors, &format!("is a whole number: found `{found}`"));
                None
            }
            _ if syn::parse2::<Path>(tokens.clone()).is_ok() => self.constant(tokens, &found, errors),
            _ => {
                blame(
                    errors,
                    &format!(
                        "is a whole number or the path of a constant: found `{found}`\n\
                         help: put an expression in braces: `{{ {found} }}`"
                    ),
                );
                None
            }
        }
    }

    /// A size that is the value of a constant or constant expression: it is bound to a constant of the expansion,
    /// so that whatever is wrong with it is reported once, and where it stands.
    fn constant(&mut self, tokens: &TokenStream, source: &str, errors: &mut Errors) -> Option<Size> {
        if let Some(param) = mentioned(tokens.clone(), self.params) {
            errors.push(&param, computes_with(&param));
            return None;
        }
        let index = self.constants.iter().position(|(bound, _)| bound == source).unwrap_or_else(|| {
            let [given, size] = constants(self.constants.len());
            let usize = quote!(::core::primitive::usize);
            let proof = prove("size", None, &quote!(#given, #source), tokens);
            // whatever is wrong is an error here, and nothing that goes by the size is in error as well
            let declaration = quote! {
                const #given: #usize = #tokens;
                const _: () = #proof;
                const #size: #usize = if #given == 0 { 1 } else { #given };
            };
            self.constants.push((source.to_owned(), declaration));
            self.constants.len() - 1
        });
        let [_, size] = constants(index);
        Some(Size::Expr { value: size.into_token_stream(), text: source.to_owned() })
    }
}

/// The constants that a size is bound to: as it is given, and as it is used.
fn constants(index: usize) -> [Ident; 2] {
    [format_ident!("__PLYWOOD_GIVEN_{}", index + 1), format_ident!("__PLYWOOD_SIZE_{}", index + 1)]
}

/// That a parameter cannot be computed with, and what helps.
pub(crate) fn computes_with(param: &Ident) -> String {
    format!(
        "Rust cannot yet compute with a parameter, and a size of this network would have to be computed from \
         `{param}`\nhelp: make `{param}` a constant (`const {param}: usize = …;`) instead of a parameter"
    )
}

/// A number from 0 to below 1 with at most six decimals, in millionths.
pub(crate) fn fraction(tokens: &TokenStream, what: &str, errors: &mut Errors) -> Option<u32> {
    if tokens.is_empty() {
        return None;
    }
    let found = text(tokens.clone());
    let problem = match syn::parse2::<Lit>(tokens.clone()) {
        _ if found.starts_with('-') => "is at least 0",
        Ok(Lit::Float(float)) if !float.suffix().is_empty() => {
            errors.push(
                tokens,
                format!("{what} has no suffix: found `{found}`\nhelp: write `{}`", float.base10_digits()),
            );
            return millionths(float.base10_digits()).ok();
        }
        Ok(Lit::Float(float)) => match millionths(float.base10_digits()) {
            Ok(millionths) => return Some(millionths),
            Err(problem) => problem,
        },
        Ok(Lit::Int(int)) if int.suffix().is_empty() => match millionths(int.base10_digits()) {
            Ok(millionths) => return Some(millionths),
            Err(problem) => problem,
        },
        _ => "is a number such as `0.5`",
    };
    errors.push(tokens, format!("{what} {problem}: found `{found}`"));
    None
}

/// The millionths of a decimal number; why it is none.
fn millionths(digits: &str) -> Result<u32, &'static str> {
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = decimals.trim_end_matches('0');
    if !decimals.bytes().chain(whole.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err("is written without an exponent");
    }
    if whole.bytes().any(|digit| digit != b'0') {
        return Err("is less than 1");
    }
    if decimals.len() > 6 {
        return Err("has at most six decimals");
    }
    format!("{decimals:0<6}").parse().map_err(|_| "is a number such as `0.5`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fractions() {
        for (digits, expected) in [
            ("0", Some(0)),
            ("0.5", Some(500_000)),
            ("0.10", Some(100_000)),
            ("0.000001", Some(1)),
            ("0.9999990", Some(999_999)),
            ("0.0000001", None),
            ("1", None),
            ("1.0", None),
            ("10.5", None),
            ("5e-1", None),
        ] {
            assert_eq!(millionths(digits).ok(), expected, "{digits}");
        }
    }
}
