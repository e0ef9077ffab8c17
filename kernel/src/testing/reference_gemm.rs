//! Provides the reference for products: every sum by the formula.

use crate::Scalar;
use crate::gemm::{Gemm, Rows, Start};

/// Computes [`Gemm::run`], one number after another.
#[expect(clippy::needless_pass_by_value, reason = "the reference for `Gemm::run`")]
pub(crate) fn gemm<T: Scalar>(task: Gemm<'_, T>) {
    let [outer, middle, inner] = task.sum;
    let [first, second, third] = task.rows;
    for row in 0..first.count * second.count * third.count {
        let place = [row / third.count / second.count, row / third.count % second.count, row % third.count];
        let along = |step: fn(&Rows) -> usize| {
            place.iter().zip(&task.rows).map(|(i, rows)| i * step(rows)).sum::<usize>()
        };
        for column in 0..task.columns {
            let c = along(|rows| rows.c) + column;
            let mut sum = match task.start {
                Start::Zero => T::ZERO,
                Start::Bias(bias) => bias[column],
                Start::Sum | Start::Continue => task.c[c],
            };
            for o in 0..outer.count {
                for m in 0..middle.count {
                    for i in 0..inner.count {
                        let a = along(|rows| rows.a)
                            + o * outer.a
                            + m * middle.a
                            + i * inner.a
                            + if task.by_column { column } else { 0 };
                        let b = o * outer.b + m * middle.b + i * inner.b + column;
                        sum += task.a[a] * task.b[b];
                    }
                }
            }
            sum += task.addend.get(c).copied().unwrap_or(T::ZERO);
            task.c[c] = if task.rectify && sum < T::ZERO { T::ZERO } else { sum };
        }
    }
}
