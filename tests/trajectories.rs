//! Optimizers and schedules against 20 steps of `PyTorch`'s (`tests/golden/trajectories.py`).

use std::collections::BTreeMap;

use plywood::layers::Dense;
use plywood::optim::*;
use plywood::{Layer, Scalar};

/// The lines of trajectories.txt of one kind, by name.
fn golden(kind: &str) -> BTreeMap<&'static str, Vec<f64>> {
    let lines = include_str!("golden/trajectories.txt").lines();
    let of_kind = lines.filter_map(|line| line.strip_prefix(kind)?.trim_start().split_once(' '));
    of_kind
        .map(|(name, rest)| (name, rest.split(' ').map(|n| n.parse().expect("a number")).collect()))
        .collect()
}

/// The parameters that the optimizers move: four weights, two biases.
type Net = Dense<2, 2>;

const START: [f64; Net::PARAMS] = [0.5, -1.0, 1.5, -0.25, 0.75, -2.0];

/// As in the script.
fn gradient(theta: &[f64], t: usize) -> [f64; Net::PARAMS] {
    let entry = |i: usize| {
        let force = (t as f64 + 2.0 * i as f64).cos();
        (i as f64 + 1.0) / 3.0 * theta[i] + 0.25 * theta[(i + 1) % theta.len()] + force
    };
    std::array::from_fn(entry)
}

fn trajectory<O: Optimizer, T: Scalar>(optimizer: &O, rate: f64, lambda: f64) -> Vec<f64> {
    optimizer.check::<T>().expect("good settings");
    let groups = Groups::of::<Net>(lambda).expect("groups");
    let mut state = O::State::<T>::new(Net::PARAMS);
    let mut theta = START.map(T::of);
    let mut path = Vec::new();
    for t in 0..20 {
        let gradient = gradient(&theta.map(T::to_f64), t).map(T::of);
        let params = &mut theta;
        optimizer.step(&mut state, Step::new(params, &gradient, rate, &groups));
        path.extend(theta.map(T::to_f64));
    }
    path
}

fn compare(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "{name}[{i}] is {found}, expected {expected}");
    }
}

macro_rules! optimizers {
    ($($name:ident: $optimizer:expr, $rate:expr, $lambda:expr;)+) => {
        #[test]
        fn optimizers_follow_pytorch() {
            let golden = golden("optimizer");
            let mut names = vec![$(stringify!($name)),+];
            $({
                let (name, expected) = (stringify!($name), &golden[stringify!($name)]);
                compare(name, &trajectory::<_, f64>(&$optimizer, $rate, $lambda), expected, 1e-13);
                compare(name, &trajectory::<_, f32>(&$optimizer, $rate, $lambda), expected, 2e-6);
            })+
            names.sort_unstable();
            assert_eq!(golden.keys().copied().collect::<Vec<_>>(), names);
        }
    };
}

optimizers! {
    sgd: Sgd, 0.1, 0.0;
    sgd_penalty: Sgd, 0.1, 0.05;
    momentum: Momentum::default(), 0.05, 0.0;
    momentum_penalty: Momentum { momentum: 0.8 }, 0.05, 0.05;
    nesterov: Nesterov::default(), 0.05, 0.0;
    adagrad: Adagrad::default(), 0.1, 0.0;
    rmsprop: RmsProp::default(), 0.02, 0.0;
    adam: Adam::default(), 0.05, 0.0;
    adam_options: Adam { beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }, 0.05, 0.05;
    adamw: AdamW::default(), 0.05, 0.0;
    adamw_options: AdamW { beta1: 0.5, beta2: 0.9, epsilon: 1e-4, weight_decay: 0.3 }, 0.1, 0.0;
}

#[test]
fn schedules_follow_pytorch() {
    let cases = [
        ("step", Schedule::Step { rate: 0.1, every: 2, factor: 0.3 }),
        ("exponential", Schedule::Exponential { rate: 0.1, factor: 0.8 }),
        ("cosine", Schedule::Cosine { rate: 0.1, last: 0.01 }),
        ("one_cycle", Schedule::one_cycle(0.1)),
        ("one_cycle_options", Schedule::OneCycle { first: 0.1, peak: 0.3, last: 0.02, rise: 0.6 }),
        ("cosine_warm_up", Schedule::cosine(0.1).warm_up(5)),
    ];
    let golden = golden("schedule");
    for (name, schedule) in &cases {
        schedule.check::<f32>().expect("good settings");
        let rate = |step| schedule.rate(Time { step, steps_per_epoch: 4, steps: 20 });
        compare(name, &(0..20).map(rate).collect::<Vec<_>>(), &golden[name], 1e-15);
    }
    let mut names = cases.map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(golden.into_keys().collect::<Vec<_>>(), names);
}

