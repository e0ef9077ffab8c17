//! Gives predictions in the units of the targets.

use std::sync::Arc;

use crate::core::{Layer, Shape};
use crate::data::TargetScale;
use crate::model::{Batch, Model, Predictor};
use plywood_kernel::Scalar;

impl<N, T: Scalar> Model<N, T> {
    /// Returns the scale of each number of the targets that the model was trained on, if they were
    /// [scaled](crate::data::ScaledTargets).
    ///
    /// Training takes it from its data, and model files keep it.
    #[must_use]
    pub fn target_scales(&self) -> Option<&[TargetScale]> {
        self.scales.as_deref()
    }

    /// Tells in which scale the outputs are; `None` means in the units of the targets.
    ///
    /// The caller guarantees a scale for each number of an output.
    pub(crate) fn scale_targets(&mut self, scales: Option<&[TargetScale]>) {
        self.scales = scales.map(Arc::from);
    }

    /// Returns the prediction for one example, in the units of the targets.
    ///
    /// It is the output of [`infer`](Self::infer), with the [scale](Self::target_scales) of the targets undone. For a
    /// model without one, and so for every classifier, both give the same.
    ///
    /// ```
    /// use plywood::data::{Examples, ScaledTargets, TargetScale};
    /// use plywood::loss::MeanSquaredError;
    /// use plywood::{Flat, Model, Trainer, network};
    ///
    /// network! { Line: Flat<1> => Flat<1> { dense(1) } }
    ///
    /// let train = Examples::<Flat<1>, [f32; 1]>::from_arrays([([0.0], [100.0]), ([1.0], [300.0])])?;
    /// let train = ScaledTargets::new(&train, TargetScale::fit(&train)?);
    /// let mut model = Model::<Line>::new(1);
    /// Trainer::new().epochs(1).loss(MeanSquaredError).train(&mut model, &train)?;
    /// let ([output], [prediction]) = (model.infer(&[0.5]), model.predict(&[0.5]));
    /// assert_eq!(prediction, 200.0 + 100.0 * output);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    #[must_use]
    pub fn predict(&self, x: &<N::In as Shape>::Array<T>) -> <N::Out as Shape>::Array<T>
    where
        N: Layer,
    {
        let mut y = self.infer(x);
        self.restore(N::Out::as_mut_slice(&mut y));
        y
    }

    /// Returns the prediction for each example of a batch, in the units of the targets: see [`predict`](Self::predict).
    #[must_use]
    pub fn predict_batch(&self, x: &Batch<N::In, T>) -> Batch<N::Out, T>
    where
        N: Layer,
    {
        let mut y = self.infer_batch(x);
        self.restore(y.as_mut_slice());
        y
    }

    /// Brings outputs, one after the other, into the units of the targets.
    fn restore(&self, outputs: &mut [T]) {
        let Some(scales) = self.target_scales() else { return };
        for output in outputs.chunks_exact_mut(scales.len().max(1)) {
            for (y, scale) in output.iter_mut().zip(scales) {
                *y = T::of(scale.restore(y.to_f64()));
            }
        }
    }
}

impl<N: Layer, T: Scalar> Predictor<'_, N, T> {
    /// Returns the prediction for one example, in the units of the targets: see [`Model::predict`].
    #[must_use]
    pub fn predict(&mut self, x: &<N::In as Shape>::Array<T>) -> <N::Out as Shape>::Array<T> {
        let mut y = self.infer(x);
        self.model().restore(N::Out::as_mut_slice(&mut y));
        y
    }

    /// Writes the predictions for the examples in `x` to `y`, one after the other, in the units of the targets: see
    /// [`Model::predict`].
    ///
    /// # Panics
    /// Panics if `x` and `y` do not hold the same number of whole examples.
    pub fn predict_into(&mut self, x: &[T], y: &mut [T]) {
        self.infer_into(x, y);
        self.model().restore(y);
    }
}
