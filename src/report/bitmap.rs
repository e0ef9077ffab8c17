//! Draws small pictures: examples and filters as pixels, and as PNG inside a page.

use crate::core::Dims;
use crate::report::base64;

/// A picture of pixels in red, green and blue, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Bitmap {
    /// Creates a picture of one color.
    #[must_use]
    pub fn new(width: usize, height: usize, color: [u8; 3]) -> Self {
        Self { width, height, pixels: vec![color; width * height] }
    }

    /// Draws an example, if it is an image.
    ///
    /// With three channels it is drawn in color, otherwise as the mean of its channels in gray. Numbers from 0 to 1 are
    /// drawn as they are; if there are others, the smallest is black and the largest white.
    #[must_use]
    pub fn of_example(dims: Dims, numbers: &[f32]) -> Option<Self> {
        let Dims::Image(height, width, channels) = dims else { return None };
        let (low, high) =
            numbers.iter().fold((0.0_f32, 1.0_f32), |(low, high), &x| (low.min(x), high.max(x)));
        let (low, high) = if (low, high) == (0.0, 1.0) {
            (low, high)
        } else {
            let first = (f32::INFINITY, f32::NEG_INFINITY);
            numbers.iter().fold(first, |(low, high), &x| (low.min(x), high.max(x)))
        };
        let byte = |x: f32| (255.0 * (x - low) / (high - low).max(f32::MIN_POSITIVE)).round() as u8;
        let pixels = numbers.chunks_exact(channels).map(|pixel| match *pixel {
            [red, green, blue] => [red, green, blue].map(byte),
            _ => [byte(pixel.iter().sum::<f32>() / channels as f32); 3],
        });
        Some(Self { width, height, pixels: pixels.collect() })
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns red, green and blue of a pixel.
    ///
    /// # Panics
    /// Panics if there is no such pixel.
    #[must_use]
    pub fn pixel(&self, row: usize, column: usize) -> [u8; 3] {
        self.pixels[row * self.width..][..self.width][column]
    }

    /// Returns red, green and blue of a pixel, mutably.
    ///
    /// # Panics
    /// Panics if there is no such pixel.
    pub fn pixel_mut(&mut self, row: usize, column: usize) -> &mut [u8; 3] {
        &mut self.pixels[row * self.width..][..self.width][column]
    }

    /// Encodes the picture as a PNG file.
    ///
    /// # Errors
    /// Returns an error for sides that the format does not allow: 0, or 2³¹ and more.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(bytes)
    }

    /// Returns the picture as a data URL, for a page.
    pub(crate) fn address(&self) -> Result<String, png::EncodingError> {
        Ok(format!("data:image/png;base64,{}", base64::encode(&self.png()?)))
    }
}
