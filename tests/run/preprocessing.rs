//! Tests that the model's file keeps the preprocessing of examples, bit for bit.

use std::collections::BTreeSet;
use std::path::Path;

use plywood::augment::{
    Brightness, Contrast, Crop, Cutout, Flip, Noise, Pad, RescaleCrop, Rotate, Saturation, Shift,
};
use plywood::data::{Examples, Random, Transform, Transformed};
use plywood::preprocess::{
    Keep, NormalizeContrast, NormalizeLocally, Pca, Scaling, Standardize, StandardizeChannels, Vectors, Zca,
};
use plywood::train::{Checkpoints, Every};
use plywood::{Image, Layer, Shape, Threads};
use safetensors::Dtype;

use super::checkpoint::{NEVER, StopAfter};
use super::edit::{Edit, Tensor};
use super::*;

type Large = Image<6, 5, 3>;
type Small = Image<4, 4, 3>;

network! { Net: Image<6, 5, 3> => Flat<3> { flatten, dense(4), batch_norm, relu, dense(3) } }
network! { OfSmall: Image<4, 4, 3> => Flat<3> { flatten, dense(3) } }
network! { OfFlat: Flat<7> => Flat<3> { dense(3) } }

fn images() -> Examples<Large> {
    let mut random = Random::new(8);
    let image = |_| {
        let x = std::array::from_fn(|_| std::array::from_fn(|_| [(); 3].map(|()| random.normal() as f32)));
        (x, random.below(3))
    };
    Examples::from_arrays((0..50).map(image)).expect("finite numbers")
}

/// All numbers, as bits.
fn bits_of(vectors: &Vectors) -> Vec<(String, Vec<u64>)> {
    vectors
        .iter()
        .map(|(name, numbers)| (name.to_owned(), numbers.iter().map(|x| x.to_bits()).collect()))
        .collect()
}

/// Saves and loads a pipeline with a model, and compares what both are and do; `kinds` gets the names of
/// its steps.
fn check<N: Layer, P: Keep<In = Large, Out = N::In>>(
    path: &Path,
    pipeline: &P,
    kinds: &mut BTreeSet<String>,
) {
    let kind = P::KIND;
    let mut model = Model::<N>::new(7);
    model.buffers_mut().iter_mut().enumerate().for_each(|(i, x)| *x = 1.0 / (i + 3) as f32);
    model.save_with(pipeline, path).expect(kind);
    let (loaded, again) = Model::<N>::load_with::<P>(path).expect(kind);
    assert!(loaded == model, "{kind}");
    let sorted = |vectors| {
        let mut bits = bits_of(vectors);
        bits.sort();
        bits
    };
    assert!(sorted(&pipeline.to_vectors()) == sorted(&again.to_vectors()), "{kind}");
    // the model alone can be read too
    assert!(Model::<N>::load(path).expect(kind) == model, "{kind}");
    let data = images();
    for (index, seed) in (0..data.len()).zip(100..) {
        let x = data.example(index);
        let numbers = |y: &<N::In as Shape>::Array<f32>| {
            N::In::as_slice(y).iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        assert!(numbers(&pipeline.of(&x)) == numbers(&again.of(&x)), "{kind}");
        assert!(numbers(&pipeline.drawn(seed, &x)) == numbers(&again.drawn(seed, &x)), "{kind}");
    }
    kinds.extend(pipeline.to_vectors().iter().flat_map(|(name, _)| name.split('.')).map(str::to_owned));
}

/// The kinds that the library's sources declare, those that macros are called with too.
fn declared() -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for folder in ["augment", "preprocess"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/data/transform").join(folder);
        for entry in std::fs::read_dir(folder).expect("the sources") {
            let text = std::fs::read_to_string(entry.expect("a file").path()).expect("text");
            let before = if text.contains("const KIND: &'static str = $kind") {
                ", \""
            } else {
                "const KIND: &'static str = \""
            };
            let found = text.split(before).skip(1).filter_map(|rest| rest.split('"').next());
            kinds.extend(
                found
                    .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
                    .map(str::to_owned),
            );
        }
    }
    kinds
}

