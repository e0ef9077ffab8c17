//! candle on the CPU: `peer-candle <workloads> <threads>`.

use std::hint::black_box;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{
    BatchNorm, Conv2d, Conv2dConfig, Linear, Module, ModuleT, VarBuilder, VarMap, batch_norm, conv2d,
    conv2d_no_bias, linear, loss,
};

#[path = "../../protocol.rs"]
mod protocol;
use protocol::{Random, arguments, measure, report, report_memory};

trait Network {
    fn scores(&self, x: &Tensor, train: bool) -> Result<Tensor>;
}

struct Perceptron(Linear, Linear, Linear);

impl Perceptron {
    fn new(sizes: [usize; 4], vars: VarBuilder) -> Result<Self> {
        Ok(Self(
            linear(sizes[0], sizes[1], vars.pp("1"))?,
            linear(sizes[1], sizes[2], vars.pp("2"))?,
            linear(sizes[2], sizes[3], vars.pp("3"))?,
        ))
    }
}

impl Network for Perceptron {
    fn scores(&self, x: &Tensor, _: bool) -> Result<Tensor> {
        let x = self.0.forward(x)?.relu()?;
        let x = self.1.forward(&x)?.relu()?;
        self.2.forward(&x)
    }
}

struct LeNet5(Conv2d, Conv2d, Perceptron);

impl LeNet5 {
    fn new(vars: VarBuilder) -> Result<Self> {
        let padded = Conv2dConfig { padding: 2, ..Default::default() };
        Ok(Self(
            conv2d(1, 6, 5, padded, vars.pp("conv1"))?,
            conv2d(6, 16, 5, Default::default(), vars.pp("conv2"))?,
            Perceptron::new([400, 120, 84, 10], vars.pp("dense"))?,
        ))
    }
}

impl Network for LeNet5 {
    fn scores(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = self.0.forward(x)?.relu()?.max_pool2d(2)?;
        let x = self.1.forward(&x)?.relu()?.max_pool2d(2)?;
        self.2.scores(&x.flatten_from(1)?, train)
    }
}

struct Normalized(Conv2d, BatchNorm);

impl Normalized {
    fn new(inputs: usize, outputs: usize, kernel: usize, stride: usize, vars: VarBuilder) -> Result<Self> {
        let config = Conv2dConfig { stride, padding: kernel / 2, ..Default::default() };
        Ok(Self(
            conv2d_no_bias(inputs, outputs, kernel, config, vars.pp("conv"))?,
            batch_norm(outputs, 1e-5, vars.pp("norm"))?,
        ))
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        self.1.forward_t(&self.0.forward(x)?, train)
    }
}

struct Block {
    first: Normalized,
    second: Normalized,
    shortcut: Option<Normalized>,
}

impl Block {
    fn new(inputs: usize, outputs: usize, stride: usize, vars: VarBuilder) -> Result<Self> {
        let project = || Normalized::new(inputs, outputs, 1, stride, vars.pp("shortcut"));
        Ok(Self {
            first: Normalized::new(inputs, outputs, 3, stride, vars.pp("first"))?,
            second: Normalized::new(outputs, outputs, 3, 1, vars.pp("second"))?,
            shortcut: (inputs != outputs).then(project).transpose()?,
        })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let y = self.first.forward(x, train)?.relu()?;
        let y = self.second.forward(&y, train)?;
        let shortcut = match &self.shortcut {
            Some(projection) => projection.forward(x, train)?,
            None => x.clone(),
        };
        (y + shortcut)?.relu()
    }
}

struct ResNet20 {
    stem: Normalized,
    blocks: Vec<Block>,
    dense: Linear,
}

impl ResNet20 {
    fn new(vars: VarBuilder) -> Result<Self> {
        let mut blocks = Vec::new();
        let mut inputs = 16;
        for outputs in [16, 32, 64] {
            for block in 0..3 {
                let stride = if outputs > 16 && block == 0 { 2 } else { 1 };
                blocks.push(Block::new(inputs, outputs, stride, vars.pp(format!("block{}", blocks.len())))?);
                inputs = outputs;
            }
        }
        Ok(Self {
            stem: Normalized::new(3, 16, 3, 1, vars.pp("stem"))?,
            blocks,
            dense: linear(64, 10, vars.pp("dense"))?,
        })
    }
}

