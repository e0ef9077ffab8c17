//! Tests every way in which a file can be wrong, on files made here.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::data::{Dataset, Random};

type Small = Image<2, 3, 1>;

/// A temporary folder, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plywood-idx-{}-{count}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Makes an IDX file of unsigned bytes.
fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, UNSIGNED_BYTES, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend_from_slice(data);
    bytes
}

/// Makes two images of 2×3 pixels.
fn images() -> Vec<u8> {
    idx(&[2, 2, 3], &[0, 51, 102, 153, 204, 255, 6, 7, 8, 9, 10, 11])
}

fn labels() -> Vec<u8> {
    idx(&[2], &[7, 3])
}

fn load_bytes<S: ImageShape>(images: &[u8], labels: &[u8]) -> Result<Examples<S>> {
    let folder = Folder::new();
    load::<S>(folder.write("images", images), folder.write("labels", labels))
}

#[cfg(feature = "gzip")]
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn reads_what_was_written() {
    let examples = load_bytes::<Small>(&images(), &labels()).unwrap();
    assert_eq!(examples.labels(), [7, 3]);
    assert_eq!(examples.example(0), [[[0.0], [0.2], [0.4]], [[0.6], [0.8], [1.0]]]);
    assert_eq!(examples.example(1)[1][2][0], 11.0 / 255.0);
}

#[test]
fn reads_channels_as_the_fourth_dimension() {
    let color = idx(&[1, 1, 2, 3], &[0, 51, 102, 153, 204, 255]);
    let examples = load_bytes::<Image<1, 2, 3>>(&color, &idx(&[1], &[0])).unwrap();
    assert_eq!(examples.example(0), [[[0.0, 0.2, 0.4], [0.6, 0.8, 1.0]]]);
}

#[cfg(feature = "gzip")]
#[test]
fn tells_compressed_files_by_their_content() {
    let plain = load_bytes::<Small>(&images(), &labels()).unwrap();
    assert!(load_bytes::<Small>(&gzip(&images()), &labels()).unwrap() == plain);
    assert!(load_bytes::<Small>(&images(), &gzip(&labels())).unwrap() == plain);
}

#[cfg(not(feature = "gzip"))]
#[test]
fn names_the_feature_that_compressed_files_need() {
    let error = load_bytes::<Small>(&[0x1f, 0x8b, 8, 0], &labels()).unwrap_err().to_string();
    assert!(error.contains("images: compression: found gzip") && error.contains("feature `gzip`"), "{error}");
}

struct Case {
    images: Vec<u8>,
    labels: Vec<u8>,
    /// The expected error: the file's name and everything after it.
    error: &'static str,
}

fn check(cases: Vec<Case>) {
    for Case { images, labels, error } in cases {
        match load_bytes::<Small>(&images, &labels) {
            Ok(_) => panic!("expected the error: {error}"),
            Err(found) => {
                let found = found.to_string();
                let folder = std::env::temp_dir();
                assert!(found.starts_with(&*folder.to_string_lossy()), "{found}");
                assert!(found.ends_with(error), "\n   found {found}\nexpected {error}");
            }
        }
    }
}

