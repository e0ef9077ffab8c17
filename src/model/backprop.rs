//! Computes the gradient of a batch: forward, loss, backward.

use std::marker::PhantomData;

use crate::core::frozen::Frozen;
use crate::core::{Backward, Declared, Forward, Layer, Part, Pass, Shape, Space, call, order};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::model::Model;
use crate::work_space;
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;

/// The buffers of a training step, allocated once: tape, scratch, outputs and the gradient.
#[derive(Debug)]
pub struct Backprop<N, T = f32> {
    capacity: usize,
    /// The inputs in the [order of a batch](Shape#the-order-of-a-batch), where that is not the order of the examples.
    inputs: Aligned<T>,
    tape: Aligned<T>,
    scratch: Aligned<T>,
    outputs: Aligned<T>,
    d_outputs: Aligned<T>,
    gradient: Aligned<T>,
    frozen: Frozen,
    network: PhantomData<fn() -> N>,
}

impl<N: Layer, T: Scalar> Backprop<N, T> {
    /// Allocates the work space for batches of up to `capacity` examples.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if `capacity` is 0 or more than memory can hold.
    pub fn new(capacity: usize) -> Result<Self> {
        if capacity == 0 {
            return Err(Error::argument("batch size", 0, "at least 1"));
        }
        let outputs = Space::per_example(N::Out::LEN);
        let inputs = Space::per_example(if N::In::DIMS.is_pair() { N::In::LEN } else { 0 });
        let all = N::TAPE.and(N::SCRATCH).and(outputs.times(2)).and(inputs);
        let zeros = |space| zeros(space, capacity, all);
        Ok(Self {
            capacity,
            inputs: zeros(inputs)?,
            tape: zeros(N::TAPE)?,
            scratch: zeros(N::SCRATCH)?,
            outputs: zeros(outputs)?,
            d_outputs: zeros(outputs)?,
            gradient: Aligned::zeros(N::PARAMS),
            frozen: Frozen::NONE,
            network: PhantomData,
        })
    }

    /// Freezes parts of the network: their gradient is 0, and they compute what they do in evaluation, so that their
    /// running statistics stay the same and their dropout drops nothing.
    ///
    /// If a frozen part comes first in the network, there is no backward pass through it.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a part of another network, a label after the network's 128th, or if no parameter
    /// is left to train.
    pub fn freezing(mut self, parts: &[Part]) -> Result<Self> {
        self.frozen = Part::frozen::<N>(parts)?;
        Ok(self)
    }

    /// Computes the gradient of the mean loss of a batch, and returns the loss.
    ///
    /// [`gradient`](Self::gradient) then returns the gradient. `seed` is the seed for dropout.
    ///
    /// # Shapes
    /// `x` holds `N::In::LEN` numbers for each target, one example after the other.
    ///
    /// # Panics
    /// Panics if there are no targets or more than the capacity, if `x` does not hold an example for each target, or if
    /// the loss does not [accept](Loss::check) a target.
    pub fn run<L: Loss<N::Out>>(
        &mut self,
        model: &mut Model<N, T>,
        loss: &L,
        x: &[T],
        targets: &[L::Target],
        seed: u64,
    ) -> f64 {
        self.step(model, loss, x, targets, (seed, None))
    }

