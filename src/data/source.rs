//! Reads the bytes of files, compressed or not.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::file;

mod ahead;
#[cfg(feature = "gzip")]
mod gzip;

use ahead::Ahead;

/// The two bytes that a gzip file begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The reader that a format takes its bytes from, and the name that error messages use.
pub(in crate::data) struct Source<'a> {
    path: PathBuf,
    bytes: Box<dyn Read + 'a>,
}

impl<'a> Source<'a> {
    /// Opens a file and decompresses it if its first two bytes mark it as gzip.
    pub(in crate::data) fn open(path: &Path) -> Result<Self> {
        Self::decompressed(path, file::open(path)?)
    }

    /// Wraps a reader under the given name and decompresses it if necessary.
    pub(in crate::data) fn of(name: &str, bytes: impl Read + 'a) -> Result<Self> {
        Self::decompressed(Path::new(name), bytes)
    }

    /// Wraps a reader without decompressing it.
    #[cfg(feature = "npz")]
    pub(in crate::data) fn named(path: &Path, bytes: impl Read + 'a) -> Self {
        Self { path: path.to_owned(), bytes: Box::new(bytes) }
    }

    fn decompressed(path: &Path, bytes: impl Read + 'a) -> Result<Self> {
        let mut bytes = Ahead::new(bytes);
        let compressed = bytes.peek(GZIP.len()).map_err(io_error(path, "read"))? == GZIP;
        if !compressed {
            return Ok(Self { path: path.to_owned(), bytes: Box::new(bytes) });
        }
        #[cfg(feature = "gzip")]
        return Ok(Self { path: path.to_owned(), bytes: Box::new(gzip::Members::new(bytes)) });
        #[cfg(not(feature = "gzip"))]
        Err(format_error(
            path,
            "compression",
            "gzip",
            "an uncompressed file; to read this one, enable plywood's feature `gzip`",
        ))
    }

    pub(in crate::data) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads up to `limit` bytes, fewer only at the end of the file. Memory is reserved as they arrive, and too little
    /// memory is an error.
    pub(in crate::data) fn read(&mut self, limit: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.bytes.by_ref().take(limit as u64).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: io::Error) -> Error {
        // a truncated compressed file ends like this
        if error.kind() == ErrorKind::UnexpectedEof {
            return self.error("compressed data", "the end of the file", "the rest of it");
        }
        #[cfg(feature = "gzip")]
        if let Some(trailing) = error.get_ref().and_then(|error| error.downcast_ref::<gzip::Trailing>()) {
            return self.error(
                "after the compressed data",
                trailing.to_string(),
                "nothing, zeros, or another whole member of a gzip file",
            );
        }
        io_error(&self.path, "read")(error)
    }

    pub(in crate::data) fn error(
        &self,
        what: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Error {
        format_error(&self.path, what, found, expected)
    }

    /// Reserves memory for the content.
    pub(in crate::data) fn reserve<I>(&self, items: &mut Vec<I>, additional: usize) -> Result<()> {
        reserve(&self.path, items, additional)
    }
}

/// Reserves memory for a file's content: too little memory is an error, while a vector that grows by itself would end
/// the process.
pub(in crate::data) fn reserve<I>(path: &Path, items: &mut Vec<I>, additional: usize) -> Result<()> {
    items.try_reserve(additional).map_err(|_| {
        let bytes = additional.saturating_mul(size_of::<I>());
        let reason = format!("found no memory for {bytes} more bytes");
        io_error(path, "read")(io::Error::new(ErrorKind::OutOfMemory, reason))
    })
}

/// Returns a function that makes an error about a file from the system's error.
pub(in crate::data) fn io_error(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, action, source }
}

pub(in crate::data) fn format_error(
    path: &Path,
    what: &str,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Error {
    Error::Format {
        path: path.to_owned(),
        what: what.to_owned(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// Returns the path of the first of several names that exists in a folder, plain or else compressed. A name may also be
/// that of a folder that holds a file of the same name, as some archives unpack.
pub(in crate::data) fn find(folder: &Path, names: &[&str]) -> Result<PathBuf> {
    let names = || names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.gz")]);
    for name in names() {
        let path = folder.join(&name);
        for path in [path.join(&name), path] {
            if path.exists() && !path.is_dir() {
                return Ok(path);
            }
        }
    }
    let first = names().next().unwrap_or_default();
    let others: Vec<String> = names().skip(1).collect();
    let reason = format!("no such file, nor {} beside it", others.join(", "));
    let source = io::Error::new(ErrorKind::NotFound, reason);
    Err(Error::Io { path: folder.join(first), action: "open", source })
}
