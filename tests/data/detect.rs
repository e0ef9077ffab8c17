//! Windows of larger pictures.

use plywood::data::{Random, digits};
use plywood::detect::{Detection, Picture, scan, suppress};
use plywood::{ImageShape, Layer, Model, Shape, Threads, Trainer, network};

network! {
    /// All of whose pixel layers share work.
    Shared: Image<14, 12, 2> => Flat<3> {
        conv(4, kernel = 3), batch_norm, relu,
        scale, spatial_dropout(0.5), max_pool(2),
        conv(5, kernel = (3, 2)), tanh,
        avg_pool(2),
        dropout(0.5),
        flatten,
        dense(6), leaky_relu,
        dense(3),
    }
}

network! {
    /// Whose padding sees the border of each window.
    Padded: Image<14, 12, 2> => Flat<3> {
        conv(4, kernel = 3), relu,
        conv(3, kernel = 3, pad = 1), batch_norm, relu,
        global_avg_pool,
        dense(3),
    }
}

network! {
    /// A network whose stride does not divide every step.
    Strided: Image<14, 12, 2> => Flat<3> { conv(4, kernel = 4, stride = 2), residual { relu, conv(4, kernel = 1) }, flatten, dense(3) }
}

network! {
    /// A network whose output is an image.
    Pixels: Image<3, 3, 2> => Image<1, 1, 4> { conv(4, kernel = 3), relu }
}

/// Scores are those of each window by itself.
fn check<N: Layer>(height: usize, width: usize, step: usize)
where
    N::In: ImageShape,
{
    let mut random = Random::new((height * width * step) as u64);
    let (h, w, c) = (N::In::HEIGHT, N::In::WIDTH, N::In::CHANNELS);
    let numbers: Vec<f64> = (0..height * width * c).map(|_| random.normal()).collect();
    let mut model = Model::<N, f64>::new(7);
    // running statistics that do something
    model.buffers_mut().iter_mut().for_each(|buffer| *buffer = 0.5 + random.unit());
    let picture = Picture::new(height, width, c, numbers.clone()).expect("a picture");
    let threads = Threads::new(2).expect("threads");
    let found = scan(&model, &picture, step, &threads).expect("a scan");
    assert_eq!((found.rows(), found.columns()), ((height - h) / step + 1, (width - w) / step + 1));
    for row in 0..found.rows() {
        for column in 0..found.columns() {
            let mut window = N::In::zeros();
            for (y, line) in N::In::as_mut_slice(&mut window).chunks_exact_mut(w * c).enumerate() {
                let start = ((row * step + y) * width + column * step) * c;
                line.copy_from_slice(&numbers[start..][..w * c]);
            }
            let expected = model.infer(&window);
            for (a, b) in found.scores(row, column).iter().zip(N::Out::as_slice(&expected)) {
                assert!(
                    (a - b).abs() < 1e-12,
                    "{} at {row}, {column}, step {step}: {a}, expected {b}",
                    N::NAME
                );
            }
        }
    }
    let alone = scan(&model, &picture, step, &Threads::one()).expect("a scan");
    assert!(found == alone, "the same bits on any number of threads");
}

#[test]
fn every_window_gets_the_scores_that_it_gets_alone() {
    for step in 1..=5 {
        check::<Shared>(23, 30, step);
        check::<Shared>(14, 12, step);
        check::<Shared>(15, 31, step);
        check::<Padded>(20, 19, step);
        check::<Strided>(21, 26, step);
        check::<Pixels>(7, 4, step);
    }
}

#[test]
fn pictures_that_hold_no_window_are_errors() {
    let model = Model::<Shared>::new(1);
    let message = |height, width, channels, step| {
        let picture = Picture::filled(height, width, channels, 0.0);
        scan(&model, &picture, step, &Threads::one()).expect_err("no window").to_string()
    };
    let expected = "expected 2 channels and at least the network's 14×12×2";
    assert_eq!(message(13, 40, 2, 1), format!("picture: found 13×40×2, {expected}"));
    assert_eq!(message(40, 40, 3, 1), format!("picture: found 40×40×3, {expected}"));
    assert_eq!(message(40, 40, 2, 0), "step: found 0, expected at least 1");
    assert!(Picture::new(2, 2, 1, vec![0.0; 3]).is_err() && Picture::<f32>::new(0, 2, 1, vec![]).is_err());
}

fn at(top: usize, left: usize, class: usize, score: f64) -> Detection {
    Detection { top, left, height: 10, width: 20, class, score }
}

