//! Holds images of any size.

use super::Detection;
use crate::core::{Dims, ImageShape};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// An image whose size is known only at run time: row-major, channels last, like [`Image`](crate::Image).
#[derive(Debug, Clone, PartialEq)]
pub struct Picture<T = f32> {
    height: usize,
    width: usize,
    channels: usize,
    numbers: Vec<T>,
}

impl<T: Scalar> Picture<T> {
    /// Creates a picture from its numbers.
    ///
    /// # Shapes
    /// Channel `c` of the pixel in row `y` and column `x` is number `(y * width + x) * channels + c`.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if there are not height × width × channels numbers, or none.
    pub fn new(height: usize, width: usize, channels: usize, numbers: Vec<T>) -> Result<Self> {
        let len = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        if len == Some(numbers.len()) && !numbers.is_empty() {
            return Ok(Self { height, width, channels, numbers });
        }
        let expected = format!("at least 1, as many as {} has", Dims::Image(height, width, channels));
        Err(Error::argument("numbers of the picture", numbers.len(), expected))
    }

    /// Creates a picture in which all numbers are the same.
    ///
    /// # Panics
    /// Panics if the picture is larger than memory.
    #[must_use]
    pub fn filled(height: usize, width: usize, channels: usize, number: T) -> Self {
        let len = height.saturating_mul(width).saturating_mul(channels);
        Self { height, width, channels, numbers: vec![number; len] }
    }

    /// Reads a PNG or JPEG file as numbers from 0 to 1, with 1 channel or 3.
    ///
    /// Files with other channels are converted as by [`folder`](crate::data::folder).
    ///
    /// # Errors
    /// Returns [`Error::Io`] or [`Error::Format`] if the file cannot be read, [`Error::Argument`] if `channels` is
    /// neither 1 nor 3, and [`Error::Data`] if memory does not suffice.
    #[cfg(feature = "image")]
    pub fn open(path: impl AsRef<std::path::Path>, channels: usize) -> Result<Self> {
        let image = crate::data::folder::read(path.as_ref())?;
        let (height, width) = (image.height() as usize, image.width() as usize);
        let bytes = match channels {
            1 => image.into_luma8().into_raw(),
            3 => image.into_rgb8().into_raw(),
            _ => return Err(Error::argument("channels", channels, "1 or 3")),
        };
        let mut numbers = Vec::new();
        if numbers.try_reserve_exact(bytes.len()).is_err() {
            let expected = format!("memory for {} numbers", bytes.len());
            return Err(Error::data("picture", "too little memory", expected));
        }
        numbers.extend(bytes.into_iter().map(|byte| T::of(f64::from(byte) / 255.0)));
        Self::new(height, width, channels, numbers)
    }

    /// Writes a file in the format of its extension, `.png` or `.jpg`.
    ///
    /// Numbers run from 0 to 1, and those outside are clamped. Missing folders are created; an old file is replaced as
    /// a whole.
    ///
    /// # Errors
    /// Returns [`Error::Io`] if the file cannot be written, [`Error::Format`] for another extension, and
    /// [`Error::Argument`] for a number of channels other than 1 and 3.
    #[cfg(feature = "image")]
    #[expect(clippy::cast_sign_loss, reason = "clamped to at least 0")]
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<()> {
        use image::{ColorType, ImageError, ImageFormat};

        use crate::file::{Durable, Place};

        let path = path.as_ref();
        let place = Place::at(path)?;
        let color = match self.channels {
            1 => ColorType::L8,
            3 => ColorType::Rgb8,
            _ => return Err(Error::argument("channels", self.channels, "1 or 3")),
        };
        let byte = |number: &T| (number.to_f64().clamp(0.0, 1.0) * 255.0).round() as u8;
        let bytes: Vec<u8> = self.numbers.iter().map(byte).collect();
        let (width, height) = (self.width as u32, self.height as u32);
        let mut file = std::io::Cursor::new(Vec::new());
        let written = ImageFormat::from_path(path).and_then(|format| {
            image::write_buffer_with_format(&mut file, &bytes, width, height, color, format)
        });
        written.map_err(|error| match error {
            ImageError::IoError(source) => Error::Io { path: path.to_owned(), action: "write", source },
            other => Error::Format {
                path: path.to_owned(),
                what: "image to write".to_owned(),
                found: other.to_string(),
                expected: "a name that ends in .png or .jpg".to_owned(),
            },
        })?;
        place.replace(file.get_ref(), Durable::No, None)
    }

    /// Returns the number of rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Returns the number of columns.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of channels of a pixel.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// Returns all numbers: row-major, channels last.
    #[must_use]
    pub fn numbers(&self) -> &[T] {
        &self.numbers
    }

    /// Copies an image into the picture, with its upper left pixel at row `top` and column `left`.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if the image is not wholly inside or has other channels.
    pub fn paste<const H: usize, const W: usize, const C: usize>(
        &mut self,
        image: &[[[T; C]; W]; H],
        top: usize,
        left: usize,
    ) -> Result<()> {
        let inside =
            |first: usize, len: usize, side: usize| first.checked_add(len).is_some_and(|end| end <= side);
        if C != self.channels || !inside(top, H, self.height) || !inside(left, W, self.width) {
            let found = format!("{} at row {top}, column {left}", Dims::Image(H, W, C));
            return Err(Error::argument(
                "image to paste",
                found,
                format!("one that lies inside of {}", self.dims()),
            ));
        }
        for (row, line) in image.iter().enumerate() {
            let start = ((top + row) * self.width + left) * C;
            self.numbers[start..][..W * C].copy_from_slice(line.as_flattened());
        }
        Ok(())
    }

    /// Draws the border of a detection's window, one pixel wide, in a color with one number for each channel.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if the window is not wholly inside, or the color has another number of channels.
    pub fn outline(&mut self, detection: &Detection, color: &[T]) -> Result<()> {
        let &Detection { top, left, height, width, .. } = detection;
        let inside = |first: usize, len: usize, side: usize| {
            len > 0 && first.checked_add(len).is_some_and(|end| end <= side)
        };
        if !inside(top, height, self.height) || !inside(left, width, self.width) {
            let found = format!("{height}×{width} at row {top}, column {left}");
            return Err(Error::argument("window to draw", found, format!("one inside of {}", self.dims())));
        }
        if color.len() != self.channels {
            return Err(Error::argument("numbers of the color", color.len(), self.channels.to_string()));
        }
        for row in top..top + height {
            for column in left..left + width {
                let edge =
                    row == top || row + 1 == top + height || column == left || column + 1 == left + width;
                if edge {
                    let start = (row * self.width + column) * self.channels;
                    self.numbers[start..][..self.channels].copy_from_slice(color);
                }
            }
        }
        Ok(())
    }

    pub(super) fn dims(&self) -> Dims {
        Dims::Image(self.height, self.width, self.channels)
    }

    /// Checks that windows of this shape fit into the picture.
    pub(super) fn check_holds<S: ImageShape>(&self) -> Result<()> {
        if self.height >= S::HEIGHT && self.width >= S::WIDTH && self.channels == S::CHANNELS {
            return Ok(());
        }
        let expected = format!("{} channels and at least the network's {}", S::CHANNELS, S::DIMS);
        Err(Error::data("picture", self.dims(), expected))
    }
}
