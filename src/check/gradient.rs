//! Compares the exact derivative with a numerical one, entry by entry.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::index;
use rand::{RngExt as _, SeedableRng};

use super::report::{Report, TensorReport};
use crate::core::outline::Kind;
use crate::core::{Layer, Outline, Pass, Running, Shape, order};
use crate::error::{Error, Result};
use crate::layers::Identity;
use crate::loss::{Loss, Unfit};
use crate::model::{Backprop, Model};
use plywood_kernel::Scalar;

/// The values on which a loss depends.
#[derive(Clone, Copy)]
enum Place {
    Parameter(usize),
    Input(usize),
}

/// Compares exact and numerical gradients of a network and a loss, in `f64`.
///
/// The numerical derivative is the five-point difference (f(θ−2h) − 8f(θ−h) + 8f(θ+h) − f(θ+2h)) / 12h, whose error is
/// of order h⁴. It starts from h = 10⁻³ and is taken again at a third of the step, down to 10⁻⁶, while the two
/// derivatives differ. A smaller step leaves a nearby kink (of a rectified unit, of a maximum) outside, but does not
/// hide a wrong gradient. If the slopes to the left and to the right still differ at the last step, the entry lies on a
/// kink and has no derivative to compare with. Such entries are counted instead ([`TensorReport::kinks`]).
#[derive(Debug, Clone)]
pub struct GradientCheck {
    entries: usize,
    seed: u64,
}

impl Default for GradientCheck {
    fn default() -> Self {
        Self { entries: 200, seed: 0 }
    }
}

impl GradientCheck {
    /// Creates a check of up to 200 entries of each tensor.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of entries to check in each tensor; they are drawn at random if a tensor has more.
    #[must_use]
    pub fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// Sets the seed of the drawn entries and of the pass (for example, of what dropout draws).
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Checks the gradient of the mean loss with respect to every tensor and to the input.
    ///
    /// # Shapes
    /// `x` holds an example for each target.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if there are no targets, if `x` does not hold an example for each, if the loss does
    /// not accept a target, or if no [`entries`](Self::entries) are to be checked.
    pub fn run<N: Layer, L: Loss<N::Out>>(
        &self,
        model: &Model<N, f64>,
        loss: &L,
        x: &[f64],
        targets: &[L::Target],
    ) -> Result<Report> {
        let batch = targets.len();
        let unfit = targets.iter().find_map(|&target| loss.check(target).err());
        self.arguments(x.len(), [batch, N::In::LEN], unfit)?;
        let mut model = model.clone();
        let mut x = x.to_vec();
        let mut work = Backprop::<N, f64>::new(batch)?;
        // running statistics do not change: the loss must be a function of parameters and input alone
        let pass = Pass { running: Running::Keep, ..Pass::new(batch, self.seed) };

        let mut dx = vec![0.0; x.len()];
        work.forward_pass(&mut model, &x, pass);
        let value = {
            let (outputs, d_outputs) = work.outputs_and_gradient(batch);
            loss.gradient(outputs, targets, d_outputs)
        };
        let mut in_order = vec![0.0; x.len()];
        work.backward_pass(&mut model, &x, pass, Some(&mut in_order));
        order::to_examples::<N::In, f64>(&in_order, &mut dx);
        let exact = [work.gradient().to_vec(), dx];
        let moved = &mut |place: Place, by: f64| {
            let entry = match place {
                Place::Parameter(i) => &mut model.params_mut()[i],
                Place::Input(i) => &mut x[i],
            };
            let old = std::mem::replace(entry, *entry + by);
            let value = loss.value(work.forward_pass(&mut model, &x, pass), targets);
            match place {
                Place::Parameter(i) => model.params_mut()[i] = old,
                Place::Input(i) => x[i] = old,
            }
            value
        };
        Ok(self.compare(&Outline::of::<N>(), &exact, value, moved))
    }

