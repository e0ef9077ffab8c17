#!/usr/bin/env python3
"""The Markdown table of BENCHMARKS.md: summarize.py [--all] results...

Reads lines `peer workload threads median unit best repeats`. Over several rounds a figure is the median of the
medians. Of each peer's variants (torch-eager, torch-cl, ...) the best is taken, at each workload and number of threads.
The last column is how many times better plywood is than the best of the others: faster, or smaller. With --all one
table for each workload, with every variant, its best repeat, and how far the rounds lie apart.
"""

import argparse
import statistics
import sys
from collections import defaultdict

LOWER_IS_BETTER = {"ns", "us", "MB"}
US = "plywood"


def read(paths):
    """(workload, threads, unit) -> peer with variant -> [(median, best)]."""
    figures = defaultdict(lambda: defaultdict(list))
    for path in paths:
        with open(path) as lines:
            for number, line in enumerate(lines, 1):
                if line.startswith("#") or not line.strip():
                    continue
                try:
                    peer, workload, threads, median, unit, best, _ = line.split()
                    figure = float(median), float(best)
                    figures[workload, int(threads), unit][peer].append(figure)
                except ValueError:
                    sys.exit(f"{path}:{number}: not a line of results: {line.strip()}")
    return figures


def order(key):
    """W1 to W7; the convolutions from few channels to many, forward before both."""
    workload, threads, _ = key
    head, _, size = workload.rpartition("-")
    numbers = [int(number) for number in size.split("x")] if "x" in size else []
    return workload[:2], numbers, "fb" in head, workload, threads


def better(unit, a, b):
    return a < b if unit in LOWER_IS_BETTER else a > b


def middle(rounds):
    return statistics.median(median for median, _ in rounds)


def text(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row(cells):
    print("| " + " | ".join(cells) + " |")


def head(cells, numeric):
    row(cells)
    row(["---:" if column >= numeric else "---" for column in range(len(cells))])


def print_best(figures):
    families = sorted({peer.partition("-")[0] for peers in figures.values() for peer in peers} - {US})
    head(["workload", "unit", "threads", US, *families, "ratio"], 2)
    for key in sorted(figures, key=order):
        workload, threads, unit = key
        best = {}
        for peer, rounds in figures[key].items():
            family, _, variant = peer.partition("-")
            value = middle(rounds)
            if family not in best or better(unit, value, best[family][0]):
                best[family] = value, variant
        others = [value for family, (value, _) in best.items() if family != US]
        strongest = (min if unit in LOWER_IS_BETTER else max)(others, default=None)
        cells = [workload, unit, str(threads)]
        for family in [US, *families]:
            value, variant = best.get(family, (None, None))
            cell = "" if value is None else text(value) + f" {variant}" * bool(variant)
            cells.append(f"**{cell}**" if value is not None and value == strongest else cell)
        ratio = ""
        if US in best and strongest:
            ours = best[US][0]
            ratio = f"{strongest / ours if unit in LOWER_IS_BETTER else ours / strongest:.2f}"
        row([*cells, ratio])


def print_all(figures):
    for key in sorted(figures, key=order):
        workload, threads, unit = key
        lower = unit in LOWER_IS_BETTER
        print(f"\n### {workload}, {threads} thread{'s' * (threads > 1)} ({unit}, {'lower' if lower else 'higher'} is better)\n")
        head(["system", "median", "best", "spread of rounds"], 1)
        for peer, rounds in sorted(figures[key].items(), key=lambda item: middle(item[1]), reverse=not lower):
            medians = [median for median, _ in rounds]
            best = (min if lower else max)(best for _, best in rounds)
            spread = (max(medians) / min(medians) - 1) * 100
            row([peer, text(middle(rounds)), text(best), f"{spread:.0f} %"])


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--all", action="store_true", help="a table for each workload, with every variant")
arguments.add_argument("results", nargs="+")
options = arguments.parse_args()
(print_all if options.all else print_best)(read(options.results))
