//! A layer of one's own: written, checked, and used in a network.
//!
//! ```text
//! cargo run --release --example custom_layer
//! ```

#[macro_use]
mod say;

use plywood::check::{GradientCheck, contract};
use plywood::data::digits;
use plywood::outline::Kind;
use plywood::{
    Backward, Cost, Flat, Forward, Init, Layer, Model, Pass, ReceptiveField, Scalar, Threads, Trainer, Visitor, evaluate,
    network, summary,
};

/// y = a ⊙ x: each number of a vector times a factor of its own, which is learnt.
pub struct Gain<const N: usize>;

impl<const N: usize> Layer for Gain<N> {
    type In = Flat<N>;
    type Out = Flat<N>;
    const NAME: &'static str = "gain";
    const PARAMS: usize = N;
    const COST: Cost = Cost::FREE.flops(N).sees(ReceptiveField::POINT);

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params.fill(T::ONE);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        multiply(io.params, io.x, io.y);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        // da = Σ dy ⊙ x over the batch is added to what is there, dx = a ⊙ dy is written
        for (x, dy) in io.x.chunks_exact(N).zip(io.dy.chunks_exact(N)) {
            for ((da, &x), &dy) in io.grads.iter_mut().zip(x).zip(dy) {
                *da += x * dy;
            }
        }
        if let Some(dx) = io.dx {
            multiply(io.params, io.dy, dx);
        }
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.leaf::<Self>(&[("gain", Kind::Scale, &[N])]);
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
    /// A network with it in the middle.
    pub Gained: Image<28, 28, 1> => Flat<10> {
        flatten, dense(64), relu, Gain<64>, dense(10),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // is the gradient right, and does the layer keep what composition relies on?
    let report = GradientCheck::new().run_layer::<Gain<64>>(3)?;
    say!("{report}");
    assert!(report.relative_error() < 1e-7);
    contract::<Gain<64>>(3, 1)?;

    say!("{}\n", summary::<Gained>());
    let mut model = Model::<Gained>::new(1);
    let (train, validation) = digits(6_000, 1).split(5_000)?;
    say!("{}", Trainer::new().epochs(3).fit(&mut model, &train, Some(&validation))?);
    say!("{}", evaluate(&model, &digits(1_000, 2), &Threads::one())?);
    Ok(())
}
