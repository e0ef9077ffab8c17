//! Finds dead units: those that are zero for every example.

use crate::core::{Dims, Layer, Shape};
use crate::data::{Dataset, HoldsData};
use crate::model::{Batch, Model};
use plywood_kernel::Scalar;

/// The units of a rectifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// The rectifier's path in the [`Outline`](crate::Outline).
    pub layer: String,
    /// The number of units: numbers of a vector, channels of an image.
    pub count: usize,
    /// The number of dead units: those that gave zero for every example, everywhere in the image.
    ///
    /// No gradient reaches the weights before them, so they will hardly recover.
    pub dead: usize,
}

impl Units {
    /// Returns the share of dead units, from 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.dead as f64 / self.count as f64
    }
}

/// Finds the dead units of each `relu` of a model.
///
/// It looks at the outputs for the first `examples` examples of a data set, in evaluation mode.
///
/// # Examples
/// ```
/// use plywood::data::Examples;
/// use plywood::layers::{Dense, Relu};
/// use plywood::report::dead_units;
/// use plywood::{Flat, Model};
///
/// let mut model = Model::<(Dense<1, 2>, Relu<Flat<2>>)>::new(1);
/// // max(0, x) and max(0, −x − 9): the second is zero for all that it sees
/// model.params_mut().copy_from_slice(&[1.0, -1.0, 0.0, -9.0]);
/// let examples = Examples::<Flat<1>>::from_arrays([([-1.0], 0), ([2.0], 1)])?;
/// let units = dead_units(&model, &examples, 100);
/// assert_eq!((units[0].count, units[0].dead), (2, 1));
/// # Ok::<(), plywood::Error>(())
/// ```
#[must_use]
pub fn dead_units<N, T, D>(model: &Model<N, T>, data: &D, examples: usize) -> Vec<Units>
where
    N: Layer,
    T: Scalar,
    D: HoldsData<Data: Dataset<Example = N::In>>,
{
    /// The number of examples that go through the network together.
    const CHUNK: usize = 64;

    let data = data.dataset();
    let examples = examples.min(data.len());
    let mut rectifiers: Vec<(String, Vec<bool>)> = Vec::new();
    for first in (0..examples).step_by(CHUNK) {
        let count = CHUNK.min(examples - first);
        let mut x = Batch::<N::In, T>::zeros(count);
        for (index, x) in (first..).zip(x.as_mut_slice().chunks_exact_mut(N::In::LEN)) {
            data.read(index, x);
        }
        let mut next = 0;
        model.inspect(&x, |layer, output| {
            // the numbers of a pair of shapes lie part after part, and the parts have channels of their own
            if layer.name != "relu" || matches!(layer.output, Dims::Pair(..)) {
                return;
            }
            if next == rectifiers.len() {
                rectifiers.push((layer.path.clone(), vec![false; layer.output.channels()]));
            }
            let alive = &mut rectifiers[next].1;
            next += 1;
            for pixel in output.chunks_exact(alive.len()) {
                alive.iter_mut().zip(pixel).for_each(|(alive, &y)| *alive |= y > T::ZERO);
            }
        });
    }
    let units = |(layer, alive): (String, Vec<bool>)| Units {
        layer,
        count: alive.len(),
        dead: alive.iter().filter(|&&alive| !alive).count(),
    };
    rectifiers.into_iter().map(units).collect()
}
