//! Times the preparation of batches of CIFAR-10 for training residual networks: bytes in memory, moved by up to four
//! pixels, flipped, standardized by channel; decoding excluded. Elements are images.
//!
//! ```text
//! cargo bench -p plywood-benches --bench data
//! ```
//!
//! A training step of W5 on the same machine (BENCHMARKS.md) shows the share of the preparation.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plywood::augment::{Crop, Flip, RescaleCrop, Rotate, Shift};
use plywood::data::{Examples, Random, Transform, Transformed};
use plywood::preprocess::{NormalizeLocally, StandardizeChannels};
use plywood::{Dataset, Image};

type Color = Image<32, 32, 3>;

/// The number of images in a batch.
const BATCH: usize = 64;

/// Returns noise in place of images, because the work does not depend on the content.
fn images() -> Examples<Color> {
    let mut random = Random::new(1);
    let bytes = (0..8 * BATCH * 3072).map(|_| random.below(256) as u8).collect();
    match Examples::from_bytes(bytes, vec![0; 8 * BATCH]) {
        Ok(examples) => examples,
        Err(error) => panic!("{error}"),
    }
}

/// Draws a batch repeatedly.
fn batches<D: Dataset>(criterion: &mut Criterion, name: &str, data: &D) {
    let mut x = vec![0.0_f32; BATCH * <D::Example as plywood::Shape>::LEN];
    let mut seed = 0;
    let mut group = criterion.benchmark_group("batch");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for (i, x) in x.chunks_exact_mut(<D::Example as plywood::Shape>::LEN).enumerate() {
                seed += 1;
                data.draw((7 * i + seed as usize) % data.len(), seed, x);
            }
            black_box(&mut x);
        });
    });
    group.finish();
}

fn prepare(criterion: &mut Criterion) {
    let data = images();
    batches(criterion, "as it is", &data);
    let Ok(standardize) = StandardizeChannels::fit(&data) else { return };
    let usual = Shift::<Color>::new(4).then(Flip::new()).then(&standardize);
    batches(criterion, "shift, flip, standardize", &Transformed::new(&data, usual));
    batches(criterion, "crop", &Transformed::new(&data, Crop::<Color, Image<28, 28, 3>>::new()));
    if let (Ok(rotate), Ok(rescale), Ok(local)) = (
        Rotate::<Color>::new(10.0),
        RescaleCrop::<Color, Color>::new(0.3),
        NormalizeLocally::<Color>::new(1.5),
    ) {
        batches(criterion, "rotate", &Transformed::new(&data, rotate));
        batches(criterion, "rescale", &Transformed::new(&data, rescale));
        batches(criterion, "normalize locally", &Transformed::new(&data, local));
    }
}

criterion_group!(benches, prepare);
criterion_main!(benches);
