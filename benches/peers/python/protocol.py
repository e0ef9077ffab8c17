"""How every Python peer is measured: the protocol of benches/workload/measure.rs.

One line for each figure: peer workload threads median unit best repeats
"""

import os
import statistics
import sys
import time

# (input channels, output channels, side of the image, batch) of W7
CONVOLUTIONS = [(3, 16, 32, 64), (16, 16, 32, 64), (32, 32, 16, 64), (64, 64, 8, 64), (64, 64, 32, 32)]


def setting(name, default):
    return float(os.environ.get(name, default))


def measure(call):
    """Seconds of a call: the median and the best of the repeats, and how many there were."""
    warm_up, least = setting("BENCH_WARM", 0.7), setting("BENCH_REP", 0.25)
    repeats = max(7, int(setting("BENCH_N", 9)))
    call()
    start = time.perf_counter()
    calls, chunk = 0, 1
    while True:
        seconds = timed(chunk, call)
        calls += chunk
        if time.perf_counter() - start >= warm_up and calls >= 2:
            break
        if seconds * chunk < 0.02:
            chunk *= 2
    calls = max(1, int(least / seconds + 0.999))
    measured = [timed(calls, call) for _ in range(repeats)]
    return statistics.median(measured), min(measured), repeats


def timed(calls, call):
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def report(peer, workload, threads, measurement, amount, unit):
    """Prints a line; `amount` is how many samples or operations are in a call."""
    figure = {
        "ns": lambda seconds: seconds * 1e9,
        "us": lambda seconds: seconds * 1e6,
        "GFLOP/s": lambda seconds: amount / seconds / 1e9,
    }.get(unit, lambda seconds: amount / seconds)
    median, best, repeats = measurement
    peer += os.environ.get("PEER_SUFFIX", "")
    print(f"{peer} {workload} {threads} {figure(median):.5f} {unit} {figure(best):.5f} {repeats}", flush=True)


def report_memory(peer, workload, threads):
    """Prints the peak memory of the process, in megabytes of 10^6 bytes."""
    with open("/proc/self/status") as status:
        kibibytes = next(float(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    megabytes = kibibytes * 1024 / 1e6
    peer += os.environ.get("PEER_SUFFIX", "")
    print(f"{peer} {workload}-rss {threads} {megabytes:.1f} MB {megabytes:.1f} 1", flush=True)


def note(*words):
    print("#", *words, file=sys.stderr, flush=True)
