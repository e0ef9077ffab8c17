//! Keeps a moving average of the weights.

use crate::model::Model;
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;
use plywood_kernel::math::elementwise;

/// The exponential moving average of a model's parameters, s ← s + (1 − d)(θ − s), beginning at the initial values.
///
/// To forget the initial values soon, d of step t (from 0) is min(decay, (1 + t) / (10 + t)), as in TensorFlow's
/// `ExponentialMovingAverage`.
#[derive(Debug, Clone)]
pub(crate) struct MovingAverage<T> {
    decay: f64,
    params: Aligned<T>,
}

impl<T: Scalar> MovingAverage<T> {
    pub(crate) fn new(decay: f64, params: &[T]) -> Self {
        let mut average = Self { decay, params: Aligned::zeros(params.len()) };
        average.params.copy_from_slice(params);
        average
    }

    /// Updates the average after a step, given the number of steps taken before it.
    pub(crate) fn update(&mut self, params: &[T], steps_before: usize) {
        let t = steps_before as f64;
        let share = T::of(1.0 - self.decay.min((1.0 + t) / (10.0 + t)));
        elementwise::move_toward(&mut self.params, params, share);
    }

    /// Exchanges the average with a model's parameters.
    pub(crate) fn swap<N>(&mut self, model: &mut Model<N, T>) {
        self.params.swap_with_slice(model.params_mut());
    }

    pub(crate) fn params(&self) -> &[T] {
        &self.params
    }

    #[cfg(feature = "checkpoint")]
    pub(crate) fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }
}
