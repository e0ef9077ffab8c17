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
use plywood_kernel::math::elementwise;

/// The buffers of a training step, allocated once: tape, scratch, outputs and the gradient.
///
/// | for | call |
/// |---|---|
/// | the gradient of a loss | [`run`](Self::run) |
/// | and that of the input: saliency maps, adversarial examples | [`run_to_input`](Self::run_to_input) |
/// | a gradient that comes from elsewhere, such as another network | [`forward`](Self::forward), then [`ForwardPass::backward`] |
///
/// All of them are passes of training: dropout drops, a batch normalization uses the statistics of the batch and moves
/// its running statistics. [`evaluating`](Self::evaluating) makes them passes of evaluation. In a network without these
/// layers, both are the same.
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
    /// The parts that are frozen, and the same as a pass knows them.
    parts: Vec<Part>,
    frozen: Frozen,
    /// True if all layers compute what they do in evaluation.
    evaluates: bool,
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
            parts: Vec::new(),
            frozen: Frozen::NONE,
            evaluates: false,
            network: PhantomData,
        })
    }

    /// Freezes parts of the network: their gradient is 0, and they compute what they do in evaluation, so that their
    /// running statistics stay the same and their dropout drops nothing.
    ///
    /// If a frozen part comes first in the network, there is no backward pass through it. The parts are frozen beside
    /// those that are frozen already. [`Groups::freezing`](crate::optim::Groups::freezing) keeps the optimizer from moving
    /// their parameters by a penalty or by momentum.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a part of another network, a label after the network's 128th, or if no parameter
    /// is left to train.
    pub fn freezing(mut self, parts: &[Part]) -> Result<Self> {
        self.parts.extend_from_slice(parts);
        self.frozen = Part::frozen::<N>(&self.parts)?;
        Ok(self)
    }

    /// Lets all layers compute what they do in evaluation: dropout drops nothing, and batch normalizations use their
    /// running statistics, which stay the same. What [`run_to_input`](Self::run_to_input) and
    /// [`ForwardPass::backward_to_input`] then give is the gradient of [`Model::infer`]. There is nothing to train: the
    /// gradient of the parameters is 0.
    #[must_use]
    pub fn evaluating(mut self) -> Self {
        self.evaluates = true;
        self
    }

    /// Returns the pass of a step.
    fn pass(&self, batch: usize, seed: u64) -> Pass {
        let pass = Pass { fresh: true, ..Pass::new(batch, seed) }.freezing(self.frozen);
        if self.evaluates { pass.frozen_throughout() } else { pass }
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
    /// The pass is one of training, unless the buffers are [`evaluating`](Self::evaluating), as they should be for
    /// saliency maps: otherwise dropout drops, and a batch normalization uses the statistics of the batch, and moves its
    /// running statistics.
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
    /// let mut backprop = Backprop::new(1)?.evaluating();
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

    /// Computes the outputs of a batch, and keeps what a backward pass needs: for a loop of one's own in which the
    /// derivative with respect to the outputs comes from anywhere.
    ///
    /// The pass borrows model, inputs and buffers, so that none of them changes before its
    /// [backward pass](ForwardPass::backward). `seed` is the seed for dropout.
    ///
    /// # Shapes
    /// `x` holds up to the capacity of whole examples, one after the other.
    ///
    /// # Panics
    /// Panics if `x` is not made up of whole examples, from 1 to the capacity.
    ///
    /// # Examples
    /// In a generative adversarial network, the generator's gradient comes through another network, the discriminator:
    ///
    /// ```
    /// use plywood::loss::BinaryCrossEntropy;
    /// use plywood::{Backprop, Model, network};
    ///
    /// network! {
    ///     Generator: Flat<4> => Flat<8> { dense(16), relu, dense(8) }
    ///     Discriminator: Flat<8> => Flat<1> { dense(16), relu, dense(1) }
    /// }
    ///
    /// let (mut generator, mut discriminator) = (Model::<Generator>::new(1), Model::<Discriminator>::new(2));
    /// let (mut to_generate, mut to_judge) = (Backprop::new(2)?, Backprop::new(2)?);
    ///
    /// let noise = [0.1, -0.3, 0.7, 0.2, -0.5, 0.4, 0.0, 0.9]; // two examples
    /// let mut slopes = [0.0; 16];
    /// let pass = to_generate.forward(&mut generator, &noise, 0);
    /// let (loss, real) = (BinaryCrossEntropy, [[1.0], [1.0]]);
    /// to_judge.run_to_input(&mut discriminator, &loss, pass.outputs(), &real, 0, &mut slopes);
    /// pass.backward(&slopes);
    /// assert!(to_generate.gradient().iter().any(|&slope| slope != 0.0));
    /// # Ok::<(), plywood::Error>(())
    /// ```
    pub fn forward<'a>(
        &'a mut self,
        model: &'a mut Model<N, T>,
        x: &'a [T],
        seed: u64,
    ) -> ForwardPass<'a, N, T> {
        let batch = x.len() / N::In::LEN;
        let pass = self.pass(batch, seed);
        self.forward_pass(model, x, pass);
        ForwardPass { backprop: self, model, x, pass }
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
        let pass = self.pass(targets.len(), seed);
        self.forward_pass(model, x, pass);
        let (outputs, d_outputs) = self.outputs_and_gradient(pass.batch);
        let value = loss.gradient(outputs, targets, d_outputs);
        self.backward_pass(model, x, pass, dx);
        value
    }

    /// Computes the outputs in training mode, and leaves on the tape what [`backward_pass`](Self::backward_pass) needs.
    ///
    /// The examples in `x` lie one after the other, and the outputs in the order of a batch.
    pub(crate) fn forward_pass(&mut self, model: &mut Model<N, T>, x: &[T], pass: Pass) -> &[T] {
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
    pub(crate) fn backward_pass(
        &mut self,
        model: &mut Model<N, T>,
        x: &[T],
        pass: Pass,
        dx: Option<&mut [T]>,
    ) {
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
        if self.evaluates {
            elementwise::clear(&mut self.gradient);
        }
    }

    /// Returns the outputs, and the slice for the loss's derivative with respect to them.
    pub(crate) fn outputs_and_gradient(&mut self, batch: usize) -> (&[T], &mut [T]) {
        let len = N::Out::LEN * batch;
        (&self.outputs[..len], &mut self.d_outputs[..len])
    }

    /// Returns the gradient of the last [`run`](Self::run) or [backward pass](ForwardPass::backward).
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

    /// Returns the outputs of the last [`run`](Self::run) or [`forward`](Self::forward) for the given number of examples.
    ///
    /// # Shapes
    /// The slice holds `N::Out::LEN` numbers for each example, in the [order of a
    /// batch](Shape#the-order-of-a-batch).
    #[must_use]
    pub fn outputs(&self, batch: usize) -> &[T] {
        &self.outputs[..N::Out::LEN * batch]
    }
}

