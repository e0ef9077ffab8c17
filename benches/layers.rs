//! Times every kind of layer alone, forward and backward, on one thread, and then the loss and the optimizers.
//!
//! ```text
//! cargo bench -p plywood-benches --bench layers                             # all, about three minutes
//! cargo bench -p plywood-benches --bench layers -- conv                     # some
//! cargo bench -p plywood-benches --bench layers -- --quick                  # all, roughly
//! cargo bench -p plywood-benches --bench layers -- --save-baseline before   # and, after a change,
//! cargo bench -p plywood-benches --bench layers -- --baseline before
//! ```
//!
//! Elements are operations as the layer counts them in `Layer::COST`, or its inputs if those are more. A backward pass
//! of a layer with parameters counts as two forward ones.

#[path = "workload/alone.rs"]
#[allow(unused_imports)] // of its tests, which run with the workload program
mod alone;
#[path = "workload/random.rs"]
mod random;
#[path = "workload/windows.rs"]
mod windows;

use std::hint::black_box;
use std::time::{Duration, Instant};

use alone::Alone;
use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use plywood::layers::{
    AvgPool2d, Axis, BatchNorm, Conv2d, Dense, Dropout, Gelu, GlobalAvgPool, GroupNorm, LayerNorm, MaxPool2d,
    Relu, Sigmoid, Tanh, Zero,
};
use plywood::optim::{Groups, Momentum, Optimizer, Sgd, State, Step};
use plywood::{Declared, Flat, Image, Layer, Loss, Shape, SoftmaxCrossEntropy};
use windows::{Same, Three};

const BATCH: usize = 64;

/// Times a pass, but not its preparation.
fn time<L: Layer>(bencher: &mut Bencher<'_>, alone: &mut Alone<L>, pass: impl Fn(&mut Alone<L>)) {
    bencher.iter_custom(|iterations| {
        let one = |_| {
            alone.restore();
            let start = Instant::now();
            pass(alone);
            start.elapsed()
        };
        (0..iterations).map(one).sum::<Duration>()
    });
}

fn layer<L: Layer>(criterion: &mut Criterion, name: &str) {
    let mut alone = Alone::<L>::new(BATCH);
    let operations = (L::FLOPS.max(L::In::LEN) * BATCH) as u64;
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(operations));
    group.bench_function("forward", |bencher| time(bencher, &mut alone, Alone::forward));
    // prepares what `backward` reads, for either pass
    alone.restore();
    alone.forward();
    let both = if L::PARAMS > 0 { 2 } else { 1 };
    group.throughput(Throughput::Elements(both * operations));
    group.bench_function("backward", |bencher| time(bencher, &mut alone, Alone::backward));
}

/// Benches of layers, each with its name.
macro_rules! layers {
    ($criterion:ident, $($name:literal: $layer:ty),+ $(,)?) => { $(layer::<$layer>($criterion, $name);)+ };
}

fn dense(criterion: &mut Criterion) {
    layers!(
        criterion,
        "dense 784-256": Dense<784, 256>,
        "dense 256-128": Dense<256, 128>,
        "dense 128-10": Dense<128, 10>,
        "dense 2048-2048": Dense<2048, 2048>,
    );
}

fn convolutions(criterion: &mut Criterion) {
    type Halving = Axis<3, 2, 1, 1>;
    type Projecting = Axis<1, 2>;
    layers!(
        criterion,
        "conv 3x3 3-16, 32x32": Same<3, 16, 32>,
        "conv 3x3 16-16, 32x32": Same<16, 16, 32>,
        "conv 3x3 32-32, 16x16": Same<32, 32, 16>,
        "conv 3x3 64-64, 8x8": Same<64, 64, 8>,
        "conv 3x3 64-64, 32x32": Same<64, 64, 32>,
        "conv 3x3 16-32, 32x32, stride 2": Conv2d<Image<32, 32, 16>, Image<16, 16, 32>, Halving, Axis<3, 2, 1>>,
        "conv 1x1 16-32, 32x32, stride 2": Conv2d<Image<32, 32, 16>, Image<16, 16, 32>, Projecting, Projecting>,
        "conv 1x1 64-64, 16x16": Conv2d<Image<16, 16, 64>, Image<16, 16, 64>, Axis<1>, Axis<1>>,
        "conv 5x5 1-6, 28x28": Conv2d<Image<28, 28, 1>, Image<28, 28, 6>, Axis<5, 1, 2, 2>, Axis<5, 1, 2, 2>>,
        "conv 5x5 6-16, 14x14": Conv2d<Image<14, 14, 6>, Image<10, 10, 16>, Axis<5>, Axis<5>>,
        "conv 3x3 depthwise 32, 32x32": Conv2d<Image<32, 32, 32>, Image<32, 32, 32>, Three, Three, 32, Zero, false>,
    );
}

