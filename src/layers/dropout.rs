//! Defines dropout.

use std::marker::PhantomData;

use crate::core::visitor::Pointwise;
use crate::core::{
    Backward, Cost, Forward, Infer, Layer, Memory, Pass, ReceptiveField, Shape, Visitor, Workspace, proof,
};
use crate::random::mix;
use plywood_kernel::Scalar;
use plywood_kernel::norm::per_channel::map;
use plywood_kernel::threads::parallel::over_rows;

/// `dropout(p)`: in training, each number becomes 0 with probability p, and otherwise 1/(1 − p) times itself.
///
/// In evaluation the layer does nothing (Srivastava et al. 2014, in the "inverted" form that needs no correction in
/// evaluation).
///
/// p is `MILLIONTHS / 1,000,000`, because a type cannot hold a fraction: `Dropout<S, 500_000>` drops half of the
/// numbers. A probability below a thousandth does not compile, unless it is 0, so `Dropout<S, 50>` is not taken for 50
/// %.
///
/// The choice of dropped numbers is a function of the pass's seed, the layer's position and the number's index. The
/// backward pass computes the mask again instead of storing it.
#[derive(Debug, Clone, Copy)]
pub struct Dropout<S, const MILLIONTHS: u32>(PhantomData<S>);

/// The smallest valid probability above 0, in millionths. A smaller number was probably meant as a percentage, and
/// would drop almost nothing.
pub(super) const LEAST: u32 = 1000;

impl<S: Shape, const MILLIONTHS: u32> Dropout<S, MILLIONTHS> {
    fn apply<T: Scalar>(pass: Pass, y: &mut [T]) {
        if !pass.is_frozen {
            Draw::new(pass, MILLIONTHS).apply(y);
        }
    }
}

impl<S: Shape, const MILLIONTHS: u32> Layer for Dropout<S, MILLIONTHS> {
    type In = S;
    type Out = S;

    const NAME: &'static str = "dropout";
    const MEMORY: Memory = {
        proof::millionths(Self::NAME, "p", MILLIONTHS, LEAST, 999_999);
        Memory::IN_PLACE.reads_nothing()
    };
    const COST: Cost = Cost::FREE.flops(S::LEN).sees(ReceptiveField::POINT);

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        Self::apply(pass, io.y);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        Self::apply(pass, io.dy);
    }

    fn infer<T: Scalar>(_: Pass, _: Infer<'_, T>, _: &mut Workspace<'_, T>) {}

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.pointwise::<Self>(&[]);
    }
}

impl<S: Shape, const MILLIONTHS: u32> Pointwise for Dropout<S, MILLIONTHS> {
    fn change<T: Scalar>(_: &[T], _: &[T], _: &mut [T]) {}
}

/// The random choices of one layer in one pass.
#[derive(Clone, Copy)]
pub(super) struct Draw {
    stream: u64,
    millionths: u32,
}

impl Draw {
    pub(super) fn new(pass: Pass, millionths: u32) -> Self {
        Self { stream: mix(pass.seed ^ mix(pass.position as u64)), millionths }
    }

    /// Returns true if number `index` is dropped.
    #[inline(always)]
    fn drops(self, index: usize) -> bool {
        let threshold = (u64::from(self.millionths) << 32) / 1_000_000;
        mix(self.stream.wrapping_add(index as u64)) >> 32 < threshold
    }

    /// Returns the factor for the numbers that are kept.
    fn scale<T: Scalar>(self) -> T {
        T::of(1_000_000.0 / f64::from(1_000_000 - self.millionths))
    }

    /// Drops or scales each number.
    fn apply<T: Scalar>(self, y: &mut [T]) {
        let scale = self.scale::<T>();
        let operations = 8 * y.len();
        over_rows(y, 1, operations, &|first, y| {
            for (i, y) in y.iter_mut().enumerate() {
                *y = if self.drops(first + i) { T::ZERO } else { *y * scale };
            }
        });
    }

    /// Drops or scales each channel of each example.
    pub(super) fn apply_to_channels<T: Scalar>(self, y: &mut [T], len: usize, channels: usize) {
        let scale = self.scale::<T>();
        let operations = y.len();
        over_rows(y, len, operations, &|first, y| {
            for (example, y) in y.chunks_exact_mut(len).enumerate() {
                let first = (first + example) * channels;
                let factor = |c| if self.drops(first + c) { T::ZERO } else { scale };
                // not a product with 0, which would turn an infinity into a NaN
                map(
                    y,
                    [],
                    channels,
                    |c| [factor(c)],
                    |y, [], [factor]| {
                        if factor > T::ZERO { y * factor } else { T::ZERO }
                    },
                );
            }
        });
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::Flat;
    use crate::layers::{Dense, Relu};

    super::checks::cases![
        Dropout<Flat<40>, 0>,
        Dropout<Flat<40>, 500_000>,
        (Dropout<Flat<6>, 250_000>, Dense<6, 4>),
        (Dense<4, 6>, Dropout<Flat<6>, 250_000>),
        (Dropout<Flat<6>, 100_000>, Relu<Flat<6>>),
        (Dropout<Flat<6>, 100_000>, Dropout<Flat<6>, 200_000>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, call};

    fn drop(seed: u64, position: usize, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; x.len()];
        let pass = Pass { position, ..Pass::new(x.len() / 1000, seed) };
        let io = Forward::new(&[], &mut [], x, &mut y, [&mut [], &mut []]);
        call::forward::<Dropout<Flat<1000>, 300_000>, f64>(pass, io);
        y
    }

    #[test]
    fn drops_its_share_and_keeps_the_mean() {
        let x = vec![1.0; 200_000];
        let y = drop(1, 0, &x);
        let dropped = y.iter().filter(|&&y| y == 0.0).count() as f64 / 200_000.0;
        // 0.3 to five standard deviations: sqrt(0.3 * 0.7 / 200,000) = 0.001
        assert!((dropped - 0.3).abs() < 0.005, "{dropped}");
        assert!(y.iter().all(|&y| y == 0.0 || (y - 1.0 / 0.7).abs() < 1e-12));
    }

    #[test]
    fn seeds_positions_and_examples_draw_independently() {
        let x = vec![1.0; 2000];
        let agree = |a: &[f64], b: &[f64]| a.iter().zip(b).filter(|(a, b)| a == b).count();
        let y = drop(1, 0, &x);
        assert_eq!(y, drop(1, 0, &x));
        // independent masks agree in 0.7² + 0.3² = 58 % of places
        for other in [drop(2, 0, &x), drop(1, 1, &x)] {
            assert!((1050..1270).contains(&agree(&y, &other)), "{}", agree(&y, &other));
        }
        assert!((500..660).contains(&agree(&y[..1000], &y[1000..])));
    }
}
