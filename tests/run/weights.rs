//! Models as files of safetensors.

use std::collections::BTreeMap;
use std::fmt::Write;

use plywood::zoo::LeNet5;

use super::*;

/// A file as its format says, read by hand: the header's text, and where the numbers begin.
fn header(bytes: &[u8]) -> (&str, usize) {
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let end = 8 + usize::try_from(length).expect("a length");
    (std::str::from_utf8(&bytes[8..end]).expect("text"), end)
}

#[test]
fn a_model_is_saved_under_its_tensors_names() {
    let path = scratch("weights").join("made").join("model.safetensors");
    let mut model = Model::<Noisy>::new(1);
    model.buffers_mut().iter_mut().enumerate().for_each(|(i, x)| *x = i as f32);
    model.save(&path).expect("a file");
    assert_eq!(Model::load(&path).expect("a model"), model);

    let bytes = std::fs::read(&path).expect("a file");
    let (header, start) = header(&bytes);
    let mut found = BTreeMap::new();
    for tensor in model.tensors() {
        let at =
            header.find(&format!("\"{}\":{{\"dtype\":\"F32\",\"shape\":{:?},", tensor.name, tensor.dims));
        let at = at.or_else(|| {
            let dims: Vec<_> = tensor.dims.iter().map(usize::to_string).collect();
            header.find(&format!("\"{}\":{{\"dtype\":\"F32\",\"shape\":[{}],", tensor.name, dims.join(",")))
        });
        let text = &header[at.unwrap_or_else(|| panic!("no {} in {header}", tensor.name))..];
        let offsets = text.split_once("\"data_offsets\":[").expect("offsets").1;
        let (begin, rest) = offsets.split_once(',').expect("two");
        let end = rest.split_once(']').expect("an end").0;
        let [begin, end]: [usize; 2] = [begin, end].map(|text| text.parse().expect("a number"));
        let numbers: Vec<_> = bytes[start + begin..start + end]
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")))
            .collect();
        let all = match tensor.kind {
            plywood::layer::Kind::Buffer => model.buffers(),
            _ => model.params(),
        };
        assert_eq!(numbers, all[tensor.range()], "{}", tensor.name);
        found.insert(tensor.name, numbers.len());
    }
    assert_eq!(found["fc1.weight"], 8 * 12);
}

#[test]
fn precisions_are_read_as_each_other() {
    let path = scratch("precision").join("model.safetensors");
    let model = Model::<LeNet5, f64>::new(1);
    model.save(&path).expect("a file");
    assert_eq!(Model::<LeNet5, f64>::load(&path).expect("a model"), model);
    assert_eq!(Model::<LeNet5, f32>::load(&path).expect("a model"), model.cast());
}

/// A file of another program: no notes, only tensors.
pub(super) fn foreign(tensors: &[(&str, &str, &[usize])]) -> Vec<u8> {
    foreign_with("{", tensors)
}

/// A file of another program, whose header begins with some text.
pub(super) fn foreign_with(start: &str, tensors: &[(&str, &str, &[usize])]) -> Vec<u8> {
    let mut header = String::from(start);
    let mut end = 0;
    for (name, dtype, dims) in tensors {
        let bytes = dims.iter().product::<usize>() * if *dtype == "F32" { 4 } else { 2 };
        let comma = if header.len() > 1 { "," } else { "" };
        let offsets = [end, end + bytes];
        write!(header, "{comma}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{dims:?},").expect("text");
        write!(header, "\"data_offsets\":{offsets:?}}}").expect("text");
        end += bytes;
    }
    header.push('}');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(std::iter::repeat_n(0, end));
    bytes
}

