//! Files of each format: what is read, and what each mistake is called.

use plywood::data::cifar::{self, Labels};
use plywood::data::npy::{self, Array};
use plywood::{Dataset, Flat, Image, Result};

use super::temporary::Folder;

/// A record of CIFAR: labels, then red, green and blue, each counting from a number of its own.
fn record(labels: &[u8]) -> Vec<u8> {
    let channel = |first: usize| (0..1024).map(move |i| ((i + first) % 251) as u8);
    labels.iter().copied().chain(channel(0)).chain(channel(100)).chain(channel(200)).collect()
}

fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn cifar_is_read_with_its_channels_last() {
    let examples = cifar::read10(&[record(&[3]), record(&[9])].concat()[..]).expect("two records");
    assert_eq!(examples.labels(), [3, 9]);
    let image = examples.example(1);
    for (y, x) in [(0, 0), (0, 31), (5, 7), (31, 31)] {
        let i = y * 32 + x;
        let expected = [i, i + 100, i + 200].map(|i| (i % 251) as f32 / 255.0);
        assert_eq!(image[y][x], expected, "row {y}, column {x}");
    }
    let hundred = record(&[4, 77]);
    assert_eq!(cifar::read100(&hundred[..], Labels::Coarse).expect("a record").labels(), [4]);
    assert_eq!(cifar::read100(&hundred[..], Labels::Fine).expect("a record").labels(), [77]);
}

#[test]
fn cifar_is_found_by_the_names_of_its_files() {
    let folder = Folder::new();
    for batch in 1..=5 {
        folder.write(&format!("data_batch_{batch}.bin"), &record(&[batch]));
    }
    let missing = message(cifar::cifar10(folder.path()));
    assert!(missing.contains("test_batch.bin: cannot open"), "{missing}");
    folder.write("test_batch.bin", &record(&[0]));
    let (train, test) = cifar::cifar10(folder.path()).expect("six files");
    assert_eq!((train.labels(), test.labels()), (&[1, 2, 3, 4, 5][..], &[0][..]));

    let folder = Folder::new();
    folder.write("train.bin", &[record(&[1, 20]), record(&[19, 99])].concat());
    let missing = message(cifar::cifar100(folder.path(), Labels::Fine));
    assert!(missing.contains("test.bin: cannot open"), "{missing}");
    folder.write("test.bin", &record(&[2, 30]));
    for (labels, expected) in [(Labels::Coarse, [1, 19, 2]), (Labels::Fine, [20, 99, 30])] {
        let (train, test) = cifar::cifar100(folder.path(), labels).expect("two files");
        assert_eq!([train.label(0), train.label(1), test.label(0)], expected);
        assert_eq!(train.example(1), test.example(0));
    }
}

#[test]
fn each_mistake_in_a_cifar_file_has_its_error() {
    let cases: [(Vec<u8>, &str); 4] = [
        (vec![], "records: number of records: found 0, expected at least 1"),
        (vec![1, 2], "records: record 0, counted from 0: found 2 bytes, expected 3073 bytes"),
        (
            [record(&[1]), record(&[1])[..3072].to_vec()].concat(),
            "records: record 1, counted from 0: found 3072 bytes, expected 3073 bytes",
        ),
        (record(&[10]), "records: label of record 0, counted from 0: found 10, expected a class from 0 to 9"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(message(cifar::read10(&bytes[..])), expected);
    }
    let coarse = message(cifar::read100(&record(&[20, 0])[..], Labels::Coarse));
    assert!(coarse.ends_with("found 20, expected a class from 0 to 19"), "{coarse}");
}

/// An npy file of version 1.
pub(crate) fn npy_file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(data);
    file
}

fn array(descr: &str, shape: &str, fortran: &str, data: &[u8]) -> Result<Array> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}   \n");
    npy::read(&npy_file(&header, data)[..])
}

