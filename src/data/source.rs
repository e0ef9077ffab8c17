//! Bytes of files, compressed or not.

use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::{Error, Result, file};

/// The two bytes that a gzip file begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What a reader takes its bytes from, and the name that messages call it by.
pub(in crate::data) struct Source<'a> {
    path: PathBuf,
    bytes: Box<dyn Read + 'a>,
}

impl<'a> Source<'a> {
    /// The content of a file, decompressed if it is compressed with gzip, which its first two bytes tell.
    pub(in crate::data) fn open(path: &Path) -> Result<Self> {
        Self::decompressed(path, file::open(path)?)
    }

    /// What something gives, decompressed if need be, under a name of its own.
    pub(in crate::data) fn of(name: &str, bytes: impl Read + 'a) -> Result<Self> {
        Self::decompressed(Path::new(name), bytes)
    }

    /// What something gives, as it is.
    #[cfg(feature = "npz")]
    pub(in crate::data) fn named(path: &Path, bytes: impl Read + 'a) -> Self {
        Self { path: path.to_owned(), bytes: Box::new(bytes) }
    }

    fn decompressed(path: &Path, mut bytes: impl Read + 'a) -> Result<Self> {
        let mut start = Vec::new();
        bytes.by_ref().take(GZIP.len() as u64).read_to_end(&mut start).map_err(io_error(path, "read"))?;
        let compressed = start == GZIP;
        let bytes = Cursor::new(start).chain(bytes);
        if !compressed {
            return Ok(Self { path: path.to_owned(), bytes: Box::new(bytes) });
        }
        #[cfg(feature = "gzip")]
        return Ok(Self { path: path.to_owned(), bytes: Box::new(flate2::read::MultiGzDecoder::new(bytes)) });
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

    /// Up to `limit` bytes, fewer only at the end of the file. Memory is taken as they come.
    pub(in crate::data) fn read(&mut self, limit: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.bytes.by_ref().take(limit as u64).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            // how a compressed file ends that was cut off
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(self.error("compressed data", "the end of the file", "the rest of it"))
            }
            Err(source) => Err(io_error(&self.path, "read")(source)),
        }
    }

    pub(in crate::data) fn error(
        &self,
        what: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Error {
        format_error(&self.path, what, found, expected)
    }
}

/// What became of a file, from the system's reason.
pub(in crate::data) fn io_error(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Error {
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
