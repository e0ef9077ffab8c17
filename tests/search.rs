//! The choice of settings: what is chosen, that it repeats itself, and what is refused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use plywood::data::{Joined, Split, digits};
use plywood::layers::{Dense, Flatten};
use plywood::optim::{Schedule, Sgd};
use plywood::train::search::{Search, grid, log_draws, log_range};
use plywood::train::{Callback, Control, EpochEnd, Interrupt};
use plywood::{Dataset, Flat, Image, Layer, Loss, Model, Result, Scalar, SoftmaxCrossEntropy, Trainer};

type Net = (Flatten<Image<28, 28, 1>, 784>, Dense<784, 10>);

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 1e-14, "{found}, expected {expected}");
    }
}

#[test]
fn ranges_are_even_in_their_logarithms() {
    let range = log_range(1e-4, 1.0, 5).expect("a range");
    close(&range, &[1e-4, 1e-3, 1e-2, 1e-1, 1.0]);
    assert_eq!((range[0], range[4]), (1e-4, 1.0));
    assert_eq!(log_range(0.3, 0.3, 2).expect("a range"), [0.3, 0.3]);
    assert_eq!(log_range(0.1, 1.0, 1).expect("a range"), [0.1]);
    assert!(log_range(0.1, 1.0, 0).expect("a range").is_empty());

    let draws = log_draws(1e-4, 1.0, 4000, 1).expect("draws");
    assert_eq!(draws, log_draws(1e-4, 1.0, 4000, 1).expect("draws"));
    assert_ne!(draws, log_draws(1e-4, 1.0, 4000, 2).expect("draws"));
    for quarter in [1e-4, 1e-3, 1e-2, 1e-1] {
        let count = draws.iter().filter(|x| (quarter..=10.0 * quarter).contains(*x)).count();
        // a quarter of 4000, five standard deviations of 27
        assert!((863..1137).contains(&count), "{count} from {quarter}");
    }
    for (low, high) in
        [(0.0, 1.0), (1.0, 0.5), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (1e-300, 1e300)]
    {
        let expected = format!(
            "range: found {low:?} to {high:?}, expected finite numbers above 0, the first the smaller one"
        );
        assert_eq!(log_range(low, high, 2).map_err(|error| error.to_string()), Err(expected.clone()));
        assert_eq!(log_draws(low, high, 2, 1).map_err(|error| error.to_string()), Err(expected));
    }
}

#[test]
fn a_grid_has_every_combination() {
    assert_eq!(grid(&[1, 2], &['a', 'b']), [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]);
    assert!(grid::<u8, u8>(&[], &[1]).is_empty());
}

/// The setting is the learning rate.
#[expect(clippy::trivially_copy_pass_by_ref, clippy::unnecessary_wraps, reason = "what a search takes")]
fn start(&rate: &f64) -> Result<(Model<Net>, Trainer<Sgd, SoftmaxCrossEntropy>)> {
    Ok((Model::new(1), Trainer::new().optimizer(Sgd).epochs(3).learning_rate(rate)))
}

#[test]
fn the_best_is_found_whatever_runs_beside_it() {
    let (train, validation) = Split::train(digits(400, 1)).hold_out(100).expect("enough digits");
    let rates = [1e-6, 0.05, 3e38, 1e-4];
    let find = |search: Search| search.run(rates, start, &train, &validation).expect("a good search");
    let found = find(Search::new());
    assert_eq!(found.trials.iter().map(|trial| trial.setting).collect::<Vec<_>>(), rates);
    assert_eq!(found.best().map(|best| best.setting), Some(0.05));
    // training with a rate of 3e38 diverges, and is the worst and not the end of it
    assert_eq!(
        found.trials.iter().map(|trial| trial.measures.is_none()).collect::<Vec<_>>(),
        [false, false, true, false]
    );

    // the measures are those of a run by itself
    let (mut model, trainer) = start(&0.05).expect("a start");
    let report = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
    let best = found.best().expect("one that did not diverge");
    assert_eq!(best.validation(), report.epochs.last().and_then(|epoch| epoch.validation));

    let measures = |search| find(search).trials.into_iter().map(|trial| trial.measures).collect::<Vec<_>>();
    let alone: Vec<_> = found.trials.iter().map(|trial| trial.measures).collect();
    for search in [Search::new().parallel(2), Search::new().parallel(9), Search::new().parallel(3).memory(1)]
    {
        assert!(measures(search) == alone, "{search:?}");
    }

    let table = found.to_string();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[2].starts_with("0.05") && lines[2].ends_with("  best"), "{table}");
    assert!(lines[3].starts_with("3e38") && lines[3].contains("diverged"), "{table}");
    assert_eq!(table.matches("best").count(), 1);
}

