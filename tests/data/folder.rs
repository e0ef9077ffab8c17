//! Folders of images, good and bad.

use std::fs;
use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, Rgba};
use plywood::data::folder::{self, Sizes};
use plywood::{Dataset, Image, Model, Result, Trainer, network};

use crate::temporary::Folder;

type Colour = Image<4, 6, 3>;
type Grey = Image<4, 6, 1>;

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).expect("an image");
    bytes.into_inner()
}

/// An image whose pixels all differ.
fn colours(height: u32, width: u32) -> Vec<u8> {
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
    folder.write("dog/2.png", &colours(4, 6));
    folder.write("dog/10.png", &png(ImageBuffer::from_pixel(6, 4, Rgb([255_u8, 0, 51]))));
    folder.write("cat/a.png", &colours(4, 6));
    // content tells the format
    folder.write("cat/b.jpg", &colours(4, 6));
    folder.write("cat/.hidden", b"");
    folder.write(".cache/x", b"");
    let (examples, classes) =
        folder::load::<Colour>(folder.path(), Sizes::Exact).expect("a folder of images");
    assert_eq!(
        (&classes[..], examples.labels()),
        (&["cat".to_owned(), "dog".to_owned()][..], &[0, 0, 1, 1][..])
    );
    assert_eq!(examples.example(0)[3][5], [50.0, 30.0, 8.0].map(|byte| byte / 255.0));
    assert_eq!(examples.example(2)[0][0], [1.0, 0.0, 0.2]);

    let read = folder::open::<Colour>(folder.path(), Sizes::Exact).expect("a folder of images");
    let mut x = [0.0_f32; 72];
    for index in 0..4 {
        assert_eq!(read.read(index, &mut x), examples.label(index));
        assert_eq!(x, examples.example(index).as_flattened().as_flattened());
    }
    assert!(read.path(2).ends_with("dog/10.png"));
}

#[test]
fn sixteen_bits_grey_and_opacity_become_what_the_network_takes() {
    let folder = Folder::new();
    folder
        .write("a/1.png", &png(DynamicImage::ImageLuma16(ImageBuffer::from_pixel(6, 4, Luma([0x3333_u16])))));
    folder.write("a/2.png", &png(ImageBuffer::from_pixel(6, 4, Rgba([255_u8, 0, 0, 7]))));
    folder.write(
        "a/3.png",
        &png(DynamicImage::ImageRgb16(ImageBuffer::from_pixel(6, 4, Rgb([0_u16, 0xffff, 0])))),
    );
    let (colour, _) = folder::load::<Colour>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!(colour.example(0)[0][0], [0.2; 3]);
    assert_eq!(colour.example(1)[0][0], [1.0, 0.0, 0.0]);
    assert_eq!(colour.example(2)[0][0], [0.0, 1.0, 0.0]);
    let (grey, _) = folder::load::<Grey>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!(grey.example(0)[0][0], [0.2]);
    // by brightness: green is brighter than red
    assert!(grey.example(2)[0][0] > grey.example(1)[0][0]);
}

fn jpeg(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Jpeg).expect("an image");
    bytes.into_inner()
}

#[test]
fn jpeg_files_are_read_grey_and_in_colour() {
    let folder = Folder::new();
    folder.write("a/1.jpg", &jpeg(ImageBuffer::from_pixel(6, 4, Rgb([200_u8, 100, 50]))));
    folder.write("a/2.jpg", &jpeg(ImageBuffer::from_pixel(6, 4, Luma([51_u8]))));
    let (colour, _) = folder::load::<Colour>(folder.path(), Sizes::Exact).expect("images");
    // compression changes bytes by a little
    for (index, expected) in [(0, [200.0, 100.0, 50.0]), (1, [51.0; 3])] {
        for (found, expected) in colour.example(index)[3][5].iter().zip(expected) {
            assert!((found * 255.0 - expected).abs() < 3.0, "{found}, expected {expected} / 255");
        }
    }
    let (grey, _) = folder::load::<Grey>(folder.path(), Sizes::Exact).expect("images");
    assert!((grey.example(1)[0][0][0] * 255.0 - 51.0).abs() < 1.5);
}

#[test]
fn a_jpeg_file_that_is_cut_off_is_an_error() {
    let whole = jpeg(ImageBuffer::from_fn(6, 4, |x, y| Rgb([(40 * x) as u8, (60 * y) as u8, 9])));
    let load = |bytes: &[u8]| {
        let folder = Folder::new();
        folder.write("a/1.jpg", bytes);
        folder::load::<Colour>(folder.path(), Sizes::Exact)
    };
    for len in 0..whole.len() {
        let found = message(load(&whole[..len]));
        assert!(found.contains("a/1.jpg: image: found "), "cut to {len}: {found}");
    }
    // up to there a decoder would be content
    let found = message(load(&whole[..whole.len() - 2]));
    assert!(found.contains("found the end of the file among the pixels"), "{found}");
    // what cameras put behind the image does no harm
    assert!(load(&[&whole[..], b"more"].concat()).is_ok());
    assert!(load(&[&whole[..], b"a film with \xff\xda in it"].concat()).is_ok());
}

