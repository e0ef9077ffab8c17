//! Reads folders of images: one folder for each class, with PNG or JPEG images in it.
//!
//! Rules:
//!
//! * Classes are the folders' names, sorted, whole numbers by value, in the same order on every system; images are also
//!   sorted by name. Labels are positions in that order. Bytes of a name that are not UTF-8 are written as `\xe9`.
//! * Files and folders whose name begins with a dot are skipped, and so are `Thumbs.db`, `desktop.ini` and `__MACOSX`,
//!   which operating systems leave. Everything else must be an image: a broken or unreadable image is an error that
//!   names it, and so is a class without images.
//! * Images are kept as bytes. 16 bits a channel become 8. Gray becomes color by repetition and color becomes gray by
//!   brightness, depending on whether the network's [`Image<H, W, C>`](crate::Image) has 3 channels or 1; opacity is
//!   dropped. With 2 or 4 channels, images have brightness or color, and opacity. Where an image is rescaled, colors
//!   are weighted by their opacity, so that colors hidden by full transparency do not mix with visible ones; a pixel
//!   that stays fully transparent becomes black.
//! * An image whose Exif data says that it is rotated, as cameras write it, is rotated back.
//! * An image of another size than the network's is an error, unless [`Sizes`] says how to change it.
//! * The type of a file is recognized by content, not by name. The file must be a regular file, or a link to one, of at
//!   most 1 GiB.
//! * A JPEG file must hold all its pixels; the end marker may be missing. Decoders fill in missing pixels in gray.
//!
//! Numbers are always from 0 to 1, and labels are always below the number of classes.
//! # A second folder
//! # A second folder
//!
//! A validation folder that lacks a class, or has another, would number the same names differently. So read the second
//! folder by the classes of the first: [`ImageFolder::open_like`], [`open_with`] and [`load_with`]. A class that the
//! first folder does not have is then an error; a class without images, or without a folder, is not.
//! ```no_run
//! use plywood::Image;
//! use plywood::data::folder::{self, Sizes};
//!
//! let (train, classes) = folder::load::<Image<64, 64, 3>>("flowers/train", Sizes::Cover)?;
//! let validation = folder::load_with::<Image<64, 64, 3>>("flowers/validation", Sizes::Cover, &classes)?;
//! # Ok::<(), plywood::Error>(())
//! ```

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::core::ImageShape;
use crate::core::message::Message;
use crate::data::source::{format_error, io_error, reserve};
use crate::data::{Dataset, Examples, by_name, check_names};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

mod fit;
mod jpeg;
mod picture;

pub(crate) use picture::read;

/// The treatment of images that do not have the network's height and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sizes {
    /// Reports an error.
    #[default]
    Exact,
    /// Stretches or squeezes the image.
    Resize,
    /// Takes the largest part in the middle that has the aspect ratio of the network's input, and rescales it.
    Cover,
}

/// A folder of images by class, each read when it is needed.
///
/// Only paths are kept in memory. Reading an example decodes its file, which allocates, unlike data in memory. A file
/// that can no longer be read stops training with the file's error. [`load`] reads all images once instead.
#[derive(Debug, Clone)]
pub struct ImageFolder<S> {
    classes: Vec<String>,
    images: Vec<(PathBuf, usize)>,
    sizes: Sizes,
    shape: std::marker::PhantomData<fn() -> S>,
}