#[test]
fn the_best_is_trained_again_on_all_that_may_be_learned_from() {
    let (train, validation) = Split::train(digits(300, 1)).hold_out(100).expect("enough digits");
    let found = Search::new().run([1e-6, 0.05], start, &train, &validation).expect("a good search");
    let (model, report) = found.retrain(start, &train, &validation).expect("a good run");
    let (mut expected, trainer) = start(&0.05).expect("a start");
    let all = digits(300, 1);
    trainer.run(&mut expected, &all).fit().expect("a good run");
    assert!(model == expected, "not trained on all 300 digits");
    assert_eq!(report.epochs.len(), 3);
}

#[test]
fn the_epoch_that_validation_chose_is_where_the_last_training_ends() {
    let (train, validation) = Split::train(digits(300, 1)).hold_out(100).expect("enough digits");
    // far too large a rate: no epoch is like the one before it, and the last is not the best
    let start = |&seed: &u64| {
        let trainer = Trainer::new().epochs(12).learning_rate(Schedule::cosine(1.0)).seed(seed);
        Ok((Model::<Net>::new(1), trainer.keep_best(true).early_stopping(4)))
    };
    let found = Search::new().run([1, 2], start, &train, &validation).expect("a good search");
    let best = found.best().expect("one that did not diverge");
    let (mut model, trainer) = start(&best.setting).expect("a start");
    let report = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
    let kept = report.best().expect("epochs");
    assert!(kept.number < report.epochs.len(), "the last is the best, which proves nothing");
    assert_eq!((best.validation(), best.epochs), (kept.validation, kept.number));

    let (model, again) = found.retrain(start, &train, &validation).expect("a good run");
    assert_eq!(again.epochs.len(), best.epochs);
    // as far as it goes, a run of twelve epochs on everything
    let all = digits(300, 1);
    let mut expected = Model::new(1);
    let trainer = Trainer::new().epochs(12).learning_rate(Schedule::cosine(1.0)).seed(best.setting);
    let mut stop = StopAfter(best.epochs);
    trainer.run(&mut expected, &all).watch(&mut stop).fit().expect("a good run");
    assert!(model == expected);
}

/// Stops after an epoch.
struct StopAfter(usize);

impl<N: Layer, T: Scalar> Callback<N, T> for StopAfter {
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        Ok(if epoch.epoch.number == self.0 { Control::Stop } else { Control::Continue })
    }
}

fn read<D: Dataset>(data: &D, index: usize) -> (Vec<f32>, D::Target) {
    let mut x = vec![0.0; 784];
    let target = data.read(index, &mut x);
    (x, target)
}

#[test]
fn joined_data_sets_are_read_one_after_the_other() {
    let (first, second) = (digits(3, 1), digits(2, 2));
    let joined = Joined::new(&first, &second);
    assert_eq!(joined.len(), 5);
    for index in 0..5 {
        let expected = if index < 3 { read(&first, index) } else { read(&second, index - 3) };
        assert!(read(&joined, index) == expected, "example {index}");
    }
}

#[test]
fn searches_that_find_nothing_are_named() {
    let data = digits(20, 1);
    let message = |search: Search, rates: &[f64]| {
        let found = search.run(rates.to_vec(), start, &data, &data);
        found.map(|found| found.trials.len()).map_err(|error| error.to_string())
    };
    assert_eq!(
        message(Search::new(), &[]),
        Err("settings to search: found 0, expected at least 1".to_owned())
    );
    assert_eq!(
        message(Search::new().parallel(0), &[0.1]),
        Err("models to train at a time: found 0, expected at least 1".to_owned())
    );
    // the first in the order of the settings, whichever is trained first
    let error = "learning rate: found -1.0, expected a finite f32 above 0".to_owned();
    assert_eq!(message(Search::new().parallel(3), &[0.1, -1.0, -2.0]), Err(error));
    assert_eq!(message(Search::new(), &[3e38]), Ok(1));
    let found = Search::new().run([3e38], start, &data, &data).expect("a result");
    assert!(found.best().is_none());
    assert_eq!(
        found.retrain(start, &data, &data).map(drop).map_err(|error| error.to_string()),
        Err("trials of a search: found 1 that diverged, 0 interrupted, expected one that ended well"
            .to_owned())
    );
}

