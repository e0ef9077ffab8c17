//! Defines the model: the numbers that a network's type interprets.

#[cfg(feature = "checkpoint")]
pub(crate) mod archive;
mod backprop;
mod batch;
mod calibrate;
pub(crate) mod inference;
mod inspect;
mod memory;
mod predict;
pub(crate) mod predictor;
pub(crate) mod transfer;

pub use backprop::{Backprop, ForwardPass};
pub use batch::Batch;
pub use inference::Inference;
pub use memory::{inference_memory, training_memory};
pub use predictor::Predictor;

use std::marker::PhantomData;
use std::sync::Arc;

use nalgebra::{Const, MatrixView, MatrixViewMut, U1};

use crate::core::outline::{Outline, Tensor};
use crate::core::{Init, Layer, Part, Pass, Shape};
use crate::data::TargetScale;
use crate::layers::{Dense, Labels};
use crate::model::predictor::{infer, space};
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;

/// The parameters and buffers of a network `N`.
///
/// Each is one contiguous, 64-byte aligned vector: `N::PARAMS` parameters and `N::BUFFERS` running statistics.
#[derive(Debug)]
pub struct Model<N, T = f32> {
    params: Aligned<T>,
    buffers: Aligned<T>,
    /// The class names, by label, of the data on which the model was trained.
    classes: Option<Arc<[String]>>,
    /// The scale of each number of the targets on which the model was trained.
    scales: Option<Arc<[TargetScale]>>,
    network: PhantomData<fn() -> N>,
}

impl<N, T: Clone> Clone for Model<N, T> {
    fn clone(&self) -> Self {
        Self {
            params: self.params.clone(),
            buffers: self.buffers.clone(),
            classes: self.classes.clone(),
            scales: self.scales.clone(),
            network: PhantomData,
        }
    }
}

impl<N, T: Scalar> PartialEq for Model<N, T> {
    /// Returns true if all numbers are the same. Neither class names nor scales of targets are compared.
    fn eq(&self, other: &Self) -> bool {
        *self.params == *other.params && *self.buffers == *other.buffers
    }
}

impl<N, T: Scalar> Model<N, T> {
    /// Creates a model with initial values drawn from a seed, see [`Init`].
    #[must_use]
    pub fn new(seed: u64) -> Self
    where
        N: Layer,
    {
        Self::with(&mut Init::new(seed))
    }

    /// Creates a model with initial values drawn by `init`.
    #[must_use]
    pub fn with(init: &mut Init) -> Self
    where
        N: Layer,
    {
        let mut params = Aligned::zeros(N::PARAMS);
        let mut buffers = Aligned::zeros(N::BUFFERS);
        N::init(&mut params, &mut buffers, init);
        Self { params, buffers, classes: None, scales: None, network: PhantomData }
    }

    /// Creates a model of zeros to be filled.
    #[cfg(feature = "checkpoint")]
    pub(crate) fn zeros() -> Self
    where
        N: Layer,
    {
        Self {
            params: Aligned::zeros(N::PARAMS),
            buffers: Aligned::zeros(N::BUFFERS),
            classes: None,
            scales: None,
            network: PhantomData,
        }
    }

    /// Returns all trainable numbers.
    ///
    /// # Shapes
    /// The slice holds `N::PARAMS` numbers: the tensors of trainable numbers in the order of
    /// [`tensors`](Self::tensors).
    #[must_use]
    pub fn params(&self) -> &[T] {
        &self.params
    }

    /// Returns all trainable numbers, mutably, in the order of [`params`](Self::params).
    pub fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// Returns all running statistics.
    ///
    /// # Shapes
    /// The slice holds `N::BUFFERS` numbers: the tensors of running statistics in the order of
    /// [`tensors`](Self::tensors).
    #[must_use]
    pub fn buffers(&self) -> &[T] {
        &self.buffers
    }

    /// Returns all running statistics, mutably, in the order of [`buffers`](Self::buffers).
    pub fn buffers_mut(&mut self) -> &mut [T] {
        &mut self.buffers
    }

