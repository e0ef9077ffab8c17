//! Folders of images, good and bad.

use std::fs;
use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, Rgba};
use plywood::data::folder::{self, Sizes};
use plywood::data::{Examples, Joined, Split, Transformed};
use plywood::preprocess::Scaling;
use plywood::{Dataset, Image, Model, Result, Trainer, evaluate, network};

use super::temporary::Folder;

type Color = Image<4, 6, 3>;
type Gray = Image<4, 6, 1>;

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).expect("an image");
    bytes.into_inner()
}

/// An image whose pixels all differ.
fn colors(height: u32, width: u32) -> Vec<u8> {
    png(ImageBuffer::from_fn(width, height, |x, y| Rgb([(10 * x) as u8, (10 * y) as u8, (x + y) as u8])))
}

fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn classes_and_images_come_sorted_by_name() {
    let folder = Folder::new();
    folder.write("dog/2.png", &colors(4, 6));
    folder.write("dog/10.png", &png(ImageBuffer::from_pixel(6, 4, Rgb([255_u8, 0, 51]))));
    folder.write("cat/a.png", &colors(4, 6));
    // content tells the format
    folder.write("cat/b.jpg", &colors(4, 6));
    folder.write("cat/.hidden", b"");
    folder.write(".cache/x", b"");
    let (examples, classes) = folder::load::<Color>(folder.path(), Sizes::Exact).expect("a folder of images");
    assert_eq!(
        (&classes[..], examples.labels()),
        (&["cat".to_owned(), "dog".to_owned()][..], &[0, 0, 1, 1][..])
    );
    assert_eq!(examples.example(0)[3][5], [50.0, 30.0, 8.0].map(|byte| byte / 255.0));
    assert_eq!(examples.example(2)[0][0], [1.0, 0.0, 0.2]);

    let read = folder::open::<Color>(folder.path(), Sizes::Exact).expect("a folder of images");
    let mut x = [0.0_f32; 72];
    for index in 0..4 {
        assert_eq!(read.read(index, &mut x), examples.label(index));
        assert_eq!(x, examples.example(index).as_flattened().as_flattened());
    }
    assert!(read.path(2).ends_with("dog/10.png"));
}

#[test]
fn sixteen_bits_gray_and_opacity_become_what_the_network_takes() {
    let folder = Folder::new();
    folder
        .write("a/1.png", &png(DynamicImage::ImageLuma16(ImageBuffer::from_pixel(6, 4, Luma([0x3333_u16])))));
    folder.write("a/2.png", &png(ImageBuffer::from_pixel(6, 4, Rgba([255_u8, 0, 0, 7]))));
    folder.write(
        "a/3.png",
        &png(DynamicImage::ImageRgb16(ImageBuffer::from_pixel(6, 4, Rgb([0_u16, 0xffff, 0])))),
    );
    let (color, _) = folder::load::<Color>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!(color.example(0)[0][0], [0.2; 3]);
    assert_eq!(color.example(1)[0][0], [1.0, 0.0, 0.0]);
    assert_eq!(color.example(2)[0][0], [0.0, 1.0, 0.0]);
    let (gray, _) = folder::load::<Gray>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!(gray.example(0)[0][0], [0.2]);
    // by brightness: green is brighter than red
    assert!(gray.example(2)[0][0] > gray.example(1)[0][0]);
}

fn jpeg(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Jpeg).expect("an image");
    bytes.into_inner()
}

#[test]
fn jpeg_files_are_read_gray_and_in_color() {
    let folder = Folder::new();
    folder.write("a/1.jpg", &jpeg(ImageBuffer::from_pixel(6, 4, Rgb([200_u8, 100, 50]))));
    folder.write("a/2.jpg", &jpeg(ImageBuffer::from_pixel(6, 4, Luma([51_u8]))));
    let (color, _) = folder::load::<Color>(folder.path(), Sizes::Exact).expect("images");
    // compression changes bytes by a little
    for (index, expected) in [(0, [200.0, 100.0, 50.0]), (1, [51.0; 3])] {
        for (found, expected) in color.example(index)[3][5].iter().zip(expected) {
            assert!((found * 255.0 - expected).abs() < 3.0, "{found}, expected {expected} / 255");
        }
    }
    let (gray, _) = folder::load::<Gray>(folder.path(), Sizes::Exact).expect("images");
    assert!((gray.example(1)[0][0][0] * 255.0 - 51.0).abs() < 1.5);
}

