//! Trains residual networks of 20, 110 and 1,001 layers for two steps each, on noise, and prints the time and the
//! memory of a step.
//!
//! ```text
//! cargo run --release --example deep
//! cargo run --release --example deep -- 1001
//! ```

#[macro_use]
mod say;

use std::time::Instant;

use plywood::optim::{Groups, Momentum, Optimizer, State, Step};
use plywood::zoo::{ResNet20, ResNet110, ResNet1001};
use plywood::{
    Backprop, Declared, Flat, Image, Layer, Model, Result, SoftmaxCrossEntropy, Threads, training_memory,
};

const BATCH: usize = 16;

/// Trains for two steps, the first of which touches the memory for the first time.
fn train<N: Layer<In = Image<32, 32, 3>, Out = Flat<10>>>(threads: &Threads) -> Result<()> {
    say!("{}: {} layers, {} parameters", N::NAME, N::LAYERS, N::PARAMS);
    say!("  work space at batch {BATCH}: {:.0} MiB", mebibytes(training_memory::<N, f32>(BATCH)));
    let mut model = Model::<N>::new(1);
    let mut backprop = Backprop::<N>::new(BATCH)?;
    let optimizer = Momentum { momentum: 0.9 };
    let mut state = State::new(N::PARAMS);
    let groups = Groups::of::<N>(1e-4)?;
    let x: Vec<f32> = (0..BATCH * 32 * 32 * 3).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
    let labels: Vec<usize> = (0..BATCH).map(|i| i % 10).collect();
    threads.run(|| {
        for seed in 0..2 {
            let start = Instant::now();
            let loss = backprop.run(&mut model, &SoftmaxCrossEntropy, &x, &labels, seed);
            let (params, gradient) = (model.params_mut(), backprop.gradient());
            optimizer.step(&mut state, Step::new(params, gradient, 0.01, &groups));
            say!("  step {}: loss {loss:.3}, {:.2} s", seed + 1, start.elapsed().as_secs_f64());
        }
    });
    if let Some(peak) = peak_memory() {
        say!("  peak memory of the process: {:.0} MiB", mebibytes(peak));
    }
    Ok(())
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Returns the peak memory of this process in bytes, if the system reports it (Linux).
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

fn main() -> Result<()> {
    let threads = Threads::all()?;
    let wanted = std::env::args().nth(1);
    match wanted.as_deref() {
        Some("20") => train::<ResNet20>(&threads),
        Some("110") => train::<ResNet110>(&threads),
        Some("1001") => train::<ResNet1001>(&threads),
        Some(other) => {
            Err(plywood::Error::argument("depth", other, "20, 110 or 1001, or nothing for all of them"))
        }
        None => {
            train::<ResNet20>(&threads)?;
            train::<ResNet110>(&threads)?;
            train::<ResNet1001>(&threads)
        }
    }
}
