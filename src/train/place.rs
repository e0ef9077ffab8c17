//! Places that a run leaves files at.

use std::path::Path;

use crate::{Error, Result};

/// Makes the folders that a file to be written lies in.
pub(super) fn make_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(parent) => std::fs::create_dir_all(parent).map_err(|source| Error::Io {
            path: parent.to_owned(),
            action: "create",
            source,
        }),
        None => Ok(()),
    }
}

/// Finds out whether a file can be written that is not to be written before an epoch is over, while nothing is lost yet.
#[cfg(any(feature = "plot", feature = "checkpoint"))]
pub(super) fn try_out(path: &Path) -> Result<()> {
    use std::fs::File;
    use std::io::ErrorKind;

    make_parent(path)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let tried = if path.is_dir() {
        Err(ErrorKind::IsADirectory.into())
    } else {
        File::create(&beside).and_then(|_| std::fs::remove_file(&beside))
    };
    tried.map_err(|source| Error::Io { path: path.to_owned(), action: "write", source })
}