/// A JPEG file cut to this length, and then closed as a repair tool or a proxy does.
fn closed(bytes: &[u8], len: usize) -> Vec<u8> {
    let cut = &bytes[..len];
    // not in the middle of a marker
    let end = cut.iter().rposition(|&byte| byte != 0xff).map_or(0, |last| last + 1);
    [&cut[..end], b"\xff\xd9"].concat()
}

#[test]
fn a_jpeg_file_that_is_cut_off_is_an_error() {
    let whole = jpeg(ImageBuffer::from_fn(6, 4, |x, y| Rgb([(40 * x) as u8, (60 * y) as u8, 9])));
    let load = |bytes: &[u8]| {
        let folder = Folder::new();
        folder.write("a/1.jpg", bytes);
        folder::load::<Color>(folder.path(), Sizes::Exact)
    };
    for len in 0..whole.len() - 2 {
        for bytes in [&whole[..len], &closed(&whole, len)] {
            let found = message(load(bytes));
            assert!(found.contains("a/1.jpg: image: found "), "cut to {len}: {found}");
        }
    }
    // there a decoder would be content
    let found = message(load(&closed(&whole, whole.len() - 3)));
    assert!(found.contains("found the end of the data among the pixels"), "{found}");
    // all pixels, and no marker of the end or half of it; more after it; zeros, or filled up before it
    let (pixels, _) = load(&whole).expect("a whole file");
    let film = b"a film with \xff\xda in it";
    let tails: [&[u8]; 7] =
        [b"", b"\xff", b"\xff\xd9more", film, b"\xff\xd9\0\0\0", b"\xff\xff\xff\xd9", &whole];
    for tail in tails {
        let bytes = [&whole[..whole.len() - 2], tail].concat();
        assert!(load(&bytes).is_ok_and(|(found, _)| found == pixels), "{tail:x?}");
    }
}

/// The header of a progressive frame of 65,535 × 65,535 pixels and 255 components.
fn huge_frame() -> Vec<u8> {
    let components = (0..=254).flat_map(|id| [id, 0x11, 0]);
    let length = 8 + 3 * 255_u16;
    let header = [0xff, 0xc2].into_iter().chain(length.to_be_bytes());
    header.chain([8, 0xff, 0xff, 0xff, 0xff, 255]).chain(components).collect()
}

#[test]
fn a_frame_in_a_file_takes_no_memory_that_its_image_does_not_need() {
    /// The checksum of a chunk of a PNG file, bit by bit.
    fn checksum(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }
    let folder = Folder::new();
    let load = |bytes: &[u8]| {
        folder.write("a/1", bytes);
        folder::load::<Color>(folder.path(), Sizes::Exact).map(|(examples, _)| examples)
    };
    let (frame, plain) = (huge_frame(), colors(4, 6));
    // after the header, in a chunk that nobody needs
    let chunk = [b"juNk", &frame[..]].concat();
    let length = u32::try_from(frame.len()).expect("a length").to_be_bytes();
    let (before, after) = plain.split_at(33);
    let odd = [before, &length, &chunk, &checksum(&chunk).to_be_bytes(), after].concat();
    assert!(load(&odd).expect("a PNG file") == load(&plain).expect("a PNG file"));

    // in place of a JPEG file's own, and before it
    let whole = jpeg(ImageBuffer::from_pixel(6, 4, Rgb([200_u8, 100, 50])));
    let at = whole.windows(2).position(|pair| pair == b"\xff\xc0").expect("a frame");
    let length = 2 + usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]]));
    for rest in [at, at + length] {
        let found = message(load(&[&whole[..at], &frame, &whole[rest..]].concat()));
        assert!(found.contains("a/1: image: found "), "{found}");
    }
}

