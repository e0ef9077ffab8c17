//! The right number decides: errors of several kinds, monitors, and metrics, from the run to every record of it.

use plywood::eval::metrics::{AbsoluteError, Accuracy, MeanIou, R2, TopK};
use plywood::eval::{Better, Metric, measure_by};
use plywood::loss::{BinaryCrossEntropy, ErrorMeasure, MeanSquaredError};
use plywood::train::{Checkpoints, Ended, Epoch, Every, Monitor, TensorBoard};
use plywood::{Image, Loss, Result, Shape};

use super::best::Named as NamedClasses;
use super::checkpoint::{NEVER, StopAfter};
use super::*;

/// Random questions that are answered "yes" or "no", which are their own answers.
struct Answers(Vec<[f32; 12]>);

impl Answers {
    fn random(count: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut answer = || if rng.random_range(0.0..1.0) < 0.4 { 1.0 } else { 0.0 };
        Self((0..count).map(|_| std::array::from_fn(|_| answer())).collect())
    }
}

impl Dataset for Answers {
    type Example = Flat<12>;
    type Target = [f32; 12];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 12] {
        x.iter_mut().zip(self.0[index]).for_each(|(x, answer)| *x = T::of(f64::from(answer)));
        self.0[index]
    }
}

network! {
    /// Too narrow for all of the answers.
    Narrow: Flat<12> => Flat<12> { dense(4), tanh, dense(12) }
    /// Two numbers from two.
    Plane: Flat<2> => Flat<2> { dense(8), tanh, dense(2) }
}

#[test]
fn several_answers_are_judged_one_by_one() {
    let (train, validation) = (Answers::random(200, 1), Answers::random(100, 2));
    let mut model = Model::<Narrow>::new(1);
    let trainer = Trainer::new().loss(BinaryCrossEntropy).epochs(30).learning_rate(0.3).early_stopping(5);
    let trainer = trainer.keep_best(true);
    let report = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");

    // what nearly every example gets wrong says nothing about the epochs
    let answers =
        |example: &[f32; 12]| model.infer(example).map(|score: f32| if score > 0.0 { 1.0 } else { 0.0 });
    let wrong: Vec<_> = (validation.0.iter())
        .map(|example| answers(example).iter().zip(example).filter(|(a, b)| a != b).count())
        .collect();
    let any = wrong.iter().filter(|&&wrong| wrong > 0).count();
    assert!(any > 60, "{any} of 100 examples have a wrong answer");

    let best = report.best().expect("an epoch");
    let errors: Vec<_> = report.epochs.iter().map(|epoch| epoch.validation.expect("validated")).collect();
    let least = errors.iter().map(|measure| measure.error.expect("an error")).fold(1.0, f64::min);
    let measure = best.validation.expect("validated");
    assert!(best.number > 5 && least < 0.6 * errors[0].error.expect("an error"), "{report}");
    assert_eq!(measure.error, Some(least));
    assert_eq!(measure.kind, Some(ErrorMeasure::WRONG_ANSWERS));
    // the kept model is the one that was measured
    assert_eq!(wrong.iter().sum::<usize>() as f64 / 1200.0, least);
    assert!(
        report.to_string().starts_with("epoch  train loss  train wrong  valid. loss  valid. wrong "),
        "{report}"
    );
}

/// Points, with two numbers that follow from them.
struct Curved(usize, u64);

impl Curved {
    fn target(&self, index: usize) -> ([f64; 2], [f32; 2]) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.1 + index as u64);
        let [a, b] = [0; 2].map(|_| rng.random_range(-1.0..1.0));
        ([a, b], [(10.0 * a * b + 3.0) as f32, (a - b) as f32])
    }
}

impl Dataset for Curved {
    type Example = Flat<2>;
    type Target = [f32; 2];

    fn len(&self) -> usize {
        self.0
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 2] {
        let (numbers, target) = self.target(index);
        x.iter_mut().zip(numbers).for_each(|(x, number)| *x = T::of(number));
        target
    }
}

fn regression() -> Trainer<Adam, MeanSquaredError> {
    Trainer::new()
        .optimizer(Adam::default())
        .learning_rate(0.02)
        .loss(MeanSquaredError)
        .epochs(4)
        .batch_size(16)
}

