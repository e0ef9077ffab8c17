//! The scale of targets: fitted, seen by training, kept by the model and its files, and undone by predictions.

use plywood::data::{Examples, Joined, ScaledTargets, Subset, TargetScale, Transformed};
use plywood::eval::measure_by;
use plywood::eval::metrics::AbsoluteError;
use plywood::loss::MeanSquaredError;
use plywood::preprocess::Standardize;
use plywood::{Batch, Dataset, Error, Flat, Model, Predictor, Result, Scalar, Trainer, network};

use super::temporary::Folder;

network! { Plane: Flat<2> => Flat<2> { dense(2) } }

type Data = Examples<Flat<2>, [f32; 2]>;

/// The numbers of two targets: 1000 + 50 a − 20 b and 1e6 + 3e5 b.
fn data() -> Data {
    let example = |index: u16| {
        let (a, b) = (f32::from(index % 7) / 3.0 - 1.0, f32::from(index % 5) / 2.0 - 1.0);
        ([a, b], [1000.0 + 50.0 * a - 20.0 * b, 1e6 + 3e5 * b])
    };
    Examples::from_arrays((0..70).map(example)).expect("examples")
}

fn trainer() -> Trainer<plywood::optim::Momentum, MeanSquaredError> {
    Trainer::new().learning_rate(0.1).epochs(60).batch_size(7).loss(MeanSquaredError)
}

fn scaled(data: &Data) -> ScaledTargets<&Data, 2> {
    ScaledTargets::new(data, TargetScale::fit(data).expect("scales"))
}

#[test]
fn scales_are_means_and_deviations() {
    let arrays = [[1.0, 5e6], [3.0, 5e6 + 2.0], [5.0, 5e6 + 4.0]].map(|target| ([0.0, 0.0], target));
    let data = Data::from_arrays(arrays).expect("examples");
    let scales = TargetScale::fit(&data).expect("scales");
    let deviation = (8.0_f64 / 3.0).sqrt();
    for (scale, mean) in scales.iter().zip([3.0, 5e6 + 2.0]) {
        assert_eq!(scale.mean(), mean);
        assert!((scale.deviation() - deviation).abs() < 1e-12);
        assert!((scale.restore(scale.scale(mean + 1.5)) - mean - 1.5).abs() < 1e-9);
    }
    let scaled = ScaledTargets::new(&data, scales);
    let mut x = [f32::NAN; 2];
    assert_eq!(scaled.read(1, &mut x), [0.0, 0.0]);
    let [[low, _], [high, _]] = [scaled.read(0, &mut x), scaled.read(2, &mut x)];
    assert!((f64::from(high) - 2.0 / deviation).abs() < 1e-6 && low == -high);
    assert_eq!(x, [0.0, 0.0]);
}

#[test]
fn predictions_are_in_the_units_of_the_targets() {
    let data = data();
    let mut model = Model::<Plane>::new(1);
    trainer().train(&mut model, &scaled(&data)).expect("a good run");
    let inputs: Vec<f32> = (0..data.len()).flat_map(|index| data.example(index)).collect();
    let mut predictor = Predictor::new(&model);
    let mut written = vec![f32::NAN; inputs.len()];
    predictor.predict_into(&inputs, &mut written);
    let mut batch = Batch::zeros(data.len());
    batch.as_mut_slice().copy_from_slice(&inputs);
    let batch = model.predict_batch(&batch);
    for index in 0..data.len() {
        let predicted = model.predict(&data.example(index));
        let target = data.target(index);
        assert!((predicted[0] - target[0]).abs() < 0.5, "{predicted:?} {target:?}");
        assert!((predicted[1] - target[1]).abs() < 3e3, "{predicted:?} {target:?}");
        assert_eq!(predictor.predict(&data.example(index)), predicted);
        assert_eq!(written[2 * index..][..2], predicted);
        assert_eq!(batch.as_slice()[2 * index..][..2], predicted);
    }
    let [scale, _] = scaled(&data).scales();
    let output = model.infer(&[0.3, -0.2])[0];
    assert_eq!(model.predict(&[0.3, -0.2])[0], scale.restore(f64::from(output)) as f32);
    // also in the other precision
    let double = model.cast::<f64>().predict(&[0.3, -0.2])[1];
    assert!((double - f64::from(model.predict(&[0.3, -0.2])[1])).abs() < 1.0, "{double}");
}

