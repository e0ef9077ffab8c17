//! Losses: against `PyTorch` (`tests/golden/losses.py`), against numerical derivatives, and against their contract.

use plywood::check::{self, GradientCheck};
use plywood::loss::*;
use plywood::{Flat, Image, Loss, Scalar, Shape};

/// Outputs, targets, loss and derivative of a case of losses.txt.
fn golden(name: &str, targets: usize) -> [Vec<f64>; 4] {
    let line =
        include_str!("golden/losses.txt").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let numbers: Vec<f64> =
        line.expect(name).split(' ').map(|number| number.parse().expect("a number")).collect();
    let (outputs, rest) = numbers.split_at(12);
    let (targets, rest) = rest.split_at(targets);
    [outputs, targets, &rest[..1], &rest[1..]].map(<[f64]>::to_vec)
}

fn compare<T: Scalar, L: Loss<Flat<3>>>(
    loss: &L,
    targets: &[L::Target],
    golden: &[Vec<f64>; 4],
    tolerance: f64,
) {
    let [outputs, _, value, derivative] = golden;
    let outputs: Vec<T> = outputs.iter().map(|&y| T::of(y)).collect();
    let mut found = vec![T::of(f64::NAN); outputs.len()];
    let found_value = loss.gradient(&outputs, targets, &mut found);
    let close = |found: f64, expected: f64| (found - expected).abs() <= tolerance * expected.abs().max(1.0);
    assert!(close(found_value, value[0]), "{} is {found_value}, expected {}", T::NAME, value[0]);
    for (i, (found, expected)) in found.iter().zip(derivative).enumerate() {
        assert!(close(found.to_f64(), *expected), "{}[{i}] is {found}, expected {expected}", T::NAME);
    }
}

/// Everything that is known of a loss, for targets of a case.
fn verify<L: Loss<Flat<3>>>(loss: &L, targets: &[L::Target], golden: &[Vec<f64>; 4]) {
    compare::<f64, L>(loss, targets, golden, 1e-14);
    compare::<f32, L>(loss, targets, golden, 2e-6);
    for seed in 0..20 {
        check::loss(loss, targets, seed).expect("the contract");
        let report = GradientCheck::new().seed(seed).run_loss(loss, targets).expect("good targets");
        assert!(report.relative_error() < 1e-9, "{report}");
    }
}

/// A class for each example.
fn classes(name: &str) -> (Vec<usize>, [Vec<f64>; 4]) {
    let golden = golden(name, 4);
    let class = |&number: &f64| (0..3).find(|&class| class as f64 == number).expect("a class");
    (golden[1].iter().map(class).collect(), golden)
}

/// A number for each output.
fn numbers(name: &str) -> (Vec<[f32; 3]>, [Vec<f64>; 4]) {
    let golden = golden(name, 12);
    let (targets, _) = golden[1].as_chunks::<3>();
    (targets.iter().map(|target| target.map(|number| number as f32)).collect(), golden)
}

#[test]
fn softmax_cross_entropy() {
    let (targets, golden) = classes("softmax_cross_entropy");
    verify(&SoftmaxCrossEntropy, &targets, &golden);
    // nothing smoothed, and certain labels
    compare::<f64, _>(&SmoothedCrossEntropy { smoothing: 0.0 }, &targets, &golden, 1e-14);
    let certain: Vec<_> =
        targets.iter().map(|&t| std::array::from_fn(|j| f32::from(u8::from(j == t)))).collect();
    compare::<f64, _>(&SoftCrossEntropy, &certain, &golden, 1e-14);
}

#[test]
fn smoothed_cross_entropy() {
    let (targets, golden) = classes("smoothed_cross_entropy");
    verify(&SmoothedCrossEntropy { smoothing: 0.2 }, &targets, &golden);
}

#[test]
fn soft_cross_entropy() {
    let (targets, golden) = numbers("soft_cross_entropy");
    verify(&SoftCrossEntropy, &targets, &golden);
}

#[test]
fn hinge() {
    let (targets, golden) = classes("hinge");
    verify(&Hinge { margin: 1.25 }, &targets, &golden);
}

#[test]
fn mean_squared_error() {
    let (targets, golden) = numbers("mean_squared_error");
    verify(&MeanSquaredError, &targets, &golden);
}

#[test]
fn huber() {
    let (targets, golden) = numbers("huber");
    verify(&Huber { delta: 1.5 }, &targets, &golden);
}

