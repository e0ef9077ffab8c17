//! Files that are replaced whole or not at all.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Where the file that `path` had before is kept: `run.safetensors` leaves `run.previous.safetensors`.
pub(crate) fn previous(path: &Path) -> PathBuf {
    beside(path, "previous")
}

fn beside(path: &Path, word: &str) -> PathBuf {
    let extension =
        path.extension().map_or(String::new(), |extension| extension.to_string_lossy().into_owned());
    let dot = if extension.is_empty() { "" } else { "." };
    path.with_extension(format!("{word}{dot}{extension}"))
}

/// Writes a file so that at any moment, also of a power failure, there is the old one or the new one whole, and the
/// old one stays as the [`previous`] one if it is to be kept.
///
/// The bytes go to a file beside it, and to the disk, before that gets the name; if the old file is kept, there is a
/// moment between two renames at which only the previous one is there.
pub(crate) fn replace(path: &Path, bytes: &[u8], keep_previous: bool) -> Result<()> {
    let io = |path: &Path, action| {
        let path = path.to_owned();
        move |source| Error::Io { path, action, source }
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(io(folder, "create"))?;
    let unfinished = beside(path, "unfinished");
    let mut file = File::create(&unfinished).map_err(io(&unfinished, "create"))?;
    file.write_all(bytes).map_err(io(&unfinished, "write"))?;
    file.sync_all().map_err(io(&unfinished, "write"))?;
    drop(file);
    if keep_previous && path.exists() {
        std::fs::rename(path, previous(path)).map_err(io(path, "rename"))?;
    }
    std::fs::rename(&unfinished, path).map_err(io(&unfinished, "rename"))?;
    sync_folder(folder).map_err(io(folder, "write"))
}

/// Brings the folder's names to the disk. Where a folder is no file that can be opened, the system does so by itself.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