#[test]
fn each_mistake_in_a_file_has_its_error() {
    let promised = |count: u32, len: usize| idx(&[count, 2, 3], &vec![0; len]);
    let cut = |bytes: Vec<u8>, len: usize| bytes[..len].to_vec();
    let magic = |magic: [u8; 4]| [&magic[..], &images()[4..]].concat();
    let case = |images, labels, error| Case { images, labels, error };
    check(vec![
        case(vec![], labels(), "images: length: found an empty file, expected an IDX file"),
        case(images(), vec![], "labels: length: found an empty file, expected an IDX file"),
        case(
            cut(images(), 3),
            labels(),
            "images: header: found the end of the file after 3 bytes, expected 4",
        ),
        case(
            cut(images(), 11),
            labels(),
            "images: header: found the end of the file after 7 bytes, expected 12",
        ),
        case(
            cut(images(), 27),
            labels(),
            "images: bytes after the header: found 11, expected 12, as the header says",
        ),
        case(
            images(),
            cut(labels(), 9),
            "labels: bytes after the header: found 1, expected 2, as the header says",
        ),
        case(
            [images(), vec![0]].concat(),
            labels(),
            "images: bytes after the header: found more, expected 12, as the header says",
        ),
        case(
            images(),
            [labels(), vec![0]].concat(),
            "labels: bytes after the header: found more, expected 2, as the header says",
        ),
        case(
            magic(*b"\x89PNG"),
            labels(),
            "images: magic number of an IDX file: found 89 50 4e 47, expected 00 00 08 and the number of dimensions",
        ),
        case(
            magic([0, 0, 0x0d, 3]),
            labels(),
            "images: type of numbers: found 0x0d, expected 0x08, unsigned bytes",
        ),
        case(
            magic([0, 0, 8, 2]),
            labels(),
            "images: kind of file: found 2 dimensions, expected an image file (3 or 4 dimensions)",
        ),
        case(
            labels(),
            images(),
            "images: kind of file: found a label file (1 dimension), \
             expected an image file (3 or 4 dimensions); are the two paths swapped?",
        ),
        case(
            images(),
            images(),
            "labels: kind of file: found an image file (3 or 4 dimensions), \
             expected a label file (1 dimension); are the two paths swapped?",
        ),
        case(idx(&[2, 3, 2], &[0; 12]), labels(), "images: shape of an image: found 3×2×1, expected 2×3×1"),
        case(
            idx(&[2, 2, 3, 3], &[0; 36]),
            labels(),
            "images: shape of an image: found 2×3×3, expected 2×3×1",
        ),
        case(idx(&[0, 2, 3], &[]), idx(&[0], &[]), "images: number of images: found 0, expected at least 1"),
        case(
            promised(u32::MAX, 12),
            idx(&[u32::MAX], &[7, 3]),
            "labels: bytes after the header: found 2, expected 4294967295, as the header says",
        ),
    ]);
}

#[test]
fn different_counts_name_both_files() {
    let error = load_bytes::<Small>(&images(), &idx(&[3], &[1, 2, 3])).unwrap_err().to_string();
    assert!(
        error.contains("labels: number of labels: found 3, expected 2, one for each image of "),
        "{error}"
    );
    assert!(error.ends_with("images"), "{error}");
}

