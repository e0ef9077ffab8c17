//! Settings and data that cannot be used are named before anything is trained.

use plywood::train::Clip;

use super::*;

#[test]
fn misuse_is_named() {
    let good = || Points(vec![([0.5, 0.5], 0), ([0.1, 0.2], 2)]);
    let with = |numbers, label| {
        let mut data = good();
        data.0.push((numbers, label));
        data
    };
    let fit = |trainer: &Trainer, train: &Points<2>, validation: &Points<2>| {
        message(trainer.run(&mut Model::<Dense<2, 3>>::new(1), train).validate(validation).fit())
    };
    let settings = [
        (Trainer::new().epochs(0), "epochs: found 0, expected at least 1"),
        (Trainer::new().batch_size(0), "batch size: found 0, expected at least 1"),
        (Trainer::new().learning_rate(-0.1), "learning rate: found -0.1, expected a finite f32 above 0"),
        (Trainer::new().learning_rate(f64::NAN), "learning rate: found NaN, expected a finite f32 above 0"),
        // no f32
        (Trainer::new().learning_rate(1e300), "learning rate: found 1e300, expected a finite f32 above 0"),
        // 1 as an f32
        (
            Trainer::new().average(0.999_999_999),
            "average, decay: found 0.999999999, expected at least 0 and, as f32, less than 1",
        ),
        (Trainer::new().clip(Clip::Norm(1e-50)), "clip, norm: found 1e-50, expected a finite f32 above 0"),
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
        let found = message(evaluate(&model, &bad));
        assert_eq!(found, format!("evaluation data{expected}"));
    }

    let folder = scratch("misuse");
    let trainer = Trainer::new().log(&folder);
    let expected = format!("{}: cannot write: found a folder", folder.display());
    assert!(fit(&trainer, &good(), &good()).starts_with(&expected));
}

/// Learns from several examples at a time only, in a block.
type Normed = (Dense<2, 4>, (Residual<(Dense<4, 4>, BatchNorm<Flat<4>>)>, Dense<4, 3>));

#[test]
fn a_minibatch_from_which_a_layer_learns_nothing_is_refused() {
    let fit = |batch_size, examples| {
        let mut model = Model::<Normed>::new(1);
        let data = Points::<2>::random(examples, 3, 1);
        let result = Trainer::new().epochs(1).batch_size(batch_size).train(&mut model, &data);
        (result.map(|report| report.steps).map_err(|error| error.to_string()), model)
    };
    let learns = "at least 2: layer `residual2.batch_norm2` learns nothing from fewer";
    let refused = [
        (1, 5, "batch size: found 1"),
        (1, 1, "batch size: found 1"),
        (8, 1, "training data: found 1 examples"),
    ];
    for (batch_size, examples, found) in refused {
        let (result, model) = fit(batch_size, examples);
        assert_eq!(result, Err(format!("{found}, expected {learns}")));
        assert!(model == Model::new(1), "a step was taken");
    }
    // one that is left alone at the end leaves the statistics as the step before did
    let (steps, model) = fit(4, 5);
    assert_eq!(steps, Ok(2));
    let mut before = Model::<Normed>::new(1);
    let data = Points::<2>::random(5, 3, 1);
    Trainer::new().steps(1).batch_size(4).train(&mut before, &data).expect("a good run");
    assert_eq!(model.buffers(), before.buffers());
    assert_ne!(model.params(), before.params());
    // whoever has no such layer may take one at a time
    let mut plain = Model::<Dense<2, 3>>::new(1);
    Trainer::new().epochs(1).batch_size(1).train(&mut plain, &data).expect("a good run");
}

