//! Does a layer declare what it is? A layer around inner layers may forget some of it.

use std::ops::Range;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use super::{Breach, Run};
use crate::outline::{Entry, Kind};
use crate::predictor::{infer, space};
use crate::{Dims, Layer, Model, Outline, Pass, Reach, Shape};

impl<L: Layer> Run<L> {
    /// Compares what the layer declares with what its outline shows and with what it does.
    pub(super) fn declared(&self) -> Result<(), Breach> {
        let outline = Outline::of::<L>();
        Self::layers(&outline.entries)?;
        for (place, entry) in outline.entries.iter().enumerate() {
            operations(entry, inside(&outline.entries, place))?;
        }
        let shown = outline.needs_batch().map_or(1, |entry| entry.min_batch);
        if L::MIN_BATCH < shown {
            return breach::<L>(
                MIN_BATCH,
                format!("MIN_BATCH is {}, but a layer inside needs {shown}", L::MIN_BATCH),
            );
        }
        self.statistics()?;
        self.starting_values(&outline)?;
        self.streams()?;
        self.field()
    }

    /// At least as many layers as the outline shows.
    fn layers(entries: &[Entry]) -> Result<(), Breach> {
        let shown = (0..entries.len()).filter(|&place| inside(entries, place).is_empty()).count();
        if L::LAYERS < shown {
            return breach::<L>(
                "says how many layers it consists of",
                format!("LAYERS is {}, but its outline shows {shown}", L::LAYERS),
            );
        }
        Ok(())
    }

    /// Draws in training from streams of its own, not from those of the layers after it.
    fn streams(&self) -> Result<(), Breach> {
        for seed in 0..3 {
            let pass = Pass { seed: self.pass.seed ^ seed, ..self.pass };
            let bounded = Pass { bound: pass.position + L::LAYERS, ..pass };
            if self.train_y(pass) != self.train_y(bounded) {
                return breach::<L>(
                    "draws from its own streams",
                    format!(
                        "LAYERS is {}, but a layer further inside draws from the stream of a layer after it",
                        L::LAYERS
                    ),
                );
            }
        }
        Ok(())
    }

    /// Running statistics that a large minibatch moves are moved by the least one as well.
    fn statistics(&self) -> Result<(), Breach> {
        if L::BUFFERS == 0 {
            return Ok(());
        }
        let moved = |batch: usize| {
            let run = Self::new(batch, self.pass.seed);
            let after = run.train_buffers();
            let before = run.model.buffers().iter();
            before.zip(&after).map(|(before, after)| before != after).collect::<Vec<_>>()
        };
        let (least, many) = (moved(L::MIN_BATCH), moved(L::MIN_BATCH + 4));
        match least.iter().zip(&many).position(|(&least, &many)| many && !least) {
            None => Ok(()),
            Some(place) => breach::<L>(
                MIN_BATCH,
                format!("MIN_BATCH is {}, which does not move running statistic {place}", L::MIN_BATCH),
            ),
        }
    }

    /// Weights are drawn by `init`.
    fn starting_values(&self, outline: &Outline) -> Result<(), Breach> {
        let model = Model::<L, f64>::new(self.pass.seed);
        let empty = |range: Range<usize>| model.params()[range].iter().all(|&weight| weight == 0.0);
        let weights =
            outline.tensors.iter().filter(|tensor| tensor.kind == Kind::Weight && !tensor.is_empty());
        let mut unset = weights.filter(|tensor| empty(tensor.range())).map(|tensor| &*tensor.name);
        let scales = outline.tensors.iter().any(|tensor| tensor.kind == Kind::Scale);
        let nothing = scales && empty(0..L::PARAMS) && model.buffers().iter().all(|&number| number == 0.0);
        match unset.next().or(nothing.then_some("all numbers")) {
            None => Ok(()),
            Some(name) => breach::<L>(
                "draws starting values",
                format!("{name}: all 0 after `init`, which must call that of each inner layer"),
            ),
        }
    }