#[test]
fn a_regression_is_judged_by_its_loss_and_shows_its_mean_absolute_error() {
    let (train, validation) = (Curved(160, 1), Curved(50, 10_000));
    let folder = scratch("regression");
    let (log, picture) = (folder.join("log.csv"), folder.join("curves.svg"));
    let trainer = regression().log(&log).picture(&picture).keep_best(true);
    let mut model = Model::<Plane>::new(1);
    let mut board = TensorBoard::new(folder.join("board"));
    let run = trainer.run(&mut model, &train).validate(&validation).metric(&R2).watch(&mut board);
    let mut report = run.fit().expect("a good run");

    // by hand, from the kept model
    let (mut absolute, mut residuals, mut targets) = (0.0, 0.0, Vec::new());
    for index in 0..50 {
        let (x, target) = validation.target(index);
        let outputs: [f32; 2] = model.infer(&x.map(|x| x as f32));
        for (y, t) in outputs.into_iter().zip(target) {
            absolute += f64::from(y - t).abs();
            residuals += f64::from(y - t).powi(2);
        }
        targets.push(target.map(f64::from));
    }
    let mut variation = 0.0;
    for output in 0..2 {
        let mean = targets.iter().map(|target| target[output]).sum::<f64>() / 50.0;
        variation += targets.iter().map(|target| (target[output] - mean).powi(2)).sum::<f64>();
    }
    let best = report.best().expect("an epoch");
    let error = best.validation.expect("validated").error.expect("an error");
    assert!((error - absolute / 100.0).abs() < 1e-6, "{error}");
    let r2 = best.metric("R²").expect("a metric");
    assert!((r2 - (1.0 - residuals / variation)).abs() < 1e-6, "{r2}");
    assert_eq!(measure_by(&model, &validation, &R2).expect("a measure"), r2);
    assert_eq!(trainer.measure(&model, &validation).expect("a measure"), best.validation.expect("validated"));

    // everywhere under its own name, and as a number
    let table = report.to_string();
    let [head, row] = [0, 1].map(|line| table.lines().nth(line).expect("a line"));
    for part in ["train MAE", "valid. MAE", "valid. R²"] {
        assert!(head.contains(part), "{head}");
    }
    assert!(!row.contains('%') && row.chars().count() == head.chars().count(), "{table}");
    let text = std::fs::read_to_string(&log).expect("a log");
    let columns: Vec<_> = text.lines().next().expect("a header").split(',').collect();
    assert_eq!((columns[2], columns[4]), ("train_mean_absolute_error", "validation_mean_absolute_error"));
    assert_eq!(columns[9..], ["validation_r2"]);
    assert!(std::fs::read_to_string(&picture).expect("a picture").contains("Mean absolute error\n"));
    let (scalars, _) = events::read(&folder.join("board").join("validation"));
    let tag = |tag: &str| events::of(&scalars, tag).map(|(_, value)| value).collect::<Vec<_>>();
    let values = |value: &dyn Fn(&Epoch) -> f64| {
        report.epochs.iter().map(|epoch| value(epoch) as f32).collect::<Vec<_>>()
    };
    let error_of = |epoch: &Epoch| epoch.validation.and_then(|measure| measure.error).expect("an error");
    assert_eq!(tag("epoch/mean_absolute_error"), values(&error_of));
    assert_eq!(tag("epoch/r2"), values(&|epoch| epoch.metric("R²").expect("a metric")));

    // the loss decides unless the user says otherwise
    for (epoch, [loss, error]) in
        report.epochs.iter_mut().zip([[3.0, 1.0], [1.0, 2.0], [1.0, 1.5], [2.0, 1.0]])
    {
        let measure = epoch.validation.as_mut().expect("validated");
        (measure.loss, measure.error) = (loss, Some(error));
    }
    for (monitor, number) in [(Monitor::Auto, 2), (Monitor::Loss, 2), (Monitor::Error, 4)] {
        report.monitor = monitor;
        assert_eq!(report.best().map(|epoch| epoch.number), Some(number));
    }
}

