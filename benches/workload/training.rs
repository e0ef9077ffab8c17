//! Runs whole training steps: forward, softmax cross-entropy, backward, momentum.

use plywood::layer::Kind;
use plywood::optim::{Groups, Moments, Momentum, Optimizer, State, Step};
use plywood::{Backprop, Layer, Model, Result, Shape, SoftmaxCrossEntropy};

use crate::random;

/// A training run that cycles through a few batches of random data.
pub(crate) struct Training<N: Layer> {
    model: Model<N>,
    start: Model<N>,
    backprop: Backprop<N>,
    state: Moments<f32, 1>,
    groups: Groups,
    batches: Vec<(Vec<f32>, Vec<usize>)>,
    steps: u64,
}

impl<N: Layer> Training<N>
where
    SoftmaxCrossEntropy: plywood::Loss<N::Out, Target = usize>,
{
    /// The number of batches. It is more than one, because in training the input of a step is seldom in a near cache.
    /// The peers take the same number.
    const BATCHES: usize = 8;
    /// The learning rate, which is small enough that the network does not memorize the noise and nothing overflows.
    const LEARNING_RATE: f64 = 0.01;

    /// Creates a run over batches of the given number of examples.
    pub(crate) fn new(batch: usize) -> Result<Self> {
        let mut rng = random::generator();
        let model = Model::<N>::new(1);
        let batches = (0..Self::BATCHES).map(|_| {
            (random::normals(&mut rng, batch * N::In::LEN), random::labels(&mut rng, batch, N::Out::LEN))
        });
        Ok(Self {
            batches: batches.collect(),
            start: model.clone(),
            model,
            backprop: Backprop::new(batch)?,
            state: State::new(N::PARAMS),
            groups: Groups::of::<N>(0.0)?,
            steps: 0,
        })
    }

    /// Takes a step, and returns the loss.
    pub(crate) fn step(&mut self) -> f64 {
        let (x, labels) = &self.batches[self.steps as usize % Self::BATCHES];
        let loss = self.backprop.run(&mut self.model, &SoftmaxCrossEntropy, x, labels, self.steps);
        self.steps += 1;
        let (params, gradient) = (self.model.params_mut(), self.backprop.gradient());
        let step = Step::new(params, gradient, Self::LEARNING_RATE, &self.groups);
        Momentum { momentum: 0.9 }.step(&mut self.state, step);
        loss
    }

    /// Returns true if every weight tensor has changed, and to numbers.
    pub(crate) fn has_moved(&self) -> bool {
        let (now, then) = (self.model.params(), self.start.params());
        let tensors = self.model.tensors();
        let mut weights = tensors.iter().filter(|tensor| tensor.kind == Kind::Weight);
        now.iter().all(|value| value.is_finite())
            && weights.all(|tensor| now[tensor.range()] != then[tensor.range()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::Control;

    #[test]
    fn parameters_move() {
        let mut training = Training::<Control>::new(3).expect("a batch");
        assert!(!training.has_moved());
        let first = training.step();
        assert!(training.has_moved() && first.is_finite());
    }
}
