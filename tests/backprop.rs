//! Passes forward and backward one by one, through several networks, and as evaluation computes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plywood::loss::{Contrastive, MeanSquaredError};
use plywood::{Backprop, Layer, Loss, Model, Shape, network};

network! {
    /// Computes otherwise in training than in evaluation, under a label and without one.
    Moody: Image<4, 4, 2> => Flat<3> {
        conv(3, kernel = 3, pad = same), batch_norm, tanh,
        flatten, dropout(0.25),
        middle: dense(5), batch_norm, tanh, dropout(0.25),
        dense(3),
    }
    /// Both at once.
    Siamese: (Flat<3>, Flat<2>) => (Flat<3>, Flat<3>) {
        pairwise { dense(4), tanh, dropout(0.25) } { dense(4), tanh }, shared { dense(3) }
    }
    Before: Flat<4> => Flat<5> { dense(6), tanh, dense(5) }
    After: Flat<5> => Flat<2> { dense(6), tanh, dense(2) }
}

fn numbers(len: usize) -> Vec<f64> {
    (0..len).map(|i| (i as f64 * 0.7).sin()).collect()
}

/// Compares a step with its halves, whose derivative is that of the same loss.
fn compare<N: Layer, L: Loss<N::Out>>(loss: &L, targets: &[L::Target]) {
    const SEED: u64 = 9;
    let x = numbers(targets.len() * N::In::LEN);
    let whole = {
        let (mut model, mut backprop) = (Model::<N, f64>::new(3), Backprop::new(4).expect("a batch"));
        let mut dx = vec![f64::NAN; x.len()];
        let value = backprop.run_to_input(&mut model, loss, &x, targets, SEED, &mut dx);
        (value, backprop.gradient().to_vec(), Some(dx), model.buffers().to_vec())
    };
    assert!(whole.1.iter().any(|&slope| slope != 0.0));
    for to_input in [false, true] {
        let (mut model, mut backprop) = (Model::<N, f64>::new(3), Backprop::new(4).expect("a batch"));
        // what an earlier step has left does not count
        backprop.run(&mut Model::<N, f64>::new(5), loss, &x, targets, 1);
        let pass = backprop.forward(&mut model, &x, SEED);
        let mut slopes = vec![f64::NAN; pass.outputs().len()];
        let value = loss.gradient(pass.outputs(), targets, &mut slopes);
        let dx = if to_input {
            let mut dx = vec![f64::NAN; x.len()];
            pass.backward_to_input(&slopes, &mut dx);
            Some(dx)
        } else {
            pass.backward(&slopes);
            whole.2.clone()
        };
        assert!((value, backprop.gradient().to_vec(), dx, model.buffers().to_vec()) == whole, "{}", N::NAME);
    }
}

#[test]
fn two_halves_are_a_step() {
    compare::<Moody, _>(&MeanSquaredError, &[[0.5, -0.5, 1.0]; 4]);
    compare::<Siamese, _>(&Contrastive { margin: 2.0 }, &[true, false, true]);
}

#[test]
fn a_gradient_goes_through_two_networks() {
    const BATCH: usize = 3;
    let (mut before, mut after) = (Model::<Before, f64>::new(1), Model::<After, f64>::new(2));
    let (mut first, mut second) =
        (Backprop::new(BATCH).expect("a batch"), Backprop::new(BATCH).expect("a batch"));
    let (x, targets) = (numbers(BATCH * 4), [[0.3, -0.6]; BATCH]);

    let mut slopes = [f64::NAN; BATCH * 5];
    let pass = first.forward(&mut before, &x, 0);
    second.run_to_input(&mut after, &MeanSquaredError, pass.outputs(), &targets, 0, &mut slopes);
    pass.backward(&slopes);
    let gradient = first.gradient().to_vec();
    for (i, exact) in gradient.into_iter().enumerate() {
        let mut moved = |by: f64| {
            let old = before.params()[i];
            before.params_mut()[i] = old + by;
            let pass = first.forward(&mut before, &x, 0);
            let value = second.run(&mut after, &MeanSquaredError, pass.outputs(), &targets, 0);
            before.params_mut()[i] = old;
            value
        };
        let numerical = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((exact - numerical).abs() < 1e-9, "parameter {i}: {exact}, {numerical}");
    }
}