fn normalizations(criterion: &mut Criterion) {
    layers!(
        criterion,
        "batch_norm 16, 32x32": BatchNorm<Image<32, 32, 16>>,
        "batch_norm 64, 8x8": BatchNorm<Image<8, 8, 64>>,
        "layer_norm 16384": LayerNorm<Flat<16384>>,
        "group_norm 16 in 4, 32x32": GroupNorm<Image<32, 32, 16>, 4>,
    );
}

fn elementwise(criterion: &mut Criterion) {
    layers!(
        criterion,
        "relu 16384": Relu<Flat<16384>>,
        "sigmoid 16384": Sigmoid<Flat<16384>>,
        "tanh 16384": Tanh<Flat<16384>>,
        "gelu 16384": Gelu<Flat<16384>>,
        "dropout 16384": Dropout<Flat<16384>, 500_000>,
    );
}

fn pools(criterion: &mut Criterion) {
    type Two = Axis<2, 2>;
    layers!(
        criterion,
        "max_pool 2, 28x28x6": MaxPool2d<Image<28, 28, 6>, Image<14, 14, 6>, Two, Two>,
        "max_pool 2, 32x32x16": MaxPool2d<Image<32, 32, 16>, Image<16, 16, 16>, Two, Two>,
        "avg_pool 2, 32x32x16": AvgPool2d<Image<32, 32, 16>, Image<16, 16, 16>, Two, Two>,
        "global_avg_pool 8x8x64": GlobalAvgPool<Image<8, 8, 64>>,
    );
}

fn losses(criterion: &mut Criterion) {
    fn classes<const N: usize>(criterion: &mut Criterion) {
        let mut rng = random::generator();
        let (outputs, targets) = (random::normals(&mut rng, BATCH * N), random::labels(&mut rng, BATCH, N));
        let mut gradient = vec![0.0; BATCH * N];
        let mut group = criterion.benchmark_group("softmax_cross_entropy");
        group.throughput(Throughput::Elements((BATCH * N) as u64));
        group.bench_function(format!("{N} classes"), |bencher| {
            bencher.iter(|| {
                Loss::<Flat<N>>::gradient(&SoftmaxCrossEntropy, black_box(&outputs), &targets, &mut gradient)
            });
        });
    }
    classes::<10>(criterion);
    classes::<1000>(criterion);
}

fn optimizers(criterion: &mut Criterion) {
    fn step<O: Optimizer>(criterion: &mut Criterion, name: &str, optimizer: &O) {
        type Parameters = Dense<512, 512>;
        let mut rng = random::generator();
        let mut params = random::normals(&mut rng, Parameters::PARAMS);
        let gradient = random::normals(&mut rng, Parameters::PARAMS);
        let mut state = O::State::<f32>::new(Parameters::PARAMS);
        let groups = Groups::of::<Parameters>(1e-4).expect("groups");
        let mut group = criterion.benchmark_group("optimizer");
        group.throughput(Throughput::Elements(Parameters::PARAMS as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let params = &mut params[..];
                let gradient = black_box(&gradient);
                optimizer.step(&mut state, Step::new(params, gradient, 1e-6, &groups));
            });
        });
    }
    step(criterion, "sgd", &Sgd);
    step(criterion, "momentum", &Momentum { momentum: 0.9 });
}

/// Returns settings that are shorter than criterion's own, because there are dozens of benches, and kernels need little
/// warming up.
fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
}

criterion_group! {
    name = benches;
    config = short();
    targets = dense, convolutions, normalizations, elementwise, pools, losses, optimizers
}
criterion_main!(benches);
