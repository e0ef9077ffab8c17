//! Declares the kernels that are compiled once, in this crate.
//!
//! A generic function is compiled in the crate that calls it, with that crate's settings: every crate above would
//! compile every kernel again, and a debug build would run them unoptimized. The functions of [`Compiled`] are not
//! generic, so they are compiled here. A kernel that is generic over the scalar alone calls its function in this trait,
//! which calls the kernel's body. Kernels that take a closure cannot be listed; they are compiled with the closure.
//!
//! The names differ from those of methods that a scalar has through other traits, which a caller may mean by `T::name`.

use std::marker::PhantomData;

use pulp::Arch;

use crate::Scalar;
use crate::conv::border::{Border, Source};
use crate::conv::sliding::Slide;
use crate::conv::{self, Conv};
use crate::epilogue::Epilogue;
use crate::gemm::{Gemm, dense, transpose};
use crate::math::activation::{
    elu, gelu, gelu_derivative, silu, silu_derivative, softplus, softplus_derivative,
};
use crate::math::columns;
use crate::math::distance::{ScaledDifference, SquaredDistance};
use crate::math::elementwise::{self, rectify};
use crate::math::exponential::{sigmoid, tanh};
use crate::math::formula::{formula, map, vectorized, zip, zip_to};
use crate::math::losses::{
    Absolute, Binary, BinaryFocal, Hinge, Huber, LabeledCrossEntropy, NegativeEntropy, Pinball, Poisson,
    Smoothed, Soft, Squared, SumOf, WeightedBinary, WeightedBinaryRows,
};
use crate::math::optimizers;
use crate::math::softmax::{CrossEntropy, Focal, IGNORED, Plain, Softmax, Weighted};
use crate::norm;
use crate::norm::group::Groups;
use crate::pool::{self, Pool};

