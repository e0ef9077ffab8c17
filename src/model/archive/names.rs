//! Checks the names of a network's tensors, which must differ within a file.

use std::path::Path;

use crate::core::{Layer, Outline};
use crate::error::{Error, Result};

/// Checks that no two tensors of a network have the same name, since a file would hold only one of them.
///
/// # Errors
/// Returns [`Error::Format`] with the name. The path is that of the file that cannot be written or read.
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
