//! Tests the sources of readers: compressed files as downloaded, files of other formats, and files that grow.

use std::io::Write as _;

use plywood::data::cifar::{self, Labels};
use plywood::data::{idx, npy};
use plywood::{Dataset, Image, Result};

use super::formats::npy_file;
use super::temporary::Folder;

const IMAGES: [u8; 24] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 51, 102, 153, 204, 255, 7, 9];
const LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 3, 1];

/// A reader of one file: what it is called, a good file, and reading one, from a path or from bytes.
struct Reader {
    name: &'static str,
    good: Vec<u8>,
    load: fn(&std::path::Path) -> Result<()>,
    read: fn(&[u8]) -> Result<()>,
}

fn readers() -> Vec<Reader> {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n";
    let mut readers = vec![
        Reader {
            name: "idx, images",
            good: IMAGES.to_vec(),
            load: |path| {
                let labels = path.with_file_name("labels");
                std::fs::write(&labels, LABELS).expect("a file");
                idx::load::<Image<2, 2, 1>>(path, labels).map(drop)
            },
            read: |bytes| idx::read::<Image<2, 2, 1>>(bytes, &LABELS[..]).map(drop),
        },
        Reader {
            name: "idx, labels",
            good: LABELS.to_vec(),
            load: |path| {
                let images = path.with_file_name("images");
                std::fs::write(&images, IMAGES).expect("a file");
                idx::load::<Image<2, 2, 1>>(images, path).map(drop)
            },
            read: |bytes| idx::read::<Image<2, 2, 1>>(&IMAGES[..], bytes).map(drop),
        },
        Reader {
            name: "CIFAR-10",
            good: vec![3; 2 * 3073],
            load: |path| {
                let folder = path.parent().expect("a folder");
                for batch in 2..=5 {
                    std::fs::write(folder.join(format!("data_batch_{batch}.bin")), [1; 3073])
                        .expect("a file");
                }
                std::fs::write(folder.join("test_batch.bin"), [1; 3073]).expect("a file");
                std::fs::rename(path, folder.join("data_batch_1.bin")).expect("a file");
                cifar::cifar10(folder).map(drop)
            },
            read: |bytes| cifar::read10(bytes).map(drop),
        },
        Reader {
            name: "CIFAR-100",
            good: vec![3; 2 * 3074],
            load: |path| {
                let folder = path.parent().expect("a folder");
                std::fs::write(folder.join("train.bin"), [1; 3074]).expect("a file");
                std::fs::rename(path, folder.join("test.bin")).expect("a file");
                cifar::cifar100(folder, Labels::Coarse).map(drop)
            },
            read: |bytes| cifar::read100(bytes, Labels::Coarse).map(drop),
        },
        Reader {
            name: "npy",
            good: npy_file(header, &[1, 2]),
            load: |path| npy::load(path).map(drop),
            read: |bytes| npy::read(bytes).map(drop),
        },
    ];
    readers.push(Reader {
        name: "csv",
        good: b"a,kind\n1,x\n2,y\n".to_vec(),
        load: |path| plywood::data::table::load::<1>(path, "kind").map(drop),
        read: |bytes| plywood::data::table::read::<1>(bytes, "kind").map(drop),
    });
    readers
}

