//! Computes the bytes that a network needs, as constant expressions.

use crate::core::{Declared, Layer, Shape};
use crate::model::Predictor;
use plywood_kernel::Scalar;

/// Returns the bytes that training allocates for batches of the given number of examples.
///
/// They hold parameters, their gradient, buffers, the batch and everything between input and loss. An optimizer adds
/// its state (one more `PARAMS` for momentum).
///
/// # Examples
/// ```
/// use plywood::layers::{Dense, Relu};
/// use plywood::{Flat, training_memory};
///
/// type Net = ((Dense<784, 100>, Relu<Flat<100>>), Dense<100, 10>);
/// const { assert!(training_memory::<Net, f32>(64) < 2 << 20) };
/// ```
#[must_use]
pub const fn training_memory<N: Layer, T: Scalar>(batch: usize) -> usize {
    // a pair of shapes is put in the order of a batch
    let in_order = if <N::In as Shape>::DIMS.is_pair() { N::In::LEN } else { 0 };
    let example = N::In::LEN + in_order + 2 * N::Out::LEN;
    let numbers = 2 * N::PARAMS + N::BUFFERS + N::TAPE.len(batch) + N::SCRATCH.len(batch) + example * batch;
    numbers * size_of::<T>()
}

/// Returns the bytes that inference needs.
///
/// They hold parameters, buffers and the work space of a [`Predictor`], which takes any number of examples through the
/// network a few at a time.
#[must_use]
pub const fn inference_memory<N: Layer, T: Scalar>() -> usize {
    (N::PARAMS + N::BUFFERS) * size_of::<T>() + Predictor::<N, T>::MEMORY
}