    /// Returns the class names by label, if they are known.
    ///
    /// Training takes them from its data ([`Dataset::class_names`](crate::Dataset::class_names)), and model files keep
    /// them.
    ///
    /// Evaluation matches the classes of named data by these names, whatever numbers they have in that data.
    #[must_use]
    pub fn class_names(&self) -> Option<&[String]> {
        self.classes.as_deref()
    }

    /// Names the classes, by label, of a model that was trained on data without names.
    pub fn name_classes(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        self.classes = Some(names.into_iter().map(Into::into).collect());
    }

    pub(crate) fn split_mut(&mut self) -> (&mut [T], &mut [T]) {
        (&mut self.params, &mut self.buffers)
    }

    /// Converts the model to the other precision.
    #[must_use]
    pub fn cast<U: Scalar>(&self) -> Model<N, U> {
        Model {
            params: cast(&self.params),
            buffers: cast(&self.buffers),
            classes: self.classes.clone(),
            scales: self.scales.clone(),
            network: PhantomData,
        }
    }

    /// Returns the tensors with their names, in memory order.
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor>
    where
        N: Layer,
    {
        Outline::of::<N>().tensors
    }

    /// Returns the network's output for one example. If the model was trained on [scaled](crate::data::ScaledTargets)
    /// targets, the output is in that scale, and [`predict`](Self::predict) gives it in the targets' own units.
    ///
    /// Small networks compute on the stack, larger ones allocate their work space. To infer repeatedly without an
    /// allocation, use a [`Predictor`]. The output is [on the stack](Shape#arrays-and-the-stack); for a large one, use
    /// [`Predictor::infer_into`], which reads and writes slices. The input is on the stack too, unless it is
    /// [boxed](crate::data::Examples::boxed_example).
    #[must_use]
    #[inline]
    pub fn infer(&self, x: &<N::In as Shape>::Array<T>) -> <N::Out as Shape>::Array<T>
    where
        N: Layer,
    {
        let mut y = N::Out::zeros();
        let (x, out) = (N::In::as_slice(x), N::Out::as_mut_slice(&mut y));
        // the stack space is zeroed, so it comes in a few sizes: a constant of a type cannot be the length of an array
        match const { space::<N>(1) } {
            0..=64 => self.infer_into(x, out, &mut [T::ZERO; 64]),
            65..=512 => self.infer_into(x, out, &mut [T::ZERO; 512]),
            513..=4096 => self.infer_into(x, out, &mut [T::ZERO; 4096]),
            space => self.infer_into(x, out, &mut Aligned::zeros(space)),
        }
        y
    }

    /// Returns the network's output for each example of a batch.
    #[must_use]
    pub fn infer_batch(&self, x: &Batch<N::In, T>) -> Batch<N::Out, T>
    where
        N: Layer,
    {
        let mut y = Batch::zeros(x.len());
        Predictor::new(self).infer_into(x.as_slice(), y.as_mut_slice());
        y
    }

    #[inline]
    fn infer_into(&self, x: &[T], y: &mut [T], space: &mut [T])
    where
        N: Layer,
    {
        infer::<N, T>(Pass::new(1, 0), [&self.params, &self.buffers], x, y, space);
    }

    /// Returns the layer with the given label: `model.layer(LeNet5::fc1()).weight()`.
    #[must_use]
    pub fn layer<L: Layer>(&self, at: Handle<N, L>) -> View<'_, L, T> {
        View { params: &self.params[at.params..][..L::PARAMS], layer: PhantomData }
    }

    /// Draws new initial values for the layer with the given label. Running statistics do not change.
    pub fn initialize<L: Layer>(&mut self, at: Handle<N, L>, init: &mut Init) {
        let params = self.layer_mut(at).params;
        params.fill(T::ZERO);
        L::init(params, &mut Aligned::<T>::zeros(L::BUFFERS), init);
    }

    /// Returns the layer with the given label, mutably.
    pub fn layer_mut<L: Layer>(&mut self, at: Handle<N, L>) -> ViewMut<'_, L, T> {
        ViewMut { params: &mut self.params[at.params..][..L::PARAMS], layer: PhantomData }
    }
}

