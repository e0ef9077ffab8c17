//! Generates random data. Its values do not matter, but it must not be all zeros, whose sums are easy.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// Creates a generator that draws the same numbers in every run.
pub(crate) fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(7)
}

/// Draws the given count of standard normal numbers.
pub(crate) fn normals(rng: &mut Xoshiro256PlusPlus, count: usize) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(rng)).collect()
}

/// Draws the given count of labels out of `classes`.
pub(crate) fn labels(rng: &mut Xoshiro256PlusPlus, count: usize, classes: usize) -> Vec<usize> {
    (0..count).map(|_| rng.random_range(0..classes)).collect()
}
