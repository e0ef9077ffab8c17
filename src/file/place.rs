//! Files that are written: replaced as a whole, or left as they are.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::check;
use super::temporary::Temporary;
use crate::{Error, Result};

/// More links than any system follows from one to the next.
const LINKS: usize = 64;

/// Whether a file has to be on the disk when it takes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// It is whole after a power failure too.
    #[cfg(feature = "checkpoint")]
    Yes,
    /// It is whole whenever a program looks at it; after a power failure it can be made again.
    #[cfg(any(feature = "plot", feature = "image"))]
    No,
}

/// A place to write a regular file to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path that the user gave, by which messages call it.
    named: PathBuf,
    /// The file itself, after all links.
    file: PathBuf,
}

/// Replaces a file as a whole; missing folders are made.
///
/// # Errors
/// Those of [`Place::at`], and [`Error::Io`] when it cannot be written. The old file is then as it was.
#[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
pub(crate) fn replace(path: &Path, bytes: &[u8], durable: Durable) -> Result<()> {
    Place::at(path)?.replace(bytes, durable, None)
}

impl Place {
    /// Finds the place of a file. Where a path is a link, that is what it leads to.
    ///
    /// # Errors
    /// [`Error::Argument`] for an empty path; [`Error::Io`] for a folder, a named pipe, a device or a socket, for a file
    /// that is protected from writing, and for links that lead in a circle or elsewhere that cannot be looked at.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::argument("path", "an empty one", "that of a file to write"));
        }
        let place = Self { named: path.to_owned(), file: resolved(path) };
        place.old().map_err(place.error("write"))?;
        Ok(place)
    }

    /// Finds the place of the same path again, for what lies there may have changed.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub(crate) fn again(&self) -> Result<Self> {
        Self::at(&self.named)
    }

    /// The file, after all links.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What becomes of this place, from the system's reason.
    pub(crate) fn error(&self, action: &'static str) -> impl FnOnce(io::Error) -> Error + use<> {
        let path = self.named.clone();
        move |source| Error::Io { path, action, source }
    }

    /// The folder that the file lies in.
    pub(super) fn folder(&self) -> &Path {
        folder(&self.file)
    }

    /// What is known of the file that is there, if there is one.
    fn old(&self) -> io::Result<Option<Metadata>> {
        let old = match fs::metadata(&self.file) {
            // that a folder cannot be made is told when it is
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            // as links that lead in a circle, the last of which would be replaced
            old => old?,
        };
        check(&old)?;
        if old.permissions().readonly() {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "the file is protected from writing"));
        }
        Ok(Some(old))
    }

    /// Makes the folders that the file lies in.
    ///
    /// # Errors
    /// [`Error::Io`] when one cannot be made.
    pub(crate) fn make_folder(&self) -> Result<()> {
        let folder = self.folder();
        fs::create_dir_all(folder).map_err(|source| Error::Io {
            path: folder.to_owned(),
            action: "create",
            source,
        })
    }

    /// Finds out whether a file can be written that is to be written later, while nothing is lost yet.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot.
    #[cfg(any(feature = "checkpoint", feature = "plot"))]
    pub(crate) fn try_out(&self) -> Result<()> {
        self.make_folder()?;
        Temporary::create(self.folder(), None, None).map(drop).map_err(self.error("write"))
    }

    /// Replaces the file as a whole. `temporary` is the new one's name until it is whole; without, one is drawn.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written. The old file is then as it was.
    #[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
    pub(crate) fn replace(&self, bytes: &[u8], durable: Durable, temporary: Option<&OsStr>) -> Result<()> {
        self.write(bytes, durable, temporary)?.take_name(&self.file).map_err(self.error("write"))?;
        self.sync(durable)
    }

    /// [Replaces](Self::replace) the file as a whole and keeps the old one, if there is one, under another name. Where
    /// that is a link, it is kept as what the link leads to.
    ///
    /// There is a moment between two renames at which only the old file is there, under that name.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written. The old file is then as it was.
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

    /// Writes a file beside this one, with its rights. It is removed unless it takes the name of another.
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

    /// Brings the folder's names to the disk. Where a folder is no file that can be opened, the system does so by itself.
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

    /// The path of a file beside this one, with a word in its name: `run.safetensors` and `run.previous.safetensors`.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn beside(&self, word: &str) -> PathBuf {
        let mut extension = OsString::from(word);
        if let Some(own) = self.file.extension().filter(|own| !own.is_empty()) {
            extension.push(".");
            extension.push(own);
        }
        self.file.with_extension(extension)
    }

    /// The path of a file beside this one, with an ending after its name: `run.safetensors.lock`.
    pub(super) fn with_ending(&self, ending: impl AsRef<OsStr>) -> PathBuf {
        let mut path = self.file.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

/// What a path leads to if it is a link; otherwise the path.
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