#[test]
fn jpeg_files_of_each_kind_are_whole_or_an_error() {
    /// Of noise, as libjpeg-turbo 3.1 writes it at quality 20.
    const FILES: [(&str, &[u8]); 4] = [
        ("color at half the size", include_bytes!("jpeg/sequential.jpg")),
        ("with restarts", include_bytes!("jpeg/restarts.jpg")),
        ("progressive", include_bytes!("jpeg/progressive.jpg")),
        ("progressive, with restarts", include_bytes!("jpeg/progressive-restarts.jpg")),
    ];
    let folder = Folder::new();
    let load = |bytes: &[u8]| {
        folder.write("a/1.jpg", bytes);
        folder::load::<Image<33, 17, 3>>(folder.path(), Sizes::Exact)
    };
    for (name, whole) in FILES {
        let (pixels, _) = load(whole).expect(name);
        let (without_end, _) = load(&whole[..whole.len() - 2]).expect(name);
        assert!(without_end == pixels, "{name}");
        let begin = whole.windows(2).position(|pair| pair == b"\xff\xda").expect("a scan") + 14;
        let between_scans =
            |len: usize| whole[len..].starts_with(b"\xff\xda") || whole[len..].starts_with(b"\xff\xc4");
        for len in (begin..whole.len() - 2).step_by(5) {
            assert!(load(&whole[..len]).is_err(), "{name}, cut to {len}");
            // a progressive file may have fewer scans
            if !(between_scans(len) || between_scans(len - 1) || between_scans(len + 1)) {
                assert!(load(&closed(whole, len)).is_err(), "{name}, cut to {len} and closed");
            }
        }
    }
}

/// A picture whose right half is fully transparent, over a color that nobody sees.
fn half_transparent(hidden: [u8; 3]) -> DynamicImage {
    let [red, green, blue] = hidden;
    let pixel = |x| if x < 16 { [250, 120, 60, 255] } else { [red, green, blue, 0] };
    ImageBuffer::from_fn(32, 32, |x, _| Rgba(pixel(x))).into()
}

#[test]
fn what_nobody_sees_is_not_mixed_into_what_is_seen() {
    let hidden = [[0, 0, 0], [255, 0, 255], [250, 250, 250]];
    let read = |image: DynamicImage, sizes: Sizes| {
        let folder = Folder::new();
        folder.write("a/1.png", &png(image));
        let (four, _) = folder::load::<Image<8, 8, 4>>(folder.path(), sizes).expect("an image");
        let (three, _) = folder::load::<Image<8, 8, 3>>(folder.path(), sizes).expect("an image");
        let (two, _) = folder::load::<Image<8, 8, 2>>(folder.path(), sizes).expect("an image");
        (four.example(0), three.example(0), two.example(0))
    };
    for sizes in [Sizes::Resize, Sizes::Cover] {
        let [black, magenta, white] = hidden.map(|hidden| read(half_transparent(hidden), sizes));
        assert!(black == magenta && black == white, "{sizes:?}");
        let (four, three, two) = black;
        for column in 0..8 {
            let [red, green, blue, opacity] = four[4][column].map(|x| (255.0 * x).round());
            // an eighth of the column beyond the border is mixed in
            let (seen, mixed) = match column {
                0..3 => (255.0, [250.0, 120.0, 60.0]),
                3 => (223.0, [250.0, 120.0, 60.0]),
                4 => (32.0, [250.0, 120.0, 60.0]),
                _ => (0.0, [0.0; 3]),
            };
            assert!((opacity - seen).abs() <= 1.0, "{sizes:?}, column {column}: opacity {opacity}");
            let near =
                |found: [f32; 3]| found.iter().zip(mixed).all(|(found, seen)| (found - seen).abs() <= 1.0);
            assert!(near([red, green, blue]), "{sizes:?}, column {column}: {red} {green} {blue}");
            assert!(near(three[4][column].map(|x| (255.0 * x).round())), "{sizes:?}, column {column}");
            assert!((255.0 * two[4][column][1] - opacity).abs() < 0.5, "{sizes:?}, column {column}");
        }
    }
    // opaque pictures are as before, with 4 channels and with 3
    let opaque =
        ImageBuffer::from_fn(32, 32, |x, y| Rgba([(8 * x) as u8, (8 * y) as u8, (x * y) as u8, 255]));
    let (four, three, _) = read(opaque.into(), Sizes::Resize);
    for (four, three) in four.as_flattened().iter().zip(three.as_flattened()) {
        assert_eq!(four[..3], three[..]);
    }
}

