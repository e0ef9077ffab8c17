//! Describes in a file the network to which its numbers belong.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::core::outline::{Entry, Tensor, sides};
use crate::core::{Layer, Outline};
use crate::error::{Error, Result};
use crate::model::archive::Archive;

/// The layers of a network as lines of text, and their fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Architecture {
    /// The lines, one for each layer: its path, a tab, and its description.
    text: String,
}

impl Architecture {
    pub(crate) fn of<N: Layer>() -> Self {
        let outline = Outline::of::<N>();
        let mut tensors: BTreeMap<&str, String> = BTreeMap::new();
        for Tensor { name, dims, .. } in &outline.tensors {
            let (layer, own) = name.rsplit_once('.').unwrap_or(("", name));
            let of_layer = tensors.entry(layer).or_default();
            // writing to a string cannot fail
            let _ = write!(of_layer, ", {own} {}", sides(dims));
        }
        let mut text = String::new();
        for Entry { path, name, input, output, .. } in &outline.entries {
            let tensors = tensors.get(path.as_str()).map_or("", String::as_str);
            let _ = writeln!(text, "{path}\t{name} {input} to {output}{tensors}");
        }
        Self { text }
    }

    /// Returns a number that distinguishes networks: FNV-1a of the lines.
    fn fingerprint(&self) -> String {
        let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        format!("{:016x}", self.text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// Writes the architecture into a file's notes.
    pub(crate) fn note(&self, archive: &mut Archive<'_>) {
        archive.note("fingerprint", self.fingerprint());
        archive.note("layers", &self.text);
    }

    /// Compares the architecture with that of a file, if the file describes its network.
    ///
    /// # Errors
    /// Returns [`Error::Format`] with the first layer that differs.
    pub(crate) fn check(&self, path: &Path, archive: &Archive<'_>) -> Result<()> {
        let (Some(fingerprint), Some(text)) = (archive.notes.get("fingerprint"), archive.notes.get("layers"))
        else {
            return Ok(());
        };
        if *fingerprint == self.fingerprint() && *text == self.text {
            return Ok(());
        }
        let mut found = text.lines();
        let mut expected = self.text.lines();
        loop {
            let (found, expected) = match (found.next(), expected.next()) {
                (None, None) => break,
                (found, expected) if found == expected => continue,
                lines => lines,
            };
            let part = |line: Option<&str>| match line.and_then(|line| line.split_once('\t')) {
                Some((path, layer)) => (path.to_owned(), layer.to_owned()),
                None => (String::new(), "no more layers".to_owned()),
            };
            let ((found_path, mut found), (expected_path, mut expected)) = (part(found), part(expected));
            let name = if expected_path.is_empty() { &found_path } else { &expected_path };
            if found_path != expected_path {
                for (text, path) in [(&mut found, &found_path), (&mut expected, &expected_path)] {
                    if !path.is_empty() {
                        *text = format!("{path}, {text}");
                    }
                }
            }
            return Err(Error::Format {
                path: path.to_owned(),
                what: format!("layer {name}"),
                found,
                expected,
            });
        }
        Err(Error::Format {
            path: path.to_owned(),
            what: "the network's fingerprint".to_owned(),
            found: fingerprint.clone(),
            expected: self.fingerprint(),
        })
    }
}
