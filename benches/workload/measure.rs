//! Defines the protocol of every measurement; the programs under `benches/peers/` follow the same one.
//!
//! A measurement warms up, finds the number of calls that fill a repeat, and then times several repeats. The median
//! shows the typical speed, the best repeat the speed of an undisturbed machine.

use std::time::{Duration, Instant};

/// The durations of a measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Protocol {
    /// The least time spent before the first repeat.
    pub(crate) warm_up: Duration,
    /// The least time of a repeat.
    pub(crate) repeat: Duration,
    /// The number of repeats.
    pub(crate) repeats: usize,
}

impl Protocol {
    /// The smallest number of repeats; fewer have no useful median.
    const LEAST_REPEATS: usize = 7;

    /// Returns the protocol, shortened or lengthened by the environment: `BENCH_WARM` and `BENCH_REP` in seconds,
    /// `BENCH_N` repeats.
    pub(crate) fn from_environment() -> Result<Self, String> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let seconds = |name, default| match variable(name) {
            None => Ok(Duration::from_secs_f64(default)),
            Some(text) => text
                .parse()
                .ok()
                .filter(|&seconds: &f64| seconds > 0.0)
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .ok_or_else(|| format!("{name}: found {text:?}, expected a number of seconds above 0")),
        };
        let repeats = match variable("BENCH_N") {
            None => 9,
            Some(text) => match text.parse() {
                Ok(repeats) if repeats >= Self::LEAST_REPEATS => repeats,
                _ => {
                    let least = Self::LEAST_REPEATS;
                    return Err(format!(
                        "BENCH_N: found {text:?}, expected a number of repeats, at least {least}"
                    ));
                }
            },
        };
        Ok(Self { warm_up: seconds("BENCH_WARM", 0.7)?, repeat: seconds("BENCH_REP", 0.25)?, repeats })
    }

    /// Times one call.
    pub(crate) fn measure(&self, mut call: impl FnMut()) -> Measurement {
        // the first call touches memory for the first time
        call();
        let start = Instant::now();
        let (mut calls, mut chunk) = (0, 1);
        let calls = loop {
            let elapsed = time(chunk, &mut call);
            calls += chunk;
            // two calls and the one before them are the fewest that can be called warm
            if start.elapsed() >= self.warm_up && calls >= 2 {
                let filling = self.repeat.as_nanos() * u128::from(chunk);
                break filling.div_ceil(elapsed.as_nanos().max(1)).max(1) as u32;
            }
            // reading the clock must not be part of the measured time
            if elapsed < Duration::from_millis(20) {
                chunk *= 2;
            }
        };
        let seconds = |elapsed: Duration| elapsed.as_secs_f64() / f64::from(calls);
        let mut repeats: Vec<f64> = (0..self.repeats).map(|_| seconds(time(calls, &mut call))).collect();
        repeats.sort_by(f64::total_cmp);
        Measurement { median: repeats[self.repeats / 2], best: repeats[0], repeats: self.repeats }
    }
}

/// Returns the total time of the given number of calls.
fn time(calls: u32, call: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed()
}

/// The times of the repeats of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measurement {
    /// The median of the repeats, in seconds a call.
    pub(crate) median: f64,
    /// The best of the repeats, in seconds a call.
    pub(crate) best: f64,
    /// The number of repeats.
    pub(crate) repeats: usize,
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// The time of a call.
    Nanoseconds,
    /// The time of a call.
    Microseconds,
    /// The rate of samples, for calls with the given number of samples.
    Samples(usize),
    /// The rate of images, for calls with the given number of images.
    Images(usize),
    /// The rate of floating-point operations, for calls with the given number of operations.
    Operations(f64),
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Samples(_) => "samples/s",
            Self::Images(_) => "images/s",
            Self::Operations(_) => "GFLOP/s",
        }
    }

    /// Returns the figure for a call that takes the given time.
    fn of(self, seconds: f64) -> f64 {
        match self {
            Self::Nanoseconds => seconds * 1e9,
            Self::Microseconds => seconds * 1e6,
            Self::Samples(count) | Self::Images(count) => count as f64 / seconds,
            Self::Operations(count) => count / seconds / 1e9,
        }
    }
}

/// Returns one line of output: `plywood <workload> <threads> <median> <unit> <best> <repeats>`.
pub(crate) fn line(workload: &str, threads: usize, measurement: Measurement, unit: Unit) -> String {
    let Measurement { median, best, repeats } = measurement;
    let (median, best) = (unit.of(median), unit.of(best));
    format!("plywood {workload} {threads} {median:.5} {} {best:.5} {repeats}", unit.name())
}

/// Returns the peak memory of this process in bytes, if the system reports it (Linux).
pub(crate) fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// Returns the line for the peak memory after a workload, in megabytes of 10⁶ bytes.
pub(crate) fn memory_line(workload: &str, threads: usize) -> Option<String> {
    let megabytes = peak_memory()? as f64 / 1e6;
    Some(format!("plywood {workload}-rss {threads} {megabytes:.1} MB {megabytes:.1} 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_checked() {
        let with = |name: &str, value: &str| {
            Protocol::from_variables(|asked| (asked == name).then(|| value.to_owned()))
        };
        let usual = with("OTHER", "1").expect("the usual protocol");
        assert_eq!((usual.warm_up, usual.repeat), (Duration::from_millis(700), Duration::from_millis(250)));
        assert_eq!(usual.repeats, 9);
        assert_eq!(with("BENCH_REP", "0.5").expect("half a second").repeat, Duration::from_millis(500));
        assert_eq!(with("BENCH_N", "11").expect("eleven").repeats, 11);
        for (name, value) in [
            ("BENCH_N", "6"),
            ("BENCH_N", "many"),
            ("BENCH_WARM", "-1"),
            ("BENCH_REP", "0"),
            ("BENCH_REP", "inf"),
        ] {
            let error = with(name, value).expect_err(name);
            assert!(error.starts_with(&format!("{name}: found \"{value}\"")), "{error}");
        }
    }

    #[test]
    fn figures_are_those_of_the_units() {
        let measurement = Measurement { median: 2e-3, best: 1e-3, repeats: 7 };
        let cases = [
            (Unit::Nanoseconds, "plywood W 2 2000000.00000 ns 1000000.00000 7"),
            (Unit::Microseconds, "plywood W 2 2000.00000 us 1000.00000 7"),
            (Unit::Samples(64), "plywood W 2 32000.00000 samples/s 64000.00000 7"),
            (Unit::Images(1), "plywood W 2 500.00000 images/s 1000.00000 7"),
            (Unit::Operations(4e6), "plywood W 2 2.00000 GFLOP/s 4.00000 7"),
        ];
        for (unit, expected) in cases {
            assert_eq!(line("W", 2, measurement, unit), expected);
        }
    }

    #[test]
    fn a_call_is_timed() {
        let protocol =
            Protocol { warm_up: Duration::from_millis(1), repeat: Duration::from_millis(1), repeats: 7 };
        let mut calls = 0;
        let measurement = protocol.measure(|| {
            calls += 1;
            std::thread::sleep(Duration::from_millis(2));
        });
        // the first, two to be warm (or three: the second chunk is of two where a call is short), and one a repeat
        assert!((1 + 2 + 7..=1 + 3 + 7).contains(&calls), "{calls}");
        assert!(measurement.best >= 2e-3 && measurement.median >= measurement.best);
    }
}