    /// Refuses arguments that check nothing or do not fit. `batch` is the number of examples and `len` the count of
    /// numbers in each.
    fn arguments(&self, numbers: usize, [batch, len]: [usize; 2], unfit: Option<Unfit>) -> Result<()> {
        if self.entries == 0 {
            return Err(Error::argument("entries", 0, "at least 1"));
        }
        if let Some(unfit) = unfit {
            return Err(Error::argument("targets", unfit.found, unfit.expected));
        }
        if numbers != batch * len {
            return Err(Error::argument(
                "x",
                format!("{numbers} numbers"),
                format!("{batch} examples of {len} numbers"),
            ));
        }
        Ok(())
    }

    /// Compares the gradients of parameters and input, at a loss of `value`, with the losses that `moved` returns for
    /// an entry moved by a given amount.
    ///
    /// It is compiled once instead of for each network.
    fn compare(
        &self,
        outline: &Outline,
        [exact, dx]: &[Vec<f64>; 2],
        value: f64,
        moved: &mut dyn FnMut(Place, f64) -> f64,
    ) -> Report {
        let largest = exact.iter().chain(dx).fold(value.abs(), |m, g| m.max(g.abs()));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut sample = |len: usize| index::sample(&mut rng, len, self.entries.min(len));
        let mut tensors = Vec::new();
        for tensor in outline.tensors.iter().filter(|t| t.kind != Kind::Buffer) {
            let window = &exact[tensor.range()];
            let loss = &mut |i, by| moved(Place::Parameter(tensor.offset + i), by);
            tensors.push(TensorReport::of(&tensor.name, window, sample(window.len()), largest, loss));
        }
        let loss = &mut |i, by| moved(Place::Input(i), by);
        tensors.push(TensorReport::of("input", dx, sample(dx.len()), largest, loss));
        Report { tensors }
    }

    /// Checks a layer or network alone, with random parameters and inputs, and a random [`Projection`] as the loss.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if `batch` or [`entries`](Self::entries) is 0.
    pub fn run_layer<N: Layer>(&self, batch: usize) -> Result<Report> {
        let mut model = Model::<N, f64>::new(self.seed);
        let x = self.draw(model.params_mut(), batch * N::In::LEN);
        self.run(&model, &Projection { seed: self.seed }, &x, &vec![(); batch])
    }

    /// Moves parameters at random, and returns random inputs.
    pub(super) fn draw(&self, params: &mut [f64], inputs: usize) -> Vec<f64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        for parameter in params {
            *parameter += rng.random_range(-0.5..0.5);
        }
        (0..inputs).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    /// Checks a loss alone, with random outputs, one example for each target.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if there are no targets, if the loss does not accept one, or if no
    /// [`entries`](Self::entries) are to be checked.
    pub fn run_loss<Out: Shape, L: Loss<Out>>(&self, loss: &L, targets: &[L::Target]) -> Result<Report>
    where
        Identity<Out>: Layer<Out = Out>,
    {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let outputs: Vec<f64> = (0..targets.len() * Out::LEN).map(|_| rng.random_range(-2.0..2.0)).collect();
        self.run(&Model::<Identity<Out>, f64>::new(0), loss, &outputs, targets)
    }
}

/// A loss for checking single layers: the sum of all outputs, each times its own random number in ±1, over the batch's
/// size.
#[derive(Debug, Clone, Copy, Default)]
pub struct Projection {
    /// The seed of the random numbers.
    pub seed: u64,
}

// independent of the shape, so compiled once
impl Projection {
    fn sum<T: Scalar>(self, outputs: &[T], batch: usize) -> f64 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let sum: f64 = outputs.iter().map(|y| y.to_f64() * rng.random_range(-1.0..1.0)).sum();
        sum / batch as f64
    }

    fn factors<T: Scalar>(self, d_outputs: &mut [T], batch: usize) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        for d in d_outputs {
            *d = T::of(rng.random_range(-1.0..1.0) / batch as f64);
        }
    }
}