#[test]
fn files_of_other_programs_are_read_by_name_and_sides() {
    network! { Tiny: Flat<3> => Flat<2> { fc: dense(2) } }
    let path = scratch("foreign").join("model.safetensors");
    let load = |tensors: &[(&str, &str, &[usize])]| {
        std::fs::write(&path, foreign(tensors)).expect("a write");
        Model::<Tiny>::load(&path)
    };
    let weight: (_, _, &[usize]) = ("fc.weight", "F32", &[3, 2]);
    let bias: (_, _, &[usize]) = ("fc.bias", "F32", &[2]);
    let model = load(&[weight, bias]).expect("a model");
    assert!(model.params().iter().all(|x| *x == 0.0));
    let cases: [(&[_], _); 5] = [
        (&[weight], "tensor fc.bias: found none, expected 2"),
        (
            &[("fc.weight", "F32", &[2, 3]), bias],
            "tensor fc.weight: found 2×3, expected 3×2: plywood's are inputs × outputs, PyTorch's outputs × inputs; \
             turn all tensors that lie so, see `Model::load`",
        ),
        (&[("fc.weight", "F32", &[4, 2]), bias], "tensor fc.weight: found 4×2, expected 3×2"),
        (&[weight, ("fc.bias", "F16", &[2])], "tensor fc.bias: found f16, expected f32 or f64"),
        (
            &[weight, bias, ("fc2.bias", "F32", &[2])],
            "tensor fc2.bias: found 2, expected none of that name in Tiny of 3 to 2",
        ),
    ];
    for (tensors, expected) in cases {
        assert_eq!(message(load(tensors)), format!("{}: {expected}", path.display()));
    }
    std::fs::remove_file(&path).expect("a file");
    let found = message(Model::<Tiny>::load(&path));
    assert!(found.starts_with(&format!("{}: cannot open: ", path.display())), "{found}");
}

#[test]
fn a_model_of_another_network_names_the_first_layer_that_differs() {
    let path = scratch("another").join("model.safetensors");
    Model::<LeNet5>::new(1).save(&path).expect("a file");
    let found = message(Model::<Noisy>::load(&path));
    assert!(found.starts_with(&format!("{}: layer fc1: found ", path.display())), "{found}");
}

/// A layer of one's own whose outline gives two tensors one name.
#[derive(Debug, Clone, Copy)]
struct Twins;

impl plywood::Layer for Twins {
    type In = Flat<2>;
    type Out = Flat<2>;
    const NAME: &'static str = "twins";
    const PARAMS: usize = 4;

    fn forward<T: Scalar>(_: plywood::layer::Pass, _: plywood::layer::Forward<'_, T>) {}
    fn backward<T: Scalar>(_: plywood::layer::Pass, _: plywood::layer::Backward<'_, T>) {}

    fn outline<V: plywood::layer::Visitor>(visitor: &mut V) {
        let tensor: (_, _, &[usize]) = ("weight", plywood::layer::Kind::Weight, &[2]);
        visitor.leaf::<Self>(&[tensor, tensor]);
    }
}

network! { WithTwins: Flat<2> => Flat<2> { dense(2), Twins } }

#[test]
fn two_tensors_of_one_name_are_not_saved() {
    let path = scratch("twins").join("model.safetensors");
    let mut model = Model::<WithTwins>::new(1);
    let expected = format!(
        "{}: tensor twins2.weight: found two tensors of this name in the outline of WithTwins, expected a name of its \
         own for each, see `Layer::outline`",
        path.display()
    );
    assert_eq!(message(model.save(&path)), expected);
    // a run is refused before its first step
    let data = Points::random(8, 2, 1);
    let trainer = Trainer::new().epochs(1).checkpoint(&path);
    assert_eq!(message(trainer.run(&mut model, &data).validate(&data).fit()), expected);
    assert!(!path.exists());
    // nor is a file of one tensor read for both
    Model::<WithTwins>::new(1).save(&path).unwrap_err();
    Model::<LeNet5>::new(1).save(&path).expect("a file");
    assert_eq!(message(Model::<WithTwins>::load(&path)), expected);
}

#[test]
fn bytes_hold_what_a_file_holds() {
    let (path, model) = (scratch("bytes").join("model.safetensors"), Model::<Noisy>::new(3));
    model.save(&path).expect("a file");
    let bytes = model.to_bytes().expect("bytes");
    assert_eq!(std::fs::read(&path).expect("a file"), bytes);
    assert_eq!(Model::<Noisy>::from_bytes(&bytes).expect("a model"), model);
    // whatever is cut off or changed is refused, and named
    for end in [0, 7, 8, bytes.len() / 2, bytes.len() - 1] {
        let error = Model::<Noisy>::from_bytes(&bytes[..end]).expect_err("a part").to_string();
        assert!(error.starts_with("bytes of a model: "), "{error}");
    }
    let mut changed = bytes.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    let error = Model::<Noisy>::from_bytes(&changed).expect_err("changed bytes").to_string();
    assert!(error.contains("checksum"), "{error}");
    let mut broken = model;
    broken.params_mut()[0] = f32::NAN;
    let error = broken.to_bytes().expect_err("a NaN").to_string();
    assert!(error.contains("found NaN, expected a finite number"), "{error}");
}
