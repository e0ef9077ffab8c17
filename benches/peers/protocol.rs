//! Measures every Rust peer by the protocol of `benches/workload/measure.rs`; each peer includes it with `#[path]`.
//!
//! It prints one line for each figure: `peer workload threads median unit best repeats`.

use std::time::Instant;

fn setting(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The seconds of a call, over the repeats.
pub struct Measurement {
    pub median: f64,
    pub best: f64,
    pub repeats: usize,
}

pub fn measure(mut call: impl FnMut()) -> Measurement {
    let (warm_up, least) = (setting("BENCH_WARM", 0.7), setting("BENCH_REP", 0.25));
    let repeats = (setting("BENCH_N", 9.0) as usize).max(7);
    call();
    let start = Instant::now();
    let (mut calls, mut chunk) = (0, 1);
    let seconds = loop {
        let seconds = timed(chunk, &mut call);
        calls += chunk;
        if start.elapsed().as_secs_f64() >= warm_up && calls >= 2 {
            break seconds;
        }
        if seconds * (chunk as f64) < 0.02 {
            chunk *= 2;
        }
    };
    let calls = ((least / seconds).ceil() as u64).max(1);
    let mut measured: Vec<f64> = (0..repeats).map(|_| timed(calls, &mut call)).collect();
    measured.sort_by(f64::total_cmp);
    Measurement { median: measured[repeats / 2], best: measured[0], repeats }
}

fn timed(calls: u64, call: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_secs_f64() / calls as f64
}

fn name(peer: &str) -> String {
    format!("{peer}{}", std::env::var("PEER_SUFFIX").unwrap_or_default())
}

/// Prints a line; `amount` is the number of samples in a call.
pub fn report(
    peer: &str,
    workload: &str,
    threads: usize,
    measurement: &Measurement,
    amount: usize,
    unit: &str,
) {
    let figure = |seconds: f64| match unit {
        "ns" => seconds * 1e9,
        "us" => seconds * 1e6,
        _ => amount as f64 / seconds,
    };
    let (median, best) = (figure(measurement.median), figure(measurement.best));
    println!("{} {workload} {threads} {median:.5} {unit} {best:.5} {}", name(peer), measurement.repeats);
}

/// Prints the peak memory of the process, in megabytes of 10⁶ bytes.
pub fn report_memory(peer: &str, workload: &str, threads: usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    if let Some::<f64>(kibibytes) = kibibytes {
        let megabytes = kibibytes * 1024.0 / 1e6;
        println!("{} {workload}-rss {threads} {megabytes:.1} MB {megabytes:.1} 1", name(peer));
    }
}

/// Random data, the same in every Rust peer.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(7_u64.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn uniform(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// Draws nearly normal numbers: sums of twelve uniform ones.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0).collect()
    }

    pub fn labels(&mut self, count: usize) -> Vec<usize> {
        (0..count).map(|_| (self.next() >> 33) as usize % 10).collect()
    }
}

/// Returns the workloads and the number of threads that the command line names.
pub fn arguments() -> (Vec<String>, usize) {
    let usage = "usage: <workloads, separated by commas> <threads>";
    let mut arguments = std::env::args().skip(1);
    let workloads = arguments.next().expect(usage);
    let threads = arguments.next().expect(usage).parse().expect(usage);
    (workloads.split(',').map(str::to_owned).collect(), threads)
}