#[test]
fn mixed_sizes_are_an_error_or_made_to_fit() {
    let folder = Folder::new();
    folder.write("a/1.png", &colours(4, 6));
    folder.write("a/2.png", &colours(8, 24));
    let wrong = message(folder::load::<Colour>(folder.path(), Sizes::Exact));
    let expected =
        "a/2.png: shape of an image: found 8×24×3, expected 4×6×3; `Sizes` says how to make others fit";
    assert!(wrong.ends_with(expected), "{wrong}");
    let red = |sizes| {
        let (examples, _) = folder::load::<Colour>(folder.path(), sizes).expect("images");
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
    let good: Vec<u8> = colours(4, 6);
    let cases = [
        Case { files: &[], error: ": folders of classes: found none, expected at least 1" },
        Case {
            files: &[("empty/", b"")],
            error: "/empty: images of this class: found none, expected at least 1",
        },
        Case {
            files: &[("z.png", b"")],
            error: "/z.png: entry of a folder of classes: found a file, expected a folder for each class",
        },
        Case { files: &[("b/within/1.png", b"")], error: "b/within: cannot " },
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
        let found = message(folder::load::<Colour>(folder.path(), Sizes::Resize));
        assert!(found.contains(error), "\n   found {found}\nexpected {error}");
    }
    let folder = Folder::new();
    let missing = message(folder::open::<Colour>(folder.path().join("nowhere"), Sizes::Exact));
    assert!(missing.contains("nowhere: cannot open: "), "{missing}");
}

#[test]
fn an_image_broken_anywhere_names_its_file() {
    let whole = colours(4, 6);
    for len in 0..whole.len() - 12 {
        let folder = Folder::new();
        folder.write("a/1.png", &whole[..len]);
        let found = message(folder::load::<Colour>(folder.path(), Sizes::Exact));
        assert!(found.contains("a/1.png: image: found "), "cut to {len}: {found}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_told_by_loading_and_by_training() {
    network! { Net: Image<4, 6, 3> => Flat<2> { flatten, dense(2) } }

    let folder = Folder::new();
    folder.write("a/1.png", &colours(4, 6));
    fs::create_dir(folder.path().join("b")).expect("a folder");
    std::os::unix::fs::symlink("nowhere", folder.path().join("b/2.png")).expect("a link");
    let loading = message(folder::load::<Colour>(folder.path(), Sizes::Exact));
    assert!(loading.contains("b/2.png: cannot open: "), "{loading}");

    // found while images are read on the way, before the first step
    let images = folder::open::<Colour>(folder.path(), Sizes::Exact).expect("names");
    let mut model = Model::<Net>::new(1);
    let training = message(Trainer::new().fit(&mut model, &images, Some(&images)));
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
    let (grey, _) = folder::load::<Grey>(folder.path(), Sizes::Exact).expect("6 columns, 4 rows");
    let row = grey.example(0)[1].map(|[x]| (x * 255.0).round());
    assert!(row.is_sorted() && row[5] > 180.0 && row[0] < 20.0, "{row:?}");
}

#[test]
fn a_long_and_narrow_image_takes_no_more_memory_than_its_middle() {
    let folder = Folder::new();
    folder
        .write("a/1.png", &png(ImageBuffer::from_fn(40_000, 1, |x, _| Luma([u8::from(x == 20_000) * 200]))));
    let (grey, _) = folder::load::<Grey>(folder.path(), Sizes::Cover).expect("an image");
    assert!(grey.example(0).iter().flatten().flatten().all(|&x| x == 0.0 || x == 200.0 / 255.0));
}

#[test]
fn classes_that_are_numbers_are_in_their_order() {
    let folder = Folder::new();
    for class in ["10", "9", "2", "other"] {
        folder.write(&format!("{class}/1.png"), &colours(4, 6));
    }
    let (_, classes) = folder::load::<Colour>(folder.path(), Sizes::Exact).expect("images");
    assert_eq!(classes, ["2", "9", "10", "other"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_an_error_that_says_so() {
    let folder = Folder::new();
    folder.write("a/1.png", &colours(4, 6));
    std::os::unix::fs::symlink("nowhere", folder.path().join("b")).expect("a link");
    let found = message(folder::load::<Colour>(folder.path(), Sizes::Exact));
    assert!(found.contains("/b") && found.contains("No such file"), "{found}");
}
