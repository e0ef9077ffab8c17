//! The options that tasks have in common, and the files that their peers in `benches/peers/tasks` read.

// an example uses some of these
#![allow(dead_code)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use plywood::{Dataset, Shape};

/// Trains a network, and prints how good it is.
#[derive(Parser)]
pub(crate) struct Options {
    /// Times that each example is used
    #[arg(long)]
    pub(crate) epochs: Option<usize>,
    /// Seed of the starting values and of the order of the examples
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write the data into a folder, for the same task in other programs, and do nothing else
    #[arg(long, value_name = "DIR")]
    pub(crate) export: Option<PathBuf>,
}

/// Writes data as `NAME-x.npy` and `NAME-y.npy`, matrices with a row for each example and for its target.
pub(crate) fn export<D: Dataset>(
    folder: &Path,
    name: &str,
    data: &D,
    numbers: impl Fn(D::Target) -> Vec<f32>,
) -> std::io::Result<()> {
    let mut x = vec![0.0_f32; data.len() * D::Example::LEN];
    let rows = x.chunks_exact_mut(D::Example::LEN).enumerate();
    let targets: Vec<f32> = rows.flat_map(|(index, x)| numbers(data.read(index, x))).collect();
    std::fs::create_dir_all(folder)?;
    for (part, matrix) in [("x", x), ("y", targets)] {
        // a matrix without rows has no columns either
        let columns = matrix.len().checked_div(data.len()).unwrap_or(0);
        let shape = format!("({}, {columns})", data.len());
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let mut file =
            std::io::BufWriter::new(std::fs::File::create(folder.join(format!("{name}-{part}.npy")))?);
        // the magic number, the version, the length of the header, and the header: 128 bytes
        file.write_all(b"\x93NUMPY\x01\x00\x76\x00")?;
        writeln!(file, "{header:<117}")?;
        matrix.iter().try_for_each(|number| file.write_all(&number.to_le_bytes()))?;
        file.flush()?;
    }
    Ok(())
}
