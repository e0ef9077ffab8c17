//! The loops. Generic over the scalar and the instruction set only, with sizes as arguments.
//!
//! The heaviest are [compiled] once, in this crate. Contraction and convolution have plain twins to be compared with.

#[cfg(test)]
mod accuracy;
pub(crate) mod activation;
pub(crate) mod aligned;
pub(crate) mod axis;
pub(crate) mod border;
pub(crate) mod channels;
mod checked;
pub(crate) mod columns;
pub(crate) mod compiled;
pub(crate) mod contract;
pub(crate) mod conv;
mod correlate;
mod cursor;
pub(crate) mod dense;
pub(crate) mod elementwise;
pub(crate) mod exponential;
pub(crate) mod finish;
pub(crate) mod float;
pub(crate) mod fused;
mod halve;
pub(crate) mod logarithm;
mod losses;
pub(crate) mod moments;
mod narrow;
pub(crate) mod normal_distribution;
pub(crate) mod normalise;
mod packed;
pub(crate) mod parallel;
pub(crate) mod pool;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod reference_conv;
pub(crate) mod simd;
mod sliding;
mod softmax;
pub(crate) mod team;
mod tile;
pub(crate) mod transpose;
#[cfg(test)]
mod twins;
mod weight_gradient;
mod widen;

/// The instruction set to compute with: the best that the machine has.
#[cfg(not(test))]
fn arch() -> pulp::Arch {
    pulp::Arch::new()
}

/// The instruction set to compute with: the best that the machine has, unless a test chose another for the process.
#[cfg(test)]
fn arch() -> pulp::Arch {
    static CHOSEN: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    let level = CHOSEN.get_or_init(|| std::env::var(LEVEL).ok().and_then(|level| level.parse().ok()));
    level.map_or_else(pulp::Arch::new, |level| levels()[level])
}

/// Numbers in a vector of the instruction set to compute with.
fn lanes<T: crate::Scalar>() -> usize {
    struct Lanes<T>(std::marker::PhantomData<T>);
    impl<T: crate::Scalar> pulp::WithSimd for Lanes<T> {
        type Output = usize;
        fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
            T::lanes::<S>()
        }
    }
    arch().dispatch(Lanes(std::marker::PhantomData::<T>))
}

/// The variable by which a test chooses one of the [`levels`] for a process.
#[cfg(test)]
const LEVEL: &str = "PLYWOOD_TEST_LEVEL";

/// The instruction sets that this machine has, each of which every kernel is tested on.
#[cfg(test)]
pub(crate) fn levels() -> Vec<pulp::Arch> {
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

/// Every layer and kernel is tested with the best instruction set; here, by processes of their own, with the others.
#[cfg(test)]
mod tests {
    use std::process::Command;

    #[test]
    #[cfg_attr(miri, ignore = "starts processes, and Miri has one instruction set")]
    fn layers_and_kernels_pass_on_lesser_instruction_sets() {
        if std::env::var_os(super::LEVEL).is_some() {
            return;
        }
        let program = std::env::current_exe().expect("this program's path");
        for level in 0..super::levels().len() - 1 {
            let outcome = Command::new(&program)
                .args(["layers::", "kernel::", "pair::"])
                .env(super::LEVEL, level.to_string())
                .output()
                .expect("this program runs");
            let report = String::from_utf8_lossy(&outcome.stdout);
            assert!(outcome.status.success(), "with {:?}: {report}", super::levels()[level]);
            let passed = report.split("test result: ok. ").nth(1).and_then(|rest| rest.split(' ').next());
            assert!(
                passed.is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count > 20)),
                "{report}"
            );
        }
    }
}
