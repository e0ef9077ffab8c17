//! Computes the directions in which data varies, and their variances.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::core::Shape;
use crate::data::Dataset;
use crate::data::transform::preprocess::{Center, each};
use crate::error::{Error, Result};

/// The mean μ, and the eigenvectors U and eigenvalues Λ of the covariance C = 1/n Σ (x − μ)(x − μ)ᵀ, in descending
/// order.
///
/// Only directions in which the data varies by more than rounding are kept: eigenvalues above 1e-10 of the largest.
/// Constant pixels, and fewer examples than numbers, leave fewer directions than numbers.
#[derive(Debug, Clone)]
pub(crate) struct Directions {
    pub(crate) mean: DVector<f64>,
    /// The directions, one in each column.
    pub(crate) vectors: DMatrix<f64>,
    pub(crate) variances: Vec<f64>,
}

/// The share of the largest variance below which a variance is rounding error.
const ROUNDING: f64 = 1e-10;

impl Directions {
    pub(crate) fn fit<D: Dataset>(data: &D) -> Result<Self> {
        let len = D::Example::LEN;
        let center = Center::of(data, len)?;
        let mut covariance = covariance(data, &center)?;
        covariance /= center.count;
        let spectrum = SymmetricEigen::try_new(covariance, f64::EPSILON, 100 * len).ok_or_else(|| {
            Error::data("covariance of the data", "no eigenvalues", "numbers of similar, finite size")
        })?;
        let mut order: Vec<usize> = (0..len).collect();
        order.sort_by(|&a, &b| spectrum.eigenvalues[b].total_cmp(&spectrum.eigenvalues[a]));
        let least = ROUNDING * order.first().map_or(0.0, |&first| spectrum.eigenvalues[first]);
        order.retain(|&i| spectrum.eigenvalues[i] > least);
        Ok(Self {
            mean: DVector::from_vec(center.mean()),
            vectors: spectrum.eigenvectors.select_columns(&order),
            variances: order.iter().map(|&i| spectrum.eigenvalues[i]).collect(),
        })
    }
}

/// Computes Σ (x − μ)(x − μ)ᵀ.
fn covariance<D: Dataset>(data: &D, center: &Center) -> Result<DMatrix<f64>> {
    /// The number of examples that are multiplied at once.
    const CHUNK: usize = 256;

    let len = D::Example::LEN;
    let mut sum = DMatrix::zeros(len, len);
    let mut chunk = DMatrix::zeros(len, CHUNK);
    let mut filled = 0;
    let mut add = |chunk: &DMatrix<f64>, filled: usize| {
        let columns = chunk.columns(0, filled);
        sum.gemm(1.0, &columns, &columns.transpose(), 1.0);
    };
    each(data, |x| {
        for (to, difference) in chunk.column_mut(filled).iter_mut().zip(center.differences(x)) {
            *to = difference;
        }
        filled += 1;
        if filled == CHUNK {
            add(&chunk, filled);
            filled = 0;
        }
    })?;
    add(&chunk, filled);
    Ok(sum)
}

/// Computes y = W (x − μ); `matrix` holds the rows of W, one after another. Sums are in f64.
pub(crate) fn multiply<T: plywood_kernel::Scalar>(
    matrix: &[f64],
    mean: &[f64],
    x: &[T],
    y: &mut [T],
    centered: &mut [T],
) {
    for ((to, x), mean) in centered.iter_mut().zip(x).zip(mean) {
        // rounded after the subtraction, since rounding a mean far from 0 would lose the variation of the data
        *to = T::of(x.to_f64() - mean);
    }
    for (y, row) in y.iter_mut().zip(matrix.chunks_exact(mean.len())) {
        *y = T::of(dot(row, centered));
    }
}

/// Computes a sum of products in parallel strands, which the compiler vectorizes.
fn dot<T: plywood_kernel::Scalar>(a: &[f64], b: &[T]) -> f64 {
    const STRANDS: usize = 16;

    let (blocks, rest) = a.as_chunks::<STRANDS>();
    let (others, others_rest) = b.as_chunks::<STRANDS>();
    let mut strands = [0.0; STRANDS];
    for (a, b) in blocks.iter().zip(others) {
        for ((strand, a), b) in strands.iter_mut().zip(a).zip(b) {
            *strand += a * b.to_f64();
        }
    }
    let rest = rest.iter().zip(others_rest).fold(0.0, |sum, (a, b)| sum + a * b.to_f64());
    strands.iter().sum::<f64>() + rest
}