impl<S: Shape> Loss<S> for Projection {
    type Target = ();

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[()]) -> f64 {
        self.sum(outputs, targets.len())
    }

    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[()], d_outputs: &mut [T]) -> f64 {
        self.factors(d_outputs, targets.len());
        self.sum(outputs, targets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Backward, Flat, Forward, Memory};
    use crate::layers::{Dense, Relu, Sigmoid};
    use crate::loss::SoftmaxCrossEntropy;

    /// A layer that doubles its input and returns a derivative `WRONG / 1000` greater than 2.
    struct Doubling<const WRONG: u32>;

    impl<const WRONG: u32> Layer for Doubling<WRONG> {
        type In = Flat<3>;
        type Out = Flat<3>;
        const NAME: &'static str = "doubling";
        const MEMORY: Memory = Memory::IN_PLACE;

        fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
            io.y.iter_mut().for_each(|y| *y *= T::of(2.0));
        }
        fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
            io.dy.iter_mut().for_each(|d| *d *= T::of(2.0 + f64::from(WRONG) / 1000.0));
        }
    }

    #[test]
    fn a_right_gradient_passes_and_a_wrong_one_is_measured() {
        type Net<const WRONG: u32> = ((Dense<4, 3>, Doubling<WRONG>), Sigmoid<Flat<3>>);
        let right = GradientCheck::new().run_layer::<Net<0>>(2).expect("a batch of two");
        assert!(right.relative_error() < 1e-9, "{right}");
        let wrong = GradientCheck::new().run_layer::<Net<1>>(2).expect("a batch of two");
        assert!((3e-4..7e-4).contains(&wrong.relative_error()), "{wrong}");
        assert_eq!(
            wrong.tensors.iter().map(|t| &*t.name).collect::<Vec<_>>(),
            ["dense1.weight", "dense1.bias", "input"]
        );
    }

    #[test]
    fn kinks_are_left_behind_by_shrinking_the_step() {
        for seed in 0..50 {
            let check = GradientCheck::new().seed(seed);
            let report =
                check.run_layer::<((Dense<6, 20>, Relu<Flat<20>>), Dense<20, 2>)>(5).expect("a batch");
            assert!(report.relative_error() < 1e-8, "seed {seed}\n{report}");
        }
    }

    #[test]
    fn an_entry_on_a_kink_is_counted_and_a_wrong_one_is_not() {
        let model = Model::<Relu<Flat<4>>, f64>::new(0);
        let x = [1e-7, -1e-6, 0.0, 0.5];
        let report =
            GradientCheck::new().run(&model, &Projection::default(), &x, &[()]).expect("one example");
        assert_eq!((report.tensors[0].entries, report.tensors[0].kinks), (1, 3), "{report}");
        assert!(report.relative_error() < 1e-9, "{report}");
        let model = Model::<Doubling<1>, f64>::new(0);
        let report = GradientCheck::new().run(&model, &Projection::default(), &[1e-7, 0.0, 1.0], &[()]);
        assert_eq!(report.expect("one example").tensors[0].kinks, 0);
    }

    /// A layer y = e⁸ˣ + max(0, x) KINK · 10⁻⁶ with a derivative that is too large by the share `WRONG` · 10⁻⁶.
    struct Steep<const WRONG: u32, const KINK: u32>;

    impl<const WRONG: u32, const KINK: u32> Layer for Steep<WRONG, KINK> {
        type In = Flat<3>;
        type Out = Flat<3>;
        const NAME: &'static str = "steep";

        fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
            for (y, x) in io.y.iter_mut().zip(io.x) {
                let x = x.to_f64();
                *y = T::of((8.0 * x).exp() + x.max(0.0) * f64::from(KINK) * 1e-6);
            }
        }
        fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
            for ((dx, x), dy) in io.dx.into_iter().flatten().zip(io.x).zip(&*io.dy) {
                let x = x.to_f64();
                let kinked = if x > 0.0 { f64::from(KINK) * 1e-6 } else { 0.0 };
                let slope = (8.0 * (8.0 * x).exp() + kinked) * (1.0 + f64::from(WRONG) * 1e-6);
                *dx = T::of(dy.to_f64() * slope);
            }
        }
    }

    #[test]
    fn a_small_kink_is_one_and_a_gradient_that_is_wrong_by_as_little_is_none() {
        let x = [1e-7, -2e-7, 1e-7];
        let run = |report: Result<Report>| report.expect("one example").tensors.remove(0);
        let kinked = run(GradientCheck::new().run(
            &Model::<Steep<0, 400>, f64>::new(0),
            &Projection::default(),
            &x,
            &[()],
        ));
        assert_eq!((kinked.entries, kinked.kinks), (0, 3));
        let wrong = run(GradientCheck::new().run(
            &Model::<Steep<25, 0>, f64>::new(0),
            &Projection::default(),
            &x,
            &[()],
        ));
        assert_eq!((wrong.entries, wrong.kinks), (3, 0));
        assert!((2e-5..3e-5).contains(&wrong.relative_error), "{}", wrong.relative_error);
    }

    #[test]
    fn a_layer_that_does_not_describe_itself_is_checked_all_the_same() {
        /// A layer y = p·x with a wrong derivative, which does not describe p.
        struct Undescribed;
        impl Layer for Undescribed {
            type In = Flat<1>;
            type Out = Flat<1>;
            const NAME: &'static str = "undescribed";
            const PARAMS: usize = 1;

            fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
                io.y.iter_mut().zip(io.x).for_each(|(y, &x)| *y = io.params[0] * x);
            }
            fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
                io.x.iter().zip(&*io.dy).for_each(|(&x, &dy)| io.grads[0] += T::of(7.0) * x * dy);
                io.dx.into_iter().flatten().zip(&*io.dy).for_each(|(dx, &dy)| *dx = io.params[0] * dy);
            }
        }
        let report = GradientCheck::new().run_layer::<(Undescribed, Dense<1, 2>)>(2).expect("a batch");
        assert_eq!(report.tensors[0].name, "undescribed1.rest");
        assert!(report.tensors[0].relative_error > 0.5, "{report}");
        assert!(report.tensors[1..].iter().all(|t| t.relative_error < 1e-9), "{report}");
    }

    #[test]
    fn a_gradient_that_is_not_a_number_is_not_passed_over() {
        let mut model = Model::<Dense<2, 2>, f64>::new(0);
        model.params_mut()[1] = f64::NAN;
        let report = GradientCheck::new().run(&model, &Projection::default(), &[1.0, 2.0], &[()]);
        assert!(!report.expect("fitting sizes").relative_error().is_finite());
    }

    #[test]
    fn sizes_that_do_not_fit_are_errors() {
        let model = Model::<Dense<2, 2>, f64>::new(0);
        let check = |x: &[f64], n| GradientCheck::new().run(&model, &Projection::default(), x, &vec![(); n]);
        let message = check(&[1.0; 3], 2).expect_err("three numbers are not two examples").to_string();
        assert_eq!(message, "x: found 3 numbers, expected 2 examples of 2 numbers");
        assert!(check(&[], 0).is_err());
    }

    #[test]
    fn targets_and_entries_that_check_nothing_are_errors() {
        let model = Model::<Dense<2, 2>, f64>::new(0);
        let message = |check: GradientCheck, label| {
            let result = check.run(&model, &SoftmaxCrossEntropy, &[1.0; 4], &[0, label]);
            result.map(drop).map_err(|error| error.to_string())
        };
        let label = "targets: found label 2, expected 0 to 1, one for each of the network's 2 outputs";
        assert_eq!(message(GradientCheck::new(), 2), Err(label.to_owned()));
        let entries = "entries: found 0, expected at least 1";
        assert_eq!(message(GradientCheck::new().entries(0), 1), Err(entries.to_owned()));
        assert_eq!(message(GradientCheck::new(), 1), Ok(()));
    }
}