fn message(result: Result<()>) -> String {
    match result {
        Ok(()) => panic!("expected an error"),
        Err(error) => error.to_string(),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn compressed_files_are_read_by_every_reader_however_they_end() {
    for Reader { name, good, load, read } in readers() {
        let whole = gzip(&good);
        let folder = Folder::new();
        load(&folder.write("packed", &whole)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let middle = good.len() / 2;
        let members = [gzip(&good[..middle]), gzip(&good[middle..])].concat();
        let padding = [1, 2, 9, 10, 18, 512, 40_000].map(|zeros| [whole.clone(), vec![0; zeros]].concat());
        let between = [gzip(&good[..1]), vec![0; 3], gzip(&good[1..]), vec![0; 3]].concat();
        let soundly = [whole.clone(), members, [&whole[..], &gzip(&[])].concat(), between];
        for bytes in soundly.iter().chain(&padding) {
            read(bytes).unwrap_or_else(|error| panic!("{name}, {} bytes: {error}", bytes.len()));
        }
        // other bytes are no padding, and nothing is missing
        let expected = ", expected nothing, zeros, or another whole member of a gzip file";
        for (tail, found) in [
            (&b"\n"[..], "0a"),
            (b"\0\0-- end of file --", "2d 2d 20 65 6e 64 20 6f 66 20"),
            (b"\x1f\x8b", "1f 8b"),
        ] {
            let error = message(read(&[&whole, tail].concat()));
            let expected = format!(": after the compressed data: found the bytes {found}{expected}");
            assert!(error.ends_with(&expected), "{name}: {error}");
        }
        for cut in [1, 4, 8, 9] {
            let error = message(read(&whole[..whole.len() - cut]));
            let expected = ": compressed data: found the end of the file, expected the rest of it";
            assert!(error.ends_with(expected), "{name}, {cut} bytes cut off: {error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn no_reader_waits_for_a_pipe_or_reads_a_device() {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    type Maker<'a> = (&'a str, &'a dyn Fn(&Path));

    let pipe = |path: &Path| {
        let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo");
        assert!(made.success());
    };
    let zero = |path: &Path| symlink("/dev/zero", path).expect("a link");
    let makers: [Maker<'_>; 2] = [("a named pipe", &pipe), ("a device", &zero)];
    for (kind, make) in makers {
        let expected = format!(": cannot open: found {kind}, expected a regular file");
        let check = |name: &str, result: Result<()>| {
            let error = message(result);
            assert!(error.ends_with(&expected), "{name}: {error}");
        };
        for Reader { name, load, .. } in readers() {
            let folder = Folder::new();
            let path = folder.path().join("special");
            make(&path);
            check(name, load(&path));
        }
        let folder = Folder::new();
        let path = folder.path().join("train-images-idx3-ubyte");
        make(&path);
        folder.write("train-labels-idx1-ubyte", &LABELS);
        check("mnist", idx::mnist(folder.path()).map(drop));
        check("npz", npy::Npz::open(&path).map(drop));
        {
            use plywood::data::folder::{self, Sizes};
            use plywood::detect::Picture;

            check("picture", Picture::<f32>::open(&path, 3).map(drop));
            std::fs::create_dir(folder.path().join("a")).expect("a folder");
            make(&folder.path().join("a/1.png"));
            let classes = Folder::new();
            std::fs::rename(folder.path().join("a"), classes.path().join("a")).expect("a folder");
            check("images", folder::load::<Image<2, 2, 1>>(classes.path(), Sizes::Resize).map(drop));
            // read on the way
            let opened = folder::open::<Image<2, 2, 1>>(classes.path(), Sizes::Resize).expect("names");
            check("image", opened.failure(0).map_or(Ok(()), Err));
        }
    }
}

#[test]
fn files_of_a_set_are_found_under_the_names_that_they_come_by() {
    let folder = |files: &[(&str, Vec<u8>)]| {
        let folder = Folder::new();
        for (name, bytes) in files {
            drop(folder.write(name, bytes));
        }
        folder
    };
    let images = [&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28][..], &[9; 784]].concat();
    let labels = vec![0, 0, 8, 1, 0, 0, 0, 1, 5];
    let packed = gzip(&labels);
    let set = folder(&[
        // as torchvision and Windows have them; unpacked into folders; compressed
        ("train-images.idx3-ubyte", images.clone()),
        ("train-labels-idx1-ubyte/train-labels-idx1-ubyte", labels.clone()),
        ("t10k-images-idx3-ubyte/t10k-images-idx3-ubyte", images.clone()),
        ("t10k-labels.idx1-ubyte.gz", packed),
    ]);
    let (train, test) = idx::mnist(set.path()).expect("four files");
    assert_eq!((train.labels(), test.labels()), (&[5][..], &[5][..]));
    let missing = message(idx::mnist(folder(&[("train-images.idx3-ubyte", images)]).path()).map(drop));
    let expected = "train-labels-idx1-ubyte: cannot open: no such file, nor train-labels-idx1-ubyte.gz, \
                    train-labels.idx1-ubyte, train-labels.idx1-ubyte.gz beside it";
    assert!(missing.ends_with(expected), "{missing}");

    let record = |label| gzip(&[label; 3074]);
    let set = folder(&[("train.bin.gz", record(7)), ("test.bin", vec![8; 3074])]);
    let (train, test) = cifar::cifar100(set.path(), Labels::Fine).expect("two files");
    assert_eq!((train.labels(), test.labels()), (&[7][..], &[8][..]));
}

#[test]
fn a_file_of_a_set_holds_no_more_records_than_the_set() {
    let folder = Folder::new();
    let records = vec![3; 10_001 * 3074];
    folder.write("train.bin", &[3; 3074]);
    folder.write("test.bin", &gzip(&records));
    let found = message(cifar::cifar100(folder.path(), Labels::Coarse).map(drop));
    let expected = "test.bin: number of records: found more than 10000, expected at most 10000, as this file of the set has";
    assert!(found.ends_with(expected), "{found}");
    folder.write("test.bin", &gzip(&records[..10_000 * 3074]));
    let (_, test) = cifar::cifar100(folder.path(), Labels::Coarse).expect("two files");
    assert_eq!(test.len(), 10_000);
}

/// Says to the child of a test that it is one.
#[cfg(target_os = "linux")]
const CHILD: &str = "PLYWOOD_TEST_LITTLE_MEMORY";

/// Files that ask for more memory than there is give an error: a process whose memory the system limits reads them.
#[cfg(target_os = "linux")]
#[test]
fn a_file_for_which_memory_does_not_suffice_is_an_error() {
    let program = std::env::current_exe().expect("this program");
    let name = "data::sources::child_of_little_memory";
    // 512 MiB, in the shell's KiB
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 524288 && exec \"$0\" --exact --nocapture --test-threads 1 \"$1\""])
        .arg(program)
        .arg(name)
        .env(CHILD, "1")
        .output()
        .expect("a shell");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("each reader ran out of memory"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn child_of_little_memory() {
    use std::io::{Read as _, repeat};

    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let header = |descr: &str, count: usize, fortran: &str| {
        npy_file(
            &format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': (2, {count}), }}\n"),
            &[],
        )
    };
    let endless = |start: Vec<u8>| std::io::Cursor::new(start).chain(repeat(0));
    let npy_read = |descr: &str, count: usize, fortran: &str| {
        let bytes = (2 * count) as u64 * if descr == "|u1" { 1 } else { 2 };
        let file = std::io::Cursor::new(header(descr, count, fortran)).chain(repeat(0).take(bytes));
        npy::read(file).map(drop)
    };
    let images = [0, 0, 8, 3, 0, 0xff, 0xff, 0xff, 0, 0, 1, 0, 0, 0, 1, 0];
    let labels = std::io::Cursor::new([0, 0, 8, 1, 0, 0xff, 0xff, 0xff]).chain(repeat(0).take(0x00ff_ffff));
    let results = vec![
        ("CIFAR-10", cifar::read10(endless(Vec::new())).map(drop)),
        ("CIFAR-100", cifar::read100(endless(Vec::new()), Labels::Fine).map(drop)),
        ("idx", idx::read::<Image<256, 256, 1>>(endless(images.to_vec()), labels).map(drop)),
        // the bytes fit, what becomes of them does not
        ("npy, converted", npy_read("<u2", 35 << 20, "False")),
        ("npy, turned around", npy_read("|u1", 120 << 20, "True")),
    ];
    let results = {
        let text = endless(b"a,kind\n1,x\n".to_vec());
        let read = plywood::data::table::read::<1>(text, "kind").map(drop);
        results.into_iter().chain([("csv", read)]).collect::<Vec<_>>()
    };
    for (name, result) in &results {
        let error = result.as_ref().map_or_else(ToString::to_string, |()| "it was read".to_owned());
        println!("{name}: {error}");
        assert!(error.contains("memory"), "{name}: {error}");
    }
    println!("each reader ran out of memory");
}
