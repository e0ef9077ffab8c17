//! Times whole training steps at batch 64 (forward, loss, backward, momentum) and inferences, on one thread and on all.
//!
//! ```text
//! cargo bench -p plywood-benches --bench steps
//! cargo bench -p plywood-benches --bench steps -- --quick
//! ```
//!
//! Elements are examples. `RAYON_NUM_THREADS` sets the number of threads that "all" means.

#[path = "workload/networks.rs"]
#[allow(dead_code)] // its convolution is for the benches of layers
mod networks;
#[path = "workload/random.rs"]
mod random;
#[path = "workload/training.rs"]
#[allow(dead_code, unused_imports)] // of its tests and what they call, which run with the workload program
mod training;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use networks::{Control, Perceptron, Reader};
use plywood::zoo::{LeNet5, ResNet20};
use plywood::{Layer, Loss, Model, Predictor, Shape, SoftmaxCrossEntropy, Threads};
use training::Training;

const BATCH: usize = 64;

/// Times calls on one thread and on all.
fn bench(criterion: &mut Criterion, name: &str, examples: usize, mut call: impl FnMut() + Send) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(examples as u64));
    let all = Threads::all().expect("threads");
    let several = (all.count() > 1).then_some(all);
    for threads in [Threads::one()].into_iter().chain(several) {
        group.bench_function(BenchmarkId::new("threads", threads.count()), |bencher| {
            bencher.iter_custom(|iterations| {
                threads.run(|| {
                    let start = Instant::now();
                    (0..iterations).for_each(|_| call());
                    start.elapsed()
                })
            });
        });
    }
}

fn train<N: Layer>(criterion: &mut Criterion)
where
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let mut training = Training::<N>::new(BATCH).expect("memory");
    bench(criterion, &format!("train {}", N::NAME), BATCH, || {
        black_box(training.step());
    });
}

fn infer<N: Layer>(criterion: &mut Criterion, batch: usize) {
    let model = Model::<N>::new(1);
    let mut predictor = Predictor::new(&model);
    let x = random::normals(&mut random::generator(), batch * N::In::LEN);
    let mut y = vec![0.0; batch * N::Out::LEN];
    bench(criterion, &format!("infer {batch} {}", N::NAME), batch, || {
        predictor.infer_into(black_box(&x), black_box(&mut y));
    });
}

fn steps(criterion: &mut Criterion) {
    train::<Perceptron>(criterion);
    train::<LeNet5>(criterion);
    train::<ResNet20>(criterion);
}

fn inferences(criterion: &mut Criterion) {
    infer::<Control>(criterion, 1);
    infer::<Reader>(criterion, 1);
    infer::<LeNet5>(criterion, 1);
    infer::<ResNet20>(criterion, 1);
    infer::<ResNet20>(criterion, BATCH);
}

/// Returns settings with time for ten steps of `ResNet-20`.
fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
}

criterion_group! {
    name = benches;
    config = short();
    targets = steps, inferences
}
criterion_main!(benches);
