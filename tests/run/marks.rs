//! Files that say by their notes whose they are and how their tensors lie, and numbers that no file may hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood::preprocess::NormalizeContrast;
use plywood::train::{Checkpoints, Every};

use super::checkpoint::{NEVER, StopAfter};
use super::edit::{Edit, Tensor};
use super::weights::foreign_with;
use super::*;

network! {
    /// With a square matrix.
    Square: Flat<4> => Flat<4> { fc1: dense(4), relu, fc2: dense(4) }
}
network! {
    /// With filters as high and wide as they have inputs and outputs.
    Cubic: Image<5, 5, 3> => Image<5, 5, 3> { conv1: conv(3, 3, pad = 1) }
}
network! {
    Upwards: Image<2, 2, 3> => Image<4, 4, 3> { conv_transpose(3, 2, stride = 2) }
}
network! {
    /// With filters that cannot be taken for those of another program.
    Plain: Image<5, 5, 3> => Image<3, 3, 8> { conv1: conv(8, 3) }
}

const SQUARE: [(&str, &str, &[usize]); 4] = [
    ("fc1.weight", "F32", &[4, 4]),
    ("fc1.bias", "F32", &[4]),
    ("fc2.weight", "F32", &[4, 4]),
    ("fc2.bias", "F32", &[4]),
];

