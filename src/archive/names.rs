//! The names of a network's tensors, which a file keeps apart by them.

use std::path::Path;

use crate::{Error, Layer, Outline, Result};

/// Checks that no two tensors of a network have one name: a file would hold one of them for both.
///
/// # Errors
/// [`Error::Format`] with the name. The path is that of the file which cannot be written or read.
pub(crate) fn check_names<N: Layer>(path: &Path) -> Result<()> {
    match Outline::of::<N>().name_twice() {
        None => Ok(()),
        Some(name) => Err(Error::Format {
            path: path.to_owned(),
            what: format!("tensor {name}"),
            found: format!("two tensors of this name in the outline of {}", N::NAME),
            expected: "a name of its own for each, see `Layer::outline`".to_owned(),
        }),
    }
}