/// Finds the images of all classes without reading them.
///
/// ```no_run
/// use plywood::data::folder::{self, Sizes};
/// use plywood::{Dataset, Image};
///
/// let train = folder::open::<Image<64, 64, 3>>("flowers/train", Sizes::Cover)?;
/// println!("{} images of {} classes", train.len(), train.classes().len());
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] when a folder cannot be read; [`Error::Format`] when there are no classes, when a class has no images,
/// or when two classes have the same name.
pub fn open<S: ImageShape>(folder: impl AsRef<Path>, sizes: Sizes) -> Result<ImageFolder<S>> {
    const { check_channels::<S>() }
    let folder = folder.as_ref();
    let (mut classes, mut images): (Vec<String>, Vec<_>) = (Vec::new(), Vec::new());
    for class in Entry::classes(folder)? {
        if classes.last() == Some(&class.name) {
            let found = format!("another folder that is called `{}`", class.name);
            let expected = "a name of its own for each class";
            return Err(format_error(&class.path, "name of a class", found, expected));
        }
        let found = Entry::all(&class.path)?;
        if found.is_empty() {
            let expected = "at least 1; help: a second folder, which may lack images of a class, is read by the classes of \
                            the first: `open_with`, `load_with`";
            return Err(format_error(&class.path, "images of this class", "none", expected));
        }
        images.extend(found.into_iter().map(|image| (image.path, classes.len())));
        classes.push(class.name);
    }
    if classes.is_empty() {
        return Err(format_error(folder, "folders of classes", "none", "at least 1"));
    }
    Ok(ImageFolder { classes, images, sizes, shape: std::marker::PhantomData })
}

/// Finds the images of known classes, such as those that a model was trained on, without reading them: label i is
/// `classes[i]`.
///
/// A class without images, or without a folder, is not an error.
///
/// ```no_run
/// use plywood::Image;
/// use plywood::data::folder::{self, Sizes};
///
/// let test = folder::open_with::<Image<64, 64, 3>>("flowers/test", Sizes::Cover, &["lily", "oak", "rose"])?;
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] when a folder cannot be read; [`Error::Format`] when there is a folder of another class, or no images
/// at all; [`Error::Argument`] when a class is given twice.
pub fn open_with<S: ImageShape>(
    folder: impl AsRef<Path>,
    sizes: Sizes,
    classes: &[impl AsRef<str>],
) -> Result<ImageFolder<S>> {
    const { check_channels::<S>() }
    let (folder, classes) = (folder.as_ref(), check_names("classes", classes)?);
    let (mut images, mut before) = (Vec::new(), None);
    for class in Entry::classes(folder)? {
        let label = classes.iter().position(|known| *known == class.name);
        let Some(label) = label.filter(|label| before.replace(*label) != Some(*label)) else {
            let known = classes.join(", ");
            let (what, expected) = match label {
                Some(_) => ("name of a class", format!("one folder at most for each of the classes {known}")),
                None => ("class", format!("one of the classes {known} (those given)")),
            };
            return Err(format_error(&class.path, what, format!("`{}`", class.name), expected));
        };
        images.extend(Entry::all(&class.path)?.into_iter().map(|image| (image.path, label)));
    }
    if images.is_empty() {
        return Err(format_error(folder, "images of all classes", "none", "at least 1"));
    }
    Ok(ImageFolder { classes, images, sizes, shape: std::marker::PhantomData })
}

/// Reads the images of all classes into memory, and returns them with the names of the classes.
///
/// # Errors
/// The same as [`open`]; also [`Error::Io`] or [`Error::Format`] for the first image that cannot be read or has another
/// size.
pub fn load<S: ImageShape>(folder: impl AsRef<Path>, sizes: Sizes) -> Result<(Examples<S>, Vec<String>)> {
    let opened = open::<S>(&folder, sizes)?;
    Ok((opened.examples(folder.as_ref())?, opened.classes))
}

/// Reads the images of known classes into memory: label i is `classes[i]`.
///
/// # Errors
/// The same as [`open_with`]; also [`Error::Io`] or [`Error::Format`] for the first image that cannot be read or has
/// another size.
pub fn load_with<S: ImageShape>(
    folder: impl AsRef<Path>,
    sizes: Sizes,
    classes: &[impl AsRef<str>],
) -> Result<Examples<S>> {
    open_with::<S>(&folder, sizes, classes)?.examples(folder.as_ref())
}

#[track_caller]
const fn check_channels<S: ImageShape>() {
    if S::CHANNELS > 4 {
        let message = Message::new()
            .text("image files have 1 to 4 channels, brightness or color, with or without opacity: found ");
        panic!("{}", message.dims(S::DIMS).as_str());
    }
}

