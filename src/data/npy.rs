//! Reads numpy arrays: npy files and, with the feature `npz`, archives of them.
//!
//! A file begins with the bytes `\x93NUMPY`, a version and the length of its header. The header is a Python dictionary
//! with the type, order and shape; the numbers follow (NEP 1, "A simple file format for numpy arrays"). Supported types
//! are bytes, integers and floating-point numbers of up to 64 bits in either byte order, and booleans. Supported orders
//! are C, in which the last index moves fastest, and Fortran.

use std::io::Read;
use std::path::Path;

use crate::core::Shape;
use crate::data::Examples;
use crate::data::source::{Source, reserve};
use crate::error::Result;

mod header;
#[cfg(feature = "npz")]
mod npz;

use header::{Header, Number};
#[cfg(feature = "npz")]
pub use npz::Npz;

/// An array: its shape, and its numbers in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    name: String,
    shape: Vec<usize>,
    values: Values,
}

/// The numbers: bytes as bytes, everything else as `f64`, which is exact for integers up to 2⁵³.
#[derive(Debug, Clone, PartialEq)]
enum Values {
    Bytes(Vec<u8>),
    Numbers(Vec<f64>),
}

/// Reads a file, plain or compressed with gzip.
///
/// ```no_run
/// use plywood::Image;
/// use plywood::data::npy;
///
/// let images = npy::load("images.npy")?;
/// let labels = npy::load("labels.npy")?;
/// let examples = images.examples::<Image<28, 28, 1>>(&labels)?;
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when it cannot be read; [`Error::Format`](crate::Error::Format) when it is not an
/// array of numbers, or holds less or more than its header says.
pub fn load(path: impl AsRef<Path>) -> Result<Array> {
    of(Source::open(path.as_ref())?)
}

/// Reads an array from any reader; error messages call it `array`.
///
/// # Errors
/// The same as [`load`].
pub fn read(bytes: impl Read) -> Result<Array> {
    of(Source::of("array", bytes)?)
}

fn of(mut source: Source<'_>) -> Result<Array> {
    let Header { number, fortran, shape } = Header::read(&mut source)?;
    let count = shape.iter().try_fold(1_usize, |count, &side| count.checked_mul(side));
    let len = count.and_then(|count| count.checked_mul(number.size())).filter(|&len| len < usize::MAX);
    let (Some(count), Some(len)) = (count, len) else {
        return Err(source.error("shape", written(&shape), "a number of bytes that memory can hold"));
    };
    let bytes = source.read(len + 1)?;
    if bytes.len() != len {
        let found = if bytes.len() < len { bytes.len().to_string() } else { "more".to_owned() };
        return Err(source.error("bytes after the header", found, format!("{len}, as the header says")));
    }
    let values = match number {
        Number::Byte => Values::Bytes(ordered(&source, bytes, &shape, fortran)?),
        Number::Other { .. } => {
            let mut numbers = Vec::new();
            source.reserve(&mut numbers, count)?;
            numbers.extend(bytes.chunks_exact(number.size()).map(|bytes| number.of(bytes)));
            drop(bytes);
            Values::Numbers(ordered(&source, numbers, &shape, fortran)?)
        }
    };
    Ok(Array { name: source.path().display().to_string(), shape, values })
}

/// Returns the numbers in C order.
fn ordered<N: Copy>(source: &Source<'_>, numbers: Vec<N>, shape: &[usize], fortran: bool) -> Result<Vec<N>> {
    if !fortran || numbers.is_empty() {
        return Ok(numbers);
    }
    let mut ordered = Vec::new();
    source.reserve(&mut ordered, numbers.len())?;
    let mut index = vec![0; shape.len()];
    let strides: Vec<usize> =
        shape.iter().scan(1, |stride, &side| Some(std::mem::replace(stride, *stride * side))).collect();
    let mut place = 0;
    let mut step = |numbers: &[N]| {
        let number = numbers[place];
        // increments the index, last side first
        for side in (0..shape.len()).rev() {
            index[side] += 1;
            place += strides[side];
            if index[side] < shape[side] {
                break;
            }
            place -= strides[side] * shape[side];
            index[side] = 0;
        }
        number
    };
    ordered.extend((0..numbers.len()).map(|_| step(&numbers)));
    Ok(ordered)
}

