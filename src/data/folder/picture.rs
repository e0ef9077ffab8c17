//! Decodes image files to bytes of the network's shape.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};

use crate::core::{Dims, ImageShape};
use crate::data::folder::{Sizes, fit, jpeg};
use crate::data::source::{format_error, io_error};
use crate::error::Result;
use crate::file;

/// The largest file that is read: larger than any image that is small enough to be decoded.
const MOST: u64 = 1 << 30;

/// Decodes an image to bytes of shape `S`.
pub(super) fn decode<S: ImageShape>(path: &Path, sizes: Sizes) -> Result<Vec<u8>> {
    let image = read(path)?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    if sizes == Sizes::Exact && (height, width) != (S::HEIGHT, S::WIDTH) {
        let channels = usize::from(image.color().channel_count());
        let found = Dims::Image(height, width, channels).to_string();
        let expected = format!("{}; `Sizes` says how to make others fit", S::DIMS);
        return Err(format_error(path, "shape of an image", found, expected));
    }
    let image = fit::fit(path, image, S::HEIGHT, S::WIDTH, sizes)?;
    Ok(match S::CHANNELS {
        1 => image.into_luma8().into_raw(),
        2 => image.into_luma_alpha8().into_raw(),
        3 => image.into_rgb8().into_raw(),
        _ => image.into_rgba8().into_raw(),
    })
}

/// Reads an image of any size.
pub(crate) fn read(path: &Path) -> Result<DynamicImage> {
    let bytes = file::read_at_most(path, MOST)?;
    let wrong = |found: String| format_error(path, "image", found, "a whole image, PNG or JPEG");
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let reader = reader.map_err(io_error(path, "read"))?;
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let image = upright(reader).map_err(|error| wrong(error.to_string()))?;
    if is_jpeg {
        let pixels = image.width() as usize * image.height() as usize;
        jpeg::check(&bytes, pixels).map_err(|missing| wrong(missing.to_string()))?;
    }
    Ok(image)
}

/// Decodes an image, and rotates it as its Exif data asks.
fn upright(reader: ImageReader<Cursor<&Vec<u8>>>) -> image::ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    image::Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}
