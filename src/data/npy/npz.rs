//! Reads archives of arrays.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::data::npy::{Array, of};
use crate::data::source::{Source, format_error};
use crate::error::{Error, Result};
use crate::file;

/// An npz file: named arrays, as `numpy.savez` and `numpy.savez_compressed` write them.
///
/// ```no_run
/// use plywood::Image;
/// use plywood::data::npy::Npz;
///
/// let mut mnist = Npz::open("mnist.npz")?;
/// let (images, labels) = (mnist.array("x_train")?, mnist.array("y_train")?);
/// let train = images.examples::<Image<28, 28, 1>>(&labels)?;
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug)]
pub struct Npz<R = BufReader<File>> {
    path: PathBuf,
    archive: ZipArchive<R>,
}

impl Npz {
    /// Opens a file and reads its list of contents.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::Format`] when it is not an archive.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::new(path, BufReader::new(file::open(path)?))
    }
}

impl<R: Read + Seek> Npz<R> {
    /// Reads an archive from any seekable reader; error messages call it `archive`.
    ///
    /// # Errors
    /// [`Error::Format`] when it is not an archive.
    pub fn read(bytes: R) -> Result<Self> {
        Self::new(Path::new("archive"), bytes)
    }

    fn new(path: &Path, bytes: R) -> Result<Self> {
        let archive = ZipArchive::new(bytes).map_err(|error| wrong(path, "archive", error))?;
        Ok(Self { path: path.to_owned(), archive })
    }

    /// Returns the names of the arrays.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let files = self.archive.file_names().filter_map(std::result::Result::ok);
        let mut names: Vec<String> =
            files.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect();
        names.sort_unstable();
        names
    }

    /// Reads an array.
    ///
    /// # Errors
    /// [`Error::Format`] when there is no array of that name; otherwise the same as [`load`](crate::data::npy::load).
    pub fn array(&mut self, name: &str) -> Result<Array> {
        let names = self.names().join(", ");
        let place = self.path.join(format!("{name}.npy"));
        match self.archive.by_name(&format!("{name}.npy")) {
            Ok(file) => of(Source::named(&place, file)),
            Err(ZipError::FileNotFound) => Err(format_error(
                &self.path,
                "names of arrays",
                format!("[{names}]"),
                format!("`{name}` among them"),
            )),
            Err(error) => Err(wrong(&place, "content", error)),
        }
    }
}

fn wrong(path: &Path, what: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(source) => Error::Io { path: path.to_owned(), action: "read", source },
        other => format_error(path, what, other.to_string(), "an npz file, an archive of the zip format"),
    }
}