#[test]
fn every_step_comes_back_to_the_bit() {
    let path = scratch("kept").join("model.safetensors");
    let (data, mut kinds) = (images(), BTreeSet::new());
    let standardize = Standardize::fit(&data).expect("a fit");
    check::<Net, _>(&path, &Scaling::fit(&data, -0.3, 0.7).expect("a fit"), &mut kinds);
    check::<Net, _>(&path, &standardize, &mut kinds);
    check::<Net, _>(&path, &StandardizeChannels::fit(&data).expect("a fit"), &mut kinds);
    check::<Net, _>(&path, &NormalizeContrast::new(0.1).expect("an epsilon"), &mut kinds);
    check::<Net, _>(&path, &NormalizeLocally::new(1.3).expect("a deviation"), &mut kinds);
    check::<Net, _>(&path, &Zca::fit(&data, 0.1).expect("a fit"), &mut kinds);
    check::<OfFlat, _>(&path, &Pca::<Large, 7>::fit(&data, 0.1).expect("a fit"), &mut kinds);

    check::<OfSmall, _>(&path, &Crop::<Large, Small>::new(), &mut kinds);
    check::<OfSmall, _>(&path, &RescaleCrop::<Large, Small>::new(0.37).expect("a share"), &mut kinds);
    check::<OfSmall, _>(&path, &Rotate::<Large, Small>::new(33.3).expect("degrees"), &mut kinds);
    let turn = Rotate::<Image<12, 12, 3>, Large>::new(77.7).and_then(Rotate::same_size).expect("degrees");
    check::<Net, _>(&path, &Pad::new().fill(0.1).then(turn), &mut kinds);
    check::<OfSmall, _>(&path, &Pad::<Large, Image<7, 9, 3>>::new().fill(-0.7).then(Crop::new()), &mut kinds);
    check::<Net, _>(&path, &Shift::new(2).fill(0.1), &mut kinds);
    check::<Net, _>(&path, &Flip::new(), &mut kinds);
    check::<Net, _>(&path, &Brightness::new(0.3).expect("an amount"), &mut kinds);
    check::<Net, _>(&path, &Contrast::new(0.7).expect("an amount"), &mut kinds);
    check::<Net, _>(&path, &Saturation::new(0.9).expect("an amount"), &mut kinds);
    check::<Net, _>(&path, &Cutout::new(2).fill(0.2), &mut kinds);
    check::<Net, _>(&path, &Noise::new(0.3).expect("a deviation"), &mut kinds);

    // pipelines, in pipelines
    let contrast = NormalizeContrast::new(0.1).expect("an epsilon");
    check::<Net, _>(&path, &Shift::new(1).then(contrast).then(standardize.clone()), &mut kinds);
    check::<Net, _>(&path, &(Flip::new(), (standardize.clone(), (contrast, standardize))), &mut kinds);
    let declared = declared();
    assert!(
        declared.len() >= 18 && declared.is_subset(&kinds),
        "not checked: {:?}",
        declared.difference(&kinds)
    );
}

/// Loads a model of [`Net`] with another pipeline than it was saved with: an error, and what it says.
fn refused<P: Keep<Out = Large>>(path: &Path) -> String {
    message(Model::<Net>::load_with::<P>(path).map(drop))
}

