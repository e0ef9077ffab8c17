//! Keeps the steps and dead units of a run beside its page, so that a run that is resumed goes on with them.

use std::fmt::Write;
use std::path::Path;

use crate::error::Result;
use crate::file::{Durable, read_at_most, replace};
use crate::report::{Series, Trained, Units};

/// The first line of the file.
const HEADER: &str = "plywood record 1";

/// The longest file that is read, in bytes: two states of a network of a thousand layers are shorter.
const MOST: u64 = 1 << 26;

/// The part of a record that no checkpoint holds, as it was after some steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    /// The number of steps that had been taken.
    pub(crate) taken: usize,
    pub(crate) steps: Series,
    pub(crate) units: Vec<Vec<Units>>,
}

impl Kept {
    /// Writes the states, the newest first. A checkpoint may be older than the last epoch, so the one before is kept too.
    pub(crate) fn write(path: &Path, layers: &[Trained], states: &[String]) -> Result<()> {
        let mut text = format!("{HEADER}\n");
        for layer in layers {
            let _ = writeln!(text, "layer {}", layer.path);
        }
        text.extend(states.iter().map(String::as_str));
        replace(path, text.as_bytes(), Durable::No)
    }

    /// Returns the text of a state.
    pub(crate) fn text(taken: usize, steps: &Series, units: &[Vec<Units>]) -> String {
        let mut text = format!("state {taken}\n");
        steps.write(&mut text);
        for (epoch, units) in units.iter().enumerate() {
            let _ = writeln!(text, "epoch {epoch}");
            for unit in units {
                let _ = writeln!(text, "unit {} {} {}", unit.count, unit.dead, unit.layer);
            }
        }
        text
    }

    /// Returns the newest state that is no newer than a checkpoint after `taken` steps and `epochs` epochs. If both are
    /// newer, it is the older one without what came after the checkpoint.
    ///
    /// Without a state of the same network, the record begins at the checkpoint, as if there were no file.
    pub(crate) fn read(path: &Path, layers: &[Trained], taken: usize, epochs: usize) -> Option<Self> {
        let text = String::from_utf8(read_at_most(path, MOST).ok()?).ok()?;
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return None;
        }
        let mut names = layers.iter();
        let mut states: Vec<Self> = Vec::new();
        for line in lines {
            let (word, rest) = line.split_once(' ')?;
            if word == "layer" {
                (rest == names.next()?.path).then_some(())?;
                continue;
            }
            if word == "state" {
                (states.len() < 2).then_some(())?;
                let steps = Series::new(layers.len());
                states.push(Self { taken: rest.parse().ok()?, steps, units: Vec::new() });
                continue;
            }
            let state = states.last_mut()?;
            match word {
                "epoch" => state.units.push(Vec::new()),
                "unit" => {
                    let mut parts = rest.splitn(3, ' ');
                    let [count, dead] = [parts.next()?.parse().ok()?, parts.next()?.parse().ok()?];
                    state.units.last_mut()?.push(Units { layer: parts.next()?.to_owned(), count, dead });
                }
                _ => state.steps.read(word, rest)?,
            }
        }
        let same = |epochs: &[Vec<Units>]| epochs.windows(2).all(|pair| pair[0].len() == pair[1].len());
        if names.next().is_some() || !states.iter().all(|state| same(&state.units)) {
            return None;
        }
        let fits = |state: &Self| state.taken <= taken && state.units.len() <= epochs;
        let newest = states.iter().filter(|state| fits(state)).max_by_key(|state| state.taken);
        let mut state = newest.or_else(|| states.iter().min_by_key(|state| state.taken))?.clone();
        state.taken = state.taken.min(taken);
        state.steps.end_at(taken);
        state.units.truncate(epochs);
        Some(state)
    }
}
