//! Training: learns, repeats itself bit for bit, and says what is wrong with what it is given.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood::layers::{Dense, Dropout, Relu, Tanh};
use plywood::optim::{Moments, Momentum, Optimizer, Schedule, Sgd, Step};
use plywood::train::Report;
use plywood::{
    Backward, Dataset, Error, Flat, Forward, Layer, Loss, Model, Pass, Scalar, SoftmaxCrossEntropy, Stage,
    Threads, Trainer, evaluate,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Examples of `N` numbers, with labels.
struct Points<const N: usize>(Vec<([f64; N], usize)>);

impl<const N: usize> Points<N> {
    /// Random numbers with random labels: nothing to learn, only to remember.
    fn random(count: usize, classes: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let point = |_| (std::array::from_fn(|_| rng.random_range(-1.0..1.0)), rng.random_range(0..classes));
        Self((0..count).map(point).collect())
    }
}

impl<const N: usize> Dataset for Points<N> {
    type Example = Flat<N>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        let (numbers, label) = &self.0[index];
        x.iter_mut().zip(numbers).for_each(|(x, &number)| *x = T::of(number));
        *label
    }
}

#[test]
fn learns_xor() {
    let xor = Points(vec![([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]);
    let mut model = Model::<((Dense<2, 8>, Tanh<Flat<8>>), Dense<8, 2>)>::new(1);
    let trainer = Trainer::new().epochs(200).batch_size(2).learning_rate(0.05);
    let report = trainer.fit(&mut model, &xor, None::<&Points<2>>).expect("a good run");
    let last = report.history[199];
    assert_eq!((last.train.error, last.validation), (Some(0.0), None));
    assert!(last.train.loss < 0.01, "loss {}", last.train.loss);
    assert_eq!(evaluate(&model, &xor, &Threads::one()).expect("an evaluation").correct, 4);
}

#[test]
fn remembers_twenty_random_examples() {
    let data = Points::<4>::random(20, 5, 3);
    let mut model = Model::<((Dense<4, 64>, Relu<Flat<64>>), Dense<64, 5>)>::new(1);
    // 20 = 8 + 8 + 4: the last batch of an epoch is smaller
    let trainer = Trainer::new().epochs(400).batch_size(8).learning_rate(0.05);
    trainer.fit(&mut model, &data, None::<&Points<4>>).expect("a good run");
    let evaluation = evaluate(&model, &data, &Threads::one()).expect("an evaluation");
    assert_eq!(evaluation.correct, 20, "{}", evaluation.confusion);
}

/// Large enough that every kernel spreads over three threads.
type Wide = (((Dense<64, 400>, Relu<Flat<400>>), Dropout<Flat<400>, 200_000>), Dense<400, 10>);

fn train_wide(threads: usize, seed: u64) -> (Vec<u32>, Vec<[u64; 3]>) {
    let mut model = Model::<Wide>::new(1);
    let (train, validation) = (Points::<64>::random(300, 10, 1), Points::<64>::random(150, 10, 2));
    let threads = Threads::new(threads).expect("threads");
    let trainer = Trainer::new().epochs(2).batch_size(128).l2(1e-3).seed(seed).threads(&threads);
    let report = trainer.fit(&mut model, &train, Some(&validation)).expect("a good run");
    let losses = report.history.iter().map(|epoch| {
        let validation = epoch.validation.expect("validated");
        [epoch.train.loss, validation.loss, validation.error.expect("an error")].map(f64::to_bits)
    });
    (model.params().iter().map(|x| x.to_bits()).collect(), losses.collect())
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    let one = train_wide(1, 5);
    for threads in [1, 2, 3] {
        assert!(train_wide(threads, 5) == one, "{threads} threads differ from one");
    }
    assert!(train_wide(1, 6) != one, "another seed gives the same");
}

#[test]
fn an_epoch_is_the_mean_over_its_examples() {
    // a learning rate so small that nothing moves: the epoch's loss is then the model's
    let data = Points::<4>::random(21, 3, 3);
    let mut model = Model::<Dense<4, 3>, f64>::new(1);
    let trainer = Trainer::new().epochs(1).batch_size(8).learning_rate(1e-300);
    let epoch = trainer.fit(&mut model, &data, Some(&data)).expect("a good run").history[0];
    let evaluation = evaluate(&model, &data, &Threads::one()).expect("an evaluation");
    let validation = epoch.validation.expect("validated");
    assert!((epoch.train.loss - evaluation.loss).abs() < 1e-14);
    assert!((validation.loss - evaluation.loss).abs() < 1e-14);
    assert_eq!((epoch.train.error, validation.error), (Some(evaluation.error), Some(evaluation.error)));
}

#[test]
fn the_schedule_and_the_penalty_reach_the_optimizer() {
    let data = Points(vec![([0.0], 0)]);
    let mut model = Model::<Dense<1, 2>, f64>::new(1);
    let weights = model.params()[..2].to_vec();
    let schedule = Schedule::InverseTime { a: 2.0, b: 3.0 };
    let trainer = Trainer::new().optimizer(Sgd).epochs(2).learning_rate(schedule).l2(0.1);
    let report = trainer.fit(&mut model, &data, None::<&Points<1>>).expect("a good run");
    let rates: Vec<_> = report.history.iter().map(|epoch| epoch.learning_rate).collect();
    assert_eq!(rates, [0.5, 0.2]);
    // the input is 0, so that only the penalty moves the weights: (1 − 0.5·0.1)(1 − 0.2·0.1)
    for (weight, start) in model.params().iter().zip(weights) {
        assert!((weight - start * 0.95 * 0.98).abs() < 1e-15);
    }
}

fn message<T: std::fmt::Debug>(result: plywood::Result<T>) -> String {
    result.expect_err("misuse").to_string()
}

#[test]
fn misuse_is_named() {
    let good = || Points(vec![([0.5, 0.5], 0), ([0.1, 0.2], 2)]);
    let with = |numbers, label| {
        let mut data = good();
        data.0.push((numbers, label));
        data
    };
    let fit = |trainer: &Trainer, train: &Points<2>, validation: &Points<2>| {
        message(trainer.fit(&mut Model::<Dense<2, 3>>::new(1), train, Some(validation)))
    };
    let settings = [
        (Trainer::new().epochs(0), "epochs: found 0, expected at least 1"),
        (Trainer::new().batch_size(0), "batch size: found 0, expected at least 1"),
        (Trainer::new().learning_rate(-0.1), "learning rate: found -0.1, expected a finite f32 above 0"),
        (Trainer::new().learning_rate(f64::NAN), "learning rate: found NaN, expected a finite f32 above 0"),
        // no f32
        (Trainer::new().learning_rate(1e300), "learning rate: found 1e300, expected a finite f32 above 0"),
        (Trainer::new().l2(-1.0), "l2: found -1.0, expected a finite f32, at least 0"),
        (
            Trainer::new().optimizer(Momentum { momentum: 1.5 }),
            "momentum: found 1.5, expected at least 0 and, as f32, less than 1",
        ),
    ];
    for (trainer, expected) in settings {
        assert_eq!(message(trainer.check::<f32>()), expected);
        assert_eq!(fit(&trainer, &good(), &good()), expected);
    }

    let label = "example 2: found label 3, expected 0 to 2, one for each of the network's 3 outputs";
    let number = "example 2, number 1: found NaN, expected finite numbers";
    let data = [
        (Points(vec![]), ": found no examples, expected at least 1".to_owned()),
        (with([0.0, 0.0], 3), format!(", {label}")),
        (with([0.0, f64::NAN], 0), format!(", {number}")),
        // 1e300 is no f32
        (with([0.0, 1e300], 0), format!(", {}", number.replace("NaN", "inf"))),
    ];
    for (bad, expected) in data {
        assert_eq!(fit(&Trainer::new(), &bad, &good()), format!("training data{expected}"));
        assert_eq!(fit(&Trainer::new(), &good(), &bad), format!("validation data{expected}"));
        let model = Model::<Dense<2, 3>>::new(1);
        let found = message(evaluate(&model, &bad, &Threads::one()));
        assert_eq!(found, format!("evaluation data{expected}"));
    }

    let folder = scratch("misuse");
    let trainer = Trainer::new().log(&folder);
    let expected = format!("{}: cannot create: ", folder.display());
    assert!(fit(&trainer, &good(), &good()).starts_with(&expected));
}

#[test]
fn bad_data_is_found_before_the_first_step() {
    let mut data = Points::<2>::random(1000, 3, 1);
    data.0[999].1 = 3;
    let mut model = Model::<Dense<2, 3>>::new(1);
    let before = model.params().to_vec();
    let found = message(Trainer::new().fit(&mut model, &data, None::<&Points<2>>));
    assert!(found.starts_with("training data, example 999: found label 3"), "{found}");
    assert_eq!(model.params(), before);
}

/// Counts forward passes in a running statistic.
struct Passes;

impl Layer for Passes {
    type In = Flat<2>;
    type Out = Flat<2>;

    const NAME: &'static str = "passes";
    const BUFFERS: usize = 1;
    const USES_INPUT: bool = false;

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.buffers[0] += T::ONE;
        io.y.copy_from_slice(io.x);
    }
    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            dx.copy_from_slice(io.dy);
        }
    }
    fn infer<T: Scalar>(_: Pass, _: &[T], _: &[T], _: &mut Stage<'_, T>) {}
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
    let result = trainer.batch_size(2).learning_rate(0.25).fit(&mut model, &data, None::<&Points<2>>);
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
    let result = Trainer::new().learning_rate(1e30).fit(&mut model, &data, None::<&Points<2>>);
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
    const USES_INPUT: bool = false;

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.buffers[0] = T::of(1e300);
        io.y.copy_from_slice(io.x);
    }
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {}
    fn infer<T: Scalar>(_: Pass, _: &[T], _: &[T], _: &mut Stage<'_, T>) {}
}

