//! Named tensors and notes in one file, with a checksum: what models and checkpoints are saved as.
//!
//! The container is [safetensors](https://github.com/huggingface/safetensors): a header in JSON, then the numbers, the
//! lowest byte first. The checksum is a note in the header, and so the file is read by every program that reads
//! safetensors.

mod architecture;
mod atomic;
mod model;
mod names;
mod preprocessing;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

pub(crate) use architecture::Architecture;
pub(crate) use atomic::{previous, replace};
pub(crate) use model::{STATE, read, read_model, write_model};
pub(crate) use names::check_names;
pub(crate) use preprocessing::{read_vectors, write_vectors};
use safetensors::tensor::{Dtype, Metadata, SafeTensors, View};

use crate::{Error, Result, Scalar};

/// The note that holds the checksum.
const CHECKSUM: &str = "checksum";
/// The checksum of a file in which it is not written yet.
const UNKNOWN: &str = "00000000";

/// A tensor as the file has it.
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

    /// Its numbers, rounded if the file's are more precise; `None` if they are neither `f32` nor `f64`.
    pub(crate) fn numbers<T: Scalar>(&self) -> Option<Vec<T>> {
        match self.dtype {
            Dtype::F32 => Some(self.as_stored::<f32>().map(|x| T::of(x.into())).collect()),
            Dtype::F64 => Some(self.as_stored::<f64>().map(T::of).collect()),
            _ => None,
        }
    }

    /// What its numbers are called.
    pub(crate) fn precision(&self) -> String {
        format!("{:?}", self.dtype).to_lowercase()
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
}

impl<'a> Archive<'a> {
    pub(crate) fn note(&mut self, name: &str, value: impl Display) {
        self.notes.insert(name.to_owned(), value.to_string());
    }

    pub(crate) fn tensor<T: Scalar>(&mut self, name: impl Into<String>, dims: Vec<usize>, numbers: &'a [T]) {
        self.tensors.insert(name.into(), Window::new(dims, numbers));
    }

    /// A flat vector.
    pub(crate) fn vector<T: Scalar>(&mut self, name: impl Into<String>, numbers: &'a [T]) {
        self.tensor(name, vec![numbers.len()], numbers);
    }

    /// The file's bytes, `path` being what messages call it.
    pub(crate) fn encode(&self, path: &Path) -> Result<Vec<u8>> {
        let mut notes = self.notes.clone();
        notes.insert(CHECKSUM.to_owned(), UNKNOWN.to_owned());
        let encoded = safetensors::serialize(&self.tensors, Some(notes.into_iter().collect()));
        let mut bytes = encoded.map_err(|error| damaged(path, error, "tensors that a file can hold"))?;
        let checksum = crc32fast::hash(&bytes);
        let place = checksum_place(&bytes)
            .ok_or_else(|| damaged(path, "no place for the checksum", "a header with its notes"))?;
        bytes[place..][..UNKNOWN.len()].copy_from_slice(format!("{checksum:08x}").as_bytes());
        Ok(bytes)
    }

    /// What a file's bytes say. A file with a checksum is refused if it is not that of its bytes.
    pub(crate) fn decode(path: &Path, bytes: &'a [u8]) -> Result<Self> {
        verify(path, bytes)?;
        let bad = |error| damaged(path, error, "a whole file of safetensors");
        let (_, metadata): (_, Metadata) = SafeTensors::read_metadata(bytes).map_err(bad)?;
        let file = SafeTensors::deserialize(bytes).map_err(bad)?;
        let window = |view: safetensors::tensor::TensorView<'a>| Window {
            dtype: view.dtype(),
            dims: view.shape().to_vec(),
            bytes: Cow::Borrowed(view.data()),
        };
        let notes = metadata.metadata().iter().flatten();
        Ok(Self {
            notes: notes.map(|(name, value)| (name.clone(), value.clone())).collect(),
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

/// Where in the header the checksum's digits are.
fn checksum_place(bytes: &[u8]) -> Option<usize> {
    let length = usize::try_from(u64::from_le_bytes(*bytes.first_chunk()?)).ok()?;
    let header = bytes.get(8..)?.get(..length)?;
    let key = format!("\"{CHECKSUM}\":\"");
    let at = header.windows(key.len()).position(|window| window == key.as_bytes())?;
    let place = 8 + at + key.len();
    bytes.get(place..)?.get(..UNKNOWN.len()).map(|_| place)
}

/// Compares the checksum of a file that has one: of all its bytes, the checksum's own digits taken for zeros.
fn verify(path: &Path, bytes: &[u8]) -> Result<()> {
    let Some(place) = checksum_place(bytes) else { return Ok(()) };
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

/// `5×5×6×16`
fn sides(dims: &[usize]) -> String {
    let sides: Vec<_> = dims.iter().map(usize::to_string).collect();
    if sides.is_empty() { "a single number".to_owned() } else { sides.join("×") }
}
