//! Layers that are taken from other models and from files, models as streams of bytes, and files that are the same.

use std::io::{self, Read, Write};

use plywood::check::strategy::models;
use plywood::data::digits;
use plywood::preprocess::Standardize;
use plywood::transfer::{Selection, Taken};
use plywood::{Image, Layer, Model, Outline, Result, network};
use proptest::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

network! {
    Trunk: Image<6, 6, 1> => Flat<4> {
        conv(3, kernel = 3), batch_norm, relu, global_avg_pool, fc: dense(4), tanh,
    }
    Old: Image<6, 6, 1> => Flat<5> { trunk: Trunk, head: dense(5), dense(5) }
    New: Image<6, 6, 1> => Flat<2> { trunk: Trunk, head: dense(2), relu, mid: dense(2) }
    /// The trunk under another name.
    Other: Image<6, 6, 1> => Flat<4> { body: Trunk, mid: dense(4) }
    Alone: Flat<2> => Flat<2> { only: dense(2) }
    Larger: Flat<3> => Flat<2> { trunk: Two, dense(2) }
    Two: Flat<3> => Flat<3> { first: dense(3), second: dense(3) }
    Smaller: Flat<3> => Flat<2> { trunk: One, dense(2) }
    One: Flat<3> => Flat<3> { first: dense(3) }
    Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) }
}

/// Pairs of names, and the messages for a model and for a file.
type Case<'a> = (&'a [(&'a str, &'a str)], [&'a str; 2]);

/// The names of the trunk's tensors within it.
const TRUNK: [&str; 8] = [
    "conv1.weight",
    "conv1.bias",
    "batch_norm2.scale",
    "batch_norm2.shift",
    "batch_norm2.mean",
    "batch_norm2.variance",
    "fc.weight",
    "fc.bias",
];

/// A model whose running statistics differ from those of a new one.
fn trained<N: Layer>(seed: u64) -> Model<N> {
    let mut model = Model::<N>::new(seed);
    for (i, buffer) in (0_u8..).zip(model.buffers_mut()) {
        *buffer = 1.0 + f32::from(i) + seed as f32;
    }
    model.params_mut().iter_mut().for_each(|x| *x += 0.25 * seed as f32);
    model
}

/// The numbers of a tensor.
fn tensor<N: Layer>(model: &Model<N>, name: &str) -> Vec<f32> {
    let tensors = model.tensors();
    let tensor = tensors.iter().find(|tensor| tensor.name == name).unwrap_or_else(|| panic!("no {name}"));
    let all = match tensor.kind {
        plywood::layer::Kind::Buffer => model.buffers(),
        _ => model.params(),
    };
    all[tensor.range()].to_vec()
}

fn within(block: &str) -> Vec<String> {
    TRUNK.iter().map(|name| format!("{block}.{name}")).collect()
}

#[test]
fn a_trunk_is_taken_with_its_running_statistics() {
    let (old, before) = (trained::<Old>(1), trained::<New>(2));
    let mut new = before.clone();
    let taken = new.take_layers(&old, "trunk").expect("a trunk");
    let names: Vec<_> = taken.tensors.iter().map(|tensor| tensor.name.clone()).collect();
    let mut expected = within("trunk");
    expected.sort();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    for name in &names {
        assert_eq!(tensor(&new, name), tensor(&old, name), "{name}");
        assert_ne!(tensor(&new, name), tensor(&before, name), "{name}");
    }
    assert_eq!(taken.kept, ["head.weight", "head.bias", "mid.weight", "mid.bias"]);
    for name in &taken.kept {
        assert_eq!(tensor(&new, name), tensor(&before, name), "{name}");
    }
    assert_eq!(taken.unused, ["head.weight", "head.bias", "dense3.weight", "dense3.bias"]);
    assert!(taken.mismatched.is_empty());
    assert_eq!((taken.numbers, taken.of_numbers), (3 * 9 + 3 + 4 * 3 + 16, 3 * 9 + 3 + 4 * 3 + 16 + 10 + 6));
}

#[test]
fn what_matches_is_taken_and_what_has_other_sides_is_reported() {
    let (old, before) = (trained::<Old>(1), trained::<New>(2));
    let mut new = before.clone();
    let taken = new.take_layers(&old, Selection::matching()).expect("a trunk");
    let mut by_label = before.clone();
    by_label.take_layers(&old, "trunk").expect("a trunk");
    assert_eq!(new, by_label);
    let reshaped: Vec<_> = taken.mismatched.iter().map(|r| (&*r.name, &*r.found, &*r.expected)).collect();
    assert_eq!(reshaped, [("head.weight", &[4, 5][..], &[4, 2][..]), ("head.bias", &[5][..], &[2][..])]);
    let text = taken.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("took 8 of 12 tensors, 58 of 74 numbers: trunk.conv1.weight, "), "{text}");
    assert_eq!(
        lines[1..],
        [
            "kept 4: head.weight (4×2, there 4×5), head.bias (2, there 5), mid.weight, mid.bias",
            "not used: head.weight, head.bias, dense3.weight, dense3.bias",
        ]
    );
}