#[test]
fn an_epoch_that_ends_outside_the_finite_numbers_is_an_error() {
    type Net = Dense<2, 3>;
    // one step of one epoch: no later loss would tell
    let data = Points::<2>::random(4, 3, 1);
    let once = || Trainer::new().epochs(1).batch_size(4).learning_rate(0.25);
    let none = None::<&Points<2>>;
    let cases = [
        ("a parameter is inf", once().optimizer(Leaves(1e300)).fit(&mut Model::<Net>::new(1), &data, none)),
        ("a running statistic is inf", once().fit(&mut Model::<(Overflows, Net)>::new(1), &data, none)),
        (
            "the validation loss is inf",
            once().loss(InfiniteValue).fit(&mut Model::<Net>::new(1), &data, Some(&data)),
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
    let result = trainer.fit(&mut Model::<Dense<2, 3>>::new(1), &data, None::<&Points<2>>);
    assert!(matches!(result, Err(Error::Diverged { epoch: 2, step: 1, .. })), "{result:?}");
}

#[test]
fn threads_are_limited() {
    for count in [0, Threads::MAX + 1, 40_000] {
        let expected = format!("threads: found {count}, expected 1 to 1024");
        assert_eq!(message(Threads::new(count)), expected);
    }
}

/// A path for a test's files.
fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("train-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn logged(name: &str, validate: bool) -> (Report, String) {
    let path = scratch("log").join("made").join(name);
    let data = Points::<2>::random(50, 3, 1);
    let trainer = Trainer::new().epochs(3).log(&path);
    let mut model = Model::<Dense<2, 3>>::new(1);
    let report = trainer.fit(&mut model, &data, validate.then_some(&data)).expect("a good run");
    (report, std::fs::read_to_string(path).expect("a log"))
}

fn numbers(report: &Report) -> Vec<[Option<f64>; 8]> {
    let row = |epoch: &plywood::train::Epoch| {
        [
            Some(epoch.number as f64),
            Some(epoch.train.loss),
            epoch.train.error,
            epoch.validation.map(|measure| measure.loss),
            epoch.validation.and_then(|measure| measure.error),
            Some(epoch.learning_rate),
            Some(epoch.seconds),
            Some(epoch.examples_per_second),
        ]
    };
    report.history.iter().map(row).collect()
}

const COLUMNS: [&str; 8] = [
    "epoch",
    "train_loss",
    "train_error",
    "validation_loss",
    "validation_error",
    "learning_rate",
    "seconds",
    "examples_per_second",
];

#[test]
fn the_csv_log_holds_the_history_exactly() {
    for validate in [true, false] {
        let (report, text) = logged("log.csv", validate);
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        assert_eq!(lines.next().expect("a header"), COLUMNS);
        let rows: Vec<Vec<Option<f64>>> =
            lines.map(|fields| fields.into_iter().map(|field| field.parse().ok()).collect()).collect();
        assert_eq!(rows, numbers(&report));
        assert_eq!(rows[0][3].is_some(), validate);
    }
}

#[test]
fn the_json_log_holds_the_history_exactly() {
    for validate in [true, false] {
        let (report, text) = logged("log.jsonl", validate);
        let expected = numbers(&report);
        assert_eq!(text.lines().count(), expected.len());
        for (line, expected) in text.lines().zip(expected) {
            let fields = line.strip_prefix('{').and_then(|line| line.strip_suffix('}')).expect("an object");
            for ((field, name), value) in fields.split(',').zip(COLUMNS).zip(expected) {
                let text = field.strip_prefix(&format!("\"{name}\":")).expect(name);
                assert!(text == "null" || text.parse::<f64>().is_ok(), "{field} is not JSON");
                assert_eq!(text.parse().ok(), value, "{name}");
            }
            assert_eq!(fields.split(',').count(), COLUMNS.len());
        }
    }
}

#[cfg(feature = "plot")]
#[test]
fn the_picture_shows_both_curves_over_whole_epochs() {
    let path = scratch("picture").join("made").join("curves.svg");
    let data = Points::<2>::random(50, 3, 1);
    let mut model = Model::<Dense<2, 3>>::new(1);
    let trainer = Trainer::new().epochs(3).picture(&path);
    trainer.fit(&mut model, &data, Some(&data)).expect("a good run");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    let texts: Vec<_> = svg.lines().map(str::trim).filter(|line| !line.starts_with('<')).collect();
    for expected in ["Loss", "Error in %", "training", "validation", "epoch", "1", "2", "3"] {
        assert!(texts.contains(&expected), "no {expected:?} among {texts:?}");
    }

    // one epoch, no validation: still a picture, without the curve that there is not
    let report = Trainer::new().epochs(1).fit(&mut model, &data, None::<&Points<2>>).expect("a good run");
    report.draw(&path).expect("a picture");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    assert!(svg.contains("training") && !svg.contains("validation"));
}

#[test]
fn the_report_is_a_table() {
    let (report, _) = logged("table.csv", true);
    let table = report.to_string();
    let widths: Vec<_> = table.lines().take(4).map(|line| line.chars().count()).collect();
    assert_eq!(widths, [widths[0]; 4], "{table}");
    assert!(table.lines().nth(3).is_some_and(|line| line.starts_with("    3  ")), "{table}");
    assert_eq!(table.lines().count(), 5);
}

#[test]
fn rates_of_any_size_fit_the_table() {
    let (mut report, _) = logged("rates.csv", true);
    let cases =
        [(0.05, "0.05"), (1e-6, "0.000001"), (1.0 / 3e7, "3.33e-8"), (1e-300, "1.00e-300"), (2e3, "2.00e3")];
    for (rate, expected) in cases {
        report.history[0].learning_rate = rate;
        let table = report.to_string();
        let lines: Vec<_> = table.lines().take(2).map(|line| line.chars().count()).collect();
        assert_eq!(lines[0], lines[1], "{table}");
        assert!(table.contains(&format!(" {expected} ")), "{table}");
    }
}

#[test]
fn the_best_epoch_has_the_smallest_validation_error() {
    let (mut report, _) = logged("best.csv", true);
    for (epoch, error) in report.history.iter_mut().zip([0.3, 0.1, 0.1]) {
        epoch.validation.as_mut().expect("validated").error = Some(error);
    }
    assert_eq!(report.best().map(|epoch| epoch.number), Some(2));
}