/// A metric of classes with the values that it is told, epoch by epoch.
struct Told<'a>(&'static str, Better, &'a [f64], std::sync::atomic::AtomicUsize);

impl<'a> Told<'a> {
    fn new(name: &'static str, better: Better, values: &'a [f64]) -> Self {
        Self(name, better, values, 0.into())
    }
}

impl<const N: usize> Metric<Flat<N>, usize> for Told<'_> {
    fn name(&self) -> String {
        self.0.to_owned()
    }
    fn better(&self) -> Better {
        self.1
    }
    fn sums(&self) -> usize {
        0
    }
    fn add<T: Scalar>(&self, _: &[T], _: &[usize], _: &mut [f64]) {}
    fn value(&self, _: &[f64], _: usize) -> f64 {
        self.2[self.3.fetch_add(1, std::sync::atomic::Ordering::Relaxed)]
    }
}

#[test]
fn a_metric_decides_where_it_is_asked_to() {
    const NAN: f64 = f64::NAN;

    let (train, validation) = data();
    let cases = [
        (Better::Larger, vec![0.2, 0.9, 0.5, 0.4, 0.1], 2, 4),
        (Better::Smaller, vec![0.2, 0.9, 0.1, 0.4, 0.3], 3, 5),
        // a NaN is worse than any number
        (Better::Larger, vec![NAN, 0.9, NAN, NAN, 0.1], 2, 4),
        (Better::Smaller, vec![NAN, -NAN, 7.0, -NAN, 8.0], 3, 5),
    ];
    for (better, values, best, ended) in cases {
        let told = Told::new("told", better, &values);
        let trainer = trainer().epochs(9).early_stopping(2).monitor(Monitor::metric("told"));
        let mut model = Model::<Noisy>::new(1);
        let report =
            trainer.run(&mut model, &train).validate(&validation).metric(&told).fit().expect("a good run");
        assert_eq!(report.best().map(|epoch| epoch.number), Some(best), "{values:?}");
        assert_eq!((report.epochs.len(), report.ended), (ended, Ended::EarlyStopping), "{values:?}");
        // the kept model is that of the best epoch
        let measure = trainer.measure(&model, &validation).expect("a measure");
        assert_eq!(Some(measure), report.best().expect("an epoch").validation);
    }
    // of equal values the smaller loss, and of equal losses the first
    let mut losses = Vec::new();
    let told = Told::new("told", Better::Larger, &[0.5; 3]);
    let trainer = trainer().monitor(Monitor::metric("told"));
    let run = trainer.run(&mut Model::<Noisy>::new(1), &train).validate(&validation).metric(&told).fit();
    let report = run.expect("a good run");
    losses.extend(report.epochs.iter().map(|epoch| epoch.validation.expect("validated").loss));
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(report.best().expect("an epoch").validation.map(|measure| measure.loss), Some(least));
}

