//! Reports mistakes, each on its own tokens, with its place and help.

use std::fmt;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<Error>);

impl Errors {
    /// Reports a mistake that blames all of the tokens.
    pub(crate) fn push(&mut self, blamed: impl ToTokens, message: impl fmt::Display) {
        self.0.push(Error::new_spanned(blamed, message));
    }

    /// Reports a mistake that blames a place.
    pub(crate) fn push_at(&mut self, blamed: Span, message: impl fmt::Display) {
        self.0.push(Error::new(blamed, message));
    }

    /// Adds a mistake that already has a message.
    pub(crate) fn add(&mut self, error: Error) {
        self.0.push(error);
    }

    /// Returns the number of mistakes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns a `compile_error!` for each mistake.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.into_iter().map(Error::into_compile_error).collect()
    }
}

/// A line of help for a message.
pub(crate) enum Mend<'a> {
    /// Replaces the blamed tokens.
    Write(&'a str),
    /// Replaces the blamed tokens, which are a typing error.
    Meant(&'a str),
    /// Inserts before the blamed layer, after the comma of the previous one.
    BeforeLayer(&'a str),
    /// Inserts before the blamed tokens.
    Before(&'a str),
    /// Inserts after the blamed tokens.
    After(&'a str),
    /// Inserts after the braces of the blamed layer.
    AfterBraces(&'a str),
    /// Inserts after the last argument of the layer that the blamed tokens belong to.
    Argument(&'a str),
    /// Replaces the shortcut of the blamed residual.
    Shortcut(&'a str),
    /// Removes the blamed tokens, and a comma beside them.
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
            Self::After(code) => write!(f, "add `{code}` after it"),
            Self::AfterBraces(code) => write!(f, "add `{code}` after its braces"),
            Self::Argument(code) => write!(f, "add `{code}` to its arguments"),
            Self::Shortcut(code) => write!(f, "write `{code}` for its shortcut"),
            Self::Remove => f.write_str("remove it"),
        }
    }
}

/// Returns the line of help, or an empty string.
pub(crate) fn optional(mend: Option<Mend>) -> String {
    mend.map_or_else(String::new, |mend| mend.to_string())
}

/// The position of a layer in its network or block.
pub(crate) struct Place<'a> {
    /// The number of the layer, counted from 1.
    pub(crate) number: usize,
    /// The block that contains the layer, as in `` of the `residual` at layer 3``; empty for a layer of the network
    /// itself.
    pub(crate) within: &'a str,
}

impl Place<'_> {
    /// Returns the layer with its name: `` layer 2 `dense` of the `residual` at layer 3 ``.
    pub(crate) fn of(&self, name: &str) -> String {
        format!("layer {} `{name}`{}", self.number, self.within)
    }

    /// Returns the phrase for the layers of a block at this position. `part` names the block, as in `` the `residual`
    /// ``.
    pub(crate) fn inside(&self, part: &str) -> String {
        format!(" of {part} at {self}")
    }
}

/// Writes `` layer 2 of the `residual` at layer 3 ``.
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