/// A forward pass whose backward pass is still to come: see [`Backprop::forward`].
///
/// It may be dropped without one.
#[derive(Debug)]
#[must_use = "the outputs are in it"]
pub struct ForwardPass<'a, N, T = f32> {
    backprop: &'a mut Backprop<N, T>,
    model: &'a mut Model<N, T>,
    x: &'a [T],
    pass: Pass,
}

impl<N: Layer, T: Scalar> ForwardPass<'_, N, T> {
    /// Returns the network's outputs in training mode.
    ///
    /// # Shapes
    /// The slice holds `N::Out::LEN` numbers for each example, in the [order of a
    /// batch](Shape#the-order-of-a-batch), as a [loss](Loss::gradient) takes them.
    #[must_use]
    pub fn outputs(&self) -> &[T] {
        self.backprop.outputs(self.pass.batch)
    }

    /// Computes the gradient of the parameters from the derivative with respect to the outputs. It is then in
    /// [`Backprop::gradient`].
    ///
    /// Nothing is divided: if `d_outputs` is the derivative of a mean over the batch, so is the gradient.
    ///
    /// # Shapes
    /// `d_outputs` holds a number for each of the [outputs](Self::outputs), in the same order.
    ///
    /// # Panics
    /// Panics if `d_outputs` is not as long as the outputs.
    pub fn backward(self, d_outputs: &[T]) {
        self.step(d_outputs, None);
    }

    /// Computes what [`backward`](Self::backward) does, and also the derivative with respect to the input, so that it
    /// can be handed on to a network before this one.
    ///
    /// # Shapes
    /// `d_outputs` is that of [`backward`](Self::backward). `dx` holds `N::In::LEN` numbers for each example, one
    /// example after the other, and is overwritten.
    ///
    /// # Panics
    /// Panics if `d_outputs` is not as long as the outputs, or `dx` not as long as the inputs.
    pub fn backward_to_input(self, d_outputs: &[T], dx: &mut [T]) {
        assert!(dx.len() == self.x.len(), "dx holds {} numbers, x {}", dx.len(), self.x.len());
        if !N::In::DIMS.is_pair() {
            return self.step(d_outputs, Some(dx));
        }
        work_space::with(dx.len(), |in_order| {
            self.step(d_outputs, Some(&mut *in_order));
            order::to_examples::<N::In, T>(in_order, dx);
        });
    }

    /// Computes the gradient, and `dx` in the [order of a batch](Shape#the-order-of-a-batch) if it is given.
    fn step(self, d_outputs: &[T], dx: Option<&mut [T]>) {
        let Self { backprop, model, x, pass } = self;
        call::clear::<N, T>(&mut backprop.gradient);
        let (outputs, slopes) = backprop.outputs_and_gradient(pass.batch);
        let (found, expected) = (d_outputs.len(), outputs.len());
        assert!(found == expected, "d_outputs holds {found} numbers, the outputs {expected}");
        slopes.copy_from_slice(d_outputs);
        backprop.backward_pass(model, x, pass, dx);
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