#[test]
fn a_metric_is_in_every_record_of_a_run() {
    let (train, validation) = data();
    let folder = scratch("metric");
    let values = [0.25, f64::NAN, 0.75];
    let told = Told::new("Told, <b>", Better::Larger, &values);
    for name in ["log.csv", "log.jsonl"] {
        told.3.store(0, std::sync::atomic::Ordering::Relaxed);
        let trainer = trainer().log(folder.join(name)).monitor(Monitor::metric("Told, <b>"));
        let mut board = TensorBoard::new(folder.join(format!("board of {name}")));
        let mut recorder = trainer.recorder(folder.join("page"), &validation);
        let mut model = Model::<Noisy>::new(1);
        let run = trainer.run(&mut model, &train).validate(&validation).metric(&TopK(2)).metric(&told);
        let report = run.watch(&mut board).watch(&mut recorder).fit().expect("a good run");

        let found: Vec<_> =
            report.epochs.iter().map(|epoch| epoch.metric("Told, <b>").expect("a metric")).collect();
        assert_eq!(found.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), values.map(f64::to_bits));
        assert_eq!(report.epochs[0].metric("told"), None);
        let top = report.epochs[2].metric("top 2").expect("a metric");

        let table = report.to_string();
        let lines: Vec<_> = table.lines().take(4).collect();
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{table}");
        let rows: Vec<Vec<_>> = lines.iter().map(|line| line.split("  ").collect()).collect();
        assert!(
            table.lines().next().is_some_and(|line| line.ends_with("  valid. top 2  valid. Told, <b>")),
            "{table}"
        );
        assert_eq!(rows[1].last(), Some(&"0.2500"), "{table}");
        assert_eq!(rows[2].last(), Some(&" -"), "{table}");
        assert!(table.contains(&format!("  {:.2} %  ", 100.0 * top)), "{table}");

        let text = std::fs::read_to_string(folder.join(name)).expect("a log");
        if name == "log.csv" {
            assert!(text.starts_with("epoch,train_loss,train_error,"), "{text}");
            let ends: Vec<_> = text.lines().map(|line| line.rsplit(',').next().expect("a cell")).collect();
            assert_eq!(ends, ["validation_told_b", "0.25", "", "0.75"]);
        } else {
            let ends = ["0.25", "null", "0.75"].map(|value| format!(",\"validation_told_b\":{value}}}"));
            assert!(text.lines().zip(ends).all(|(line, end)| line.ends_with(&end)), "{text}");
            assert!(text.contains(&format!(",\"validation_top_2\":{top},")), "{text}");
        }
        let (scalars, _) = events::read(&folder.join(format!("board of {name}")).join("validation"));
        let found: Vec<_> = events::of(&scalars, "epoch/told_b").map(|(_, value)| value).collect();
        assert!(found[0] == 0.25 && found[1].is_nan() && found[2] == 0.75, "{found:?}");
        let page = std::fs::read_to_string(folder.join("page").join("report.html")).expect("a page");
        for part in [
            "<dt>Validation Told, &lt;b&gt;</dt><dd>0.750<small>best 0.750 in epoch 3</small>",
            "<figcaption>Told, &lt;b&gt;\n",
            "<figcaption>Top 2 in %\n",
            "<dt>Validation error</dt>",
            "decides the best epoch</th><td class=\"words\">Told, &lt;b&gt;</td>",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }
}

/// The numbers of a run, as bits.
fn numbers(model: &Model<Plane>, report: &History) -> Vec<u64> {
    let of_epoch = |epoch: &Epoch| {
        let [train, validation] =
            [Some(epoch.train), epoch.validation].map(|measure| measure.expect("measured"));
        let metrics = epoch.metrics.iter().map(|metric| metric.value);
        let numbers =
            [train.loss, train.error.expect("an error"), validation.loss, validation.error.expect("one")];
        numbers.into_iter().chain(metrics).map(f64::to_bits).collect::<Vec<_>>()
    };
    let best = report.best().expect("an epoch").number as u64;
    let params = model.params().iter().map(|&x| f64::from(x).to_bits());
    params.chain(report.epochs.iter().flat_map(of_epoch)).chain([best]).collect()
}

#[test]
fn sums_and_metrics_go_on_from_the_middle_of_an_epoch() {
    let path = scratch("sums").join("run.safetensors");
    let (train, validation) = (Curved(75, 1), Curved(70, 10_000));
    let run = |save: bool, stop_after: usize| {
        let trainer = regression().batch_size(8).accumulate(2).keep_best(true).monitor(Monitor::metric("R²"));
        let trainer =
            if save { trainer.checkpoint(Checkpoints::new(&path).every(Every::Steps(1))) } else { trainer };
        let mut model = Model::<Plane>::new(1);
        let mut stop = StopAfter(stop_after);
        let run = trainer
            .run(&mut model, &train)
            .validate(&validation)
            .metric(&R2)
            .metric(&AbsoluteError)
            .watch(&mut stop);
        let report = if save { run.resume() } else { run.fit() };
        let report = report.expect("a good run");
        (report.ended == Ended::Complete).then(|| numbers(&model, &report))
    };
    let expected = run(false, NEVER).expect("the whole run");
    // 5 steps an epoch, the last one smaller
    for stop_after in [1, 3, 5, 7, 12, 18] {
        assert_eq!(run(true, stop_after), None);
        let saved = edit::Edit::open(&path);
        assert_eq!(saved.notes["steps_taken"], stop_after.to_string());
        let sums = &saved.tensors["state/sums"];
        assert_eq!(sums.bytes.iter().any(|&byte| byte != 0), stop_after % 5 != 0, "{stop_after}");
        assert_eq!(run(true, NEVER).expect("the rest"), expected, "stopped after step {stop_after}");
        std::fs::remove_file(&path).expect("a file");
        std::fs::remove_file(path.with_extension("previous.safetensors")).expect("a file");
    }
}

