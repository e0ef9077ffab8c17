//! Reads and writes the file format of models and checkpoints: named tensors and notes in one file, with a checksum.
//!
//! The container is [safetensors](https://github.com/huggingface/safetensors): a header in JSON, then the numbers, the
//! lowest byte first. The checksum is a note in the header, so every program that reads safetensors can read the file.
//! Notes are stored in the header's metadata under names that begin with `plywood.`, because other programs write their
//! notes there too. In files of earlier versions they have no prefix.

mod architecture;
mod layers;
mod layout;
mod model;
mod names;
mod preprocessing;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

pub(crate) use architecture::Architecture;
use layout::{INPUTS_FIRST, LAYOUT};
pub(crate) use model::{STATE, check_tensors, read, read_model, read_tensors, write_model};
pub(crate) use names::check_names;
pub(crate) use preprocessing::{check_vectors, read_vectors, write_vectors};
use safetensors::tensor::{Dtype, Metadata, SafeTensorError, SafeTensors, View};

use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// The prefix of the names of notes in a file.
const OURS: &str = "plywood.";
/// The name of the note that holds the checksum.
const CHECKSUM: &str = "checksum";
/// The notes that every file of an earlier version has, under these names.
const EARLIER: [&str; 4] = [CHECKSUM, "fingerprint", "layers", "network"];
/// The placeholder for the checksum before it is computed.
const UNKNOWN: &str = "00000000";

/// A tensor in a file.
#[derive(Debug, Clone)]
pub(crate) struct Window<'a> {
    dtype: Dtype,
    dims: Vec<usize>,
    /// The numbers, the lowest byte of each first.
    bytes: Cow<'a, [u8]>,
}

impl<'a> Window<'a> {
    pub(crate) fn new<T: Scalar>(dims: Vec<usize>, numbers: &'a [T]) -> Self {
        let mut bytes = Cow::Borrowed(bytemuck::cast_slice(numbers));
        if cfg!(target_endian = "big") {
            bytes.to_mut().chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
        }
        Self { dtype: dtype::<T>(), dims, bytes }
    }

    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// Returns the tensor's numbers, rounded if the file's are more precise, or `None` if they are neither `f32` nor
    /// `f64`.
    pub(crate) fn numbers<T: Scalar>(&self) -> Option<Vec<T>> {
        match self.dtype {
            Dtype::F32 => Some(self.as_stored::<f32>().map(|x| T::of(x.into())).collect()),
            Dtype::F64 => Some(self.as_stored::<f64>().map(T::of).collect()),
            _ => None,
        }
    }

    /// Returns the name of the tensor's precision.
    pub(crate) fn precision(&self) -> String {
        format!("{:?}", self.dtype).to_lowercase()
    }

    /// Returns the tensor's numbers, which must be finite, also after rounding to `T`.
    ///
    /// # Errors
    /// Returns [`Error::Format`] for the first number that is not finite, with its position in the tensor, and for
    /// numbers that are neither `f32` nor `f64`.
    pub(crate) fn finite<T: Scalar>(&self, path: &Path, name: &str) -> Result<Vec<T>> {
        let bad = |what, found, expected| Err(Error::Format { path: path.to_owned(), what, found, expected });
        let Some(numbers) = self.numbers::<T>() else {
            return bad(format!("tensor {name}"), self.precision(), "f32 or f64".to_owned());
        };
        let Some(at) = not_finite(&numbers) else { return Ok(numbers) };
        let stored = match self.dtype {
            Dtype::F64 => self.as_stored::<f64>().nth(at),
            _ => self.as_stored::<f32>().nth(at).map(f64::from),
        };
        let stored = stored.unwrap_or(f64::NAN);
        let expected = if stored.is_finite() {
            format!("a number that is finite as {}", T::NAME)
        } else {
            "a finite number".to_owned()
        };
        bad(format!("tensor {name}, number {}", index(&self.dims, at)), format!("{stored:?}"), expected)
    }

    fn as_stored<T: Scalar>(&self) -> impl Iterator<Item = T> {
        self.bytes.chunks_exact(size_of::<T>()).map(|bytes| {
            let mut number = T::ZERO;
            let to = bytemuck::bytes_of_mut(&mut number);
            to.copy_from_slice(bytes);
            if cfg!(target_endian = "big") {
                to.reverse();
            }
            number
        })
    }
}

