//! Images of other sizes than the network's.

use image::imageops::FilterType;
use image::{DynamicImage, Rgba32FImage};

use super::Sizes;

/// Makes an image of this height and width.
pub(super) fn fit(image: DynamicImage, height: usize, width: usize, sizes: Sizes) -> DynamicImage {
    let (found_height, found_width) = (image.height() as usize, image.width() as usize);
    if (found_height, found_width) == (height, width) {
        return image;
    }
    let image = match sizes {
        Sizes::Exact | Sizes::Resize => image,
        Sizes::Cover => {
            // cut out first: rescaled as a whole, a long and narrow image would take any amount of memory
            let rows = found_height.min(found_width * height / width).max(1);
            let columns = found_width.min(found_height * width / height).max(1);
            let [top, left] = [(found_height - rows) / 2, (found_width - columns) / 2];
            image.crop_imm(left as u32, top as u32, columns as u32, rows as u32)
        }
    };
    rescale(image, height as u32, width as u32)
}

/// Rescales an image. Colours are multiplied by their opacity before they are mixed and divided by the mixed one after, so
/// that a transparent pixel, whose colour nobody sees, adds nothing (Porter and Duff 1984, section 3).
fn rescale(image: DynamicImage, height: u32, width: u32) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.resize_exact(width, height, FilterType::Triangle);
    }
    let mut weighted = image.into_rgba32f();
    each_colour(&mut weighted, |colour, opacity| colour * opacity);
    let mut rescaled = image::imageops::resize(&weighted, width, height, FilterType::Triangle);
    each_colour(
        &mut rescaled,
        |colour, opacity| if opacity > 0.0 { (colour / opacity).min(1.0) } else { 0.0 },
    );
    DynamicImage::ImageRgba32F(rescaled)
}

/// Changes each colour by itself and its opacity.
fn each_colour(image: &mut Rgba32FImage, change: impl Fn(f32, f32) -> f32) {
    for pixel in image.pixels_mut() {
        let [red, green, blue, opacity] = pixel.0;
        pixel.0 = [change(red, opacity), change(green, opacity), change(blue, opacity), opacity];
    }
}