#[test]
fn a_resumed_run_may_have_another_monitor_unless_it_keeps_the_best() {
    let (train, validation) = (Curved(75, 1), Curved(70, 10_000));
    for keep_best in [false, true] {
        let path = scratch("monitor").join("run.safetensors");
        let resume = |epochs: usize, monitor: Monitor| {
            let trainer = regression().keep_best(keep_best).checkpoint(&path).monitor(monitor).epochs(epochs);
            let mut model = Model::<Plane>::new(1);
            let run = trainer.run(&mut model, &train).validate(&validation);
            if epochs == 2 { run.metric(&R2).resume() } else { run.metric(&AbsoluteError).resume() }
        };
        resume(2, Monitor::Auto).expect("a good run");
        // which is what decided
        let report = resume(3, Monitor::Loss).expect("a good run");
        let names: Vec<Vec<_>> = report
            .epochs
            .iter()
            .map(|epoch| epoch.metrics.iter().map(|metric| &*metric.name).collect())
            .collect();
        assert_eq!(names, [["R²"], ["R²"], ["absolute error"]]);
        let report = resume(4, Monitor::metric("absolute error"));
        if keep_best {
            let end = format!("found absolute error, expected the loss, as in {}", path.display());
            assert_eq!(message(report), format!("monitor of the best: {end}"));
        } else {
            // epochs without the metric are not compared
            let report = report.expect("a good run");
            let best = report.best().expect("an epoch").number;
            assert!(best >= 3, "{best}");
            // an epoch has what was measured, and that keeps its meaning in a run without it
            assert_eq!(report.epochs[0].metric("absolute error"), None);
            assert_eq!(report.epochs[2].metric("R²"), None);
            assert!(
                report.epochs[0].metric("R²").is_some()
                    && report.epochs[2].metric("absolute error").is_some()
            );
            let [r2] = &report.epochs[0].metrics[..] else { panic!("one metric: {report}") };
            assert_eq!((r2.better, r2.is_share), (Better::Larger, false));
        }
    }
}

#[test]
fn metrics_are_those_by_hand() {
    fn value<Out: Shape, Target, M: Metric<Out, Target>>(
        metric: &M,
        outputs: &[f64],
        targets: &[Target],
    ) -> f64 {
        let mut sums = vec![0.0; metric.sums()];
        // in two batches
        let (first, rest) = targets.split_at(targets.len() / 2);
        let (of_first, of_rest) = outputs.split_at(Out::LEN * first.len());
        metric.add(of_first, first, &mut sums);
        metric.add(of_rest, rest, &mut sums);
        metric.value(&sums, targets.len())
    }
    // three classes: right, second, last, NaN
    let scores = [3.0, 2.0, 1.0, 1.0, 2.0, 3.0, 3.0, 2.0, 1.0, f64::NAN, 1.0, 2.0];
    let labels = [0, 1, 2, 2];
    assert_eq!(value::<Flat<3>, _, _>(&Accuracy, &scores, &labels), 0.25);
    let top = [1, 2, 3].map(|k| value::<Flat<3>, _, _>(&TopK(k), &scores, &labels));
    assert_eq!(top, [0.25, 0.5, 0.75]);
    // class 0: one of two; class 1: none of one; class 2: none of three
    assert_eq!(value::<Flat<3>, _, _>(&MeanIou, &scores, &labels), 0.5 / 3.0);
    // two images of 1×2 pixels with two classes; 255 does not count
    let (pixels, maps) = ([2.0, 1.0, 0.0, 1.0, 0.0, 5.0, 0.0, 1.0], [[[0, 1]], [[0, 255]]]);
    assert_eq!(value::<Image<1, 2, 2>, _, _>(&Accuracy, &pixels, &maps), 2.0 / 3.0);
    assert_eq!(value::<Image<1, 2, 2>, _, _>(&MeanIou, &pixels, &maps), f64::midpoint(1.0 / 2.0, 1.0 / 2.0));
    assert!(value::<Image<1, 2, 2>, _, _>(&MeanIou, &pixels, &[[[255; 2]]; 2]).is_nan());
    assert!(value::<Image<1, 2, 2>, _, _>(&Accuracy, &pixels, &[[[255; 2]]; 2]).is_nan());

    // outputs with means 2 and 20, squared differences of 2 and 200 from them
    let (targets, outputs) = ([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]], [1.0, 10.0, 3.0, 20.0, 3.0, 20.0]);
    assert_eq!(value::<Flat<2>, _, _>(&R2, &outputs, &targets), 1.0 - 101.0 / 202.0);
    assert_eq!(value::<Flat<2>, _, _>(&AbsoluteError, &outputs, &targets), 11.0 / 6.0);
    assert_eq!(value::<Flat<2>, _, _>(&R2, &[2.0, 20.0, 2.0, 20.0, 2.0, 20.0], &targets), 0.0);
    // all equal, and far from zero with little between them
    assert!(value::<Flat<1>, _, _>(&R2, &[0.0; 300], &[[0.1]; 300]).is_nan());
    let far: Vec<_> = (0..200).map(|i| [1e6 + (i % 2) as f32]).collect();
    let middle = value::<Flat<1>, _, _>(&R2, &[1e6 + 0.75; 200], &far);
    assert!((middle + 0.25).abs() < 1e-3, "{middle}");
}

