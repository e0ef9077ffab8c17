//! Training that leaves the finite numbers stops, and says where.

use super::*;

/// Counts forward passes in a running statistic.
struct Passes;

impl Layer for Passes {
    type In = Flat<2>;
    type Out = Flat<2>;

    const NAME: &'static str = "passes";
    const BUFFERS: usize = 1;
    const MEMORY: Memory = Memory::OUT_OF_PLACE.reads_nothing();

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.buffers[0] += T::ONE;
        io.y.copy_from_slice(io.x);
    }
    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            dx.copy_from_slice(io.dy);
        }
    }
    fn infer<T: Scalar>(_: Pass, _: Infer<'_, T>, _: &mut Workspace<'_, T>) {}
}

/// Is infinite at its third batch.
#[derive(Debug, Default)]
struct ThirdIsInfinite(AtomicUsize);

impl Loss<Flat<3>> for ThirdIsInfinite {
    type Target = usize;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        <SoftmaxCrossEntropy as Loss<Flat<3>>>::value(&SoftmaxCrossEntropy, outputs, targets)
    }
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        let loss = SoftmaxCrossEntropy;
        let loss = <SoftmaxCrossEntropy as Loss<Flat<3>>>::gradient(&loss, outputs, targets, d_outputs);
        if self.0.fetch_add(1, Ordering::Relaxed) == 2 { f64::INFINITY } else { loss }
    }
}

/// Counts the steps of SGD.
#[derive(Debug, Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Optimizer for Counted {
    type State<T: Scalar> = Moments<T, 0>;

    fn check<T: Scalar>(&self) -> plywood::Result<()> {
        Ok(())
    }
    fn step<T: Scalar>(&self, state: &mut Moments<T, 0>, step: Step<'_, T>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        Sgd.step(state, step);
    }
}

#[test]
fn a_step_that_diverges_is_not_taken() {
    let data = Points::<2>::random(4, 3, 1);
    let mut model = Model::<(Passes, Dense<2, 3>)>::new(1);
    let steps = Counted::default();
    let trainer = Trainer::new().optimizer(steps.clone()).loss(ThirdIsInfinite::default());
    let result = trainer.batch_size(2).learning_rate(0.25).run(&mut model, &data).fit();
    assert!(matches!(result, Err(Error::Diverged { epoch: 2, step: 1, .. })), "{result:?}");
    assert_eq!(
        message(result),
        "the loss is inf at epoch 2, step 1: training diverged; lower the learning rate (it is 0.25)"
    );
    assert_eq!((steps.0.load(Ordering::Relaxed), model.buffers()), (2, &[2.0][..]));
}

#[test]
fn a_learning_rate_far_too_high_diverges() {
    let data = Points::<2>::random(64, 3, 1);
    let mut model = Model::<((Dense<2, 8>, Relu<Flat<8>>), Dense<8, 3>)>::new(1);
    let result = Trainer::new().learning_rate(1e30).run(&mut model, &data).fit();
    assert!(matches!(result, Err(Error::Diverged { epoch: 2, step: 1, .. })), "{result:?}");
}

/// Leaves the parameters at a number, whatever the gradient.
#[derive(Debug, Clone)]
struct Leaves(f64);

impl Optimizer for Leaves {
    type State<T: Scalar> = Moments<T, 0>;

    fn check<T: Scalar>(&self) -> plywood::Result<()> {
        Ok(())
    }
    fn step<T: Scalar>(&self, _: &mut Moments<T, 0>, step: Step<'_, T>) {
        step.params.fill(T::of(self.0));
    }
}

/// Infinite in evaluation, not in training.
#[derive(Debug)]
struct InfiniteValue;

impl Loss<Flat<3>> for InfiniteValue {
    type Target = usize;

    fn value<T: Scalar>(&self, _: &[T], _: &[usize]) -> f64 {
        f64::INFINITY
    }
    fn gradient<T: Scalar>(&self, _: &[T], _: &[usize], d_outputs: &mut [T]) -> f64 {
        d_outputs.fill(T::ZERO);
        0.0
    }
}

/// Has a running statistic that no `f32` can hold.
struct Overflows;

impl Layer for Overflows {
    type In = Flat<2>;
    type Out = Flat<2>;

    const NAME: &'static str = "overflows";
    const BUFFERS: usize = 1;
    const MEMORY: Memory = Memory::OUT_OF_PLACE.reads_nothing();

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.buffers[0] = T::of(1e300);
        io.y.copy_from_slice(io.x);
    }
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {}
    fn infer<T: Scalar>(_: Pass, _: Infer<'_, T>, _: &mut Workspace<'_, T>) {}
}

#[test]
fn an_epoch_that_ends_outside_the_finite_numbers_is_an_error() {
    type Net = Dense<2, 3>;
    // one step of one epoch: no later loss would tell
    let data = Points::<2>::random(4, 3, 1);
    let once = || Trainer::new().epochs(1).batch_size(4).learning_rate(0.25);
    let cases = [
        ("a parameter is inf", once().optimizer(Leaves(1e300)).run(&mut Model::<Net>::new(1), &data).fit()),
        ("a running statistic is inf", once().run(&mut Model::<(Overflows, Net)>::new(1), &data).fit()),
        (
            "the validation loss is inf",
            once().loss(InfiniteValue).run(&mut Model::<Net>::new(1), &data).validate(&data).fit(),
        ),
    ];
    for (what, result) in cases {
        let expected =
            format!("{what} at epoch 1, step 1: training diverged; lower the learning rate (it is 0.25)");
        assert_eq!(message(result), expected);
    }
}

#[test]
fn epochs_without_end_take_no_memory_before_they_are_trained() {
    let data = Points::<2>::random(4, 3, 1);
    let trainer = Trainer::new().epochs(usize::MAX).batch_size(2).loss(ThirdIsInfinite::default());
    let result = trainer.run(&mut Model::<Dense<2, 3>>::new(1), &data).fit();
    assert!(matches!(result, Err(Error::Diverged { epoch: 2, step: 1, .. })), "{result:?}");
}
