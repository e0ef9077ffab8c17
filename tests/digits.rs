//! The embedded digits are a task worth learning: too hard for a linear classifier, not for a deeper network.
//! The accuracies in the documentation of `digits` are those of this test.

use plywood::data::{Examples, digits};
use plywood::layers::{Dense, Flatten, Relu};
use plywood::{Backprop, Dataset, Flat, Image, Layer, Model, Predictor, Shape, SoftmaxCrossEntropy, network};

type Digit = Image<28, 28, 1>;
type Linear = (Flatten<Digit, 784>, Dense<784, 10>);
type Deeper = (
    (Flatten<Digit, 784>, (Dense<784, 256>, Relu<Flat<256>>)),
    ((Dense<256, 128>, Relu<Flat<128>>), Dense<128, 10>),
);

network! {
    LeNet5: Image<28, 28, 1> => Flat<10> {
        conv(6, kernel = 5, pad = 2), relu, max_pool(2),
        conv(16, kernel = 5), relu, max_pool(2),
        flatten, dense(120), relu, dense(84), relu, dense(10),
    }
}

/// The share of `test` that a network gets right after six epochs on `train`.
fn accuracy<N>(train: &Examples<Digit>, test: &Examples<Digit>) -> f64
where
    N: Layer<In = Digit, Out = Flat<10>>,
{
    const BATCH: usize = 50;
    const EPOCHS: usize = 6;

    let mut model = Model::<N>::new(1);
    let mut backprop = Backprop::new(BATCH).unwrap();
    let mut velocity = vec![0.0; N::PARAMS];
    let mut x = vec![0.0; BATCH * Digit::LEN];
    for epoch in 0..EPOCHS {
        let learning_rate = 0.02 * (1.0 - epoch as f32 / EPOCHS as f32);
        let examples = train.clone().shuffled(epoch as u64);
        for first in (0..examples.len()).step_by(BATCH) {
            let read = |(offset, x): (usize, &mut [f32])| examples.read(first + offset, x);
            let targets: Vec<usize> = x.chunks_mut(Digit::LEN).enumerate().map(read).collect();
            backprop.run(&mut model, &SoftmaxCrossEntropy, &x, &targets, 0);
            let updates = velocity.iter_mut().zip(backprop.gradient());
            for (param, (velocity, gradient)) in model.params_mut().iter_mut().zip(updates) {
                *velocity = 0.9 * *velocity - learning_rate * gradient;
                *param += *velocity;
            }
        }
    }
    let mut predictor = Predictor::new(&model);
    let is_right = |&index: &usize| {
        let scores = predictor.infer(&test.example(index));
        let best = (0..10).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        best == Some(test.label(index))
    };
    (0..test.len()).filter(is_right).count() as f64 / test.len() as f64
}

#[test]
fn a_deeper_network_learns_them_and_a_linear_one_does_not() {
    let (train, test) = (digits(10_000, 1), digits(2_000, 2));
    let linear = accuracy::<Linear>(&train, &test);
    let deeper = accuracy::<Deeper>(&train, &test);
    let lenet = accuracy::<LeNet5>(&train, &test);
    println!("linear {linear:.4}, deeper {deeper:.4}, LeNet-5 {lenet:.4}");
    assert!((0.80..0.90).contains(&linear), "linear: {linear}");
    assert!((0.95..0.99).contains(&deeper), "deeper: {deeper}");
    assert!((0.985..1.0).contains(&lenet), "LeNet-5: {lenet}");
}
