//! Compares optimizers with their formulas, one parameter at a time.

use plywood_kernel::testing::{any, assert_close, exact, on_threads};

use crate::core::{Layer, Shape};
use crate::layers::Dense;
use crate::optim::{Adagrad, Adam, AdamW, Groups, Momentum, Nesterov, Optimizer, RmsProp, Sgd, State, Step};
use plywood_kernel::Scalar;

const LAMBDA: f64 = 0.1;
const RATE: f64 = 0.05;

/// One parameter before a step, with its optimizer state.
#[derive(Clone, Copy)]
struct One {
    value: f64,
    gradient: f64,
    moments: [f64; 2],
    /// The number of the step, from 1.
    step: i32,
    is_weight: bool,
}

/// A formula for a parameter and its moments after the step.
type Formula = fn(One) -> (f64, [f64; 2]);

/// Compares a few steps over all parameters with the formula for each of them.
fn check<N: Layer, T: Scalar, O: Optimizer>(name: &str, optimizer: &O, formula: Formula) {
    let groups = Groups::of::<N>(LAMBDA).expect("groups");
    let mut state = O::State::<T>::new(N::PARAMS);
    let mut params = any::<T>(N::PARAMS, 1, 1.0);
    let mut expected = exact(&params);
    let mut moments = vec![[0.0; 2]; N::PARAMS];
    // inputs × outputs weights, and as many biases as outputs
    let weights = N::In::LEN * N::Out::LEN;
    for step in 1..4_u8 {
        let gradient = any::<T>(N::PARAMS, 10 + usize::from(step), 1.0);
        for (i, (value, moments)) in expected.iter_mut().zip(&mut moments).enumerate() {
            let is_weight = i < weights;
            let gradient = gradient[i].to_f64() + if is_weight { LAMBDA * *value } else { 0.0 };
            (*value, *moments) =
                formula(One { value: *value, gradient, moments: *moments, step: step.into(), is_weight });
        }
        let (params, gradient) = (&mut params[..], &gradient[..]);
        optimizer.step(&mut state, Step::new(params, gradient, RATE, &groups));
        let what = format!("{name}, step {step} of {}", std::any::type_name::<N>());
        assert_close(params, &expected, 64.0, &what);
    }
}

fn adam(one: One) -> (f64, [f64; 2]) {
    let [m, s] = one.moments;
    let m = 0.9 * m + 0.1 * one.gradient;
    let s = 0.999 * s + 0.001 * one.gradient.powi(2);
    let (unbiased_m, unbiased_s) = (m / (1.0 - 0.9_f64.powi(one.step)), s / (1.0 - 0.999_f64.powi(one.step)));
    (one.value - RATE * unbiased_m / (unbiased_s.sqrt() + 1e-8), [m, s])
}

fn check_all<N: Layer, T: Scalar>() {
    check::<N, T, _>("SGD", &Sgd, |one| (one.value - RATE * one.gradient, one.moments));
    check::<N, T, _>("momentum", &Momentum { momentum: 0.9 }, |one| {
        let v = 0.9 * one.moments[0] + RATE * one.gradient;
        (one.value - v, [v, 0.0])
    });
    check::<N, T, _>("Nesterov's momentum", &Nesterov { momentum: 0.9 }, |one| {
        let v = 0.9 * one.moments[0] + RATE * one.gradient;
        (one.value - 0.9 * v - RATE * one.gradient, [v, 0.0])
    });
    check::<N, T, _>("Adagrad", &Adagrad { alpha: 1e-3 }, |one| {
        let s = one.moments[0] + one.gradient.powi(2);
        (one.value - RATE * one.gradient / (s + 1e-3).sqrt(), [s, 0.0])
    });
    check::<N, T, _>("RMSprop", &RmsProp { decay: 0.9, epsilon: 1e-3 }, |one| {
        let s = 0.9 * one.moments[0] + 0.1 * one.gradient.powi(2);
        (one.value - RATE * one.gradient / (s.sqrt() + 1e-3), [s, 0.0])
    });
    check::<N, T, _>("Adam", &Adam::default(), adam);
    check::<N, T, _>("AdamW", &AdamW { weight_decay: 0.3, ..AdamW::default() }, |one| {
        let kept = if one.is_weight { 1.0 - RATE * 0.3 } else { 1.0 };
        let (value, moments) = adam(one);
        (value - one.value + kept * one.value, moments)
    });
}

/// Covers weights and biases that fill part of a vector, part of a block, and more than a block.
#[test]
fn updates_are_their_formulas_at_any_length() {
    macro_rules! check {
        ($($layer:ty),*) => {$(
            on_threads(|| {
                check_all::<$layer, f32>();
                check_all::<$layer, f64>();
            });
        )*};
    }
    check!(Dense<1, 1>, Dense<5, 3>, Dense<17, 15>);
    if !cfg!(miri) {
        check!(Dense<1, 257>, Dense<16, 16>, Dense<33, 31>, Dense<512, 1>, Dense<129, 1, false>);
    }
}
