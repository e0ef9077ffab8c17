//! What is done to examples before a network sees them: preprocessing and augmentation, chained by type.

pub mod augment;
pub mod preprocess;

use crate::data::{Dataset, Random, work_space};
use crate::{Error, Precedes, Scalar, Shape};

/// A map from examples of one shape to examples of another: a step of preprocessing, which does the same to an example
/// every time, or of augmentation, which in training draws what it does.
///
/// A pair `(A, B)` is `A`, then `B`, and is a transform if what `A` gives is what `B` takes;
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
/// A network that takes other images is a mistake of types:
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
    /// What it takes.
    type In: Shape;
    /// What it gives.
    type Out: Shape;

    /// Numbers to work in.
    const SCRATCH: usize = 0;

    /// Writes all numbers of `y` from those of `x`, without chance: what evaluation sees. `scratch` holds
    /// [`SCRATCH`](Self::SCRATCH) numbers of any content.
    fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], scratch: &mut [T]);

    /// The same as training sees it, with what is left to chance drawn from `random`.
    fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], scratch: &mut [T]) {
        let _ = random;
        self.apply(x, y, scratch);
    }

    /// This, then another.
    #[must_use]
    fn then<B: Transform<In = Self::Out>>(self, next: B) -> (Self, B)
    where
        Self: Sized,
    {
        (self, next)
    }

    /// Returns what it makes of one example, without chance, as an array that lies
    /// [on the stack](Shape#arrays-and-the-stack): for large images take [`apply`](Self::apply), which writes to a slice.
    #[must_use]
    fn of<T: Scalar>(&self, x: &<Self::In as Shape>::Array<T>) -> <Self::Out as Shape>::Array<T> {
        let mut y = Self::Out::zeros();
        work_space::with(Self::SCRATCH, |scratch| {
            self.apply(Self::In::as_slice(x), Self::Out::as_mut_slice(&mut y), scratch);
        });
        y
    }

    /// Returns what it makes of one example in training, drawn from a seed, as an array that lies
    /// [on the stack](Shape#arrays-and-the-stack): for large images take [`draw`](Self::draw).
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

/// A reference does what it refers to does.
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

/// Data through a [`Transform`], on the fly: training [draws](Dataset::draw), evaluation reads what the transform makes of
/// it without chance.
#[derive(Debug, Clone)]
pub struct Transformed<D, A> {
    data: D,
    transform: A,
}

impl<D: Dataset, A: Transform> Transformed<D, A>
where
    D::Example: Precedes<A::In>,
{
    /// Data, or a reference to it, and what it goes through.
    pub const fn new(data: D, transform: A) -> Self {
        Self { data, transform }
    }

    /// The data before the transform.
    pub const fn data(&self) -> &D {
        &self.data
    }

    /// The transform.
    pub const fn transform(&self) -> &A {
        &self.transform
    }

    /// Reads an example with `read`, and what `apply` makes of it into `y`.
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
        // what the data draws is independent of what the transform does
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
}
