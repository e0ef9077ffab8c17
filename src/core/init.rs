//! Initializes parameters.

use nalgebra::DMatrix;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Draws the initial values of a model's parameters.
///
/// Weights are drawn by an [`Initializer`]; biases stay zero. By default, weights are normal with mean 0 and variance
/// 2 / `fan_in`, so that the size of activations stays the same from layer to layer after rectified units.
///
/// # Examples
/// ```
/// use plywood::layer::Init;
/// use plywood::{Initializer, Model, network};
///
/// network! { Net: Image<28, 28, 1> => Flat<10> { flatten, hidden: dense(100), tanh, last: dense(10) } }
///
/// // the whole network by one rule, one layer by another
/// let mut model = Model::<Net>::with(&mut Init::new(1).rule(Initializer::Glorot)?);
/// model.initialize(Net::last(), &mut Init::new(2).rule(Initializer::ZEROS)?);
/// assert!(model.layer(Net::last()).params().iter().all(|&weight| weight == 0.0));
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Init {
    rng: Xoshiro256PlusPlus,
    rule: Initializer,
}

/// The distribution from which the weights of a tensor are drawn.
///
/// Below, `fan_in` is the number of inputs that an output sums up, and `fan_out` the number of outputs that an input
/// goes to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Initializer {
    /// A normal distribution with mean 0 and variance `gain / fan_in`, so that the size of activations stays the same
    /// from layer to layer.
    ///
    /// [`HE`](Self::HE) and [`LECUN`](Self::LECUN) are examples.
    FanIn {
        /// The product of variance and fan-in; at least 0.
        gain: f64,
    },
    /// A uniform distribution in ±√(6 / (`fan_in` + `fan_out`)), so that neither activations nor gradients change their
    /// size (Glorot and Bengio 2010, equation 16).
    Glorot,
    /// A uniform distribution in ±`bound`.
    Uniform {
        /// The largest absolute value; at least 0.
        bound: f64,
    },
    /// A normal distribution with mean 0.
    Normal {
        /// The standard deviation; at least 0.
        deviation: f64,
    },
    /// The product of `gain` and a random matrix with orthonormal rows or columns, whichever are fewer.
    ///
    /// The matrix maps the inputs of an output to the outputs (Saxe et al. 2014, section 3); a grouped convolution has
    /// one for each group. No vector changes its length, where lengths can be kept.
    Orthogonal {
        /// The factor of the matrix; at least 0.
        gain: f64,
    },
    /// A constant. If all weights of a layer are the same, all its outputs learn the same.
    Constant(f64),
}

impl Initializer {
    /// The variance 2 / `fan_in`, which suits layers after rectified units (He et al. 2015, equation 10).
    pub const HE: Self = Self::FanIn { gain: 2.0 };
    /// The variance 1 / `fan_in`, which suits layers after linear and tanh units (`LeCun` et al. 1998, section 4.6).
    pub const LECUN: Self = Self::FanIn { gain: 1.0 };
    /// The constant 0.
    pub const ZEROS: Self = Self::Constant(0.0);

    fn check(self) -> Result<()> {
        let (name, number, least) = match self {
            Self::FanIn { gain } | Self::Orthogonal { gain } => ("gain of the starting values", gain, 0.0),
            Self::Uniform { bound } => ("bound of the starting values", bound, 0.0),
            Self::Normal { deviation } => ("deviation of the starting values", deviation, 0.0),
            Self::Constant(number) => ("starting value", number, f64::MIN),
            Self::Glorot => return Ok(()),
        };
        // weights may be `f32`
        let size = if matches!(self, Self::FanIn { .. }) { number.sqrt() } else { number };
        if f32::of(size).is_finite() && number >= least {
            return Ok(());
        }
        let least = if least < 0.0 { "" } else { ", at least 0" };
        let expected = match self {
            Self::FanIn { .. } => format!("a number whose root is a finite f32{least}"),
            _ => format!("a finite f32{least}"),
        };
        Err(Error::argument(name, format!("{number:?}"), expected))
    }
}

/// The connections of a weight tensor between inputs and outputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fan {
    /// The number of inputs that an output sums up. Where outputs differ it is their average, which need not be whole.
    pub inputs: f64,
    /// The number of outputs that an input goes to.
    pub outputs: usize,
    /// The length of the tensor's last side, which is contiguous: the columns of a matrix.
    pub columns: usize,
    /// The number of adjacent groups of columns that share no inputs: 1 for a matrix.
    pub groups: usize,
}