#[test]
fn data_in_their_own_units_are_measured_in_them() {
    let data = data();
    let scaled = scaled(&data);
    let mut model = Model::<Plane>::new(1);
    trainer().epochs(3).train(&mut model, &scaled).expect("a good run");
    let errors = (0..data.len()).flat_map(|index| {
        let (prediction, target) = (model.predict(&data.example(index)), data.target(index));
        [prediction[0] - target[0], prediction[1] - target[1]].map(|error| f64::from(error.abs()))
    });
    let expected = errors.sum::<f64>() / (2 * data.len()) as f64;
    let found = measure_by(&model, &data, &AbsoluteError).expect("a measure");
    assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
    // scaled data are measured as training sees them
    assert!(measure_by(&model, &scaled, &AbsoluteError).expect("a measure") < 1.0);
    let losses = [trainer().measure(&model, &data), trainer().measure(&model, &scaled)];
    let [own, scaled] = losses.map(|measure| measure.expect("a measure").loss);
    assert!(own > 1e4 * scaled, "{own} {scaled}");
}

#[test]
fn a_model_without_a_scale_predicts_its_output() {
    let model = Model::<Plane>::new(1);
    assert_eq!((model.target_scales(), model.predict(&[1.0, 2.0])), (None, model.infer(&[1.0, 2.0])));
    let data = data();
    // what was trained on scaled targets, and then on targets as they are, gives them as they are
    let mut model = Model::<Plane>::new(1);
    trainer().epochs(1).train(&mut model, &scaled(&data)).expect("a good run");
    assert_eq!(model.target_scales(), Some(&scaled(&data).scales()[..]));
    trainer().epochs(1).learning_rate(1e-9).train(&mut model, &data).expect("a good run");
    assert_eq!(model.target_scales(), None);
}

#[test]
fn scales_pass_through_other_data() {
    let data = data();
    let scaled = scaled(&data);
    let expected = scaled.scales();
    let standardize = Standardize::fit(&data).expect("a fit");
    let transformed = Transformed::new(&scaled, standardize);
    let subset = Subset::new(&transformed, vec![3, 1]).expect("examples");
    assert_eq!(subset.target_scales(), Some(&expected[..]));
    assert_eq!(subset.read(1, &mut [0.0; 2]), scaled.read(1, &mut [0.0; 2]));
    let joined = Joined::new(&scaled, &scaled);
    assert_eq!((joined.target_scales(), joined.failure(80).is_none()), (Some(&expected[..]), true));
}

#[test]
fn examples_in_memory_keep_the_scale() -> Result<()> {
    let data = data();
    let scaled = scaled(&data);
    let expected = scaled.scales();
    let cached = Examples::of(&scaled)?;
    let mut model = Model::<Plane>::new(1);
    trainer().epochs(1).train(&mut model, &cached)?;
    assert_eq!(model.target_scales(), Some(&expected[..]));
    let (first, second) = cached.clone().split(30)?;
    for part in [&first, &second, &cached.clone().take(3), &cached.clone().shuffled(1)] {
        assert_eq!(part.target_scales(), Some(&expected[..]));
    }
    assert_eq!(cached.map_targets(|target| target).target_scales(), None);
    assert_eq!(data.target_scales(), None);
    Ok(())
}

#[test]
fn scales_of_scaled_targets_are_undone_together() -> Result<()> {
    let data = data();
    let first = ScaledTargets::new(&data, [TargetScale::new(1000.0, 50.0)?, TargetScale::new(0.0, 1e5)?]);
    let second = [TargetScale::new(-0.5, 2.0)?, TargetScale::new(10.0, 4.0)?];
    let twice = ScaledTargets::new(&first, second);
    let expected = [TargetScale::new(975.0, 100.0)?, TargetScale::new(1e6, 4e5)?];
    assert_eq!((twice.target_scales(), twice.scales()), (Some(&expected[..]), second));
    for index in 0..data.len() {
        let (own, scaled) = (data.target(index), twice.read(index, &mut [0.0_f32; 2]));
        for number in 0..2 {
            let restored = expected[number].restore(f64::from(scaled[number]));
            assert!((restored / f64::from(own[number]) - 1.0).abs() < 1e-6, "{restored} {own:?}");
        }
    }
    let mut model = Model::<Plane>::new(1);
    trainer().epochs(1).train(&mut model, &twice)?;
    assert_eq!(model.target_scales(), Some(&expected[..]));
    Ok(())
}