/// An entry of a folder.
struct Entry {
    /// The last part of the path, which names a class.
    name: String,
    path: PathBuf,
}

impl Entry {
    /// Lists a folder's entries, sorted, without hidden files and files of the operating system.
    fn all(folder: &Path) -> Result<Vec<Self>> {
        const SYSTEMS: [&str; 3] = ["Thumbs.db", "desktop.ini", "__MACOSX"];

        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(io_error(folder, "open"))? {
            let entry = entry.map_err(io_error(folder, "read"))?;
            let name = text(&entry.file_name());
            if !name.starts_with('.') && !SYSTEMS.iter().any(|own| own.eq_ignore_ascii_case(&name)) {
                found.push(Self { name, path: entry.path() });
            }
        }
        // two names that are not UTF-8 may be written alike, but two paths never are
        found.sort_unstable_by(|a, b| by_name(&a.name, &b.name).then_with(|| a.path.cmp(&b.path)));
        Ok(found)
    }

    /// Lists the class folders of a folder.
    fn classes(folder: &Path) -> Result<Vec<Self>> {
        let found = Self::all(folder)?;
        for Self { path, .. } in &found {
            if !fs::metadata(path).map_err(io_error(path, "open"))?.is_dir() {
                let expected = "a folder for each class";
                return Err(format_error(path, "entry of a folder of classes", "a file", expected));
            }
        }
        Ok(found)
    }
}

/// Converts a name to text: bytes that are not UTF-8 are written as `\xe9`, so that different names stay different.
fn text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // writing to a string does not fail
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

impl<S: ImageShape> ImageFolder<S> {
    /// Returns the names of the classes, by label.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the file of an example.
    ///
    /// # Panics
    /// Panics when there is no such example.
    #[must_use]
    pub fn path(&self, index: usize) -> &Path {
        &self.images[index].0
    }

    /// Finds the images of a second folder by the classes and [`Sizes`] of this one, like [`open_with`].
    ///
    /// ```no_run
    /// use plywood::Image;
    /// use plywood::data::folder::{self, Sizes};
    ///
    /// let train = folder::open::<Image<64, 64, 3>>("flowers/train", Sizes::Cover)?;
    /// let validation = train.open_like("flowers/validation")?;
    /// assert_eq!(validation.classes(), train.classes());
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`open_with`].
    pub fn open_like(&self, folder: impl AsRef<Path>) -> Result<Self> {
        open_with(folder, self.sizes, &self.classes)
    }

    fn decode(&self, index: usize) -> Result<Vec<u8>> {
        picture::decode::<S>(&self.images[index].0, self.sizes)
    }

    /// Reads all images.
    fn examples(&self, folder: &Path) -> Result<Examples<S>> {
        let (mut bytes, mut labels) = (Vec::new(), Vec::new());
        reserve(folder, &mut bytes, self.images.len().saturating_mul(S::LEN))?;
        reserve(folder, &mut labels, self.images.len())?;
        for (index, &(_, label)) in self.images.iter().enumerate() {
            bytes.extend(self.decode(index)?);
            labels.push(label);
        }
        Ok(Examples::of_bytes(bytes, labels).named(&self.classes))
    }
}

impl<S: ImageShape> Dataset for ImageFolder<S> {
    type Example = S;
    type Target = usize;

    fn len(&self) -> usize {
        self.images.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        match self.decode(index) {
            Ok(bytes) => {
                for (x, byte) in x.iter_mut().zip(bytes) {
                    *x = T::of(f64::from(byte)) / T::of(255.0);
                }
            }
            // NaN marks the failure; `failure` gives the reason
            Err(_) => x.fill(T::of(f64::NAN)),
        }
        self.images[index].1
    }

    fn failure(&self, index: usize) -> Option<Error> {
        self.decode(index).err()
    }

    fn class_names(&self) -> Option<&[String]> {
        Some(&self.classes)
    }
}