#[test]
fn an_error_in_the_middle_of_a_step_leaves_the_model_of_the_step_before() {
    /// Examples of which one cannot be read any more, from some reading on.
    struct Spoiled {
        points: Points<2>,
        left: AtomicUsize,
    }
    impl Dataset for Spoiled {
        type Example = Flat<2>;
        type Target = usize;

        fn len(&self) -> usize {
            self.points.len()
        }
        fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
            self.points.read(index, x)
        }
        fn draw<T: Scalar>(&self, index: usize, _: u64, x: &mut [T]) -> usize {
            let left =
                self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            let label = self.points.read(index, x);
            if left.is_err() {
                x.fill(T::of(f64::NAN));
            }
            label
        }
    }
    // steps of three minibatches of 4; the fifth minibatch is spoiled, the second of the second step
    let train = |threads: usize, steps: Option<usize>, left: usize| {
        let data = Spoiled { points: Points::random(24, 3, 1), left: AtomicUsize::new(left) };
        let mut model = Model::<Normed>::new(1);
        let threads = Threads::new(threads).expect("threads");
        let trainer = Trainer::new().batch_size(4).accumulate(3).threads(&threads);
        let trainer = steps.map_or(trainer.clone().epochs(1), |steps| trainer.steps(steps));
        (trainer.train(&mut model, &data).map(drop).map_err(|error| error.to_string()), model)
    };
    for threads in [1, 2] {
        let (result, model) = train(threads, None, 16);
        let error = result.expect_err("a spoiled example");
        assert!(error.contains("found NaN, expected finite numbers"), "{error}");
        let (result, before) = train(1, Some(1), usize::MAX);
        assert_eq!(result, Ok(()));
        assert_eq!(model.buffers(), before.buffers(), "{threads} threads");
        assert_eq!(model.params(), before.params(), "{threads} threads");
    }
}

#[test]
fn bad_data_is_found_before_the_first_step() {
    let mut data = Points::<2>::random(1000, 3, 1);
    data.0[999].1 = 3;
    let mut model = Model::<Dense<2, 3>>::new(1);
    let before = model.params().to_vec();
    let found = message(Trainer::new().run(&mut model, &data).fit());
    assert!(found.starts_with("training data, example 999: found label 3"), "{found}");
    assert_eq!(model.params(), before);
}

#[test]
fn threads_are_limited() {
    for count in [0, Threads::MAX + 1, 40_000] {
        let expected = format!("threads: found {count}, expected 1 to 1024");
        assert_eq!(message(Threads::new(count).map_err(Into::into)), expected);
    }
}

#[test]
fn places_that_cannot_be_written_are_named_before_the_first_step() {
    /// Counts steps.
    struct Steps(usize);
    impl<N: Layer, T: Scalar> Callback<N, T> for Steps {
        fn on_step(&mut self, _: &StepEnd<'_, N, T>) -> plywood::Result<Control> {
            self.0 += 1;
            Ok(Control::Continue)
        }
    }

    let folder = scratch("unwritable");
    let file = folder.join("file");
    std::fs::write(&file, "").expect("a file");
    let data = Points::<2>::random(10, 3, 1);
    let settings: &[fn(Trainer, &std::path::Path) -> Trainer] = &[
        |trainer, path| trainer.log(path),
        |trainer, path| trainer.picture(path),
        |trainer, path| trainer.checkpoint(path),
    ];
    // in a folder that is a file, and where there is a folder
    for (path, named) in
        [(file.join("made").join("run"), file.join("made")), (folder.clone(), folder.clone())]
    {
        let mut steps = Steps(0);
        for set in settings {
            let trainer = set(Trainer::new(), &path);
            let mut model = Model::<Dense<2, 3>>::new(1);
            let found = message(trainer.run(&mut model, &data).validate(&data).watch(&mut steps).fit());
            assert!(found.starts_with(&format!("{}: cannot ", named.display())), "{found}");
        }
        {
            let trainer = Trainer::new();
            let page = path.join("report.html");
            std::fs::create_dir_all(&page).ok();
            let mut watching = (trainer.recorder(&path, &data), &mut steps);
            let mut model = Model::<Dense<2, 3>>::new(1);
            let found = message(trainer.run(&mut model, &data).validate(&data).watch(&mut watching).fit());
            assert!(found.starts_with(&path.display().to_string()) && found.contains(": cannot "), "{found}");
        }
        assert_eq!(steps.0, 0);
    }
    std::fs::remove_dir_all(folder).expect("a folder");
}

#[test]
fn a_minibatch_may_be_larger_than_the_data() {
    let data = Points::<2>::random(10, 3, 1);
    let train = |trainer: Trainer| {
        let mut model = Model::<Dense<2, 3>>::new(1);
        let report = trainer.epochs(3).run(&mut model, &data).validate(&data).fit().expect("a good run");
        (model, report.steps)
    };
    let (whole, steps) = train(Trainer::new().batch_size(10));
    assert_eq!(steps, 3);
    for trainer in [Trainer::new().batch_size(11), Trainer::new().batch_size(usize::MAX)] {
        assert!(train(trainer) == (whole.clone(), 3));
    }
    let (accumulated, steps) = train(Trainer::new().batch_size(10).accumulate(usize::MAX));
    assert_eq!(steps, 3);
    assert!(accumulated == whole);
}
