//! Writes three custom layers, checks them, and uses them in a network.
//!
//! ```text
//! cargo run --release --example custom_layer
//! ```

#[macro_use]
mod say;

use std::marker::PhantomData;

use plywood::check::{GradientCheck, contract};
use plywood::data::digits;
use plywood::layer::Kind;
use plywood::layer::{Backward, Cost, Forward, Init, Memory, Pass, ReceptiveField, Visitor};
use plywood::{Flat, Layer, Model, Scalar, Shape, Trainer, evaluate, network, summary};

/// A layer y = max(0, x)² for each number of any shape (So et al. 2021).
///
/// A layer needs no more than this.
pub struct SquaredRelu<S>(PhantomData<S>);

impl<S: Shape> Layer for SquaredRelu<S> {
    type In = S;
    type Out = S;
    const NAME: &'static str = "squared_relu";

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        for (y, &x) in io.y.iter_mut().zip(io.x) {
            *y = rectified(x) * rectified(x);
        }
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let dx = io.dx.into_iter().flatten();
        for ((dx, &x), &dy) in dx.zip(io.x).zip(&*io.dy) {
            *dx = dy * T::of(2.0) * rectified(x);
        }
    }
}

fn rectified<T: Scalar>(x: T) -> T {
    if x > T::ZERO { x } else { T::ZERO }
}

/// Root mean square normalization: y = a x / r, r = √(mean(x²) + ε) (Zhang and Sennrich 2019).
///
/// x is a vector, and a has a trainable factor for each number. The gradients are da = Σ dy x / r over the batch, and
/// dx = (a dy − (x / r) mean(a dy x / r)) / r.
pub struct RmsNorm<const N: usize>;

impl<const N: usize> Layer for RmsNorm<N> {
    type In = Flat<N>;
    type Out = Flat<N>;
    const NAME: &'static str = "rms_norm";
    const PARAMS: usize = N;

    fn init<T: Scalar>(params: &mut [T], _: &mut [T], _: &mut Init) {
        params.fill(T::ONE);
    }

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        for (x, y) in io.x.chunks_exact(N).zip(io.y.chunks_exact_mut(N)) {
            let scale = T::ONE / root_mean_square(x);
            for ((y, &x), &a) in y.iter_mut().zip(x).zip(io.params) {
                *y = a * x * scale;
            }
        }
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        let mut dx = io.dx.map(|dx| dx.chunks_exact_mut(N));
        for (x, dy) in io.x.chunks_exact(N).zip(io.dy.chunks_exact(N)) {
            let scale = T::ONE / root_mean_square(x);
            let mut mean = T::ZERO;
            for (((da, &a), &x), &dy) in io.grads.iter_mut().zip(io.params).zip(x).zip(dy) {
                *da += dy * x * scale;
                mean += a * dy * x * scale / T::of(N as f64);
            }
            let dx = dx.as_mut().and_then(Iterator::next).into_iter().flatten();
            for (((dx, &a), &x), &dy) in dx.zip(io.params).zip(x).zip(dy) {
                *dx = (a * dy - x * scale * mean) * scale;
            }
        }
    }
}

fn root_mean_square<T: Scalar>(x: &[T]) -> T {
    let squares = x.iter().fold(T::ZERO, |sum, &x| sum + x * x);
    (squares / T::of(x.len() as f64) + T::of(1e-5)).sqrt()
}

/// A layer y = a ⊙ x, which multiplies each number of a vector by its own trainable factor.
///
/// It declares all that a layer can declare about itself, so that files and summaries name its tensor, and a residual
/// block copies less.
pub struct Gain<const N: usize>;

impl<const N: usize> Layer for Gain<N> {
    type In = Flat<N>;
    type Out = Flat<N>;
    const NAME: &'static str = "gain";
    const PARAMS: usize = N;
    const MEMORY: Memory = Memory::OUT_OF_PLACE.reads_input().preserves_dy();
    const COST: Cost = Cost::FREE.flops(N).sees(ReceptiveField::POINT);

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
    /// A network with all three.
    pub Mine: Image<28, 28, 1> => Flat<10> {
        flatten, dense(64), RmsNorm<64>, SquaredRelu<Flat<64>>, Gain<64>, dense(10),
    }
}

/// Asserts that the gradient of a layer is right, and that it keeps the contract on which composition relies.
fn check<L: Layer>() -> Result<(), Box<dyn std::error::Error>> {
    let report = GradientCheck::new().run_layer::<L>(3)?;
    say!("{}\n{report}", L::NAME);
    assert!(report.relative_error() < 1e-7);
    contract::<L>(3, 1)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    check::<SquaredRelu<Flat<64>>>()?;
    check::<RmsNorm<64>>()?;
    check::<Gain<64>>()?;

    say!("{}\n", summary::<Mine>());
    let mut model = Model::<Mine>::new(1);
    let (train, validation) = digits(6_000, 1).split(5_000)?;
    say!("{}", Trainer::new().epochs(3).run(&mut model, &train).validate(&validation).fit()?);
    say!("{}", evaluate(&model, &digits(1_000, 2))?);
    Ok(())
}