#[test]
fn binary_cross_entropy() {
    let (targets, golden) = numbers("binary_cross_entropy");
    verify(&BinaryCrossEntropy, &targets, &golden);
}

#[test]
fn long_rows_and_images_are_checked_too() {
    // longer than the pieces that are computed at a time
    type Long = Flat<1100>;
    type Picture = Image<17, 20, 3>;
    let classes = [1099, 0, 512];
    let soft = [[1.0 / 1100.0; 1100]; 2];
    let pictures = [0.25, -0.5].map(|number| [[[number; 3]; 20]; 17]);
    let answers = [0.0, 1.0].map(|number| [[[number; 3]; 20]; 17]);
    check::loss::<Long, _>(&SoftmaxCrossEntropy, &classes, 1).expect("the contract");
    check::loss::<Long, _>(&SmoothedCrossEntropy::default(), &classes, 1).expect("the contract");
    check::loss::<Long, _>(&SoftCrossEntropy, &soft, 1).expect("the contract");
    check::loss::<Long, _>(&Hinge::default(), &classes, 1).expect("the contract");
    check::loss::<Picture, _>(&MeanSquaredError, &pictures, 1).expect("the contract");
    check::loss::<Picture, _>(&Huber::default(), &pictures, 1).expect("the contract");
    check::loss::<Picture, _>(&BinaryCrossEntropy, &answers, 1).expect("the contract");
    let check = GradientCheck::new().entries(50);
    let error = check.run_loss::<Picture, _>(&Huber::default(), &pictures).expect("targets").relative_error();
    assert!(error < 1e-9, "{error}");
}

#[test]
fn large_scores_do_not_overflow() {
    let scores = [1e30_f32, -1e30, 0.0];
    let value = |loss: &SmoothedCrossEntropy, class| Loss::<Flat<3>>::value(loss, &scores, &[class]);
    let smoothed = SmoothedCrossEntropy { smoothing: 0.3 };
    // 0.9·(1e30 − 1e30) + ... by hand: share of the others 0.1 each
    assert!((value(&smoothed, 0) / 3e29 - 1.0).abs() < 1e-6, "{}", value(&smoothed, 0));
    let binary = |z: f32, p: f32| Loss::<Flat<1>>::value(&BinaryCrossEntropy, &[z], &[[p]]);
    assert_eq!([binary(1e30, 1.0), binary(-1e30, 0.0), binary(-1e30, 1.0)], [0.0, 0.0, f64::from(1e30_f32)]);
    let huber = Loss::<Flat<1>>::value(&Huber { delta: 0.5 }, &[1e30_f32], &[[0.0]]);
    assert!((huber / 5e29 - 1.0).abs() < 1e-6, "{huber}");
}

#[test]
fn mistakes_are_wrong_answers() {
    let scores = [1.0, 2.0, 0.0, -1.0, -2.0, 3.0];
    let soft = [[0.2, 0.5, 0.3], [0.6, 0.0, 0.4]];
    assert_eq!(SoftCrossEntropy.mistakes(&scores, &soft), Some(1));
    assert_eq!(Loss::<Flat<3>>::mistakes(&Hinge::default(), &scores, &[1, 2]), Some(0));
    let yes_and_no = [[1.0, 0.9, 0.0], [0.0, 0.0, 0.0]];
    assert_eq!(Loss::<Flat<3>>::mistakes(&BinaryCrossEntropy, &scores, &yes_and_no), Some(1));
    assert_eq!(Loss::<Flat<3>>::mistakes(&MeanSquaredError, &scores, &soft), None);
}

type Two = Flat<2>;

fn settings<T: Scalar, L: Loss<Flat<3>>>(loss: &L) -> plywood::Result<()> {
    loss.check_settings::<T>()
}

fn unfit<S: Shape, L: Loss<S>>(loss: &L, target: L::Target) -> String {
    let unfit = loss.check(target).expect_err("an unfit target");
    format!("{}, {}", unfit.found, unfit.expected)
}