/// Declares the trait, and implements it for both scalars, from one list of functions.
macro_rules! compiled {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $output:ty)? $body:block)*) => {
        /// The kernels for one scalar. Public only as a hidden supertrait of [`Scalar`](crate::Scalar).
        pub trait Compiled: Sized {
            $($(#[$doc])* fn $name($($argument: $type),*) $(-> $output)?;)*
        }
        impl Compiled for f32 {
            $(fn $name($($argument: $type),*) $(-> $output)? $body)*
        }
        impl Compiled for f64 {
            $(fn $name($($argument: $type),*) $(-> $output)? $body)*
        }
    };
}

compiled! {
    /// Computes [`Gemm::run_on`].
    fn gemm(task: Gemm<'_, Self>, arch: Arch) {
        task.run_here(arch);
    }
    /// Computes [`Slide::run`].
    fn slide(task: Slide<'_, Self>, arch: Arch) {
        task.run_here(arch);
    }
    /// Computes [`transpose::transpose_here`].
    fn transpose(from: &[Self], step: usize, to: &mut [Self], rows: usize) {
        transpose::transpose_here(from, step, to, rows);
    }
    /// Returns the sum over all rows of log Σ exp z − zₜ, and writes its derivative divided by the number of rows.
    fn cross_entropy(
        scores: &[Self],
        targets: &[usize],
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let scale = <Self as Scalar>::of(1.0 / targets.len() as f64);
        vectorized(CrossEntropy { scores, targets, classes, scale, of: Plain, derivative })
    }
    /// Returns the sum over all rows of (1 − p)ᵞ l, with l the cross-entropy and p the probability of the target, and
    /// writes its derivative divided by the number of rows.
    fn focal(
        scores: &[Self],
        targets: &[usize],
        gamma: f64,
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let [scale, gamma] = [1.0 / targets.len() as f64, gamma].map(<Self as Scalar>::of);
        vectorized(CrossEntropy { scores, targets, classes, scale, of: Focal(gamma), derivative })
    }
    /// Returns the mean over the pixels of one image that count of w (1 − p)ᵞ l, with l the cross-entropy, p the
    /// probability of the target and w the weight of its class, 1 without weights. Writes the derivative times `share`.
    ///
    /// A pixel of class [`IGNORED`] does not count. The mean over no pixels is 0.
    fn pixel_cross_entropy(
        scores: &[Self],
        classes: usize,
        map: &[u8],
        gamma: f64,
        weights: Option<&[f64]>,
        share: f64,
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let counted = map.iter().filter(|&&class| class != IGNORED).count().max(1) as f64;
        let [scale, focus] = [share / counted, gamma].map(<Self as Scalar>::of);
        let (targets, focal) = (map, Focal(focus));
        let sum = match (weights, gamma == 0.0) {
            (None, true) => {
                vectorized(CrossEntropy { scores, targets, classes, scale, of: Plain, derivative })
            }
            (None, false) => {
                vectorized(CrossEntropy { scores, targets, classes, scale, of: focal, derivative })
            }
            (Some(weights), true) => {
                let of = Weighted { weights, of: Plain };
                vectorized(CrossEntropy { scores, targets, classes, scale, of, derivative })
            }
            (Some(weights), false) => {
                let of = Weighted { weights, of: focal };
                vectorized(CrossEntropy { scores, targets, classes, scale, of, derivative })
            }
        };
        sum / counted
    }
    /// Returns the cross-entropy with the share `smoothing` of each target's probability spread over all classes.
    fn smoothed_cross_entropy(
        scores: &[Self],
        targets: &[usize],
        smoothing: f64,
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let [share, rest] = [1.0 - smoothing, smoothing / classes as f64].map(<Self as Scalar>::of);
        let labels = Smoothed { targets, share, rest };
        vectorized(LabeledCrossEntropy { scores, classes, derivative, labels })
    }
    /// Returns the cross-entropy with a target probability for each class.
    fn soft_cross_entropy(
        scores: &[Self],
        labels: &[f32],
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let labels = Soft { labels, classes };
        vectorized(LabeledCrossEntropy { scores, classes, derivative, labels })
    }
    /// Returns the sum over all rows of Σⱼ max(0, margin + zⱼ − zₜ) over j ≠ t, and writes its derivative divided by
    /// the number of rows.
    fn hinge(
        scores: &[Self],
        targets: &[usize],
        margin: f64,
        classes: usize,
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let margin = <Self as Scalar>::of(margin);
        vectorized(Hinge { scores, targets, margin, classes, derivative })
    }
    /// Returns the sum over all numbers of (y − t)², and writes its derivative divided by their number.
    fn squared_error(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64 {
        vectorized(SumOf { outputs, targets, derivative, loss: Squared })
    }
    /// Returns the sum of Huber's losses with threshold `delta`, and writes its derivative divided by their number.
    fn huber(outputs: &[Self], targets: &[f32], delta: f64, derivative: Option<&mut [Self]>) -> f64 {
        vectorized(SumOf { outputs, targets, derivative, loss: Huber(<Self as Scalar>::of(delta)) })
    }
    /// Returns the sum of the cross-entropies of single logits, and writes its derivative divided by their number.
    fn binary_cross_entropy(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64 {
        vectorized(SumOf { outputs, targets, derivative, loss: Binary })
    }
    /// Returns the sum of the distances |y − t|, and writes its derivative divided by their number.
    fn absolute_error(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64 {
        vectorized(SumOf { outputs, targets, derivative, loss: Absolute })
    }
    /// Returns the sum of the losses whose minimum is the quantile `q`, and writes its derivative divided by their
    /// number.
    fn pinball(outputs: &[Self], targets: &[f32], q: f64, derivative: Option<&mut [Self]>) -> f64 {
        vectorized(SumOf { outputs, targets, derivative, loss: Pinball(<Self as Scalar>::of(q)) })
    }
    /// Returns the sum of exp z − tz, and writes its derivative divided by their number.
    fn poisson(outputs: &[Self], targets: &[f32], derivative: Option<&mut [Self]>) -> f64 {
        vectorized(SumOf { outputs, targets, derivative, loss: Poisson })
    }
    /// Returns the sum of the cross-entropies of single logits, in rows whose numbers each have a weight of the answer
    /// "yes", and writes its derivative divided by the count of numbers.
    fn weighted_binary_cross_entropy(
        outputs: &[Self],
        targets: &[f32],
        weights: &[f64],
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        if let &[weight] = weights {
            let loss = WeightedBinary(<Self as Scalar>::of(weight));
            return vectorized(SumOf { outputs, targets, derivative, loss });
        }
        vectorized(WeightedBinaryRows { outputs, targets, weights, derivative })
    }
    /// Returns the sum of −w (1 − p)ᵞ log p over single logits, with p the probability of the answer, and w the first
    /// weight for "yes" and the second for "no". Writes its derivative divided by their number.
    fn binary_focal(
        outputs: &[Self],
        targets: &[f32],
        gamma: f64,
        weights: [f64; 2],
        derivative: Option<&mut [Self]>,
    ) -> f64 {
        let [gamma, yes, no] = [gamma, weights[0], weights[1]].map(<Self as Scalar>::of);
        vectorized(SumOf { outputs, targets, derivative, loss: BinaryFocal { gamma, yes, no } })
    }
    /// Returns the sum of p log p over probabilities, with 0 log 0 = 0.
    fn negative_entropy(labels: &[f32]) -> f64 {
        vectorized(NegativeEntropy::<Self> { labels, scalar: PhantomData })
    }
    /// Returns Σ (aᵢ − bᵢ)².
    fn squared_distance(a: &[Self], b: &[Self]) -> f64 {
        vectorized(SquaredDistance { a, b })
    }
    /// Sets `to[i] = factor * (a[i] − b[i])`.
    fn scaled_difference(a: &[Self], b: &[Self], factor: f64, to: &mut [Self]) {
        vectorized(ScaledDifference { a, b, factor, to });
    }
    /// Replaces scores with their probabilities.
    fn map_softmax(scores: &mut [Self]) {
        vectorized(Softmax(scores));
    }
    /// Sets y to its sigmoid.
    fn map_sigmoid(y: &mut [Self]) {
        map(y, formula!(FUSED => sigmoid::<FUSED, Self>));
    }
    /// Sets y to its hyperbolic tangent.
    fn map_tanh(y: &mut [Self]) {
        map(y, formula!(FUSED => tanh::<FUSED, Self>));
    }
    /// Sets y to its softplus.
    fn map_softplus(y: &mut [Self]) {
        map(y, formula!(FUSED => softplus::<FUSED, Self>));
    }
    /// Sets y to y σ(y), where σ is the sigmoid.
    fn map_silu(y: &mut [Self]) {
        map(y, formula!(FUSED => silu::<FUSED, Self>));
    }
    /// Sets y to y Φ(y), where Φ is the normal distribution.
    fn map_gelu(y: &mut [Self]) {
        map(y, formula!(FUSED => gelu::<FUSED, Self>));
    }
    /// Sets y to its exponential linear unit.
    fn map_elu(y: &mut [Self], alpha: Self) {
        map(y, formula!(FUSED => #[inline(always)] move |x| elu::<FUSED, Self>(x, alpha)));
    }
    /// Sets y to x σ(x), where σ is the sigmoid.
    fn map_silu_to(x: &[Self], y: &mut [Self]) {
        zip(y, x, formula!(FUSED => #[inline(always)] |_, x| silu::<FUSED, Self>(x)));
    }
    /// Sets y to x Φ(x), where Φ is the normal distribution.
    fn map_gelu_to(x: &[Self], y: &mut [Self]) {
        zip(y, x, formula!(FUSED => #[inline(always)] |_, x| gelu::<FUSED, Self>(x)));
    }
    /// Multiplies dy by the derivative of softplus at the point where softplus is y.
    fn chain_softplus(y: &[Self], dy: &mut [Self]) {
        zip(dy, y, formula!(FUSED => #[inline(always)] |dy, y| dy * softplus_derivative::<FUSED, Self>(y)));
    }
    /// Sets dx to dy times the derivative of x σ(x).
    fn chain_silu_to(x: &[Self], dy: &[Self], dx: &mut [Self]) {
        zip_to(dy, x, dx, formula!(FUSED => #[inline(always)] |dy, x| dy * silu_derivative::<FUSED, Self>(x)));
    }
    /// Sets dx to dy times the derivative of x Φ(x).
    fn chain_gelu_to(x: &[Self], dy: &[Self], dx: &mut [Self]) {
        zip_to(dy, x, dx, formula!(FUSED => #[inline(always)] |dy, x| dy * gelu_derivative::<FUSED, Self>(x)));
    }
    /// Computes [`math::elementwise::clear`](crate::math::elementwise::clear).
    fn numbers_clear(y: &mut [Self]) {
        elementwise::clear_generic(y);
    }
    /// Computes [`math::elementwise::all_finite`](crate::math::elementwise::all_finite).
    fn numbers_all_finite(x: &[Self]) -> bool {
        elementwise::all_finite_generic(x)
    }
    /// Computes [`math::elementwise::add`](crate::math::elementwise::add).
    fn numbers_add(y: &mut [Self], x: &[Self]) {
        elementwise::add_generic(y, x);
    }
    /// Computes [`math::elementwise::add_rectified`](crate::math::elementwise::add_rectified).
    fn numbers_add_rectified(y: &mut [Self], x: &[Self]) {
        elementwise::add_rectified_generic(y, x);
    }
    /// Computes [`math::elementwise::add_to`](crate::math::elementwise::add_to).
    fn numbers_add_to(x: &[Self], y: &[Self], z: &mut [Self]) {
        elementwise::add_to_generic(x, y, z);
    }
    /// Computes [`math::elementwise::add_to_rectified`](crate::math::elementwise::add_to_rectified).
    fn numbers_add_to_rectified(x: &[Self], y: &[Self], z: &mut [Self]) {
        elementwise::add_to_rectified_generic(x, y, z);
    }
    /// Computes [`math::elementwise::scale`](crate::math::elementwise::scale).
    fn numbers_scale(y: &mut [Self], factor: Self) {
        elementwise::scale_generic(y, factor);
    }
    /// Computes [`math::elementwise::scale_to`](crate::math::elementwise::scale_to).
    fn numbers_scale_to(x: &[Self], y: &mut [Self], factor: Self) {
        elementwise::scale_to_generic(x, y, factor);
    }
    /// Computes [`math::elementwise::add_scaled`](crate::math::elementwise::add_scaled).
    fn numbers_add_scaled(y: &mut [Self], x: &[Self], factor: Self) {
        elementwise::add_scaled_generic(y, x, factor);
    }
    /// Computes [`math::elementwise::move_toward`](crate::math::elementwise::move_toward).
    fn numbers_move_toward(y: &mut [Self], x: &[Self], share: Self) {
        elementwise::move_toward_generic(y, x, share);
    }
    /// Computes [`math::elementwise::clamp`](crate::math::elementwise::clamp).
    fn numbers_clamp(y: &mut [Self], limit: Self) {
        elementwise::clamp_generic(y, limit);
    }
    /// Computes [`math::elementwise::sum_of_squares`](crate::math::elementwise::sum_of_squares).
    fn numbers_sum_of_squares(x: &[Self]) -> f64 {
        elementwise::sum_of_squares_generic(x)
    }
    /// Computes [`math::optimizers::sgd`](crate::math::optimizers::sgd).
    fn step_sgd(y: &mut [Self], gradient: &[Self], lambda: Self, rate: Self) {
        optimizers::sgd_generic(y, gradient, lambda, rate);
    }
    /// Computes [`math::optimizers::momentum`](crate::math::optimizers::momentum).
    fn step_momentum(y: &mut [Self], gradient: &[Self], v: &mut [Self], lambda: Self, settings: [Self; 2]) {
        optimizers::momentum_generic(y, gradient, v, lambda, settings);
    }
    /// Computes [`math::optimizers::nesterov`](crate::math::optimizers::nesterov).
    fn step_nesterov(y: &mut [Self], gradient: &[Self], v: &mut [Self], lambda: Self, settings: [Self; 2]) {
        optimizers::nesterov_generic(y, gradient, v, lambda, settings);
    }
    /// Computes [`math::optimizers::adagrad`](crate::math::optimizers::adagrad).
    fn step_adagrad(y: &mut [Self], gradient: &[Self], s: &mut [Self], lambda: Self, settings: [Self; 2]) {
        optimizers::adagrad_generic(y, gradient, s, lambda, settings);
    }
    /// Computes [`math::optimizers::rms_prop`](crate::math::optimizers::rms_prop).
    fn step_rms_prop(y: &mut [Self], gradient: &[Self], s: &mut [Self], lambda: Self, settings: [Self; 4]) {
        optimizers::rms_prop_generic(y, gradient, s, lambda, settings);
    }
    /// Computes [`math::optimizers::adam`](crate::math::optimizers::adam()).
    fn step_adam(
        y: &mut [Self],
        gradient: &[Self],
        moments: [&mut [Self]; 2],
        lambda: Self,
        adam: optimizers::Adam<Self>,
    ) {
        optimizers::adam_generic(y, gradient, moments, lambda, adam);
    }
    /// Computes [`math::columns::interleave`](crate::math::columns::interleave).
    fn columns_interleave(a: &[Self], b: &[Self], to: &mut [Self], a_width: usize, b_width: usize) {
        columns::interleave_generic(a, b, to, a_width, b_width);
    }
    /// Computes [`math::columns::columns`](crate::math::columns::columns).
    fn columns_select(from: &[Self], from_width: usize, start: usize, to: &mut [Self], to_width: usize) {
        columns::columns_generic(from, from_width, start, to, to_width);
    }
    /// Computes [`math::columns::gather`](crate::math::columns::gather).
    fn columns_gather(from: &[Self], from_width: usize, to: &mut [Self], table: &[usize]) {
        columns::gather_generic(from, from_width, to, table);
    }
    /// Computes [`math::columns::scatter`](crate::math::columns::scatter).
    fn columns_scatter(from: &[Self], to: &mut [Self], to_width: usize, table: &[usize]) {
        columns::scatter_generic(from, to, to_width, table);
    }
    /// Computes [`gemm::dense::forward`](crate::gemm::dense::forward).
    fn dense_forward(
        x: &[Self],
        w: &[Self],
        bias: &[Self],
        epilogue: Epilogue<'_, Self>,
        y: &mut [Self],
        inputs: usize,
        outputs: usize,
    ) {
        dense::forward_generic(x, w, bias, epilogue, y, inputs, outputs);
    }
    /// Computes [`gemm::dense::weight_gradient`](crate::gemm::dense::weight_gradient).
    fn dense_weight_gradient(
        x: &[Self],
        dy: &[Self],
        dw: &mut [Self],
        inputs: usize,
        outputs: usize,
        fresh: bool,
    ) {
        dense::weight_gradient_generic(x, dy, dw, inputs, outputs, fresh);
    }
    /// Computes [`gemm::dense::input_gradient`](crate::gemm::dense::input_gradient).
    fn dense_input_gradient(
        dy: &[Self],
        w: &[Self],
        dx: &mut [Self],
        scratch: &mut [Self],
        inputs: usize,
        outputs: usize,
    ) {
        dense::input_gradient_generic(dy, w, dx, scratch, inputs, outputs);
    }
    /// Computes [`conv::forward`](crate::conv::forward).
    fn conv_forward(
        conv: Conv,
        x: &[Self],
        w: &[Self],
        bias: &[Self],
        epilogue: Epilogue<'_, Self>,
        y: &mut [Self],
        room: &mut [Self],
    ) {
        conv::forward_generic(conv, x, w, bias, epilogue, y, room);
    }
    /// Computes [`conv::input_gradient`](crate::conv::input_gradient).
    fn conv_input_gradient(
        conv: Conv,
        dy: &[Self],
        w: &[Self],
        bias: &[Self],
        dx: &mut [Self],
        turned: &mut [Self],
    ) {
        conv::input_gradient_generic(conv, dy, w, bias, dx, turned);
    }
    /// Computes [`conv::weight_gradient`](crate::conv::weight_gradient).
    fn conv_weight_gradient(conv: Conv, x: &[Self], dy: &[Self], dw: &mut [Self], room: &mut [Self]) {
        conv::weight_gradient::weight_gradient_generic(conv, x, dy, dw, room);
    }
    /// Computes [`pool::max`](crate::pool::max).
    fn pool_max(pool: Pool, x: &[Self], y: &mut [Self]) {
        pool::max_generic(pool, x, y);
    }
    /// Computes [`pool::max_gradient`](crate::pool::max_gradient).
    fn pool_max_gradient(pool: Pool, x: &[Self], dy: &[Self], dx: &mut [Self]) {
        pool::max_gradient_generic(pool, x, dy, dx);
    }
    /// Computes [`pool::sum`](crate::pool::sum).
    fn pool_sum(pool: Pool, source: Option<Source>, scale: Self, x: &[Self], y: &mut [Self]) {
        pool::sum_generic(pool, source, scale, x, y);
    }
    /// Computes [`pool::spread`](crate::pool::spread).
    fn pool_spread(pool: Pool, source: Option<Source>, scale: Self, dy: &[Self], dx: &mut [Self]) {
        pool::spread_generic(pool, source, scale, dy, dx);
    }
    /// Computes [`norm::batch::forward`](crate::norm::batch::forward).
    fn batch_norm_forward(
        x: &[Self],
        y: &mut [Self],
        params: &[Self],
        statistics: &mut [Self],
        work: &mut [Self],
        epsilon: f64,
        epilogue: Epilogue<'_, Self>,
    ) {
        norm::batch::forward_generic(x, y, params, statistics, work, epsilon, epilogue);
    }
    /// Computes [`norm::batch::forward_given`](crate::norm::batch::forward_given).
    fn batch_norm_forward_given(
        x: &[Self],
        y: &mut [Self],
        params: &[Self],
        given: &[Self],
        statistics: &mut [Self],
        epsilon: f64,
        epilogue: Epilogue<'_, Self>,
    ) {
        norm::batch::forward_given_generic(x, y, params, given, statistics, epsilon, epilogue);
    }
    /// Computes [`norm::batch::evaluate`](crate::norm::batch::evaluate).
    fn batch_norm_evaluate(
        y: &mut [Self],
        params: &[Self],
        statistics: &[Self],
        epsilon: f64,
        epilogue: Epilogue<'_, Self>,
    ) {
        norm::batch::evaluate_generic(y, params, statistics, epsilon, epilogue);
    }
    /// Computes [`norm::batch::transform`](crate::norm::batch::transform).
    fn batch_norm_transform(y: &mut [Self], folded: &[Self], epilogue: Epilogue<'_, Self>) {
        norm::batch::transform_generic(y, folded, epilogue);
    }
    /// Computes [`norm::batch::backward`](crate::norm::batch::backward).
    fn batch_norm_backward(
        x_and_dy: [&[Self]; 2],
        dx: Option<&mut [Self]>,
        params: &[Self],
        grads: &mut [Self],
        statistics: norm::batch::Statistics<'_, Self>,
        work: &mut [Self],
        rectified: bool,
    ) {
        norm::batch::backward_generic(x_and_dy, dx, params, grads, statistics, work, rectified);
    }
    /// Computes [`norm::rows::forward`](crate::norm::rows::forward).
    fn row_norm_forward(x: &[Self], y: &mut [Self], params: &[Self], statistics: &mut [Self], epsilon: f64) {
        norm::rows::forward_generic(x, y, params, statistics, epsilon);
    }
    /// Computes [`norm::rows::evaluate`](crate::norm::rows::evaluate).
    fn row_norm_evaluate(y: &mut [Self], params: &[Self], epsilon: f64) {
        norm::rows::evaluate_generic(y, params, epsilon);
    }
    /// Computes [`norm::rows::backward`](crate::norm::rows::backward).
    fn row_norm_backward(
        x: &[Self],
        dy: &[Self],
        dx: Option<&mut [Self]>,
        params: &[Self],
        grads: &mut [Self],
        statistics: &[Self],
    ) {
        norm::rows::backward_generic(x, dy, dx, params, grads, statistics);
    }
    /// Computes [`norm::group::forward`](crate::norm::group::forward).
    fn group_norm_forward(
        sizes: Groups,
        x: &[Self],
        y: &mut [Self],
        params: &[Self],
        statistics: &mut [Self],
        work: &mut [Self],
        epsilon: f64,
    ) {
        norm::group::forward_generic(sizes, x, y, params, statistics, work, epsilon);
    }
    /// Computes [`norm::group::backward`](crate::norm::group::backward).
    fn group_norm_backward(
        sizes: Groups,
        x_and_dy: [&[Self]; 2],
        dx: Option<&mut [Self]>,
        params: &[Self],
        grads: &mut [Self],
        statistics: &[Self],
        work: &mut [Self],
    ) {
        norm::group::backward_generic(sizes, x_and_dy, dx, params, grads, statistics, work);
    }
    /// Computes [`norm::l2::forward`](crate::norm::l2::forward).
    fn l2_forward(y: &mut [Self], norms: &mut [Self], epsilon: f64) {
        norm::l2::forward_generic(y, norms, epsilon);
    }
    /// Computes [`norm::l2::evaluate`](crate::norm::l2::evaluate).
    fn l2_evaluate(y: &mut [Self], row: usize, epsilon: f64) {
        norm::l2::evaluate_generic(y, row, epsilon);
    }
    /// Computes [`norm::l2::backward`](crate::norm::l2::backward).
    fn l2_backward(y: &[Self], dy: &mut [Self], norms: &[Self], epsilon: f64) {
        norm::l2::backward_generic(y, dy, norms, epsilon);
    }
    /// Computes [`norm::per_channel::add_sums`](crate::norm::per_channel::add_sums).
    fn channels_add_sums(sums: &mut [Self], rows: &[Self], work: &mut [Self]) {
        norm::per_channel::add_sums_generic(sums, rows, work);
    }
    /// Computes [`norm::per_channel::product`](crate::norm::per_channel::product).
    fn channels_product(x: &[Self], y: &[Self], work: &mut [Self]) -> Self {
        norm::per_channel::product_generic(x, y, work)
    }
    /// Computes [`Border::pad`].
    fn border_pad(border: Border, x: &[Self], padded: &mut [Self]) {
        border.pad_generic(x, padded);
    }
    /// Computes [`Border::fold`].
    fn border_fold(border: Border, d_padded: &[Self], dx: &mut [Self]) {
        border.fold_generic(d_padded, dx);
    }
    /// Sets y to max(0, y).
    fn map_rectify(y: &mut [Self]) {
        elementwise::map(y, rectify);
    }
    /// Multiplies dy by the derivative of the rectifier at the point where the rectifier is y: 1 where y > 0, otherwise
    /// 0.
    fn chain_rectify(y: &[Self], dy: &mut [Self]) {
        elementwise::zip(dy, y, |dy, y| dy * if y > 0.0 { 1.0 } else { 0.0 });
    }
    /// Multiplies dy by the derivative of the sigmoid at the point where the sigmoid is y: y (1 − y).
    fn chain_sigmoid(y: &[Self], dy: &mut [Self]) {
        elementwise::zip(dy, y, |dy, y| dy * (y * (1.0 - y)));
    }
    /// Multiplies dy by the derivative of the hyperbolic tangent at the point where the tangent is y: 1 − y².
    fn chain_tanh(y: &[Self], dy: &mut [Self]) {
        elementwise::zip(dy, y, |dy, y| dy * (1.0 - y * y));
    }
}
