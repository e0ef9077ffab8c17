//! Folders of images: one folder for each class, in it the images, PNG or JPEG.
//!
//! What is read, and how:
//!
//! * Classes are the folders' names, sorted, whole numbers by their size; images are sorted by name too. Labels are places
//!   in that order, so two folders label alike if they have the same classes: compare [`ImageFolder::classes`]. Files and folders whose name begins with a dot
//!   are passed over. Anything else must be an image: a broken or unreadable one is an error that names it, and so is
//!   a class without images.
//! * Images are kept as bytes. 16 bits a channel become 8; grey becomes colour by repetition and colour grey by
//!   brightness, as the network's [`Image<H, W, C>`](crate::Image) has 3 channels or 1; opacity is left out. With 2 or 4
//!   channels, images have brightness or colour, and opacity.
//! * An image that says that it is turned (in its Exif data, as cameras write it) is turned back.
//! * Sizes that are not the network's are an error, unless [`Sizes`] says what to do.
//! * Which file is which is told by content, not by name.

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};

use super::source::{format_error, io_error};
use super::{Dataset, Examples, by_name};
use crate::message::Message;
use crate::{Dims, Error, ImageShape, Result, Scalar};

/// What to do with images that do not have the network's height and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sizes {
    /// Nothing: they are an error.
    #[default]
    Exact,
    /// Stretch or squeeze them.
    Resize,
    /// Take the largest part in the middle that has the proportions of the network's input, and rescale it.
    Cover,
}

/// A folder of images by class, each read when it is needed.
///
/// Only paths are in memory. Reading decodes, which allocates, unlike data in memory. A file that can no longer be read
/// stops training with the file's error. [`load`] reads all of them once instead.
#[derive(Debug, Clone)]
pub struct ImageFolder<S> {
    classes: Vec<String>,
    images: Vec<(PathBuf, usize)>,
    sizes: Sizes,
    shape: std::marker::PhantomData<fn() -> S>,
}

/// Fails to compile for images of more channels than files have.
#[track_caller]
const fn readable(dims: Dims) {
    if dims.channels() > 4 {
        let message = Message::new()
            .text("image files have 1 to 4 channels, brightness or color, with or without opacity: found ");
        panic!("{}", message.dims(dims).as_str());
    }
}

/// Finds the images of all classes, without reading them.
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
/// [`Error::Io`] when a folder cannot be read; [`Error::Format`] when there are no classes, or one has no images.
pub fn open<S: ImageShape>(folder: impl AsRef<Path>, sizes: Sizes) -> Result<ImageFolder<S>> {
    const { readable(S::DIMS) }
    let folder = folder.as_ref();
    let (mut classes, mut images) = (Vec::new(), Vec::new());
    for class in entries(folder)? {
        let kind = fs::metadata(&class).map_err(io_error(&class, "open"))?;
        if !kind.is_dir() {
            return Err(format_error(
                &class,
                "entry of a folder of classes",
                "a file",
                "a folder for each class",
            ));
        }
        let found = entries(&class)?;
        if found.is_empty() {
            return Err(format_error(&class, "images of this class", "none", "at least 1"));
        }
        images.extend(found.into_iter().map(|path| (path, classes.len())));
        classes.push(name(&class));
    }
    if classes.is_empty() {
        return Err(format_error(folder, "folders of classes", "none", "at least 1"));
    }
    Ok(ImageFolder { classes, images, sizes, shape: std::marker::PhantomData })
}

/// Reads the images of all classes into memory, and the classes' names.
///
/// # Errors
/// As [`open`]; [`Error::Io`] or [`Error::Format`] for the first image that cannot be read or has another size.
pub fn load<S: ImageShape>(folder: impl AsRef<Path>, sizes: Sizes) -> Result<(Examples<S>, Vec<String>)> {
    let folder = open::<S>(folder, sizes)?;
    let (mut bytes, mut labels) = (Vec::with_capacity(folder.images.len() * S::LEN), Vec::new());
    for index in 0..folder.images.len() {
        bytes.extend(folder.decode(index)?);
        labels.push(folder.images[index].1);
    }
    Ok((Examples::of_bytes(bytes, labels), folder.classes))
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a folder holds, sorted, without what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder, "open"))? {
        let entry = entry.map_err(io_error(folder, "read"))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            found.push(entry.path());
        }
    }
    found.sort_unstable_by(|a, b| match (a.to_str(), b.to_str()) {
        // of one folder: they differ in their names
        (Some(_), Some(_)) => by_name(&name(a), &name(b)),
        _ => a.cmp(b),
    });
    Ok(found)
}