/// Converts numbers to another precision, compiled once instead of for each network.
fn cast<T: Scalar, U: Scalar>(from: &Aligned<T>) -> Aligned<U> {
    let mut to = Aligned::zeros(from.len());
    for (to, from) in to.iter_mut().zip(from.iter()) {
        *to = U::of(from.to_f64());
    }
    to
}

/// The position of a labeled layer of type `L` in a model of `N`.
#[derive(Debug)]
pub struct Handle<N, L> {
    params: usize,
    /// The number of the label in the network's list.
    label: usize,
    types: PhantomData<fn() -> (N, L)>,
}

impl<N, L> Clone for Handle<N, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N, L> Copy for Handle<N, L> {}

impl<N: Layer, L: Layer> Handle<N, L> {
    /// Creates a handle, for `network!`, which knows the position.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(params: usize, label: usize) -> Self {
        assert!(params + L::PARAMS <= N::PARAMS, "a handle outside its network");
        Self { params, label, types: PhantomData }
    }
}

impl<N: Layer + Labels, L: Layer> From<Handle<N, L>> for Part {
    fn from(handle: Handle<N, L>) -> Self {
        Self::new::<N>(N::LABELS[handle.label], handle.label, handle.params..handle.params + L::PARAMS)
    }
}

/// A view of a layer's parameters in a model.
#[derive(Debug)]
pub struct View<'a, L, T> {
    params: &'a [T],
    layer: PhantomData<fn() -> L>,
}

/// A mutable view of a layer's parameters in a model.
#[derive(Debug)]
pub struct ViewMut<'a, L, T> {
    params: &'a mut [T],
    layer: PhantomData<fn() -> L>,
}

impl<'a, L, T: Scalar> View<'a, L, T> {
    /// Returns all numbers of the layer.
    #[must_use]
    pub fn params(&self) -> &'a [T] {
        self.params
    }
}

impl<L, T: Scalar> ViewMut<'_, L, T> {
    /// Returns all numbers of the layer, mutably.
    pub fn params(&mut self) -> &mut [T] {
        self.params
    }
}

impl<'a, const IN: usize, const OUT: usize, const BIAS: bool, T: Scalar> View<'a, Dense<IN, OUT, BIAS>, T> {
    /// Returns the matrix W of y = Wx + b, without a copy.
    #[must_use]
    pub fn weight(&self) -> MatrixView<'a, T, Const<OUT>, Const<IN>> {
        MatrixView::from_slice_generic(&self.params[..IN * OUT], Const, Const)
    }
}

impl<'a, const IN: usize, const OUT: usize, T: Scalar> View<'a, Dense<IN, OUT>, T> {
    /// Returns the vector b of y = Wx + b, without a copy.
    #[must_use]
    pub fn bias(&self) -> MatrixView<'a, T, Const<OUT>, U1> {
        MatrixView::from_slice_generic(&self.params[IN * OUT..], Const, Const)
    }
}

impl<const IN: usize, const OUT: usize, const BIAS: bool, T: Scalar> ViewMut<'_, Dense<IN, OUT, BIAS>, T> {
    /// Returns the matrix W of y = Wx + b, mutably.
    pub fn weight(&mut self) -> MatrixViewMut<'_, T, Const<OUT>, Const<IN>> {
        MatrixViewMut::from_slice_generic(&mut self.params[..IN * OUT], Const, Const)
    }
}

impl<const IN: usize, const OUT: usize, T: Scalar> ViewMut<'_, Dense<IN, OUT>, T> {
    /// Returns the vector b of y = Wx + b, mutably.
    pub fn bias(&mut self) -> MatrixViewMut<'_, T, Const<OUT>, U1> {
        MatrixViewMut::from_slice_generic(&mut self.params[IN * OUT..], Const, Const)
    }
}
