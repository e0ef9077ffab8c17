//! Layers against PyTorch: `tests/golden/layers.txt` holds what it computes for one training step and in evaluation,
//! written by `tests/golden/generate.py`.

use std::collections::HashMap;

use super::*;
use crate::layer::{backward_apart, forward_apart};
use crate::{Backward, Flat, Forward, Image, Layer, Model, Pass, Predictor, Shape};

/// A case's numbers by field.
type Fields<'a> = HashMap<&'a str, Vec<f64>>;

fn read(text: &str) -> HashMap<&str, Fields<'_>> {
    let mut cases = HashMap::new();
    let mut fields: Option<&mut Fields> = None;
    for line in text.lines() {
        let (field, rest) = line.split_once(' ').unwrap_or((line, ""));
        if field == "case" {
            fields = Some(cases.entry(rest).or_default());
        } else if let Some(fields) = &mut fields {
            let numbers = rest.split_whitespace().map(|n| n.parse().expect("a number"));
            fields.insert(field, numbers.collect());
        }
    }
    cases
}

/// Compares one training step and an evaluation with what was recorded.
fn check<L: Layer>(name: &str, case: &Fields) {
    let (x, batch) = (&case["x"], case["x"].len() / L::In::LEN);
    assert_eq!(case["dy"].len(), batch * L::Out::LEN, "{name}: another shape");
    let mut model = Model::<L, f64>::new(0);
    model.params_mut().copy_from_slice(&case["params"]);
    model.buffers_mut().copy_from_slice(&case["buffers"]);
    let pass = Pass::new(batch, 0);
    let zeros = |n| vec![0.0; n];
    let (mut y, mut dy, mut dx) = (zeros(case["y"].len()), case["dy"].clone(), zeros(x.len()));
    let (mut tape, mut scratch) = (zeros(L::TAPE.len(batch)), zeros(L::SCRATCH.len(batch)));
    let mut grads = zeros(L::PARAMS);
    {
        let (params, buffers) = model.split_mut();
        let (tape, scratch) = (&mut tape, &mut scratch);
        forward_apart::<L, f64>(pass, Forward { params, buffers, x, y: &mut y, tape, scratch });
    }
    let (params, buffers) = model.split_mut();
    let io = Backward {
        params,
        buffers,
        x,
        y: &y,
        dy: &mut dy,
        dx: Some(&mut dx),
        grads: &mut grads,
        tape: &mut tape,
        scratch: &mut scratch,
    };
    backward_apart::<L, f64>(pass, io);
    let mut evaluated = zeros(y.len());
    Predictor::new(&model).infer_into(x, &mut evaluated);

    let found = [("y", &y[..]), ("dx", &dx), ("grads", &grads), ("y_eval", &evaluated)];
    for (field, found) in found.into_iter().chain([("buffers_after", model.buffers())]) {
        let expected = &case[field];
        assert_eq!(found.len(), expected.len(), "{name}: {field}");
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            let close = (found - expected).abs() < 1e-12 * expected.abs().max(1.0);
            assert!(close, "{name}: {field}[{i}] is {found}, PyTorch gives {expected}");
        }
    }
}

#[test]
fn layers_compute_what_pytorch_computes() {
    type Row = Flat<10>;
    let table: [(&str, fn(&str, &Fields)); 18] = [
        ("dense", check::<Dense<5, 7>>),
        ("dense_no_bias", check::<Dense<4, 19, false>>),
        ("batch_norm_image", check::<BatchNorm<Image<3, 2, 3>>>),
        ("batch_norm_flat", check::<BatchNorm<Flat<5>, 1_000_000, 250_000>>),
        ("layer_norm_flat", check::<LayerNorm<Flat<6>>>),
        ("layer_norm_image", check::<LayerNorm<Image<3, 4, 2>>>),
        ("group_norm", check::<GroupNorm<Image<3, 2, 6>, 2>>),
        ("relu", check::<Relu<Row>>),
        ("leaky_relu", check::<LeakyRelu<Row>>),
        ("elu", check::<Elu<Row>>),
        ("gelu", check::<Gelu<Row>>),
        ("silu", check::<Silu<Row>>),
        ("softplus", check::<Softplus<Row>>),
        ("sigmoid", check::<Sigmoid<Row>>),
        ("tanh", check::<Tanh<Row>>),
        ("hard_sigmoid", check::<HardSigmoid<Row>>),
        ("hard_swish", check::<HardSwish<Row>>),
        ("hard_tanh", check::<HardTanh<Row>>),
    ];
    let mut cases = read(include_str!("../../tests/golden/layers.txt"));
    // PyTorch's derivative of hard_sigmoid is 1/6 to f32's precision, whatever the precision of the numbers
    let single = f64::from(1.0_f32 / 6.0_f32);
    let hard_sigmoid = cases.get_mut("hard_sigmoid").and_then(|case| case.get_mut("dx")).expect("the case");
    hard_sigmoid.iter_mut().for_each(|dx| *dx /= 6.0 * single);
    for (name, check) in table {
        check(name, &cases[name]);
    }
}
