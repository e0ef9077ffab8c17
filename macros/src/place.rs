//! Where a layer stands, in the words of messages.

use std::fmt;

/// The number of a layer in its network or block.
pub(crate) struct Place<'a> {
    /// From 1.
    pub(crate) number: usize,
    /// Nothing for a layer of the network itself; ` of the `residual` at layer 3` in a block.
    pub(crate) within: &'a str,
}

impl Place<'_> {
    /// The layer by its name: `` layer 2 `dense` of the `residual` at layer 3 ``.
    pub(crate) fn of(&self, name: &str) -> String {
        format!("layer {} `{name}`{}", self.number, self.within)
    }

    /// What the layers of a block that stands here are said to be in. `part` names it, as in `` the `residual` ``.
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
