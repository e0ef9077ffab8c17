//! Runs one layer alone, through its own `forward` and `backward`.

use plywood::layer::{Backward, Forward, Pass};
use plywood::{Declared, Layer, Model, Shape};

use crate::random;

/// Numbers that start at a cache line, as they do in the arenas of a model.
struct Aligned {
    numbers: Vec<f32>,
    start: usize,
}

impl Aligned {
    const BYTES: usize = 64;

    fn new(content: &[f32]) -> Self {
        let mut numbers = vec![0.0; content.len() + Self::BYTES / size_of::<f32>()];
        let start = numbers.as_ptr().align_offset(Self::BYTES);
        numbers[start..][..content.len()].copy_from_slice(content);
        numbers.truncate(start + content.len());
        Self { numbers, start }
    }

    fn zeros(len: usize) -> Self {
        Self::new(&vec![0.0; len])
    }

    fn get(&mut self) -> &mut [f32] {
        &mut self.numbers[self.start..]
    }
}

/// A layer and everything that its passes read and write.
pub(crate) struct Alone<L> {
    model: Model<L>,
    buffers: Aligned,
    pass: Pass,
    x: Aligned,
    y: Aligned,
    dy: Aligned,
    dx: Aligned,
    gradient: Aligned,
    tape: Aligned,
    scratch: Aligned,
    /// The output gradient, for the layers that destroy it.
    given: Vec<f32>,
}

impl<L: Layer> Alone<L> {
    const IN_PLACE: bool = L::MEMORY.is_in_place();

    /// Creates a layer with random parameters, input and output gradient.
    pub(crate) fn new(batch: usize) -> Self {
        let mut rng = random::generator();
        let model = Model::new(1);
        let x = random::normals(&mut rng, batch * L::In::LEN);
        let given = random::normals(&mut rng, batch * L::Out::LEN);
        Self {
            buffers: Aligned::new(model.buffers()),
            model,
            pass: Pass::new(batch, 0).on_a_fresh_gradient(),
            x: Aligned::new(&x),
            y: Aligned::zeros(batch * L::Out::LEN),
            dy: Aligned::new(&given),
            dx: Aligned::zeros(batch * L::In::LEN),
            gradient: Aligned::zeros(L::PARAMS),
            tape: Aligned::zeros(L::TAPE.len(batch)),
            scratch: Aligned::zeros(L::SCRATCH.len(batch)),
            given,
        }
    }

    /// Restores what the passes of some layers destroy: the input of those that work in place, and the output gradient
    /// of those that do not keep it.
    pub(crate) fn restore(&mut self) {
        if Self::IN_PLACE {
            self.y.get().copy_from_slice(self.x.get());
        }
        if !L::PRESERVES_DY {
            self.dy.get().copy_from_slice(&self.given);
        }
    }

    /// Computes the output.
    pub(crate) fn forward(&mut self) {
        L::forward(
            self.pass,
            Forward::new(
                self.model.params(),
                self.buffers.get(),
                if Self::IN_PLACE { &[] } else { self.x.get() },
                self.y.get(),
                [self.tape.get(), self.scratch.get()],
            ),
        );
    }

    /// Computes the gradients with respect to the parameters, starting from zero, and to the input.
    pub(crate) fn backward(&mut self) {
        L::clear(self.gradient.get());
        L::backward(
            self.pass,
            Backward::new(
                self.model.params(),
                self.buffers.get(),
                [if Self::IN_PLACE { &[] } else { self.x.get() }, self.y.get()],
                self.dy.get(),
                (!Self::IN_PLACE).then_some(self.dx.get()),
                self.gradient.get(),
                [self.tape.get(), self.scratch.get()],
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use plywood::Flat;
    use plywood::layers::Sigmoid;

    use super::*;
    use crate::windows::Same;

    #[test]
    fn passes_compute_on_aligned_memory() {
        let mut alone = Alone::<Same<2, 3, 4>>::new(2);
        alone.forward();
        alone.backward();
        for (name, numbers) in [
            ("x", &mut alone.x),
            ("y", &mut alone.y),
            ("dx", &mut alone.dx),
            ("gradient", &mut alone.gradient),
        ] {
            assert!(numbers.get().iter().all(|&number| number != 0.0), "{name}");
            assert_eq!(numbers.get().as_ptr().addr() % Aligned::BYTES, 0, "{name}");
        }
    }

    #[test]
    fn what_works_in_place_is_restored() {
        let mut alone = Alone::<Sigmoid<Flat<3>>>::new(2);
        let mut passes = || {
            alone.restore();
            alone.forward();
            alone.backward();
            (alone.y.get().to_vec(), alone.dy.get().to_vec())
        };
        let first = passes();
        assert_eq!(passes(), first);
        assert!(first.0.iter().all(|y| (0.0..1.0).contains(y)));
    }
}