#[test]
fn a_run_goes_on_with_the_scale_that_it_began_with() -> Result<()> {
    let folder = Folder::new();
    let data = data();
    let [a, b] = scaled(&data).scales();
    let close = [TargetScale::new(a.mean(), a.deviation() * (1.0 + 1e-6))?, b];
    let trainer = trainer().epochs(1).checkpoint(folder.path().join("run.safetensors"));
    let mut model = Model::<Plane>::new(1);
    trainer.run(&mut model, &scaled(&data)).fit()?;
    let other = ScaledTargets::new(&data, close);
    let error = trainer.clone().epochs(2).run(&mut model, &other).resume().expect_err("another scale");
    let expected = format!(
        "training data: found targets scaled by {}; {b}, expected targets scaled by {a}; {b}, as in the checkpoint; \
         help: wrap the data by `ScaledTargets::new` with those scales",
        close[0]
    );
    assert_eq!(error.to_string(), expected);
    trainer.epochs(2).run(&mut model, &scaled(&data)).resume()?;
    Ok(())
}

/// Data with three scales for two targets.
struct WronglyScaled(Data, [TargetScale; 3]);

impl Dataset for WronglyScaled {
    type Example = Flat<2>;
    type Target = [f32; 2];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 2] {
        self.0.read(index, x)
    }
    fn target_scales(&self) -> Option<&[TargetScale]> {
        Some(&self.1)
    }
}

#[test]
fn a_wrong_number_of_scales_is_refused() -> Result<()> {
    let wrong = WronglyScaled(data(), [TargetScale::new(0.0, 1.0)?; 3]);
    let twice = ScaledTargets::new(&wrong, [TargetScale::new(0.0, 1.0)?; 2]);
    let [mut first, mut second] = [1, 2].map(Model::<Plane>::new);
    for result in [trainer().train(&mut first, &wrong), trainer().train(&mut second, &twice)] {
        let expected = "scales of the targets of the training data: found 3, expected 2, one for each number of an \
                        output of shape 2";
        assert_eq!(result.expect_err("three scales").to_string(), expected);
    }
    Ok(())
}

/// Data of which example 3 cannot be read.
struct Torn(Data);

impl Dataset for Torn {
    type Example = Flat<2>;
    type Target = [f32; 2];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 2] {
        let target = self.0.read(index, x);
        if index == 3 {
            x.fill(T::of(f64::NAN));
        }
        target
    }
    fn failure(&self, index: usize) -> Option<Error> {
        (index == 3).then(|| Error::Io {
            path: "torn".into(),
            action: "read",
            source: std::io::Error::from(std::io::ErrorKind::NotFound),
        })
    }
}