#[test]
fn a_loss_without_errors_is_compared_by_the_loss() {
    use plywood::loss::MeanSquaredError;

    /// y = −x
    struct Line;
    impl Dataset for Line {
        type Example = Flat<1>;
        type Target = [f32; 1];
        fn len(&self) -> usize {
            8
        }
        fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 1] {
            x[0] = T::of(index as f64 / 8.0);
            [-(index as f32) / 8.0]
        }
    }
    let start = |&rate: &f64| {
        Ok((Model::<Dense<1, 1>>::new(1), Trainer::new().learning_rate(rate).loss(MeanSquaredError)))
    };
    let found = Search::new().run([1e-9, 0.1, 1e-6], start, &Line, &Line).expect("a good search");
    assert_eq!(found.best().map(|best| best.setting), Some(0.1));

    // the trainer's own loss, of the best model
    let (model, _) = found.retrain(start, &Line, &Line).expect("a model");
    let measure = Trainer::new().loss(MeanSquaredError).measure(&model, &Line).expect("a measure");
    let expected = (0..8).map(|i| f64::from(i) / 8.0).map(|x| {
        let [y]: [f32; 1] = model.infer(&[x as f32]);
        (f64::from(y) + x).powi(2) / 8.0
    });
    assert!((measure.loss - expected.sum::<f64>()).abs() < 1e-6, "{measure:?}");
    let expected = (0..8).map(|i| f64::from(i) / 8.0).map(|x| {
        let [y]: [f32; 1] = model.infer(&[x as f32]);
        (f64::from(y) + x).abs() / 8.0
    });
    let error = measure.error.expect("the mean absolute error");
    assert!((error - expected.sum::<f64>()).abs() < 1e-6, "{measure:?}");
}

#[test]
fn an_interrupt_ends_a_search_and_leaves_what_was_found() {
    let data = digits(40, 1);
    let interrupt = Interrupt::new();
    let begun = AtomicUsize::new(0);
    let start = |rate: &f64| {
        // three are begun in time
        if begun.fetch_add(1, Ordering::Relaxed) == 3 {
            interrupt.set();
        }
        let (model, trainer) = start(rate)?;
        Ok((model, trainer.interrupt(&interrupt)))
    };
    let found = Search::new().run([0.01, 0.02, 0.03, 0.04, 0.05], start, &data, &data).expect("a part");
    assert_eq!(found.trials.iter().map(|trial| trial.setting).collect::<Vec<_>>(), [0.01, 0.02, 0.03]);
    assert!(found.best().is_some() && found.left_out == 2 && begun.into_inner() == 4);
    assert!(found.to_string().ends_with("interrupted: 2 of 5 settings left out\n"), "{found}");
}

#[test]
fn an_error_of_start_is_told_also_when_an_interrupt_ends_the_search() {
    let data = digits(40, 1);
    let interrupt = Interrupt::new();
    let start = |&rate: &f64| {
        if rate == 0.02 {
            // the error must not wait for the memory of a model that ends by this
            interrupt.set();
            return Err(log_range(0.0, 1.0, 2).expect_err("a bad range"));
        }
        let (model, trainer) = start(&rate)?;
        Ok((model, trainer.epochs(50).interrupt(&interrupt)))
    };
    let search = Search::new().parallel(2).memory(1);
    let outcome = search.run([0.01, 0.02, 0.03], start, &data, &data).map(drop);
    assert!(outcome.is_err());
}

#[test]
fn models_at_a_time_do_not_write_over_each_others_files() {
    let data = digits(60, 1);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("search-files");
    let _ = std::fs::remove_dir_all(&folder);
    let start = |rate: &f64| {
        let (model, trainer) = start(rate)?;
        // larger than any data
        Ok((model, trainer.log(folder.join("log.csv")).batch_size(usize::MAX)))
    };
    let found = Search::new().parallel(2).memory(1 << 30).run([0.01, 0.02, 0.03], start, &data, &data);
    assert_eq!(found.expect("a good search").trials.len(), 3);
    assert!(!folder.exists());
}

/// The number of settings that train now, and the largest that ever trained at once.
#[derive(Default)]
struct Together {
    counts: Mutex<[usize; 2]>,
    changed: Condvar,
}

/// The cross-entropy, whose first gradients wait until `expected` train at once, however slow the machine is.
struct Meeting<'a> {
    together: &'a Together,
    expected: usize,
}
impl Loss<Flat<10>> for Meeting<'_> {
    type Target = usize;
    fn value<T: Scalar>(&self, outputs: &[T], targets: &[usize]) -> f64 {
        Loss::<Flat<10>>::value(&SoftmaxCrossEntropy, outputs, targets)
    }
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[usize], d_outputs: &mut [T]) -> f64 {
        const LONG: Duration = Duration::from_mins(5);
        let Together { counts, changed } = self.together;
        let mut held = counts.lock().expect("no panic elsewhere");
        held[0] += 1;
        held[1] = held[1].max(held[0]);
        changed.notify_all();
        let held = changed.wait_timeout_while(held, LONG, |counts| counts[1] < self.expected);
        let (mut held, _) = held.expect("no panic elsewhere");
        held[0] -= 1;
        drop(held);
        Loss::<Flat<10>>::gradient(&SoftmaxCrossEntropy, outputs, targets, d_outputs)
    }
}

