//! Describes the error of a loss: its name, its unit, and whether it decides which epoch is best.

/// The name and the unit of a loss's error, smaller ones being better.
///
/// # Examples
/// ```
/// use plywood::loss::ErrorMeasure;
///
/// const PIXELS: ErrorMeasure = ErrorMeasure::share("wrong pixels").short("pixels");
/// assert_eq!(PIXELS.format(0.125), "12.50 %");
/// assert_eq!(ErrorMeasure::MEAN_ABSOLUTE.format(12.5), "12.5000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorMeasure {
    /// The name in words, as in charts: `mean absolute error`.
    pub name: &'static str,
    /// A short name, as at the head of a column: `MAE`.
    pub short: &'static str,
    /// True if the error is a share from 0 to 1, which people read in percent.
    pub is_share: bool,
    /// True if by default the error decides which epoch is best, and false if the loss does.
    pub decides: bool,
}

impl ErrorMeasure {
    /// The share of misclassified examples.
    pub const MISCLASSIFIED: Self = Self::share("error");
    /// The share of wrong answers, where each example asks for several.
    pub const WRONG_ANSWERS: Self = Self::share("wrong answers").short("wrong");
    /// The mean absolute error, in the unit of the targets.
    pub const MEAN_ABSOLUTE: Self = Self::number("mean absolute error").short("MAE");
    /// One minus the mean over the classes of intersection over union.
    pub const MEAN_OVERLAP: Self = Self::share("1 − mean IoU").short("1 − mIoU");

    /// Returns a measure that is a share from 0 to 1, and that decides which epoch is best.
    #[must_use]
    pub const fn share(name: &'static str) -> Self {
        Self { name, short: name, is_share: true, decides: true }
    }

    /// Returns a measure that is a number in the unit of the targets. The loss decides which epoch is best.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Self { name, short: name, is_share: false, decides: false }
    }

    /// Sets a shorter name for the heads of columns.
    #[must_use]
    pub const fn short(self, short: &'static str) -> Self {
        Self { short, ..self }
    }

    /// Sets whether by default the error decides which epoch is best.
    #[must_use]
    pub const fn decides(self, decides: bool) -> Self {
        Self { decides, ..self }
    }

    /// Formats an error: a share in percent, with its sign, any other with four decimals.
    #[must_use]
    pub fn format(&self, error: f64) -> String {
        format(self.is_share, error)
    }

    /// Returns the title of a chart: the name with a capital, and the unit of a share.
    #[cfg(feature = "plot")]
    pub(crate) fn title(&self) -> String {
        title(self.name, self.is_share)
    }

    /// Returns the name in lower-case letters, digits and underscores, as for a column of a file.
    #[must_use]
    pub fn identifier(&self) -> String {
        identifier(self.name)
    }
}

/// Formats a share in percent, and any other number with four decimals.
pub(crate) fn format(is_share: bool, value: f64) -> String {
    if is_share { format!("{:.2} %", 100.0 * value) } else { format!("{value:.4}") }
}

/// Returns the title of a chart: a name with a capital, and the unit of a share.
#[cfg(feature = "plot")]
pub(crate) fn title(name: &str, is_share: bool) -> String {
    let mut characters = name.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}{}", characters.as_str(), if is_share { " in %" } else { "" })
}

/// Returns a name in lower-case letters, digits and underscores.
pub(crate) fn identifier(name: &str) -> String {
    let mut identifier = String::with_capacity(name.len());
    for character in name.chars() {
        if character == '²' {
            identifier.push('2');
        } else if character.is_alphanumeric() {
            identifier.extend(character.to_lowercase());
        } else if !identifier.is_empty() && !identifier.ends_with('_') {
            identifier.push('_');
        }
    }
    identifier.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        let cases = [
            ("error", "error"),
            ("mean absolute error", "mean_absolute_error"),
            ("1 − mean IoU", "1_mean_iou"),
            ("top-5 accuracy!", "top_5_accuracy"),
            ("R²", "r2"),
            ("%", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(identifier(name), expected);
        }
    }
}
