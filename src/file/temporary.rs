//! Handles files that have no final name yet.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The number of names that are drawn before the cause of the failure must be another.
const TRIES: usize = 16;
const START: &str = ".plywood-";
const END: &str = ".tmp";

/// A file under a name that nobody else uses, removed unless it takes another name.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
    /// True if the file has taken its final name, and stays.
    is_named: bool,
}

impl Temporary {
    /// Creates an empty file in a folder, under the given name or one that is drawn. If it is to replace an old file,
    /// only users who may read or write the old file may read or write this one.
    pub(super) fn create(folder: &Path, name: Option<&OsStr>, old: Option<&Metadata>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if let Some(old) = old {
            use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
            options.mode(old.mode() & 0o777);
        }
        let mut name = name.map_or_else(draw_name, |name| name.to_string_lossy().into_owned());
        let mut tries = 0;
        let (path, file) = loop {
            let path = folder.join(&name);
            match options.open(&path) {
                Ok(file) => break (path, file),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < TRIES => {
                    tries += 1;
                    name = draw_name();
                }
                Err(error) => return Err(error),
            }
        };
        // from here on the file is removed when something fails
        let temporary = Self { path, file, is_named: false };
        if let Some(old) = old {
            temporary.take_rights(old)?;
        }
        Ok(temporary)
    }

    /// Gives the file the owner, as far as the system allows it, and the access rights of the file that it replaces.
    #[cfg(unix)]
    fn take_rights(&self, old: &Metadata) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

        let new = self.file.metadata()?;
        let mut mode = old.mode() & 0o777;
        if new.uid() != old.uid() {
            let _ = fchown(&self.file, Some(old.uid()), None);
        }
        if new.gid() != old.gid() && fchown(&self.file, None, Some(old.gid())).is_err() {
            // the rights of the old group are not for another group
            mode &= !0o070;
        }
        if new.mode() & 0o777 != mode {
            let changed = self.file.set_permissions(fs::Permissions::from_mode(mode));
            // a system without access rights is no reason to fail; one that would grant more is
            if new.mode() & 0o777 & !mode != 0 {
                changed?;
            }
        }
        Ok(())
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    fn take_rights(&self, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// Writes the content.
    #[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
    pub(super) fn write(&mut self, bytes: &[u8], durable: super::Durable) -> io::Result<()> {
        use std::io::Write as _;

        self.file.write_all(bytes)?;
        #[cfg(feature = "checkpoint")]
        if durable == super::Durable::Yes {
            self.file.sync_all()?;
        }
        let _ = durable;
        Ok(())
    }

    /// Renames the file, replacing any file of that name, and lets it stay.
    #[cfg(any(feature = "checkpoint", feature = "plot", feature = "image"))]
    pub(super) fn take_name(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.is_named = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_named {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Draws a name that nobody can guess.
pub(super) fn draw_name() -> String {
    // its keys come from the system's source of randomness
    let number = RandomState::new().build_hasher().finish();
    format!("{START}{number:016x}{END}")
}

/// Checks that a name was [drawn](draw_name), and is not that of somebody's file.
pub(super) fn is_drawn(name: &str) -> bool {
    let digits = name.strip_prefix(START).and_then(|rest| rest.strip_suffix(END));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
