//! dfdx 0.13 on a stable compiler: `peer-dfdx <workloads> <threads>`.
//!
//! dfdx's own layers for convolutions need its `nightly` feature, which today's compilers no longer build (see
//! build.sh). Therefore the layers here wrap dfdx's tensor operations, which on a stable compiler take heights and
//! widths that are known at run time: the same kernels.

use dfdx::nn::modules::{AvgPoolGlobal, BatchNorm2D, Bias2D, GeneralizedResidual, Linear, ReLU, Residual};
use dfdx::optim::{Momentum, Sgd, SgdConfig};
use dfdx::prelude::*;
use dfdx::tensor_ops::{Pool2DKind, TryConv2D, TryPool2D};
use std::hint::black_box;

#[path = "../../protocol.rs"]
mod protocol;
use protocol::{Random, arguments, measure, report, report_memory};

/// A convolution without bias: weights of const shape, images of run-time height and width.
#[derive(Clone, Debug)]
struct Convolution<
    const I: usize,
    const O: usize,
    const K: usize,
    const S: usize,
    const P: usize,
    E: Dtype,
    D: Storage<E>,
> {
    weight: Tensor<Rank4<O, I, K, K>, E, D>,
}
impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, E, D>
    TensorCollection<E, D> for Convolution<I, O, K, S, P, E, D>
where
    E: Dtype + num_traits::Float + rand_distr::uniform::SampleUniform,
    D: Device<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Convolution<I, O, K, S, P, E2, D2>;
    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        v: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        v.visit_fields(
            Self::tensor(
                "weight",
                |s| &s.weight,
                |s| &mut s.weight,
                TensorOptions::reset_with(|t| {
                    let b = E::from_f64((1.0 / (I * K * K) as f64).sqrt()).unwrap();
                    t.try_fill_with_distr(rand_distr::Uniform::new(-b, b))
                }),
            ),
            |weight| Convolution { weight },
        )
    }
}
type Images<const B: usize, const C: usize, T> = Tensor<(Const<B>, Const<C>, usize, usize), f32, Cpu, T>;

impl<const B: usize, const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, T>
    Module<Images<B, I, T>> for Convolution<I, O, K, S, P, f32, Cpu>
where
    T: Tape<f32, Cpu> + Merge<T>,
{
    type Output = Images<B, O, T>;
    type Error = <Cpu as HasErr>::Err;
    fn try_forward(&self, x: Images<B, I, T>) -> Result<Self::Output, Self::Error> {
        let w = self.weight.retaped::<T>().try_reshape_like(&(Const::<O>, I, Const::<K>, Const::<K>))?;
        let (w, wt) = w.split_tape();
        let (x, xt) = x.split_tape();
        (x.put_tape(xt.merge(wt)), w).try_conv2d(Const::<S>, Const::<P>, Const::<1>, 1usize)
    }
}
impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, E: Dtype, D: Device<E>>
    NonMutableModule for Convolution<I, O, K, S, P, E, D>
{
}

#[derive(Clone, Copy, Debug, Default)]
struct MaxPool;
impl ZeroSizedModule for MaxPool {}
impl NonMutableModule for MaxPool {}
impl<const B: usize, const C: usize, T: Tape<f32, Cpu>> Module<Images<B, C, T>> for MaxPool {
    type Output = Images<B, C, T>;
    type Error = <Cpu as HasErr>::Err;
    fn try_forward(&self, x: Images<B, C, T>) -> Result<Self::Output, Self::Error> {
        x.try_pool2d(Pool2DKind::Max, Const::<2>, Const::<2>, Const::<0>, Const::<1>)
    }
}
#[derive(Clone, Copy, Debug, Default)]
struct FlattenTo<const N: usize>;
impl<const N: usize> ZeroSizedModule for FlattenTo<N> {}
impl<const N: usize> NonMutableModule for FlattenTo<N> {}
impl<const N: usize, const B: usize, const C: usize, T: Tape<f32, Cpu>> Module<Images<B, C, T>>
    for FlattenTo<N>
{
    type Output = Tensor<Rank2<B, N>, f32, Cpu, T>;
    type Error = <Cpu as HasErr>::Err;
    fn try_forward(&self, x: Images<B, C, T>) -> Result<Self::Output, Self::Error> {
        x.try_reshape_like(&(Const::<B>, Const::<N>))
    }
}

type Conv<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize> =
    Convolution<I, O, K, S, P, f32, Cpu>;
type Dense<const I: usize, const O: usize> = Linear<I, O, f32, Cpu>;
type Bias<const C: usize> = Bias2D<C, f32, Cpu>;
type Norm<const C: usize> = BatchNorm2D<C, f32, Cpu>;

type Perceptron<const A: usize, const B: usize, const C: usize, const D: usize> =
    ((Dense<A, B>, ReLU), (Dense<B, C>, ReLU), Dense<C, D>);
