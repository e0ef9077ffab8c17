//! Kernels that are compiled once, in this crate.
//!
//! A generic function is compiled in the crate that calls it, with that crate's settings: a network's build would
//! compile every kernel again, and a debug build would run them unoptimized. The methods of [`Compiled`] are not
//! generic, so they are compiled here.

use pulp::Arch;

use crate::Scalar;
use crate::conv::sliding::Slide;
use crate::gemm::Gemm;
use crate::gemm::transpose;
use crate::math::activation::{
    elu, gelu, gelu_derivative, silu, silu_derivative, softplus, softplus_derivative,
};
use crate::math::exponential::{sigmoid, tanh};
use crate::math::formula::{formula, map, vectorized, zip, zip_to};
use crate::math::losses::{Binary, Hinge, Huber, LabeledCrossEntropy, Smoothed, Soft, Squared, SumOf};
use crate::math::softmax::{CrossEntropy, Softmax};

/// The kernels for one scalar. Public only as a hidden supertrait of [`Scalar`](crate::Scalar).
pub trait Compiled: Sized {
    /// [`Gemm::run_on`]
    fn contract(task: Gemm<'_, Self>, arch: Arch);
    /// [`Slide::run`]
    fn slide(task: Slide<'_, Self>, arch: Arch);
    /// [`transpose::transpose_here`]
    fn transpose(from: &[Self], step: usize, to: &mut [Self], rows: usize);

    /// The sum over all rows of log Σ exp z − zₜ; writes its derivative divided by the number of rows.
    fn cross_entropy(
        scores: &[Self],
        targets: &[usize],
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64;
    /// The same with the share `smoothing` of each target's probability for all classes alike.
    fn smoothed_cross_entropy(
        scores: &[Self],
        targets: &[usize],
        smoothing: f64,
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64;
    /// The same with a probability for each class.
    fn soft_cross_entropy(
        scores: &[Self],
        labels: &[f32],
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64;
    /// The sum over all rows of Σⱼ max(0, margin + zⱼ − zₜ); writes its derivative divided by the number of rows.
    fn hinge(
        scores: &[Self],
        targets: &[usize],
        margin: f64,
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64;

    // sums over all numbers; they write their derivative divided by how many there are
    fn squared_error(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64;
    fn huber(outputs: &[Self], targets: &[f32], delta: f64, derivative: Option<&mut [Self]>) -> f64;
    fn binary_cross_entropy(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64;

    /// Replaces scores by their probabilities.
    fn map_softmax(scores: &mut [Self]);

    // y[i] = f(y[i])
    fn map_sigmoid(y: &mut [Self]);
    fn map_tanh(y: &mut [Self]);
    fn map_softplus(y: &mut [Self]);
    fn map_silu(y: &mut [Self]);
    fn map_gelu(y: &mut [Self]);
    fn map_elu(y: &mut [Self], alpha: Self);

    // y[i] = f(x[i])
    fn map_silu_to(x: &[Self], y: &mut [Self]);
    fn map_gelu_to(x: &[Self], y: &mut [Self]);

    // dy[i] *= f′, told from y[i]
    fn chain_softplus(y: &[Self], dy: &mut [Self]);

    // dx[i] = dy[i] f′(x[i])
    fn chain_silu_to(x: &[Self], dy: &[Self], dx: &mut [Self]);
    fn chain_gelu_to(x: &[Self], dy: &[Self], dx: &mut [Self]);
}

macro_rules! compiled {
    ($($scalar:ty)*) => {$(
        impl Compiled for $scalar {
            fn contract(task: Gemm<'_, Self>, arch: Arch) {
                task.run_here(arch);
            }
            fn slide(task: Slide<'_, Self>, arch: Arch) {
                task.run_here(arch);
            }
            fn transpose(from: &[Self], step: usize, to: &mut [Self], rows: usize) {
                transpose::transpose_here(from, step, to, rows);
            }
            fn cross_entropy(
                scores: &[Self],
                targets: &[usize],
                classes: usize,
                derivative: Option<&mut [Self]>,
            ) -> f64 {
                vectorized(CrossEntropy { scores, targets, classes, derivative })
            }
            fn smoothed_cross_entropy(
                scores: &[Self],
                targets: &[usize],
                smoothing: f64,
                classes: usize,
                derivative: Option<&mut [Self]>,
            ) -> f64 {
                let [share, rest] = [1.0 - smoothing, smoothing / classes as f64].map(<$scalar as Scalar>::of);
                let labels = Smoothed { targets, share, rest };
                vectorized(LabeledCrossEntropy { scores, classes, derivative, labels })
            }
            fn soft_cross_entropy(
                scores: &[Self],
                labels: &[f32],
                classes: usize,
                derivative: Option<&mut [Self]>,
            ) -> f64 {
                let labels = Soft { labels, classes };
                vectorized(LabeledCrossEntropy { scores, classes, derivative, labels })
            }
            fn hinge(
                scores: &[Self],
                targets: &[usize],
                margin: f64,
                classes: usize,
                derivative: Option<&mut [Self]>,
            ) -> f64 {
                let margin = <$scalar as Scalar>::of(margin);
                vectorized(Hinge { scores, targets, margin, classes, derivative })
            }
            fn squared_error(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64 {
                vectorized(SumOf { outputs, targets, derivative, loss: Squared })
            }
            fn huber(outputs: &[Self], targets: &[f32], delta: f64, derivative: Option<&mut [Self]>) -> f64 {
                vectorized(SumOf { outputs, targets, derivative, loss: Huber(<$scalar as Scalar>::of(delta)) })
            }
            fn binary_cross_entropy(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64 {
                vectorized(SumOf { outputs, targets, derivative, loss: Binary })
            }
            fn map_softmax(scores: &mut [Self]) {
                vectorized(Softmax(scores));
            }
            fn map_sigmoid(y: &mut [Self]) {
                map(y, formula!(FUSED => sigmoid::<FUSED, Self>));
            }
            fn map_tanh(y: &mut [Self]) {
                map(y, formula!(FUSED => tanh::<FUSED, Self>));
            }
            fn map_softplus(y: &mut [Self]) {
                map(y, formula!(FUSED => softplus::<FUSED, Self>));
            }
            fn map_silu(y: &mut [Self]) {
                map(y, formula!(FUSED => silu::<FUSED, Self>));
            }
            fn map_gelu(y: &mut [Self]) {
                map(y, formula!(FUSED => gelu::<FUSED, Self>));
            }
            fn map_elu(y: &mut [Self], alpha: Self) {
                map(y, formula!(FUSED => #[inline(always)] move |x| elu::<FUSED, Self>(x, alpha)));
            }
            fn map_silu_to(x: &[Self], y: &mut [Self]) {
                zip(y, x, formula!(FUSED => #[inline(always)] |_, x| silu::<FUSED, Self>(x)));
            }
            fn map_gelu_to(x: &[Self], y: &mut [Self]) {
                zip(y, x, formula!(FUSED => #[inline(always)] |_, x| gelu::<FUSED, Self>(x)));
            }
            fn chain_softplus(y: &[Self], dy: &mut [Self]) {
                zip(dy, y, formula!(FUSED => #[inline(always)] |dy, y| dy * softplus_derivative::<FUSED, Self>(y)));
            }
            fn chain_silu_to(x: &[Self], dy: &[Self], dx: &mut [Self]) {
                zip_to(dy, x, dx, formula!(FUSED => #[inline(always)] |dy, x| dy * silu_derivative::<FUSED, Self>(x)));
            }
            fn chain_gelu_to(x: &[Self], dy: &[Self], dx: &mut [Self]) {
                zip_to(dy, x, dx, formula!(FUSED => #[inline(always)] |dy, x| dy * gelu_derivative::<FUSED, Self>(x)));
            }
        }
    )*};
}

compiled!(f32 f64);
