use super::{LENGTHS, any, assert_close, exact, precise_sum};
use crate::Scalar;
use crate::compiled::Compiled;

/// Compares sums of a loss of single numbers, and its derivative, with the loss and derivative of each number by `of`.
fn check<T: Scalar>(
    name: &str,
    loss: impl Fn(&[T], &[f32], Option<&mut [T]>) -> f64,
    of: impl Fn(f64, f64) -> [f64; 2],
) {
    for &len in LENGTHS {
        let what = format!("{name} of {len}");
        let outputs = any::<T>(len, 1, 4.0);
        // probabilities, which suit all losses
        let targets: Vec<f32> = any::<f32>(len, 2, 0.5).into_iter().map(|t| t + 0.5).collect();
        let plain: Vec<_> =
            exact(&outputs).into_iter().zip(&targets).map(|(y, &t)| of(y, t.into())).collect();
        let expected = precise_sum(plain.iter().map(|[value, _]| *value));
        let slopes: Vec<_> = plain.iter().map(|[_, slope]| slope / len as f64).collect();
        let mut derivative = vec![T::of(f64::NAN); len];
        let found = loss(&outputs, &targets, Some(&mut derivative));
        assert_eq!(found, loss(&outputs, &targets, None), "{what}, without its derivative");
        let error = (found - expected).abs() / (T::EPSILON.to_f64() * expected.max(1.0));
        assert!(error <= 16.0, "{what}, {}: {found}, expected {expected}: {error} units", T::NAME);
        assert_close(&derivative, &slopes, 8.0, &what);
    }
}

fn check_all<T: Scalar>() {
    check::<T>("squared error", Compiled::squared_error, |y, t| [(y - t).powi(2), 2.0 * (y - t)]);
    check::<T>(
        "Huber loss",
        |outputs, targets, derivative| T::huber(outputs, targets, 1.25, derivative),
        |y, t| {
            let distance = (y - t).abs();
            if distance <= 1.25 {
                [distance * distance / 2.0, y - t]
            } else {
                [1.25 * (distance - 0.625), 1.25 * (y - t).signum()]
            }
        },
    );
    check::<T>("binary cross-entropy", Compiled::binary_cross_entropy, |z, t| binary(1.0, z, t));
    check::<T>("absolute error", Compiled::absolute_error, |y, t| [(y - t).abs(), (y - t).signum()]);
    check::<T>(
        "pinball loss",
        |outputs, targets, derivative| T::pinball(outputs, targets, 0.125, derivative),
        |y, t| if y <= t { [0.125 * (t - y), -0.125] } else { [0.875 * (y - t), 0.875] },
    );
    check::<T>("Poisson loss", Compiled::poisson, |z, t| [libm::exp(z) - t * z, libm::exp(z) - t]);
    check::<T>(
        "binary cross-entropy with one weight",
        |outputs, targets, derivative| T::weighted_binary_cross_entropy(outputs, targets, &[2.5], derivative),
        |z, t| binary(2.5, z, t),
    );
    for (gamma, weights) in [(0.0, [1.0, 1.0]), (0.5, [1.0, 1.0]), (2.0, [0.25, 0.75])] {
        check::<T>(
            &format!("binary focal loss with {gamma}"),
            move |outputs, targets, derivative| T::binary_focal(outputs, targets, gamma, weights, derivative),
            move |z, t| {
                let [right, wrong] = [-z, z].map(|z| 1.0 / (1.0 + libm::exp(z)));
                let (sign, weight, p, q) =
                    if t > 0.5 { (1.0, weights[0], right, wrong) } else { (-1.0, weights[1], wrong, right) };
                let (power, log) = (weight * libm::pow(q, gamma), libm::log(p));
                [-power * log, sign * power * (gamma * p * log - q)]
            },
        );
    }
}

/// Returns −wt log σ(z) − (1 − t) log(1 − σ(z)) and its derivative.
fn binary(w: f64, z: f64, t: f64) -> [f64; 2] {
    let p = 1.0 / (1.0 + libm::exp(-z));
    [-w * t * libm::log(p) - (1.0 - t) * libm::log1p(-p), (1.0 - t) * p - w * t * (1.0 - p)]
}

