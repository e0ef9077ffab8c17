//! Reads IDX files: the format of MNIST and of similar sets, plain or compressed with gzip.
//!
//! A file holds an array of bytes. Its header is a magic number of four bytes (0, 0, the type of the numbers, the
//! number of dimensions) and the dimensions, each a big-endian 32-bit integer. Images have three dimensions
//! (images, rows, columns), or four with the channels last; labels have one. The format is described on the page
//! of `LeCun`, Cortes and Burges, "The MNIST database of handwritten digits".
//!
//! Compressed files are recognized by their first two bytes, not by their name, and need the feature `gzip`.

use std::io::Read;
use std::path::Path;

use crate::core::{Dims, Image, ImageShape};
use crate::data::Examples;
use crate::data::source::{Source, find, format_error, reserve};
use crate::error::{Error, Result};

/// The type byte of unsigned bytes, the only one that images and labels come in.
const UNSIGNED_BYTES: u8 = 0x08;

/// Reads a file of images and the file with their labels.
///
/// ```no_run
/// use plywood::{Image, data::idx};
///
/// let clothes = idx::load::<Image<28, 28, 1>>("fashion/train-images-idx3-ubyte.gz", "fashion/train-labels-idx1-ubyte.gz")?;
/// clothes.check_classes(10)?;
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] when a file cannot be read. [`Error::Format`] when it is not an IDX file of the expected kind, when
/// its images are not of shape `S`, when it holds less or more than its header says, or when the two files do not hold
/// the same number of items.
pub fn load<S: ImageShape>(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Examples<S>> {
    examples(Source::open(images.as_ref())?, Source::open(labels.as_ref())?)
}

/// Reads images and labels from any two readers; error messages call them `images` and `labels`.
///
/// ```
/// use plywood::{Image, data::idx};
///
/// let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 51, 255];
/// let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
/// let examples = idx::read::<Image<1, 2, 1>>(&images[..], &labels[..])?;
/// assert_eq!((examples.example(0), examples.label(0)), ([[[0.2], [1.0]]], 7));
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// The same as [`load`].
pub fn read<S: ImageShape>(images: impl Read, labels: impl Read) -> Result<Examples<S>> {
    examples(Source::of("images", images)?, Source::of("labels", labels)?)
}

fn examples<S: ImageShape>(images: Source<'_>, labels: Source<'_>) -> Result<Examples<S>> {
    let images = Idx::new(images, Kind::Images)?;
    let labels = Idx::new(labels, Kind::Labels)?;
    // checks everything that the headers tell before it reads any data
    let count = images.dims[0];
    let (found, expected) = (images.image_dims(), Dims::Image(S::HEIGHT, S::WIDTH, S::CHANNELS));
    if found != expected {
        return Err(images.error("shape of an image", found.to_string(), expected.to_string()));
    }
    if labels.dims[0] != count {
        let expected = format!("{count}, one for each image of {}", images.source.path().display());
        return Err(labels.error("number of labels", labels.dims[0].to_string(), expected));
    }
    if count == 0 {
        return Err(images.error("number of images", "0", "at least 1"));
    }
    let path = labels.source.path().to_owned();
    let bytes = labels.data()?;
    // reserved once the bytes are there: a header alone takes no memory
    let mut numbers = Vec::new();
    reserve(&path, &mut numbers, bytes.len())?;
    numbers.extend(bytes.into_iter().map(usize::from));
    Ok(Examples::of_bytes(images.data()?, numbers))
}

/// Reads the MNIST set, or one with its shape and file names, from a folder. Returns the training examples and the test
/// examples, with labels from 0 to 9.
///
/// The files are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
/// `t10k-labels-idx1-ubyte`; each name may also have a dot before `idx`, as in `train-images.idx3-ubyte`, and `.gz` at
/// the end. Each file may lie in a folder of the same name, as some archives unpack.
///
/// ```no_run
/// use plywood::{Dataset, data::idx};
///
/// let (train, test) = idx::mnist("data/mnist")?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// The same as [`load`]; also [`Error::Io`] with the expected path when a file is missing, and [`Error::Format`] when a
/// label is larger than 9.
pub fn mnist(folder: impl AsRef<Path>) -> Result<(Examples<Image<28, 28, 1>>, Examples<Image<28, 28, 1>>)> {
    /// The number of digits.
    const CLASSES: usize = 10;

    let folder = folder.as_ref();
    let part = |name: &str| {
        let path = |kind: &str, dimensions: usize| {
            let names = ['-', '.'].map(|sign| format!("{name}-{kind}{sign}idx{dimensions}-ubyte"));
            find(folder, &names.each_ref().map(String::as_str))
        };
        let (images, labels) = (path("images", 3)?, path("labels", 1)?);
        let examples = load(images, &labels)?;
        match examples.labels().iter().position(|&label| label >= CLASSES) {
            None => Ok(examples),
            Some(place) => {
                let found = examples.label(place).to_string();
                let expected = format!("a class from 0 to {}", CLASSES - 1);
                Err(format_error(&labels, &format!("label {place}, counted from 0"), found, expected))
            }
        }
    };
    Ok((part("train")?, part("t10k")?))
}

/// The purpose that a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Images,
    Labels,
}