#[test]
fn a_long_report_lists_the_first_names() {
    network! { Deep: Flat<2> => Flat<2> { repeat(9) { dense(2), tanh } } }
    let mut model = Model::<Deep>::new(1);
    let taken = model.take_layers(&Model::<Deep>::new(2), Selection::matching()).expect("all");
    let text = taken.to_string();
    assert!(text.starts_with("took 18 of 18 tensors, 54 of 54 numbers: repeat1.dense1.weight, "), "{text}");
    assert!(text.ends_with(" and 6 more") && text.lines().count() == 1, "{text}");
}

/// Tries a selection of tensors of `Old` for `New`: from a model and from a file. Returns the messages.
fn misuse<'a, S: Into<Selection<'a>>>(selection: impl Fn() -> S) -> [String; 2] {
    let (old, before) = (trained::<Old>(1), trained::<New>(2));
    let bytes = old.to_bytes().expect("bytes");
    let message = |result: Result<Taken>| result.expect_err("misuse").to_string();
    let mut new = before.clone();
    let messages = [
        message(new.take_layers(&old, selection())),
        message(new.load_layers_from_bytes(&bytes, selection())),
    ];
    assert_eq!(new, before, "changed in spite of an error");
    messages
}

#[test]
fn names_that_stand_for_nothing_are_errors() {
    let labels: [(&[&str], &str); 7] = [
        (&["trnuk"], "`trnuk`, expected a layer, block or tensor of New: did you mean `trunk`?"),
        (
            &["trunk.conv2"],
            "`trunk.conv2`, expected a layer, block or tensor of New: did you mean `trunk.conv1`?",
        ),
        (
            &["trunk", "features"],
            "`features`, expected a layer, block or tensor of New: `trunk`, `head`, `mid`",
        ),
        (
            &["trunk.con"],
            "`trunk.con`, expected a layer, block or tensor of New: did you mean `trunk.conv1`?",
        ),
        (&["relu3"], "`relu3`, which has no tensors, expected a layer or block with numbers"),
        (&[""], "``, expected a layer, block or tensor of New: `trunk`, `head`, `mid`"),
        (&[], "none, expected the name of at least one layer, block or tensor"),
    ];
    for (labels, expected) in labels {
        for found in misuse(|| Selection::labels(labels.iter().copied())) {
            assert_eq!(found, format!("layers to take: found {expected}"));
        }
    }
    for (pair, expected) in [
        (("trunc", "trunk"), "`trunc`, expected a layer, block or tensor of Old: did you mean `trunk`?"),
        (("trunk", "trunc"), "`trunc`, expected a layer, block or tensor of New: did you mean `trunk`?"),
    ] {
        let [found, in_file] = misuse(|| [pair]);
        assert_eq!(found, format!("layers to take: found {expected}"));
        assert_eq!(in_file, found.replace("of Old", "of the file"));
    }
    for found in misuse(|| Selection::renamed_by(|_| None)) {
        assert!(found.starts_with("layers to take: found no tensor of "), "{found}");
    }
    let mut other = Model::<Other>::new(1);
    let error = other.take_layers(&Model::<Alone>::new(1), Selection::matching()).expect_err("nothing");
    let expected = "layers to take: found no tensor of Alone with the name and the sides of one of Other, expected at \
                    least one";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_is_on_one_side_only_or_differs_is_an_error() {
    let cases: [Case<'_>; 5] = [
        // a head of another number of classes
        (
            &[("head", "head")],
            [
                "tensor head.weight: found 4×5 in Old, expected 4×2, as in New",
                "bytes of a model: tensor head.weight: found 4×5, expected 4×2",
            ],
        ),
        (
            &[("head", "mid")],
            [
                "tensor mid.weight: found 4×5 in Old (`head.weight`), expected 2×2, as in New",
                "bytes of a model: tensor mid.weight: found 4×5 (`head.weight`), expected 2×2",
            ],
        ),
        // a part of a block
        (
            &[("trunk.conv1", "trunk.conv1"), ("trunk.fc.weight", "trunk.fc")],
            [
                "tensor trunk.fc.weight: found none in Old among the tensors that are selected, expected 3×4, as in New",
                "bytes of a model: tensor trunk.fc.weight: found none among the tensors that are selected, expected 3×4",
            ],
        ),
        // a tensor that the model does not have
        (
            &[("trunk", "trunk"), ("dense3", "trunk.fc2")],
            ["layers to take: found `trunk.fc2`, expected a layer, block or tensor of New: did you mean `trunk.fc`?";
                2],
        ),
        // two for one
        (&[("trunk.fc", "trunk.fc"), ("dense3", "trunk.fc")], ["layers to take: found `"; 2]),
    ];
    for (pairs, expected) in cases {
        let found = misuse(|| Selection::renamed(pairs.iter().copied()));
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{pairs:?}: {found}");
        }
    }
    // a block that is larger there
    let mut smaller = Model::<Smaller>::new(1);
    let error =
        smaller.take_layers(&Model::<Larger>::new(1), "trunk").expect_err("a larger block").to_string();
    let expected = "tensor trunk.second.weight: found 3×3 in Larger, expected none of that name in Smaller";
    assert!(error.starts_with(expected), "{error}");
    let mut larger = Model::<Larger>::new(1);
    let error = larger.take_layers(&smaller, "trunk").expect_err("a smaller block").to_string();
    let expected = "tensor trunk.second.weight: found none in Smaller, expected 3×3, as in Larger";
    assert!(error.starts_with(expected), "{error}");
    // but the common layer can be taken
    larger.take_layers(&smaller, "trunk.first").expect("a layer");
}

