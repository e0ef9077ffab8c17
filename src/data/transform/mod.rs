//! Provides preprocessing and augmentation, which change examples before a network sees them, chained by type.

pub mod augment;
pub mod preprocess;

use crate::core::{Precedes, Shape};
use crate::data::{Dataset, Random, TargetScale};
use crate::error::Error;
use crate::work_space;
use plywood_kernel::Scalar;

/// A map from examples of one shape to examples of another: a step of preprocessing, which treats an example the same
/// way every time, or of augmentation, which draws its changes in training.
///
/// A pair `(A, B)` is `A`, then `B`. It is a transform if the output of `A` is the input of `B`;
/// [`then`](Self::then) writes it in the order of reading. So a pipeline that does not end in the network's input does
/// not compile.
///
/// ```
/// use plywood::augment::{Crop, Flip};
/// use plywood::data::{Transform, Transformed, digits};
/// use plywood::{Dataset, Image};
///
/// let pipeline = Crop::<Image<28, 28, 1>, Image<24, 24, 1>>::new().then(Flip::new());
/// let data = Transformed::new(digits(10, 1), pipeline);
/// let (mut drawn, mut read) = ([0.0_f32; 24 * 24], [0.0_f32; 24 * 24]);
/// data.draw(0, 7, &mut drawn); // a place of the window and whether to flip, both drawn from the seed 7
/// data.read(0, &mut read); // the middle, as it is
/// ```
///
/// A network that takes other images is a type error:
///
/// ```compile_fail
/// # use plywood::augment::{Crop, Flip};
/// # use plywood::data::{Transform, Transformed, digits};
/// # use plywood::{Dataset, Image, Model, Trainer, network};
/// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
///
/// let pipeline = Crop::<Image<28, 28, 1>, Image<24, 24, 1>>::new().then(Flip::new());
/// let data = Transformed::new(digits(10, 1), pipeline);
/// let trained = Trainer::new().run(&mut Model::<Reader>::new(1), &data).validate(&data).fit();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transform",
    label = "expected a step of `plywood::augment` or `plywood::preprocess`, or a pair `(A, B)` of such",
    note = "a transform implements `plywood::data::Transform`; in a pair, what the first gives is what the second takes"
)]
pub trait Transform: Sync {
    /// The shape of the input.
    type In: Shape;
    /// The shape of the output.
    type Out: Shape;

    /// The length of the scratch space, in numbers.
    const SCRATCH: usize = 0;

    /// Computes all numbers of `y` from those of `x` without randomness, as evaluation sees them. `scratch` holds
    /// [`SCRATCH`](Self::SCRATCH) numbers of any content.
    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]);

    /// Computes the same as training sees it, with its random numbers drawn from `random`.
    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], scratch: &mut [T]) {
        let _ = random;
        self.apply(x, y, scratch);
    }

    /// Chains this transform with the next one.
    #[must_use]
    fn then<B: Transform<In = Self::Out>>(self, next: B) -> (Self, B)
    where
        Self: Sized,
    {
        (self, next)
    }

    /// Applies the transform to one example, without randomness, and returns an array [on the
    /// stack](Shape#arrays-and-the-stack): for large images use [`apply`](Self::apply), which writes to a slice.
    #[must_use]
    fn of<T: Scalar>(&self, x: &<Self::In as Shape>::Array<T>) -> <Self::Out as Shape>::Array<T> {
        let mut y = Self::Out::zeros();
        work_space::with(Self::SCRATCH, |scratch| {
            self.apply(Self::In::as_slice(x), Self::Out::as_mut_slice(&mut y), scratch);
        });
        y
    }

    /// Applies the transform to one example as in training, drawn from a seed, and returns an array
    /// [on the stack](Shape#arrays-and-the-stack): for large images use [`draw`](Self::draw).
    #[must_use]
    fn drawn<T: Scalar>(
        &self,
        seed: u64,
        x: &<Self::In as Shape>::Array<T>,
    ) -> <Self::Out as Shape>::Array<T> {
        let mut y = Self::Out::zeros();
        work_space::with(Self::SCRATCH, |scratch| {
            let (x, y) = (Self::In::as_slice(x), Self::Out::as_mut_slice(&mut y));
            self.draw(&mut Random::new(seed), x, y, scratch);
        });
        y
    }
}

impl<A: Transform, B: Transform> Transform for (A, B)
where
    A::Out: Precedes<B::In>,
{
    type In = A::In;
    type Out = B::Out;

    const SCRATCH: usize = A::Out::LEN + if A::SCRATCH > B::SCRATCH { A::SCRATCH } else { B::SCRATCH };

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]) {
        let (between, scratch) = scratch.split_at_mut(A::Out::LEN);
        self.0.apply(x, between, &mut scratch[..A::SCRATCH]);
        self.1.apply(between, y, &mut scratch[..B::SCRATCH]);
    }

    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], scratch: &mut [T]) {
        let (between, scratch) = scratch.split_at_mut(A::Out::LEN);
        self.0.draw(random, x, between, &mut scratch[..A::SCRATCH]);
        self.1.draw(random, between, y, &mut scratch[..B::SCRATCH]);
    }
}

/// Forwards to the transform that the reference points to.
impl<A: Transform> Transform for &A {
    type In = A::In;
    type Out = A::Out;

    const SCRATCH: usize = A::SCRATCH;

    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]) {
        A::apply(self, x, y, scratch);
    }
    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], scratch: &mut [T]) {
        A::draw(self, random, x, y, scratch);
    }
}

/// Data seen through a [`Transform`], computed on demand: training [draws](Dataset::draw) from it; evaluation reads it
/// without randomness.
#[derive(Debug, Clone)]
pub struct Transformed<D, A> {
    data: D,
    transform: A,
}

impl<D: Dataset, A: Transform> Transformed<D, A>
where
    D::Example: Precedes<A::In>,
{
    /// Combines data, or a reference to it, with a transform.
    pub const fn new(data: D, transform: A) -> Self {
        Self { data, transform }
    }

    /// Returns the data before the transform.
    pub const fn data(&self) -> &D {
        &self.data
    }

    /// Returns the transform.
    pub const fn transform(&self) -> &A {
        &self.transform
    }

    /// Reads an example with `read`, and writes the output of `apply` to `y`.
    fn through<T: Scalar>(
        y: &mut [T],
        read: impl FnOnce(&mut [T]) -> D::Target,
        apply: impl FnOnce(&[T], &mut [T], &mut [T]),
    ) -> D::Target {
        work_space::with(D::Example::LEN + A::SCRATCH, |space| {
            let (x, scratch) = space.split_at_mut(D::Example::LEN);
            let target = read(x);
            apply(x, y, scratch);
            target
        })
    }
}

impl<D: Dataset, A: Transform> Dataset for Transformed<D, A>
where
    D::Example: Precedes<A::In>,
{
    type Example = A::Out;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.data.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> D::Target {
        Self::through(x, |x| self.data.read(index, x), |x, y, scratch| self.transform.apply(x, y, scratch))
    }

    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> D::Target {
        // the random numbers of the data are independent of those of the transform
        let inner = crate::random::mix(seed);
        Self::through(
            x,
            |x| self.data.draw(index, inner, x),
            |x, y, scratch| self.transform.draw(&mut Random::new(seed), x, y, scratch),
        )
    }

    fn failure(&self, index: usize) -> Option<Error> {
        self.data.failure(index)
    }

    fn class_names(&self) -> Option<&[String]> {
        self.data.class_names()
    }

    fn target_scales(&self) -> Option<&[TargetScale]> {
        self.data.target_scales()
    }
}
