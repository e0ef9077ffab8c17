//! Checks a layer's declarations, some of which a layer around inner layers may forget.

use std::ops::Range;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use super::subject::Subject;
use super::{Run, Violation};
use crate::core::outline::{Entry, Kind};
use crate::core::receptive_field::Reach;
use crate::core::{Dims, Epilogue, Outline, Pass};

impl Run<'_> {
    /// Compares the layer's declarations with its outline and its behavior.
    pub(super) fn declared(&self) -> Result<(), Violation> {
        let layer = Said { says: self.layer, outline: (self.layer.outline)() };
        let [params, buffers] = (self.layer.start)(self.pass.seed);
        layer.shows()?;
        layer.starting_values(&params, &buffers)?;
        layer.streams(self.pass, &|pass| self.train_y(pass))?;
        if !buffers.is_empty() {
            layer.statistics(&|batch| {
                let run = Self::new(self.layer, batch, self.pass.seed);
                [run.buffers.clone(), run.train_buffers()]
            })?;
        }
        let pass = Pass::new(1, self.pass.seed);
        layer.sees(self.pass.seed, &|x| self.layer.evaluate(pass, [&params, &buffers], x, Epilogue::NONE))
    }
}

const MIN_BATCH: &str = "says how many examples a minibatch needs";
const OPERATIONS: &str = "says how many operations it takes";

/// The declarations and the outline of a layer.
struct Said<'a> {
    says: &'a Subject,
    outline: Outline,
}

impl Said<'_> {
    fn violation(&self, promise: &'static str, found: String) -> Result<(), Violation> {
        Err(Violation { layer: self.says.name, promise, found })
    }

    /// Checks that the layer declares no fewer layers and operations and no smaller minibatch than its outline shows.
    fn shows(&self) -> Result<(), Violation> {
        let entries = &self.outline.entries;
        let shown = (0..entries.len()).filter(|&place| inside(entries, place).is_empty()).count();
        if self.says.layers < shown {
            let found = format!("COST has {} layers, but its outline shows {shown}", self.says.layers);
            return self.violation("says how many layers it consists of", found);
        }
        for (place, entry) in entries.iter().enumerate() {
            operations(entry, inside(entries, place))?;
        }
        // a layer whose outline is that of its inner layers has no entry of its own
        let shown = of_innermost(entries);
        if self.says.flops < shown {
            let found = format!("COST has {} FLOPs, but its layers take {shown}", self.says.flops);
            return self.violation(OPERATIONS, found);
        }
        let least = self.outline.needs_batch().map_or(1, |entry| entry.min_batch);
        if self.says.min_batch < least {
            let found =
                format!("COST has a minibatch of {}, but a layer inside needs {least}", self.says.min_batch);
            return self.violation(MIN_BATCH, found);
        }
        Ok(())
    }

    /// Checks that some of the layers inside have starting values.
    ///
    /// A single layer may begin with zeros, as the last layer of a residual branch does.
    fn starting_values(&self, params: &[f64], buffers: &[f64]) -> Result<(), Violation> {
        let is_block = self.outline.entries.iter().filter(|entry| entry.params > 0).count() > 1;
        let drawn = |kind| matches!(kind, Kind::Weight | Kind::Scale);
        let is_drawn = self.outline.tensors.iter().any(|tensor| drawn(tensor.kind) && !tensor.is_empty());
        let empty = |numbers: &[f64]| numbers.iter().all(|&number| number == 0.0);
        if is_block && is_drawn && empty(params) && empty(buffers) {
            let found = "all numbers are 0 after `init`, which must call that of each inner layer";
            return self.violation("draws starting values", found.to_owned());
        }
        Ok(())
    }

    /// Checks that the layer draws in training from its own streams, not from those of the layers after it.
    ///
    /// `train` returns the output of a pass.
    fn streams(&self, pass: Pass, train: &dyn Fn(Pass) -> Vec<f64>) -> Result<(), Violation> {
        for seed in 0..3 {
            let pass = Pass { seed: pass.seed ^ seed, ..pass };
            if train(pass) != train(Pass { bound: pass.position + self.says.layers, ..pass }) {
                let layers = self.says.layers;
                let found = format!(
                    "COST has {layers} layers, but a layer inside draws from the stream of a layer after it"
                );
                return self.violation("draws from its own streams", found);
            }
        }
        Ok(())
    }

    /// Checks that the smallest declared minibatch changes all running statistics that a large one changes.
    ///
    /// `train` returns them before and after a pass over the given number of examples.
    fn statistics(&self, train: &dyn Fn(usize) -> [Vec<f64>; 2]) -> Result<(), Violation> {
        let moved = |batch| {
            let [before, after] = train(batch);
            before.iter().zip(&after).map(|(before, after)| before != after).collect::<Vec<_>>()
        };
        let (least, many) = (moved(self.says.min_batch), moved(self.says.min_batch + 4));
        match least.iter().zip(&many).position(|(&least, &many)| many && !least) {
            None => Ok(()),
            Some(place) => self.violation(
                MIN_BATCH,
                format!(
                    "COST has a minibatch of {}, which does not move running statistic {place}",
                    self.says.min_batch
                ),
            ),
        }
    }

    /// Checks that an output depends on no more inputs than the receptive field holds.
    ///
    /// `evaluate` returns the output for one example.
    fn sees(&self, seed: u64, evaluate: &dyn Fn(&[f64]) -> Vec<f64>) -> Result<(), Violation> {
        for (axis, name) in ["rows", "columns"].into_iter().enumerate() {
            let reach = [self.says.field.rows, self.says.field.columns][axis];
            let probe = Probe::new([self.says.input, self.says.output], axis, seed, evaluate);
            // a line in the middle, or another one if a rectifier hides the inputs of that
            let lines = probe.output.lines;
            let mut tries = (0..lines.min(8)).map(|i| (lines / 2 + i) % lines);
            let mut seen = vec![(1, tries.find_map(|line| probe.seen(&(line..line + 1))))];
            if probe.output.whole {
                seen.push((lines, probe.seen(&(0..lines))));
            }
            for (outputs, seen) in seen {
                let Some((first, last)) = seen else { continue };
                let most = reach.then(Reach::window(outputs, 1)).size(probe.input.lines);
                // both ends are proved, but a maximum may hide inputs further out
                if first.abs_diff(last) + 1 > most {
                    let found = format!(
                        "by COST, {outputs} {name} of the output see at most {most} of the input, but they depend on \
                         {first} and {last}"
                    );
                    return self.violation("says how much of its input an output sees", found);
                }
            }
        }
        Ok(())
    }
}