#[test]
fn numpy_arrays_of_every_type_are_read() {
    let cases: [(&str, &[u8], f64); 12] = [
        ("|u1", &[200], 200.0),
        ("|i1", &[200], -56.0),
        ("|b1", &[1], 1.0),
        ("<u2", &[1, 2], 513.0),
        (">u2", &[1, 2], 258.0),
        ("<i2", &[0xfe, 0xff], -2.0),
        ("<i4", &[0xff, 0xff, 0xff, 0xff], -1.0),
        (">i8", &[0, 0, 0, 0, 0, 0, 1, 0], 256.0),
        ("<f4", &1.5_f32.to_le_bytes(), 1.5),
        (">f4", &(-2.25_f32).to_be_bytes(), -2.25),
        ("<f8", &0.1_f64.to_le_bytes(), 0.1),
        (">f8", &1e300_f64.to_be_bytes(), 1e300),
    ];
    for (descr, data, expected) in cases {
        let read = array(descr, "(1,)", "False", data).expect(descr);
        assert_eq!((read.shape(), &read.numbers()[..]), (&[1][..], &[expected][..]), "{descr}");
    }
}

#[test]
fn numpy_arrays_come_in_both_orders() {
    let c: Vec<u8> = (0..24).collect();
    let mut fortran = vec![0; 24];
    for (i, &byte) in c.iter().enumerate() {
        let (a, b, c) = (i / 12, i / 4 % 3, i % 4);
        fortran[a + 2 * b + 6 * c] = byte;
    }
    let c = array("|u1", "(2, 3, 4)", "False", &c).expect("an array");
    let f = array("|u1", "(2, 3, 4)", "True", &fortran).expect("an array");
    assert_eq!(c.numbers(), f.numbers());
    assert_eq!(c.numbers()[13], 13.0);
}

#[test]
fn numpy_arrays_become_examples() {
    let images = array("|u1", "(2, 1, 2)", "False", &[0, 51, 102, 255]).expect("images");
    let labels = array("<i2", "(2,)", "False", &[7, 0, 1, 0]).expect("labels");
    let examples = images.clone().examples::<Image<1, 2, 1>>(&labels).expect("examples");
    assert_eq!((examples.example(1), examples.label(0)), ([[[0.4], [1.0]]], 7));

    let wrong = message(images.clone().examples::<Flat<3>>(&labels));
    assert_eq!(wrong, "array, shape: found (2, 1, 2), expected examples of shape 3, 3 numbers each");
    let short = array("|u1", "(1,)", "False", &[0]).expect("a label");
    let wrong = message(images.clone().examples::<Flat<2>>(&short));
    assert_eq!(wrong, "array, shape of labels: found (1,), expected (2,), one for each example");
    let half = array("<f4", "(2,)", "False", &[0, 0, 0, 0, 0, 0, 0, 63]).expect("labels");
    let wrong = message(images.examples::<Flat<2>>(&half));
    assert_eq!(wrong, "array, label 1: found 0.5, expected a whole number from 0 to 2⁵³");
}

#[test]
fn each_mistake_in_a_numpy_file_has_its_error() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    let cases: [(Vec<u8>, &str); 9] = [
        (vec![], "first bytes of an npy file: found , expected"),
        (b"PK\x03\x04....".to_vec(), "first bytes of an npy file: found 50 4b 03 04"),
        (b"\x93NUMPY\x09\x00".to_vec(), "version: found 9, expected 1, 2 or 3"),
        (b"\x93NUMPY\x01\x00\x10".to_vec(), "length of the header: found the end of the file"),
        (
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(),
            "length of the header: found 4294967295, expected at most 65536",
        ),
        (npy_file("{'descr': [('a', '<f4')]}", &[]), "header: found {'descr': [('a', '<f4')]}"),
        (npy_file(&header.replace("<f4", "<c8"), &[]), "type of numbers: found <c8"),
        (npy_file(header, &[0; 7]), "bytes after the header: found 7, expected 8, as the header says"),
        (npy_file(header, &[0; 9]), "bytes after the header: found more, expected 8, as the header says"),
    ];
    for (bytes, expected) in cases {
        let found = message(npy::read(&bytes[..]));
        assert!(found.starts_with("array: ") && found.contains(expected), "{found}");
    }
    let large = npy_file("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 9999999999)}", &[]);
    assert!(message(npy::read(&large[..])).contains("a number of bytes that memory can hold"));
}

