//! How mistakes are said: each on its own tokens, where it is, and how it is mended.

use std::fmt;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<Error>);

impl Errors {
    /// Blames tokens, all of them.
    pub(crate) fn push(&mut self, blamed: impl ToTokens, message: impl fmt::Display) {
        self.0.push(Error::new_spanned(blamed, message));
    }

    /// Blames a place.
    pub(crate) fn push_at(&mut self, blamed: Span, message: impl fmt::Display) {
        self.0.push(Error::new(blamed, message));
    }

    /// Takes a mistake that is put in words already.
    pub(crate) fn add(&mut self, error: Error) {
        self.0.push(error);
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns a `compile_error!` for each.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.into_iter().map(Error::into_compile_error).collect()
    }
}

/// A line of help for a message.
pub(crate) enum Mend<'a> {
    /// Instead of the blamed tokens.
    Write(&'a str),
    /// Instead of the blamed tokens, which are a slip of the keys.
    Meant(&'a str),
    /// Before the layer that is blamed, after the comma of the one before it.
    BeforeLayer(&'a str),
    /// Before the blamed tokens.
    Before(&'a str),
    /// Behind the blamed tokens.
    Behind(&'a str),
    /// Behind the braces of the layer that is blamed.
    BehindBraces(&'a str),
    /// Behind the last argument of the layer that the blamed tokens belong to.
    Argument(&'a str),
    /// Instead of the shortcut of the residual that is blamed.
    Shortcut(&'a str),
    /// The blamed tokens are too many, and so is a comma beside them.
    Remove,
}

impl fmt::Display for Mend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\nhelp: ")?;
        match self {
            Self::Write(code) => write!(f, "write `{code}`"),
            Self::Meant(code) => write!(f, "did you mean `{code}`?"),
            Self::BeforeLayer(code) => write!(f, "add `{code}` before this layer"),
            Self::Before(code) => write!(f, "add `{code}` before it"),
            Self::Behind(code) => write!(f, "add `{code}` behind it"),
            Self::BehindBraces(code) => write!(f, "add `{code}` behind its braces"),
            Self::Argument(code) => write!(f, "add `{code}` to its arguments"),
            Self::Shortcut(code) => write!(f, "write `{code}` for its shortcut"),
            Self::Remove => f.write_str("remove it"),
        }
    }
}

/// Returns the line of help, or nothing where there is none.
pub(crate) fn optional(mend: Option<Mend>) -> String {
    mend.map_or_else(String::new, |mend| mend.to_string())
}

/// The number of a layer in its network or block.
pub(crate) struct Place<'a> {
    /// From 1.
    pub(crate) number: usize,
    /// Nothing for a layer of the network itself; ` of the `residual` at layer 3` in a block.
    pub(crate) within: &'a str,
}

impl Place<'_> {
    /// Returns the layer by its name: `` layer 2 `dense` of the `residual` at layer 3 ``.
    pub(crate) fn of(&self, name: &str) -> String {
        format!("layer {} `{name}`{}", self.number, self.within)
    }

    /// Returns what the layers of a block that stands here are said to be in. `part` names it, as in `` the `residual`
    /// ``.
    pub(crate) fn inside(&self, part: &str) -> String {
        format!(" of {part} at {self}")
    }
}

/// `` layer 2 of the `residual` at layer 3 ``
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {}{}", self.number, self.within)
    }
}

#[test]
fn nests() {
    let outer = Place { number: 3, within: "" };
    let within = outer.inside("the `residual`");
    let inner = Place { number: 2, within: &within };
    assert_eq!(inner.of("dense"), "layer 2 `dense` of the `residual` at layer 3");
    let within = inner.inside("branch 1 of the `concat`");
    let innermost = Place { number: 1, within: &within };
    assert_eq!(
        innermost.to_string(),
        "layer 1 of branch 1 of the `concat` at layer 2 of the `residual` at layer 3"
    );
}