#[test]
fn another_pipeline_is_one_error() {
    type Lone = NormalizeContrast<Large>;
    type Whiten = Standardize<Large>;
    type Within<const H: usize, const W: usize> = (Pad<Large, Image<H, W, 3>>, Crop<Image<H, W, 3>, Small>);

    let path = scratch("another").join("model.safetensors");
    let model = Model::<Net>::new(1);
    let standardize = Standardize::fit(&images()).expect("a fit");
    let contrast = NormalizeContrast::new(0.1).expect("an epsilon");
    let pipeline: (Lone, Whiten) = contrast.then(standardize);
    model.save_with(&pipeline, &path).expect("a file");
    let cases = [
        // another step, other order, a part, more
        (
            refused::<Lone>(&path),
            "preprocessing: found a vector `chain.first.normalize_contrast.epsilon`, expected only those of `normalize_contrast`",
        ),
        (
            refused::<(Whiten, Lone)>(&path),
            "preprocessing: found a vector `chain.first.normalize_contrast.epsilon`, expected only those of `chain.first.standardize`",
        ),
        (
            refused::<(Lone, (Whiten, Lone))>(&path),
            "preprocessing: found a vector `chain.second.standardize.deviation`, expected only those of `chain.second.chain`",
        ),
        (
            refused::<(Lone, StandardizeChannels<Large>)>(&path),
            "preprocessing: found a vector `chain.second.standardize.deviation`, expected only those of `chain.second.standardize_channels`",
        ),
        (
            refused::<((Lone, Whiten), Lone)>(&path),
            "preprocessing: found a vector `chain.first.normalize_contrast.epsilon`, expected only those of `chain.first.chain`",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, format!("{}: {expected}", path.display()));
    }
    model.save(&path).expect("a file");
    let expected = "preprocessing: found none, expected `chain` and what it has learned";
    assert_eq!(refused::<(Lone, Whiten)>(&path), format!("{}: {expected}", path.display()));
    // of other sizes: what the type fixes is compared
    let model = Model::<OfSmall>::new(1);
    let within: Within<7, 9> = (Pad::new(), Crop::new());
    model.save_with(&within, &path).expect("a file");
    let found = message(Model::<OfSmall>::load_with::<Within<7, 8>>(&path).map(drop));
    let expected = "preprocessing, vector `chain.first.pad.sides`: found [7.0, 9.0], expected [7.0, 8.0]";
    assert_eq!(found, format!("{}: {expected}", path.display()));
}

#[test]
fn vectors_that_are_damaged_are_one_error() {
    type Pipeline = (Shift<Large>, Standardize<Large>);

    let path = scratch("damaged-vectors").join("model.safetensors");
    let pipeline: Pipeline = Shift::new(2).then(Standardize::fit(&images()).expect("a fit"));
    Model::<Net>::new(1).save_with(&pipeline, &path).expect("a file");
    let good = Edit::open(&path);
    let names: Vec<&str> =
        good.tensors.keys().filter_map(|name| name.strip_prefix("preprocessing/")).collect();
    assert_eq!(
        names,
        [
            "chain.first.shift.fill",
            "chain.first.shift.pixels",
            "chain.second.standardize.deviation",
            "chain.second.standardize.mean",
        ]
    );
    let load = |edit: Edit| {
        edit.save(&path);
        message(Model::<Net>::load_with::<Pipeline>(&path).map(drop))
    };
    let with = |name: &str, tensor: Option<Tensor>| {
        let mut edit = good.clone();
        let name = format!("preprocessing/{name}");
        match tensor {
            Some(tensor) => drop(edit.tensors.insert(name, tensor)),
            None => drop(edit.tensors.remove(&name)),
        }
        load(edit)
    };
    let bytes = Tensor { dtype: Dtype::U8, dims: vec![1], bytes: vec![1] };
    let cases = [
        (
            with("chain.first.shift.pixels", None),
            "preprocessing, vector `chain.first.shift.pixels`: found none, expected 1 number",
        ),
        (
            with("chain.first.shift.pixels", Some(Tensor::of(&[1.5]))),
            "preprocessing, vector `chain.first.shift.pixels`: found 1.5, expected a whole number of at least 0",
        ),
        (
            with("chain.first.shift.pixels", Some(Tensor::of(&[-1.0]))),
            "preprocessing, vector `chain.first.shift.pixels`: found -1, expected a whole number of at least 0",
        ),
        (
            with("chain.first.shift.pixels", Some(Tensor::of(&[1.0, 2.0]))),
            "preprocessing, vector `chain.first.shift.pixels`: found 2 numbers, expected 1 number",
        ),
        (
            with("chain.first.shift.pixels", Some(Tensor::of(&[]))),
            "preprocessing, vector `chain.first.shift.pixels`: found 0 numbers, expected 1 number",
        ),
        (
            with("chain.first.shift.fill", Some(Tensor::of(&[f64::NAN]))),
            "tensor preprocessing/chain.first.shift.fill, number [0]: found NaN, expected a finite number",
        ),
        (
            with("chain.first.shift.fill", Some(bytes)),
            "tensor preprocessing/chain.first.shift.fill: found u8, expected f32 or f64",
        ),
        (
            with("chain.second.standardize.mean", Some(Tensor::of(&[0.0; 91]))),
            "preprocessing, vector `chain.second.standardize.mean`: found 91 numbers, expected 90 numbers",
        ),
        (
            with("chain.second.standardize.deviation", Some(Tensor::of(&[0.0; 90]))),
            "preprocessing, vector `chain.second.standardize.deviation`: found 0, expected numbers above 0",
        ),
        (
            with("chain.first.other", Some(Tensor::of(&[0.0]))),
            "preprocessing: found a vector `chain.first.other`, expected only those of `chain.first.shift`",
        ),
        (
            with("other", Some(Tensor::of(&[0.0]))),
            "preprocessing: found a vector `other`, expected only those of `chain`",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, format!("{}: {expected}", path.display()));
    }
    // by chance, the checksum tells
    Edit::save(good, &path);
    let whole = std::fs::read(&path).expect("a file");
    for place in (8..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&path, &bytes).expect("a write");
        assert!(Model::<Net>::load_with::<Pipeline>(&path).is_err(), "byte {place}");
    }
}