#[test]
fn a_file_of_another_program_is_refused_where_a_tensor_could_lie_either_way() {
    let path = scratch("either").join("model.safetensors");
    let write = |start: &str, tensors: &[(&str, &str, &[usize])]| {
        std::fs::write(&path, foreign_with(start, tensors)).expect("a write");
    };
    let expected = |tensor: &str, layout: &str| {
        format!(
            "{}: tensor {tensor}, which can lie either way, in a file that does not say how its tensors lie, expected a \
             file that says so: plywood's are {layout}; bring all of its tensors into plywood's order and write the \
             metadata `plywood.layout` with `inputs first`, see `Model::load`",
            path.display()
        )
    };
    write("{", &SQUARE);
    let dense = expected("fc1.weight: found 4×4", "inputs × outputs, PyTorch's outputs × inputs");
    assert_eq!(message(Model::<Square>::load(&path)), dense);
    // what others note does not make it one of ours
    for notes in
        ["", r#""format":"pt""#, r#""checksum":"0123abcd","fingerprint":"0123456789abcdef","layers":"2""#]
    {
        write(&format!(r#"{{"__metadata__":{{{notes}}}"#), &SQUARE);
        assert_eq!(message(Model::<Square>::load(&path)), dense, "{notes}");
    }
    // one that says how its tensors lie is read, and one that says something else is not
    write(r#"{"__metadata__":{"plywood.layout":"inputs first"}"#, &SQUARE);
    assert!(Model::<Square>::load(&path).expect("a model").params().iter().all(|x| *x == 0.0));
    write(r#"{"__metadata__":{"plywood.layout":"outputs first"}"#, &SQUARE);
    let found = message(Model::<Square>::load(&path));
    assert_eq!(
        found,
        format!("{}: plywood.layout: found `outputs first`, expected `inputs first`", path.display())
    );

    let filters = [("conv1.weight", "F32", &[3, 3, 3, 3][..]), ("conv1.bias", "F32", &[3])];
    write("{", &filters);
    let layout = "height × width × inputs × outputs, PyTorch's outputs × inputs × height × width";
    assert_eq!(message(Model::<Cubic>::load(&path)), expected("conv1.weight: found 3×3×3×3", layout));
    write("{", &[("conv_transpose1.weight", "F32", &[2, 2, 3, 3]), ("conv_transpose1.bias", "F32", &[3])]);
    let layout = "height × width × outputs × inputs, PyTorch's inputs × outputs × height × width, Flax's height × width × \
                  inputs × outputs";
    assert_eq!(
        message(Model::<Upwards>::load(&path)),
        expected("conv_transpose1.weight: found 2×2×3×3", layout)
    );
    // where the sides tell, nothing need be noted
    write("{", &[("conv1.weight", "F32", &[3, 3, 3, 8]), ("conv1.bias", "F32", &[8])]);
    Model::<Plain>::load(&path).expect("a model");
    write("{", &[("conv1.weight", "F32", &[8, 3, 3, 3]), ("conv1.bias", "F32", &[8])]);
    let found = message(Model::<Plain>::load(&path));
    assert!(
        found.contains("found 8×3×3×3, expected 3×3×3×8: plywood's are height × width × inputs"),
        "{found}"
    );
}

#[test]
fn notes_of_other_programs_are_passed_over() {
    let path = scratch("notes").join("model.safetensors");
    let tensors = [("conv1.weight", "F32", &[3, 3, 3, 8][..]), ("conv1.bias", "F32", &[8])];
    for notes in [
        r#""checksum":"sha256:abc""#,
        r#""checksum":"00000000""#,
        r#""layers":"12""#,
        r#""fingerprint":"0123456789abcdef""#,
        r#""checksum":"00000000","fingerprint":"0123456789abcdef","layers":"12","network":"Plain""#,
        r#""checkpoint":"3","epoch":"1""#,
    ] {
        std::fs::write(&path, foreign_with(&format!(r#"{{"__metadata__":{{{notes}}}"#), &tensors))
            .expect("a write");
        Model::<Plain>::load(&path).unwrap_or_else(|error| panic!("{notes}: {error}"));
    }
    // a note of ours without the checksum that belongs to it
    std::fs::write(&path, foreign_with(r#"{"__metadata__":{"plywood.network":"Plain"}"#, &tensors))
        .expect("a write");
    let found = message(Model::<Plain>::load(&path));
    assert!(
        found.contains(": the file: found no `plywood.checksum` beside other notes of plywood"),
        "{found}"
    );
}

#[test]
fn files_of_earlier_versions_are_read_and_checked() {
    let path = scratch("earlier").join("model.safetensors");
    let model = Model::<Square>::new(1);
    model.save(&path).expect("a file");
    Edit::open(&path).save_as_earlier(&path);
    let good = std::fs::read(&path).expect("a file");
    let text = String::from_utf8_lossy(&good).into_owned();
    assert!(!text.contains("plywood.") && text.contains("\"checksum\":\""), "{text}");
    assert_eq!(Model::load(&path).expect("a model"), model);
    for place in (0..good.len()).step_by(3) {
        let mut bytes = good.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&path, &bytes).expect("a write");
        assert!(Model::<Square>::load(&path).is_err(), "byte {place}");
    }
    std::fs::write(&path, &good).expect("a write");
    let found = message(Model::<Wider>::load(&path));
    assert!(found.contains(": layer fc1: found dense 4 to 4"), "{found}");

    // a run goes on from a checkpoint
    let path = path.with_file_name("run.safetensors");
    let trainer = trainer().checkpoint(Checkpoints::new(&path).every(Every::Steps(1)));
    let (train, validation) = data();
    let go_on = |stop_after: usize| {
        let mut model = Model::<Noisy>::new(1);
        let report =
            trainer.run(&mut model, &train).validate(&validation).watch(&mut StopAfter(stop_after)).resume();
        bits(&model, &report.expect("a good run"))
    };
    go_on(13);
    Edit::open(&path).save_as_earlier(&path);
    assert!(go_on(NEVER) == unbroken());
}

network! { Wider: Flat<4> => Flat<4> { fc1: dense(5), relu, fc2: dense(4) } }

#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    let path = scratch("finite").join("model.safetensors");
    let contrast = NormalizeContrast::<Flat<8>>::new(0.5).expect("an epsilon");
    Model::<Noisy>::new(1).save_with(&contrast, &path).expect("a file");
    let good = Edit::open(&path);
    let with = |name: &str, at: usize, number: f64| {
        let mut edit = good.clone();
        let tensor = edit.tensors.get_mut(name).unwrap_or_else(|| panic!("no {name}"));
        let mut numbers = vec![0.5; tensor.dims.iter().product()];
        numbers[at] = number;
        *tensor = Tensor { dims: tensor.dims.clone(), ..Tensor::of(&numbers) };
        edit.save(&path);
        let found = message(Model::<Noisy>::load_with::<NormalizeContrast<Flat<8>>>(&path).map(drop));
        if !name.starts_with("preprocessing") {
            assert_eq!(message(Model::<Noisy>::load(&path)), found);
        }
        found
    };
    let epsilon =
        good.tensors.keys().find(|name| name.starts_with("preprocessing/")).expect("a vector").clone();
    let cases = [
        (
            with("fc1.weight", 12 * 3 + 5, f64::NAN),
            "tensor fc1.weight, number [3][5]: found NaN, expected a finite number".to_owned(),
        ),
        (
            with("fc2.bias", 2, f64::INFINITY),
            "tensor fc2.bias, number [2]: found inf, expected a finite number".to_owned(),
        ),
        (
            with("batch_norm2.variance", 11, f64::NEG_INFINITY),
            "tensor batch_norm2.variance, number [11]: found -inf, expected a finite number".to_owned(),
        ),
        (
            with("fc1.bias", 0, 1e300),
            "tensor fc1.bias, number [0]: found 1e300, expected a number that is finite as f32".to_owned(),
        ),
        (
            with(&epsilon, 0, f64::NAN),
            format!("tensor {epsilon}, number [0]: found NaN, expected a finite number"),
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, format!("{}: {expected}", path.display()));
    }
    Edit::save(good, &path);

    // nor is such a file written, and the one that is there stays
    let before = std::fs::read(&path).expect("a file");
    let mut model = Model::<Noisy>::new(2);
    model.params_mut()[12 * 3 + 5] = f32::NAN;
    let expected = "tensor fc1.weight, number [3][5]: found NaN, expected a finite number, to be saved";
    assert_eq!(message(model.save(&path)), expected);
    assert_eq!(message(model.save_with(&contrast, &path)), expected);
    assert_eq!(std::fs::read(&path).expect("a file"), before);
}

/// Leaves infinite parameters after its fifth step.
#[derive(Debug, Clone, Default)]
struct Diverges(Arc<AtomicUsize>);

impl plywood::optim::Optimizer for Diverges {
    type State<T: Scalar> = plywood::optim::Moments<T, 0>;

    fn check<T: Scalar>(&self) -> plywood::Result<()> {
        Ok(())
    }
    fn step<T: Scalar>(&self, _: &mut Self::State<T>, step: plywood::optim::Step<'_, T>) {
        if self.0.fetch_add(1, Ordering::Relaxed) == 4 {
            step.params.fill(T::of(f64::INFINITY));
        }
    }
}

#[test]
fn a_checkpoint_never_holds_a_model_that_is_not_finite() {
    let path = scratch("diverged").join("run.safetensors");
    let (train, _) = data();
    let trainer = Trainer::new().optimizer(Diverges::default()).batch_size(4).epochs(1);
    let trainer = trainer.checkpoint(Checkpoints::new(&path).every(Every::Steps(1)));
    let found = message(trainer.train(&mut Model::<Noisy>::new(1), &train));
    assert!(found.starts_with("a parameter is inf at epoch 1, step 5: training diverged"), "{found}");
    assert_eq!(Edit::open(&path).notes["steps_taken"], "4");
    let model = Model::<Noisy>::load(&path).expect("a good model");
    assert_eq!(model.params(), Model::<Noisy>::new(1).params());

    // one that somebody made up is damaged: the one before it is used
    let mut edit = Edit::open(&path);
    let tensor = edit.tensors.get_mut("fc2.bias").expect("a bias");
    tensor.bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    edit.save(&path);
    let mut model = Model::<Noisy>::new(7);
    let report = trainer.run(&mut model, &train).watch(&mut StopAfter(4)).resume().expect("a run");
    let resumed = report.resumed.expect("it goes on");
    assert_eq!(resumed.steps, 3);
    let expected =
        format!("{}: tensor fc2.bias, number [2]: found NaN, expected a finite number", path.display());
    assert_eq!(resumed.refused, Some(expected));
}