#[test]
fn no_memory_is_taken_on_a_promise() {
    let cases = [
        (
            [1 << 31, 1 << 31, 1],
            "bytes after the header: found 0, expected 4611686018427387904, as the header says",
        ),
        (
            [1 << 31, 1 << 31, 4],
            "dimensions: found 2147483648×2147483648×4, expected a number of bytes that memory can hold",
        ),
    ];
    for (dims, expected) in cases {
        let folder = Folder::new();
        let path = folder.write("images", &idx(&dims, &[]));
        let idx = Source::open(&path).and_then(|source| Idx::new(source, Kind::Images));
        let error = idx.and_then(Idx::data).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[cfg(feature = "gzip")]
#[test]
fn damaged_compression_is_an_error() {
    let whole = gzip(&images());
    for len in 2..whole.len() {
        let error = load_bytes::<Small>(&whole[..len], &labels()).unwrap_err().to_string();
        assert!(error.contains("images: compressed data: found the end of the file"), "{len}: {error}");
    }
    let mut checksum = whole.clone();
    checksum[whole.len() - 8] ^= 1;
    let trailing = [whole, vec![1]].concat();
    for damaged in [checksum, trailing] {
        let error = load_bytes::<Small>(&damaged, &labels()).unwrap_err().to_string();
        assert!(error.contains("images: "), "{error}");
    }
}

#[cfg(feature = "gzip")]
#[test]
fn decompresses_no_more_than_the_header_says() {
    // the end of the compressed data is missing: reading that far gives another error
    let bomb = gzip(&[images(), vec![0; 4 << 20]].concat());
    let bomb = &bomb[..bomb.len() - 1];
    let error = load_bytes::<Small>(bomb, &labels()).unwrap_err().to_string();
    assert!(
        error.ends_with("bytes after the header: found more, expected 12, as the header says"),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new();
    let error = load::<Small>(folder.0.join("none"), folder.write("labels", &labels())).unwrap_err();
    assert!(matches!(&error, Error::Io { path, action: "open", .. } if path.ends_with("none")), "{error}");
    let error = mnist(&folder.0).unwrap_err().to_string();
    assert!(error.contains("train-images-idx3-ubyte: cannot open: no such file"), "{error}");
    let folder_as_file = load::<Small>(&folder.0, folder.0.join("labels")).unwrap_err();
    assert!(matches!(folder_as_file, Error::Io { .. }), "{folder_as_file}");
}

#[test]
fn mnist_takes_plain_and_compressed_files() {
    let folder = Folder::new();
    let picture = |count: u32| idx(&[count, 28, 28], &vec![9; 784 * count as usize]);
    folder.write("train-images-idx3-ubyte", &picture(2));
    folder.write("train-labels-idx1-ubyte", &idx(&[2], &[4, 9]));
    folder.write("t10k-images-idx3-ubyte", &picture(1));
    let last = idx(&[1], &[5]);
    #[cfg(feature = "gzip")]
    folder.write("t10k-labels-idx1-ubyte.gz", &gzip(&last));
    #[cfg(not(feature = "gzip"))]
    folder.write("t10k-labels-idx1-ubyte.gz", &last);
    let (train, test) = mnist(&folder.0).unwrap();
    assert_eq!((train.labels(), test.labels()), (&[4, 9][..], &[5][..]));

    folder.write("train-labels-idx1-ubyte", &idx(&[2], &[4, 10]));
    let error = mnist(&folder.0).unwrap_err().to_string();
    let file = folder.0.join("train-labels-idx1-ubyte");
    let expected =
        format!("{}: label 1, counted from 0: found 10, expected a class from 0 to 9", file.display());
    assert_eq!(error, expected);
}

#[cfg(feature = "gzip")]
#[test]
fn the_mnist_set() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist");
    if !folder.exists() {
        println!("skipped: there is no {}", folder.display());
        return;
    }
    let (train, test) = mnist(folder).unwrap();
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(train.labels()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(test.labels()[..5], [7, 2, 1, 0, 4]);
    // 0.1307 is the mean that is commonly subtracted from MNIST's pixels
    let mean = |index: usize| train.example(index).as_flattened().as_flattened().iter().sum::<f32>() / 784.0;
    let mean = (0..train.len()).map(|index| f64::from(mean(index))).sum::<f64>() / 60_000.0;
    assert!((mean - 0.1307).abs() < 5e-5, "{mean}");
}

/// Makes random bytes that are not a valid file.
fn random_bytes(random: &mut Random) -> Vec<u8> {
    let starts = [&[][..], &[0, 0, 8, 3], &[0, 0, 8, 4], &[0x1f, 0x8b, 8, 0]];
    let start = starts[random.below(starts.len())];
    let rest: Vec<u8> = (0..random.below(64)).map(|_| random.below(256) as u8).collect();
    [start, &rest].concat()
}

#[test]
fn no_bytes_make_it_panic() {
    let mut random = Random::new(1);
    for _ in 0..200 {
        let bytes = random_bytes(&mut random);
        assert!(load_bytes::<Small>(&bytes, &labels()).is_err(), "{bytes:?}");
    }
}

#[test]
fn no_mutation_makes_it_panic() {
    let mut random = Random::new(2);
    for _ in 0..200 {
        let pack = |bytes: Vec<u8>, compressed: bool| match compressed {
            #[cfg(feature = "gzip")]
            true => gzip(&bytes),
            _ => bytes,
        };
        let compressed = random.chance(0.5);
        let (mut images, mut labels) = (pack(images(), compressed), pack(labels(), compressed));
        let file = if random.chance(0.5) { &mut labels } else { &mut images };
        for _ in 0..=random.below(3) {
            let at = random.below(file.len());
            file[at] = random.below(256) as u8;
        }
        if random.chance(0.2) {
            file.truncate(random.below(file.len()));
        }
        if let Ok(examples) = load_bytes::<Small>(&images, &labels) {
            assert_eq!(examples.len(), 2);
        }
    }
}
