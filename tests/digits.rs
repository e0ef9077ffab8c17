//! The embedded digits are a task worth learning: too hard for a linear classifier, not for a deeper network.
//! The accuracies in the documentation of `digits` are those of this test.

use plywood::data::{Examples, digits};
use plywood::layers::{Dense, Flatten, Relu};
use plywood::optim::Schedule;
use plywood::zoo::LeNet5;
use plywood::{Flat, Image, Layer, Model, Threads, Trainer, evaluate_on};

type Digit = Image<28, 28, 1>;
type Linear = (Flatten<Digit, 784>, Dense<784, 10>);
type Deeper = (
    (Flatten<Digit, 784>, (Dense<784, 256>, Relu<Flat<256>>)),
    ((Dense<256, 128>, Relu<Flat<128>>), Dense<128, 10>),
);

/// The share of `test` that a network gets right after six epochs on `train`.
fn accuracy<N>(train: &Examples<Digit>, test: &Examples<Digit>) -> f64
where
    N: Layer<In = Digit, Out = Flat<10>>,
{
    let threads = Threads::all().expect("threads");
    let mut model = Model::<N>::new(1);
    let trainer = Trainer::new().epochs(6).learning_rate(Schedule::InverseTime { a: 20.0, b: 10.0 });
    trainer.threads(&threads).run(&mut model, train).fit().expect("a good run");
    evaluate_on(&threads, &model, test).expect("an evaluation").accuracy()
}

#[test]
fn a_convolutional_network_learns_them_best_and_a_linear_one_worst() {
    let (train, test) = (digits(10_000, 1), digits(2_000, 2));
    let linear = accuracy::<Linear>(&train, &test);
    let deeper = accuracy::<Deeper>(&train, &test);
    let lenet = accuracy::<LeNet5>(&train, &test);
    println!("linear {linear:.4}, deeper {deeper:.4}, LeNet-5 {lenet:.4}");
    assert!((linear - 0.833).abs() < 0.015, "linear: {linear}");
    assert!((deeper - 0.971).abs() < 0.015, "deeper: {deeper}");
    assert!((lenet - 0.992).abs() < 0.007, "LeNet-5: {lenet}");
}
