//! Counts how often each class is taken for each other class: the confusion matrix.

use std::fmt;

use nalgebra::DMatrix;

use crate::eval::{Average, Scores};

/// The confusion matrix: row i and column j count the examples of class i that were classified as j.
///
/// Displays as a table, with precision, recall and F1 of each class after its row, and their [macro
/// averages](crate::eval::Average::Macro) below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    counts: DMatrix<usize>,
}

impl Confusion {
    /// Creates a matrix without examples for the given number of classes.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { counts: DMatrix::zeros(classes, classes) }
    }

    /// Counts an example.
    ///
    /// # Panics
    /// Panics if there is no such class.
    pub fn count(&mut self, actual: usize, predicted: usize) {
        self.counts[(actual, predicted)] += 1;
    }

    /// Returns the counts.
    #[must_use]
    pub fn counts(&self) -> &DMatrix<usize> {
        &self.counts
    }

    /// Returns the number of correctly classified examples: the sum of the diagonal.
    #[must_use]
    pub fn correct(&self) -> usize {
        self.counts.diagonal().iter().sum()
    }

    /// Returns the number of all examples.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Returns the share of a class's examples that were classified correctly, or `None` if the class has none.
    ///
    /// # Panics
    /// Panics if there is no such class.
    #[must_use]
    pub fn recall(&self, class: usize) -> Option<f64> {
        let examples: usize = self.counts.row(class).iter().sum();
        (examples > 0).then(|| self.counts[(class, class)] as f64 / examples as f64)
    }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = self.counts.nrows();
        let largest = self.counts.iter().copied().max().unwrap_or(0);
        let width = largest.max(classes).to_string().len().max(3) + 1;
        write!(f, "class")?;
        for class in 0..classes {
            write!(f, "{class:>width$}")?;
        }
        writeln!(f, "{:>11}{:>10}{:>10}", "precision", "recall", "F1")?;
        let scores = |f: &mut fmt::Formatter<'_>, scores: Scores| {
            for (score, width) in [scores.precision, scores.recall, scores.f1].into_iter().zip([11, 10, 10]) {
                let score = score.map_or("-".to_owned(), |score| format!("{:.1} %", 100.0 * score));
                write!(f, "{score:>width$}")?;
            }
            writeln!(f)
        };
        for class in 0..classes {
            write!(f, "{class:>5}")?;
            for count in &self.counts.row(class) {
                write!(f, "{count:>width$}")?;
            }
            scores(f, self.scores(class))?;
        }
        write!(f, "{:<width$}", "average", width = 5 + width * classes)?;
        scores(f, self.average(Average::Macro))
    }
}
