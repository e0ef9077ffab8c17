//! Fits images of other sizes to the network's.

use std::hint::black_box;
use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, Rgba32FImage};

use crate::data::folder::Sizes;
use crate::data::source::reserve;
use crate::error::Result;

/// The numbers of a pixel while it is mixed with others: three colors and opacity, whatever the image has.
const NUMBERS: usize = 4;

/// Fits an image to the given height and width; `path` is its file.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when memory does not suffice.
pub(super) fn fit(
    path: &Path,
    image: DynamicImage,
    height: usize,
    width: usize,
    sizes: Sizes,
) -> Result<DynamicImage> {
    let (found_height, found_width) = (image.height() as usize, image.width() as usize);
    if (found_height, found_width) == (height, width) {
        return Ok(image);
    }
    let image = match sizes {
        Sizes::Exact | Sizes::Resize => image,
        Sizes::Cover => {
            // cut out first: rescaling the whole of a long and narrow image would take any amount of memory
            let rows = found_height.min(found_width * height / width).max(1);
            let columns = found_width.min(found_height * width / height).max(1);
            let [top, left] = [(found_height - rows) / 2, (found_width - columns) / 2];
            image.crop_imm(left as u32, top as u32, columns as u32, rows as u32)
        }
    };
    rescale(path, image, height, width)
}

/// Rescales an image. Colors are multiplied by their opacity before they are mixed and divided by the mixed opacity
/// afterward, so that a transparent pixel, whose color is invisible, adds nothing (Porter and Duff 1984, section 3).
fn rescale(path: &Path, image: DynamicImage, height: usize, width: usize) -> Result<DynamicImage> {
    let (found_height, found_width) = (image.height() as usize, image.width() as usize);
    // rows are mixed before columns
    check_memory(path, found_width, height)?;
    let (height, width) = (height as u32, width as u32);
    if is_opaque(&image) {
        return Ok(image.resize_exact(width, height, FilterType::Triangle));
    }
    check_memory(path, found_width, found_height)?;
    let mut weighted = image.into_rgba32f();
    each_color(&mut weighted, |color, opacity| color * opacity);
    let mut rescaled = image::imageops::resize(&weighted, width, height, FilterType::Triangle);
    each_color(&mut rescaled, |color, opacity| if opacity > 0.0 { (color / opacity).min(1.0) } else { 0.0 });
    Ok(DynamicImage::ImageRgba32F(rescaled))
}

/// Checks that memory suffices for mixing the given number of columns and rows of pixels: the allocation itself would
/// end the process.
fn check_memory(path: &Path, columns: usize, rows: usize) -> Result<()> {
    let mut numbers: Vec<f32> = Vec::new();
    reserve(path, &mut numbers, columns.saturating_mul(rows).saturating_mul(NUMBERS))?;
    // otherwise the compiler would remove the unused allocation
    black_box(&mut numbers);
    Ok(())
}

/// Returns true if every pixel is opaque, so that colors need no weights.
fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().all(|pixel| pixel.0[1] == u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().all(|pixel| pixel.0[1] == u16::MAX),
        DynamicImage::ImageRgba16(image) => image.pixels().all(|pixel| pixel.0[3] == u16::MAX),
        _ => !image.color().has_alpha(),
    }
}

/// Changes each color, given the color and its opacity.
fn each_color(image: &mut Rgba32FImage, change: impl Fn(f32, f32) -> f32) {
    for pixel in image.pixels_mut() {
        let [red, green, blue, opacity] = pixel.0;
        pixel.0 = [change(red, opacity), change(green, opacity), change(blue, opacity), opacity];
    }
}
