//! Defines the networks that `network!` declares.

pub(crate) mod budget;
#[doc(hidden)]
pub mod expansion;
mod network_macro;
mod summary;
pub mod zoo;

#[cfg(feature = "report")]
pub(crate) use summary::thousands;
pub use summary::{Summary, summary};

use crate::core::visitor::Encloses;
use crate::core::{Declared, Dims, Layer, Shape};
use crate::model::Model;

/// A declared network: a layer that contains others and has a name.
///
/// Its costs are constants, which can be read wherever their traits are in scope: [`PARAMS`](Layer::PARAMS),
/// [`FLOPS`](Declared::FLOPS), [`TAPE`](Declared::TAPE) and [`RECEPTIVE_FIELD`](Network::RECEPTIVE_FIELD). Its memory
/// is a constant expression: [`inference_memory`](crate::inference_memory) and
/// [`training_memory`](crate::training_memory).
///
/// ```
/// use plywood::{Declared, Layer, Network, network};
///
/// network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(100), relu, dense(10) } }
///
/// const { assert!(Net::PARAMS == 784 * 100 + 100 + 100 * 10 + 10) };
/// const { assert!(Net::FLOPS > 2 * (784 * 100 + 100 * 10)) };
/// assert_eq!(Net::TAPE.len(1), 100);
/// assert_eq!(Net::RECEPTIVE_FIELD, (28, 28));
/// assert!(Net::training_memory(64) < 2 << 20);
/// println!("{}", Net::summary());
/// ```
pub trait Network: Layer {
    /// The layers of the network, as a balanced tree of pairs.
    type Layers: Layer<In = Self::In, Out = Self::Out>;

    /// The rows and columns of the input image that one number of the output sees, away from the borders.
    ///
    /// They are at most those of the image. For a vector, all of which a dense layer sees, and for a pair of shapes, they are
    /// at most `(1, LEN)`.
    const RECEPTIVE_FIELD: (usize, usize) = {
        let (rows, columns) = match Self::In::DIMS {
            Dims::Flat(_) | Dims::Pair(..) => (1, Self::In::LEN),
            Dims::Image(height, width, _) => (height, width),
        };
        let [rows, columns] = Self::FIELD.size([rows, columns]);
        (rows, columns)
    };

    /// Returns a model of the network, with starting values drawn from a seed: [`Model::new`].
    #[must_use]
    fn new(seed: u64) -> Model<Self> {
        Model::new(seed)
    }

    /// Returns the layers as a table, see [`summary`](crate::summary).
    #[must_use]
    fn summary() -> Summary {
        summary::<Self>()
    }

    /// Returns the bytes that training in `f32` needs for batches of the given number of examples, see
    /// [`training_memory`](crate::training_memory).
    #[must_use]
    fn training_memory(batch: usize) -> usize {
        crate::model::training_memory::<Self, f32>(batch)
    }

    /// Returns the bytes that inference in `f32` needs for batches of any size, see
    /// [`inference_memory`](crate::inference_memory).
    #[must_use]
    fn inference_memory() -> usize {
        crate::model::inference_memory::<Self, f32>()
    }
}

impl<N: Network> Encloses for N {
    type Inside = N::Layers;
}