#[test]
fn of_overlapping_windows_the_best_stays() {
    assert_eq!(at(0, 0, 0, 1.0).overlap(&at(0, 0, 1, 0.5)), 1.0);
    assert_eq!(at(0, 0, 0, 1.0).overlap(&at(5, 0, 0, 1.0)), 1.0 / 3.0);
    assert_eq!(at(0, 0, 0, 1.0).overlap(&at(10, 0, 0, 1.0)), 0.0);
    assert_eq!(at(0, 0, 0, 1.0).overlap(&at(5, 10, 0, 1.0)), 50.0 / 350.0);

    let found =
        vec![at(0, 0, 0, 0.7), at(2, 0, 0, 0.9), at(4, 0, 0, 0.8), at(2, 0, 1, 0.6), at(0, 40, 0, 0.5)];
    let kept = suppress(found.clone(), 0.5).expect("an overlap");
    // the best, that of another class, that elsewhere; hidden by one that is hidden itself stays hidden by the best
    assert_eq!(kept, [at(2, 0, 0, 0.9), at(2, 0, 1, 0.6), at(0, 40, 0, 0.5)]);
    assert_eq!(suppress(found.clone(), 1.0).expect("an overlap").len(), 5);
    assert!(suppress(found, 1.5).is_err());
}

#[test]
fn boxes_are_drawn_where_they_are() {
    let mut picture = Picture::<f64>::filled(5, 6, 2, 0.0);
    let window = Detection { top: 1, left: 2, height: 3, width: 4, class: 0, score: 1.0 };
    picture.outline(&window, &[0.5, 1.0]).expect("inside");
    for (i, pixel) in picture.numbers().chunks(2).enumerate() {
        let (y, x) = (i / 6, i % 6);
        let inside = (1..4).contains(&y) && (2..6).contains(&x);
        let edge = inside && (y == 1 || y == 3 || x == 2 || x == 5);
        assert_eq!(pixel, if edge { [0.5, 1.0] } else { [0.0, 0.0] }, "row {y}, column {x}");
    }
    assert!(picture.outline(&Detection { top: 3, ..window }, &[0.5, 1.0]).is_err());
    assert!(picture.outline(&window, &[0.5]).is_err());
    assert!(picture.paste(&[[[1.0; 2]; 3]; 2], 4, 0).is_err());
    picture.paste(&[[[1.0; 2]; 3]; 2], 3, 3).expect("inside");
    assert_eq!(picture.numbers()[(4 * 6 + 5) * 2], 1.0);
}

#[test]
fn pictures_are_saved_and_opened() {
    let folder = super::temporary::Folder::new();
    let path = folder.path().join("picture.png");
    let numbers: Vec<f32> = (0..3 * 5 * 3).map(|i| i as f32 * 5.0 / 255.0).collect();
    let picture = Picture::new(3, 5, 3, numbers).expect("a picture");
    picture.save(&path).expect("written");
    assert_eq!(Picture::open(&path, 3).expect("read"), picture);
    assert!(Picture::<f32>::open(&path, 2).is_err());
    let wrong = picture.save(folder.path().join("picture.xyz")).expect_err("no format").to_string();
    assert!(wrong.ends_with("expected a name that ends in .png or .jpg"), "{wrong}");
}

network! {
    Reader: Image<28, 28, 1> => Flat<10> { conv(6, kernel = 5), relu, max_pool(4), flatten, dense(40), relu, dense(10) }
}

#[test]
fn digits_are_found_where_they_are() {
    let mut model = Model::<Reader>::new(1);
    let train = digits(3_000, 1);
    Trainer::new().epochs(4).run(&mut model, &train).validate(&train).fit().expect("a good run");
    let shown = digits(40, 9);
    let mut right = 0;
    for pair in 0..20 {
        let mut picture = Picture::filled(40, 100, 1, 0.0);
        let places = [(4, 8), (8, 64)];
        for (i, &(top, left)) in places.iter().enumerate() {
            picture.paste(&shown.example(2 * pair + i), top, left).expect("inside");
        }
        let scan = scan(&model, &picture, 4, &Threads::one()).expect("a scan");
        let found = suppress(scan.detections(0.9, &[]), 0.1).expect("an overlap");
        right += (0..2)
            .filter(|&i| {
                let (top, left) = places[i];
                let there = Detection { top, left, height: 28, width: 28, class: 0, score: 1.0 };
                let label = shown.label(2 * pair + i);
                found.iter().any(|detection| detection.class == label && detection.overlap(&there) > 0.5)
            })
            .count();
    }
    println!("{right} of 40");
    assert!(right >= 30, "{right} of 40 digits found");
}