    /// An output depends on no more inputs than the receptive field holds.
    fn field(&self) -> Result<(), Breach> {
        let axes = [("rows", L::FIELD.rows), ("columns", L::FIELD.columns)];
        for (axis, (name, reach)) in axes.into_iter().enumerate() {
            let probe = Probe::<L>::new(self, axis);
            let middle = probe.output.lines / 2;
            let mut seen = vec![(1, probe.seen(middle..middle + 1))];
            if probe.output.whole {
                let all = probe.output.lines;
                seen.push((all, probe.seen(0..all)));
            }
            for (outputs, seen) in seen {
                let Some((first, last)) = seen else { continue };
                let most = reach.then(Reach::window(outputs, 1)).size(probe.input.lines);
                if last - first + 1 > most {
                    return breach::<L>(
                        "says how much of its input an output sees",
                        format!(
                            "by FIELD, {outputs} {name} of the output see at most {most} of the input, but they depend on \
                             {first} and {last}"
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}

const MIN_BATCH: &str = "says how many examples a minibatch needs";

fn breach<L: Layer>(promise: &'static str, found: String) -> Result<(), Breach> {
    Err(Breach { layer: L::NAME, promise, found })
}

/// The layers that the one at a place of the outline consists of; none for one that does not show any.
fn inside(entries: &[Entry], place: usize) -> &[Entry] {
    let inner = &entries[place + 1..];
    let end = inner.iter().position(|entry| entry.depth <= entries[place].depth);
    &inner[..end.unwrap_or(inner.len())]
}

/// At least as many operations as the layers inside, and some where there are parameters.
fn operations(entry: &Entry, inner: &[Entry]) -> Result<(), Breach> {
    let shown: usize = (0..inner.len())
        .filter(|&place| inside(inner, place).is_empty())
        .map(|place| inner[place].flops)
        .sum();
    let found = if entry.flops < shown {
        format!("{}: FLOPS is {}, but its layers take {shown}", entry.path, entry.flops)
    } else if entry.flops == 0 && entry.params > 0 {
        format!("{}: FLOPS is 0, but it has {} parameters", entry.path, entry.params)
    } else {
        return Ok(());
    };
    Err(Breach { layer: entry.name, promise: "says how many operations it takes", found })
}

/// One axis of what a layer takes or gives: an image's rows or columns; a vector is one row.
#[derive(Clone, Copy)]
struct Axis {
    lines: usize,
    /// Numbers in a line of the lines that lie side by side, and from one such part to the next.
    part: usize,
    parts: usize,
    /// Whether all lines together are an image's.
    whole: bool,
}

impl Axis {
    const fn of(dims: Dims, axis: usize) -> Self {
        match (dims, axis) {
            (Dims::Flat(n), 0) => Self { lines: 1, part: n, parts: 1, whole: false },
            (Dims::Flat(n), _) => Self { lines: n, part: 1, parts: 1, whole: false },
            (Dims::Image(h, w, c), 0) => Self { lines: h, part: w * c, parts: 1, whole: true },
            (Dims::Image(h, w, c), _) => Self { lines: w, part: c, parts: h, whole: true },
        }
    }

    /// The numbers of some lines.
    fn places(self, lines: Range<usize>) -> impl Iterator<Item = usize> {
        (0..self.parts).flat_map(move |part| {
            let start = part * self.lines * self.part;
            start + lines.start * self.part..start + lines.end * self.part
        })
    }
}

/// Finds out which inputs an output depends on, by evaluations.
struct Probe<'a, L> {
    run: &'a Run<L>,
    input: Axis,
    output: Axis,
    x: Vec<f64>,
    /// Other inputs.
    other: Vec<f64>,
    y: Vec<f64>,
}

impl<'a, L: Layer> Probe<'a, L> {
    fn new(run: &'a Run<L>, axis: usize) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(run.pass.seed ^ 0x5eed);
        let mut draw = || (0..L::In::LEN).map(|_| rng.random_range(-2.0..2.0)).collect::<Vec<f64>>();
        let (x, other) = (draw(), draw());
        let output = match (<L::In as Shape>::DIMS, <L::Out as Shape>::DIMS) {
            // of a vector that is made of an image, each number by itself, along either axis of the image
            (Dims::Image(..), Dims::Flat(n)) => Axis::of(Dims::Flat(n), 1),
            (_, dims) => Axis::of(dims, axis),
        };
        let y = evaluate(run, &x);
        Self { run, input: Axis::of(<L::In as Shape>::DIMS, axis), output, x, other, y }
    }

    /// The first and the last line of the input that these lines of the output depend on; none if they depend on nothing.
    fn seen(&self, outputs: Range<usize>) -> Option<(usize, usize)> {
        let lines = self.input.lines;
        let changes = |inputs: Range<usize>| {
            let mut x = self.x.clone();
            for place in self.input.places(inputs) {
                x[place] = self.other[place];
            }
            let y = evaluate(self.run, &x);
            self.output.places(outputs.clone()).any(|place| y[place].to_bits() != self.y[place].to_bits())
        };
        if !changes(0..lines) {
            return None;
        }
        // two inputs that differ in one line only, and give different outputs, prove that it is seen
        let first = bisect(lines, |end| changes(0..end)) - 1;
        let last = lines - bisect(lines, |count| changes(lines - count..lines));
        Some((first, last))
    }
}

/// A number from 1 to `most` for which `holds`, and not for the one before; it holds for `most`, and not for 0.
fn bisect(most: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// What the layer gives for one example.
fn evaluate<L: Layer>(run: &Run<L>, x: &[f64]) -> Vec<f64> {
    let mut y = vec![f64::NAN; L::Out::LEN];
    let mut work = vec![f64::NAN; space::<L>(1)];
    let arenas = [run.model.params(), run.model.buffers()];
    infer::<L, f64>(Pass::new(1, run.pass.seed), arenas, x, &mut y, &mut work);
    y
}