    /// Computes what [`run`](Self::run) does, and also the derivative of the loss with respect to the input: for
    /// saliency maps and adversarial examples (Simonyan et al. 2013, Goodfellow et al. 2014).
    ///
    /// The pass is one of training: dropout drops, and a batch normalization uses the statistics of the batch.
    ///
    /// # Shapes
    /// `x` and `dx` hold `N::In::LEN` numbers for each target, one example after the other. `dx` is overwritten.
    ///
    /// # Panics
    /// Panics as [`run`](Self::run) does, and if `dx` is not as long as `x`.
    ///
    /// # Examples
    /// A small step along the sign of the gradient makes the loss larger (the fast gradient sign method):
    ///
    /// ```
    /// use plywood::data::digits;
    /// use plywood::{Backprop, Dataset, Model, SoftmaxCrossEntropy, Trainer, network};
    ///
    /// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(32), relu, dense(10) } }
    ///
    /// let train = digits(300, 1);
    /// let mut model = Model::<Reader>::new(1);
    /// Trainer::new().epochs(2).train(&mut model, &train)?;
    ///
    /// let (mut x, mut dx) = ([0.0; 784], [0.0; 784]);
    /// let target = train.read(0, &mut x);
    /// let mut backprop = Backprop::new(1)?;
    /// let before =
    ///     backprop.run_to_input(&mut model, &SoftmaxCrossEntropy, &x, &[target], 0, &mut dx);
    /// for (x, dx) in x.iter_mut().zip(dx) {
    ///     *x += 0.1 * dx.signum();
    /// }
    /// let after = backprop.run(&mut model, &SoftmaxCrossEntropy, &x, &[target], 0);
    /// assert!(after > before);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn run_to_input<L: Loss<N::Out>>(
        &mut self,
        model: &mut Model<N, T>,
        loss: &L,
        x: &[T],
        targets: &[L::Target],
        seed: u64,
        dx: &mut [T],
    ) -> f64 {
        assert!(dx.len() == x.len(), "dx holds {} numbers, x {}", dx.len(), x.len());
        if !N::In::DIMS.is_pair() {
            return self.step(model, loss, x, targets, (seed, Some(dx)));
        }
        work_space::with(dx.len(), |in_order| {
            let value = self.step(model, loss, x, targets, (seed, Some(&mut *in_order)));
            order::to_examples::<N::In, T>(in_order, dx);
            value
        })
    }

    /// Computes the gradient, and `dx` in the [order of a batch](Shape#the-order-of-a-batch) if it is given.
    fn step<L: Loss<N::Out>>(
        &mut self,
        model: &mut Model<N, T>,
        loss: &L,
        x: &[T],
        targets: &[L::Target],
        (seed, dx): (u64, Option<&mut [T]>),
    ) -> f64 {
        call::clear::<N, T>(&mut self.gradient);
        let pass = Pass { fresh: true, ..Pass::new(targets.len(), seed) }.freezing(self.frozen);
        self.forward(model, x, pass);
        let (outputs, d_outputs) = self.outputs_and_gradient(pass.batch);
        let value = loss.gradient(outputs, targets, d_outputs);
        self.backward(model, x, pass, dx);
        value
    }

    /// Computes the outputs in training mode, and leaves on the tape what [`backward`](Self::backward) needs.
    ///
    /// The examples in `x` lie one after the other, and the outputs in the order of a batch.
    pub(crate) fn forward(&mut self, model: &mut Model<N, T>, x: &[T], pass: Pass) -> &[T] {
        let batch = pass.batch;
        assert!(batch > 0 && batch <= self.capacity, "a batch of {batch}, room for 1 to {}", self.capacity);
        assert!(x.len() == N::In::LEN * batch, "x holds {} numbers, expected {batch} examples", x.len());
        let x = if N::In::DIMS.is_pair() {
            let inputs = &mut self.inputs[..x.len()];
            order::to_batch::<N::In, T>(x, inputs);
            &*inputs
        } else {
            x
        };
        let (params, buffers) = model.split_mut();
        call::forward::<N, T>(
            pass,
            Forward::new(
                params,
                buffers,
                x,
                &mut self.outputs[..N::Out::LEN * batch],
                [&mut self.tape[..N::TAPE.len(batch)], &mut self.scratch[..N::SCRATCH.len(batch)]],
            ),
        );
        &self.outputs[..N::Out::LEN * batch]
    }

    /// Adds to the gradient from `d_outputs`, which it overwrites.
    ///
    /// `x` is that of the forward pass. `dx` is in the order of a batch.
    pub(crate) fn backward(&mut self, model: &mut Model<N, T>, x: &[T], pass: Pass, dx: Option<&mut [T]>) {
        let batch = pass.batch;
        let x = if N::In::DIMS.is_pair() { &self.inputs[..N::In::LEN * batch] } else { x };
        let (params, buffers) = model.split_mut();
        call::backward::<N, T>(
            pass,
            Backward::new(
                params,
                buffers,
                [x, &self.outputs[..N::Out::LEN * batch]],
                &mut self.d_outputs[..N::Out::LEN * batch],
                dx,
                &mut self.gradient,
                [&mut self.tape[..N::TAPE.len(batch)], &mut self.scratch[..N::SCRATCH.len(batch)]],
            ),
        );
    }

    /// Returns the outputs, and the slice for the loss's derivative with respect to them.
    pub(crate) fn outputs_and_gradient(&mut self, batch: usize) -> (&[T], &mut [T]) {
        let len = N::Out::LEN * batch;
        (&self.outputs[..len], &mut self.d_outputs[..len])
    }

    /// Returns the gradient of the last [`run`](Self::run).
    ///
    /// # Shapes
    /// The slice holds `N::PARAMS` numbers, one for each parameter, in the order of [`Model::params`].
    #[must_use]
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// Returns the gradient, mutably, so that it can be changed before the optimizer sees it.
    pub fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// Returns the outputs of the last [`run`](Self::run) for the given number of examples.
    ///
    /// # Shapes
    /// The slice holds `N::Out::LEN` numbers for each example, in the [order of a
    /// batch](Shape#the-order-of-a-batch).
    #[must_use]
    pub fn outputs(&self, batch: usize) -> &[T] {
        &self.outputs[..N::Out::LEN * batch]
    }
}

/// Allocates an arena for a batch, where one example needs `all`. It is compiled once instead of for each network.
fn zeros<T: Scalar>(arena: Space, capacity: usize, all: Space) -> Result<Aligned<T>> {
    arena.checked_len(capacity).and_then(Aligned::try_zeros).ok_or_else(|| {
        let bytes = all.per_example.saturating_mul(size_of::<T>());
        let expected = format!("so few that memory holds {bytes} bytes for each");
        Error::argument("batch size", capacity, expected)
    })
}
