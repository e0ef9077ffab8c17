//! Tests that masks and boxes move with their image.

use plywood::augment::{
    Brightness, Corners, Crop, Cutout, Flip, Noise, Pad, RescaleCrop, Rotate, Shift, Spatial, WithTargets,
};
use plywood::data::{Examples, Random, Transform, Transformed, digits};
use plywood::loss::IGNORED;
use plywood::{Dataset, Image, Model, Scalar, Shape, Threads, Trainer, network};
use proptest::prelude::*;

const H: usize = 9;
const W: usize = 12;
type Scene = Image<H, W, 1>;
type Map = [[u8; W]; H];

/// A map as an image, so that the image's own transform says where each class belongs.
fn image_of(map: &Map) -> [[[f64; 1]; W]; H] {
    map.map(|row| row.map(|class| [f64::from(class)]))
}

/// Any map of the classes 1 to 200.
fn maps() -> impl Strategy<Value = Map> {
    prop::collection::vec(1_u8..200, H * W).prop_map(|classes| {
        std::array::from_fn(|row| std::array::from_fn(|column| classes[row * W + column]))
    })
}

/// Checks a map against its image, moved by a transform that leaves no fraction of a pixel.
fn check_exact<const OH: usize, const OW: usize, A>(transform: &A, seed: u64, map: Map)
where
    A: Spatial<In = Scene, Out = Image<OH, OW, 1>>,
{
    let data = Examples::<Scene, _>::from_arrays([(
        image_of(&map).map(|row| row.map(|x| x.map(|x| x as f32))),
        map,
    )])
    .expect("an example");
    let moved = WithTargets::new(&data, transform);
    let mut x = vec![0.0_f32; OH * OW];
    let target = moved.read(0, &mut x);
    check_equal(&x, &target);
    let target = moved.draw(0, seed, &mut x);
    check_equal(&x, &target);
    // the image has the bits that it has without its map
    let mut alone = vec![0.0_f32; OH * OW];
    Transformed::new(&data, transform).draw(0, seed, &mut alone);
    assert_eq!(x, alone);
}