#[test]
fn archives_give_arrays_by_name() {
    use std::io::{Cursor, Write};

    use plywood::data::npy::Npz;
    use zip::write::SimpleFileOptions;

    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, method) in
        [("x.npy", zip::CompressionMethod::Stored), ("y.npy", zip::CompressionMethod::Deflated)]
    {
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).expect("a file");
        writer.write_all(&npy_file(header, name.as_bytes()[..2].as_ref())).expect("its content");
    }
    let bytes = writer.finish().expect("an archive");
    let mut archive = Npz::read(bytes).expect("an archive");
    assert_eq!(archive.names(), ["x", "y"]);
    assert_eq!(archive.array("y").expect("an array").numbers(), [f64::from(b'y'), f64::from(b'.')]);
    let missing = message(archive.array("z"));
    assert_eq!(missing, "archive: names of arrays: found [x, y], expected `z` among them");
    let wrong = message(Npz::read(Cursor::new(b"not an archive")));
    assert!(
        wrong.starts_with("archive: archive: found ") && wrong.ends_with("an archive of the zip format"),
        "{wrong}"
    );
}

#[test]
fn headers_of_older_writers_are_read() {
    // Python 2 writes long numbers with an L; keys come in any order, and not always padded
    for header in [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L), }",
        "{'shape': (2L,1L), 'fortran_order': False, 'descr': '|u1'}\n",
        "{\"descr\": \"|u1\", \"shape\": (2, 1), \"fortran_order\": False}      \n",
    ] {
        let array = npy::read(&npy_file(header, &[3, 4])[..]).expect(header);
        assert_eq!((array.shape(), &array.numbers()[..]), (&[2, 1][..], &[3.0, 4.0][..]));
    }
}

#[test]
fn every_reader_of_numbers_gives_finite_ones_and_whole_labels() {
    let floats = |numbers: &[f64]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let one = array("|u1", "(1,)", "False", &[0]).expect("a label");
    for (number, expected) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-1e300, &(-1e300_f64).to_string())]
    {
        let numbers = array("<f8", "(1, 2)", "False", &floats(&[0.0, number])).expect("an array");
        let found = message(numbers.examples::<Flat<2>>(&one));
        let expected = format!(
            "array, number 1 of example 0: found {expected}, expected a finite number that `f32` holds"
        );
        assert_eq!(found, expected);
    }
    let image = array("|u1", "(1, 2)", "False", &[0, 1]).expect("an image");
    for (label, shown) in
        [(f64::NAN, "NaN"), (-1.0, "-1"), (1e17, "100000000000000000"), (f64::INFINITY, "inf")]
    {
        let labels = array("<f8", "(1,)", "False", &floats(&[label])).expect("a label");
        let found = message(image.clone().examples::<Flat<2>>(&labels));
        assert_eq!(found, format!("array, label 0: found {shown}, expected a whole number from 0 to 2⁵³"));
    }
    // how many classes there are is not known to the file
    let labels = array("<f8", "(1,)", "False", &floats(&[7.0])).expect("a label");
    let examples = image.examples::<Flat<2>>(&labels).expect("an example");
    let found = message(examples.check_classes(7));
    assert_eq!(found, "label of example 0: found 7, expected a class from 0 to 6");
}

#[test]
fn all_of_a_data_set_can_be_read_into_memory() {
    let whole = plywood::data::digits(7, 3);
    let copy = plywood::data::Examples::of(&whole).expect("finite numbers");
    let read = |data: &plywood::data::Examples<Image<28, 28, 1>>| {
        (0..data.len()).map(|i| (data.example(i), data.label(i))).collect::<Vec<_>>()
    };
    assert_eq!(read(&whole), read(&copy));
}
