//! Reads and writes regular files only.
//!
//! Opening a named pipe waits until something writes to it, perhaps forever, and a device such as `/dev/zero` never
//! ends. Each function of this library that reads from a path opens it here and refuses both. A caller who wants to
//! read from a pipe or a device opens it and passes it to a function that takes a reader.
//!
//! A file is written to a [`Place`], where it is replaced as a whole. A run that writes to the same place repeatedly
//! [holds](Hold) it.

mod hold;
// the features that write files decide how much of it is used
#[cfg_attr(not(feature = "checkpoint"), allow(dead_code, unused_imports))]
mod place;
#[cfg_attr(not(feature = "checkpoint"), allow(dead_code))]
mod temporary;

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

pub(crate) use hold::{Hold, is_at};
pub(crate) use place::Place;
#[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
pub(crate) use place::{Durable, replace};

use crate::error::{Error, Result};

/// Opens a regular file, or a link to one, for reading.
///
/// # Errors
/// [`Error::Argument`] for an empty path; [`Error::Io`] when it cannot be opened, or is a folder, a named pipe, a
/// device or a socket.
pub(crate) fn open(path: &Path) -> Result<File> {
    if path.as_os_str().is_empty() {
        return Err(Error::argument("path", "an empty one", "that of a file to read"));
    }
    let open = || {
        // checked before it is opened, since opening a pipe may wait, and after, since it may have been replaced
        check(&fs::metadata(path)?)?;
        let file = File::open(path)?;
        check(&file.metadata()?)?;
        Ok(file)
    };
    open().map_err(|source| Error::Io { path: path.to_owned(), action: "open", source })
}

/// Reads all of a regular file.
///
/// # Errors
/// The same as [`open`]; also when reading fails, or memory does not suffice.
#[cfg(feature = "checkpoint")]
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, u64::MAX)
}

/// Reads all of a regular file of at most the given number of bytes.
///
/// # Errors
/// The same as [`open`]; also when the file is longer, reading fails, or memory does not suffice.
#[cfg(any(feature = "checkpoint", feature = "image", feature = "report"))]
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>> {
    use std::io::Read as _;

    let file = open(path)?;
    let read = || {
        let check = |len: u64| match len {
            len if len > most => {
                let reason = format!("found {len} bytes, expected at most {most}");
                Err(io::Error::new(ErrorKind::FileTooLarge, reason))
            }
            _ => Ok(()),
        };
        check(file.metadata()?.len())?;
        let mut bytes = Vec::new();
        // `read_to_end` reports failed allocations; the file may have grown since
        (&file).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        check(bytes.len() as u64)?;
        Ok(bytes)
    };
    read().map_err(|source| Error::Io { path: path.to_owned(), action: "read", source })
}

/// Refuses anything other than a regular file.
fn check(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let kind = if metadata.is_dir() { ErrorKind::IsADirectory } else { ErrorKind::InvalidInput };
    Err(io::Error::new(kind, format!("found {}, expected a regular file", name(metadata))))
}

/// Returns a name for something that is not a regular file.
#[cfg(unix)]
fn name(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    let kind = metadata.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a special file"
    }
}

/// Returns a name for something that is not a regular file.
#[cfg(not(unix))]
fn name(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() { "a folder" } else { "a special file" }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_opened() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;

        let folder = std::env::temp_dir().join(format!("plywood-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        fs::write(at("file"), b"content").unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let _socket = UnixListener::bind(at("socket")).unwrap();
        let links = [
            ("link", at("file")),
            ("to-pipe", at("pipe")),
            ("to-zero", "/dev/zero".into()),
            ("to-nothing", at("nothing")),
        ];
        for (name, target) in links {
            let _ = fs::remove_file(at(name));
            symlink(target, at(name)).unwrap();
        }

        for name in ["file", "link"] {
            let mut bytes = Vec::new();
            open(&at(name)).unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, b"content", "{name}");
        }
        let cases = [
            ("", "found a folder, expected a regular file"),
            ("pipe", "found a named pipe, expected a regular file"),
            ("to-pipe", "found a named pipe, expected a regular file"),
            ("to-zero", "found a device, expected a regular file"),
            ("socket", "found a socket, expected a regular file"),
            ("to-nothing", "No such file"),
            ("file/within", "Not a directory"),
        ];
        for (name, expected) in cases {
            let error = open(&at(name)).unwrap_err().to_string();
            let start = format!("{}: cannot open: {expected}", at(name).display());
            assert!(error.starts_with(&start), "{name}: {error}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
