//! Provides the data that training and evaluation read.
//!
//! Anything that can write example number `index` into a slice is a [`Dataset`]. [`Examples`] holds labeled examples in
//! memory and keeps bytes as bytes; [`digits()`] generates them. A [`Split`] is data for one purpose: training,
//! validation or test. Using it for another purpose does not compile. [`Folds`] hold out each part of the data in turn.
//!
//! A target is a class, or an array of numbers for [regression](crate::loss::MeanSquaredError). [`ScaledTargets`] brings
//! numbers to mean 0 and deviation 1 for training, and [`Model::predict`](crate::Model::predict) back.
//!
//! | from | by | feature |
//! |---|---|---|
//! | arrays, bytes, matrices | [`Examples`] | |
//! | IDX files, as MNIST's | [`idx`] | `gzip` for compressed ones |
//! | CIFAR-10 and CIFAR-100 | [`cifar`] | |
//! | numpy's arrays and archives | [`npy`] | `npz` for archives |
//! | CSV tables, with classes or numbers as targets | `table` | `csv` |
//! | images in a folder for each class, loaded or read on demand | `folder` | `image` |
//!
//! [`Transformed`] passes data through [`Transform`]s: preprocessing and augmentation.
//!
//! # What readers guarantee
//!
//! Whatever a file holds, a reader returns finite numbers and whole-number labels, or an error that names the place.
//!
//! | | numbers | labels |
//! |---|---|---|
//! | [`idx`] | 0 to 1 | below 256, by [`idx::mnist`] below 10 |
//! | [`cifar`] | 0 to 1 | below 10, 20 or 100, the number of classes |
//! | [`npy`] | bytes 0 to 1, others finite | at most 2⁵³ |
//! | `table` | finite | below the number of classes; numbers are finite |
//! | `folder` | 0 to 1 | below the number of classes |
//!
//! If a file does not tell the number of classes, check the labels with [`Examples::check_classes`]; training and
//! evaluation refuse a label for which the network has no output. Images that are read on demand are NaN when a file
//! can no longer be read, and [`Dataset::failure`] gives the reason. An index that is not below [`Dataset::len`]
//! panics.
//!
//! If classes have names, read validation and test data by the classes of the training data: `open_with` and
//! `load_with` of `folder`, `load_with` and `load_like` of `table`. Training refuses validation data with other names;
//! evaluation cannot, since a model does not know the names.
//!
//! Only regular files, and links to them, are opened: a named pipe might never be written to, and a device never ends.
//! To read from one, open it and pass it to a `read` function. Files compressed with gzip may have several members and
//! may be padded with zeros. The memory that a file's content asks for is reserved before it is filled, so that too
//! little memory is an error.
//!
//! # Getting data
//!
//! This library downloads nothing. MNIST is at <https://ossci-datasets.s3.amazonaws.com/mnist/> (a copy of the authors'
//! files); Fashion-MNIST, in the same format, is at <https://github.com/zalandoresearch/fashion-mnist>; for CIFAR see
//! [`cifar`]:
//!
//! ```text
//! for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
//!     curl --create-dirs -o data/mnist/$file-ubyte.gz https://ossci-datasets.s3.amazonaws.com/mnist/$file-ubyte.gz
//! done
//! ```
//!
//! # Example
//!
//! ```
//! use plywood::Dataset;
//! use plywood::data::digits;
//!
//! let (train, validation) = digits(120, 1).shuffled(7).split(100)?;
//! assert_eq!((train.len(), validation.len()), (100, 20));
//! let mut x = [0.0_f32; 784];
//! let label = train.read(0, &mut x);
//! assert_eq!(label, train.label(0));
//! # Ok::<(), plywood::Error>(())
//! ```

pub mod cifar;
mod classes;
mod digits;
mod examples;
#[cfg(feature = "image")]
pub mod folder;
mod folds;
pub mod idx;
mod joined;
pub mod npy;
mod source;
mod split;
mod subset;
#[cfg(feature = "csv")]
pub mod table;
mod target_scale;
mod targets;
pub(crate) mod transform;