impl<S: ImageShape> ImageFolder<S> {
    /// The names of the classes, by label.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The file of an example.
    ///
    /// # Panics
    /// When there is no such example.
    #[must_use]
    pub fn path(&self, index: usize) -> &Path {
        &self.images[index].0
    }

    fn decode(&self, index: usize) -> Result<Vec<u8>> {
        decode::<S>(&self.images[index].0, self.sizes)
    }
}

/// An image as bytes of shape `S`.
fn decode<S: ImageShape>(path: &Path, sizes: Sizes) -> Result<Vec<u8>> {
    let image = read(path)?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    let image = match sizes {
        _ if (height, width) == (S::HEIGHT, S::WIDTH) => image,
        Sizes::Exact => {
            let channels = usize::from(image.color().channel_count());
            let found = Dims::Image(height, width, channels).to_string();
            let expected = format!("{}; `Sizes` says how to make others fit", S::DIMS);
            return Err(format_error(path, "shape of an image", found, expected));
        }
        Sizes::Resize => image.resize_exact(S::WIDTH as u32, S::HEIGHT as u32, FilterType::Triangle),
        Sizes::Cover => {
            // cut out first: rescaled as a whole, a long and narrow image would take any amount of memory
            let [rows, columns] =
                [height.min(width * S::HEIGHT / S::WIDTH), width.min(height * S::WIDTH / S::HEIGHT)]
                    .map(|side| side.max(1));
            let [top, left] = [(height - rows) / 2, (width - columns) / 2];
            let middle = image.crop_imm(left as u32, top as u32, columns as u32, rows as u32);
            middle.resize_exact(S::WIDTH as u32, S::HEIGHT as u32, FilterType::Triangle)
        }
    };
    Ok(match S::CHANNELS {
        1 => image.into_luma8().into_raw(),
        2 => image.into_luma_alpha8().into_raw(),
        3 => image.into_rgb8().into_raw(),
        _ => image.into_rgba8().into_raw(),
    })
}

/// An image of any size.
pub(crate) fn read(path: &Path) -> Result<DynamicImage> {
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(io_error(path, "open"))?;
    file.read_to_end(&mut bytes).map_err(io_error(path, "read"))?;
    let wrong = |found: String| format_error(path, "image", found, "a whole image, PNG or JPEG");
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let reader = reader.map_err(io_error(path, "read"))?;
    let is_cut_off = reader.format() == Some(ImageFormat::Jpeg) && !has_end(&bytes);
    let image = upright(reader).map_err(|error| wrong(error.to_string()))?;
    if is_cut_off { Err(wrong("the end of the file among the pixels".to_owned())) } else { Ok(image) }
}

/// Decodes an image, and turns it as it says that it is to be turned.
fn upright(reader: ImageReader<Cursor<&Vec<u8>>>) -> image::ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    image::Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether a JPEG file goes on until the marker of an image's end (ITU-T T.81, B.1.1): a decoder makes up what is missing, in
/// grey. What follows that marker, such as a film, does not matter.
fn has_end(bytes: &[u8]) -> bool {
    let mut at = 0;
    loop {
        // within pixels and between segments alike, 0xff and something else than 0 is a marker
        let Some(start) = bytes[at..].iter().position(|&byte| byte == 0xff) else { return false };
        at += start + 1;
        match bytes.get(at) {
            Some(0xd9) => return true,
            // a byte of the pixels, marks among them, the start, or filled up
            Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 1,
            Some(0xff) => {}
            // a segment, which says how long it is
            Some(_) => match bytes.get(at + 1..at + 3) {
                Some(&[high, low]) => at += 1 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
            None => return false,
        }
        if at > bytes.len() {
            return false;
        }
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
            // told by what is not a number; `failure` says why
            Err(_) => x.fill(T::of(f64::NAN)),
        }
        self.images[index].1
    }

    fn failure(&self, index: usize) -> Option<Error> {
        self.decode(index).err()
    }
}
