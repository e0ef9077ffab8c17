//! Moves numbers against their gradient, in one pass over the numbers, their gradient and their moments.
//!
//! θ is a number of `y`, ∇ one of `gradient`, to which λθ is added first, and η the learning rate. The moments are
//! updated in place. `plywood::optim` gives the formulas' sources.

use crate::Scalar;
use crate::math::elementwise::update;

/// Computes θ ← θ − η∇.
#[inline]
pub fn sgd<T: Scalar>(y: &mut [T], gradient: &[T], []: [&mut [T]; 0], lambda: T, rate: T) {
    T::step_sgd(y, gradient, lambda, rate);
}

/// Computes [`sgd`], compiled in the crate that calls it.
pub(crate) fn sgd_generic<T: Scalar>(y: &mut [T], gradient: &[T], lambda: T, rate: T) {
    update(
        y,
        gradient,
        [],
        #[inline(always)]
        |value, gradient, []| {
            let gradient = gradient + lambda * value;
            (value - rate * gradient, [])
        },
    );
}

/// Computes v ← μv + η∇, θ ← θ − v.
#[inline]
pub fn momentum<T: Scalar>(y: &mut [T], gradient: &[T], [v]: [&mut [T]; 1], lambda: T, [rate, mu]: [T; 2]) {
    T::step_momentum(y, gradient, v, lambda, [rate, mu]);
}

/// Computes [`momentum`], compiled in the crate that calls it.
pub(crate) fn momentum_generic<T: Scalar>(
    y: &mut [T],
    gradient: &[T],
    v: &mut [T],
    lambda: T,
    [rate, mu]: [T; 2],
) {
    update(
        y,
        gradient,
        [v],
        #[inline(always)]
        |value, gradient, [v]| {
            let gradient = gradient + lambda * value;
            let v = mu * v + rate * gradient;
            (value - v, [v])
        },
    );
}

/// Computes v ← μv + η∇, θ ← θ − (μv + η∇).
#[inline]
pub fn nesterov<T: Scalar>(y: &mut [T], gradient: &[T], [v]: [&mut [T]; 1], lambda: T, [rate, mu]: [T; 2]) {
    T::step_nesterov(y, gradient, v, lambda, [rate, mu]);
}

/// Computes [`nesterov`], compiled in the crate that calls it.
pub(crate) fn nesterov_generic<T: Scalar>(
    y: &mut [T],
    gradient: &[T],
    v: &mut [T],
    lambda: T,
    [rate, mu]: [T; 2],
) {
    update(
        y,
        gradient,
        [v],
        #[inline(always)]
        |value, gradient, [v]| {
            let step = rate * (gradient + lambda * value);
            let v = mu * v + step;
            (value - (mu * v + step), [v])
        },
    );
}

/// Computes s ← s + ∇², θ ← θ − η∇/√(s + α).
#[inline]
pub fn adagrad<T: Scalar>(y: &mut [T], gradient: &[T], [s]: [&mut [T]; 1], lambda: T, [rate, alpha]: [T; 2]) {
    T::step_adagrad(y, gradient, s, lambda, [rate, alpha]);
}

/// Computes [`adagrad`], compiled in the crate that calls it.
pub(crate) fn adagrad_generic<T: Scalar>(
    y: &mut [T],
    gradient: &[T],
    s: &mut [T],
    lambda: T,
    [rate, alpha]: [T; 2],
) {
    update(
        y,
        gradient,
        [s],
        #[inline(always)]
        |value, gradient, [s]| {
            let gradient = gradient + lambda * value;
            let s = s + gradient * gradient;
            (value - rate * gradient / (s + alpha).sqrt(), [s])
        },
    );
}

/// Computes s ← Δs + (1 − Δ)∇², θ ← θ − η∇/(√s + ε), with `[η, Δ, 1 − Δ, ε]`.
#[inline]
pub fn rms_prop<T: Scalar>(
    y: &mut [T],
    gradient: &[T],
    [s]: [&mut [T]; 1],
    lambda: T,
    [rate, decay, rest, epsilon]: [T; 4],
) {
    T::step_rms_prop(y, gradient, s, lambda, [rate, decay, rest, epsilon]);
}

/// Computes [`rms_prop`], compiled in the crate that calls it.
pub(crate) fn rms_prop_generic<T: Scalar>(
    y: &mut [T],
    gradient: &[T],
    s: &mut [T],
    lambda: T,
    [rate, decay, rest, epsilon]: [T; 4],
) {
    update(
        y,
        gradient,
        [s],
        #[inline(always)]
        |value, gradient, [s]| {
            let gradient = gradient + lambda * value;
            let s = decay * s + rest * gradient * gradient;
            (value - rate * gradient / (s.sqrt() + epsilon), [s])
        },
    );
}

/// The settings of one step of Adam.
#[derive(Debug, Clone, Copy)]
pub struct Adam<T> {
    /// The learning rate divided by 1 − β₁ᵗ.
    pub rate: T,
    /// 1/√(1 − β₂ᵗ).
    pub root: T,
    /// β₁ and 1 − β₁.
    pub first: [T; 2],
    /// β₂ and 1 − β₂.
    pub second: [T; 2],
    /// ε.
    pub epsilon: T,
    /// The share of θ that remains after weight decay.
    pub kept: T,
}

/// Computes m ← β₁m + (1 − β₁)∇, s ← β₂s + (1 − β₂)∇², θ ← kept · θ − rate · m/(root · √s + ε).
#[inline]
pub fn adam<T: Scalar>(y: &mut [T], gradient: &[T], moments: [&mut [T]; 2], lambda: T, adam: Adam<T>) {
    T::step_adam(y, gradient, moments, lambda, adam);
}

/// Computes [`adam()`], compiled in the crate that calls it.
pub(crate) fn adam_generic<T: Scalar>(
    y: &mut [T],
    gradient: &[T],
    moments: [&mut [T]; 2],
    lambda: T,
    Adam { rate, root, first: [b1, rest1], second: [b2, rest2], epsilon, kept }: Adam<T>,
) {
    update(
        y,
        gradient,
        moments,
        #[inline(always)]
        |value, gradient, [m, s]| {
            let gradient = gradient + lambda * value;
            let m = b1 * m + rest1 * gradient;
            let s = b2 * s + rest2 * gradient * gradient;
            (kept * value - rate * m / (s.sqrt() * root + epsilon), [m, s])
        },
    );
}