#[test]
fn memory_is_that_of_the_largest_setting() {
    let data = digits(600, 1);
    let one = plywood::training_memory::<Net, f32>(500);
    // with memory for one, two in one search never meet; with memory for all, the first waits for the second
    for (memory, expected) in [(one, 1), (4 * one, 2)] {
        let together = Together::default();
        let start = |&batch_size: &usize| {
            let loss = Meeting { together: &together, expected };
            Ok((Model::<Net>::new(1), Trainer::new().epochs(1).batch_size(batch_size).loss(loss)))
        };
        Search::new().parallel(2).memory(memory).run([10, 500], start, &data, &data).expect("a good search");
        assert_eq!(together.counts.lock().expect("no panic elsewhere")[1], expected);
    }
}

#[test]
fn each_setting_is_started_once_whatever_the_memory() {
    let data = digits(60, 1);
    for (memory, parallel) in [(usize::MAX, 1), (usize::MAX, 3), (1, 1), (1, 3), (1 << 20, 2)] {
        let begun = AtomicUsize::new(0);
        let counted = |rate: &f64| {
            begun.fetch_add(1, Ordering::Relaxed);
            start(rate)
        };
        let search = Search::new().parallel(parallel).memory(memory);
        let found = search.run([0.01, 0.02, 0.03, 0.04], counted, &data, &data).expect("a good search");
        assert_eq!((found.trials.len(), begun.into_inner()), (4, 4), "{search:?}");
        // an error while another setting waits for memory ends the search, and is told
        let found = search.run([0.01, -1.0, 0.03, 0.04], start, &data, &data);
        let error = found.map(|found| found.trials.len()).map_err(|error| error.to_string());
        assert_eq!(error, Err("learning rate: found -1.0, expected a finite f32 above 0".to_owned()));
    }
}

#[test]
fn a_metric_decides_a_search_where_it_is_asked_to() {
    use plywood::eval::metrics::TopK;
    use plywood::train::Monitor;

    let (train, validation) = Split::train(digits(200, 1)).hold_out(100).expect("enough digits");
    let with = |monitor: Monitor| {
        move |&rate: &f64| {
            let trainer = Trainer::new().epochs(1).learning_rate(rate).monitor(monitor.clone());
            Ok((Model::<Net>::new(1), trainer))
        }
    };
    let rates = [0.05, 1e-9, 0.02];
    let search = Search::new().metric(TopK(3)).parallel(2);
    let found =
        search.run(rates, with(Monitor::metric("top 3")), &train, &validation).expect("a good search");
    let value = |trial: &plywood::train::search::Trial<f64>| trial.metrics[0].value;
    let best = found.best().expect("a trial");
    assert!(found.trials.iter().all(|trial| value(trial) <= value(best)) && best.setting > 1e-9, "{found}");
    let table = found.to_string();
    let widths: Vec<_> = table.lines().map(|line| line.trim_end_matches("  best").chars().count()).collect();
    assert!(table.contains("  valid. top 3  ") && widths.iter().all(|&width| width == widths[0]), "{table}");
    found.retrain(with(Monitor::metric("top 3")), &train, &validation).expect("a good run");

    let error = |monitor: Monitor| {
        search.run(rates, with(monitor), &train, &validation).map(drop).map_err(|error| error.to_string())
    };
    let expected = "monitor: found `top 5`, expected a metric of the run: `top 3`";
    assert_eq!(error(Monitor::metric("top 5")), Err(expected.to_owned()));
    let mixed = |&rate: &f64| with(if rate == 0.02 { Monitor::Loss } else { Monitor::Auto })(&rate);
    let found =
        Search::new().run(rates, mixed, &train, &validation).map(drop).map_err(|error| error.to_string());
    let expected = "monitor: found the loss, expected the error or the loss, as for other settings: they are compared by \
                    one measure";
    assert_eq!(found, Err(expected.to_owned()));
}

#[test]
fn the_picture_shows_both_curves() {
    let data = digits(60, 1);
    let start = |&lambda: &f64| Ok((Model::<Net>::new(1), Trainer::new().epochs(1).l2(lambda)));
    let found = Search::new().run([0.0, 1e-3, 1e-2], start, &data, &data).expect("a good search");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("search").join("lambda.svg");
    found.draw(&path, "λ", |&lambda| lambda).expect("a picture");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    assert!(svg.matches("<polyline").count() >= 2, "two curves");
    // λ = 0 lies a factor of ten before the smallest
    for text in ["λ", "error in %", "training", "validation", "1e-3"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    assert_eq!(svg.matches("<circle").count(), 6);
    // what has no place on the axis
    found.draw(&path, "1/λ", |&lambda| 1.0 / lambda).expect("a picture");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    assert_eq!(svg.matches("<circle").count(), 4);
    found.draw(&path, "nothing", |_| f64::NAN).expect("a picture");
}
