use super::{LENGTHS, any, assert_close, exact, precise_sum};
use crate::Scalar;
use crate::compiled::Compiled;
use crate::math::IGNORED;

/// Returns numbers of rows and classes around those of groups, strands and pieces.
fn sizes() -> impl Iterator<Item = [usize; 2]> {
    let classes: &[usize] =
        if cfg!(miri) { &[1, 10, 17] } else { &[1, 2, 7, 10, 15, 16, 17, 33, 255, 257, 511, 512, 513, 1025] };
    let rows: &[usize] = if cfg!(miri) { &[0, 3] } else { &[0, 1, 3, 52] };
    classes.iter().flat_map(|&classes| rows.iter().map(move |&rows| [rows, classes]))
}

/// Returns the sum over rows of Σⱼ pⱼ (log Σ exp z − zⱼ), and its derivative divided by the number of rows.
fn cross_entropy(scores: &[f64], labels: &[f64], [rows, classes]: [usize; 2]) -> (f64, Vec<f64>) {
    let (mut loss, mut derivative) = (0.0, Vec::new());
    for (z, p) in scores.chunks_exact(classes).zip(labels.chunks_exact(classes)) {
        let sum = precise_sum(z.iter().map(|z| z.exp()));
        let all: f64 = p.iter().sum();
        loss += z.iter().zip(p).map(|(z, p)| p * (sum.ln() - z)).sum::<f64>();
        derivative.extend(z.iter().zip(p).map(|(z, p)| (all * z.exp() / sum - p) / rows as f64));
    }
    (loss, derivative)
}

/// Returns the sum over rows of (1 − p)ᵞ l with l the cross-entropy and p the probability of the target, each times
/// the row's weight; and its derivative.
fn focal(
    scores: &[f64],
    targets: &[usize],
    weights: &[f64],
    gamma: f64,
    [_, classes]: [usize; 2],
) -> (f64, Vec<f64>) {
    let (mut loss, mut derivative) = (0.0, Vec::new());
    for ((z, &target), weight) in scores.chunks_exact(classes).zip(targets).zip(weights) {
        let sum = precise_sum(z.iter().map(|z| z.exp()));
        let others = precise_sum((0..classes).filter(|&class| class != target).map(|class| z[class].exp()));
        let (p, q) = (z[target].exp() / sum, others / sum);
        let l = if p > 0.5 { -libm::log1p(-q) } else { sum.ln() - z[target] };
        let power = libm::pow(q, gamma);
        loss += weight * power * l;
        // d(qᵞ l)/dl, with dq/dl = p
        let inner = if q == 0.0 { gamma * power } else { gamma * power / q * p * l };
        let slope = |class: usize| z[class].exp() / sum - if class == target { 1.0 } else { 0.0 };
        derivative.extend((0..classes).map(|class| weight * (power + inner) * slope(class)));
    }
    (loss, derivative)
}

/// Compares a loss with the expected one, with and without its derivative.
fn check<T: Scalar>(what: &str, (expected, slopes): (f64, Vec<f64>), loss: impl Fn(Option<&mut [T]>) -> f64) {
    let mut derivative = vec![T::of(f64::NAN); slopes.len()];
    let found = loss(Some(&mut derivative));
    for found in [found, loss(None)] {
        let error = (found - expected).abs() / (T::EPSILON.to_f64() * expected.max(1.0));
        assert!(error <= 16.0, "{what}, {}: {found}, expected {expected}: {error} units", T::NAME);
    }
    assert_close(&derivative, &slopes, 8.0, what);
}

/// Checks the pixels of one image, of which every fourth does not count.
fn check_pixels<T: Scalar>(what: &str, scores: &[T], targets: &[usize], [rows, classes]: [usize; 2]) {
    let plain = exact(scores);
    let map: Vec<u8> = targets
        .iter()
        .enumerate()
        .map(|(row, &class)| if row % 4 == 1 { IGNORED } else { class.try_into().expect("a small class") })
        .collect();
    let counted = map.iter().filter(|&&class| class != IGNORED).count().max(1) as f64;
    let weights: Vec<f64> = (0..classes).map(|class| 0.5 + class as f64 / 64.0).collect();
    for (gamma, weighted) in [(0.0, false), (0.0, true), (2.0, false), (2.0, true)] {
        let of_row = |(row, &class): (usize, &u8)| match class {
            IGNORED => 0.0,
            _ if weighted => weights[targets[row]],
            _ => 1.0,
        };
        let of_rows: Vec<f64> = map.iter().enumerate().map(of_row).collect();
        let (loss, slopes) = focal(&plain, targets, &of_rows, gamma, [rows, classes]);
        let slopes = slopes.into_iter().map(|slope| slope * 0.5 / counted).collect();
        check(what, (loss / counted, slopes), |derivative| {
            let weights = weighted.then_some(&weights[..]);
            T::pixel_cross_entropy(scores, classes, &map, gamma, weights, 0.5, derivative)
        });
    }
}

