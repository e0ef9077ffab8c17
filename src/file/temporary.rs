//! Files that have no name of their own yet.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How often another name is drawn before something else must be wrong.
const TRIES: usize = 16;
const START: &str = ".plywood-";
const END: &str = ".tmp";

/// A file under a name that nobody else has, removed unless it takes another.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
    /// Whether it has taken a name of its own, and stays.
    is_named: bool,
}

impl Temporary {
    /// Creates an empty file in a folder: of a name, or of one that is drawn. If it is to replace an old file, nobody
    /// may read or write it who may not do so with that one.
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
        // from here on it is removed when something fails
        let temporary = Self { path, file, is_named: false };
        if let Some(old) = old {
            temporary.take_rights(old)?;
        }
        Ok(temporary)
    }

    /// Gives it the owner, as far as the system allows it, and the access rights of the file that it replaces.
    #[cfg(unix)]
    fn take_rights(&self, old: &Metadata) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

        let new = self.file.metadata()?;
        let mut mode = old.mode() & 0o777;
        if new.uid() != old.uid() {
            let _ = fchown(&self.file, Some(old.uid()), None);
        }
        if new.gid() != old.gid() && fchown(&self.file, None, Some(old.gid())).is_err() {
            // what the old group may do is not for another one
            mode &= !0o070;
        }
        if new.mode() & 0o777 != mode {
            let changed = self.file.set_permissions(fs::Permissions::from_mode(mode));
            // a system that does not know rights is no reason to fail, one that would grant more is
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

    /// Writes its content.
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

    /// Gives it another name, whose file it replaces, and lets it stay.
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

/// Checks that a name is one that is [drawn](draw_name), and not that of somebody's file.
pub(super) fn is_drawn(name: &str) -> bool {
    let digits = name.strip_prefix(START).and_then(|rest| rest.strip_suffix(END));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