pub use digits::digits;
pub use examples::Examples;
pub use folds::Folds;
pub use joined::Joined;
pub use split::{
    EvaluationData, HoldsData, Purpose, Split, Test, Train, TrainingData, Validation, ValidationData,
};
pub use subset::Subset;
pub use target_scale::{ScaledTargets, TargetScale};
pub use targets::{TargetsFor, ValidationFor};
pub use transform::{Transform, Transformed};

#[cfg(feature = "report")]
pub(crate) use classes::ClassNumbers;
use classes::{BY_THE_FIRST, compare_class_names};
pub(crate) use classes::{Renumbered, check_class_names, check_classes_of_model};
#[cfg(any(feature = "csv", feature = "image"))]
use classes::{by_name, check_names};
pub(crate) use target_scale::check_target_scales;

use crate::core::Shape;
use crate::error::Error;
pub use crate::random::Random;
use plywood_kernel::Scalar;

/// A sequence of examples, numbered from 0, each with a target: the data that training and evaluation read.
///
/// ```
/// use plywood::{Dataset, Flat, Scalar};
///
/// /// Two bits and whether they differ.
/// struct Xor;
///
/// impl Dataset for Xor {
///     type Example = Flat<2>;
///     type Target = usize;
///
///     fn len(&self) -> usize {
///         4
///     }
///     fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
///         let (a, b) = (index & 1, index >> 1);
///         x.copy_from_slice(&[T::of(a as f64), T::of(b as f64)]);
///         a ^ b
///     }
/// }
///
/// let mut x = [0.0_f32; 2];
/// assert_eq!((Xor.read(1, &mut x), x), (1, [1.0, 0.0]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a data set",
    label = "expected a `Dataset`, such as `Examples`"
)]
pub trait Dataset: Sync {
    /// The shape of one example.
    type Example: Shape;
    /// The type that an example's output is compared with: the number of its class, a vector of numbers, ...
    type Target: Copy + Send + Sync;

    /// Returns the number of examples.
    fn len(&self) -> usize;

    /// Returns true if there are no examples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes all `Example::LEN` numbers of an example to `x`, whatever `x` holds, and returns the target.
    ///
    /// The same index gives the same numbers every time, from any thread, and nothing is allocated.
    ///
    /// # Panics
    /// May panic when `index` is not below [`len`](Self::len) or `x` is not `Example::LEN` long.
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target;

    /// Writes an example as training sees it, like [`read`](Self::read): the example itself, unless training sees it
    /// changed at random, as in [`Transformed`].
    ///
    /// The random numbers depend on `seed` alone, which a [`Trainer`](crate::Trainer) derives from its own seed, the
    /// epoch and the index. Evaluation only calls `read`.
    ///
    /// # Panics
    /// May panic in the same cases as `read`.
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> Self::Target {
        let _ = seed;
        self.read(index, x)
    }

    /// Returns the reason why an example cannot be read. It is called only after [`read`](Self::read) gave a number
    /// that is not finite, for data that is read from files on demand.
    fn failure(&self, index: usize) -> Option<Error> {
        let _ = index;
        None
    }

    /// Returns the names of the classes by label, where they are known, as for folders and tables. Training refuses
    /// validation data with other names, or with the same names in another order.
    fn class_names(&self) -> Option<&[String]> {
        None
    }

    /// Returns the scale of each number of a target, where targets are not in their own units, as in
    /// [`ScaledTargets`]. Training hands it to the model, whose [predictions](crate::Model::predict) are then in the
    /// targets' own units. Training refuses scales that are more or fewer than the numbers of the network's output.
    fn target_scales(&self) -> Option<&[TargetScale]> {
        None
    }
}

/// Forwards to the data set that the reference points to.
impl<D: Dataset> Dataset for &D {
    type Example = D::Example;
    type Target = D::Target;

    fn len(&self) -> usize {
        D::len(self)
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> D::Target {
        D::read(self, index, x)
    }
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> D::Target {
        D::draw(self, index, seed, x)
    }
    fn failure(&self, index: usize) -> Option<Error> {
        D::failure(self, index)
    }
    fn class_names(&self) -> Option<&[String]> {
        D::class_names(self)
    }
    fn target_scales(&self) -> Option<&[TargetScale]> {
        D::target_scales(self)
    }
}