fn check_all<T: Scalar>() {
    for [rows, classes] in sizes() {
        let scores = any::<T>(rows * classes, 1, 6.0);
        let plain = exact(&scores);
        let targets: Vec<_> = (0..rows).map(|row| (7 * row + 3) % classes).collect();
        let what = |name: &str| format!("{name} of {rows} rows of {classes} classes");
        let labels = |smoothing: f64| {
            let mut labels = vec![smoothing / classes as f64; plain.len()];
            for (row, target) in targets.iter().enumerate() {
                labels[row * classes + target] += 1.0 - smoothing;
            }
            labels
        };

        check(&what("cross-entropy"), cross_entropy(&plain, &labels(0.0), [rows, classes]), |derivative| {
            T::cross_entropy(&scores, &targets, classes, derivative)
        });
        check(
            &what("smoothed cross-entropy"),
            cross_entropy(&plain, &labels(0.125), [rows, classes]),
            |derivative| T::smoothed_cross_entropy(&scores, &targets, 0.125, classes, derivative),
        );
        for gamma in [0.0, 0.5, 2.0] {
            let (loss, slopes) = focal(&plain, &targets, &vec![1.0; rows], gamma, [rows, classes]);
            let slopes = slopes.into_iter().map(|slope| slope / rows as f64).collect();
            check(&what("focal loss"), (loss, slopes), |derivative| {
                T::focal(&scores, &targets, gamma, classes, derivative)
            });
        }
        if classes < 256 {
            check_pixels(&what("pixels"), &scores, &targets, [rows, classes]);
        }
        // their sum is not 1: the formula holds for any sum
        let soft: Vec<f32> =
            any::<f32>(plain.len(), 2, 1.0).iter().map(|p| p.abs() / classes as f32).collect();
        check(
            &what("soft cross-entropy"),
            cross_entropy(&plain, &exact(&soft), [rows, classes]),
            |derivative| T::soft_cross_entropy(&scores, &soft, classes, derivative),
        );

        let (mut loss, mut slopes) = (0.0, Vec::new());
        for (z, &target) in plain.chunks_exact(classes).zip(&targets) {
            let excess =
                |class: usize| if class == target { 0.0 } else { (1.0 + z[class] - z[target]).max(0.0) };
            loss += (0..classes).map(excess).sum::<f64>();
            let beyond = (0..classes).filter(|&class| excess(class) > 0.0).count() as f64;
            let slope = |class: usize| if excess(class) > 0.0 { 1.0 } else { 0.0 };
            let row = (0..classes).map(|class| if class == target { -beyond } else { slope(class) });
            slopes.extend(row.map(|slope| slope / rows as f64));
        }
        check(&what("hinge loss"), (loss, slopes), |derivative| {
            T::hinge(&scores, &targets, 1.0, classes, derivative)
        });
    }
}

#[test]
fn losses_of_classes_are_their_formulas_at_any_size() {
    check_all::<f32>();
    check_all::<f64>();
}

fn check_softmax<T: Scalar>() {
    for &len in LENGTHS {
        let mut scores = any::<T>(len, 1, 6.0);
        let exponentials: Vec<_> = exact(&scores).iter().map(|z| z.exp()).collect();
        let sum = precise_sum(exponentials.iter().copied());
        T::map_softmax(&mut scores);
        let relative: Vec<_> =
            scores.iter().zip(&exponentials).map(|(p, e)| T::of(p.to_f64() * sum / e)).collect();
        assert_close(&relative, &vec![1.0; len], 16.0, &format!("softmax of {len}"));
    }
}

#[test]
fn probabilities_are_their_formula_at_any_length() {
    check_softmax::<f32>();
    check_softmax::<f64>();
}

#[test]
fn pixels_that_do_not_count_have_no_part() {
    let map = [0, IGNORED, 1, IGNORED];
    let mut scores = [0.0_f64, 0.0, 9.0, -9.0, 0.0, 0.0, 1e300, -1e300];
    let mut slopes = [f64::NAN; 8];
    let loss = |scores: &[f64], map: &[u8], slopes: &mut [f64]| {
        f64::pixel_cross_entropy(scores, 2, map, 0.0, None, 1.0, Some(slopes))
    };
    assert!((loss(&scores, &map, &mut slopes) - 2_f64.ln()).abs() < 1e-15);
    assert_eq!(slopes, [-0.25, 0.25, 0.0, 0.0, 0.25, -0.25, 0.0, 0.0]);
    assert_eq!(loss(&scores, &[IGNORED; 4], &mut slopes), 0.0);
    assert_eq!(slopes, [0.0; 8]);
    // which is not to hide that training diverged
    scores[2] = f64::NAN;
    assert!(loss(&scores, &map, &mut slopes).is_nan());
}

#[test]
fn classes_without_a_weight_show() {
    let loss = f32::pixel_cross_entropy(&[0.0; 3], 3, &[2], 0.0, Some(&[1.0; 2]), 1.0, None);
    assert!(loss.is_nan());
}
