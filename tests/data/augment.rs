//! Properties of augmentations.

use plywood::augment::{
    Brightness, Contrast, Crop, Cutout, Flip, Noise, Pad, RescaleCrop, Rotate, Saturation, Shift,
};
use plywood::data::{Examples, Transform, digits};
use plywood::detect::Crops;
use plywood::{Image, ImageShape, Model, Shape, Threads, network};
use proptest::prelude::*;

/// An image whose numbers all differ, from 1.
fn counting<const H: usize, const W: usize, const C: usize>() -> [[[f64; C]; W]; H] {
    let mut image = [[[0.0; C]; W]; H];
    for (i, x) in Image::<H, W, C>::as_mut_slice(&mut image).iter_mut().enumerate() {
        *x = (i + 1) as f64;
    }
    image
}

#[test]
fn crops_are_windows_anywhere_and_the_middle_one() {
    let crop = Crop::<Image<5, 7, 2>, Image<3, 4, 2>>::new();
    let image = counting::<5, 7, 2>();
    let window = |top: usize, left: usize| {
        std::array::from_fn::<_, 3, _>(|y| std::array::from_fn::<_, 4, _>(|x| image[top + y][left + x]))
    };
    assert_eq!(crop.of(&image), window(1, 1));
    let mut seen = [[false; 4]; 3];
    for seed in 0..300 {
        let found = crop.drawn(seed, &image);
        let places = (0..3).flat_map(|top| (0..4).map(move |left| (top, left)));
        let places: Vec<_> = places.filter(|&(top, left)| window(top, left) == found).collect();
        let [(top, left)] = places[..] else { panic!("seed {seed} is no window") };
        seen[top][left] = true;
    }
    assert_eq!(seen, [[true; 4]; 3]);
}

/// A shift is checked against its definition: pixels that are moved, and the fill.
fn check_shift<const H: usize, const W: usize>(pixels: usize, seed: u64) {
    let image = counting::<H, W, 2>();
    let moved = Shift::<Image<H, W, 2>>::new(pixels).fill(-7.0).drawn(seed, &image);
    let at = |y: Option<usize>, x: Option<usize>| {
        y.zip(x).and_then(|(y, x)| image.get(y)?.get(x).copied()).unwrap_or([-7.0; 2])
    };
    let is_moved_by = |down: isize, along: isize| {
        let from = |y: usize, x: usize| at(y.checked_add_signed(down), x.checked_add_signed(along));
        (0..H).all(|y| (0..W).all(|x| moved[y][x] == from(y, x)))
    };
    let reach = pixels.cast_signed();
    let found = (-reach..=reach).any(|down| (-reach..=reach).any(|along| is_moved_by(down, along)));
    assert!(found, "{H}×{W} by {pixels}, seed {seed}: {moved:?}");
}

#[test]
fn shifts_move_by_no_more_than_they_say() {
    for seed in 0..60 {
        check_shift::<4, 6>(0, seed);
        check_shift::<4, 6>(2, seed);
        check_shift::<4, 6>(9, seed);
        assert_eq!(
            Shift::<Image<4, 6, 2>>::new(usize::MAX).drawn(seed, &counting::<4, 6, 2>()),
            [[[0.0; 2]; 6]; 4]
        );
        check_shift::<1, 1>(1, seed);
    }
}

fn mirrored<const H: usize, const W: usize, const C: usize>(
    mut image: [[[f64; C]; W]; H],
) -> [[[f64; C]; W]; H] {
    for row in &mut image {
        row.reverse();
    }
    image
}

#[test]
fn flips_are_involutions_and_half_of_all() {
    fn check<const H: usize, const W: usize, const C: usize>() {
        let (flip, image) = (Flip::<Image<H, W, C>>::new(), counting::<H, W, C>());
        let flips = (0..400).filter(|&seed| {
            let once = flip.drawn(seed, &image);
            assert_eq!(flip.drawn(seed, &once), image, "twice is nothing");
            assert!(once == image || once == mirrored(image));
            once != image
        });
        let flips = flips.count();
        assert!((150..250).contains(&flips), "{flips} of 400");
        assert_eq!(flip.of(&image), image);
    }
    check::<3, 4, 3>();
    check::<2, 5, 1>();
}