impl View for &Window<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.dims
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn dtype<T: Scalar>() -> Dtype {
    if size_of::<T>() == size_of::<f64>() { Dtype::F64 } else { Dtype::F32 }
}

/// Named tensors and notes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Archive<'a> {
    pub(crate) notes: BTreeMap<String, String>,
    pub(crate) tensors: BTreeMap<String, Window<'a>>,
    /// True if the file declares that its tensors are in this library's order.
    is_marked: bool,
}

impl<'a> Archive<'a> {
    pub(crate) fn note(&mut self, name: &str, value: impl Display) {
        self.notes.insert(name.to_owned(), value.to_string());
    }

    pub(crate) fn tensor<T: Scalar>(&mut self, name: impl Into<String>, dims: Vec<usize>, numbers: &'a [T]) {
        self.tensors.insert(name.into(), Window::new(dims, numbers));
    }

    /// Adds a flat vector.
    pub(crate) fn vector<T: Scalar>(&mut self, name: impl Into<String>, numbers: &'a [T]) {
        self.tensor(name, vec![numbers.len()], numbers);
    }

    /// Returns the file's bytes; `path` is the file's name in messages.
    pub(crate) fn encode(&self, path: &Path) -> Result<Vec<u8>> {
        let own = [(LAYOUT, INPUTS_FIRST), (CHECKSUM, UNKNOWN)];
        let notes = self.notes.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(own);
        let notes = notes.map(|(name, value)| (format!("{OURS}{name}"), value.to_owned()));
        let notes: BTreeMap<String, String> = notes.collect();
        let encoded = safetensors::serialize(&self.tensors, Some(notes.clone().into_iter().collect()));
        let bad = |error| damaged(path, error, "tensors that a file can hold");
        let mut bytes = encoded.map_err(bad)?;
        sort_notes(&mut bytes, notes).map_err(bad)?.ok_or_else(|| {
            damaged(path, "notes elsewhere in the header", "those that were written at its beginning")
        })?;
        let checksum = crc32fast::hash(&bytes);
        let place = checksum_place(&bytes, &format!("{OURS}{CHECKSUM}"))
            .ok_or_else(|| damaged(path, "no place for the checksum", "a header with its notes"))?;
        bytes[place..][..UNKNOWN.len()].copy_from_slice(format!("{checksum:08x}").as_bytes());
        Ok(bytes)
    }

    /// Reads an archive from a file's bytes.
    ///
    /// A file of this library is refused if its checksum does not match its bytes. Notes of other programs are ignored.
    pub(crate) fn decode(path: &Path, bytes: &'a [u8]) -> Result<Self> {
        let bad = |error| damaged(path, error, "a whole file of safetensors");
        let (_, metadata): (_, Metadata) = SafeTensors::read_metadata(bytes).map_err(bad)?;
        let file = SafeTensors::deserialize(bytes).map_err(bad)?;
        let window = |view: safetensors::tensor::TensorView<'a>| Window {
            dtype: view.dtype(),
            dims: view.shape().to_vec(),
            bytes: Cow::Borrowed(view.data()),
        };
        let noted =
            || metadata.metadata().iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()));
        let is_earlier = is_earlier(noted);
        let notes: BTreeMap<_, _> = noted()
            .filter_map(|(name, value)| {
                let name = if is_earlier { name } else { name.strip_prefix(OURS)? };
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        if is_earlier || notes.keys().any(|name| name != LAYOUT) {
            verify(path, bytes, &if is_earlier { CHECKSUM.to_owned() } else { format!("{OURS}{CHECKSUM}") })?;
        }
        if let Some(layout) = notes.get(LAYOUT).filter(|layout| *layout != INPUTS_FIRST) {
            return Err(Error::Format {
                path: path.to_owned(),
                what: format!("{OURS}{LAYOUT}"),
                found: format!("`{layout}`"),
                expected: format!("`{INPUTS_FIRST}`"),
            });
        }
        Ok(Self {
            is_marked: is_earlier || notes.contains_key(LAYOUT),
            notes,
            tensors: file.tensors().into_iter().map(|(name, view)| (name, window(view))).collect(),
        })
    }

    pub(crate) fn has_checksum(&self) -> bool {
        self.notes.contains_key(CHECKSUM)
    }
}

fn damaged(path: &Path, found: impl Display, expected: &str) -> Error {
    Error::Format {
        path: path.to_owned(),
        what: "the file".to_owned(),
        found: found.to_string(),
        expected: expected.to_owned(),
    }
}

