use super::{LENGTHS, any, assert_close, exact, precise_sum};
use crate::Scalar;
use crate::compiled::Compiled;

type Loss<T> = fn(&[T], &[f32], Option<&mut [T]>) -> f64;

/// Compares sums of a loss of single numbers, and its derivative, with the loss and derivative of each number by `of`.
fn check<T: Scalar>(name: &str, loss: Loss<T>, of: impl Fn(f64, f64) -> [f64; 2]) {
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
    check::<T>("binary cross-entropy", Compiled::binary_cross_entropy, |z, t| {
        let p = 1.0 / (1.0 + libm::exp(-z));
        [-t * libm::log(p) - (1.0 - t) * libm::log1p(-p), p - t]
    });
}

#[test]
fn losses_of_numbers_are_their_formulas_at_any_length() {
    check_all::<f32>();
    check_all::<f64>();
}
