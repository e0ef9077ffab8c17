//! Reads CIFAR-10 and CIFAR-100 in their binary form: small color images of 10 or 100 classes (Krizhevsky 2009).
//!
//! A file is a sequence of records. Each record is the label, one byte (CIFAR-100 has two, for the coarse and the fine
//! class), then 1,024 bytes of red, 1,024 of green and 1,024 of blue, row by row. In memory the channels of an image
//! come last, as everywhere in this library.
//!
//! Nothing is downloaded. Both sets are on their author's page, <https://www.cs.toronto.edu/~kriz/cifar.html>:
//!
//! ```text
//! curl -O https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz && tar -xzf cifar-10-binary.tar.gz
//! curl -O https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz && tar -xzf cifar-100-binary.tar.gz
//! ```

use std::io::Read;
use std::path::Path;

use crate::core::Image;
use crate::data::Examples;
use crate::data::source::{Source, find};
use crate::error::Result;

/// The shape of the images.
pub type Color = Image<32, 32, 3>;

/// The names of the classes of CIFAR-10, by label.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The number of records in a training file of CIFAR-10, and in the test file of either set.
const TEN_THOUSAND: usize = 10_000;
/// The number of records in the training file of CIFAR-100.
const FIFTY_THOUSAND: usize = 50_000;

/// The number of pixels of an image.
const PIXELS: usize = 32 * 32;

/// The choice between the two labels of a CIFAR-100 record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// The 20 coarse classes.
    Coarse,
    /// The 100 fine classes.
    Fine,
}

/// The layout of the labels at the beginning of a record.
#[derive(Debug, Clone, Copy)]
struct RecordLayout {
    /// The number of bytes before the image.
    labels: usize,
    /// The position of the label among them.
    label: usize,
    classes: usize,
}

impl RecordLayout {
    const TEN: Self = Self { labels: 1, label: 0, classes: 10 };

    const fn hundred(labels: Labels) -> Self {
        match labels {
            Labels::Coarse => Self { labels: 2, label: 0, classes: 20 },
            Labels::Fine => Self { labels: 2, label: 1, classes: 100 },
        }
    }
}

/// Reads CIFAR-10 from the folder `cifar-10-batches-bin`: 50,000 training examples and 10,000 test examples.
///
/// The files are `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`; each name may also end in `.gz`. A file
/// may hold fewer records than the set has, but not more; [`read10`] reads any number.
///
/// ```no_run
/// use plywood::data::cifar;
///
/// let (train, test) = cifar::cifar10("data/cifar-10-batches-bin")?;
/// assert_eq!(cifar::CLASSES[train.label(0)], "frog");
/// # Ok::<(), plywood::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when a file cannot be read; [`Error::Format`](crate::Error::Format) when a file does
/// not hold whole records, holds too many, or has a label that is not a class.
pub fn cifar10(folder: impl AsRef<Path>) -> Result<(Examples<Color>, Examples<Color>)> {
    let folder = folder.as_ref();
    let mut train = Content::default();
    for batch in 1..=5 {
        let path = find(folder, &[&format!("data_batch_{batch}.bin")])?;
        train.add(Source::open(&path)?, RecordLayout::TEN, TEN_THOUSAND)?;
    }
    let mut test = Content::default();
    test.add(Source::open(&find(folder, &["test_batch.bin"])?)?, RecordLayout::TEN, TEN_THOUSAND)?;
    Ok((train.examples(), test.examples()))
}

/// Reads CIFAR-100 from the folder `cifar-100-binary`: 50,000 training examples and 10,000 test examples.
///
/// The files are `train.bin` and `test.bin`; each name may also end in `.gz`. A file may not hold more records than the
/// set has; [`read100`] reads any number.
///
/// # Errors
/// The same as [`cifar10`].
pub fn cifar100(folder: impl AsRef<Path>, labels: Labels) -> Result<(Examples<Color>, Examples<Color>)> {
    let part = |name: &str, most: usize| -> Result<Examples<Color>> {
        let mut content = Content::default();
        content.add(Source::open(&find(folder.as_ref(), &[name])?)?, RecordLayout::hundred(labels), most)?;
        Ok(content.examples())
    };
    Ok((part("train.bin", FIFTY_THOUSAND)?, part("test.bin", TEN_THOUSAND)?))
}

/// Reads CIFAR-10 records from any reader, including a file; error messages call it `records`.
///
/// # Errors
/// The same as [`cifar10`].
pub fn read10(records: impl Read) -> Result<Examples<Color>> {
    read(records, RecordLayout::TEN)
}

/// Reads CIFAR-100 records from any reader, including a file; error messages call it `records`.
///
/// # Errors
/// The same as [`cifar10`].
pub fn read100(records: impl Read, labels: Labels) -> Result<Examples<Color>> {
    read(records, RecordLayout::hundred(labels))
}

fn read(records: impl Read, record: RecordLayout) -> Result<Examples<Color>> {
    let mut content = Content::default();
    content.add(Source::of("records", records)?, record, usize::MAX)?;
    Ok(content.examples())
}

/// The images and labels read so far.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    labels: Vec<usize>,
}

impl Content {
    /// Adds the records of a file, which may hold at most `most`.
    fn add(&mut self, mut source: Source<'_>, record: RecordLayout, most: usize) -> Result<()> {
        /// The number of records that are read at once.
        const CHUNK: usize = 1000;

        let len = record.labels + 3 * PIXELS;
        let before = self.labels.len();
        loop {
            let records = source.read(CHUNK * len)?;
            let count = records.len().div_ceil(len);
            if self.labels.len() - before + count > most {
                let found = format!("more than {most}");
                let expected = format!("at most {most}, as this file of the set has");
                return Err(source.error("number of records", found, expected));
            }
            source.reserve(&mut self.bytes, count * 3 * PIXELS)?;
            source.reserve(&mut self.labels, count)?;
            for bytes in records.chunks(len) {
                let what = || format!("record {}, counted from 0", self.labels.len() - before);
                if bytes.len() < len {
                    let found = format!("{} bytes", bytes.len());
                    return Err(source.error(&what(), found, format!("{len} bytes")));
                }
                let label = usize::from(bytes[record.label]);
                if label >= record.classes {
                    let expected = format!("a class from 0 to {}", record.classes - 1);
                    return Err(source.error(&format!("label of {}", what()), label.to_string(), expected));
                }
                self.labels.push(label);
                let [red, green, blue] = [0, 1, 2].map(|c| &bytes[record.labels + c * PIXELS..][..PIXELS]);
                let pixels = red.iter().zip(green).zip(blue);
                self.bytes.extend(pixels.flat_map(|((&red, &green), &blue)| [red, green, blue]));
            }
            if records.len() < CHUNK * len {
                break;
            }
        }
        if self.labels.len() == before {
            return Err(source.error("number of records", "0", "at least 1"));
        }
        Ok(())
    }

    fn examples(self) -> Examples<Color> {
        Examples::of_bytes(self.bytes, self.labels)
    }
}
