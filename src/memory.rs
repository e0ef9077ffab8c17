//! How many bytes a network needs, as constant expressions.

use crate::{Declared, Layer, Predictor, Scalar, Shape};

/// Bytes that training allocates for batches of so many examples: parameters, their gradient, buffers, the batch
/// and everything that lies between input and loss. An optimiser adds its state (one more `PARAMS` for momentum).
///
/// ```
/// use plywood::layers::{Dense, Relu};
/// use plywood::{Flat, training_memory};
///
/// type Net = ((Dense<784, 100>, Relu<Flat<100>>), Dense<100, 10>);
/// const { assert!(training_memory::<Net, f32>(64) < 2 << 20) };
/// ```
#[must_use]
pub const fn training_memory<N: Layer, T: Scalar>(batch: usize) -> usize {
    let example = N::In::LEN + 2 * N::Out::LEN;
    let numbers = 2 * N::PARAMS + N::BUFFERS + N::TAPE.len(batch) + N::SCRATCH.len(batch) + example * batch;
    numbers * size_of::<T>()
}

/// Bytes that inference needs: parameters, buffers and the work space of a [`Predictor`], which takes any number
/// of examples through the network a few at a time.
#[must_use]
pub const fn inference_memory<N: Layer, T: Scalar>() -> usize {
    (N::PARAMS + N::BUFFERS) * size_of::<T>() + Predictor::<N, T>::MEMORY
}
