//! Provides preprocessing, which is fitted on training data and changes every example before a network sees it.
//!
//! Each step is a [`Transform`], so steps chain with each other and with augmentation, and
//! [`Transformed`](crate::data::Transformed) reads data through them. A test applies the numbers that a step has
//! learned from the training data: keep the fitted step with the model, as [named vectors](Keep).
//!
//! | | y | learns |
//! |---|---|---|
//! | [`Scaling`] | a x + b, so that the data lies in a range | a, b |
//! | [`Standardize`] | (x − μᵢ) / σᵢ for each number i | a mean and deviation for each |
//! | [`StandardizeChannels`] | (x − μ\_c) / σ\_c for each channel c | a mean and deviation for each |
//! | [`NormalizeContrast`] | (x − x̄) / √(s² + ε), mean x̄ and variance s² of the example | nothing |
//! | [`NormalizeLocally`] | the same with Gaussian neighborhoods | nothing |
//! | [`Pca`] | (Λ + ε)^(−½) Uᵀ (x − μ), the first K numbers | μ, U, Λ |
//! | [`Zca`] | U (Λ + ε)^(−½) Uᵀ (x − μ) | μ, U, Λ |
//!
//! μ is the mean of the training data, U Λ Uᵀ its covariance, with eigenvalues in descending order.
//!
//! ```
//! use plywood::data::{Split, Transform, Transformed, digits};
//! use plywood::preprocess::{NormalizeContrast, Standardize};
//! use plywood::{Dataset, Image};
//!
//! type Digit = Image<28, 28, 1>;
//! let train = Split::train(digits(200, 1));
//! let contrast = NormalizeContrast::<Digit>::new(0.01)?;
//! let fitted = Standardize::fit(&train.clone().map(|data| Transformed::new(data, contrast)))?;
//! let pipeline = contrast.then(fitted);
//! let test = Split::test(digits(50, 2)).map(|data| Transformed::new(data, &pipeline));
//! # Ok::<(), plywood::Error>(())
//! ```

mod contrast;
mod covariance;
mod keep;
mod local;
mod pca;
mod scaling;
mod standardize;
mod zca;

pub use contrast::NormalizeContrast;
pub use keep::{Keep, Vectors};
pub use local::NormalizeLocally;
pub use pca::Pca;
pub use scaling::Scaling;
pub use standardize::{Standardize, StandardizeChannels};
pub use zca::Zca;

use crate::core::Shape;
use crate::data::{Dataset, Transform};
use crate::error::{Error, Result};
use crate::work_space;

/// Calls `visit` with the numbers of each example in turn.
///
/// # Errors
/// [`Error::Data`] when there are no examples or a number is not finite.
fn each<D: Dataset>(data: &D, mut visit: impl FnMut(&[f64])) -> Result<()> {
    if data.is_empty() {
        return Err(Error::data("data to fit preprocessing to", "no examples", "at least 1"));
    }
    work_space::with(D::Example::LEN, |x: &mut [f64]| {
        for index in 0..data.len() {
            data.read(index, x);
            if let Some(place) = x.iter().position(|x| !x.is_finite()) {
                return Err(data.failure(index).unwrap_or_else(|| {
                    let what = format!("data to fit preprocessing to, example {index}, number {place}");
                    Error::data(what, x[place], "a finite number")
                }));
            }
            visit(x);
        }
        Ok(())
    })
}

/// The means of numbers at repeating positions, precise to the last digits even where the numbers are far from 0 and
/// vary little: differences from the first number at each position are exact there, and these differences are averaged.
///
/// The mean is `origin[i] + offset[i]`. Sums over the data are sums of differences from `origin`, less `offset`.
#[derive(Debug, Clone, PartialEq)]
struct Center {
    origin: Vec<f64>,
    offset: Vec<f64>,
    /// The number of values averaged at each position.
    count: f64,
}

impl Center {
    /// Averages the numbers i, i + `len`, i + 2 `len`, ... of all examples, for each i.
    fn of<D: Dataset>(data: &D, len: usize) -> Result<Self> {
        Ok(Self::with_squares(data, len)?.0)
    }

    /// Averages the same numbers and sums the squares of the differences from each mean, in one pass over the data
    /// (Welford 1962).
    fn with_squares<D: Dataset>(data: &D, len: usize) -> Result<(Self, Vec<f64>)> {
        let mut origin: Vec<f64> = Vec::new();
        let (mut offset, mut squares) = (vec![0.0; len], vec![0.0; len]);
        let mut count = 0.0;
        each(data, |x| {
            for x in x.chunks_exact(len) {
                if origin.is_empty() {
                    origin.extend_from_slice(x);
                }
                count += 1.0;
                let sums = offset.iter_mut().zip(&mut squares);
                for ((x, origin), (offset, squares)) in x.iter().zip(&origin).zip(sums) {
                    let difference = x - origin;
                    let from_mean = difference - *offset;
                    *offset += from_mean / count;
                    *squares += from_mean * (difference - *offset);
                }
            }
        })?;
        Ok((Self { origin, offset, count }, squares))
    }

    /// Returns the means.
    fn mean(&self) -> Vec<f64> {
        self.origin.iter().zip(&self.offset).map(|(origin, offset)| origin + offset).collect()
    }

    /// Returns the differences of the numbers from the means, which repeat.
    fn differences<'a>(&'a self, x: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let center = self.origin.iter().zip(&self.offset);
        x.iter().zip(center).map(|(x, (origin, offset))| (x - origin) - offset)
    }
}

/// Checks a number that is added to variances before their roots are taken.
fn check_epsilon(epsilon: f64) -> Result<()> {
    if epsilon >= 0.0 && epsilon.is_finite() {
        Ok(())
    } else {
        Err(Error::argument("epsilon", epsilon, "a finite number, at least 0"))
    }
}
