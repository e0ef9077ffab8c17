//! Writes good files of each format, for the fuzzer to begin with: `seeds/<target>/`.

mod files;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use plywood::Model;
use zip::write::SimpleFileOptions;

fn main() {
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new("seeds").join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), bytes).expect("a file");
    };
    write("idx", "images", &[&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &[7; 12]].concat());
    write("idx", "labels", &[0, 0, 8, 1, 0, 0, 0, 1, 4]);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&[0, 0, 8, 1, 0, 0, 0, 1, 4]).expect("memory");
    write("idx", "compressed", &encoder.finish().expect("memory"));
    write("cifar", "ten", &[3; 2 * 3073]);
    write("cifar", "hundred", &[5; 2 * 3074]);
    write("csv", "table", b"a,b,kind\n1,2,x\n-3e1,4.5,y\n");
    write("csv", "quoted", b"kind,\"a\nb\",c\r\n\"x,\",1,2\r\n");
    let array = |descr: &str, shape: &str, bytes: &[u8]| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let len = u16::try_from(header.len()).expect("a short header").to_le_bytes();
        [&b"\x93NUMPY\x01\x00"[..], &len, header.as_bytes(), bytes].concat()
    };
    let arrays = [array("<f4", "(2, 3)", &[1; 24]), array("|u1", "(2,)", &[1, 0]), array(">i8", "()", &[1; 8])];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (i, array) in arrays.iter().enumerate() {
        write("npy", &i.to_string(), array);
        archive.start_file(format!("{i}.npy"), SimpleFileOptions::default()).expect("a file");
        archive.write_all(array).expect("its content");
    }
    write("npz", "archive", &archive.finish().expect("an archive").into_inner());

    let path = std::env::temp_dir().join(format!("plywood-seeds-{}.safetensors", std::process::id()));
    files::save_model(&path);
    write("safetensors", "model", &fs::read(&path).expect("a model"));
    fs::remove_file(&path).expect("a model");
    for steps in 1..=4 {
        let trainer = files::trainer(&path).steps(steps);
        let (mut model, data) = (Model::<files::Small>::new(1), files::data());
        trainer.run(&mut model, &data).validate(&data).fit().expect("a run");
        write("checkpoint", &steps.to_string(), &fs::read(&path).expect("a checkpoint"));
        fs::remove_file(&path).expect("a checkpoint");
    }
}
