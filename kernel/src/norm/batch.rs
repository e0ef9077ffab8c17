//! Normalizes each channel over all rows.

use super::inverse;
use super::moments::moments_rows;
use super::per_channel::{map_rows, sum_rows};
use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::math::elementwise::rectify;

/// Returns γ (x − μ) i + β, where `factor` is γ i.
#[inline(always)]
fn normal<T: Scalar>(x: T, [mean, factor, shift]: [T; 3]) -> T {
    (x - mean) * factor + shift
}

/// Computes `y[r][c] = normal(y[r][c] or x[r][c], coefficients(c))`, followed by the epilogue.
fn apply<T: Scalar>(
    y: &mut [T],
    x: Option<&[T]>,
    channels: usize,
    of: impl Fn(usize) -> [T; 3] + Sync,
    Epilogue { addend, rectify }: Epilogue<'_, T>,
) {
    match (x, addend.is_empty()) {
        (Some(x), true) => write(y, [x], channels, of, rectify, |_, [x], c| normal(x, c)),
        (None, true) => write(y, [], channels, of, rectify, |y, [], c| normal(y, c)),
        (Some(x), false) => write(y, [x, addend], channels, of, rectify, |_, [x, a], c| normal(x, c) + a),
        (None, false) => write(y, [addend], channels, of, rectify, |y, [a], c| normal(y, c) + a),
    }
}

/// Computes [`map_rows`], rectified or not.
fn write<T: Scalar, const I: usize>(
    y: &mut [T],
    inputs: [&[T]; I],
    channels: usize,
    of: impl Fn(usize) -> [T; 3] + Sync,
    rectified: bool,
    f: impl Fn(T, [T; I], [T; 3]) -> T + Sync,
) {
    if rectified {
        map_rows(y, inputs, channels, of, |y, x, c| rectify(f(y, x, c)));
    } else {
        map_rows(y, inputs, channels, of, f);
    }
}

/// Writes y and, for each channel, μ and i. Leaves μ and the sum of squared deviations in the first `2 · channels`
/// numbers of `work`.
#[inline]
pub fn forward<T: Scalar>(
    x: &[T],
    y: &mut [T],
    params: &[T],
    statistics: &mut [T],
    work: &mut [T],
    epsilon: f64,
    epilogue: Epilogue<'_, T>,
) {
    T::batch_norm_forward(x, y, params, statistics, work, epsilon, epilogue);
}

/// Computes [`forward`], compiled in the crate that calls it.
pub(crate) fn forward_generic<T: Scalar>(
    x: &[T],
    y: &mut [T],
    params: &[T],
    statistics: &mut [T],
    work: &mut [T],
    epsilon: f64,
    epilogue: Epilogue<'_, T>,
) {
    let channels = params.len() / 2;
    let rows = (x.len() / channels) as f64;
    moments_rows(x, work, channels);
    let (mean, inverses) = statistics.split_at_mut(channels);
    mean.copy_from_slice(&work[..channels]);
    for (inv, squares) in inverses.iter_mut().zip(&work[channels..]) {
        *inv = inverse(squares.to_f64() / rows, epsilon);
    }
    let of = |c: usize| [mean[c], params[c] * inverses[c], params[channels + c]];
    apply(y, Some(x), channels, of, epilogue);
}

/// Writes y and, for each channel, μ and i, for given means and variances in place of those of the batch.
#[inline]
pub fn forward_given<T: Scalar>(
    x: &[T],
    y: &mut [T],
    params: &[T],
    given: &[T],
    statistics: &mut [T],
    epsilon: f64,
    epilogue: Epilogue<'_, T>,
) {
    T::batch_norm_forward_given(x, y, params, given, statistics, epsilon, epilogue);
}

/// Computes [`forward_given`], compiled in the crate that calls it.
pub(crate) fn forward_given_generic<T: Scalar>(
    x: &[T],
    y: &mut [T],
    params: &[T],
    given: &[T],
    statistics: &mut [T],
    epsilon: f64,
    epilogue: Epilogue<'_, T>,
) {
    let channels = params.len() / 2;
    let (mean, inverses) = statistics.split_at_mut(channels);
    mean.copy_from_slice(&given[..channels]);
    for (inv, variance) in inverses.iter_mut().zip(&given[channels..]) {
        *inv = inverse(variance.to_f64(), epsilon);
    }
    let of = |c: usize| [mean[c], params[c] * inverses[c], params[channels + c]];
    apply(y, Some(x), channels, of, epilogue);
}

/// Normalizes in place with given means and variances.
#[inline]
pub fn evaluate<T: Scalar>(
    y: &mut [T],
    params: &[T],
    statistics: &[T],
    epsilon: f64,
    epilogue: Epilogue<'_, T>,
) {
    T::batch_norm_evaluate(y, params, statistics, epsilon, epilogue);
}

