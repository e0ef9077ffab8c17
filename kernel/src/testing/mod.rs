//! Provides references, which are plain loops that compute the formula, and code that tests of kernels share.
//!
//! The kernels are compared with the references at sizes around those of vectors and blocks. Convolution, sums over
//! rows and others have more tests in their own files. All tests of this crate run on every instruction set of the
//! machine.
//!
//! This module needs the feature `testing`, which the crates above enable for their own tests; it is not part of the
//! interface.

#[cfg(test)]
mod accuracy;
#[cfg(test)]
mod activation;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod dense;
#[cfg(test)]
mod elementwise;
#[cfg(test)]
mod labeled_losses;
#[cfg(test)]
mod losses;
#[cfg(test)]
mod norm;
#[cfg(test)]
mod padding;
#[cfg(test)]
mod per_channel;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod reference_conv;
#[cfg(test)]
mod reference_gemm;

#[cfg(test)]
pub(crate) use padding::{reflect, replicate, zero};
#[cfg(test)]
pub(crate) use reference_conv::products;
#[cfg(test)]
pub(crate) use reference_gemm::gemm;

use crate::{Scalar, Threads};

/// The environment variable with which a test chooses one of the [`levels`] for a process. It is read if debug
/// assertions are on.
pub const LEVEL: &str = "PLYWOOD_TEST_LEVEL";

/// Returns the instruction sets of this machine, on each of which every kernel is tested.
#[must_use]
pub fn levels() -> Vec<pulp::Arch> {
    #[cfg(target_arch = "x86_64")]
    {
        let v3 = pulp::x86::V3::try_new().map(pulp::Arch::V3);
        let v4 = pulp::x86::V4::try_new().map(pulp::Arch::V4);
        [Some(pulp::Arch::Scalar), v3, v4].into_iter().flatten().collect()
    }
    #[cfg(target_arch = "aarch64")]
    {
        let neon = pulp::aarch64::Neon::try_new().map(pulp::Arch::Neon);
        [Some(pulp::Arch::Scalar), neon].into_iter().flatten().collect()
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        vec![pulp::Arch::new()]
    }
}

/// Runs this program's tests whose names contain one of `filters` again on each lesser instruction set, in separate
/// processes.
///
/// # Panics
/// Panics when one of them fails, or when fewer than `fewest` tests ran.
pub fn pass_on_lesser_instruction_sets(filters: &[&str], fewest: u32) {
    if std::env::var_os(LEVEL).is_some() {
        return;
    }
    let program = std::env::current_exe().expect("this program's path");
    for level in 0..levels().len() - 1 {
        let outcome = std::process::Command::new(&program)
            .args(filters)
            .env(LEVEL, level.to_string())
            .output()
            .expect("this program runs");
        let report = String::from_utf8_lossy(&outcome.stdout);
        assert!(outcome.status.success(), "with {:?}: {report}", levels()[level]);
        let passed = report.split("test result: ok. ").nth(1).and_then(|rest| rest.split(' ').next());
        assert!(
            passed.is_some_and(|count| count.parse().is_ok_and(|count: u32| count >= fewest)),
            "{report}"
        );
    }
}

/// The lengths around those of vectors of either scalar, and of blocks; fewer under Miri.
#[cfg(test)]
const LENGTHS: &[usize] = if cfg!(miri) {
    &[0, 1, 7, 8, 9, 17, 257]
} else {
    &[0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 255, 256, 257, 511, 513, 1025, 9001]
};

/// Returns small whole numbers: sums of their products are exact, so kernels must match them bit for bit.
#[must_use]
pub fn whole<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| T::of((((i + 31 * seed) * 2_654_435_761) >> 7) as f64 % 9.0 - 4.0)).collect()
}

/// Returns numbers without a simple pattern between `-most` and `most`.
#[must_use]
pub fn any<T: Scalar>(len: usize, seed: usize, most: f64) -> Vec<T> {
    (0..len).map(|i| T::of(most * ((i + 1000 * seed) as f64 * 12.9898).sin())).collect()
}

/// Returns the same numbers, exactly.
#[must_use]
pub fn exact<T: Scalar>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|x| x.to_f64()).collect()
}

/// Returns Σ x; the loss of each addition is added at the end (Neumaier 1974).
#[cfg(test)]
fn precise_sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, lost) = numbers.into_iter().fold((0.0_f64, 0.0), |(sum, lost), x| {
        let next = sum + x;
        let (larger, smaller) = if sum.abs() >= x.abs() { (sum, x) } else { (x, sum) };
        (next, lost + ((larger - next) + smaller))
    });
    sum + lost
}

/// Asserts that numbers differ by at most `units` units of rounding, relative to the larger of themselves and 1.
///
/// # Panics
/// Panics when they differ by more.
pub fn assert_close<T: Scalar>(found: &[T], expected: &[f64], units: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let error = (a.to_f64() - b).abs() / (T::EPSILON.to_f64() * b.abs().max(1.0));
        assert!(error <= units, "{what}, {}: number {i} is {a}, expected {b}: {error} units", T::NAME);
    }
}

/// Runs a check on one thread and in pools of two and three threads, where every loop is split.
///
/// # Panics
/// Panics when the check does, or when the system cannot start the threads.
pub fn on_threads(check: impl Fn() + Sync) {
    check();
    for threads in if cfg!(miri) { 2..3 } else { 2..4 } {
        Threads::new(threads).expect("threads").run(&check);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg_attr(miri, ignore = "starts processes, and Miri has one instruction set")]
    fn kernels_pass_on_lesser_instruction_sets() {
        super::pass_on_lesser_instruction_sets(&[], 60);
    }
}
