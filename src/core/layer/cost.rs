//! What a layer costs, and how much it sees.

use crate::core::{ReceptiveField, larger};

/// Describes what a layer costs and how much of its input it sees: [`Layer::COST`](crate::Layer::COST).
///
/// ```
/// use plywood::layer::{Cost, ReceptiveField};
///
/// const SCALE: Cost = Cost::FREE.flops(64).sees(ReceptiveField::POINT);
/// ```
///
/// A layer around others combines theirs: [`then`](Self::then) for one after the other, [`beside`](Self::beside) for
/// branches. [`check::contract`](crate::check::contract) finds what it forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub(crate) layers: usize,
    pub(crate) flops: usize,
    pub(crate) min_batch: usize,
    pub(crate) field: ReceptiveField,
}

impl Cost {
    /// One layer that takes no floating-point operations, of which each output may depend on every input, and which learns
    /// from minibatches of any size.
    pub const FREE: Self = Self { layers: 1, flops: 0, min_batch: 1, field: ReceptiveField::ALL };

    /// Sets the floating-point operations of one forward pass of one example: two for each multiply-add.
    #[must_use]
    pub const fn flops(self, flops: usize) -> Self {
        Self { flops, ..self }
    }

    /// Sets how much of the input one output sees: all of it unless said otherwise.
    #[must_use]
    pub const fn sees(self, field: ReceptiveField) -> Self {
        Self { field, ..self }
    }

    /// Sets the number of layers that it consists of, each of which draws from a random stream of its own: 1 unless said
    /// otherwise.
    #[must_use]
    pub const fn layers(self, layers: usize) -> Self {
        Self { layers, ..self }
    }

    /// Sets the least number of examples that a minibatch of training must have for the layer to learn: 2 for a batch
    /// normalization of single numbers, which have no variance in a batch of one.
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

    /// Returns the cost of this layer beside another, both of which see the same input.
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
    /// When they are 0, or more than a `usize` can count.
    #[must_use]
    #[track_caller]
    pub const fn times(self, copies: usize) -> Self {
        // by halves: of a million copies, one after the other would take the compiler too long
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

/// Returns how many all copies have together of what one has.
///
/// # Panics
/// When that is more than a `usize` can count.
#[track_caller]
pub(crate) const fn copied(copies: usize, of_one: usize) -> usize {
    match copies.checked_mul(of_one) {
        Some(all) => all,
        None => {
            panic!("repeat: its copies have more numbers, or take more operations, than a `usize` can count")
        }
    }
}