#[test]
fn a_checkpoint_with_preprocessing_goes_on_to_the_same_bits() {
    type Pipeline = (Rotate<Large>, (Flip<Large>, (Noise<Large>, Standardize<Large>)));

    let path = scratch("kept-run").join("run.safetensors");
    let data = images();
    let pipeline = |degrees: f64| -> Pipeline {
        let noise = Noise::new(0.1).expect("a deviation");
        let rest = Flip::new().then(noise.then(Standardize::fit(&data).expect("a fit")));
        Rotate::new(degrees).expect("degrees").then(rest)
    };
    let kept = pipeline(15.0);
    let plain = || trainer().checkpoint(Checkpoints::new(&path).every(Every::Steps(1)));
    let keeping = |kept: &Pipeline| {
        trainer().checkpoint(Checkpoints::new(&path).every(Every::Steps(1)).preprocessing(kept))
    };
    let run = |trainer: &Trainer<Adam>, stop_after: usize| {
        let mut model = Model::<Net>::new(1);
        let train = Transformed::new(&data, &kept);
        trainer.run(&mut model, &train).validate(&train).watch(&mut StopAfter(stop_after)).resume().map(
            |report| {
                let numbers: Vec<u32> =
                    model.params().iter().chain(model.buffers()).map(|x| x.to_bits()).collect();
                let losses: Vec<u64> = report.epochs.iter().map(|epoch| epoch.train.loss.to_bits()).collect();
                (numbers, losses, report.steps)
            },
        )
    };
    let expected =
        run(&trainer().checkpoint(path.with_file_name("unbroken.safetensors")), NEVER).expect("a good run");
    for (stop_after, count) in (1..expected.2).zip([1, 2, 3].into_iter().cycle()) {
        for path in [&path, &path.with_extension("previous.safetensors")] {
            let _ = std::fs::remove_file(path);
        }
        let threads = Threads::new(count).expect("threads");
        run(&keeping(&kept).threads(&threads), stop_after).expect("a good run");
        // what was saved is what a program would load
        let (_, again) = Model::<Net>::load_with::<Pipeline>(&path).expect("both");
        assert!(bits_of(&again.to_vectors()) == bits_of(&kept.to_vectors()));
        // made again from the file, it goes on as if never stopped
        let found = run(&keeping(&again), NEVER).expect("a good run");
        assert!(found == expected, "stopped after {stop_after}");
    }
    let saved = format!("expected {}, as in {}", 15.0_f64.to_radians(), path.display());
    let other = 15.000_001_f64.to_radians();
    let cases = [
        (
            keeping(&pipeline(15.000_001)),
            format!("preprocessing: found {other} in vector `chain.first.rotate.radians`, {saved}"),
        ),
        (
            plain(),
            format!(
                "preprocessing: found none in vector `chain.first.rotate.radians`, expected 1 number, as in {}",
                path.display()
            ),
        ),
    ];
    for (trainer, expected) in cases {
        let found = message(run(&trainer, NEVER));
        assert_eq!(found, expected);
    }
    // one that was begun without
    plain()
        .run(&mut Model::<Net>::new(1), &Transformed::new(&data, &kept))
        .validate(&Transformed::new(&data, &kept))
        .fit()
        .expect("a good run");
    let found = message(run(&keeping(&kept), NEVER));
    assert!(
        found.starts_with(
            "preprocessing: found 2 numbers in vector `chain.first.rotate.sides`, expected none, as in"
        ),
        "{found}"
    );
}