#[test]
fn mixed_sizes_are_an_error_or_made_to_fit() {
    let folder = Folder::new();
    folder.write("a/1.png", &colors(4, 6));
    folder.write("a/2.png", &colors(8, 24));
    let wrong = message(folder::load::<Color>(folder.path(), Sizes::Exact));
    let expected =
        "a/2.png: shape of an image: found 8×24×3, expected 4×6×3; `Sizes` says how to make others fit";
    assert!(wrong.ends_with(expected), "{wrong}");
    let red = |sizes| {
        let (examples, _) = folder::load::<Color>(folder.path(), sizes).expect("images");
        let image = examples.example(1);
        [image[0][0][0], image[0][5][0]].map(|red| (red * 255.0).round())
    };
    // red is 10 x: stretched, from one border to the other; covered, the middle 12 of the 24 columns
    let [left, right] = red(Sizes::Resize);
    assert!(left < 25.0 && right > 205.0, "{left} to {right}");
    let [left, right] = red(Sizes::Cover);
    assert!((55.0..=80.0).contains(&left) && (150.0..=175.0).contains(&right), "{left} to {right}");
}

#[test]
fn each_mistake_in_a_folder_has_its_error() {
    struct Case {
        /// Files, and an empty folder if the name ends in a slash.
        files: &'static [(&'static str, &'static [u8])],
        error: &'static str,
    }
    let good: Vec<u8> = colors(4, 6);
    let cases = [
        Case { files: &[], error: ": folders of classes: found none, expected at least 1" },
        Case {
            files: &[("empty/", b"")],
            error: "/empty: images of this class: found none, expected at least 1; help: a second folder, ",
        },
        Case {
            files: &[("z.png", b"")],
            error: "/z.png: entry of a folder of classes: found a file, expected a folder for each class",
        },
        Case {
            files: &[("b/within/1.png", b"")],
            error: "b/within: cannot open: found a folder, expected a regular file",
        },
        Case { files: &[("b/text.png", b"no image")], error: "b/text.png: image: found " },
        Case { files: &[("b/none.png", b"")], error: "b/none.png: image: found " },
        Case { files: &[("b/cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")], error: "b/cut.png: image: found " },
    ];
    for Case { files, error } in cases {
        let folder = Folder::new();
        if !files.is_empty() {
            folder.write("a/1.png", &good);
        }
        for (name, bytes) in files {
            if name.ends_with('/') {
                fs::create_dir(folder.path().join(name)).expect("a folder");
            } else {
                folder.write(name, bytes);
            }
        }
        let found = message(folder::load::<Color>(folder.path(), Sizes::Resize));
        assert!(found.contains(error), "\n   found {found}\nexpected {error}");
    }
    let folder = Folder::new();
    let missing = message(folder::open::<Color>(folder.path().join("nowhere"), Sizes::Exact));
    assert!(missing.contains("nowhere: cannot open: "), "{missing}");
}