/// A plane: interpolation gives its value at the very place that it reads, if that is inside.
fn plane<const H: usize, const W: usize>(a: f64, b: f64) -> [[[f64; 1]; W]; H] {
    std::array::from_fn(|y| std::array::from_fn(|x| [a * y as f64 + b * x as f64]))
}

/// Rows and columns that a rotation of a plane read.
fn places<const H: usize, const W: usize, const OH: usize, const OW: usize>(
    degrees: f64,
    seed: u64,
) -> [[[f64; 2]; OW]; OH] {
    let rotate = Rotate::<Image<H, W, 1>, Image<OH, OW, 1>>::new(degrees).expect("degrees");
    let rows = rotate.drawn(seed, &plane::<H, W>(1.0, 0.0));
    let columns = rotate.drawn(seed, &plane::<H, W>(0.0, 1.0));
    std::array::from_fn(|y| std::array::from_fn(|x| [rows[y][x][0], columns[y][x][0]]))
}

/// Whatever the angle, an image is read on a grid of equal steps that lies inside and touches the border.
fn check_rotation<const H: usize, const W: usize, const OH: usize, const OW: usize>(degrees: f64, seed: u64) {
    let places = places::<H, W, OH, OW>(degrees, seed);
    let (last, right) = ((H - 1) as f64, (W - 1) as f64);
    let middle = [last / 2.0, right / 2.0];
    let mut nearest = f64::INFINITY;
    for (y, line) in places.iter().enumerate() {
        for (x, &[row, column]) in line.iter().enumerate() {
            assert!((-1e-9..=last + 1e-9).contains(&row) && (-1e-9..=right + 1e-9).contains(&column));
            nearest = nearest.min(row).min(last - row).min(column).min(right - column);
            // a pixel and its counterpart lie opposite: the grid is turned about the middle and nothing was moved inside
            let [other_row, other_column] = places[OH - 1 - y][OW - 1 - x];
            assert!((row + other_row - 2.0 * middle[0]).abs() < 1e-9);
            assert!((column + other_column - 2.0 * middle[1]).abs() < 1e-9);
            if y > 0 && x > 0 {
                let step = |a: [f64; 2], b: [f64; 2]| [a[0] - b[0], a[1] - b[1]];
                let down = step(places[y][x], places[y - 1][x]);
                let along = step(places[y][x], places[y][x - 1]);
                // a square grid: equal lengths, a right angle
                assert!(
                    (down[0] - along[1]).abs() < 1e-9 && (down[1] + along[0]).abs() < 1e-9,
                    "{down:?} {along:?}"
                );
            }
        }
    }
    if OH > 1 && OW > 1 && H > 1 && W > 1 {
        assert!(nearest.abs() < 1e-9, "the largest crop touches the border: {nearest}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_unknown_pixel_enters_a_turned_image(degrees in 0.0..=180.0, seed: u64) {
        check_rotation::<28, 28, 28, 28>(degrees, seed);
        check_rotation::<5, 9, 4, 4>(degrees, seed);
        check_rotation::<9, 4, 3, 7>(degrees, seed);
        check_rotation::<2, 2, 5, 3>(degrees, seed);
        check_rotation::<1, 6, 2, 2>(degrees, seed);
        check_rotation::<7, 7, 1, 1>(degrees, seed);
    }

    #[test]
    fn rescaled_windows_keep_the_range_of_numbers(smallest in 0.01..=1.0, seed: u64) {
        let rescale = RescaleCrop::<Image<7, 11, 2>, Image<4, 5, 2>>::new(smallest).expect("a share");
        let image = counting::<7, 11, 2>();
        for y in rescale.drawn(seed, &image).as_flattened().as_flattened() {
            prop_assert!((1.0..=154.0).contains(y));
        }
        // of one color, exactly that
        let plain = [[[0.3; 2]; 11]; 7];
        prop_assert_eq!(rescale.drawn(seed, &plain), [[[0.3; 2]; 5]; 4]);
    }

    #[test]
    fn pipelines_follow_from_the_seed(seed: u64) {
        let pipeline = || {
            let first = Rotate::<Image<9, 9, 3>, Image<8, 8, 3>>::new(15.0).expect("degrees").then(Shift::new(1));
            let first = first.then(Flip::new()).then(Brightness::new(0.2).expect("an amount"));
            first.then(Cutout::new(3)).then(Crop::<_, Image<6, 7, 3>>::new())
        };
        let image = counting::<9, 9, 3>();
        prop_assert_eq!(pipeline().drawn(seed, &image), pipeline().drawn(seed, &image));
        prop_assert!(pipeline().drawn(seed, &image) != pipeline().drawn(seed.wrapping_add(1), &image));
    }
}

#[test]
fn colors_are_changed_by_their_formulas() {
    let image = counting::<2, 3, 3>();
    let numbers = |image: &[[[f64; 3]; 3]; 2]| image.as_flattened().as_flattened().to_vec();
    let x = numbers(&image);
    let mean = x.iter().sum::<f64>() / 18.0;
    let gray = |pixel: &[f64]| 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    let ratios = |y: Vec<f64>, around: &dyn Fn(usize) -> f64| {
        let ratio = |i: usize| (y[i] - around(i)) / (x[i] - around(i));
        // those that do not lie on what is kept
        (0..18).filter(|&i| (x[i] - around(i)).abs() > 1e-6).map(ratio).collect::<Vec<f64>>()
    };
    let (brightness, contrast) =
        (Brightness::<Image<2, 3, 3>>::new(0.5), Contrast::<Image<2, 3, 3>>::new(0.5));
    let saturation = Saturation::<Image<2, 3, 3>>::new(0.5).expect("an amount");
    let (brightness, contrast) = (brightness.expect("an amount"), contrast.expect("an amount"));
    let mut drawn = Vec::new();
    for seed in 0..100 {
        for found in [
            ratios(numbers(&brightness.drawn(seed, &image)), &|_| 0.0),
            ratios(numbers(&contrast.drawn(seed, &image)), &|_| mean),
            ratios(numbers(&saturation.drawn(seed, &image)), &|i| gray(&x[i / 3 * 3..][..3])),
        ] {
            assert!(found.iter().all(|ratio| (ratio - found[0]).abs() < 1e-9), "one factor: {found:?}");
            drawn.push(found[0]);
        }
    }
    let (least, most) = drawn.iter().fold((9.0_f64, 0.0_f64), |(a, b), &x| (a.min(x), b.max(x)));
    assert!((0.5..0.55).contains(&least) && (1.45..=1.5).contains(&most), "{least} to {most}");
    assert_eq!(saturation.of(&image), image);
}

#[test]
fn cutouts_are_squares_cut_off_at_the_border() {
    let image = counting::<6, 8, 2>();
    let mut areas = Vec::new();
    for seed in 0..500 {
        let cut = Cutout::<Image<6, 8, 2>>::new(3).fill(-1.0).drawn(seed, &image);
        let holes: Vec<_> =
            (0..48).map(|i| (i / 8, i % 8)).filter(|&(y, x)| cut[y][x] != image[y][x]).collect();
        assert!(holes.iter().all(|&(y, x)| cut[y][x] == [-1.0; 2]));
        let span = |sides: Vec<usize>| {
            let (first, last) = (sides.iter().min().copied(), sides.iter().max().copied());
            last.zip(first).map_or(0, |(last, first)| last - first + 1)
        };
        let (height, width) = (
            span(holes.iter().map(|hole| hole.0).collect()),
            span(holes.iter().map(|hole| hole.1).collect()),
        );
        assert_eq!(holes.len(), height * width, "a rectangle");
        assert!((2..=3).contains(&height) && (2..=3).contains(&width));
        areas.push(holes.len());
    }
    assert!(areas.contains(&4) && areas.contains(&9));
    assert_eq!(Cutout::<Image<6, 8, 2>>::new(0).drawn(1, &image), image);
    for side in [99, usize::MAX] {
        assert_eq!(Cutout::<Image<6, 8, 2>>::new(side).drawn(1, &image), [[[0.0; 2]; 8]; 6]);
    }
}

#[test]
fn noise_has_the_deviation_that_it_says() {
    let noise = Noise::<Image<40, 50, 1>>::new(0.25).expect("a deviation");
    let drawn = noise.drawn(1, &[[[1.0_f64; 1]; 50]; 40]);
    let noise: Vec<f64> = drawn.as_flattened().as_flattened().iter().map(|y| y - 1.0).collect();
    let mean = noise.iter().sum::<f64>() / 2e3;
    let deviation = (noise.iter().map(|x| x * x).sum::<f64>() / 2e3).sqrt();
    // within four standard errors
    assert!(mean.abs() < 0.0224 && (deviation - 0.25).abs() < 0.0159, "{mean}, {deviation}");
}

#[test]
fn settings_that_make_no_sense_are_errors() {
    type S = Image<4, 4, 3>;
    let cases = [
        (Rotate::<S>::new(181.0).err(), "degrees: found 181, expected 0 to 180"),
        (Rotate::<S>::new(f64::NAN).err(), "degrees: found NaN, expected 0 to 180"),
        (
            RescaleCrop::<S, S>::new(0.0).err(),
            "smallest share of the area: found 0, expected above 0 and at most 1",
        ),
        (Noise::<S>::new(-1.0).err(), "deviation: found -1.0, expected a finite f32, at least 0"),
        (Brightness::<S>::new(1.5).err(), "amount: found 1.5, expected 0 to 1"),
        (Crops::<S, Image<2, 2, 3>>::grid(0, 1).err(), "rows of the grid: found 0, expected 1 to 3"),
        (Crops::<S, Image<2, 2, 3>>::grid(1, 4).err(), "columns of the grid: found 4, expected 1 to 3"),
        (
            plywood::augment::Mixup::new(digits(1, 1), 0.0).err(),
            "alpha: found 0, expected a finite number above 0",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(expected));
    }
}

network! { Reader: Image<3, 4, 2> => Flat<3> { flatten, dense(5), tanh, dense(3) } }

/// The average over windows, one by one.
fn average(model: &Model<Reader, f64>, windows: &[[[[f64; 2]; 4]; 3]]) -> Vec<f64> {
    let mut sum = vec![0.0; 3];
    for window in windows {
        let mut scores = model.infer(window);
        plywood::softmax(&mut scores);
        sum.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score / windows.len() as f64);
    }
    sum
}

