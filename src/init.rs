//! Starting values: normal, with variance by fan-in.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, StandardNormal};

use crate::Scalar;

/// Draws the starting values of a model's parameters.
///
/// Weights are normal with mean 0 and variance `gain / fan_in`, so that the size of activations is kept from
/// layer to layer; biases stay zero. Gain 2, the default, is right behind rectified units (He et al. 2015,
/// equation 10), gain 1 for linear and tanh units (`LeCun` et al. 1998, section 4.6).
#[derive(Debug, Clone)]
pub struct Init {
    rng: Xoshiro256PlusPlus,
    gain: f64,
}

impl Init {
    /// Starting values from a seed: the same seed gives the same values on every machine.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: Xoshiro256PlusPlus::seed_from_u64(seed), gain: 2.0 }
    }

    /// Sets the variance times fan-in (2 unless said otherwise).
    ///
    /// # Panics
    /// When it is negative, infinite or NaN.
    #[must_use]
    pub fn gain(self, gain: f64) -> Self {
        assert!(gain.is_finite() && gain >= 0.0, "a gain of {gain}, expected a finite number, at least 0");
        Self { gain, ..self }
    }

    /// Draws weights that each join `fan_in` inputs.
    ///
    /// # Panics
    /// When there are weights but `fan_in` is 0.
    pub fn weights<T: Scalar>(&mut self, weights: &mut [T], fan_in: usize) {
        assert!(fan_in > 0 || weights.is_empty(), "weights with a fan-in of 0");
        let deviation = (self.gain / fan_in as f64).sqrt();
        for weight in weights {
            let standard: f64 = StandardNormal.sample(&mut self.rng);
            *weight = T::of(standard * deviation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misuse_panics_and_makes_no_nan() {
        let panics = |work: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err();
        for gain in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(panics(&|| drop(Init::new(0).gain(gain))), "{gain}");
        }
        assert!(panics(&|| Init::new(0).weights(&mut [0.0_f32], 0)));
        Init::new(0).gain(0.0).weights::<f32>(&mut [], 0);
    }
}
