//! Writes files: each is replaced as a whole, or left unchanged.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::check;
use super::temporary::Temporary;
use crate::error::{Error, Result};

/// The largest number of links that are followed, more than any operating system follows.
const LINKS: usize = 64;

/// The choice whether a file must be on the disk when it takes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// The file is complete even after a power failure.
    #[cfg(feature = "checkpoint")]
    Yes,
    /// The file is complete whenever a program looks at it; after a power failure it can be made again.
    #[cfg(any(feature = "plot", feature = "image"))]
    No,
}

/// A place to write a regular file to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path that the user gave, which error messages show.
    named: PathBuf,
    /// The file itself, after all links.
    file: PathBuf,
}

/// Replaces a file as a whole, and creates missing folders.
///
/// # Errors
/// Those of [`Place::at`]; also [`Error::Io`] when the file cannot be written. The old file is then unchanged.
#[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
pub(crate) fn replace(path: &Path, bytes: &[u8], durable: Durable) -> Result<()> {
    Place::at(path)?.replace(bytes, durable, None)
}

impl Place {
    /// Finds the place of a file. If the path is a link, the place is the link's target.
    ///
    /// # Errors
    /// [`Error::Argument`] for an empty path; [`Error::Io`] for a folder, a named pipe, a device or a socket, for a
    /// file that is write-protected, and for links that form a circle or lead to a place that cannot be accessed.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::argument("path", "an empty one", "that of a file to write"));
        }
        let place = Self { named: path.to_owned(), file: resolved(path) };
        place.old().map_err(place.error("write"))?;
        Ok(place)
    }

    /// Finds the place of the same path again, since the file there may have changed.
    ///
    /// # Errors
    /// The same as [`at`](Self::at).
    pub(crate) fn again(&self) -> Result<Self> {
        Self::at(&self.named)
    }

    /// Returns the file, after all links.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns a function that makes an error about this place from the system's error.
    pub(crate) fn error(&self, action: &'static str) -> impl FnOnce(io::Error) -> Error + use<> {
        let path = self.named.clone();
        move |source| Error::Io { path, action, source }
    }

    /// Returns the folder of the file.
    pub(super) fn folder(&self) -> &Path {
        folder(&self.file)
    }

    /// Returns the metadata of the existing file, if there is one.
    fn old(&self) -> io::Result<Option<Metadata>> {
        let old = match fs::metadata(&self.file) {
            // a folder that cannot be created is reported later, when it is created
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            // such as links that form a circle, the last of which would be replaced
            old => old?,
        };
        check(&old)?;
        if old.permissions().readonly() {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "the file is protected from writing"));
        }
        Ok(Some(old))
    }

    /// Creates the folders of the file.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder cannot be created.
    pub(crate) fn make_folder(&self) -> Result<()> {
        let folder = self.folder();
        fs::create_dir_all(folder).map_err(|source| Error::Io {
            path: folder.to_owned(),
            action: "create",
            source,
        })
    }

    /// Checks that a file can be written later, while nothing can be lost yet.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    #[cfg(any(feature = "checkpoint", feature = "plot"))]
    pub(crate) fn try_out(&self) -> Result<()> {
        self.make_folder()?;
        Temporary::create(self.folder(), None, None).map(drop).map_err(self.error("write"))
    }

    /// Replaces the file as a whole. `temporary` is the new file's name until it is complete; without it, a name is
    /// drawn.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written. The old file is then unchanged.
    #[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
    pub(crate) fn replace(&self, bytes: &[u8], durable: Durable, temporary: Option<&OsStr>) -> Result<()> {
        self.write(bytes, durable, temporary)?.take_name(&self.file).map_err(self.error("write"))?;
        self.sync(durable)
    }

    /// [Replaces](Self::replace) the file as a whole and keeps the old file, if there is one, under another name. If
    /// the old file's path is a link, the link's target is kept.
    ///
    /// Between two renames there is a moment at which only the old file exists, under the other name.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written. The old file is then unchanged.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn replace_keeping(&self, bytes: &[u8], keep: &Path, temporary: Option<&OsStr>) -> Result<()> {
        let temporary = self.write(bytes, Durable::Yes, temporary)?;
        let keep = Self::at(keep)?;
        keep.make_folder()?;
        let moved = match fs::rename(&self.file, &keep.file) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            // a link may lead to another disk
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                keep.replace(&super::read(&self.file)?, Durable::Yes, None)?;
                false
            }
            Err(error) => return Err(self.error("rename")(error)),
        };
        if moved && keep.folder() != self.folder() {
            keep.sync(Durable::Yes)?;
        }
        if let Err(error) = temporary.take_name(&self.file) {
            if moved {
                let _ = fs::rename(&keep.file, &self.file);
            }
            return Err(self.error("write")(error));
        }
        self.sync(Durable::Yes)
    }

    /// Writes a file beside this one, with its access rights. It is removed unless it takes another name.
    #[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
    fn write(&self, bytes: &[u8], durable: Durable, name: Option<&OsStr>) -> Result<Temporary> {
        let old = self.old().map_err(self.error("write"))?;
        self.make_folder()?;
        let written = Temporary::create(self.folder(), name, old.as_ref()).and_then(|mut temporary| {
            temporary.write(bytes, durable)?;
            Ok(temporary)
        });
        written.map_err(self.error("write"))
    }

    /// Flushes the folder's entries to the disk. Where a folder cannot be opened as a file, the system does so by
    /// itself.
    #[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
    fn sync(&self, durable: Durable) -> Result<()> {
        #[cfg(all(unix, feature = "checkpoint"))]
        if durable == Durable::Yes {
            let synced = fs::File::open(self.folder()).and_then(|folder| folder.sync_all());
            return synced.map_err(self.error("write"));
        }
        let _ = durable;
        Ok(())
    }

    /// Returns the path of a file beside this one, with a word in its name: `run.safetensors` and
    /// `run.previous.safetensors`.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn beside(&self, word: &str) -> PathBuf {
        let mut extension = OsString::from(word);
        if let Some(own) = self.file.extension().filter(|own| !own.is_empty()) {
            extension.push(".");
            extension.push(own);
        }
        self.file.with_extension(extension)
    }

    /// Returns the path of a file beside this one, with an ending after its name: `run.safetensors.lock`.
    pub(super) fn with_ending(&self, ending: impl AsRef<OsStr>) -> PathBuf {
        let mut path = self.file.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

/// Returns the target of a path that is a link; otherwise the path.
fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(to) => path = folder(&path).join(to),
            Err(_) => break,
        }
    }
    path
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
