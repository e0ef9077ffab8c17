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
    #[must_use]
    pub fn gain(self, gain: f64) -> Self {
        Self { gain, ..self }
    }

    /// Draws weights that each join `fan_in` inputs.
    pub fn weights<T: Scalar>(&mut self, weights: &mut [T], fan_in: usize) {
        let deviation = (self.gain / fan_in as f64).sqrt();
        for weight in weights {
            let standard: f64 = StandardNormal.sample(&mut self.rng);
            *weight = T::of(standard * deviation);
        }
    }
}
