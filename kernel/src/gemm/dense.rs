//! Computes products with a weight matrix `w[input][output]`, outputs contiguous, and their gradients.

use super::transpose::transpose;
use super::{Gemm, Loop, Rows, Start};
use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::threads::parallel::over_rows;

/// Computes `y[n][o] = bias[o] + Σ_i x[n][i] w[i][o]`, followed by the epilogue; without a bias, `bias` is empty.
#[inline]
pub fn forward<T: Scalar>(
    x: &[T],
    w: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    inputs: usize,
    outputs: usize,
) {
    T::dense_forward(x, w, bias, epilogue, y, inputs, outputs);
}

/// Computes [`forward`], compiled in the crate that calls it.
pub(crate) fn forward_generic<T: Scalar>(
    x: &[T],
    w: &[T],
    bias: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    inputs: usize,
    outputs: usize,
) {
    let operations = y.len() * inputs;
    over_rows(y, outputs, operations, &|first, y| {
        let rows = y.len() / outputs;
        Gemm {
            rows: [Rows::ONCE, Rows::ONCE, Rows { count: rows, a: inputs, c: outputs }],
            columns: outputs,
            sum: [Loop::ONCE, Loop::ONCE, Loop { count: inputs, a: 1, b: outputs }],
            a: &x[first * inputs..][..rows * inputs],
            b: w,
            c: y,
            start: Start::bias(bias),
            addend: epilogue.after(first * outputs).addend,
            rectify: epilogue.rectify,
            by_column: false,
        }
        .run();
    });
}

/// Computes `dw[i][o] += Σ_n x[n][i] dy[n][o]`, or `=` if `fresh`, whatever `dw` holds.
#[inline]
pub fn weight_gradient<T: Scalar>(
    x: &[T],
    dy: &[T],
    dw: &mut [T],
    inputs: usize,
    outputs: usize,
    fresh: bool,
) {
    T::dense_weight_gradient(x, dy, dw, inputs, outputs, fresh);
}

/// Computes [`weight_gradient`], compiled in the crate that calls it.
pub(crate) fn weight_gradient_generic<T: Scalar>(
    x: &[T],
    dy: &[T],
    dw: &mut [T],
    inputs: usize,
    outputs: usize,
    fresh: bool,
) {
    let batch = x.len() / inputs;
    let operations = dw.len() * batch;
    over_rows(dw, outputs, operations, &|first, dw| {
        let rows = dw.len() / outputs;
        Gemm {
            rows: [Rows::ONCE, Rows::ONCE, Rows { count: rows, a: 1, c: outputs }],
            columns: outputs,
            sum: [Loop::ONCE, Loop::ONCE, Loop { count: batch, a: inputs, b: outputs }],
            a: x.get(first..).unwrap_or_default(),
            b: dy,
            c: dw,
            start: if fresh { Start::Zero } else { Start::Sum },
            addend: &[],
            rectify: false,
            by_column: false,
        }
        .run();
    });
}

/// Computes `dx[n][i] = Σ_o dy[n][o] w[i][o]` as `dxᵀ = w dyᵀ`: transposing the activations of a batch costs less than
/// transposing the weights. `scratch` holds `inputs + outputs` numbers for each example.
#[inline]
pub fn input_gradient<T: Scalar>(
    dy: &[T],
    w: &[T],
    dx: &mut [T],
    scratch: &mut [T],
    inputs: usize,
    outputs: usize,
) {
    T::dense_input_gradient(dy, w, dx, scratch, inputs, outputs);
}

/// Computes [`input_gradient`], compiled in the crate that calls it.
pub(crate) fn input_gradient_generic<T: Scalar>(
    dy: &[T],
    w: &[T],
    dx: &mut [T],
    scratch: &mut [T],
    inputs: usize,
    outputs: usize,
) {
    let batch = dy.len() / outputs;
    if batch == 0 {
        return;
    }
    let (dy_transposed, dx_transposed) = scratch.split_at_mut(outputs * batch);
    transpose(dy, dy_transposed, batch, outputs);
    forward(w, dy_transposed, &[], Epilogue::NONE, dx_transposed, outputs, batch);
    transpose(dx_transposed, dx, inputs, batch);
}
