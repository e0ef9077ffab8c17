//! burn on its flex backend: `peer-burn <workloads> <threads>`.

use std::hint::black_box;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{GradientsParams, SgdConfig, momentum::MomentumConfig};
use burn::prelude::*;
use burn::tensor::activation::relu;

#[path = "../../protocol.rs"]
mod protocol;
use protocol::{Random, arguments, measure, report, report_memory};

trait Network<const D: usize>: Module + Clone {
    fn scores(&self, x: Tensor<D>) -> Tensor<2>;
}

#[derive(Module, Debug)]
struct Perceptron {
    first: Linear,
    second: Linear,
    third: Linear,
}

impl Perceptron {
    fn new(sizes: [usize; 4], device: &Device) -> Self {
        Self {
            first: LinearConfig::new(sizes[0], sizes[1]).init(device),
            second: LinearConfig::new(sizes[1], sizes[2]).init(device),
            third: LinearConfig::new(sizes[2], sizes[3]).init(device),
        }
    }
}

impl Network<2> for Perceptron {
    fn scores(&self, x: Tensor<2>) -> Tensor<2> {
        let x = relu(self.first.forward(x));
        let x = relu(self.second.forward(x));
        self.third.forward(x)
    }
}

#[derive(Module, Debug)]
struct LeNet5 {
    first: Conv2d,
    second: Conv2d,
    pool: MaxPool2d,
    dense: Perceptron,
}

impl LeNet5 {
    fn new(device: &Device) -> Self {
        Self {
            first: Conv2dConfig::new([1, 6], [5, 5]).with_padding(padding(2)).init(device),
            second: Conv2dConfig::new([6, 16], [5, 5]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            dense: Perceptron::new([400, 120, 84, 10], device),
        }
    }
}

impl Network<4> for LeNet5 {
    fn scores(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.first.forward(x)));
        let x = self.pool.forward(relu(self.second.forward(x)));
        self.dense.scores(x.flatten(1, 3))
    }
}

fn padding(side: usize) -> PaddingConfig2d {
    PaddingConfig2d::Explicit(side, side, side, side)
}

#[derive(Module, Debug)]
struct Normalized {
    convolution: Conv2d,
    norm: BatchNorm,
}

impl Normalized {
    fn new(inputs: usize, outputs: usize, kernel: usize, stride: usize, device: &Device) -> Self {
        let convolution = Conv2dConfig::new([inputs, outputs], [kernel, kernel])
            .with_stride([stride, stride])
            .with_padding(padding(kernel / 2))
            .with_bias(false);
        Self { convolution: convolution.init(device), norm: BatchNormConfig::new(outputs).init(device) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.convolution.forward(x))
    }
}

#[derive(Module, Debug)]
struct Block {
    first: Normalized,
    second: Normalized,
    shortcut: Option<Normalized>,
}

impl Block {
    fn new(inputs: usize, outputs: usize, stride: usize, device: &Device) -> Self {
        Self {
            first: Normalized::new(inputs, outputs, 3, stride, device),
            second: Normalized::new(outputs, outputs, 3, 1, device),
            shortcut: (inputs != outputs).then(|| Normalized::new(inputs, outputs, 1, stride, device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.second.forward(relu(self.first.forward(x.clone())));
        let shortcut = match &self.shortcut {
            Some(projection) => projection.forward(x),
            None => x,
        };
        relu(y + shortcut)
    }
}

#[derive(Module, Debug)]
struct ResNet20 {
    stem: Normalized,
    blocks: Vec<Block>,
    pool: AdaptiveAvgPool2d,
    dense: Linear,
}

impl ResNet20 {
    fn new(device: &Device) -> Self {
        let mut blocks = Vec::new();
        let mut inputs = 16;
        for outputs in [16, 32, 64] {
            for block in 0..3 {
                let stride = if outputs > 16 && block == 0 { 2 } else { 1 };
                blocks.push(Block::new(inputs, outputs, stride, device));
                inputs = outputs;
            }
        }
        Self {
            stem: Normalized::new(3, 16, 3, 1, device),
            blocks,
            pool: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            dense: LinearConfig::new(64, 10).init(device),
        }
    }
}

impl Network<4> for ResNet20 {
    fn scores(&self, x: Tensor<4>) -> Tensor<2> {
        let mut x = relu(self.stem.forward(x));
        for block in &self.blocks {
            x = block.forward(x);
        }
        self.dense.forward(self.pool.forward(x).flatten(1, 3))
    }
}

fn random<const D: usize>(random: &mut Random, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(random.normals(shape.iter().product()), shape), device)
}

fn infer<const D: usize>(
    network: impl Network<D>,
    shape: [usize; D],
    workload: &str,
    threads: usize,
    unit: &str,
) {
    let x = random(&mut Random::new(), shape, &Device::flex());
    let measurement = measure(|| {
        black_box(network.scores(black_box(x.clone())));
    });
    report("burn", workload, threads, &measurement, shape[0], unit);
}

fn train<const D: usize>(
    network: impl Network<D>,
    shape: [usize; D],
    workload: &str,
    threads: usize,
    unit: &str,
) {
    let device = Device::flex().autodiff();
    let mut numbers = Random::new();
    let batches: Vec<(Tensor<D>, Tensor<1, Int>)> = (0..8)
        .map(|_| {
            let x = random(&mut numbers, shape, &device);
            let labels: Vec<i64> = numbers.labels(shape[0]).into_iter().map(|label| label as i64).collect();
            (x, Tensor::from_data(TensorData::new(labels, [shape[0]]), &device))
        })
        .collect();
    let loss: CrossEntropyLoss = CrossEntropyLossConfig::new().init(&device);
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    let mut optimizer = SgdConfig::new().with_momentum(Some(momentum)).init();
    let mut network = Some(network);
    let (mut steps, mut last) = (0, 0.0);
    let measurement = measure(|| {
        let (x, labels) = &batches[steps % batches.len()];
        steps += 1;
        let taken = network.take().expect("put back after each step");
        let value = loss.forward(taken.scores(x.clone()), labels.clone());
        let gradients = GradientsParams::from_grads(value.backward(), &taken);
        network = Some(optimizer.step(0.01, taken, gradients));
        last = value.into_scalar::<f32>();
    });
    eprintln!("# burn {workload} steps {steps} last loss {last}");
    report("burn", workload, threads, &measurement, shape[0], unit);
}

fn main() {
    let (workloads, threads) = arguments();
    let (plain, differentiated) = (Device::flex(), Device::flex().autodiff());
    for workload in workloads {
        let name = workload.as_str();
        match name {
            "W1" => infer(Perceptron::new([4, 16, 16, 2], &plain), [1, 4], name, threads, "ns"),
            "W2" => infer(Perceptron::new([784, 128, 64, 10], &plain), [1, 784], name, threads, "us"),
            "W3" => {
                let network = Perceptron::new([784, 256, 128, 10], &differentiated);
                train(network, [64, 784], name, threads, "samples/s");
            }
            "W4" => train(LeNet5::new(&differentiated), [64, 1, 28, 28], name, threads, "samples/s"),
            "W5" => {
                train(ResNet20::new(&differentiated), [64, 3, 32, 32], name, threads, "images/s");
                report_memory("burn", name, threads);
            }
            "W6" => {
                // `valid` switches batch normalization to its running statistics
                infer(ResNet20::new(&differentiated).valid(), [1, 3, 32, 32], "W6-b1", threads, "us");
                infer(ResNet20::new(&differentiated).valid(), [64, 3, 32, 32], "W6-b64", threads, "images/s");
            }
            _ => eprintln!("# burn skips {name}"),
        }
    }
}