impl Init {
    /// Creates initial values from a seed: the same seed gives the same values on every machine.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: Xoshiro256PlusPlus::seed_from_u64(seed), rule: Initializer::HE }
    }

    /// Sets the distribution of weights (by default [`Initializer::HE`]).
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if a number of the rule is negative, NaN, or so large that weights are infinite as
    /// `f32`.
    pub fn rule(self, rule: Initializer) -> Result<Self> {
        rule.check()?;
        Ok(Self { rule, ..self })
    }

    /// Sets the product of variance and fan-in (by default 2): [`Initializer::FanIn`].
    ///
    /// # Panics
    /// Panics if it is negative, NaN, or so large that weights are infinite as `f32`.
    #[must_use]
    pub fn gain(self, gain: f64) -> Self {
        let usable = f32::of(gain.sqrt()).is_finite();
        assert!(usable, "a gain of {gain:?}, expected a number whose root is a finite f32, at least 0");
        Self { rule: Initializer::FanIn { gain }, ..self }
    }

    /// Draws a matrix of weights.
    ///
    /// # Shapes
    /// Each row belongs to one of `fan_in` inputs, and each column to an output.
    ///
    /// # Panics
    /// Panics if there are weights but `fan_in` is 0.
    pub fn weights<T: Scalar>(&mut self, weights: &mut [T], fan_in: usize) {
        assert!(fan_in > 0 || weights.is_empty(), "weights with a fan-in of 0");
        let columns = weights.len().checked_div(fan_in).unwrap_or(0);
        self.tensor(weights, Fan { inputs: fan_in as f64, outputs: columns, columns, groups: 1 });
    }

    /// Draws weights that connect inputs and outputs differently from a matrix, such as filters.
    ///
    /// # Panics
    /// Panics if there are weights but one of the numbers of `fan` is 0, or if its groups do not divide its columns.
    pub fn tensor<T: Scalar>(&mut self, weights: &mut [T], fan: Fan) {
        if weights.is_empty() {
            return;
        }
        let counts = fan.outputs > 0 && fan.columns > 0 && fan.groups > 0;
        assert!(fan.inputs > 0.0 && counts && fan.columns.is_multiple_of(fan.groups), "weights with {fan:?}");
        match self.rule {
            Initializer::FanIn { gain } => self.normal(weights, (gain / fan.inputs).sqrt()),
            Initializer::Glorot => {
                self.uniform(weights, (6.0 / (fan.inputs + fan.outputs as f64)).sqrt());
            }
            Initializer::Uniform { bound } => self.uniform(weights, bound),
            Initializer::Normal { deviation } => self.normal(weights, deviation),
            Initializer::Orthogonal { gain } => self.orthogonal(weights, fan, gain),
            Initializer::Constant(number) => weights.fill(T::of(number)),
        }
    }

    fn normal<T: Scalar>(&mut self, weights: &mut [T], deviation: f64) {
        for weight in weights {
            let standard: f64 = StandardNormal.sample(&mut self.rng);
            *weight = T::of(standard * deviation);
        }
    }

    fn uniform<T: Scalar>(&mut self, weights: &mut [T], bound: f64) {
        for weight in weights {
            *weight = T::of(bound * self.rng.random_range(-1.0..1.0));
        }
    }

    fn orthogonal<T: Scalar>(&mut self, weights: &mut [T], fan: Fan, gain: f64) {
        let (rows, columns) = (weights.len() / fan.columns, fan.columns / fan.groups);
        let (long, short) = (rows.max(columns), rows.min(columns));
        for group in 0..fan.groups {
            let draw = |_, _| StandardNormal.sample(&mut self.rng);
            let (mut q, r) = DMatrix::<f64>::from_fn(long, short, draw).qr().unpack();
            // Q alone is not uniform over all such matrices; with a positive diagonal of R it is (Mezzadri 2007)
            for (mut column, diagonal) in q.column_iter_mut().zip(r.diagonal().iter()) {
                column *= gain.copysign(*diagonal);
            }
            for (row, weights) in weights.chunks_exact_mut(fan.columns).enumerate() {
                for (column, weight) in weights[group * columns..][..columns].iter_mut().enumerate() {
                    *weight = T::of(if rows < columns { q[(column, row)] } else { q[(row, column)] });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misuse_panics_and_makes_no_nan() {
        let panics = |work: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err();
        for gain in [-1.0, f64::NAN, f64::INFINITY, 1e80] {
            assert!(panics(&|| drop(Init::new(0).gain(gain))), "{gain}");
        }
        assert!(panics(&|| Init::new(0).weights(&mut [0.0_f32], 0)));
        Init::new(0).gain(0.0).weights::<f32>(&mut [], 0);
    }
}
