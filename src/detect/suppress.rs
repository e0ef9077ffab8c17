//! Reduces detections to one for each object.

use crate::error::{Error, Result};

/// A window that shows an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The first row of the window.
    pub top: usize,
    /// The first column of the window.
    pub left: usize,
    /// The number of rows.
    pub height: usize,
    /// The number of columns.
    pub width: usize,
    /// The class of the object.
    pub class: usize,
    /// The score of that class.
    pub score: f64,
}

impl Detection {
    /// Returns the overlap of two windows of any classes: the area of their intersection divided by that of their
    /// union, from 0 to 1.
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

/// Suppresses non-maximum detections, and returns the rest in falling order of scores.
///
/// Of detections of one class that [overlap](Detection::overlap) by more than `most`, only the one with the highest
/// score stays.
///
/// # Errors
/// Returns [`Error::Argument`] if `most` is not from 0 to 1.
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
