//! How a mistake is mended, as its message says it.
//!
//! There are few forms, so that each can be applied to the source without understanding it: `tests/mends.rs` does, and
//! compiles what it gets. What cannot be applied like that is a note. Words in capitals, and `…`, stand for what only
//! the user knows.

use std::fmt;

/// A line of help for a message.
pub(crate) enum Mend<'a> {
    /// Instead of the blamed tokens.
    Write(&'a str),
    /// The same, for a slip of the keys.
    Meant(&'a str),
    /// Before the layer that is blamed, behind the comma of the one before it.
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

/// The same where there may be none.
pub(crate) fn optional(mend: Option<Mend>) -> String {
    mend.map_or_else(String::new, |mend| mend.to_string())
}