#[test]
fn several_crops_give_the_average_of_their_probabilities() {
    type Large = Image<5, 8, 2>;
    let model = Model::<Reader, f64>::new(3);
    let image = counting::<5, 8, 2>().map(|row| row.map(|pixel| pixel.map(|x| x / 40.0)));
    let window = |top: usize, left: usize| {
        std::array::from_fn::<_, 3, _>(|y| std::array::from_fn::<_, 4, _>(|x| image[top + y][left + x]))
    };
    let five = vec![window(0, 0), window(0, 4), window(2, 0), window(2, 4), window(1, 2)];
    let ten: Vec<_> = five.iter().copied().chain(five.iter().copied().map(mirrored)).collect();
    let grid = vec![window(0, 0), window(0, 2), window(0, 4), window(2, 0), window(2, 2), window(2, 4)];
    let cases: [(Crops<Large, <Reader as plywood::Layer>::In>, _); 3] =
        [(Crops::five(), five), (Crops::ten(), ten), (Crops::grid(2, 3).expect("a grid"), grid)];
    for (crops, windows) in cases {
        assert_eq!(crops.count(), windows.len());
        let found = crops.probabilities(&model, &image);
        for (found, expected) in found.iter().zip(average(&model, &windows)) {
            assert!((found - expected).abs() < 1e-14, "{found}, expected {expected}");
        }
    }

    let images =
        (0..9).map(|i| (image.map(|row| row.map(|pixel| pixel.map(|x| (x * f64::from(i) - 1.0) as f32))), 1));
    let data = Examples::<Large>::from_arrays(images).expect("examples");
    let model = model.cast::<f32>();
    let results = [1, 3].map(|threads| {
        let threads = Threads::new(threads).expect("threads");
        Crops::<Large, _>::ten().evaluate(&model, &data, &threads).expect("an evaluation")
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0].total(), 9);
    assert_eq!(<Large as ImageShape>::CHANNELS, 2);
}

#[test]
fn transforms_without_settings_have_a_default() {
    type Small = Image<1, 2, 1>;
    type Large = Image<3, 4, 1>;
    let x = [[[1.0_f32], [2.0]]];
    let padded = Pad::<Small, Large>::default().of(&x);
    assert_eq!(padded, Pad::<Small, Large>::new().of(&x));
    assert_eq!(Crop::<Large, Small>::default().of(&padded), x);
    assert_eq!(Flip::<Small>::default().of(&x), x);
}