#[test]
fn names_can_be_changed() {
    let old = trained::<Old>(1);
    let expected: Vec<_> = within("trunk").iter().map(|name| tensor(&old, name)).collect();
    let body =
        |model: &Model<Other>| within("body").iter().map(|name| tensor(model, name)).collect::<Vec<_>>();
    // a block under another name
    let mut other = Model::<Other>::new(1);
    let taken = other.take_layers(&old, [("trunk", "body")]).expect("a trunk");
    assert_eq!(
        (&*taken.tensors[0].name, &*taken.tensors[0].from),
        ("body.conv1.weight", "trunk.conv1.weight")
    );
    assert_eq!(body(&other), expected);
    // a block as the whole model, and back
    let mut trunk = Model::<Trunk>::new(3);
    assert!(trunk.take_layers(&old, [("trunk", "")]).expect("a trunk").kept.is_empty());
    let mut other = Model::<Other>::new(1);
    assert!(other.take_layers(&trunk, [("", "body")]).expect("a trunk").unused.is_empty());
    assert_eq!(body(&other), expected);
    // by a function that borrows
    let prefix = String::from("trunk.");
    let mut other = Model::<Other>::new(1);
    let rename = |name: &str| name.strip_prefix(&*prefix).map(|name| format!("body.{name}"));
    other.take_layers(&old, Selection::renamed_by(rename)).expect("a trunk");
    assert_eq!(body(&other), expected);
    // the longest name decides
    let mut other = Model::<Other>::new(1);
    let pairs = [("trunk", "body"), ("trunk.fc.bias", "mid.bias"), ("head", "mid")];
    let error = other.take_layers(&old, pairs).expect_err("a missing bias").to_string();
    assert!(
        error.starts_with("layers to take: found `trunk.fc.bias` and `head.bias`, both for `mid.bias`"),
        "{error}"
    );
    // a function whose name is wrong
    let wrong = |name: &str| name.strip_prefix("trunk.").map(|name| format!("boby.{name}"));
    let error = other.take_layers(&old, Selection::renamed_by(wrong)).expect_err("no such name").to_string();
    let expected = "tensor boby.conv1.weight: found 3×3×1×3 in Old (`trunk.conv1.weight`), expected none of that name in \
                    Other: did you mean `body.conv1.weight`?";
    assert_eq!(error, expected);
}

/// A file of another program: names, types and sides; all numbers are 0.5 or 1.
fn foreign(tensors: &[(&str, Dtype, &[usize])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, dtype, dims)| {
            let count = dims.iter().product();
            match dtype {
                Dtype::F32 => [0.5_f32.to_le_bytes()].repeat(count).concat(),
                Dtype::F64 => [0.5_f64.to_le_bytes()].repeat(count).concat(),
                Dtype::I64 => [1_i64.to_le_bytes()].repeat(count).concat(),
                _ => vec![0; 2 * count],
            }
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, dtype, dims), bytes)| {
        (*name, TensorView::new(*dtype, dims.to_vec(), bytes).expect("a tensor"))
    });
    safetensors::serialize(views, None).expect("a file")
}