/// A metric with the name that the loss's own error has.
struct Named;
impl Metric<Flat<2>, [f32; 2]> for Named {
    fn name(&self) -> String {
        "Mean absolute error".to_owned()
    }
    fn better(&self) -> Better {
        Better::Smaller
    }
    fn sums(&self) -> usize {
        0
    }
    fn add<T: Scalar>(&self, _: &[T], _: &[[f32; 2]], _: &mut [f64]) {}
    fn value(&self, _: &[f64], _: usize) -> f64 {
        0.0
    }
}

/// A loss without an error.
struct Nothing;
impl Loss<Flat<2>> for Nothing {
    type Target = [f32; 2];

    fn value<T: Scalar>(&self, _: &[T], _: &[[f32; 2]]) -> f64 {
        1.0
    }
    fn gradient<T: Scalar>(&self, _: &[T], _: &[[f32; 2]], d_outputs: &mut [T]) -> f64 {
        d_outputs.fill(T::ZERO);
        1.0
    }
}

#[test]
fn metrics_and_monitors_that_cannot_be_are_named() {
    let (train, validation) = data();
    let fit = |monitor: Monitor, metrics: [&Told<'_>; 2]| {
        let trainer = trainer().keep_best(false).monitor(monitor);
        let mut model = Model::<Noisy>::new(1);
        message(
            trainer.run(&mut model, &train).validate(&validation).metric(metrics[0]).metric(metrics[1]).fit(),
        )
    };
    let told = |name| Told::new(name, Better::Larger, &[0.0; 3]);
    let [a, b] = [told("a"), told("b c")];
    assert_eq!(
        fit(Monitor::metric("top 5"), [&a, &b]),
        "monitor: found `top 5`, expected a metric of the run: `a`, `b c`"
    );
    for name in ["b c", "B-c"] {
        let expected = format!("metrics: found two named `{name}`, expected a name of its own for each");
        assert_eq!(fit(Monitor::Auto, [&b, &told(name)]), expected);
    }
    for name in ["", "%", "loss", "Error", "a\nb"] {
        let expected = "a name with a letter or digit and without line breaks, other than `loss` and `error`";
        assert_eq!(
            fit(Monitor::Auto, [&a, &told(name)]),
            format!("name of a metric: found {name:?}, expected {expected}")
        );
    }

    let run = |monitor: Monitor, validate: bool| {
        let trainer = trainer().keep_best(false).monitor(monitor);
        let mut model = Model::<Noisy>::new(1);
        let run = trainer.run(&mut model, &train).metric(&TopK(4));
        message(if validate { run.validate(&validation).fit() } else { run.fit() })
    };
    assert_eq!(run(Monitor::Auto, true), "top k: found 4, expected 1 to 3, the number of classes");
    let trainer = trainer().keep_best(false).monitor(Monitor::metric("a"));
    let mut model = Model::<Noisy>::new(1);
    assert_eq!(
        message(trainer.run(&mut model, &train).metric(&a).fit()),
        "monitor: found `a` without validation data, expected validation data, on which metrics are measured"
    );
    assert_eq!(
        message(trainer.train(&mut model, &train)),
        "monitor: found `a`, expected a metric of the run, which has none: add it with `.metric(…)`"
    );
    assert_eq!(
        message(measure_by(&model, &validation, &TopK(0))),
        "top k: found 0, expected 1 to 3, the number of classes"
    );

    // a name that the loss's own error has
    let found = regression().run(&mut Model::<Plane>::new(1), &Curved(9, 1)).metric(&Named).fit();
    assert_eq!(
        message(found),
        "metrics: found `mean absolute error`, expected other names than that of the loss's own error, which is measured \
         anyway"
    );

    // a loss without an error
    let train = |monitor: Monitor| -> Result<History> {
        let trainer = Trainer::new().loss(Nothing).epochs(1).monitor(monitor);
        trainer.train(&mut Model::<Plane>::new(1), &Curved(9, 1))
    };
    assert_eq!(
        message(train(Monitor::Error)),
        "monitor: found the error, expected the loss or a metric: this loss has no error"
    );
    assert_eq!(train(Monitor::Auto).expect("a good run").best().expect("an epoch").train.error, None);
}

