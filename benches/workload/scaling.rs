//! Prints tables in Markdown of the speed of a training step at various batch sizes, depths and widths.

use std::hint::black_box;

use plywood::zoo::{LeNet5, ResNet20};
use plywood::{Declared, Layer, Loss, SoftmaxCrossEntropy, network};

use crate::Bench;
use crate::networks::Perceptron;
use crate::training::Training;

network! {
    /// The given number of dense layers of 64 units, before the one that gives the scores.
    DeepDense<const LAYERS: usize>: Flat<64> => Flat<10> {
        repeat(LAYERS) { dense(64), relu },
        dense(10),
    }

    /// The given number of residual blocks of two convolutions.
    DeepConvolution<const BLOCKS: usize>: Image<16, 16, 16> => Flat<10> {
        repeat(BLOCKS) {
            residual {
                conv(16, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(16, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        global_avg_pool,
        dense(10),
    }

    /// Two dense layers with the given number of units.
    WideDense<const UNITS: usize>: Flat<UNITS> => Flat<10> {
        dense(UNITS), relu,
        dense(UNITS), relu,
        dense(10),
    }

    /// Two convolutions with the given number of channels.
    WideConvolution<const CHANNELS: usize>: Image<16, 16, CHANNELS> => Flat<10> {
        conv(CHANNELS, kernel = 3, pad = 1, bias = false), batch_norm, relu,
        conv(CHANNELS, kernel = 3, pad = 1, bias = false), batch_norm, relu,
        global_avg_pool,
        dense(10),
    }
}

/// The number of examples in a batch, unless that varies.
const BATCH: usize = 64;

/// Makes a row for each size, with the size and the time of a step of a network of that size.
macro_rules! rows {
    ($bench:ident, $network:ident, [$($size:literal => $parameter:literal),*]) => {
        [$(($size, seconds::<$network<$parameter>>($bench, BATCH)?, <$network<$parameter>>::FLOPS)),*]
    };
}

/// Prints all tables.
pub(crate) fn print(bench: &Bench) -> Result<(), String> {
    say!("Whole training steps; threads: {}.", bench.threads.count());
    batches(bench)?;
    depths(bench)?;
    widths(bench)
}

/// Returns the seconds of a training step.
fn seconds<N: Layer>(bench: &Bench, batch: usize) -> Result<f64, String>
where
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let mut training = Training::<N>::new(batch).map_err(|error| error.to_string())?;
    let measurement = bench.measure(|| {
        black_box(training.step());
    });
    Ok(measurement.median)
}

fn batches(bench: &Bench) -> Result<(), String> {
    say!("\n| batch | 784-256-128-10, samples/s | LeNet-5, samples/s | ResNet-20, images/s |");
    say!("|---:|---:|---:|---:|");
    for batch in (0..10).map(|power| 1 << power) {
        let examples = batch as f64;
        let perceptron = examples / seconds::<Perceptron>(bench, batch)?;
        let lenet5 = examples / seconds::<LeNet5>(bench, batch)?;
        let resnet20 = examples / seconds::<ResNet20>(bench, batch)?;
        say!("| {batch} | {perceptron:.0} | {lenet5:.0} | {resnet20:.0} |");
    }
    Ok(())
}

fn depths(bench: &Bench) -> Result<(), String> {
    say!(
        "\nBatch {BATCH}; dense layers of 64 units; residual blocks of two 3×3 convolutions of 16 channels on 16×16.\n"
    );
    say!("| layers | dense: us a step | us a layer | convolution: us a step | us a layer |");
    say!("|---:|---:|---:|---:|---:|");
    let dense = rows!(bench, DeepDense, [8 => 8, 16 => 16, 32 => 32, 64 => 64, 100 => 100, 200 => 200]);
    let convolution =
        rows!(bench, DeepConvolution, [8 => 4, 16 => 8, 32 => 16, 64 => 32, 100 => 50, 200 => 100]);
    for ((layers, dense, _), (_, convolution, _)) in dense.into_iter().zip(convolution) {
        let (dense, convolution, count) = (dense * 1e6, convolution * 1e6, f64::from(layers));
        let (a_dense, a_convolution) = (dense / count, convolution / count);
        say!("| {layers} | {dense:.0} | {a_dense:.1} | {convolution:.0} | {a_convolution:.1} |");
    }
    Ok(())
}

fn widths(bench: &Bench) -> Result<(), String> {
    let print = |name: &str, rows: &[(u32, f64, usize)]| {
        say!("\n| {name} | samples/s | GFLOP/s |");
        say!("|---:|---:|---:|");
        for &(width, seconds, operations) in rows {
            let samples = BATCH as f64 / seconds;
            // the output, and the two gradients of each layer
            let operations = 3.0 * operations as f64 * samples / 1e9;
            say!("| {width} | {samples:.0} | {operations:.0} |");
        }
    };
    say!("\nBatch {BATCH}; two dense layers, or two 3×3 convolutions with batch normalization on 16×16.");
    let dense = rows!(
        bench,
        WideDense,
        [16 => 16, 32 => 32, 64 => 64, 128 => 128, 256 => 256, 512 => 512, 1024 => 1024, 2048 => 2048]
    );
    print("units", &dense);
    let convolution =
        rows!(bench, WideConvolution, [4 => 4, 8 => 8, 16 => 16, 32 => 32, 64 => 64, 128 => 128]);
    print("channels", &convolution);
    Ok(())
}
