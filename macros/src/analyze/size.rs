//! Describes sizes, and the arithmetic of shapes on them.

use std::fmt;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

/// One side of a shape.
#[derive(Clone)]
pub(crate) enum Size {
    /// A number.
    Known(u64),
    /// An expression of type `usize` that a constant can hold, with its name.
    Expr {
        /// The expression.
        value: TokenStream,
        /// Its name in messages.
        text: String,
    },
    /// A parameter of the network: it can be passed on, but nothing can be computed from it.
    Param(Ident),
}

/// The reason why a product cannot be written.
#[derive(Debug)]
pub(crate) enum Unwritable {
    /// An expression would need a parameter of the network.
    Param(Ident),
    /// An expression would need the output of a layer named by its path, which depends on a parameter.
    Behind {
        /// The path.
        layer: String,
        /// The parameter.
        param: Ident,
    },
    /// The product is larger than [`Size::MAX`].
    Overflow,
}

impl Size {
    /// The largest number of a network's sizes, so that the parameters of a dense layer, `IN * OUT + OUT`, can be
    /// counted in 64 bits.
    pub(crate) const MAX: u64 = u32::MAX as u64;

    /// Returns the product of two sizes.
    pub(crate) fn times(&self, other: &Self) -> Result<Self, Unwritable> {
        match (self, other) {
            (Self::Known(1), size) | (size, Self::Known(1)) => Ok(size.clone()),
            (Self::Known(a), Self::Known(b)) => a
                .checked_mul(*b)
                .filter(|product| *product <= Self::MAX)
                .map(Self::Known)
                .ok_or(Unwritable::Overflow),
            (Self::Param(param), _) | (_, Self::Param(param)) => Err(Unwritable::Param(param.clone())),
            (a, b) => {
                let (left, right) = (a.value(), b.value());
                Ok(Self::Expr { value: quote!(#left * #right), text: format!("{a}·{b}") })
            }
        }
    }

    /// Returns the sum of two sizes.
    pub(crate) fn plus(&self, other: &Self) -> Result<Self, Unwritable> {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => {
                a.checked_add(*b).filter(|sum| *sum <= Self::MAX).map(Self::Known).ok_or(Unwritable::Overflow)
            }
            (Self::Param(param), _) | (_, Self::Param(param)) => Err(Unwritable::Param(param.clone())),
            (a, b) => {
                let (left, right) = (a.value(), b.value());
                Ok(Self::Expr { value: quote!((#left + #right)), text: format!("({a} + {b})") })
            }
        }
    }

    /// Returns true if two sizes are the same number, or `None` where only the compiler can tell.
    pub(crate) fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => Some(a == b),
            _ => (self.value().to_string() == other.value().to_string()).then_some(true),
        }
    }

    /// Returns the number, if the macro knows it.
    pub(crate) fn known(&self) -> Option<u64> {
        match self {
            Self::Known(n) => Some(*n),
            _ => None,
        }
    }

    /// Returns the parameter, if the size is one.
    pub(crate) fn param(&self) -> Option<&Ident> {
        match self {
            Self::Param(param) => Some(param),
            _ => None,
        }
    }

    /// Returns the size inside a larger expression.
    pub(crate) fn value(&self) -> TokenStream {
        match self {
            Self::Known(n) => Literal::u64_unsuffixed(*n).into_token_stream(),
            Self::Expr { value, .. } => value.clone(),
            Self::Param(param) => param.into_token_stream(),
        }
    }
}

/// Writes the size as an argument for a const parameter.
impl ToTokens for Size {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Known(_) => tokens.extend(self.value()),
            // braces for a parameter too: otherwise a type of its name would be taken for it
            Self::Expr { .. } | Self::Param(_) => {
                let value = self.value();
                tokens.extend(quote!({ #value }));
            }
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(n) => n.fmt(f),
            Self::Expr { text, .. } => text.fmt(f),
            Self::Param(param) => param.fmt(f),
        }
    }
}

/// Returns the message that a parameter cannot be computed with, with help.
pub(crate) fn computes_with(param: &Ident) -> String {
    format!(
        "Rust cannot yet compute with a parameter, and a size of this network would have to be computed from \
         `{param}`\nnote: `{param}` can be a constant (`const {param}: usize = …;`) instead of a parameter"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn expr(source: &str) -> Size {
        Size::Expr { value: source.parse().unwrap(), text: source.to_owned() }
    }
    fn param(name: &str) -> Size {
        Size::Param(Ident::new(name, Span::call_site()))
    }
    fn tokens(size: &Size) -> String {
        size.to_token_stream().to_string()
    }

    #[test]
    fn folds_numbers() {
        let product = Size::Known(28).times(&Size::Known(30)).unwrap();
        assert!(matches!(product, Size::Known(840)));
        assert_eq!(tokens(&product), "840");
    }

    #[test]
    fn writes_what_it_cannot_fold() {
        let product = Size::Known(28).times(&expr("A")).unwrap().times(&expr("B")).unwrap();
        assert_eq!(tokens(&product), "{ 28 * A * B }");
        assert_eq!(product.to_string(), "28·A·B");
    }

    #[test]
    fn adds() {
        assert!(matches!(Size::Known(28).plus(&Size::Known(30)).unwrap(), Size::Known(58)));
        let sum = Size::Known(28).plus(&expr("A")).unwrap().times(&Size::Known(2)).unwrap();
        assert_eq!(tokens(&sum), "{ (28 + A) * 2 }");
        assert_eq!(sum.to_string(), "(28 + A)·2");
        assert!(matches!(Size::Known(1).plus(&param("H")), Err(Unwritable::Param(blamed)) if blamed == "H"));
        assert!(matches!(Size::Known(Size::MAX).plus(&Size::Known(1)), Err(Unwritable::Overflow)));
    }

    #[test]
    fn one_changes_nothing() {
        for size in [Size::Known(7), expr("A"), param("H")] {
            assert_eq!(tokens(&size.times(&Size::Known(1)).unwrap()), tokens(&size));
            assert_eq!(tokens(&Size::Known(1).times(&size).unwrap()), tokens(&size));
        }
    }

    #[test]
    fn refuses_parameters_and_overflow() {
        for (a, b) in [(param("H"), Size::Known(2)), (Size::Known(2), param("H")), (expr("A"), param("H"))] {
            assert!(matches!(a.times(&b), Err(Unwritable::Param(blamed)) if blamed == "H"));
        }
        let half = Size::Known(1 << 16);
        assert!(matches!(half.times(&half), Err(Unwritable::Overflow)));
        assert!(matches!(half.times(&Size::Known((1 << 16) - 1)), Ok(Size::Known(_))));
        assert!(matches!(Size::Known(u64::MAX).times(&Size::Known(2)), Err(Unwritable::Overflow)));
    }

    #[test]
    fn compares_what_it_can() {
        assert_eq!(Size::Known(3).same(&Size::Known(3)), Some(true));
        assert_eq!(Size::Known(3).same(&Size::Known(4)), Some(false));
        assert_eq!(expr("A").same(&expr("A")), Some(true));
        assert_eq!(expr("A").same(&expr("B")), None);
        assert_eq!(param("H").same(&param("H")), Some(true));
        assert_eq!(param("H").same(&Size::Known(3)), None);
    }
}