impl Kind {
    const fn dimensions(self) -> &'static [u8] {
        match self {
            Self::Images => &[3, 4],
            Self::Labels => &[1],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Images => "an image file (3 or 4 dimensions)",
            Self::Labels => "a label file (1 dimension)",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Images => Self::Labels,
            Self::Labels => Self::Images,
        }
    }
}

/// An IDX file whose header has been read.
struct Idx<'a> {
    source: Source<'a>,
    /// The number of images or labels, then the sides of an image.
    dims: Vec<usize>,
}

impl<'a> Idx<'a> {
    /// Reads the header.
    fn new(source: Source<'a>, kind: Kind) -> Result<Self> {
        let mut idx = Self { source, dims: Vec::new() };
        let magic = idx.source.read(4)?;
        if magic.is_empty() {
            return Err(idx.error("length", "an empty file", "an IDX file"));
        }
        let magic = idx.whole(magic, 4)?;
        let [0, 0, number_type, dimensions] = magic[..] else {
            let found: Vec<String> = magic.iter().map(|byte| format!("{byte:02x}")).collect();
            let expected = "00 00 08 and the number of dimensions";
            return Err(idx.error("magic number of an IDX file", found.join(" "), expected));
        };
        if number_type != UNSIGNED_BYTES {
            let found = format!("0x{number_type:02x}");
            return Err(idx.error("type of numbers", found, "0x08, unsigned bytes"));
        }
        if kind.other().dimensions().contains(&dimensions) {
            let expected = format!("{}; are the two paths swapped?", kind.name());
            return Err(idx.error("kind of file", kind.other().name(), expected));
        }
        if !kind.dimensions().contains(&dimensions) {
            let found = format!("{dimensions} dimensions");
            return Err(idx.error("kind of file", found, kind.name()));
        }
        let sizes = idx.header(4 * usize::from(dimensions))?;
        for size in sizes.as_chunks().0 {
            let size = u32::from_be_bytes(*size);
            let fits = usize::try_from(size);
            idx.dims.push(
                fits.map_err(|_| idx.error("dimension", size.to_string(), "one that memory can hold"))?,
            );
        }
        Ok(idx)
    }

    /// Reads the given number of bytes of the header.
    fn header(&mut self, len: usize) -> Result<Vec<u8>> {
        let bytes = self.source.read(len)?;
        self.whole(bytes, len)
    }

    /// Returns a part of the header, if all of it is there.
    fn whole(&self, bytes: Vec<u8>, len: usize) -> Result<Vec<u8>> {
        match bytes.len() {
            found if found < len => Err(self.error(
                "header",
                format!("the end of the file after {found} bytes"),
                format!("{len}"),
            )),
            _ => Ok(bytes),
        }
    }

    /// Returns the shape of an image.
    fn image_dims(&self) -> Dims {
        Dims::Image(self.dims[1], self.dims[2], self.dims.get(3).copied().unwrap_or(1))
    }

    /// Reads all numbers: exactly as many as the header says.
    ///
    /// The header's size is only a limit: memory is reserved as the data arrives.
    fn data(mut self) -> Result<Vec<u8>> {
        let len = self.dims.iter().try_fold(1_usize, |len, &dim| len.checked_mul(dim));
        let Some(len) = len.filter(|&len| len < usize::MAX) else {
            let dims: Vec<String> = self.dims.iter().map(ToString::to_string).collect();
            return Err(self.error("dimensions", dims.join("×"), "a number of bytes that memory can hold"));
        };
        let bytes = self.source.read(len + 1)?;
        if bytes.len() == len {
            return Ok(bytes);
        }
        let found = if bytes.len() < len { bytes.len().to_string() } else { "more".to_owned() };
        Err(self.error("bytes after the header", found, format!("{len}, as the header says")))
    }

    fn error(&self, what: &str, found: impl Into<String>, expected: impl Into<String>) -> Error {
        self.source.error(what, found, expected)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is read is what was written, to the bit")]
mod tests;
