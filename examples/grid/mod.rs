//! Draws pictures of digits side by side.

use std::fs;
use std::path::Path;

use plywood::report::Bitmap;
use plywood::{Error, Result};

/// The rows and columns of a digit.
const SIDE: usize = 28;
/// The pixels around each digit.
const GAP: usize = 2;
/// The pixels of the file for each of a digit, along a side.
const SCALE: usize = 2;

/// Rows of digits.
pub(crate) struct Grid(Bitmap);

impl Grid {
    /// Creates a grid without digits.
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        let side = |count: usize| SCALE * (count * (SIDE + GAP) + GAP);
        Self(Bitmap::new(side(columns), side(rows), [255; 3]))
    }

    /// Draws 28×28 pixels in red, green and blue at a place of the grid.
    pub(crate) fn put(&mut self, row: usize, column: usize, pixel: impl Fn(usize) -> [u8; 3]) {
        let [top, left] = [row, column].map(|place| SCALE * (place * (SIDE + GAP) + GAP));
        for y in 0..SCALE * SIDE {
            for x in 0..SCALE * SIDE {
                *self.0.pixel_mut(top + y, left + x) = pixel(y / SCALE * SIDE + x / SCALE);
            }
        }
    }

    /// Draws numbers from 0, black, to 1, white.
    #[expect(clippy::cast_sign_loss, reason = "a conversion saturates")]
    pub(crate) fn put_gray(&mut self, row: usize, column: usize, numbers: &[f32]) {
        self.put(row, column, |index| [(255.0 * numbers[index]) as u8; 3]);
    }

    /// Writes the grid as a PNG file.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let io = |source| Error::Io { path: path.to_owned(), action: "write", source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let png = self.0.png().map_err(|error| Error::argument("grid", error, "a picture"))?;
        fs::write(path, png).map_err(io)
    }
}
