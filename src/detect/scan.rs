//! Scores of all windows of a picture.

use super::{Detection, Picture, Windows};
use crate::{Error, ImageShape, Layer, Model, Result, Scalar, Shape, Threads, softmax};

/// What a network gives for windows of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan<T> {
    /// Windows in a column and in a row of windows.
    count: [usize; 2],
    /// Rows and columns from one to the next.
    step: usize,
    /// Height and width of one.
    window: [usize; 2],
    /// Scores for one.
    classes: usize,
    scores: Vec<T>,
}

/// Slides a network over a picture, `step` pixels at a time, down and to the side.
///
/// Where `step` is a multiple of what the network's first layers stride by, together, work is shared between windows as
/// far as those layers go.
///
/// # Errors
/// [`Error::Argument`] for a step of 0; [`Error::Data`] when the picture is smaller than the network's input, or has
/// other channels.
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
    if step == 0 {
        return Err(Error::argument("step", 0, "at least 1"));
    }
    picture.check_holds::<N::In>()?;
    let window = [N::In::HEIGHT, N::In::WIDTH];
    let sides = [picture.height(), picture.width()];
    let windows = Windows::of(picture.numbers().to_vec(), sides, window, [step; 2]);
    let windows = windows.ok_or_else(|| Error::data("picture", picture.dims(), "one that holds a window"))?;
    let scores = threads.run(|| N::slide(model.params(), model.buffers(), windows).cut::<N::Out>());
    Ok(Scan { count: scores.count(), step, window, classes: N::Out::LEN, scores: scores.into_numbers() })
}

impl<T: Scalar> Scan<T> {
    /// Windows in a column of windows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.count[0]
    }

    /// Windows in a row of windows.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.count[1]
    }

    /// The network's scores for a window, one for each class.
    ///
    /// # Panics
    /// When there is no such window.
    #[must_use]
    pub fn scores(&self, row: usize, column: usize) -> &[T] {
        assert!(column < self.columns(), "column {column} of {}", self.columns());
        &self.scores[(row * self.columns() + column) * self.classes..][..self.classes]
    }

    /// The windows whose most probable class has at least this probability, with that for their score, most probable
    /// first. Classes in `background` stand for nothing that is to be found; windows with a NaN show nothing.
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
        // stable: of equal ones, the upper left first
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }
}
