//! Products with a weight matrix `w[input][output]`, outputs contiguous: a dense layer's three roles.

use super::contract::{Contract, Loop, Start};
use super::parallel::over_rows;
use crate::Scalar;

/// `y[n][o] = bias[o] + Σ_i x[n][i] w[i][o]`; without a bias, `bias` is empty.
pub(crate) fn forward<T: Scalar>(x: &[T], w: &[T], bias: &[T], y: &mut [T], inputs: usize, outputs: usize) {
    let start = if bias.is_empty() { Start::Zero } else { Start::Bias(bias) };
    let operations = y.len() * inputs;
    over_rows(y, outputs, operations, &|first, y| {
        let rows = y.len() / outputs;
        Contract {
            rows,
            columns: outputs,
            sum: [Loop::ONCE, Loop::ONCE, Loop { count: inputs, a: 1, b: outputs }],
            a: &x[first * inputs..][..rows * inputs],
            a_row: inputs,
            b: w,
            c: y,
            c_row: outputs,
            start,
        }
        .run();
    });
}

/// `dw[i][o] += Σ_n x[n][i] dy[n][o]`
pub(crate) fn weight_gradient<T: Scalar>(x: &[T], dy: &[T], dw: &mut [T], inputs: usize, outputs: usize) {
    let batch = x.len() / inputs;
    let operations = dw.len() * batch;
    over_rows(dw, outputs, operations, &|first, dw| {
        let rows = dw.len() / outputs;
        Contract {
            rows,
            columns: outputs,
            sum: [Loop::ONCE, Loop::ONCE, Loop { count: batch, a: inputs, b: outputs }],
            a: x.get(first..).unwrap_or_default(),
            a_row: 1,
            b: dy,
            c: dw,
            c_row: outputs,
            start: Start::Sum,
        }
        .run();
    });
}

/// `dx[n][i] = Σ_o dy[n][o] w[i][o]`; `transposed` is room for the weights the other way round.
pub(crate) fn input_gradient<T: Scalar>(
    dy: &[T],
    w: &[T],
    dx: &mut [T],
    transposed: &mut [T],
    inputs: usize,
    outputs: usize,
) {
    transpose(w, transposed, inputs, outputs);
    forward(dy, transposed, &[], dx, outputs, inputs);
}

/// `to[c][r] = from[r][c]`
pub(crate) fn transpose<T: Scalar>(from: &[T], to: &mut [T], rows: usize, columns: usize) {
    /// A square of this side fits the first-level cache both ways.
    const SIDE: usize = 16;
    for row in (0..rows).step_by(SIDE) {
        for column in (0..columns).step_by(SIDE) {
            for c in column..columns.min(column + SIDE) {
                for r in row..rows.min(row + SIDE) {
                    to[c * rows + r] = from[r * columns + c];
                }
            }
        }
    }
}

/// `sums[c] += Σ_r rows[r][c]`
pub(crate) fn column_sums<T: Scalar>(rows: &[T], sums: &mut [T]) {
    for row in rows.chunks_exact(sums.len()) {
        for (sum, &x) in sums.iter_mut().zip(row) {
            *sum += x;
        }
    }
}
