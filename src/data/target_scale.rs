//! Scales targets for training, and back for predictions.

use std::fmt;
use std::sync::Arc;

use crate::core::Shape;
use crate::data::{Dataset, HoldsData, TrainingData};
use crate::error::{Error, Result};
use crate::work_space;
use plywood_kernel::Scalar;

/// The mean μ and the standard deviation σ of one number of the targets, by which training sees it as (t − μ) / σ.
///
/// [`fit`](Self::fit) learns both from training data, and [`ScaledTargets`] applies them. Training hands the scales to
/// the model, and model files keep them. [`Model::predict`](crate::Model::predict) computes μ + σ y from an output y, so
/// that predictions are in the targets' own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetScale {
    mean: f64,
    deviation: f64,
}

impl TargetScale {
    /// Makes a scale from a mean and a standard deviation.
    ///
    /// ```
    /// use plywood::data::TargetScale;
    ///
    /// let celsius = TargetScale::new(15.0, 8.0)?;
    /// assert_eq!((celsius.scale(31.0), celsius.restore(2.0)), (2.0, 31.0));
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] when a number is not finite, or when the deviation is not above 0.
    pub fn new(mean: f64, deviation: f64) -> Result<Self> {
        if !mean.is_finite() {
            return Err(Error::argument("mean", mean, "a finite number"));
        }
        if !(deviation > 0.0 && deviation.is_finite()) {
            return Err(Error::argument("deviation", deviation, "a finite number above 0"));
        }
        Ok(Self { mean, deviation })
    }

    /// Computes the mean and the standard deviation of each of the `M` numbers of the targets, with the deviation
    /// √(1/n Σ (t − μ)²) of all n examples.
    ///
    /// ```
    /// use plywood::Flat;
    /// use plywood::data::{Examples, TargetScale};
    ///
    /// let train = Examples::<Flat<1>, [f32; 1]>::from_arrays([([0.0], [100.0]), ([1.0], [300.0])])?;
    /// let [scale] = TargetScale::fit(&train)?;
    /// assert_eq!((scale.mean(), scale.deviation()), (200.0, 100.0));
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] when there are no examples, or when a number of the targets is not finite, or is the same in all
    /// examples. When an example cannot be read, the data set's own [reason](Dataset::failure).
    pub fn fit<const M: usize, D>(train: &D) -> Result<[Self; M]>
    where
        D: TrainingData<Data: Dataset<Target = [f32; M]>>,
    {
        let targets = targets_of(train)?;
        let mut scales = [Self { mean: 0.0, deviation: 1.0 }; M];
        for (number, scale) in scales.iter_mut().enumerate() {
            let values = || targets.iter().map(|target| f64::from(target[number]));
            let count = targets.len() as f64;
            let mean = values().sum::<f64>() / count;
            // from differences, so that few digits are lost where the mean is large
            let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
            if targets.iter().all(|target| target[number] == targets[0][number]) {
                return Err(Error::data(
                    format!("number {number} of the targets"),
                    format!("{:?} in every example", targets[0][number]),
                    "numbers that differ: nothing can be learned from this one",
                ));
            }
            *scale = Self { mean, deviation };
        }
        Ok(scales)
    }

    /// Returns the mean.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// Returns the standard deviation.
    #[must_use]
    pub const fn deviation(&self) -> f64 {
        self.deviation
    }

    /// Returns a number of a target as training sees it.
    #[must_use]
    pub fn scale(&self, target: f64) -> f64 {
        (target - self.mean) / self.deviation
    }

    /// Returns an output in the units of the target.
    #[must_use]
    pub fn restore(&self, output: f64) -> f64 {
        self.mean + self.deviation * output
    }

    /// Returns the scale that applies this one, and then another: μ = μ₁ + σ₁ μ₂ and σ = σ₁ σ₂.
    fn then(self, next: Self) -> Self {
        Self { mean: self.restore(next.mean), deviation: self.deviation * next.deviation }
    }
}

/// Shows both numbers so that they are read as the same numbers.
impl fmt::Display for TargetScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mean {:?}, deviation {:?}", self.mean, self.deviation)
    }
}

