//! Draws random numbers that are a function of a seed.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rand_distr::Distribution;

/// Applies a bijection of 64-bit numbers that looks random (`SplitMix64`, Steele et al. 2014).
pub(crate) const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A stream of random numbers for a [`Transform`](crate::data::Transform). It is a function of its seed, the same on
/// every machine.
///
/// ```
/// use plywood::data::Random;
///
/// let (mut a, mut b) = (Random::new(7), Random::new(7));
/// assert_eq!(a.below(10), b.below(10));
/// assert!((-0.5..=0.5).contains(&a.between(-0.5, 0.5)));
/// ```
#[derive(Debug, Clone)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// Starts the stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Draws a number uniformly from [0, 1).
    pub fn unit(&mut self) -> f64 {
        // the 53 bits of a number below 1
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Draws a number uniformly from `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Draws a whole number uniformly from those below `count`; returns 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        // the high half of the product (Lemire 2019), without rejection: biased by less than count / 2⁶⁴
        let product = u128::from(self.0.next_u64()) * count as u128;
        (product >> 64) as usize
    }

    /// Returns true with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Draws a number from the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        self.draw(&rand_distr::StandardNormal)
    }

    pub(crate) fn draw(&mut self, distribution: &impl Distribution<f64>) -> f64 {
        distribution.sample(&mut self.0)
    }
}