/// A loss of classes that does not look at them.
struct Unchecked;
impl Loss<Flat<3>> for Unchecked {
    type Target = usize;

    fn value<T: Scalar>(&self, _: &[T], _: &[usize]) -> f64 {
        1.0
    }
    fn gradient<T: Scalar>(&self, _: &[T], _: &[usize], d_outputs: &mut [T]) -> f64 {
        d_outputs.fill(T::ZERO);
        1.0
    }
}

#[test]
fn a_label_that_is_no_class_is_named_by_each_metric_of_classes() {
    let (train, mut validation) = data();
    validation.0[1].1 = 3;
    let mut model = Model::<Noisy>::new(1);
    let expected = "found label 3, expected 0 to 2, one for each of the network's 3 outputs";
    let found = [
        measure_by(&model, &validation, &Accuracy),
        measure_by(&model, &validation, &TopK(2)),
        measure_by(&model, &validation, &MeanIou),
    ];
    for found in found {
        assert_eq!(message(found), format!("evaluation data, example 1: {expected}"));
    }
    // in a run before the first step, whatever the loss accepts
    let before = model.clone();
    let trainer = Trainer::new().loss(Unchecked).epochs(1);
    let run = trainer.run(&mut model, &train).validate(&validation).metric(&MeanIou).fit();
    assert_eq!(message(run), format!("validation data, example 1: {expected}"));
    assert_eq!(model, before);
}

#[test]
fn data_with_other_classes_than_the_model_is_not_measured_by_a_metric() {
    let (train, validation) = data();
    let names = |names: [&str; 3]| names.map(str::to_owned).to_vec();
    let mut model = Model::<Noisy>::new(1);
    let trainer = Trainer::new().epochs(1);
    trainer.train(&mut model, &NamedClasses(&train, names(["a", "b", "c"]))).expect("a good run");
    let others = NamedClasses(&validation, names(["b", "a", "c"]));
    let expected = "evaluation data: found the classes b, a, c, expected the classes a, b, c, those of the model, in \
                    this order; `evaluate` matches them by name";
    assert_eq!(message(measure_by(&model, &others, &Accuracy)), expected);
    assert_eq!(message(trainer.measure(&model, &others)), expected);
    let same = NamedClasses(&validation, names(["a", "b", "c"]));
    assert_eq!(
        measure_by(&model, &same, &Accuracy).expect("a measure"),
        measure_by(&model, &validation, &Accuracy).expect("a measure")
    );
}