fn check_weighted_rows<T: Scalar>() {
    // more than a piece, and rows of single numbers
    for (rows, width) in [(5, 1), (1, 3), (7, 3), (2, 513), (3, 1025)] {
        let what = format!("weighted binary cross-entropy of {rows} rows of {width}");
        let outputs = any::<T>(rows * width, 1, 4.0);
        let targets: Vec<f32> = any::<f32>(rows * width, 2, 0.5).into_iter().map(|t| t + 0.5).collect();
        let weights: Vec<f64> = any::<f64>(width, 3, 2.0).into_iter().map(f64::abs).collect();
        // as they are rounded
        let rounded = weights.iter().map(|&w| T::of(w).to_f64()).cycle();
        let numbers = exact(&outputs).into_iter().zip(&targets).zip(rounded);
        let plain: Vec<_> = numbers.map(|((z, &t), w)| binary(w, z, t.into())).collect();
        let expected = precise_sum(plain.iter().map(|[value, _]| *value));
        let slopes: Vec<_> = plain.iter().map(|[_, slope]| slope / outputs.len() as f64).collect();
        let mut derivative = vec![T::of(f64::NAN); outputs.len()];
        let found = T::weighted_binary_cross_entropy(&outputs, &targets, &weights, Some(&mut derivative));
        assert_eq!(found, T::weighted_binary_cross_entropy(&outputs, &targets, &weights, None), "{what}");
        let error = (found - expected).abs() / (T::EPSILON.to_f64() * expected.max(1.0));
        assert!(error <= 16.0, "{what}, {}: {found}, expected {expected}: {error} units", T::NAME);
        assert_close(&derivative, &slopes, 8.0, &what);
    }
}

fn check_entropy<T: Scalar>() {
    for &len in LENGTHS {
        let mut labels: Vec<f32> = any::<f32>(len, 2, 0.5).into_iter().map(|t| t + 0.5).collect();
        if let Some(last) = labels.last_mut() {
            *last = 0.0;
        }
        let log = |p: f64| if p > 0.0 { p * libm::log(p) } else { 0.0 };
        let expected = precise_sum(labels.iter().map(|&p| log(p.into())));
        let found = T::negative_entropy(&labels);
        let error = (found - expected).abs() / (T::EPSILON.to_f64() * expected.abs().max(1.0));
        assert!(error <= 16.0, "{len}, {}: {found}, expected {expected}: {error} units", T::NAME);
    }
}

fn check_distance<T: Scalar>() {
    for &len in LENGTHS {
        let [a, b] = [1, 2].map(|seed| any::<T>(len, seed, 4.0));
        let differences: Vec<_> = exact(&a).iter().zip(exact(&b)).map(|(a, b)| a - b).collect();
        let expected = precise_sum(differences.iter().map(|d| d * d));
        let found = T::squared_distance(&a, &b);
        let error = (found - expected).abs() / (f64::EPSILON * expected.max(1.0));
        assert!(error <= 16.0, "{len}, {}: {found}, expected {expected}: {error} units", T::NAME);
        let mut to = vec![T::of(f64::NAN); len];
        T::scaled_difference(&a, &b, -0.25, &mut to);
        let expected: Vec<_> = differences.iter().map(|d| -0.25 * d).collect();
        assert_close(&to, &expected, 4.0, &format!("difference of {len}"));
    }
    let large = [T::of(1e30); 2];
    assert!((T::squared_distance(&large, &[T::ZERO; 2]) / 2e60 - 1.0).abs() < 1e-6);
    assert!(T::squared_distance(&[T::of(f64::NAN)], &[T::ZERO]).is_nan());
    // the inverse of a distance that has no inverse in f32
    let (tiny, mut unit) = ([T::of(1e-42)], [T::ZERO]);
    T::scaled_difference(&tiny, &[T::ZERO], 1.0 / tiny[0].to_f64(), &mut unit);
    assert!((unit[0].to_f64() - 1.0).abs() < 1e-6, "{unit:?}");
}

#[test]
fn losses_of_numbers_are_their_formulas_at_any_length() {
    check_all::<f32>();
    check_all::<f64>();
}

#[test]
fn weights_belong_to_the_numbers_of_a_row() {
    check_weighted_rows::<f32>();
    check_weighted_rows::<f64>();
}

#[test]
fn entropies_and_distances_are_their_formulas_at_any_length() {
    check_entropy::<f32>();
    check_entropy::<f64>();
    check_distance::<f32>();
    check_distance::<f64>();
}

#[test]
fn counts_beyond_the_range_of_the_exponential_lie_on_its_tangent() {
    let mut slope = [0.0_f32];
    let value = f32::poisson(&[1e20], &[2.0], Some(&mut slope));
    let rate = libm::exp(30.0);
    assert!((value / (rate * 1e20) - 1.0).abs() < 1e-5, "{value}");
    assert!((f64::from(slope[0]) / rate - 1.0).abs() < 1e-5, "{slope:?}");
    assert!(f32::poisson(&[f32::NAN], &[2.0], None).is_nan());
    assert!((f64::poisson(&[30.0], &[0.0], None) / rate - 1.0).abs() < 1e-12);
    assert!((f64::poisson(&[31.0], &[0.0], None) / (2.0 * rate) - 1.0).abs() < 1e-12);
}