impl Network for ResNet20 {
    fn scores(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = self.stem.forward(x, train)?.relu()?;
        for block in &self.blocks {
            x = block.forward(&x, train)?;
        }
        self.dense.forward(&x.mean((2, 3))?)
    }
}

/// Momentum 0.9, which candle-nn's SGD lacks.
struct Momentum {
    variables: Vec<(Var, Option<Tensor>)>,
}

impl Momentum {
    fn step(&mut self, loss: &Tensor) -> Result<()> {
        let gradients = loss.backward()?;
        for (variable, velocity) in &mut self.variables {
            if let Some(gradient) = gradients.get(variable) {
                let new = match velocity.take() {
                    Some(velocity) => ((velocity * 0.9)? + gradient)?,
                    None => gradient.clone(),
                };
                variable.set(&variable.sub(&(&new * 0.01)?)?)?;
                *velocity = Some(new.detach());
            }
        }
        Ok(())
    }
}

fn random(random: &mut Random, shape: &[usize]) -> Result<Tensor> {
    Tensor::from_vec(random.normals(shape.iter().product()), shape, &Device::Cpu)
}

type Make<N> = fn(VarBuilder) -> Result<N>;

fn infer<N: Network>(
    make: Make<N>,
    shape: &[usize],
    workload: &str,
    threads: usize,
    unit: &str,
) -> Result<()> {
    // plain tensors in place of variables, so that nothing is recorded for a gradient
    let variables = VarMap::new();
    make(VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu))?;
    let tensors = variables
        .data()
        .lock()
        .expect("one thread")
        .iter()
        .map(|(name, variable)| Ok((name.clone(), variable.as_tensor().copy()?)))
        .collect::<Result<_>>()?;
    let network = make(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))?;
    let x = random(&mut Random::new(), shape)?;
    let measurement = measure(|| {
        black_box(network.scores(black_box(&x), false).expect("scores"));
    });
    report("candle", workload, threads, &measurement, shape[0], unit);
    Ok(())
}

fn train<N: Network>(
    make: Make<N>,
    shape: &[usize],
    workload: &str,
    threads: usize,
    unit: &str,
) -> Result<()> {
    let variables = VarMap::new();
    let network = make(VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu))?;
    let mut numbers = Random::new();
    let batches: Vec<_> = (0..8)
        .map(|_| {
            let x = random(&mut numbers, shape)?;
            let labels = numbers.labels(shape[0]).into_iter().map(|label| label as u32).collect();
            Ok((x, Tensor::from_vec(labels, shape[0], &Device::Cpu)?))
        })
        .collect::<Result<_>>()?;
    // running statistics are variables too, but never get a gradient
    let mut optimizer =
        Momentum { variables: variables.all_vars().into_iter().map(|variable| (variable, None)).collect() };
    let (mut steps, mut last) = (0, 0.0);
    let measurement = measure(|| {
        let (x, labels) = &batches[steps % batches.len()];
        steps += 1;
        let mut step = || {
            let loss = loss::cross_entropy(&network.scores(x, true)?, labels)?;
            optimizer.step(&loss)?;
            loss.to_scalar::<f32>()
        };
        last = step().expect("a step");
    });
    eprintln!("# candle {workload} steps {steps} last loss {last}");
    report("candle", workload, threads, &measurement, shape[0], unit);
    Ok(())
}

fn main() -> Result<()> {
    let (workloads, threads) = arguments();
    for workload in workloads {
        let name = workload.as_str();
        match name {
            "W1" => infer(|vars| Perceptron::new([4, 16, 16, 2], vars), &[1, 4], name, threads, "ns")?,
            "W2" => infer(|vars| Perceptron::new([784, 128, 64, 10], vars), &[1, 784], name, threads, "us")?,
            "W3" => train(
                |vars| Perceptron::new([784, 256, 128, 10], vars),
                &[64, 784],
                name,
                threads,
                "samples/s",
            )?,
            "W4" => train(LeNet5::new, &[64, 1, 28, 28], name, threads, "samples/s")?,
            "W5" => {
                train(ResNet20::new, &[64, 3, 32, 32], name, threads, "images/s")?;
                report_memory("candle", name, threads);
            }
            "W6" => {
                infer(ResNet20::new, &[1, 3, 32, 32], "W6-b1", threads, "us")?;
                infer(ResNet20::new, &[64, 3, 32, 32], "W6-b64", threads, "images/s")?;
            }
            _ => eprintln!("# candle skips {name}"),
        }
    }
    Ok(())
}