/// Weight and bias of a `Dense<1, 1>` from (1, 2), moved by the gradients (0.5, −2), twice.
fn by_hand(optimizer: &impl Optimizer, rate: f64) -> [[f64; 2]; 2] {
    let groups = Groups::of::<Dense<1, 1>>(0.0).expect("groups");
    let mut state = State::<f64>::new(2);
    let mut theta = [1.0, 2.0];
    [(); 2].map(|()| {
        let gradient = &[0.5, -2.0];
        optimizer.step(&mut state, Step::new(&mut theta, gradient, rate, &groups));
        theta
    })
}

#[test]
fn adagrad_starts_its_sum_at_alpha() {
    // with α = 0.75 the sum is 1 after a step of 0.5, 1.25 after two; 4.75 and 8.75 for −2
    let found = by_hand(&Adagrad { alpha: 0.75 }, 0.1);
    let (w, b) = (1.0 - 0.05, 2.0 + 0.2 / 4.75_f64.sqrt());
    let expected = [[w, b], [w - 0.05 / 1.25_f64.sqrt(), b + 0.2 / 8.75_f64.sqrt()]];
    compare("adagrad", found.as_flattened(), expected.as_flattened(), 1e-15);
}

#[test]
fn weight_decay_spares_the_bias() {
    // a constant gradient: steps of η, and η·0.1·w off the weight before each; ε is left out of the calculation
    let found = by_hand(&AdamW { weight_decay: 0.1, ..AdamW::default() }, 0.01);
    let expected = [[0.999 - 0.01, 2.01], [0.989 * 0.999 - 0.01, 2.02]];
    compare("adamw", found.as_flattened(), expected.as_flattened(), 1e-9);
}

#[test]
fn the_inverse_of_time_falls_by_whole_epochs() {
    let schedule = Schedule::InverseTime { a: 10.0, b: 2.5 };
    let rate = |step| schedule.rate(Time { step, steps_per_epoch: 4, steps: 20 });
    assert_eq!([0, 3, 4, 7, 8].map(rate), [0.1, 0.1, 0.08, 0.08, 1.0 / 15.0]);
}

#[test]
fn settings_out_of_range_are_named() {
    let one_cycle = |first, last, rise| Schedule::OneCycle { first, peak: 0.1, last, rise }.check::<f32>();
    let cases = [
        (
            Nesterov { momentum: 1.0 }.check::<f32>(),
            "momentum: found 1, expected at least 0 and, as f32, less than 1",
        ),
        (Adagrad { alpha: 0.0 }.check::<f32>(), "alpha: found 0.0, expected a finite f32 above 0"),
        (
            RmsProp { decay: -0.1, ..RmsProp::default() }.check::<f64>(),
            "decay: found -0.1, expected at least 0 and, as f64, less than 1",
        ),
        // no f32
        (
            RmsProp { epsilon: 1e-60, ..RmsProp::default() }.check::<f32>(),
            "epsilon: found 1e-60, expected a finite f32 above 0",
        ),
        (
            Adam { beta2: f64::NAN, ..Adam::default() }.check::<f64>(),
            "beta2: found NaN, expected at least 0 and, as f64, less than 1",
        ),
        (
            AdamW { weight_decay: -1.0, ..AdamW::default() }.check::<f64>(),
            "weight decay: found -1.0, expected a finite f64, at least 0",
        ),
        (
            Schedule::Step { rate: 0.1, every: 0, factor: 0.5 }.check::<f32>(),
            "epochs of a stair of the learning rate: found 0, expected at least 1",
        ),
        (
            Schedule::Exponential { rate: 0.1, factor: 1.5 }.check::<f32>(),
            "factor of the learning rate: found 1.5, expected above 0 and at most 1",
        ),
        (
            Schedule::Cosine { rate: 0.1, last: 0.2 }.check::<f32>(),
            "last learning rate: found 0.2, expected at most 0.1, the largest learning rate",
        ),
        (one_cycle(-1.0, 0.0, 0.3), "first learning rate: found -1.0, expected a finite f32, at least 0"),
        (one_cycle(0.0, 0.0, 1.0), "rise of the learning rate: found 1, expected above 0 and less than 1"),
        (
            Schedule::cosine(0.1).warm_up(0).check::<f32>(),
            "steps of the warm-up: found 0, expected at least 1",
        ),
        (
            Schedule::cosine(-0.1).warm_up(3).check::<f32>(),
            "learning rate: found -0.1, expected a finite f32 above 0",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.map_err(|error| error.to_string()), Err(expected.to_owned()));
    }
}

#[test]
fn a_run_too_short_for_its_schedule_has_finite_rates() {
    let schedules = [Schedule::cosine(0.1), Schedule::one_cycle(0.1), Schedule::one_cycle(0.1).warm_up(9)];
    for schedule in schedules {
        for (steps_per_epoch, steps) in [(0, 0), (1, 1), (1, 2), (3, 3), (2, 4)] {
            for step in 0..6 {
                let rate = schedule.rate(Time { step, steps_per_epoch, steps });
                assert!((0.0..=0.1).contains(&rate), "{schedule:?} at {step} of {steps}: {rate}");
            }
        }
    }
}
