//! CIFAR-10 and CIFAR-100 in their binary form: small color images of 10 or 100 classes (Krizhevsky 2009).
//!
//! A file is one record after the other: the label, one byte (CIFAR-100 has two, of the coarse and of the fine class),
//! then 1,024 bytes of red, 1,024 of green and 1,024 of blue, row by row. In memory an image's channels are last, as
//! everywhere here.
//!
//! Nothing is downloaded. The sets come from their author's page, <https://www.cs.toronto.edu/~kriz/cifar.html>:
//!
//! ```text
//! curl -O https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz && tar -xzf cifar-10-binary.tar.gz
//! curl -O https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz && tar -xzf cifar-100-binary.tar.gz
//! ```

use std::io::Read;
use std::path::Path;

use crate::data::Examples;
use crate::data::source::{Source, find};
use crate::{Image, Result};

/// The shape of the images.
pub type Color = Image<32, 32, 3>;

/// The names of the classes of CIFAR-10, by label.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Records of a training file of CIFAR-10, and of the test file of either set.
const TEN_THOUSAND: usize = 10_000;
/// Records of the training file of CIFAR-100.
const FIFTY_THOUSAND: usize = 50_000;

/// Pixels of an image.
const PIXELS: usize = 32 * 32;

/// Which label of CIFAR-100 to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// The 20 coarse classes.
    Coarse,
    /// The 100 fine classes.
    Fine,
}

/// What a record begins with.
#[derive(Debug, Clone, Copy)]
struct Record {
    /// Bytes before the image.
    labels: usize,
    /// Which of them is the label.
    label: usize,
    classes: usize,
}

impl Record {
    const TEN: Self = Self { labels: 1, label: 0, classes: 10 };

    const fn hundred(labels: Labels) -> Self {
        match labels {
            Labels::Coarse => Self { labels: 2, label: 0, classes: 20 },
            Labels::Fine => Self { labels: 2, label: 1, classes: 100 },
        }
    }
}

/// Reads CIFAR-10 from the folder `cifar-10-batches-bin`: 50,000 examples to train on, 10,000 to test on.
///
/// The files are `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, each also with `.gz` at the end. They may
/// hold fewer records than the set has, but not more; [`read10`] reads any number.
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
/// [`Error::Io`](crate::Error::Io) when a file cannot be read, [`Error::Format`](crate::Error::Format) when one does not hold
/// whole records, or too many, or a label is not a class.
pub fn cifar10(folder: impl AsRef<Path>) -> Result<(Examples<Color>, Examples<Color>)> {
    let folder = folder.as_ref();
    let mut train = Content::default();
    for batch in 1..=5 {
        let path = find(folder, &[&format!("data_batch_{batch}.bin")])?;
        train.add(Source::open(&path)?, Record::TEN, TEN_THOUSAND)?;
    }
    let mut test = Content::default();
    test.add(Source::open(&find(folder, &["test_batch.bin"])?)?, Record::TEN, TEN_THOUSAND)?;
    Ok((train.examples(), test.examples()))
}

/// Reads CIFAR-100 from the folder `cifar-100-binary`: 50,000 examples to train on, 10,000 to test on.
///
/// The files are `train.bin` and `test.bin`, each also with `.gz` at the end, of no more records than the set has;
/// [`read100`] reads any number.
///
/// # Errors
/// As [`cifar10`].
pub fn cifar100(folder: impl AsRef<Path>, labels: Labels) -> Result<(Examples<Color>, Examples<Color>)> {
    let part = |name: &str, most: usize| -> Result<Examples<Color>> {
        let mut content = Content::default();
        content.add(Source::open(&find(folder.as_ref(), &[name])?)?, Record::hundred(labels), most)?;
        Ok(content.examples())
    };
    Ok((part("train.bin", FIFTY_THOUSAND)?, part("test.bin", TEN_THOUSAND)?))
}

/// Reads records of CIFAR-10 from anything that gives bytes, a file as well; messages call it `records`.
///
/// # Errors
/// As [`cifar10`].
pub fn read10(records: impl Read) -> Result<Examples<Color>> {
    read(records, Record::TEN)
}

/// Reads records of CIFAR-100 from anything that gives bytes, a file as well; messages call it `records`.
///
/// # Errors
/// As [`cifar10`].
pub fn read100(records: impl Read, labels: Labels) -> Result<Examples<Color>> {
    read(records, Record::hundred(labels))
}

fn read(records: impl Read, record: Record) -> Result<Examples<Color>> {
    let mut content = Content::default();
    content.add(Source::of("records", records)?, record, usize::MAX)?;
    Ok(content.examples())
}

/// What was read so far.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    labels: Vec<usize>,
}

impl Content {
    /// Adds the records of a file, of which there are `most` at most.
    fn add(&mut self, mut source: Source<'_>, record: Record, most: usize) -> Result<()> {
        /// Records that are read at once.
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