/// Returns true if notes are those of a file that an earlier version of this library wrote.
///
/// Other programs may use the same names, but hardly all of them, with a checksum of 8 digits, a fingerprint of 16 and
/// lines of layers that contain a tab.
fn is_earlier<'a, I: Iterator<Item = (&'a str, &'a str)>>(noted: impl Fn() -> I) -> bool {
    let [checksum, fingerprint, layers, network] =
        EARLIER.map(|name| noted().find(|(found, _)| *found == name).map(|(_, value)| value));
    let is_long = |text: Option<&str>, len| text.is_some_and(|text| text.len() == len);
    let has_layers = layers.is_some_and(|text| text.is_empty() || text.contains('\t'));
    is_long(checksum, UNKNOWN.len()) && is_long(fingerprint, 16) && has_layers && network.is_some()
}

/// Sorts the notes of a header by their names: safetensors writes them in the random order of a hash map, and two files
/// of one model should be the same. Returns `None` if the notes are not where they are expected.
fn sort_notes(bytes: &mut [u8], notes: BTreeMap<String, String>) -> Result<Option<()>, SafeTensorError> {
    const START: &str = "{\"__metadata__\":{";
    let mut sorted = String::from(START);
    for note in notes {
        if sorted.len() > START.len() {
            sorted.push(',');
        }
        // the header of a file that holds this note alone, so that it is escaped in the same way
        let alone = safetensors::serialize(
            BTreeMap::<String, &Window<'_>>::new(),
            Some(std::iter::once(note).collect()),
        )?;
        let header = alone.get(8..).and_then(|header| std::str::from_utf8(header).ok());
        let note = header.and_then(|header| header.trim_end().strip_prefix(START)?.strip_suffix("}}"));
        let Some(note) = note else { return Ok(None) };
        sorted.push_str(note);
    }
    sorted.push('}');
    // the same notes in another order are as long
    let Some(place) = bytes.get_mut(8..).and_then(|header| header.get_mut(..sorted.len())) else {
        return Ok(None);
    };
    if !place.starts_with(START.as_bytes()) || !place.ends_with(b"}") {
        return Ok(None);
    }
    place.copy_from_slice(sorted.as_bytes());
    Ok(Some(()))
}

/// Returns the position in the header of the checksum's digits, which are noted under `name`.
fn checksum_place(bytes: &[u8], name: &str) -> Option<usize> {
    let length = usize::try_from(u64::from_le_bytes(*bytes.first_chunk()?)).ok()?;
    let header = bytes.get(8..)?.get(..length)?;
    let key = format!("\"{name}\":\"");
    let at = header.windows(key.len()).position(|window| window == key.as_bytes())?;
    let place = 8 + at + key.len();
    bytes.get(place..)?.get(..UNKNOWN.len()).map(|_| place)
}

/// Verifies the checksum of a file, noted under `name`: of all its bytes, with the checksum's own digits taken as
/// zeros.
fn verify(path: &Path, bytes: &[u8], name: &str) -> Result<()> {
    let Some(place) = checksum_place(bytes, name) else {
        let expected =
            format!("one: the file is damaged, or was changed (and should then keep `{OURS}{LAYOUT}` alone)");
        return Err(damaged(path, format!("no `{name}` beside other notes of plywood"), &expected));
    };
    let (before, rest) = bytes.split_at(place);
    let (digits, after) = rest.split_at(UNKNOWN.len());
    let mut hasher = crc32fast::Hasher::new();
    for part in [before, UNKNOWN.as_bytes(), after] {
        hasher.update(part);
    }
    let expected = format!("{:08x}", hasher.finalize());
    if digits == expected.as_bytes() {
        Ok(())
    } else {
        let found = format!("the checksum {}", String::from_utf8_lossy(digits));
        let expected = format!("{expected}, that of its bytes: the file is damaged");
        Err(damaged(path, found, &expected))
    }
}

/// Returns the index of the first number that is not finite.
pub(crate) fn not_finite<T: Scalar>(numbers: &[T]) -> Option<usize> {
    numbers.iter().position(|number| !number.to_f64().is_finite())
}

/// Formats the index of a number in a tensor: `[2][0]`.
pub(crate) fn index(dims: &[usize], mut at: usize) -> String {
    let mut text = String::new();
    for side in dims.iter().rev() {
        text.insert_str(0, &format!("[{}]", at % side.max(&1)));
        at /= side.max(&1);
    }
    text
}