type LeNet5 = (
    (Conv<1, 6, 5, 1, 2>, Bias<6>, ReLU, MaxPool),
    (Conv<6, 16, 5, 1, 0>, Bias<16>, ReLU, MaxPool),
    FlattenTo<400>,
    Perceptron<400, 120, 84, 10>,
);
type Same<const C: usize> =
    (Residual<(Conv<C, C, 3, 1, 1>, Norm<C>, ReLU, Conv<C, C, 3, 1, 1>, Norm<C>)>, ReLU);
type Halve<const I: usize, const O: usize> = (
    GeneralizedResidual<
        (Conv<I, O, 3, 2, 1>, Norm<O>, ReLU, Conv<O, O, 3, 1, 1>, Norm<O>),
        (Conv<I, O, 1, 2, 0>, Norm<O>),
    >,
    ReLU,
);
type ResNet20 = (
    (Conv<3, 16, 3, 1, 1>, Norm<16>, ReLU),
    (Same<16>, Same<16>, Same<16>),
    (Halve<16, 32>, Same<32>, Same<32>),
    (Halve<32, 64>, Same<64>, Same<64>),
    (AvgPoolGlobal, Dense<64, 10>),
);

// macros, since dfdx's bounds on a function over any network would be longer than the networks
macro_rules! infer {
    ($device:ident, $network:ty, $shape:expr, $batch:expr, $workload:expr, $threads:expr, $unit:expr) => {{
        let network = <$network as BuildModule<Cpu, f32>>::build(&$device);
        let shape = $shape;
        let x = $device.tensor_from_vec(Random::new().normals(shape.num_elements()), shape);
        let measurement = measure(|| {
            black_box(network.forward(black_box(x.clone())));
        });
        report("dfdx", $workload, $threads, &measurement, $batch, $unit);
    }};
}

macro_rules! train {
    ($device:ident, $network:ty, $shape:expr, $workload:expr, $threads:expr, $unit:expr) => {{
        let mut network = <$network as BuildModule<Cpu, f32>>::build(&$device);
        let mut gradients = Some(network.alloc_grads());
        let momentum = Some(Momentum::Classic(0.9));
        let mut optimizer = Sgd::new(&network, SgdConfig { lr: 0.01, momentum, weight_decay: None });
        let mut random = Random::new();
        let shape = $shape;
        let batches: Vec<_> = (0..8)
            .map(|_| {
                let x = $device.tensor_from_vec(random.normals(shape.num_elements()), shape);
                let mut targets = vec![0.0; 64 * 10];
                for (i, label) in random.labels(64).into_iter().enumerate() {
                    targets[i * 10 + label] = 1.0;
                }
                (x, $device.tensor_from_vec(targets, (Const::<64>, Const::<10>)))
            })
            .collect();
        let (mut steps, mut last) = (0, 0_f32);
        let measurement = measure(|| {
            let (x, targets) = &batches[steps % batches.len()];
            steps += 1;
            let scores = network.forward_mut(x.clone().traced(gradients.take().unwrap()));
            let loss = cross_entropy_with_logits_loss(scores, targets.clone());
            last = loss.array();
            let mut new = loss.backward();
            optimizer.update(&mut network, &new).unwrap();
            network.zero_grads(&mut new);
            gradients = Some(new);
        });
        eprintln!("# dfdx {} steps {steps} last loss {last}", $workload);
        report("dfdx", $workload, $threads, &measurement, 64, $unit);
    }};
}

fn main() {
    // as dfdx's own examples do
    dfdx::flush_denormals_to_zero();
    let (workloads, threads) = arguments();
    let cpu: Cpu = Default::default();
    let batch = Const::<64>;
    for workload in workloads {
        match workload.as_str() {
            "W1" => infer!(cpu, Perceptron<4, 16, 16, 2>, (Const::<4>,), 1, "W1", threads, "ns"),
            "W2" => infer!(cpu, Perceptron<784, 128, 64, 10>, (Const::<784>,), 1, "W2", threads, "us"),
            "W3" => {
                train!(cpu, Perceptron<784, 256, 128, 10>, (batch, Const::<784>), "W3", threads, "samples/s")
            }
            "W4" => train!(cpu, LeNet5, (batch, Const::<1>, 28usize, 28usize), "W4", threads, "samples/s"),
            "W5" => {
                train!(cpu, ResNet20, (batch, Const::<3>, 32usize, 32usize), "W5", threads, "images/s");
                report_memory("dfdx", "W5", threads);
            }
            "W6" => {
                infer!(cpu, ResNet20, (Const::<1>, Const::<3>, 32usize, 32usize), 1, "W6-b1", threads, "us");
                infer!(
                    cpu,
                    ResNet20,
                    (batch, Const::<3>, 32usize, 32usize),
                    64,
                    "W6-b64",
                    threads,
                    "images/s"
                );
            }
            _ => eprintln!("# dfdx skips {workload}"),
        }
    }
}
