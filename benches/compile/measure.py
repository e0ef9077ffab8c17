#!/usr/bin/env python3
"""Measures what compiling costs: the library with its dependencies, and programs that train networks of several kinds.

    ./measure.py SCRATCH [--only NAME ...] [--repeats N]

Builds in the folder SCRATCH, which is made, and prints two tables in Markdown for BENCHMARKS.md. Needs nothing but Rust and
Python. README.md says what is measured.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ZOO = (ROOT / "src/networks/zoo.rs").read_text()

MANIFEST = """[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[dependencies]
plywood = {{ path = "{root}" }}

[workspace]
"""

PROGRAM = """use plywood::data::Examples;
use plywood::{{Layer, Model, Result, Shape, Trainer, network}};

network! {{
{network}
}}

fn main() -> Result<()> {{
    type In = <{name} as Layer>::In;
    let data = Examples::<In>::from_numbers(vec![0.5; 8 * In::LEN], vec![0; 8])?;
    let mut model = Model::<{name}>::new(1);
    let report = Trainer::new().epochs(1).fit(&mut model, &data, Some(&data))?;
    println!("{{report}}");
    Ok(())
}}
"""


def of_zoo(name):
    """The declaration of a network of the zoo."""
    return re.search(rf"    pub {name}: .*?\n    }}( budget {{.*?}})?\n", ZOO, re.DOTALL)[0]


def different(count):
    """So many layers with different types: no two have the same sizes."""
    layers = "\n".join(f"        dense({16 + index})," for index in range(count - 1))
    return f"    pub Different: Flat<15> => Flat<10> {{\n{layers}\n        dense(10),\n    }}\n"


PROGRAMS = [
    ("W4", "LeNet-5", "LeNet5", lambda: of_zoo("LeNet5")),
    ("ResNet-20", "ResNet-20", "ResNet20", lambda: of_zoo("ResNet20")),
    ("ResNet-110", "ResNet-110", "ResNet110", lambda: of_zoo("ResNet110")),
    ("1,001 layers", "ResNet-1001, `repeat`", "ResNet1001", lambda: of_zoo("ResNet1001")),
    ("1,000 different layers", "dense, no two alike", "Different", lambda: different(1000)),
]


def run(arguments, folder):
    """Seconds that a command takes, the memory in MB of the largest process that it starts, and what it writes."""
    began = time.monotonic()
    environment = {**os.environ, "CARGO_TERM_COLOR": "never", "CARGO_TARGET_DIR": str(folder / "target")}
    with open(folder / "log", "w+") as log:
        child = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        log.seek(0)
        written = log.read()
    if status != 0:
        sys.exit(f"{' '.join(arguments)} in {folder}:\n{written}")
    return seconds, usage.ru_maxrss / 1024, written


def project(folder, name, source):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(name=name, root=ROOT))
    shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    (folder / "src/main.rs").write_text(source)


def library(scratch):
    """Builds the library cold, and prints its table."""
    folder = scratch / "library"
    project(folder, "library", "fn main() {}\n")
    run(["cargo", "fetch"], folder)
    _, _, tree = run(["cargo", "tree", "--prefix", "none", "--edges", "normal,build", "--target", "all"], folder)
    listed = {line.split(" (")[0] for line in tree.splitlines() if line and not line.startswith("library ")}
    print("| the library and its dependencies, cold | time | crates built | largest process |")
    print("|---|---|---|---|")
    for label, arguments in [
        ("`cargo check`", ["check"]),
        ("`cargo build`", ["build"]),
        ("`cargo build --release`", ["build", "--release"]),
    ]:
        shutil.rmtree(folder / "target", ignore_errors=True)
        seconds, memory, written = run(["cargo", *arguments], folder)
        built = [line for line in written.splitlines() if re.match(r" +(Compiling|Checking) ", line)]
        crates = {line.split()[1] for line in built} - {"library"}
        print(f"| {label} | {seconds:.1f} s | {len(crates)} | {memory:.0f} MB |", flush=True)
    print(f"\n{len(listed)} crates in all, those for other systems included.\n")


def programs(scratch, chosen, repeats):
    """Builds each program cold and after an edit, and prints their table."""
    folder = scratch / "program"
    print("| program | `cargo check` | after an edit | `cargo build --release` | after an edit | largest process |")
    print("|---|---|---|---|---|---|")
    for title, kind, name, network in PROGRAMS:
        if chosen and title not in chosen:
            continue
        source = PROGRAM.format(name=name, network=network())
        project(folder, "program", source)
        figures, most = [], 0
        for arguments in (["check"], ["build", "--release"]):
            # the dependencies do not count
            run(["cargo", *arguments], folder)
            cold, edited = [], []
            for repeat in range(repeats):
                run(["cargo", "clean", "--package", "program", *arguments[1:]], folder)
                seconds, memory, _ = run(["cargo", *arguments], folder)
                cold.append(seconds)
                # an edit in the network's file that no cache can take for none
                changed = source.replace("fn main()", f"const _EDIT: usize = {repeat};\n\nfn main()")
                (folder / "src/main.rs").write_text(changed)
                seconds, again, _ = run(["cargo", *arguments], folder)
                edited.append(seconds)
                most = max(most, memory, again)
                (folder / "src/main.rs").write_text(source)
            figures += [statistics.median(cold), statistics.median(edited)]
        cells = " | ".join(f"{seconds:.2f} s" for seconds in figures)
        print(f"| {title} ({kind}) | {cells} | {most:.0f} MB |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="some of the programs, and `library`")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    known = ["library", *(title for title, *_ in PROGRAMS)]
    for name in options.only:
        if name not in known:
            parser.error(f"found `{name}`, expected one of: {', '.join(known)}")
    scratch = options.scratch.resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    if not options.only or "library" in options.only:
        library(scratch)
    chosen = [name for name in options.only if name != "library"]
    if chosen or not options.only:
        programs(scratch, chosen, options.repeats)


main()
