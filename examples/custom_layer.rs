//! Writes a custom layer, checks it, and uses it in a network.
//!
//! ```text
//! cargo run --release --example custom_layer
//! ```

#[macro_use]
mod say;

use plywood::check::{GradientCheck, contract};
use plywood::data::digits;
use plywood::outline::{Kind, Outline};
use plywood::{
    Backward, Field, Flat, Forward, Init, Layer, Model, Pass, Scalar, Stage, Trainer, evaluate, network,
    summary,
};

/// The layer y = a ⊙ x, which multiplies each number of a vector by a learned factor of its own.
pub struct Gain<const N: usize>;

impl<const N: usize> Layer for Gain<N> {
    type In = Flat<N>;
    type Out = Flat<N>;
    const NAME: &'static str = "gain";
    const PARAMS: usize = N;
    const FLOPS: usize = N;
    const FIELD: Field = Field::POINT;

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params.fill(T::ONE);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        multiply(io.params, io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        // da = Σ dy ⊙ x over the batch is added to the gradient, dx = a ⊙ dy is written
        for (x, dy) in io.x.chunks_exact(N).zip(io.dy.chunks_exact(N)) {
            for ((da, &x), &dy) in io.grads.iter_mut().zip(x).zip(dy) {
                *da += x * dy;
            }
        }
        if let Some(dx) = io.dx {
            multiply(io.params, io.dy, dx);
        }
    }

    fn infer<T: Scalar>(pass: Pass, params: &[T], _: &[T], stage: &mut Stage<'_, T>) {
        stage.map(N * pass.batch, |x, y, _| multiply(params, x, y));
    }

    fn outline(outline: &mut Outline) {
        outline.leaf::<Self>(&[("gain", Kind::Scale, &[N])]);
    }
}

fn multiply<T: Scalar>(a: &[T], x: &[T], y: &mut [T]) {
    for (x, y) in x.chunks_exact(a.len()).zip(y.chunks_exact_mut(a.len())) {
        for ((&a, &x), y) in a.iter().zip(x).zip(y) {
            *y = a * x;
        }
    }
}

network! {
    /// A network with the layer in the middle.
    pub Gained: Image<28, 28, 1> => Flat<10> {
        flatten, dense(64), relu, Gain<64>, dense(10),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // check that the gradient is right, and that the layer keeps what composition relies on
    let report = GradientCheck::new().run_layer::<Gain<64>>(3)?;
    say!("{report}");
    assert!(report.relative_error() < 1e-7);
    contract::<Gain<64>>(3, 1)?;

    say!("{}\n", summary::<Gained>());
    let mut model = Model::<Gained>::new(1);
    let (train, validation) = digits(6_000, 1).split(5_000)?;
    say!("{}", Trainer::new().epochs(3).run(&mut model, &train).validate(&validation).fit()?);
    say!("{}", evaluate(&model, &digits(1_000, 2))?);
    Ok(())
}
