//! Computes the scores of all windows of a picture.

use super::{Detection, Picture};
use crate::core::{Declared, ImageShape, Layer, Shape};
use crate::detect::slide::{Windows, slide};
use crate::error::{Error, Result};
use crate::loss::softmax;
use crate::model::Model;
use plywood_kernel::{Scalar, Threads};

/// The outputs of a network for the windows of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan<T> {
    /// The number of windows in a column and in a row of windows.
    count: [usize; 2],
    /// The number of pixels from one window to the next.
    step: usize,
    /// The height and width of a window.
    window: [usize; 2],
    /// The number of scores for a window.
    classes: usize,
    scores: Vec<T>,
}

/// The largest number of outputs that a layer may give for all windows at once.
///
/// Windows that share nothing each take as many as the layer's whole output. A larger picture is scanned in bands of as
/// many rows of windows as this allows, or of one row.
const NUMBERS: usize = 1 << 25;

/// Slides a network over a picture, `step` pixels at a time, down and across.
///
/// If `step` is a multiple of the product of the first layers' strides, windows share the work of those layers.
///
/// # Errors
/// Returns [`Error::Argument`] for a step of 0, and [`Error::Data`] if the picture is smaller than the network's input
/// or has other channels.
pub fn scan<N, T>(
    model: &Model<N, T>,
    picture: &Picture<T>,
    step: usize,
    threads: &Threads,
) -> Result<Scan<T>>
where
    N: Layer,
    N::In: ImageShape,
    T: Scalar,
{
    scan_in_bands(model, picture, step, threads, NUMBERS)
}

/// Computes [`scan`] in bands with at most the given number of outputs.
fn scan_in_bands<N, T>(
    model: &Model<N, T>,
    picture: &Picture<T>,
    step: usize,
    threads: &Threads,
    most: usize,
) -> Result<Scan<T>>
where
    N: Layer,
    N::In: ImageShape,
    T: Scalar,
{
    if step == 0 {
        return Err(Error::argument("step", 0, "at least 1"));
    }
    picture.check_holds::<N::In>()?;
    let window = [N::In::HEIGHT, N::In::WIDTH];
    let along = |side: usize, window: usize| Some(side.checked_sub(window)? / step + 1);
    let (Some(rows), Some(columns)) = (along(picture.height(), window[0]), along(picture.width(), window[1]))
    else {
        return Err(Error::data("picture", picture.dims(), "one that holds a window"));
    };
    let classes = N::Out::LEN;
    let mut scores = Vec::with_capacity(rows * columns * classes);
    let line = picture.width() * N::In::CHANNELS;
    let band = (most / (columns * N::WIDTH)).clamp(1, rows);
    for first in (0..rows).step_by(band) {
        let last = (first + band).min(rows) - 1;
        let (top, bottom) = (first * step, last * step + window[0]);
        let numbers = picture.numbers()[top * line..bottom * line].to_vec();
        let sides = [bottom - top, picture.width()];
        let windows = Windows::of(numbers, sides, window, [step; 2]);
        scores.extend(
            threads
                .run(|| slide::<N, T>(model.params(), model.buffers(), windows).cut::<N::Out>())
                .into_numbers(),
        );
    }
    Ok(Scan { count: [rows, columns], step, window, classes, scores })
}

impl<T: Scalar> Scan<T> {
    /// Returns the number of windows in a column of windows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.count[0]
    }

    /// Returns the number of windows in a row of windows.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.count[1]
    }

    /// Returns the network's scores for a window, one for each class.
    ///
    /// # Panics
    /// Panics if there is no such window.
    #[must_use]
    pub fn scores(&self, row: usize, column: usize) -> &[T] {
        assert!(column < self.columns(), "column {column} of {}", self.columns());
        &self.scores[(row * self.columns() + column) * self.classes..][..self.classes]
    }

    /// Returns the windows whose most probable class has at least the probability `least`, the most probable first.
    ///
    /// The probability is their score. Classes in `background` stand for no object; windows with a NaN show nothing.
    #[must_use]
    pub fn detections(&self, least: f64, background: &[usize]) -> Vec<Detection> {
        let mut found = Vec::new();
        let mut probabilities = vec![T::ZERO; self.classes];
        for row in 0..self.rows() {
            for column in 0..self.columns() {
                probabilities.copy_from_slice(self.scores(row, column));
                softmax(&mut probabilities);
                let Some(class) = crate::loss::largest(&probabilities) else { continue };
                let score = probabilities[class].to_f64();
                if score < least || background.contains(&class) {
                    continue;
                }
                let [height, width] = self.window;
                found.push(Detection {
                    top: row * self.step,
                    left: column * self.step,
                    height,
                    width,
                    class,
                    score,
                });
            }
        }
        // a stable sort: of equal ones, the upper left comes first
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Image;
    use crate::layers::{Axis, Conv2d, Dense, Flatten, MaxPool2d};

    #[test]
    fn bands_give_what_the_whole_picture_gives() {
        type Pixels = (
            Conv2d<Image<6, 6, 1>, Image<4, 4, 2>, Axis<3>, Axis<3>>,
            MaxPool2d<Image<4, 4, 2>, Image<2, 2, 2>, Axis<2, 2>, Axis<2, 2>>,
        );
        type Net = ((Pixels, Flatten<Image<2, 2, 2>, 8>), Dense<8, 3>);
        let model = Model::<Net, f64>::new(3);
        let numbers = (0..23 * 15).map(|i| f64::from(i * 37 % 101) / 101.0).collect();
        let picture = Picture::new(23, 15, 1, numbers).expect("a picture");
        for step in 1..=3 {
            let whole = scan(&model, &picture, step, &Threads::one()).expect("a scan");
            for most in [1, 400, 1_000] {
                let bands = scan_in_bands(&model, &picture, step, &Threads::one(), most).expect("a scan");
                assert_eq!(bands.count, whole.count);
                let differ = bands.scores.iter().zip(&whole.scores).any(|(a, b)| (a - b).abs() > 1e-14);
                assert!(!differ && bands.scores.len() == whole.scores.len(), "step {step}, {most} numbers");
            }
        }
    }
}