#[test]
fn a_fit_reports_an_example_that_cannot_be_read() {
    let error = TargetScale::fit(&Torn(data())).expect_err("no example 3");
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn files_and_checkpoints_keep_the_scale() -> Result<()> {
    let folder = Folder::new();
    let [saved, checkpoint] = ["model.safetensors", "run.safetensors"].map(|name| folder.path().join(name));
    let data = data();
    let train = scaled(&data);
    let mut model = Model::<Plane>::new(1);
    let trainer = trainer().epochs(2).keep_best(true).checkpoint(&*checkpoint);
    trainer.run(&mut model, &train).validate(&train).fit()?;
    model.save(&saved)?;
    let mut again = Model::<Plane>::new(2);
    trainer.run(&mut again, &train).validate(&train).resume()?;
    let expected = model.predict(&[0.5, 0.5]);
    for model in [Model::load(&saved)?, Model::load(&checkpoint)?, again] {
        assert_eq!(model.target_scales(), Some(&train.scales()[..]));
        assert_eq!(model.predict(&[0.5, 0.5]), expected);
    }
    Ok(())
}

#[test]
fn each_mistake_has_its_error() {
    let data = data();
    let scaled = scaled(&data);
    let other = ScaledTargets::new(&data, [TargetScale::new(1.0, 0.5).expect("a scale"); 2]);
    let [a, b] = scaled.scales().map(|scale| scale.to_string());
    let same = Data::from_arrays([([0.0, 0.0], [1.0, 7.5]), ([1.0, 0.0], [2.0, 7.5])]).expect("examples");
    let odd = Data::from_arrays([([0.0, 0.0], [1.0, f32::NAN])]).expect("examples");
    let fit = |data: &Data| TargetScale::fit(data).map(drop);
    let validated = |validation: &ScaledTargets<&Data, 2>| {
        let mut model = Model::<Plane>::new(1);
        trainer().run(&mut model, &scaled).validate(validation).fit().map(drop)
    };
    let measured =
        |scaled: &ScaledTargets<&Data, 2>| trainer().measure(&Model::<Plane>::new(1), scaled).map(drop);
    let own = "targets in their own units";
    let cases = [
        (TargetScale::new(f64::NAN, 1.0).map(drop), "mean: found NaN, expected a finite number".to_owned()),
        (
            TargetScale::new(0.0, 0.0).map(drop),
            "deviation: found 0, expected a finite number above 0".to_owned(),
        ),
        (
            fit(&same),
            "number 1 of the targets: found 7.5 in every example, expected numbers that differ: nothing can be \
             learned from this one"
                .to_owned(),
        ),
        (
            fit(&odd),
            "number 1 of the target of example 0: found NaN, expected a finite number".to_owned(),
        ),
        (
            fit(&data.clone().take(0)),
            "data to fit a scale of targets to: found no examples, expected at least 2".to_owned(),
        ),
        (
            validated(&other),
            format!(
                "validation data: found targets scaled by mean 1.0, deviation 0.5; mean 1.0, deviation 0.5, \
                 expected targets scaled by {a}; {b}, as in the training data; help: wrap the data by \
                 `ScaledTargets::new` with those scales"
            ),
        ),
        (
            measured(&scaled),
            format!(
                "evaluation data: found targets scaled by {a}; {b}, expected {own}, as those of the model; help: \
                 pass the data without `ScaledTargets`"
            ),
        ),
        (
            Joined::new(&scaled, &other).failure(70).map_or(Ok(()), Err),
            format!(
                "data to join: found targets scaled by mean 1.0, deviation 0.5; mean 1.0, deviation 0.5, expected \
                 targets scaled by {a}; {b}, as in the first data; help: wrap the data by `ScaledTargets::new` with \
                 those scales"
            ),
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.expect_err("a mistake").to_string(), expected);
    }
    let joined = Joined::new(&scaled, &other);
    let mut x = [0.0_f32; 2];
    joined.read(70, &mut x);
    assert!(x.iter().all(|x| x.is_nan()), "{x:?}");
}

#[test]
fn a_file_with_a_wrong_scale_is_refused() -> Result<()> {
    let folder = Folder::new();
    let path = folder.path().join("model.safetensors");
    let data = data();
    let mut model = Model::<Plane>::new(1);
    trainer().epochs(1).train(&mut model, &scaled(&data))?;
    model.save(&path)?;
    let bytes = std::fs::read(&path).expect("a file");
    let [first, _] = scaled(&data).scales();
    let good = format!("{:?} {:?}", first.mean(), first.deviation());
    let place = bytes.windows(good.len()).position(|window| window == good.as_bytes()).expect("the scale");
    // of the same length, so that all offsets stay
    let load = |scale: &str| {
        let mut bytes = bytes.clone();
        let scale = format!("{scale:0<width$}", width = good.len());
        bytes[place..][..good.len()].copy_from_slice(scale.as_bytes());
        let name = b"plywood.checksum\":\"";
        let at =
            bytes.windows(name.len()).position(|window| window == name).expect("a checksum") + name.len();
        bytes[at..][..8].copy_from_slice(b"00000000");
        let checksum = crc32fast::hash(&bytes);
        bytes[at..][..8].copy_from_slice(format!("{checksum:08x}").as_bytes());
        std::fs::write(&path, bytes).expect("a file");
        Model::<Plane>::load(&path)
    };
    let model = load("5 3.")?;
    assert_eq!(model.target_scales().map(|scales| scales[0]), Some(TargetScale::new(5.0, 3.0)?));
    for wrong in ["nan 1.", "inf 1.", "1 0.", "1 -2.", "1.", "1 2 3.", "x 1."] {
        let error = load(wrong).expect_err("a wrong scale").to_string();
        let expected = "expected a finite mean and a deviation above 0 for each of 2 outputs";
        assert!(error.contains("target scales: found `") && error.ends_with(expected), "{wrong}: {error}");
    }
    Ok(())
}
