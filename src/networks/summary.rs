//! Shows a network as a table.

use std::fmt;

use crate::core::outline::Entry;
use crate::core::{Declared, Layer, Outline, Shape};
use crate::model::{inference_memory, training_memory};

/// The layers of a network with their output shapes, parameters and floating-point operations, as in Keras and
/// torchinfo.
///
/// [`summary`] creates it, and `Display` shows it as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The layers, with blocks before their parts.
    pub entries: Vec<Entry>,
    /// The number of trainable numbers.
    pub params: usize,
    /// The number of running statistics.
    pub buffers: usize,
    /// The floating-point operations of one forward pass of one example.
    pub flops: usize,
    /// The bytes that training needs in `f32` at a batch of 1, and for each further example.
    pub training_bytes: (usize, usize),
    /// The bytes that inference needs in `f32`.
    pub inference_bytes: usize,
    /// The rows and columns of the input that one number of the output sees, if the input is an image.
    pub receptive_field: Option<(usize, usize)>,
    input: crate::core::Dims,
}

/// Returns the table of a network or layer.
///
/// # Examples
/// ```
/// use plywood::layers::{Dense, Relu};
/// use plywood::{Flat, summary};
///
/// let table = summary::<((Dense<784, 100>, Relu<Flat<100>>), Dense<100, 10>)>();
/// assert_eq!(table.params, 784 * 100 + 100 + 100 * 10 + 10);
/// println!("{table}");
/// ```
///
/// A network that does not fit its parameter has no table:
///
/// ```compile_fail,E0080
/// # use plywood::{network, summary};
/// network! { Net<const H: usize>: Flat<8> => Flat<8> { dense(H), reshape(2, 3, 1), flatten, dense(8) } }
///
/// let table = summary::<Net<4>>(); // 4 numbers are no image of 2×3
/// ```
#[must_use]
pub fn summary<N: Layer>() -> Summary {
    // here a network that does not fit its parameter fails with its own message
    let Outline { entries, .. } = Outline::of::<N>();
    let one = training_memory::<N, f32>(1);
    let input = <N::In as Shape>::DIMS;
    Summary {
        entries,
        params: N::PARAMS,
        buffers: N::BUFFERS,
        flops: N::FLOPS,
        training_bytes: (one, training_memory::<N, f32>(2) - one),
        inference_bytes: inference_memory::<N, f32>(),
        receptive_field: match input {
            crate::core::Dims::Image(height, width, _) => {
                let [rows, columns] = N::FIELD.size([height, width]);
                Some((rows, columns))
            }
            crate::core::Dims::Flat(_) | crate::core::Dims::Pair(..) => None,
        },
        input,
    }
}

/// Formats a number with commas between thousands: `61,706`.
pub(crate) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| str::from_utf8(g).ok()).collect();
    groups.join(",")
}

/// Formats a number of bytes for people: `1.5 MiB`.
fn bytes(n: usize) -> String {
    let n = n as f64;
    match n {
        _ if n < 1024.0 => format!("{n} B"),
        _ if n < 1024.0 * 1024.0 => format!("{:.1} KiB", n / 1024.0),
        _ if n < 1024.0 * 1024.0 * 1024.0 => format!("{:.1} MiB", n / (1024.0 * 1024.0)),
        _ => format!("{:.2} GiB", n / (1024.0 * 1024.0 * 1024.0)),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |entry: &Entry| {
            let own = entry.path.rsplit('.').next().unwrap_or_default();
            let label =
                if own.starts_with(entry.name) { own.to_owned() } else { format!("{own}: {}", entry.name) };
            format!("{:indent$}{label}", "", indent = 2 * entry.depth)
        };
        let names: Vec<String> = self.entries.iter().map(name).collect();
        let width = names.iter().map(|n| n.chars().count()).max().unwrap_or(0).max("layer".len());
        let line = "─".repeat(width + 2 + 14 + 2 + 14 + 2 + 16);
        writeln!(f, "{:width$}  {:>14}  {:>14}  {:>16}", "layer", "output", "parameters", "FLOPs")?;
        writeln!(f, "{line}")?;
        writeln!(f, "{:width$}  {:>14}", "input", self.input)?;
        for (name, entry) in names.iter().zip(&self.entries) {
            writeln!(
                f,
                "{name:width$}  {:>14}  {:>14}  {:>16}",
                entry.output,
                thousands(entry.params),
                thousands(entry.flops)
            )?;
        }
        writeln!(f, "{line}")?;
        writeln!(
            f,
            "{:width$}  {:>14}  {:>14}  {:>16}",
            "",
            "",
            thousands(self.params),
            thousands(self.flops)
        )?;
        let (first, further) = self.training_bytes;
        writeln!(
            f,
            "training (f32):  {} at batch 1, {} for each further example",
            bytes(first),
            bytes(further)
        )?;
        write!(f, "inference (f32): {}", bytes(self.inference_bytes))?;
        if let Some((rows, columns)) = self.receptive_field {
            write!(f, "\nreceptive field: {rows}×{columns}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Flatten, Relu};

    #[test]
    fn the_table_shows_every_layer_and_the_totals() {
        type Net = ((Flatten<Image<28, 28, 1>, 784>, Dense<784, 100>), (Relu<Flat<100>>, Dense<100, 10>));
        let table = summary::<Net>().to_string();
        let expected = "\
layer             output      parameters             FLOPs
──────────────────────────────────────────────────────────
input            28×28×1
flatten1             784               0                 0
dense2               100          78,500           156,800
relu3                100               0               100
dense4                10           1,010             2,000
──────────────────────────────────────────────────────────
                                  79,510           158,900
";
        assert!(table.starts_with(expected), "{table}");
        assert!(table.ends_with("receptive field: 28×28"), "{table}");
    }

    #[test]
    fn figures_are_grouped() {
        assert_eq!(
            ["0", "999", "1,000", "61,706", "1,234,567"],
            [0, 999, 1000, 61_706, 1_234_567].map(thousands)[..]
        );
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
    }
}