/// Reads the targets of all examples.
fn targets_of<const M: usize, D>(train: &D) -> Result<Vec<[f32; M]>>
where
    D: HoldsData<Data: Dataset<Target = [f32; M]>>,
{
    let data = train.dataset();
    if data.is_empty() {
        return Err(Error::data("data to fit a scale of targets to", "no examples", "at least 2"));
    }
    let mut targets = Vec::new();
    for index in 0..data.len() {
        let (target, is_read) = work_space::with(<D::Data as Dataset>::Example::LEN, |x: &mut [f32]| {
            let target = data.read(index, x);
            (target, x.iter().all(|x| x.is_finite()))
        });
        if !is_read && let Some(error) = data.failure(index) {
            return Err(error);
        }
        if let Some(number) = target.iter().position(|number| !number.is_finite()) {
            let what = format!("number {number} of the target of example {index}");
            return Err(Error::data(what, target[number], "a finite number"));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Data whose targets training sees scaled, to mean 0 and deviation 1, so that neither the loss nor the last layer's
/// weights have to be as large as a price in dollars.
///
/// The scales [travel](Dataset::target_scales) with the data to the model that is trained on it, and with the model into
/// its files. [`Model::predict`](crate::Model::predict) gives predictions in the targets' own units. Losses that
/// training reports are of the scaled targets, and validation data must have the same scales. Evaluation on data in its
/// own units measures predictions.
///
/// ```
/// use plywood::data::{Examples, ScaledTargets, TargetScale};
/// use plywood::loss::MeanSquaredError;
/// use plywood::{Flat, Model, Trainer, network};
///
/// network! { Line: Flat<1> => Flat<1> { dense(1) } }
///
/// // 300,000 and more
/// let example = |i: u8| ([f32::from(i) / 50.0], [3e5 + 2e3 * f32::from(i)]);
/// let prices = Examples::<Flat<1>, [f32; 1]>::from_arrays((0..50).map(example))?;
/// let scales = TargetScale::fit(&prices)?;
/// let train = ScaledTargets::new(&prices, scales);
///
/// let mut model = Model::<Line>::new(1);
/// Trainer::new().epochs(100).loss(MeanSquaredError).train(&mut model, &train)?;
/// assert_eq!(model.target_scales(), Some(&scales[..]));
/// let [price] = model.predict(&[0.5]);
/// assert!((price - 3.5e5).abs() < 1e3, "{price}");
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScaledTargets<D, const M: usize> {
    data: D,
    scales: [TargetScale; M],
    /// The scales from the targets' own units, which differ from `scales` if the data's targets are scaled already.
    total: Arc<[TargetScale]>,
}

impl<D: Dataset<Target = [f32; M]>, const M: usize> ScaledTargets<D, M> {
    /// Scales the targets of data, or of a reference to it.
    ///
    /// If the data's targets are scaled already, by means μ₁ and deviations σ₁, then the data's
    /// [`target_scales`](Dataset::target_scales) undo both scales: μ₁ + σ₁ μ₂ and σ₁ σ₂.
    pub fn new(data: D, scales: [TargetScale; M]) -> Self {
        let total: Arc<[TargetScale]> = match data.target_scales() {
            None => scales.into(),
            Some(first) if first.len() == M => {
                first.iter().zip(scales).map(|(first, next)| first.then(next)).collect()
            }
            // training refuses the count
            Some(first) => first.into(),
        };
        Self { data, scales, total }
    }

    /// Returns the data, with targets as they were given.
    pub const fn data(&self) -> &D {
        &self.data
    }

    /// Returns the scale of each number of a target, as it was given.
    #[must_use]
    pub const fn scales(&self) -> [TargetScale; M] {
        self.scales
    }

    fn scaled(&self, target: [f32; M]) -> [f32; M] {
        std::array::from_fn(|number| self.scales[number].scale(f64::from(target[number])) as f32)
    }
}

#[diagnostic::do_not_recommend]
impl<D: Dataset<Target = [f32; M]>, const M: usize> Dataset for ScaledTargets<D, M> {
    type Example = D::Example;
    type Target = [f32; M];

    fn len(&self) -> usize {
        self.data.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; M] {
        self.scaled(self.data.read(index, x))
    }
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> [f32; M] {
        self.scaled(self.data.draw(index, seed, x))
    }
    fn failure(&self, index: usize) -> Option<Error> {
        self.data.failure(index)
    }
    fn target_scales(&self) -> Option<&[TargetScale]> {
        Some(&self.total[..])
    }
}

/// Checks that `found` are the scales of the targets of other data, or of a model, which `owner` names.
///
/// # Errors
/// [`Error::Data`] about `what` when they differ.
pub(crate) fn check_target_scales(
    what: &str,
    owner: &str,
    expected: Option<&[TargetScale]>,
    found: Option<&[TargetScale]>,
) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let listed = |scales: Option<&[TargetScale]>| match scales {
        None => "targets in their own units".to_owned(),
        Some(scales) => {
            let scales: Vec<String> = scales.iter().map(ToString::to_string).collect();
            format!("targets scaled by {}", scales.join("; "))
        }
    };
    let help = match expected {
        None => "pass the data without `ScaledTargets`",
        Some(_) => "wrap the data by `ScaledTargets::new` with those scales",
    };
    let expected = format!("{}, as {owner}; help: {help}", listed(expected));
    Err(Error::data(what, listed(found), expected))
}
