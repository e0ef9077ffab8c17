//! Readers and files that are not what they should be: good files, changed at random, give an error or something sound, never
//! a panic and never memory that their size does not explain.
//!
//! `PLYWOOD_FUZZ=1000000 cargo test --release -p plywood-tests data::mutations` reads as many of each format. `fuzz/` holds the same
//! for cargo-fuzz; `tests/run/mutations.rs` the same for models and checkpoints.

use plywood::data::cifar::{self, Labels};
use plywood::data::{idx, npy};
use plywood::{Dataset, Flat, Image};

use super::attack::attack;
use super::formats::npy_file;

const USUAL: usize = 20_000;

fn idx_file(dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend_from_slice(data);
    bytes
}

#[test]
fn idx() {
    let labels = idx_file(&[2], &[1, 2]);
    let images = idx_file(&[2, 2, 3], &[7; 12]);
    attack("idx images", USUAL, std::slice::from_ref(&images), |bytes| {
        idx::read::<Image<2, 3, 1>>(bytes, &labels[..]).is_ok_and(|data| data.len() == 2)
    });
    attack("idx labels", USUAL, std::slice::from_ref(&labels), |bytes| {
        idx::read::<Image<2, 3, 1>>(&images[..], bytes).is_ok()
    });
    {
        use std::io::Write;

        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&images).expect("memory");
        let compressed = encoder.finish().expect("memory");
        attack("idx, compressed", USUAL, &[compressed], |bytes| {
            idx::read::<Image<2, 3, 1>>(bytes, &labels[..]).is_ok()
        });
    }
}

#[test]
fn cifar() {
    let ten = [vec![3; 3073], vec![1; 3073]].concat();
    attack("CIFAR-10", USUAL, &[ten], |bytes| {
        cifar::read10(bytes)
            .is_ok_and(|data| bytes.len() == data.len() * 3073 && data.check_classes(10).is_ok())
    });
    attack("CIFAR-100", USUAL, &[vec![5; 3074]], |bytes| {
        cifar::read100(bytes, Labels::Fine).is_ok_and(|data| data.check_classes(100).is_ok())
    });
}

#[test]
fn npy() {
    let header = |descr: &str, fortran: &str, shape: &str| {
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    };
    let seeds = [
        npy_file(&header("<f4", "False", "(2, 3)"), &[1; 24]),
        npy_file(&header("|u1", "True", "(2, 3)"), &[1; 6]),
        npy_file(&header(">i8", "False", "(3,)"), &[1; 24]),
        npy_file(&header("|b1", "True", "()"), &[1]),
    ];
    let labels = npy::read(&npy_file(&header("|u1", "False", "(2,)"), &[1; 2])[..]).expect("labels");
    attack("npy", USUAL, &seeds, |bytes| {
        let Ok(array) = npy::read(bytes) else { return false };
        let numbers = array.numbers().len();
        assert_eq!(numbers, array.shape().iter().product::<usize>());
        assert!(numbers <= bytes.len(), "more numbers than bytes");
        // what the examples are is checked too
        let _ = array.examples::<Flat<3>>(&labels);
        true
    });
}

#[test]
fn npz() {
    use std::io::{Cursor, Write};

    use npy::Npz;
    use zip::write::SimpleFileOptions;

    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, method) in
        [("x.npy", zip::CompressionMethod::Stored), ("y.npy", zip::CompressionMethod::Deflated)]
    {
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).expect("a file");
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }";
        writer.write_all(&npy_file(header, &[1, 2, 3, 4])).expect("its content");
    }
    let archive = writer.finish().expect("an archive").into_inner();
    attack("npz", USUAL, &[archive], |bytes| {
        let Ok(mut archive) = Npz::read(Cursor::new(bytes)) else { return false };
        let names = archive.names();
        !names.is_empty() && names.iter().all(|name| archive.array(name).is_ok())
    });
}

#[test]
fn csv() {
    use plywood::data::table::{self, Reader};

    let seeds = [b"a,b,kind\n1,2,x\n-3e1,4.5,y\n".to_vec(), b"kind,\"a\nb\",c\r\n\"x,\",1,2\r\n".to_vec()];
    let reader = Reader::target("b").one_hot(["kind"]).fill_with_means();
    attack("csv", USUAL, &seeds, |bytes| {
        if let Ok(table) = reader.read::<3>(bytes) {
            assert_eq!((table.columns.len(), table.classes.len()), (3, 0));
        }
        table::read::<2>(bytes, "kind").is_ok_and(|table| {
            table.examples.check_classes(table.classes.len()).is_ok() && table.columns.len() == 2
        })
    });
}
