//! Chooses the instruction set to compute with.

/// Returns the best instruction set of the machine.
#[cfg(not(any(test, all(feature = "testing", debug_assertions))))]
#[inline]
pub(crate) fn arch() -> pulp::Arch {
    pulp::Arch::new()
}

/// Returns the best instruction set of the machine, unless a test chose another for the process.
#[cfg(any(test, all(feature = "testing", debug_assertions)))]
pub(crate) fn arch() -> pulp::Arch {
    use crate::testing::{LEVEL, levels};

    static CHOSEN: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    let level = CHOSEN.get_or_init(|| std::env::var(LEVEL).ok().and_then(|level| level.parse().ok()));
    level.map_or_else(pulp::Arch::new, |level| levels()[level])
}

/// Returns the number of lanes of a vector of the instruction set.
pub(crate) fn lanes<T: crate::Scalar>() -> usize {
    struct Lanes<T>(std::marker::PhantomData<T>);
    impl<T: crate::Scalar> pulp::WithSimd for Lanes<T> {
        type Output = usize;
        fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
            T::lanes::<S>()
        }
    }
    arch().dispatch(Lanes(std::marker::PhantomData::<T>))
}
