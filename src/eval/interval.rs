//! Computes confidence intervals: how far a measured share may be from the true one.

use std::fmt;

use crate::error::{Error, Result};
use crate::functions::normal_distribution;

/// An interval that contains the true share, such as an error, with some confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Interval {
    /// The lower end, from 0 to 1.
    pub low: f64,
    /// The upper end, from 0 to 1.
    pub high: f64,
    /// The confidence: the share of experiments, from 0 to 1, in which such an interval contains the true share.
    pub confidence: f64,
}

impl Interval {
    /// Returns the score interval for a share of `hits` among `count` independent examples (Wilson 1927).
    ///
    /// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
    ///
    /// Here p = hits/n, n = count, and the normal distribution lies within ±z with the probability `confidence`. Unlike
    /// the interval p ± z √(p(1 − p)/n), it is right for few examples and for shares near 0 and 1.
    ///
    /// # Examples
    /// ```
    /// use plywood::eval::Interval;
    ///
    /// // no mistake among a hundred does not mean that there are none
    /// let interval = Interval::wilson(0, 100, 0.95)?;
    /// assert_eq!(interval.to_string(), "0.00 % to 3.70 % with 95 % confidence");
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if there are no examples, fewer examples than hits, or the confidence is not between
    /// 0 and 1.
    pub fn wilson(hits: usize, count: usize, confidence: f64) -> Result<Self> {
        if count == 0 {
            return Err(Error::argument("examples of an interval", 0, "at least 1"));
        }
        if hits > count {
            return Err(Error::argument(
                "hits of an interval",
                hits,
                format!("at most {count}, the examples"),
            ));
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::argument("confidence", confidence, "above 0 and less than 1"));
        }
        let (n, p) = (count as f64, hits as f64 / count as f64);
        let z = quantile(confidence);
        let square = z * z / n;
        let middle = p + square / 2.0;
        let half = z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt();
        let [low, high] = [middle - half, middle + half].map(|end| (end / (1.0 + square)).clamp(0.0, 1.0));
        // rounding leaves these slightly inside
        let low = if hits == 0 { 0.0 } else { low };
        let high = if hits == count { 1.0 } else { high };
        Ok(Self { low, high, confidence })
    }
}

/// Returns the z for which the normal distribution lies within ±z with the given probability, by bisection.
fn quantile(probability: f64) -> f64 {
    let outside = (1.0 - probability) / 2.0;
    // searched in the lower tail, where small probabilities keep their digits
    let (mut low, mut high) = (-40.0, 0.0);
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if normal_distribution::<f64>(middle) < outside { low = middle } else { high = middle }
    }
    -high
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = [self.low, self.high].map(|end| 100.0 * end);
        // 0.95 · 100 is not exactly 95
        let confidence = (1e10 * self.confidence).round() / 1e8;
        write!(f, "{low:.2} % to {high:.2} % with {confidence} % confidence")
    }
}