#[test]
fn an_image_broken_anywhere_names_its_file() {
    let whole = colors(4, 6);
    for len in 0..whole.len() - 12 {
        let folder = Folder::new();
        folder.write("a/1.png", &whole[..len]);
        let found = message(folder::load::<Color>(folder.path(), Sizes::Exact));
        assert!(found.contains("a/1.png: image: found "), "cut to {len}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_told_by_loading_and_by_training() {
    network! { Net: Image<4, 6, 3> => Flat<2> { flatten, dense(2) } }

    let folder = Folder::new();
    folder.write("a/1.png", &colors(4, 6));
    fs::create_dir(folder.path().join("b")).expect("a folder");
    std::os::unix::fs::symlink("nowhere", folder.path().join("b/2.png")).expect("a link");
    let loading = message(folder::load::<Color>(folder.path(), Sizes::Exact));
    assert!(loading.contains("b/2.png: cannot open: "), "{loading}");

    // found while images are read on the way, before the first step
    let images = folder::open::<Color>(folder.path(), Sizes::Exact).expect("names");
    let mut model = Model::<Net>::new(1);
    let training = message(Trainer::new().run(&mut model, &images).validate(&images).fit());
    assert_eq!(training, loading);
    assert!(model == Model::new(1));
}

#[test]
fn an_image_that_says_that_it_is_turned_is_turned_back() {
    let whole = jpeg(ImageBuffer::from_fn(4, 6, |_, y| Luma([(40 * y) as u8])));
    // Exif with one entry, orientation 8: to be turned by 90 degrees to the left
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0";
    let segment = [b"\xff\xe1", &((exif.len() + 2) as u16).to_be_bytes()[..], exif].concat();
    let folder = Folder::new();
    folder.write("a/1.jpg", &[&whole[..2], &segment, &whole[2..]].concat());
    let (gray, _) = folder::load::<Gray>(folder.path(), Sizes::Exact).expect("6 columns, 4 rows");
    let row = gray.example(0)[1].map(|[x]| (x * 255.0).round());
    assert!(row.is_sorted() && row[5] > 180.0 && row[0] < 20.0, "{row:?}");
}

#[test]
fn a_long_and_narrow_image_takes_no_more_memory_than_its_middle() {
    let folder = Folder::new();
    folder
        .write("a/1.png", &png(ImageBuffer::from_fn(40_000, 1, |x, _| Luma([u8::from(x == 20_000) * 200]))));
    let (gray, _) = folder::load::<Gray>(folder.path(), Sizes::Cover).expect("an image");
    assert!(gray.example(0).iter().flatten().flatten().all(|&x| x == 0.0 || x == 200.0 / 255.0));
}

#[test]
fn classes_that_are_numbers_are_in_their_order() {
    let folder = Folder::new();
    for class in ["10", "9", "2", "other"] {
        folder.write(&format!("{class}/1.png"), &colors(4, 6));
    }
    let (_, classes) = folder::load::<Color>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!(classes, ["2", "9", "10", "other"]);
}

#[test]
fn a_second_folder_is_read_by_the_classes_of_the_first() {
    let write = |files: &[(&str, u8)]| {
        let folder = Folder::new();
        for &(name, red) in files {
            folder.write(name, &png(ImageBuffer::from_pixel(6, 4, Rgb([red, 0, 0]))));
        }
        folder
    };
    let train = write(&[("a/1.png", 10), ("b/1.png", 20), ("10/1.png", 30), ("9/1.png", 40)]);
    let opened = folder::open::<Color>(train.path(), Sizes::Exact).expect("a folder");
    let classes = ["9", "10", "a", "b"];
    assert_eq!(opened.classes(), classes);

    // without `a`, and with an empty `10`
    let second = write(&[("b/1.png", 20), ("9/1.png", 40), ("9/2.png", 40)]);
    fs::create_dir(second.path().join("10")).expect("a folder");
    let like = opened.open_like(second.path()).expect("a folder");
    assert_eq!(like.classes(), classes);
    let loaded = folder::load_with::<Color>(second.path(), Sizes::Exact, &classes).expect("images");
    assert_eq!(loaded.labels(), [0, 0, 3]);
    let mut x = [0.0_f32; 72];
    for index in 0..like.len() {
        assert_eq!(like.read(index, &mut x), loaded.label(index));
        assert_eq!(x[0], if loaded.label(index) == 3 { 20.0 } else { 40.0 } / 255.0);
    }
    // in the order that is given, whatever it is
    let turned =
        folder::load_with::<Color>(second.path(), Sizes::Exact, &["b", "a", "10", "9"]).expect("images");
    assert_eq!(turned.labels(), [3, 3, 0]);

    let cases = [
        (
            write(&[("b/1.png", 0), ("e/1.png", 0)]),
            "/e: class: found `e`, expected one of the classes 9, 10, a, b (those given)",
        ),
        (write(&[]), ": images of all classes: found none, expected at least 1"),
        (
            write(&[("b/1.png", 0), ("stray.png", 0)]),
            "/stray.png: entry of a folder of classes: found a file, expected a folder for each class",
        ),
    ];
    for (folder, expected) in cases {
        let found = message(opened.open_like(folder.path()));
        assert!(found.ends_with(expected), "{found}");
        assert_eq!(message(folder::load_with::<Color>(folder.path(), Sizes::Exact, &classes)), found);
    }
    let twice = message(folder::open_with::<Color>(second.path(), Sizes::Exact, &["9", "b", "9"]));
    assert_eq!(twice, "classes: found `9` twice, expected each name once");
}

#[test]
fn a_model_is_judged_by_the_classes_that_it_learned() {
    network! { Colors: Image<4, 6, 3> => Flat<4> { flatten, dense(4) } }

    let (train, validation) = (Folder::new(), Folder::new());
    for (class, color) in [("a", [255, 0, 0]), ("b", [0, 255, 0]), ("c", [0, 0, 255]), ("d", [230, 230, 230])]
    {
        for number in 0..3 {
            let shade = color.map(|part: u8| part.saturating_sub(8 * number));
            let image = png(ImageBuffer::from_pixel(6, 4, Rgb(shade)));
            train.write(&format!("{class}/{number}.png"), &image);
            if class != "b" {
                validation.write(&format!("{class}/{number}.png"), &image);
            }
        }
    }
    let (examples, classes) = folder::load::<Color>(train.path(), Sizes::Exact).expect("images");
    let mut model = Model::<Colors>::new(1);
    Trainer::new().epochs(60).batch_size(4).learning_rate(0.1).train(&mut model, &examples).expect("a run");
    let accuracy =
        |model: &_, examples: &_| evaluate::<Colors, f32, _>(model, examples).expect("images").accuracy();
    assert_eq!(accuracy(&model, &examples), 1.0);
    let seen = folder::load_with::<Color>(validation.path(), Sizes::Exact, &classes).expect("images");
    assert_eq!(accuracy(&model, &seen), 1.0);

    // read by itself, its classes are others: the model knows its own by their names, also out of a file
    let (apart, _) = folder::load::<Color>(validation.path(), Sizes::Exact).expect("images");
    assert_eq!(model.class_names(), Some(&*classes));
    assert_eq!(accuracy(&model, &apart), 1.0);
    let file = train.path().join("model.safetensors");
    model.save(&file).expect("a file");
    let loaded = Model::load(&file).expect("the model");
    assert_eq!((loaded.class_names(), accuracy(&loaded, &apart)), (Some(&*classes), 1.0));
    assert_eq!(model.cast::<f64>().class_names(), Some(&*classes));
    let mut renamed = model.clone();
    renamed.name_classes(["a", "b", "c", "e"]);
    let expected =
        "evaluation data: found the class d, expected those that the model was trained on, a, b, c, e";
    assert_eq!(message(evaluate(&renamed, &apart)), expected);

    // training says so, through whatever the data went
    let (before, one_step) = (model.clone(), Trainer::new().epochs(1));
    let expected = "validation data: found the classes a, c, d, expected the classes a, b, c, d, those of the training data, \
                    in this order; help: `open_with`";
    let opened = folder::open::<Color>(validation.path(), Sizes::Exact).expect("a folder");
    let scaling = Scaling::new(1.0, 0.0).expect("a scaling");
    let found = [
        message(one_step.run(&mut model, &examples).validate(&apart).fit()),
        message(one_step.run(&mut model, &examples).validate(&opened).fit()),
        message(
            one_step
                .run(&mut model, &Split::train(examples.clone()))
                .validate(&Split::validation(apart.clone()))
                .fit(),
        ),
        message(
            one_step
                .run(&mut model, &Transformed::new(&examples, scaling))
                .validate(&apart.clone().shuffled(1))
                .fit(),
        ),
        message(one_step.run(&mut model, &examples).validate(&Examples::of(&opened).expect("images")).fit()),
    ];
    for found in found {
        assert!(found.starts_with(expected), "{found}");
    }
    assert!(model == before);
    // joined data must agree as well
    let joined = message(evaluate(&model, &Joined::new(&examples, &apart)));
    assert!(
        joined.starts_with("data to join: found the classes a, c, d, expected the classes a, b, c, d; "),
        "{joined}"
    );
    assert_eq!(accuracy(&model, &examples), 1.0);
    assert!(evaluate(&model, &Joined::new(&examples, &seen)).is_ok());
}

#[test]
fn what_systems_leave_in_folders_is_passed_over() {
    let folder = Folder::new();
    folder.write("a/1.JPG", &colors(4, 6));
    folder.write("a/2.jpeg", &colors(4, 6));
    for name in ["a/Thumbs.db", "a/desktop.ini", "a/.DS_Store", "__MACOSX/a/._1.JPG", "thumbs.db"] {
        folder.write(name, b"no image");
    }
    let (examples, classes) = folder::load::<Color>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!((examples.len(), &classes[..]), (2, &["a".to_owned()][..]));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_have_one_order_and_stay_different() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use plywood::data::Random;

    let make = |folder: &Folder, name: &[u8]| {
        let class = folder.path().join(OsStr::from_bytes(name));
        fs::create_dir_all(&class).expect("a folder");
        fs::write(class.join("1.png"), b"").expect("a file");
    };
    let classes = |folder: &Folder| {
        folder::open::<Color>(folder.path(), Sizes::Exact).map(|images| images.classes().to_vec())
    };
    let folder = Folder::new();
    let names: [&[u8]; 9] =
        [b"10", b"9", b"007", b"7", b"caf\xe9", b"caf\xe8", b"1\xe9", b"99999999999999999999", b"cafe"];
    for name in names {
        make(&folder, name);
    }
    let expected = ["007", "7", "9", "10", "99999999999999999999", "1\\xe9", "caf\\xe8", "caf\\xe9", "cafe"];
    assert_eq!(classes(&folder).expect("classes"), expected);
    // two folders are never one class
    make(&folder, b"caf\\xe9");
    let found = message(classes(&folder));
    let expected = ": name of a class: found another folder that is called `caf\\xe9`, expected a name of its own for each class";
    assert!(found.ends_with(expected), "{found}");

    // many, in whatever order the system gives them: the sort of the standard library panics where the order is none
    for (count, seed) in [(50, 1), (200, 2), (500, 3)] {
        let folder = Folder::new();
        let mut random = Random::new(seed);
        for number in 0..count {
            make(&folder, number.to_string().as_bytes());
            if random.chance(0.4) {
                let mut name = random.below(count).to_string().into_bytes();
                name.insert(1, 0xe0 + random.below(30) as u8);
                make(&folder, &name);
            }
        }
        let classes = classes(&folder).expect("classes");
        let numbers: Vec<usize> = classes.iter().filter_map(|class| class.parse().ok()).collect();
        assert!(numbers.iter().copied().eq(0..count), "{numbers:?}");
        assert!(classes[count..].is_sorted(), "{classes:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_an_error_that_says_so() {
    let folder = Folder::new();
    folder.write("a/1.png", &colors(4, 6));
    std::os::unix::fs::symlink("nowhere", folder.path().join("b")).expect("a link");
    let found = message(folder::load::<Color>(folder.path(), Sizes::Exact));
    assert!(found.contains("/b") && found.contains("No such file"), "{found}");
}