#[test]
fn files_of_other_programs_are_read_by_pairs_of_names() {
    let tensors: [(&str, Dtype, &[usize]); 8] = [
        ("features.0.weight", Dtype::F32, &[3, 3, 1, 3]),
        ("features.0.bias", Dtype::F64, &[3]),
        ("features.1.weight", Dtype::F32, &[3]),
        ("features.1.bias", Dtype::F32, &[3]),
        ("features.1.running_mean", Dtype::F32, &[3]),
        ("features.1.running_var", Dtype::F32, &[3]),
        ("features.1.num_batches_tracked", Dtype::I64, &[]),
        ("classifier.weight", Dtype::F16, &[7, 4]),
    ];
    let pairs = [
        ("features.0", "trunk.conv1"),
        ("features.1", "trunk.batch_norm2"),
        ("features.1.weight", "trunk.batch_norm2.scale"),
        ("features.1.bias", "trunk.batch_norm2.shift"),
        ("features.1.running_mean", "trunk.batch_norm2.mean"),
        ("features.1.running_var", "trunk.batch_norm2.variance"),
    ];
    let before = trained::<New>(1);
    let mut new = before.clone();
    let taken = new.load_layers_from_bytes(&foreign(&tensors), pairs).expect("layers");
    assert_eq!(taken.tensors.len(), 6);
    assert_eq!(taken.unused, ["classifier.weight", "features.1.num_batches_tracked"]);
    for name in &TRUNK[..6] {
        assert!(tensor(&new, &format!("trunk.{name}")).iter().all(|x| *x == 0.5), "{name}");
    }
    assert_eq!(tensor(&new, "trunk.fc.weight"), tensor(&before, "trunk.fc.weight"));

    let load = |tensors: &[(&str, Dtype, &[usize])], pairs: &[(&str, &str)]| {
        let mut new = before.clone();
        let pairs = Selection::renamed(pairs.iter().copied());
        let error = new.load_layers_from_bytes(&foreign(tensors), pairs).expect_err("misuse").to_string();
        assert_eq!(new, before);
        error.strip_prefix("bytes of a model: ").expect("the name of the bytes").to_owned()
    };
    let conv = ("conv", "trunk.conv1");
    let bias: (_, _, &[usize]) = ("conv.bias", Dtype::F32, &[3]);
    // PyTorch's order
    let found = load(&[("conv.weight", Dtype::F32, &[3, 1, 3, 3]), bias], &[conv]);
    let expected = "tensor trunk.conv1.weight: found 3×1×3×3 (`conv.weight`), expected 3×3×1×3: plywood's are height × \
                    width × inputs × outputs";
    assert!(found.starts_with(expected), "{found}");
    // an order that does not show
    let found = load(&[("fc.weight", Dtype::F32, &[2, 2]), ("fc.bias", Dtype::F32, &[2])], &[("fc", "mid")]);
    assert!(found.starts_with("tensor mid.weight: found 2×2, which can lie either way"), "{found}");
    // numbers that a model cannot hold
    let found = load(&[("conv.weight", Dtype::F16, &[3, 3, 1, 3]), bias], &[conv]);
    assert_eq!(found, "tensor conv.weight: found f16, expected f32 or f64");
    let found = load(&[bias], &[conv]);
    let expected = "tensor trunk.conv1.weight: found none";
    assert!(found.starts_with(expected) && found.ends_with(", expected 3×3×1×3"), "{found}");
    let mut bytes = foreign(&[("conv.weight", Dtype::F32, &[3, 3, 1, 3]), bias]);
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut new = before.clone();
    let error = new.load_layers_from_bytes(&bytes, [conv]).expect_err("a NaN").to_string();
    assert!(error.contains("found NaN, expected a finite number"), "{error}");
    assert_eq!(new, before);
}

#[test]
fn a_file_that_is_damaged_changes_nothing() {
    let bytes = trained::<Old>(1).to_bytes().expect("bytes");
    let before = trained::<New>(2);
    let mut new = before.clone();
    for end in (0..bytes.len()).step_by(97).chain([7, 8, 9, bytes.len() - 1]) {
        let error = new.load_layers_from_bytes(&bytes[..end], "trunk").expect_err("a part").to_string();
        assert!(error.starts_with("bytes of a model: the file: found "), "{end}: {error}");
    }
    let mut changed = bytes.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    assert!(new.load_layers_from_bytes(&changed, "trunk").is_err());
    let error = new.load_layers("no such file", "trunk").expect_err("no file").to_string();
    assert!(error.starts_with("no such file: cannot open: "), "{error}");
    assert_eq!(new, before);
}

