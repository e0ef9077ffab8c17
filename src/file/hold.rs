//! Gives one run at a time the right to write to a place.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::check;
use super::place::Place;
use super::temporary::{draw_name, is_drawn};
use crate::error::{Error, Result};

/// The time that a run waits for another that is about to end and saves its last state.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
/// The text that a lock file of this library begins with.
const MARK: &str = "plywood writes the file beside this one";
/// The largest number of bytes of a lock file.
const LONGEST: u64 = 4096;

/// The right to write to a place: a locked file beside it, named `….lock`, that identifies its holder.
///
/// The operating system releases the lock however the process ends. Dropping this value removes the file. A file left
/// by a killed process is taken over.
#[derive(Debug)]
pub(crate) struct Hold {
    place: Place,
    lock: Option<Lock>,
    /// The name that a file has until it is complete. The lock file records it, so that the next run can remove the
    /// file that a run left when it was killed while writing.
    temporary: String,
}

/// A locked file.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    file: File,
    /// True if the file belongs to this library, which then writes and removes it.
    is_ours: bool,
}

impl Hold {
    /// Takes the right to write to a place, and waits a moment if another run holds it.
    ///
    /// If the operating system has no locks, every run has the right.
    ///
    /// # Errors
    /// [`Error::Io`], with the process and machine of the holder, when another run holds it.
    pub(crate) fn take(place: &Place) -> Result<Self> {
        place.make_folder()?;
        let temporary = draw_name();
        let lock = Lock::take(place, &temporary)?;
        Ok(Self { place: place.clone(), lock, temporary })
    }

    /// Returns the place.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Takes the right again if the lock file was removed, perhaps with its folder: another run could otherwise take
    /// it.
    ///
    /// # Errors
    /// The same as [`take`](Self::take).
    pub(crate) fn renew(&mut self) -> Result<()> {
        if self.lock.as_ref().is_some_and(|lock| !is_at(&lock.file, &lock.path)) {
            self.place.make_folder()?;
            // keeps the old lock, on the removed file, until there is a new one: a refused run stays refused
            let lock = Lock::take(&self.place, &self.temporary)?;
            self.lock = lock;
        }
        Ok(())
    }

    /// Replaces the file and keeps the old one under another name.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written, or another run now holds the place.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn replace_keeping(&mut self, bytes: &[u8], keep: &Path) -> Result<()> {
        self.renew()?;
        self.place.replace_keeping(bytes, keep, Some(self.temporary.as_ref()))
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// The same as [`replace_keeping`](Self::replace_keeping).
    #[cfg(feature = "checkpoint")]
    pub(crate) fn replace(&mut self, bytes: &[u8]) -> Result<()> {
        self.renew()?;
        self.place.replace(bytes, super::Durable::Yes, Some(self.temporary.as_ref()))
    }
}

impl Lock {
    fn take(place: &Place, temporary: &str) -> Result<Option<Self>> {
        let path = place.with_ending(".lock");
        let failed = |source| Error::Io { path: path.clone(), action: "lock", source };
        let began = Instant::now();
        loop {
            let (mut file, is_new) = open(&path).map_err(failed)?;
            match file.try_lock() {
                // the previous holder may have removed the file
                Ok(()) if !is_at(&file, &path) => {
                    // where the system cannot tell files apart, this would never end
                    if began.elapsed() > PATIENCE {
                        return Ok(None);
                    }
                    std::thread::sleep(PAUSE);
                }
                Ok(()) => {
                    let found = read(&mut file);
                    // an empty file may be a user's; where open files cannot be removed, it is one that was left
                    let is_ours = is_new
                        || found
                            .as_ref()
                            .is_ok_and(|text| text.starts_with(MARK) || (cfg!(not(unix)) && text.is_empty()));
                    let mut lock = Self { path, file, is_ours };
                    if is_ours {
                        remove_left(place, &found.unwrap_or_default());
                        // the holder's name is for people to read: failing to write it is no reason to fail
                        let _ = lock.sign(temporary);
                    }
                    return Ok(Some(lock));
                }
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&read(&mut file).unwrap_or_default());
                    let found =
                        format!("{holder} writes there; let it end, or give this run a path of its own");
                    return Err(place.error("write")(io::Error::new(ErrorKind::ResourceBusy, found)));
                }
                Err(TryLockError::Error(_)) => {
                    drop(file);
                    if is_new {
                        let _ = fs::remove_file(&path);
                    }
                    return Ok(None);
                }
            }
        }
    }

    /// Writes the holder into the lock file.
    fn sign(&mut self, temporary: &str) -> io::Result<()> {
        let mut text = format!("{MARK}\nprocess: {}\n", std::process::id());
        if let Some(host) = host() {
            let _ = writeln!(text, "machine: {host}");
        }
        let _ = writeln!(text, "unfinished: {temporary}");
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_ours && is_at(&self.file, &self.path) {
            // removed while locked, so that nobody else has it locked
            if cfg!(unix) {
                let _ = fs::remove_file(&self.path);
            } else {
                let _ = self.file.set_len(0);
            }
        }
    }
}

/// Opens a lock file, and returns true with it if the file had to be created.
fn open(path: &Path) -> io::Result<(File, bool)> {
    if let Ok(there) = fs::metadata(path) {
        check(&there)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false);
    loop {
        match options.clone().create_new(true).open(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|file| (file, true)),
        }
        // the target of a link may have to be created
        let is_link = path.is_symlink();
        match options.clone().create(is_link).open(path) {
            // the previous holder has just removed it
            Err(error) if error.kind() == ErrorKind::NotFound && !is_link => {}
            // a file of another user can be locked
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return File::open(path).map(|file| (file, false)).map_err(|_| error);
            }
            opened => return opened.map(|file| (file, false)),
        }
    }
}

fn read(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Returns a line of a lock file by its name.
fn line<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Describes the holder of a lock from the text of its file.
fn holder(text: &str) -> String {
    let Some(process) = line(text, "process") else { return "another process".to_owned() };
    match line(text, "machine") {
        machine if process == std::process::id().to_string() && machine == host().as_deref() => {
            "another run of this process".to_owned()
        }
        Some(machine) => format!("process {process} on {machine}"),
        None => format!("process {process}"),
    }
}

/// Removes the file that a run left when it was killed while writing.
fn remove_left(place: &Place, text: &str) {
    if let Some(name) = line(text, "unfinished").filter(|name| is_drawn(name)) {
        let _ = fs::remove_file(place.folder().join(name));
    }
}

/// Returns the name of this machine, if known.
fn host() -> Option<String> {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .filter_map(|path| fs::read_to_string(path).ok());
    let variables = ["HOSTNAME", "COMPUTERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    files.chain(variables).map(|name| name.trim().to_owned()).find(|name| !name.is_empty())
}

/// Checks that an open file is the one at a path.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (open.dev(), open.ino()) == (there.dev(), there.ino())
    }
    // where files have no numbers, an existing file is assumed to be the same
    #[cfg(not(unix))]
    {
        let _ = (open, there);
        true
    }
}
