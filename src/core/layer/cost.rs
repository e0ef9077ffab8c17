//! Describes the cost and the receptive field of a layer.

use crate::core::{ReceptiveField, larger};

/// The cost of a layer and its receptive field: [`Layer::COST`](crate::Layer::COST).
///
/// ```
/// use plywood::layer::{Cost, ReceptiveField};
///
/// const SCALE: Cost = Cost::FREE.flops(64).sees(ReceptiveField::POINT);
/// ```
///
/// A layer around others combines their costs: by [`then`](Self::then) if one follows the other, and by
/// [`beside`](Self::beside) for branches. [`check::contract`](crate::check::contract) finds forgotten costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub(crate) layers: usize,
    pub(crate) flops: usize,
    pub(crate) min_batch: usize,
    pub(crate) field: ReceptiveField,
}

impl Cost {
    /// The cost of one layer without floating-point operations.
    ///
    /// Each output may depend on every input, and the layer learns from minibatches of any size.
    pub const FREE: Self = Self { layers: 1, flops: 0, min_batch: 1, field: ReceptiveField::ALL };

    /// Sets the floating-point operations of one forward pass of one example; a multiply-add counts as two.
    #[must_use]
    pub const fn flops(self, flops: usize) -> Self {
        Self { flops, ..self }
    }

    /// Sets how much of the input one output sees (by default all of it).
    #[must_use]
    pub const fn sees(self, field: ReceptiveField) -> Self {
        Self { field, ..self }
    }

    /// Sets the number of layers that it consists of (by default 1). Each draws from a random stream of its own.
    #[must_use]
    pub const fn layers(self, layers: usize) -> Self {
        Self { layers, ..self }
    }

    /// Sets the smallest minibatch from which the layer learns in training.
    ///
    /// It is 2 for a batch normalization of single numbers, which have no variance in a batch of one.
    #[must_use]
    pub const fn min_batch(self, examples: usize) -> Self {
        Self { min_batch: examples, ..self }
    }

    /// Adds floating-point operations.
    #[must_use]
    pub const fn plus_flops(self, flops: usize) -> Self {
        Self { flops: self.flops + flops, ..self }
    }

    /// Returns the cost of this layer followed by another.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        Self { field: self.field.then(next.field), ..self.beside(next) }
    }

    /// Returns the cost of this layer beside another that sees the same input.
    #[must_use]
    pub const fn beside(self, other: Self) -> Self {
        Self {
            layers: self.layers + other.layers,
            flops: self.flops + other.flops,
            min_batch: larger(self.min_batch, other.min_batch),
            field: self.field.beside(other.field),
        }
    }

    /// Returns the cost of the given number of copies of the layer, one after the other.
    ///
    /// # Panics
    /// Panics if `copies` is 0, or if a number does not fit in a `usize`.
    #[must_use]
    #[track_caller]
    pub const fn times(self, copies: usize) -> Self {
        // by repeated doubling: adding a million copies one by one would take the compiler too long
        let (mut field, mut several, mut left) = (self.field, self.field, copies - 1);
        while left > 0 {
            if left % 2 == 1 {
                field = field.then(several);
            }
            left /= 2;
            if left > 0 {
                several = several.then(several);
            }
        }
        Self { layers: copied(copies, self.layers), flops: copied(copies, self.flops), field, ..self }
    }
}

/// Returns the total over all copies of a number that each copy has.
///
/// # Panics
/// Panics if the total does not fit in a `usize`.
#[track_caller]
pub(crate) const fn copied(copies: usize, of_one: usize) -> usize {
    match copies.checked_mul(of_one) {
        Some(all) => all,
        None => {
            panic!("repeat: its copies have more numbers, or take more operations, than a `usize` can count")
        }
    }
}
