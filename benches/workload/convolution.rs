//! One convolution by itself, through the layer's own `forward` and `backward`.

use plywood::layers::{Conv2d, Window, Zero};
use plywood::{Backward, Forward, Image, Layer, Model, Pass, Shape};

use crate::random;

type Axis = Window<3, 1, 1, 1>;

/// 3×3 from `CI` to `CO` channels on images of `SIDE` × `SIDE`, the same size out, no bias.
pub(crate) type Same<const CI: usize, const CO: usize, const SIDE: usize> =
    Conv2d<Image<SIDE, SIDE, CI>, Image<SIDE, SIDE, CO>, Axis, Axis, 1, Zero, false>;

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

/// A layer and all that its passes read and write.
pub(crate) struct Alone<L> {
    model: Model<L>,
    pass: Pass,
    x: Aligned,
    y: Aligned,
    dy: Aligned,
    dx: Aligned,
    gradient: Aligned,
    tape: Aligned,
    scratch: Aligned,
}

impl<L: Layer> Alone<L> {
    /// A layer with random parameters, input and output gradient.
    pub(crate) fn new(batch: usize) -> Self {
        // the same output gradient serves every backward pass
        const { assert!(L::KEEPS_DY && L::BUFFERS == 0) };
        let mut rng = random::generator();
        let mut normals = |len| Aligned::new(&random::normals(&mut rng, len));
        Self {
            model: Model::new(1),
            pass: Pass::new(batch, 0),
            x: normals(batch * L::In::LEN),
            dy: normals(batch * L::Out::LEN),
            y: Aligned::zeros(batch * L::Out::LEN),
            dx: Aligned::zeros(batch * L::In::LEN),
            gradient: Aligned::zeros(L::PARAMS),
            tape: Aligned::zeros(L::TAPE.len(batch)),
            scratch: Aligned::zeros(L::SCRATCH.len(batch)),
        }
    }

    /// The output.
    pub(crate) fn forward(&mut self) {
        L::forward(
            self.pass,
            Forward {
                params: self.model.params(),
                buffers: &mut [],
                x: self.x.get(),
                y: self.y.get(),
                tape: self.tape.get(),
                scratch: self.scratch.get(),
            },
        );
    }

    /// The gradients with respect to the parameters, from zero, and to the input.
    pub(crate) fn backward(&mut self) {
        self.gradient.get().fill(0.0);
        L::backward(
            self.pass,
            Backward {
                params: self.model.params(),
                buffers: &mut [],
                x: self.x.get(),
                y: self.y.get(),
                dy: self.dy.get(),
                dx: Some(self.dx.get()),
                grads: self.gradient.get(),
                tape: self.tape.get(),
                scratch: self.scratch.get(),
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_compute_on_aligned_memory() {
        let mut alone = Alone::<Same<2, 3, 4>>::new(2);
        alone.forward();
        alone.backward();
        for (name, numbers) in [
            ("y", &mut alone.y),
            ("dx", &mut alone.dx),
            ("gradient", &mut alone.gradient),
            ("x", &mut alone.x),
        ] {
            assert!(numbers.get().iter().all(|&number| number != 0.0), "{name}");
            assert!(numbers.get().as_ptr().cast::<[u8; 64]>().align_offset(1) == 0);
            assert_eq!(numbers.get().as_ptr().addr() % Aligned::BYTES, 0, "{name}");
        }
    }
}