/// Formats a shape as numpy writes it.
fn written(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("({}{})", sides.join(", "), if shape.len() == 1 { "," } else { "" })
}

impl Array {
    /// Returns the length of each side.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns a copy of all numbers in C order, 8 bytes each: for an array of bytes, eight times its own size. Without
    /// enough memory the process aborts, while [`examples`](Self::examples) returns an error.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        match &self.values {
            Values::Bytes(bytes) => bytes.iter().map(|&byte| f64::from(byte)).collect(),
            Values::Numbers(numbers) => numbers.clone(),
        }
    }

    /// Makes examples, numbered by the first index, with the whole numbers of another array as labels. Bytes are kept
    /// as bytes and read as value / 255; other numbers are kept as `f32` and read unchanged.
    ///
    /// The number of classes is not known here: [`Examples::check_classes`] checks the labels against one.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) when an example does not have the size of shape `S`, when there is not one
    /// label for each example, when a label is not a whole number from 0 to 2⁵³, or when a number is infinite, NaN or
    /// too large for `f32`; [`Error::Io`](crate::Error::Io) when memory does not suffice.
    pub fn examples<S: Shape>(self, labels: &Self) -> Result<Examples<S>> {
        let count = self.shape.first().copied().unwrap_or(0);
        if count == 0
            || self.shape[1..].iter().try_fold(1, |len: usize, &side| len.checked_mul(side)) != Some(S::LEN)
        {
            let expected = format!("examples of shape {}, {} numbers each", S::DIMS, S::LEN);
            return Err(self.error("shape", &written(&self.shape), &expected));
        }
        let labels = labels.labels(count)?;
        match self.values {
            Values::Bytes(bytes) => Examples::from_bytes(bytes, labels),
            Values::Numbers(ref numbers) => {
                let mut rounded = Vec::new();
                reserve(Path::new(&self.name), &mut rounded, numbers.len())?;
                for (at, &number) in numbers.iter().enumerate() {
                    if !(number as f32).is_finite() {
                        let what = format!("number {} of example {}", at % S::LEN, at / S::LEN);
                        return Err(self.error(
                            &what,
                            &number.to_string(),
                            "a finite number that `f32` holds",
                        ));
                    }
                    rounded.push(number as f32);
                }
                Examples::from_numbers(rounded, labels)
            }
        }
    }

    /// Converts the numbers to labels.
    #[expect(clippy::cast_sign_loss, reason = "checked to be at least 0")]
    fn labels(&self, count: usize) -> Result<Vec<usize>> {
        /// The largest label: above it, `f64` cannot distinguish all whole numbers.
        const MOST: f64 = (1_u64 << 53) as f64;

        if self.shape != [count] {
            return Err(self.error(
                "shape of labels",
                &written(&self.shape),
                &format!("{}, one for each example", written(&[count])),
            ));
        }
        let mut labels = Vec::new();
        reserve(Path::new(&self.name), &mut labels, count)?;
        for at in 0..count {
            let number = match &self.values {
                Values::Bytes(bytes) => f64::from(bytes[at]),
                Values::Numbers(numbers) => numbers[at],
            };
            if !(0.0..=MOST).contains(&number) || number.fract() != 0.0 {
                let expected = "a whole number from 0 to 2⁵³";
                return Err(self.error(&format!("label {at}"), &number.to_string(), expected));
            }
            labels.push(number as usize);
        }
        Ok(labels)
    }

    fn error(&self, what: &str, found: &str, expected: &str) -> crate::error::Error {
        crate::error::Error::data(format!("{}, {what}", self.name), found, expected)
    }
}