#[test]
fn what_a_loss_cannot_use_is_named() {
    let misused = [
        (
            settings::<f32, _>(&SmoothedCrossEntropy { smoothing: 1.0 }),
            "label smoothing: found 1, expected at least 0 and, as f32, less than 1",
        ),
        // 1 once it is rounded
        (
            settings::<f32, _>(&SmoothedCrossEntropy { smoothing: 0.999_999_999 }),
            "label smoothing: found 0.999999999, expected at least 0 and, as f32, less than 1",
        ),
        (settings::<f32, _>(&Huber { delta: 0.0 }), "delta: found 0.0, expected a finite f32 above 0"),
        // 0 once it is rounded, and infinite
        (settings::<f32, _>(&Huber { delta: 1e-50 }), "delta: found 1e-50, expected a finite f32 above 0"),
        (settings::<f32, _>(&Hinge { margin: 1e39 }), "margin: found 1e39, expected a finite f32 above 0"),
        (settings::<f64, _>(&Hinge { margin: f64::NAN }), "margin: found NaN, expected a finite f64 above 0"),
    ];
    for (result, expected) in misused {
        assert_eq!(result.map_err(|error| error.to_string()), Err(expected.to_owned()));
    }
    // f64 holds them
    assert!(settings::<f64, _>(&Huber { delta: 1e-50 }).is_ok());
    assert!(settings::<f64, _>(&Hinge { margin: 1e39 }).is_ok());
    let labels = "label 2, 0 to 1, one for each of the network's 2 outputs";
    assert_eq!(unfit::<Two, _>(&Hinge::default(), 2), labels);
    assert_eq!(unfit::<Two, _>(&SmoothedCrossEntropy::default(), 2), labels);
    assert_eq!(
        unfit::<Two, _>(&SoftCrossEntropy, [1.5, -0.5]),
        "1.5 as number 0 of the target, a probability, from 0 to 1"
    );
    assert_eq!(
        unfit::<Two, _>(&SoftCrossEntropy, [0.5, 0.25]),
        "probabilities that add up to 0.75, a sum of 1, to within 1e-5"
    );
    let thirds = [1.0 / 3.0; 3];
    assert!(Loss::<Flat<3>>::check(&SoftCrossEntropy, thirds).is_ok());
    let percent = unfit::<Flat<3>, _>(&SoftCrossEntropy, [0.333; 3]);
    assert!(percent.starts_with("probabilities that add up to 0.999"), "{percent}");
    assert_eq!(
        unfit::<Two, _>(&BinaryCrossEntropy, [0.0, f32::NAN]),
        "NaN as number 1 of the target, a probability, from 0 to 1"
    );
    assert_eq!(
        unfit::<Two, _>(&MeanSquaredError, [0.0, f32::INFINITY]),
        "inf as number 1 of the target, a finite number"
    );
}

/// |y|, with one mistake.
struct Faulty<const MISTAKE: usize>;

const RIGHT: usize = 0;
const ADDS: usize = 1;
const SUMS: usize = 2;
const FORGETS_THE_BATCH: usize = 3;
const HIDES_NAN: usize = 4;

impl<const MISTAKE: usize> Loss<Flat<1>> for Faulty<MISTAKE> {
    type Target = ();

    fn value<T: Scalar>(&self, outputs: &[T], _: &[()]) -> f64 {
        let size = |y: &T| if MISTAKE == HIDES_NAN && y.to_f64().is_nan() { 0.0 } else { y.to_f64().abs() };
        let count = if MISTAKE == SUMS { 1 } else { outputs.len() };
        outputs.iter().map(size).sum::<f64>() / count as f64
    }
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[()], d_outputs: &mut [T]) -> f64 {
        let count = if MISTAKE == FORGETS_THE_BATCH { 1 } else { outputs.len() };
        for (d, y) in d_outputs.iter_mut().zip(outputs) {
            let start = if MISTAKE == ADDS { *d } else { T::ZERO };
            *d = start + T::of(y.to_f64().signum() / count as f64);
        }
        self.value(outputs, targets)
    }
}

#[test]
fn each_breach_is_found() {
    fn promise<const MISTAKE: usize>() -> Option<&'static str> {
        check::loss(&Faulty::<MISTAKE>, &[(); 3], 1).err().map(|breach| breach.promise)
    }
    assert_eq!(promise::<RIGHT>(), None);
    assert_eq!(promise::<ADDS>(), Some("does not depend on what its memory holds on entry"));
    assert_eq!(promise::<SUMS>(), Some("is the mean over its examples"));
    assert_eq!(promise::<FORGETS_THE_BATCH>(), Some("has the derivative of that mean"));
    assert_eq!(promise::<HIDES_NAN>(), Some("shows a NaN"));
    let bad = check::loss::<Flat<2>, _>(&Hinge { margin: -1.0 }, &[0], 1);
    assert_eq!(bad.err().map(|breach| breach.promise), Some("fits its settings"));
}