/// Returns a model whose running statistics are not those of a new one.
fn moody() -> Model<Moody, f64> {
    let mut model = Model::new(4);
    let (buffers, len) = (model.buffers_mut(), numbers(Moody::BUFFERS));
    buffers.iter_mut().zip(len).for_each(|(buffer, number)| *buffer += 0.3 * number);
    model
}

#[test]
fn what_evaluates_gives_the_gradient_of_an_inference() {
    let (mut model, untouched) = (moody(), moody());
    let mut backprop = Backprop::<Moody, f64>::new(1).expect("a batch").evaluating();
    let mut x = <Moody as Layer>::In::zeros::<f64>();
    <Moody as Layer>::In::as_mut_slice(&mut x).copy_from_slice(&numbers(32));
    for output in 0..3 {
        let mut slopes = [0.0; 3];
        slopes[output] = 1.0;
        let mut dx = [f64::NAN; 32];
        // whatever the seed is, nothing is dropped
        let pass = backprop.forward(&mut model, <Moody as Layer>::In::as_slice(&x), output as u64);
        let close = pass.outputs().iter().zip(untouched.infer(&x)).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close, "{:?}, {:?}", pass.outputs(), untouched.infer(&x));
        pass.backward_to_input(&slopes, &mut dx);
        for (i, exact) in dx.into_iter().enumerate() {
            let moved = |by: f64| {
                let mut x = x;
                <Moody as Layer>::In::as_mut_slice(&mut x)[i] += by;
                untouched.infer(&x)[output]
            };
            let numerical = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((exact - numerical).abs() < 1e-9, "number {i}: {exact}, {numerical}");
        }
        assert!(backprop.gradient().iter().all(|&slope| slope == 0.0), "nothing is trained");
    }
    let example = <Moody as Layer>::In::as_slice(&x).to_vec();
    let mut dx = [f64::NAN; 32];
    backprop.run_to_input(&mut model, &MeanSquaredError, &example, &[[0.0; 3]], 7, &mut dx);
    assert!(
        dx.iter().all(|slope| slope.is_finite()) && backprop.gradient().iter().all(|&slope| slope == 0.0)
    );
    assert!(model == untouched, "neither parameters nor running statistics have moved");
}

#[test]
fn wrong_lengths_are_named() {
    let mut model = Model::<Before>::new(1);
    let mut message = |inputs: usize, slopes: usize, dx: Option<usize>| {
        let mut backprop = Backprop::<Before>::new(2).expect("a batch");
        let (x, mut dx) = (vec![0.5; inputs], dx.map(|len| vec![0.0; len]));
        let result = catch_unwind(AssertUnwindSafe(|| {
            let pass = backprop.forward(&mut model, &x, 0);
            match &mut dx {
                None => pass.backward(&vec![1.0; slopes]),
                Some(dx) => pass.backward_to_input(&vec![1.0; slopes], dx),
            }
        }));
        let message = result.expect_err("a wrong length").downcast::<String>();
        *message.expect("a message with the lengths")
    };
    let cases = [
        (0, 0, None, "a batch of 0, room for 1 to 2"),
        (12, 15, None, "a batch of 3, room for 1 to 2"),
        (7, 5, None, "x holds 7 numbers, expected 1 examples"),
        (8, 5, None, "d_outputs holds 5 numbers, the outputs 10"),
        (8, 10, Some(4), "dx holds 4 numbers, x 8"),
    ];
    for (inputs, slopes, dx, expected) in cases {
        assert_eq!(message(inputs, slopes, dx), expected);
    }
}
