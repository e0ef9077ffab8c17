//! Computes precision, recall and F1, for each class and over all.

use crate::error::Result;
use crate::eval::{Confusion, Interval};

/// The precision, recall and F1 of one class, or the average of several. `None` stands for a share of nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// The share of the examples taken for the class that belong to it.
    pub precision: Option<f64>,
    /// The share of the class's examples that were taken for it.
    pub recall: Option<f64>,
    /// The harmonic mean of both: 2 · correct / (examples of the class + examples taken for it).
    pub f1: Option<f64>,
    /// The number of examples of the class.
    pub support: usize,
}

/// The way in which an average weights the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// Each class has the same weight.
    Macro,
    /// Each class has the weight of its number of examples.
    Weighted,
    /// Each example has the same weight: all classes' counts are added first.
    ///
    /// If every example is taken for exactly one class, precision, recall and F1 all equal the accuracy.
    Micro,
}

impl Confusion {
    /// Returns precision, recall and F1 of a class.
    ///
    /// # Panics
    /// Panics if there is no such class.
    #[must_use]
    pub fn scores(&self, class: usize) -> Scores {
        ClassCounts::of(self, class).scores()
    }

    /// Returns precision, recall and F1 over all classes that have examples or were taken for one.
    ///
    /// A class without a precision or a recall counts as 0, since none of its examples was found.
    ///
    /// # Examples
    /// ```
    /// use plywood::eval::{Average, Confusion};
    ///
    /// let mut confusion = Confusion::new(2);
    /// [(0, 0), (0, 0), (0, 1), (1, 1)].map(|(actual, predicted)| confusion.count(actual, predicted));
    /// assert_eq!(confusion.scores(0).precision, Some(1.0));
    /// assert_eq!(confusion.average(Average::Macro).precision, Some(0.75));
    /// assert_eq!(confusion.average(Average::Micro).f1, Some(0.75));
    /// ```
    #[must_use]
    pub fn average(&self, average: Average) -> Scores {
        let tallies = (0..self.counts().nrows()).map(|class| ClassCounts::of(self, class));
        let tallies: Vec<_> = tallies.filter(|tally| tally.actual + tally.predicted > 0).collect();
        let support = self.total();
        if average == Average::Micro {
            let sum = |count: fn(&ClassCounts) -> usize| tallies.iter().map(count).sum();
            let all =
                ClassCounts { right: sum(|t| t.right), actual: support, predicted: sum(|t| t.predicted) };
            return all.scores();
        }
        let weight = |tally: &ClassCounts| if average == Average::Macro { 1 } else { tally.actual };
        let mean = |score: fn(Scores) -> Option<f64>| {
            let weights: usize = tallies.iter().map(weight).sum();
            let terms =
                tallies.iter().map(|tally| weight(tally) as f64 * score(tally.scores()).unwrap_or(0.0));
            (weights > 0).then(|| terms.sum::<f64>() / weights as f64)
        };
        Scores { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1), support }
    }

    /// Returns an interval that contains the true error with the given confidence: [`Interval::wilson`].
    ///
    /// It is valid if the examples are independent.
    ///
    /// # Errors
    /// Returns the errors of [`Interval::wilson`].
    pub fn error_interval(&self, confidence: f64) -> Result<Interval> {
        Interval::wilson(self.total() - self.correct(), self.total(), confidence)
    }
}

/// The counts of a class.
#[derive(Clone, Copy)]
struct ClassCounts {
    right: usize,
    actual: usize,
    predicted: usize,
}

impl ClassCounts {
    fn of(confusion: &Confusion, class: usize) -> Self {
        let counts = confusion.counts();
        let (actual, predicted) = (counts.row(class).iter().sum(), counts.column(class).iter().sum());
        Self { right: counts[(class, class)], actual, predicted }
    }

    fn scores(self) -> Scores {
        let share = |of: usize, part: usize| (of > 0).then(|| part as f64 / of as f64);
        Scores {
            precision: share(self.predicted, self.right),
            recall: share(self.actual, self.right),
            f1: share(self.actual + self.predicted, 2 * self.right),
            support: self.actual,
        }
    }
}
