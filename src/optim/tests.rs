#![expect(clippy::float_cmp, reason = "the same operations give the same bits")]

use super::*;
use crate::core::{Flat, Layer};
use crate::error::Error;
use crate::layers::{Dense, Relu};

/// Runs a few steps on the weight and the bias of a `Dense<1, 1>` from (1, 2).
fn trajectory<O: Optimizer>(optimizer: &O, lambda: f64, rate: f64, gradients: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let groups = Groups::of::<Dense<1, 1>>(lambda).expect("groups");
    let mut state = O::State::<f64>::new(2);
    let mut theta = [1.0, 2.0];
    let step = |gradient: &[f64; 2]| {
        let step = Step::new(&mut theta, gradient, rate, &groups);
        optimizer.step(&mut state, step);
        theta
    };
    gradients.iter().map(step).collect()
}

fn assert_close(found: &[[f64; 2]], expected: &[[f64; 2]]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
        assert!((found - expected).abs() < 1e-12, "found {found}, expected {expected}");
    }
}

const GRADIENTS: [[f64; 2]; 3] = [[0.2, 0.4], [-0.3, 0.1], [0.0, 0.0]];

#[test]
fn sgd_by_hand() {
    let found = trajectory(&Sgd, 0.0, 0.5, &GRADIENTS);
    assert_close(&found, &[[0.9, 1.8], [1.05, 1.75], [1.05, 1.75]]);
}

#[test]
fn sgd_with_a_penalty_decays_the_weight_and_spares_the_bias() {
    // w: 1 − ½(0.2 + 0.1·1), 0.85 − ½(−0.3 + 0.1·0.85), 0.9575 − ½(0.1·0.9575)
    let found = trajectory(&Sgd, 0.1, 0.5, &GRADIENTS);
    assert_close(&found, &[[0.85, 1.8], [0.9575, 1.75], [0.909_625, 1.75]]);
}

#[test]
fn momentum_by_hand() {
    // v: (0.02, 0.04), 0.9v + (−0.03, 0.01) = (−0.012, 0.046), 0.9v = (−0.0108, 0.0414)
    let found = trajectory(&Momentum { momentum: 0.9 }, 0.0, 0.1, &GRADIENTS);
    assert_close(&found, &[[0.98, 1.96], [0.992, 1.914], [1.0028, 1.8726]]);
}

#[test]
fn momentum_with_a_penalty_by_hand() {
    // gradient of w: 0.2 + 0.1·1, −0.3 + 0.1·0.97, 0.1·0.9633; v: 0.03, 0.0067, 0.015663
    let found = trajectory(&Momentum { momentum: 0.9 }, 0.1, 0.1, &GRADIENTS);
    assert_close(&found, &[[0.97, 1.96], [0.9633, 1.914], [0.947_637, 1.8726]]);
}

#[test]
fn momentum_of_zero_is_sgd() {
    let momentum = trajectory(&Momentum { momentum: 0.0 }, 0.1, 0.5, &GRADIENTS);
    assert_eq!(momentum, trajectory(&Sgd, 0.1, 0.5, &GRADIENTS));
}

#[test]
fn groups_know_the_weights() {
    type Network = ((Dense<2, 3>, Relu<Flat<3>>), Dense<3, 2>);
    let groups = Groups::of::<Network>(0.5).expect("groups");
    let lambdas: Vec<_> = groups.runs().map(|(range, run)| (range, run.lambda)).collect();
    assert_eq!(lambdas, [(0..6, 0.5), (6..9, 0.0), (9..15, 0.5), (15..17, 0.0)]);
    assert_eq!(groups.len(), Network::PARAMS);

    let none = Groups::of::<Relu<Flat<3>>>(0.5).expect("groups");
    assert_eq!((none.len(), none.runs().count()), (0, 0));
}

#[test]
fn a_saved_state_goes_on_where_it_was() {
    let groups = Groups::of::<Dense<1, 1>>(0.1).expect("groups");
    let optimizer = Momentum { momentum: 0.9 };
    let run = |state: &mut Moments<f64, 1>, theta: &mut [f64; 2], gradients: &[[f64; 2]]| {
        for gradient in gradients {
            let step = Step::new(theta, gradient, 0.1, &groups);
            optimizer.step(state, step);
        }
    };
    let (mut state, mut theta) = (Moments::new(2), [1.0, 2.0]);
    run(&mut state, &mut theta, &GRADIENTS[..2]);
    let mut restored = Moments::new(2);
    restored.restore(state.steps(), &state.vectors()).expect("a state of the same size");
    assert_eq!(restored.steps(), 2);
    let mut resumed = theta;
    run(&mut state, &mut theta, &GRADIENTS[2..]);
    run(&mut restored, &mut resumed, &GRADIENTS[2..]);
    assert_eq!(theta, resumed);
}