/// Computes [`evaluate`], compiled in the crate that calls it.
pub(crate) fn evaluate_generic<T: Scalar>(
    y: &mut [T],
    params: &[T],
    statistics: &[T],
    epsilon: f64,
    epilogue: Epilogue<'_, T>,
) {
    let channels = params.len() / 2;
    let of = |c: usize| {
        let inverse = inverse::<T>(statistics[channels + c].to_f64(), epsilon);
        [statistics[c], params[c] * inverse, params[channels + c]]
    };
    apply(y, None, channels, of, epilogue);
}

/// Replaces γ and β with the factor f = γ i and the shift β − μ f for the given means and variances.
pub fn fold<T: Scalar>(params: &mut [T], statistics: &[T], epsilon: f64) {
    let (factors, shifts) = params.split_at_mut(params.len() / 2);
    let (means, variances) = statistics.split_at(factors.len());
    let channels = factors.iter_mut().zip(shifts).zip(means.iter().zip(variances));
    for ((factor, shift), (mean, variance)) in channels {
        let folded = factor.to_f64() / (variance.to_f64() + epsilon).sqrt();
        *factor = T::of(folded);
        *shift = T::of(shift.to_f64() - mean.to_f64() * folded);
    }
}

/// Multiplies by the factors and adds the shifts that [`fold`] computes.
#[inline]
pub fn transform<T: Scalar>(y: &mut [T], folded: &[T], epilogue: Epilogue<'_, T>) {
    T::batch_norm_transform(y, folded, epilogue);
}

/// Computes [`transform`], compiled in the crate that calls it.
pub(crate) fn transform_generic<T: Scalar>(y: &mut [T], folded: &[T], epilogue: Epilogue<'_, T>) {
    let channels = folded.len() / 2;
    apply(y, None, channels, |c| [T::ZERO, folded[c], folded[channels + c]], epilogue);
}

/// The μ and i of each channel in a forward pass.
#[derive(Debug, Clone, Copy)]
pub enum Statistics<'a, T> {
    /// Those of the batch, as [`forward`] left them: they depend on x.
    OfBatch(&'a [T]),
    /// Given ones, as [`forward_given`] left them: they are constants.
    Given(&'a [T]),
}

/// Adds dγ and dβ to `grads` and writes dx, in one pass over x and dy for the sums and one for dx. To decide whether an
/// output was rectified, it recomputes the output from x with exactly the operations of the forward pass.
#[inline]
pub fn backward<T: Scalar>(
    x_and_dy: [&[T]; 2],
    dx: Option<&mut [T]>,
    params: &[T],
    grads: &mut [T],
    statistics: Statistics<'_, T>,
    work: &mut [T],
    rectified: bool,
) {
    T::batch_norm_backward(x_and_dy, dx, params, grads, statistics, work, rectified);
}

/// Computes [`backward`], compiled in the crate that calls it.
pub(crate) fn backward_generic<T: Scalar>(
    [x, dy]: [&[T]; 2],
    dx: Option<&mut [T]>,
    params: &[T],
    grads: &mut [T],
    statistics: Statistics<'_, T>,
    work: &mut [T],
    rectified: bool,
) {
    let channels = params.len() / 2;
    let (Statistics::OfBatch(both) | Statistics::Given(both)) = statistics;
    let (mean, inverse) = both.split_at(channels);
    let of = |c: usize| [mean[c], params[c] * inverse[c], params[channels + c]];
    if rectified {
        sum_rows(work, [dy, x], channels, of, |[dy, x], c| {
            let dy = if normal(x, c) > T::ZERO { dy } else { T::ZERO };
            [dy, dy * (x - c[0])]
        });
    } else {
        sum_rows(work, [dy, x], channels, |c| [mean[c]], |[dy, x], [mean]| [dy, dy * (x - mean)]);
    }
    let (sums, products) = work[..2 * channels].split_at(channels);
    let (d_scale, d_shift) = grads.split_at_mut(channels);
    for c in 0..channels {
        d_shift[c] += sums[c];
        d_scale[c] += products[c] * inverse[c];
    }
    let Some(dx) = dx else { return };
    let per_row = T::of(1.0 / (x.len() / channels) as f64);
    let of = |c: usize| {
        let [sum, slope] = match statistics {
            Statistics::OfBatch(_) => [sums[c] * per_row, products[c] * per_row * inverse[c] * inverse[c]],
            // a given mean and variance do not move with x
            Statistics::Given(_) => [T::ZERO; 2],
        };
        [mean[c], params[c] * inverse[c], params[channels + c], sum, slope]
    };
    if rectified {
        map_rows(dx, [dy, x], channels, of, |_, [dy, x], [mean, factor, shift, sum, slope]| {
            let dy = if normal(x, [mean, factor, shift]) > T::ZERO { dy } else { T::ZERO };
            factor * (dy - sum - (x - mean) * slope)
        });
    } else {
        map_rows(dx, [dy, x], channels, of, |_, [dy, x], [mean, factor, _, sum, slope]| {
            factor * (dy - sum - (x - mean) * slope)
        });
    }
}
