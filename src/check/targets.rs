//! Draws targets for any loss.

use crate::core::{Dims, Shape};
use crate::loss::{Loss, WeightedTarget};
use crate::random::Random;

/// The number of targets that are drawn at most until a loss accepts one.
const TRIES: usize = 1000;

/// A type of targets that can be drawn at random, so that
/// [`gradient_tests!`](crate::gradient_tests) needs no targets for a loss.
///
/// The types of targets of this library's losses implement it. Implement it for the target of a loss of your own:
///
/// ```
/// use plywood::Dims;
/// use plywood::check::DrawTarget;
/// use plywood::data::Random;
///
/// #[derive(Clone, Copy)]
/// struct Angle(f64);
///
/// impl DrawTarget for Angle {
///     fn draw(_: Dims, random: &mut Random) -> Self {
///         Self(random.between(0.0, 360.0))
///     }
/// }
/// ```
pub trait DrawTarget: Sized {
    /// Draws a target for an output of the given shape. A loss may refuse it; another one is drawn then.
    fn draw(output: Dims, random: &mut Random) -> Self;
}

/// Draws the given number of targets that a loss accepts, as a function of a seed. Returns `None` if it refuses a
/// thousand in a row.
///
/// ```
/// use plywood::check::draw_targets;
/// use plywood::{Flat, SoftmaxCrossEntropy};
///
/// let classes = draw_targets::<Flat<3>, _>(&SoftmaxCrossEntropy, 5, 1).expect("classes");
/// assert!(classes.len() == 5 && classes.iter().all(|class| *class < 3));
/// ```
#[must_use]
pub fn draw_targets<Out: Shape, L: Loss<Out, Target: DrawTarget>>(
    loss: &L,
    count: usize,
    seed: u64,
) -> Option<Vec<L::Target>> {
    let mut random = Random::new(seed);
    let mut draw = || {
        let mut drawn = (0..TRIES).map(|_| L::Target::draw(Out::DIMS, &mut random));
        drawn.find(|&target| loss.check(target).is_ok())
    };
    (0..count).map(|_| draw()).collect()
}

impl DrawTarget for () {
    fn draw(_: Dims, _: &mut Random) -> Self {}
}

impl DrawTarget for bool {
    fn draw(_: Dims, random: &mut Random) -> Self {
        random.chance(0.5)
    }
}

/// Draws a class.
impl DrawTarget for usize {
    fn draw(output: Dims, random: &mut Random) -> Self {
        random.below(output.channels())
    }
}

/// Draws numbers in ±1, probabilities, answers, or a distribution: one of these at random.
impl<const N: usize> DrawTarget for [f32; N] {
    fn draw(_: Dims, random: &mut Random) -> Self {
        let mut numbers = [0.0; N];
        fill(&mut numbers, random);
        numbers
    }
}

/// Draws numbers of the same kinds as for a vector.
impl<const C: usize, const W: usize, const H: usize> DrawTarget for [[[f32; C]; W]; H] {
    fn draw(_: Dims, random: &mut Random) -> Self {
        let mut numbers = [[[0.0; C]; W]; H];
        fill(numbers.as_flattened_mut().as_flattened_mut(), random);
        numbers
    }
}

/// Draws a class for each pixel, some of which do not count.
impl<const W: usize, const H: usize> DrawTarget for [[u8; W]; H] {
    fn draw(output: Dims, random: &mut Random) -> Self {
        let mut map = [[0; W]; H];
        for class in map.as_flattened_mut() {
            *class = if random.chance(0.1) {
                crate::loss::IGNORED
            } else {
                u8::try_from(random.below(output.channels())).unwrap_or(0)
            };
        }
        map
    }
}

/// Draws the targets of a pair of losses.
impl<A: DrawTarget, B: DrawTarget> DrawTarget for (A, B) {
    fn draw(output: Dims, random: &mut Random) -> Self {
        match output {
            Dims::Pair(&first, &second) => (A::draw(first, random), B::draw(second, random)),
            whole => (A::draw(whole, random), B::draw(whole, random)),
        }
    }
}

impl<V: DrawTarget> DrawTarget for WeightedTarget<V> {
    fn draw(output: Dims, random: &mut Random) -> Self {
        Self::new(V::draw(output, random), random.between(0.5, 1.5) as f32)
    }
}

/// Fills a target with numbers of one of four kinds, among which each loss of numbers finds some that it accepts.
fn fill(numbers: &mut [f32], random: &mut Random) {
    let kind = random.below(4);
    for number in &mut *numbers {
        *number = match kind {
            0 => random.between(-1.0, 1.0) as f32,
            1 => f32::from(u8::from(random.chance(0.5))),
            _ => random.unit() as f32,
        };
    }
    if kind == 3 {
        let sum: f64 = numbers.iter().copied().map(f64::from).sum();
        for number in numbers {
            *number = (f64::from(*number) / sum) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image};
    use crate::loss::{
        BinaryCrossEntropy, BinaryFocal, Contrastive, ExampleWeighted, KullbackLeibler, MeanSquaredError,
        Poisson, SoftmaxCrossEntropy, Triplet,
    };

    /// Draws targets, and returns the count of those that are not the first one.
    fn drawn<Out: Shape, L: Loss<Out, Target: DrawTarget + PartialEq>>(loss: &L) -> usize {
        let targets = draw_targets(loss, 20, 1).expect("targets");
        assert!(targets.iter().all(|&target| loss.check(target).is_ok()));
        targets.iter().filter(|&target| *target != targets[0]).count()
    }

    #[test]
    fn each_loss_finds_targets_that_it_accepts() {
        type Picture = Image<2, 3, 4>;
        assert!(drawn::<Flat<3>, _>(&SoftmaxCrossEntropy) > 0);
        assert!(drawn::<Picture, _>(&SoftmaxCrossEntropy) > 15);
        assert!(drawn::<Picture, _>(&MeanSquaredError) > 15);
        assert!(drawn::<Flat<3>, _>(&KullbackLeibler) > 15);
        assert!(drawn::<Flat<3>, _>(&BinaryCrossEntropy) > 15);
        assert!(drawn::<Flat<3>, _>(&BinaryFocal::default()) > 0);
        assert!(drawn::<Flat<3>, _>(&Poisson) > 15);
        assert!(drawn::<(Flat<3>, Flat<3>), _>(&Contrastive { margin: 1.0 }) > 0);
        assert_eq!(drawn::<(Flat<3>, (Flat<3>, Flat<3>)), _>(&Triplet { margin: 1.0 }), 0);
        assert!(
            drawn::<(Flat<3>, Picture), _>(&(SoftmaxCrossEntropy, ExampleWeighted(MeanSquaredError))) > 15
        );
    }

    #[test]
    fn a_loss_that_accepts_nothing_gets_nothing() {
        // a class among none
        assert_eq!(draw_targets::<Flat<2>, _>(&Never, 1, 1), None);
        assert_eq!(draw_targets::<Flat<2>, _>(&Never, 0, 1), Some(Vec::new()));
    }

    struct Never;

    impl<S: Shape> Loss<S> for Never {
        type Target = bool;

        fn value<T: plywood_kernel::Scalar>(&self, _: &[T], _: &[bool]) -> f64 {
            0.0
        }
        fn gradient<T: plywood_kernel::Scalar>(&self, _: &[T], _: &[bool], _: &mut [T]) -> f64 {
            0.0
        }
        fn check(&self, _: bool) -> Result<(), crate::loss::Unfit> {
            Err(crate::loss::Unfit { found: "any".to_owned(), expected: "none".to_owned() })
        }
    }
}