#[test]
fn misuse_is_named() {
    let nan = f64::NAN;
    let momentum = |momentum| Momentum { momentum }.check::<f32>();
    let constant = |rate| Schedule::Constant(rate).check::<f32>();
    let inverse = |a, b| Schedule::InverseTime { a, b }.check::<f32>();
    let cases = [
        (momentum(1.0), "momentum: found 1, expected at least 0 and, as f32, less than 1"),
        (momentum(-0.1), "momentum: found -0.1, expected at least 0 and, as f32, less than 1"),
        (momentum(nan), "momentum: found NaN, expected at least 0 and, as f32, less than 1"),
        // rounded to `f32`, it is 1
        (
            momentum(0.999_999_999),
            "momentum: found 0.999999999, expected at least 0 and, as f32, less than 1",
        ),
        (Groups::of::<Dense<1, 1>>(-1.0).map(drop), "l2: found -1.0, expected a finite f64, at least 0"),
        (Groups::of::<Dense<1, 1>>(nan).map(drop), "l2: found NaN, expected a finite f64, at least 0"),
        (Groups::check::<f32>(1e300), "l2: found 1e300, expected a finite f32, at least 0"),
        (constant(0.0), "learning rate: found 0.0, expected a finite f32 above 0"),
        (constant(nan), "learning rate: found NaN, expected a finite f32 above 0"),
        (constant(f64::INFINITY), "learning rate: found inf, expected a finite f32 above 0"),
        (constant(1e300), "learning rate: found 1e300, expected a finite f32 above 0"),
        (constant(1e-300), "learning rate: found 1e-300, expected a finite f32 above 0"),
        (
            inverse(0.0, 1.0),
            "learning rate 1/(a + b·epoch), a: found 0.0, expected above 0, and 1/a a finite f32 above 0",
        ),
        (
            inverse(1e-300, 1.0),
            "learning rate 1/(a + b·epoch), a: found 1e-300, expected above 0, and 1/a a finite f32 above 0",
        ),
        (
            inverse(1.0, -1.0),
            "learning rate 1/(a + b·epoch), b: found -1.0, expected a finite number, at least 0",
        ),
        (
            Schedule::Range { from: 1e-300, to: 1e300 }.check::<f64>(),
            "last learning rate of a range: found 1e300, and 1e-300 as the first, expected a finite ratio of the two",
        ),
        // 0 or more before rounding too
        (
            momentum(-1e-50),
            "momentum: found -0.00000000000000000000000000000000000000000000000001, expected at least 0 and, as f32, less than 1",
        ),
        (
            Moments::<f32, 1>::new(3).restore(1, &[&[0.0, 0.0]]),
            "optimizer state: found vectors of lengths [2], expected 1 of length 3",
        ),
        (
            Moments::<f32, 2>::new(1).restore(1, &[&[0.0]]),
            "optimizer state: found vectors of lengths [1], expected 2 of length 1",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.as_ref().map_err(Error::to_string), Err(expected.to_owned()));
    }
}

/// Returns the time of the first step of an epoch.
fn first_of(epoch: usize) -> Time {
    Time { step: 4 * epoch, steps_per_epoch: 4, steps: 80 }
}

#[test]
fn schedules_give_what_their_formula_says() {
    let inverse = Schedule::InverseTime { a: 10.0, b: 2.5 };
    assert!(inverse.check::<f32>().is_ok() && Schedule::Constant(1e300).check::<f64>().is_ok());
    let rates = [0, 1, 2, 12].map(|epoch| inverse.rate(first_of(epoch)));
    assert_eq!(rates, [0.1, 1.0 / 12.5, 1.0 / 15.0, 1.0 / 40.0]);
    assert_eq!([0, 7].map(|epoch| Schedule::constant(0.3).rate(first_of(epoch))), [0.3, 0.3]);
}

#[test]
fn a_rule_is_called_what_its_type_is() {
    /// An optimizer that wraps another.
    struct Around<O>(O);

    impl<O: Optimizer> Optimizer for Around<O> {
        type State<T: Scalar> = O::State<T>;

        fn check<T: Scalar>(&self) -> Result<()> {
            self.0.check::<T>()
        }
        fn step<T: Scalar>(&self, state: &mut O::State<T>, step: Step<'_, T>) {
            self.0.step(state, step);
        }
    }

    let names = [Adam::default().name(), AdamW::default().name(), Around(RmsProp::default()).name()];
    assert_eq!(names, ["Adam", "AdamW", "Around"]);
}
