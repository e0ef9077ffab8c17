//! Reports the comparison of gradients, tensor by tensor.

use std::fmt;

use rand::seq::index::IndexVec;

/// The findings of a [`GradientCheck`](super::GradientCheck). `Display` shows them as a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The reports, one for each tensor and one for the input.
    pub tensors: Vec<TensorReport>,
}

impl Report {
    /// Returns the largest relative error of all tensors.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        // not `f64::max`, which would pass over a NaN
        self.tensors.iter().map(|t| t.relative_error).fold(0.0, |a, b| if a >= b { a } else { b })
    }

    /// Returns the tensor with the largest relative error, or `None` if there are no tensors.
    #[must_use]
    pub fn worst(&self) -> Option<&TensorReport> {
        // a NaN is larger than any number
        let order = |error: f64| if error.is_nan() { f64::INFINITY } else { error };
        self.tensors.iter().max_by(|a, b| order(a.relative_error).total_cmp(&order(b.relative_error)))
    }
}

/// The agreement of the gradients of one tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorReport {
    /// The name of the tensor, or `input`.
    pub name: String,
    /// The number of entries that were checked.
    pub entries: usize,
    /// The number of further entries, which lie on a kink.
    pub kinks: usize,
    /// The largest difference of any entry, divided by the size of the tensor's gradient.
    ///
    /// The size of the gradient is its largest entry, but at least 10⁻⁴ of the largest of the whole network or of the
    /// loss, below which a numerical derivative resolves nothing.
    pub relative_error: f64,
    /// The index in the tensor of the entry with the largest difference.
    pub worst: usize,
    /// The exact derivative there.
    pub exact: f64,
    /// The numerical derivative there.
    pub numerical: f64,
}

impl TensorReport {
    /// Compares the given entries with numerical derivatives of a loss, which is a function of an entry and the amount
    /// by which it is moved.
    pub(super) fn of(
        name: &str,
        exact: &[f64],
        entries: IndexVec,
        largest: f64,
        loss: &mut dyn FnMut(usize, f64) -> f64,
    ) -> Self {
        let scale = exact.iter().fold(1e-4 * largest, |m, g| m.max(g.abs())).max(f64::MIN_POSITIVE);
        let mut report = Self {
            name: name.to_owned(),
            entries: 0,
            kinks: 0,
            relative_error: 0.0,
            worst: 0,
            exact: exact.first().copied().unwrap_or_default(),
            numerical: exact.first().copied().unwrap_or_default(),
        };
        for i in entries {
            let (mut numerical, mut error) = (f64::NAN, f64::INFINITY);
            for step in [1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6] {
                let (far, near) =
                    (loss(i, 2.0 * step) - loss(i, -2.0 * step), loss(i, step) - loss(i, -step));
                let estimate = (8.0 * near - far) / (12.0 * step);
                let difference = (estimate - exact[i]).abs() / scale;
                if difference < error || !difference.is_finite() {
                    (numerical, error) = (estimate, difference);
                }
                if error < 1e-9 || !error.is_finite() {
                    break;
                }
            }
            if error > 1e-9 && kinked(loss, i, error * scale, scale) {
                report.kinks += 1;
                continue;
            }
            report.entries += 1;
            if error > report.relative_error || !error.is_finite() {
                report.relative_error = error;
                (report.worst, report.exact, report.numerical) = (i, exact[i], numerical);
            }
        }
        report
    }
}

/// Returns true if the slopes to the left and to the right of an entry differ enough to explain a derivative that is
/// wrong by `error`.
///
/// In a smooth place of the loss they differ by the step times its curvature: far below a ten thousandth of the tensor's
/// gradient, and a quarter as much at a quarter of the step. On a kink they differ as much at any step. So a wrong
/// gradient is not taken for a kink. A difference below 2·10⁻⁶ of the gradient may be rounding.
fn kinked(loss: &mut dyn FnMut(usize, f64) -> f64, i: usize, error: f64, scale: f64) -> bool {
    let here = loss(i, 0.0);
    let mut difference = |step: f64| ((loss(i, step) - here) - (here - loss(i, -step))).abs() / step;
    let (wide, narrow) = (difference(2e-6), difference(5e-7));
    let remains = narrow > 0.5 * wide && wide > 2e-6 * scale;
    wide > 0.5 * error && (wide > 1e-4 * scale || remains)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.tensors.iter().map(|t| t.name.chars().count()).max().unwrap_or(0).max(6);
        writeln!(
            f,
            "{:width$} {:>7} {:>5} {:>9}  worst entry: exact, numerical",
            "tensor", "entries", "kinks", "rel.error"
        )?;
        for t in &self.tensors {
            writeln!(
                f,
                "{:width$} {:>7} {:>5} {:>9.1e}  [{}]: {:e}, {:e}",
                t.name, t.entries, t.kinks, t.relative_error, t.worst, t.exact, t.numerical
            )?;
        }
        Ok(())
    }
}