#[test]
fn a_file_of_the_other_precision_and_with_preprocessing_is_read() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("transfer");
    let path = folder.join("model.safetensors");
    let standardize = Standardize::fit(&digits(20, 1)).expect("statistics");
    let model = Model::<Reader, f64>::new(1);
    model.save_with(&standardize, &path).expect("a file");
    let mut single = Model::<Reader>::new(2);
    let taken = single.load_layers(&path, Selection::matching()).expect("layers");
    assert_eq!(single, model.cast());
    assert!(taken.unused.is_empty(), "{taken}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_file_gives_what_its_model_gives(
        old in models::<Old, f32>(), before in models::<New, f32>(), chosen in 1_usize..256,
    ) {
        let chosen: Vec<String> = within("trunk")
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| chosen >> bit & 1 == 1)
            .map(|(_, name)| name)
            .collect();
        let bytes = old.to_bytes().expect("bytes");
        let (mut from_model, mut from_file) = (before.clone(), before.clone());
        let taken = from_model.take_layers(&old, chosen.clone()).expect("tensors");
        let mut loaded = from_file.load_layers_from_bytes(&bytes, chosen.clone()).expect("tensors");
        prop_assert_eq!(&from_model, &from_file);
        // a file is in the order of names
        let mut unused = taken.unused.clone();
        unused.sort();
        prop_assert_eq!(&unused, &loaded.unused);
        loaded.unused.clone_from(&taken.unused);
        prop_assert_eq!(&loaded, &taken);
        for name in Outline::of::<New>().tensors.iter().map(|tensor| &tensor.name) {
            let source = if chosen.contains(name) { tensor(&old, name) } else { tensor(&before, name) };
            prop_assert_eq!(tensor(&from_file, name), source);
            prop_assert_eq!(chosen.contains(name), !taken.kept.contains(name));
        }
    }

    #[test]
    fn a_model_has_one_file(model in models::<New, f32>()) {
        let mut model = model;
        model.name_classes(["odd \"quoted\"", "\u{e9}ven\n\\"]);
        let bytes = model.to_bytes().expect("bytes");
        let again = Model::<New>::from_bytes(&bytes).expect("a model");
        prop_assert_eq!(again.class_names(), model.class_names());
        for same in [&model.clone(), &again] {
            prop_assert!(same.to_bytes().expect("bytes") == bytes);
        }
    }
}

#[test]
fn notes_are_in_the_order_of_their_names() {
    let mut model = Model::<New>::new(1);
    model.name_classes(["odd", "even"]);
    let bytes = model.to_bytes().expect("bytes");
    let header = String::from_utf8_lossy(&bytes[8..]);
    let names = ["checksum", "classes", "fingerprint", "layers", "layout", "network"];
    let places = names.map(|name| header.find(&format!("\"plywood.{name}\":")).expect(name));
    assert!(places.is_sorted(), "{places:?}");
}

/// Fails after some bytes.
struct Failing(usize);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("the line is cut"));
        }
        let written = bytes.len().min(self.0);
        self.0 -= written;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Failing {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.write(bytes)
    }
}

/// Gives a byte at a time.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = bytes.len().min(1);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn models_are_written_to_writers_and_read_from_readers() {
    let model = trained::<New>(1);
    let mut written = Vec::new();
    model.write_to(&mut written).expect("a vector takes all");
    assert_eq!(written, model.to_bytes().expect("bytes"));
    assert_eq!(Model::<New>::read_from(Slow(&written)).expect("a model"), model);

    let error = model.write_to(Failing(100)).expect_err("a cut line").to_string();
    assert_eq!(error, "bytes of a model: cannot write: the line is cut");
    let error = Model::<New>::read_from(Failing(100)).expect_err("a cut line").to_string();
    assert_eq!(error, "bytes of a model: cannot read: the line is cut");
    let error = Model::<New>::read_from(&written[..50]).expect_err("a part").to_string();
    assert!(error.starts_with("bytes of a model: the file: found "), "{error}");
    // nothing is written of a model that could not be read
    let mut broken = model.clone();
    broken.params_mut()[0] = f32::NAN;
    let mut nothing = Vec::new();
    assert!(broken.write_to(&mut nothing).is_err() && nothing.is_empty());

    let standardize = Standardize::fit(&digits(20, 1)).expect("statistics");
    let model = Model::<Reader>::new(1);
    let mut written = Vec::new();
    model.write_to_with(&standardize, &mut written).expect("a vector takes all");
    let (read, kept) =
        Model::<Reader>::read_from_with::<Standardize<Image<28, 28, 1>>>(Slow(&written)).expect("both");
    assert_eq!((read, kept), (model, standardize));
}
