//! The plain twins of the fast kernels: what they compute, as the formula says it.

use super::contract::{Contract, Start};
use crate::Scalar;

/// [`Contract::run`], one number after the other.
#[expect(clippy::needless_pass_by_value, reason = "the twin of `Contract::run`")]
pub(crate) fn contract<T: Scalar>(task: Contract<'_, T>) {
    let [outer, middle, inner] = task.sum;
    for row in 0..task.rows {
        for column in 0..task.columns {
            let c = row * task.c_row + column;
            let mut sum = match task.start {
                Start::Zero => T::ZERO,
                Start::Bias(bias) => bias[column],
                Start::Sum => task.c[c],
            };
            for o in 0..outer.count {
                for m in 0..middle.count {
                    for i in 0..inner.count {
                        let a = row * task.a_row + o * outer.a + m * middle.a + i * inner.a;
                        let b = o * outer.b + m * middle.b + i * inner.b + column;
                        sum += task.a[a] * task.b[b];
                    }
                }
            }
            task.c[c] = if task.rectify && sum < T::ZERO { T::ZERO } else { sum };
        }
    }
}
