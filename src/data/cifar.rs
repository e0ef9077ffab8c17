//! CIFAR-10 and CIFAR-100 in their binary form: small colour images of 10 or 100 classes (Krizhevsky 2009).
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

use super::Examples;
use super::source::Source;
use crate::{Image, Result};

/// The shape of the images.
pub type Colour = Image<32, 32, 3>;

/// The names of the classes of CIFAR-10, by label.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

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
/// whole records, or a label is not a class.
pub fn cifar10(folder: impl AsRef<Path>) -> Result<(Examples<Colour>, Examples<Colour>)> {
    let folder = folder.as_ref();
    let mut train = Content::default();
    for batch in 1..=5 {
        train.add(Source::open(&folder.join(format!("data_batch_{batch}.bin")))?, Record::TEN)?;
    }
    let mut test = Content::default();
    test.add(Source::open(&folder.join("test_batch.bin"))?, Record::TEN)?;
    Ok((train.examples(), test.examples()))
}

/// Reads CIFAR-100 from the folder `cifar-100-binary`: 50,000 examples to train on, 10,000 to test on.
///
/// # Errors
/// As [`cifar10`].
pub fn cifar100(folder: impl AsRef<Path>, labels: Labels) -> Result<(Examples<Colour>, Examples<Colour>)> {
    let part = |name: &str| -> Result<Examples<Colour>> {
        let mut content = Content::default();
        content.add(Source::open(&folder.as_ref().join(name))?, Record::hundred(labels))?;
        Ok(content.examples())
    };
    Ok((part("train.bin")?, part("test.bin")?))
}

/// Reads records of CIFAR-10 from anything that gives bytes, a file as well; messages call it `records`.
///
/// # Errors
/// As [`cifar10`].
pub fn read10(records: impl Read) -> Result<Examples<Colour>> {
    read(records, Record::TEN)
}

/// Reads records of CIFAR-100 from anything that gives bytes, a file as well; messages call it `records`.
///
/// # Errors
/// As [`cifar10`].
pub fn read100(records: impl Read, labels: Labels) -> Result<Examples<Colour>> {
    read(records, Record::hundred(labels))
}

fn read(records: impl Read, record: Record) -> Result<Examples<Colour>> {
    let mut content = Content::default();
    content.add(Source::of("records", records)?, record)?;
    Ok(content.examples())
}

/// What was read so far.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    labels: Vec<usize>,
}

impl Content {
    fn add(&mut self, mut source: Source<'_>, record: Record) -> Result<()> {
        /// Records that are read at once.
        const CHUNK: usize = 1000;

        let len = record.labels + 3 * PIXELS;
        let before = self.labels.len();
        loop {
            let records = source.read(CHUNK * len)?;
            for (at, bytes) in records.chunks(len).enumerate() {
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
                debug_assert!(at < CHUNK);
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

    fn examples(self) -> Examples<Colour> {
        Examples::of_bytes(self.bytes, self.labels)
    }
}