/// Compares pixels with classes; the image is filled with 0 where it comes from outside.
fn check_equal<const OH: usize, const OW: usize>(image: &[f32], map: &[[u8; OW]; OH]) {
    for (pixel, class) in image.iter().zip(map.as_flattened()) {
        let expected = if *pixel == 0.0 { f32::from(IGNORED) } else { *pixel };
        assert!(f32::from(*class) == expected, "{image:?}: {map:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn maps_move_as_images_do(seed: u64, map in maps()) {
        check_exact(&Flip::<Scene>::new(), seed, map);
        check_exact(&Shift::<Scene>::new(4), seed, map);
        check_exact(&Crop::<Scene, Image<5, 7, 1>>::new(), seed, map);
        check_exact(&Pad::<Scene, Image<12, 13, 1>>::new(), seed, map);
        // what a shift moves out does not come back by the next one, and windows are drawn one after the other
        let chain = Shift::<Scene>::new(5).then(Flip::new()).then(Pad::<Scene, Image<11, 14, 1>>::new());
        check_exact(&chain.then(Shift::new(3)).then(Crop::<_, Image<8, 8, 1>>::new()), seed, map);
    }

    #[test]
    fn flips_of_maps_are_involutions(seed: u64, map in maps(), top in 0.0_f32..4.0, left in 0.0_f32..5.0) {
        let flip = Flip::<Scene>::new();
        let corners = Corners { top, left, bottom: top + 3.0, right: left + 5.0 };
        let data = Examples::<Scene, _>::from_arrays([([[[0.0]; W]; H], (map, Some(corners)))]).expect("an example");
        let once = WithTargets::new(&data, flip);
        // the same seed draws the same flip
        let drawn = flip.numbers(&mut Random::new(seed));
        let mut x = [0.0_f32; H * W];
        let (flipped, flipped_box) = once.draw(0, seed, &mut x);
        let back = Examples::<Scene, _>::from_arrays([([[[0.0]; W]; H], (flipped, flipped_box))]).expect("an example");
        let (same, same_box) = WithTargets::new(&back, flip).draw(0, seed, &mut x);
        prop_assert_eq!(same, map);
        prop_assert!((same_box.expect("a box").left - left).abs() < 1e-5);
        let distance = if drawn { W as f32 - corners.right } else { left };
        prop_assert!((flipped_box.expect("a box").left - distance).abs() < 1e-5);
    }

    /// A half plane: interpolation and the nearest pixel agree about which side a pixel is on.
    #[test]
    fn turned_and_rescaled_maps_lie_on_their_images(seed: u64, edge in 2_usize..10) {
        let mut map = [[0; W]; H];
        for row in &mut map {
            row[edge..].fill(1);
        }
        check_near(&Rotate::<Scene>::new(25.0).expect("degrees"), seed, &map);
        check_near(&RescaleCrop::<Scene, Image<7, 10, 1>>::new(0.2).expect("a share"), seed, &map);
        // numbers are drawn in the same order, whatever is drawn between
        let between = Noise::new(0.0).expect("a deviation");
        let chain = Brightness::<Scene>::new(0.2).expect("an amount").then(between).then(Cutout::new(0));
        check_near(&chain.then(Flip::new()).then(Rotate::<_, Scene>::new(40.0).expect("degrees")), seed, &map);
    }
}

fn check_near<const OH: usize, const OW: usize, A>(transform: &A, seed: u64, map: &Map)
where
    A: Spatial<In = Scene, Out = Image<OH, OW, 1>>,
{
    let image = transform.drawn(seed, &image_of(map));
    let moved = plywood::augment::FollowsImage::follow(
        *map,
        transform,
        &transform.numbers(&mut Random::new(seed)),
        IGNORED,
    );
    let image = Image::<OH, OW, 1>::as_slice(&image);
    for (pixel, class) in image.iter().zip(moved.as_flattened()) {
        // brightness changes ones by up to a fifth
        if (pixel - 0.5).abs() > 0.11 {
            assert_eq!(*class, u8::from(*pixel > 0.5), "{image:?}: {moved:?}");
        }
    }
}

#[test]
fn boxes_are_clipped_and_vanish() {
    let corners = Corners { top: 1.0, left: 2.0, bottom: 4.0, right: 6.0 };
    let shift = Shift::<Scene>::new(20);
    // up by 2, left by 3
    let moved = shift.destination(&[22, 23], corners);
    assert_eq!(moved, Some(Corners { top: 0.0, left: 0.0, bottom: 2.0, right: 3.0 }));
    assert_eq!(shift.destination(&[24, 20], corners), None, "moved out by its last row");
    // after the first shift nothing is left, and the second cannot bring it back
    let twice = shift.then(shift);
    assert_eq!(twice.destination(&([24, 20], [0, 20]), corners), None);
    // a quarter turn of a square image
    let turn = Rotate::<Image<5, 5, 1>>::new(90.0).expect("degrees");
    let moved = turn
        .destination(&std::f64::consts::FRAC_PI_2, Corners { top: 0.0, left: 0.0, bottom: 1.0, right: 2.0 })
        .expect("a box");
    // the content turns as the image does: the upper left pixel is now read at the place that the box has
    let source = turn.source(
        &std::f64::consts::FRAC_PI_2,
        [f64::from(moved.top + moved.bottom) / 2.0 - 0.5, f64::from(moved.left + moved.right) / 2.0 - 0.5],
    );
    let [row, column] = source.expect("inside");
    assert!(row.abs() < 1e-6 && (column - 0.5).abs() < 1e-6, "{row} {column}");
    assert!((moved.bottom - moved.top - 2.0).abs() < 1e-5 && (moved.right - moved.left - 1.0).abs() < 1e-5);
    // half the size
    let rescale = RescaleCrop::<Image<8, 8, 1>, Image<4, 4, 1>>::new(1.0).expect("a share");
    let moved =
        rescale.destination(&rescale.fixed(), Corners { top: 2.0, left: 0.0, bottom: 8.0, right: 1.0 });
    assert_eq!(moved, Some(Corners { top: 1.0, left: 0.0, bottom: 4.0, right: 0.5 }));
}

network! {
    /// A class for each pixel.
    Marker: Image<24, 24, 1> => Image<24, 24, 2> { conv(4, kernel = 3, pad = same), relu, conv(2, kernel = 1) }
}

/// Digits whose ink is to be found.
struct Ink(Examples<Image<28, 28, 1>>);

impl Dataset for Ink {
    type Example = Image<28, 28, 1>;
    type Target = [[u8; 28]; 28];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        self.0.read(index, x);
        std::array::from_fn(|row| std::array::from_fn(|column| u8::from(x[row * 28 + column].to_f64() > 0.3)))
    }
}

#[test]
fn training_on_moved_maps_gives_the_same_bits_on_any_number_of_threads() {
    let trained = |threads: usize| {
        let pipeline =
            Shift::new(3).then(Crop::<Image<28, 28, 1>, Image<24, 24, 1>>::new()).then(Flip::new());
        let (train, validation) = (Ink(digits(40, 1)), Ink(digits(10, 2)));
        let train = WithTargets::new(train, &pipeline);
        let validation = WithTargets::new(validation, &pipeline);
        let mut model = Model::<Marker>::new(1);
        let threads = Threads::new(threads).expect("threads");
        let trainer = Trainer::new().epochs(2).batch_size(8).learning_rate(0.05).threads(&threads);
        trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
        model.params().to_vec()
    };
    let alone = trained(1);
    assert!([2, 3].into_iter().all(|threads| trained(threads) == alone));
}