/// Returns the layers inside the layer at a place of the outline; none if it does not show any.
fn inside(entries: &[Entry], place: usize) -> &[Entry] {
    let (inner, block) = (&entries[place + 1..], format!("{}.", entries[place].path));
    let end = inner.iter().position(|entry| !entry.path.starts_with(&block));
    &inner[..end.unwrap_or(inner.len())]
}

/// Returns the operations of the layers that show no layers inside.
fn of_innermost(entries: &[Entry]) -> usize {
    let leaves = (0..entries.len()).filter(|&place| inside(entries, place).is_empty());
    leaves.map(|place| entries[place].flops).sum()
}

/// Checks that a layer declares at least as many operations as the layers inside it take.
fn operations(entry: &Entry, inner: &[Entry]) -> Result<(), Violation> {
    let shown = of_innermost(inner);
    if entry.flops >= shown {
        return Ok(());
    }
    let found = format!("{}: COST has {} FLOPs, but its layers take {shown}", entry.path, entry.flops);
    Err(Violation { layer: entry.name, promise: OPERATIONS, found })
}

/// One axis of a layer's input or output: the rows or columns of an image. A vector is one row.
#[derive(Clone, Copy)]
struct Axis {
    lines: usize,
    /// The count of adjacent numbers in a part of a line.
    part: usize,
    /// The number of parts of a line.
    parts: usize,
    /// True if all lines together are those of an image.
    whole: bool,
}

impl Axis {
    const fn of(dims: Dims, axis: usize) -> Self {
        match (dims, axis) {
            (Dims::Flat(_) | Dims::Pair(..), 0) => {
                Self { lines: 1, part: dims.len(), parts: 1, whole: false }
            }
            (Dims::Flat(_) | Dims::Pair(..), _) => {
                Self { lines: dims.len(), part: 1, parts: 1, whole: false }
            }
            (Dims::Image(h, w, c), 0) => Self { lines: h, part: w * c, parts: 1, whole: true },
            (Dims::Image(h, w, c), _) => Self { lines: w, part: c, parts: h, whole: true },
        }
    }

    /// Returns the indices of the numbers in some lines.
    fn places(self, lines: &Range<usize>) -> impl Iterator<Item = usize> {
        let Range { start, end } = *lines;
        (0..self.parts).flat_map(move |part| {
            let first = part * self.lines * self.part;
            first + start * self.part..first + end * self.part
        })
    }
}

/// Finds the inputs on which an output depends, by evaluations.
struct Probe<'a> {
    evaluate: &'a dyn Fn(&[f64]) -> Vec<f64>,
    input: Axis,
    output: Axis,
    x: Vec<f64>,
    /// A second random input.
    other: Vec<f64>,
    y: Vec<f64>,
}

impl<'a> Probe<'a> {
    fn new(
        [input, output]: [Dims; 2],
        axis: usize,
        seed: u64,
        evaluate: &'a dyn Fn(&[f64]) -> Vec<f64>,
    ) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x5eed);
        let mut draw = || (0..input.len()).map(|_| rng.random_range(-2.0..2.0)).collect::<Vec<f64>>();
        let (x, other) = (draw(), draw());
        // if an image becomes a vector, each number of the vector is a line, along either axis of the image
        let is_made_of_image = matches!((input, output), (Dims::Image(..), Dims::Flat(_)));
        let output = Axis::of(output, if is_made_of_image { 1 } else { axis });
        let y = evaluate(&x);
        Self { evaluate, input: Axis::of(input, axis), output, x, other, y }
    }

    /// Returns the first and the last line of the input on which the given lines of the output depend, or `None` if
    /// they depend on nothing.
    fn seen(&self, outputs: &Range<usize>) -> Option<(usize, usize)> {
        let lines = self.input.lines;
        let changes = |inputs: Range<usize>| {
            let mut x = self.x.clone();
            for place in self.input.places(&inputs) {
                x[place] = self.other[place];
            }
            let y = (self.evaluate)(&x);
            self.output.places(outputs).any(|place| y[place].to_bits() != self.y[place].to_bits())
        };
        if !changes(0..lines) {
            return None;
        }
        // two inputs that differ in one line only and give different outputs prove that it is seen
        let first = bisect(lines, &|end| changes(0..end)) - 1;
        let last = lines - bisect(lines, &|count| changes(lines - count..lines));
        Some((first, last))
    }
}

/// Finds a number from 1 to `most` for which `holds` is true, while it is false for the number before.
///
/// `holds` must be true for `most` and false for 0.
fn bisect(most: usize, holds: &dyn Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}
