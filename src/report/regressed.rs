//! Compares predictions of held-out examples with their targets, where targets are numbers.

use crate::core::{Layer, Shape};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::model::{Model, Predictor};
use plywood_kernel::Scalar;

/// The predictions for held-out examples, for one number of the targets, in the units of the targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Regressed {
    /// The target and the prediction of each example, in order.
    pub pairs: Vec<[f64; 2]>,
}

impl Regressed {
    /// Predicts a data set. Returns the pairs of each number of the targets.
    ///
    /// Where the data's targets are [scaled](crate::data::ScaledTargets), their scale is undone, as that of the
    /// predictions is.
    ///
    /// # Errors
    /// Returns [`Error::Data`] if a target has not as many numbers as an output.
    pub fn by<N, T, D>(
        model: &Model<N, T>,
        data: &D,
        numbers: impl Fn(&D::Target) -> &[f32],
    ) -> Result<Vec<Self>>
    where
        N: Layer,
        T: Scalar,
        D: Dataset<Example = N::In>,
    {
        let mut parts = vec![Self { pairs: Vec::new() }; N::Out::LEN];
        let mut predictor = Predictor::new(model);
        let (mut x, mut y) = (vec![T::ZERO; N::In::LEN], vec![T::ZERO; N::Out::LEN]);
        for index in 0..data.len() {
            let target = data.read(index, &mut x);
            let target = numbers(&target);
            if target.len() != N::Out::LEN {
                let found = format!("a target of {} numbers", target.len());
                let expected = format!("{}, one for each number of the output", N::Out::LEN);
                return Err(Error::data(format!("held-out data, example {index}"), found, expected));
            }
            predictor.predict_into(&x, &mut y);
            for (number, (part, (target, y))) in parts.iter_mut().zip(target.iter().zip(&y)).enumerate() {
                let target = f64::from(*target);
                let scale = data.target_scales().and_then(|scales| scales.get(number));
                part.pairs.push([scale.map_or(target, |scale| scale.restore(target)), y.to_f64()]);
            }
        }
        Ok(parts)
    }

    /// Returns the mean absolute error.
    #[must_use]
    pub fn mean_absolute_error(&self) -> f64 {
        self.residuals().map(f64::abs).sum::<f64>() / self.pairs.len() as f64
    }

    /// Returns R² = 1 − Σ (y − t)² / Σ (t − t̄)², the share of the targets' variance that the predictions explain.
    ///
    /// It is `None` if all targets are equal.
    #[must_use]
    pub fn r2(&self) -> Option<f64> {
        let mean = self.pairs.iter().map(|[target, _]| target).sum::<f64>() / self.pairs.len() as f64;
        let variance: f64 = self.pairs.iter().map(|[target, _]| (target - mean).powi(2)).sum();
        let error: f64 = self.residuals().map(|residual| residual * residual).sum();
        (variance > 0.0).then(|| 1.0 - error / variance)
    }

    /// Returns the predictions minus the targets.
    pub fn residuals(&self) -> impl Iterator<Item = f64> {
        self.pairs.iter().map(|[target, prediction]| prediction - target)
    }
}
