//! One detection for each thing.

use crate::{Error, Result};

/// A window that shows something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Its first row.
    pub top: usize,
    /// Its first column.
    pub left: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// What it shows.
    pub class: usize,
    /// How sure that is.
    pub score: f64,
}

impl Detection {
    /// How much two windows overlap, whatever they show: their intersection's area divided by their union's, from 0 to 1.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f64 {
        let along = |[a, a_len]: [usize; 2], [b, b_len]: [usize; 2]| {
            (a.saturating_add(a_len).min(b.saturating_add(b_len))).saturating_sub(a.max(b)) as f64
        };
        let intersection = along([self.top, self.height], [other.top, other.height])
            * along([self.left, self.width], [other.left, other.width]);
        let area = |detection: &Self| detection.height as f64 * detection.width as f64;
        let union = area(self) + area(other) - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }
}

/// Non-maximum suppression: of detections of one class that [overlap](Detection::overlap) by more than `most`, only that with
/// the highest score. The result is in falling order of scores.
///
/// # Errors
/// [`Error::Argument`] when `most` is not from 0 to 1.
pub fn suppress(mut detections: Vec<Detection>, most: f64) -> Result<Vec<Detection>> {
    if !(0.0..=1.0).contains(&most) {
        return Err(Error::argument("overlap", most, "0 to 1"));
    }
    detections.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in detections {
        let hidden =
            |better: &Detection| better.class == detection.class && better.overlap(&detection) > most;
        if !kept.iter().any(hidden) {
            kept.push(detection);
        }
    }
    Ok(kept)
}
