//! The zoo's networks have the sizes that the papers give, and take a training step.

use plywood::zoo::{LeNet5, ResNet20, ResNet110, ResNet1001};
use plywood::{Backprop, Flat, Layer, Model, Network, Outline, Shape, SoftmaxCrossEntropy};

/// Parameters of a convolution without bias and the batch normalization after it.
fn conv(kernel: usize, inputs: usize, outputs: usize) -> usize {
    kernel * kernel * inputs * outputs + 2 * outputs
}

/// Parameters of the network of He et al. 2015 for CIFAR-10 with so many blocks a stage.
fn basic(blocks: usize) -> usize {
    let stage = |inputs, outputs| {
        conv(3, inputs, outputs) + conv(3, outputs, outputs) + (blocks - 1) * 2 * conv(3, outputs, outputs)
    };
    let shortcuts = conv(1, 16, 32) + conv(1, 32, 64);
    conv(3, 3, 16) + stage(16, 16) + stage(16, 32) + stage(32, 64) + shortcuts + 64 * 10 + 10
}

#[test]
fn parameters_are_those_of_the_papers() {
    assert_eq!(LeNet5::PARAMS, 61_706);
    assert_eq!(ResNet20::PARAMS, basic(3));
    assert_eq!(ResNet110::PARAMS, basic(18));
    // 10.2 million in table 3 of He et al. 2016
    assert!((10_200_000..10_400_000).contains(&ResNet1001::PARAMS), "{}", ResNet1001::PARAMS);
}

#[test]
fn the_deepest_has_1001_layers_with_weights_besides_its_shortcuts() {
    let entries = Outline::of::<ResNet1001>().entries;
    let weighted = entries.iter().filter(|entry| ["conv", "dense"].contains(&entry.name));
    let (shortcuts, layers): (Vec<_>, Vec<_>) = weighted.partition(|entry| entry.path.contains("shortcut"));
    assert_eq!((layers.len(), shortcuts.len()), (1001, 3));
    assert!(ResNet1001::training_memory(16) < 2 << 30);
}

/// The loss and the gradient of a step are finite, and no gradient is forgotten.
fn step<N: Layer<Out = Flat<10>>>(batch: usize) {
    let mut model = Model::<N>::new(1);
    let mut backprop = Backprop::<N>::new(batch).expect("memory");
    let x: Vec<f32> = (0..batch * N::In::LEN).map(|i| (i as f32 * 0.7).sin()).collect();
    let labels: Vec<usize> = (0..batch).collect();
    let loss = backprop.run(&mut model, &SoftmaxCrossEntropy, &x, &labels, 1);
    assert!(loss.is_finite() && loss > 0.0, "{}: {loss}", N::NAME);
    for tensor in model.tensors().iter().filter(|tensor| tensor.kind == plywood::layer::Kind::Weight) {
        let gradient = &backprop.gradient()[tensor.range()];
        assert!(gradient.iter().all(|g| g.is_finite()), "{}", tensor.name);
        assert!(gradient.iter().any(|&g| g != 0.0), "{}", tensor.name);
    }
}

#[test]
fn each_takes_a_step() {
    step::<LeNet5>(4);
    step::<ResNet20>(4);
    step::<ResNet110>(2);
    step::<ResNet1001>(2);
}
