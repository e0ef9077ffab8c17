//! Preprocessing does to the data that it was fitted to what it says.

use plywood::data::{Examples, Split, Transform, Transformed, digits, idx};
use plywood::preprocess::{
    Keep, NormalizeContrast, NormalizeLocally, Pca, Scaling, Standardize, StandardizeChannels, Vectors, Zca,
};
use plywood::{Dataset, Flat, Image, ImageShape, Result, Shape};

use super::shared;

type Digit = Image<28, 28, 1>;

/// All of a data set, one example after the other.
fn all<D: Dataset>(data: &D) -> Vec<f64> {
    let mut numbers = vec![0.0; data.len() * D::Example::LEN];
    for (index, x) in numbers.chunks_exact_mut(D::Example::LEN).enumerate() {
        data.read(index, x);
    }
    numbers
}

/// Mean and covariance of examples of `len` numbers.
fn moments(numbers: &[f64], len: usize) -> (Vec<f64>, nalgebra::DMatrix<f64>) {
    let x = nalgebra::DMatrix::from_column_slice(len, numbers.len() / len, numbers);
    let mean = x.column_mean();
    let centered = nalgebra::DMatrix::from_fn(len, x.ncols(), |i, j| x[(i, j)] - mean[i]);
    let covariance = &centered * centered.transpose() / x.ncols() as f64;
    (mean.as_slice().to_vec(), covariance)
}

/// The largest of the numbers, whatever its sign.
fn largest(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// Examples whose numbers depend on each other, and of which one never changes and one is another, doubled.
fn mixed(count: usize) -> Examples<Flat<6>> {
    let mut random = plywood::data::Random::new(5);
    let example = |_| {
        let [a, b, c, d] = [(); 4].map(|()| random.normal() as f32);
        ([a, 2.0 * a, a - b + 3.0, 0.01 * c + b, 7.0, d - c - 1.0], 0)
    };
    Examples::from_arrays((0..count).map(example)).expect("finite numbers")
}

#[test]
fn scaling_fills_the_range() {
    let data = mixed(50);
    let scaling = Scaling::fit(&data, -1.0, 3.0).expect("a fit");
    let numbers = all(&Transformed::new(&data, scaling));
    let (low, high) = numbers.iter().fold((9.0_f64, -9.0_f64), |(a, b), &x| (a.min(x), b.max(x)));
    assert!((low + 1.0).abs() < 1e-12 && (high - 3.0).abs() < 1e-12, "{low} to {high}");
    let constant = Examples::<Flat<1>>::from_arrays([([5.0], 0), ([5.0], 0)]).expect("numbers");
    assert_eq!(Scaling::fit(&constant, 2.0, 3.0).expect("a fit").of(&[5.0]), [2.0]);
}

#[test]
fn standardized_numbers_have_mean_0_and_deviation_1() {
    let data = mixed(200);
    let fitted = Standardize::fit(&Split::train(data.clone())).expect("a fit");
    let (mean, covariance) = moments(&all(&Transformed::new(&data, &fitted)), 6);
    assert!(largest(mean) < 1e-12);
    for i in [0, 1, 2, 3, 5] {
        assert!((covariance[(i, i)] - 1.0).abs() < 1e-12, "number {i}: {}", covariance[(i, i)]);
    }
    // the constant: divided by 1
    assert_eq!((fitted.deviation()[4], fitted.mean()[4]), (1.0, 7.0));
    assert_eq!(fitted.of(&[0.0, 0.0, 0.0, 0.0, 7.5, 0.0])[4], 0.5);
}

#[test]
fn standardized_channels_have_mean_0_and_deviation_1() {
    type Small = Image<2, 3, 2>;
    let images = (0..20).map(|i| {
        let pixel = |y: usize, x: usize| [(i * y + x) as f32, 100.0 - (i * i + x) as f32];
        (std::array::from_fn(|y| std::array::from_fn(|x| pixel(y, x))), 0)
    });
    let data = Examples::<Small>::from_arrays(images).expect("images");
    let fitted = StandardizeChannels::fit(&data).expect("a fit");
    assert_eq!(fitted.mean().len(), Small::CHANNELS);
    let (mean, covariance) = moments(&all(&Transformed::new(&data, &fitted)), 2);
    assert!(largest(mean) < 1e-12);
    assert!((0..2).all(|c| (covariance[(c, c)] - 1.0).abs() < 1e-12));
}

#[test]
fn normalized_images_have_their_own_mean_0_and_deviation_1() {
    let contrast = NormalizeContrast::<Image<3, 3, 2>>::new(0.0).expect("an epsilon");
    let image = std::array::from_fn(|y| std::array::from_fn(|x| [(y * 5 + x * x) as f64, 0.5 - y as f64]));
    let numbers = contrast.of(&image).as_flattened().as_flattened().to_vec();
    let mean = numbers.iter().sum::<f64>() / 18.0;
    let variance = numbers.iter().map(|x| x * x).sum::<f64>() / 18.0;
    assert!(mean.abs() < 1e-14 && (variance - 1.0).abs() < 1e-13);
    // of one color: nothing, not even of rounding
    assert_eq!(contrast.of(&[[[0.1; 2]; 3]; 3]), [[[0.0; 2]; 3]; 3]);
    let large = NormalizeContrast::<Image<256, 256, 3>>::new(0.0).expect("an epsilon");
    let (x, mut y) = (vec![0.7; 256 * 256 * 3], vec![1.0; 256 * 256 * 3]);
    large.apply(&x, &mut y, &mut []);
    assert!(y.iter().all(|&y| y == 0.0));
    for deviation in [1.0, 20.0, 100.0] {
        let local = NormalizeLocally::<Image<64, 64, 1>>::new(deviation).expect("a deviation");
        for gray in 0..=255_u8 {
            let (x, mut y) = (vec![f32::from(gray) / 255.0; 64 * 64], vec![1.0; 64 * 64]);
            local.apply(&x, &mut y, &mut vec![0.0; 3 * 64 * 64]);
            assert!(y.iter().all(|&y| y == 0.0), "{gray}, deviation {deviation}");
        }
    }
    // a variance of ε is halved
    let soft = NormalizeContrast::<Flat<2>>::new(4.0).expect("an epsilon");
    let [a, b] = soft.of(&[1.0, 5.0]);
    assert!((a + 0.5_f64.sqrt()).abs() < 1e-15 && (b - 0.5_f64.sqrt()).abs() < 1e-15);
}

/// Numbers far from 0 that vary little: column i is `FAR + i` and a few steps of `STEP`, which are exact, in `f32` too.
struct Far;

impl Far {
    const FAR: f64 = 1e6;
    const STEP: f64 = 1.0 / 16.0;

    fn steps(index: usize, column: usize) -> f64 {
        (plywood::data::Random::new((4 * index + column) as u64).below(16)) as f64
    }
}

impl Dataset for Far {
    type Example = Image<2, 2, 1>;
    type Target = usize;

    fn len(&self) -> usize {
        500
    }
    fn read<T: plywood::Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        for (column, x) in x.iter_mut().enumerate() {
            *x = T::of(Self::FAR + column as f64 + Self::STEP * Self::steps(index, column));
        }
        0
    }
}

/// Returns the largest difference between the output of a transform in `f32`, as networks read it, and its output in
/// `f64` for the same numbers without their common part.
fn lost<F, N>(far: &F, near: &N) -> f64
where
    N: Transform<In = Image<2, 2, 1>>,
    F: Transform<In = Image<2, 2, 1>, Out = N::Out>,
{
    let len = N::Out::LEN;
    let mut most = 0.0_f64;
    for index in 0..Far.len() {
        let (mut x, mut y) = ([0.0_f32; 4], vec![0.0_f32; len]);
        Far.read(index, &mut x);
        far.apply(&x, &mut y, &mut vec![0.0; F::SCRATCH]);
        let steps: Vec<f64> =
            (0..4).map(|column| column as f64 + Far::STEP * Far::steps(index, column)).collect();
        let mut expected = vec![0.0; len];
        near.apply(&steps, &mut expected, &mut vec![0.0; N::SCRATCH]);
        // directions have either sign
        let differences =
            y.iter().zip(&expected).map(|(y, expected)| (f64::from(y.abs()) - expected.abs()).abs());
        most = most.max(largest(differences));
    }
    most
}

#[test]
fn numbers_far_from_0_that_vary_little_lose_nothing() {
    type S = Image<2, 2, 1>;

    /// The same without what all numbers have in common.
    struct Near;

    impl Dataset for Near {
        type Example = S;
        type Target = usize;

        fn len(&self) -> usize {
            Far.len()
        }
        fn read<T: plywood::Scalar>(&self, index: usize, x: &mut [T]) -> usize {
            for (column, x) in x.iter_mut().enumerate() {
                *x = T::of(column as f64 + Far::STEP * Far::steps(index, column));
            }
            0
        }
    }

    let (far, near) =
        (Standardize::<S>::fit(&Far).expect("a fit"), Standardize::<S>::fit(&Near).expect("a fit"));
    for (far, near) in far.deviation().iter().zip(near.deviation()) {
        assert!((far / near - 1.0).abs() < 1e-13, "{far}, expected {near}");
    }
    for (far, near) in far.mean().iter().zip(near.mean()) {
        assert!((far - near - Far::FAR).abs() < 1e-9, "{far}, expected {near}");
    }
    let fitted = [
        ("Standardize", lost(&far, &near)),
        (
            "StandardizeChannels",
            lost(
                &StandardizeChannels::<S>::fit(&Far).expect("a fit"),
                &StandardizeChannels::<S>::fit(&Near).expect("a fit"),
            ),
        ),
        (
            "Scaling",
            lost(
                &Scaling::<S>::fit(&Far, -1.0, 1.0).expect("a fit"),
                &Scaling::<S>::fit(&Near, -1.0, 1.0).expect("a fit"),
            ),
        ),
        (
            "Pca",
            lost(&Pca::<S, 4>::fit(&Far, 0.0).expect("a fit"), &Pca::<S, 4>::fit(&Near, 0.0).expect("a fit")),
        ),
        ("Zca", lost(&Zca::<S>::fit(&Far, 0.0).expect("a fit"), &Zca::<S>::fit(&Near, 0.0).expect("a fit"))),
        (
            "NormalizeContrast",
            lost(
                &NormalizeContrast::<S>::new(0.0).expect("ε"),
                &NormalizeContrast::<S>::new(0.0).expect("ε"),
            ),
        ),
        (
            "NormalizeLocally",
            lost(
                &NormalizeLocally::<S>::new(1.0).expect("a deviation"),
                &NormalizeLocally::<S>::new(1.0).expect("a deviation"),
            ),
        ),
    ];
    for (name, lost) in fitted {
        assert!(lost < 1e-5, "{name}: {lost}");
    }
}

#[test]
fn standardizing_reads_each_example_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts how often it is read.
    struct Counts(AtomicUsize);

    impl Dataset for Counts {
        type Example = Image<1, 1, 2>;
        type Target = usize;

        fn len(&self) -> usize {
            5
        }
        fn read<T: plywood::Scalar>(&self, index: usize, x: &mut [T]) -> usize {
            self.0.fetch_add(1, Ordering::Relaxed);
            x.fill(T::of(index as f64));
            0
        }
    }

    let (numbers, channels) = (Counts(AtomicUsize::new(0)), Counts(AtomicUsize::new(0)));
    assert_eq!(Standardize::fit(&numbers).expect("a fit").deviation(), [2.0_f64.sqrt(); 2]);
    assert_eq!(StandardizeChannels::fit(&channels).expect("a fit").mean(), [2.0; 2]);
    assert_eq!([numbers, channels].map(|counts| counts.0.into_inner()), [5, 5]);
}

#[test]
fn statistics_are_exact_to_the_last_digits_of_a_column_that_varies_by_a_billionth() {
    /// A billion, and thousandths.
    struct Thousandths;

    impl Dataset for Thousandths {
        type Example = Flat<1>;
        type Target = usize;

        fn len(&self) -> usize {
            1000
        }
        fn read<T: plywood::Scalar>(&self, index: usize, x: &mut [T]) -> usize {
            x[0] = T::of(1e9 + (index % 7) as f64 / 1024.0);
            0
        }
    }

    let fitted = Standardize::<Flat<1>>::fit(&Thousandths).expect("a fit");
    let thousandths: Vec<f64> = (0..1000).map(|index| f64::from(index % 7)).collect();
    let mean = thousandths.iter().sum::<f64>() / 1000.0;
    let variance = thousandths.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1000.0;
    let deviation = variance.sqrt() / 1024.0;
    assert!(
        (fitted.deviation()[0] / deviation - 1.0).abs() < 1e-12,
        "{:?}, expected {deviation}",
        fitted.deviation()
    );
    assert!((fitted.mean()[0] - 1e9 - mean / 1024.0).abs() < 2e-7);
}

/// The definition, without separating anything: sums over all pixels around, those beyond the border found by walking.
fn local<const H: usize, const W: usize, const C: usize>(
    image: &[[[f64; C]; W]; H],
    deviation: f64,
) -> Vec<f64> {
    let reach = (3.0 * deviation).ceil() as isize;
    let reflect = |place: usize, step: isize, side: usize| {
        let (mut place, side) = (place.cast_signed() + step, side.cast_signed());
        while !(0..side).contains(&place) {
            place = if place < 0 { -1 - place } else { 2 * side - 1 - place };
        }
        place.cast_unsigned()
    };
    let bell = |i: isize| (-0.5 * (i as f64 / deviation).powi(2)).exp();
    let total = (-reach..=reach).map(bell).sum::<f64>().powi(2) * C as f64;
    let around = |image: &[[[f64; C]; W]; H], y: usize, x: usize, power: i32| {
        let mut sum = 0.0;
        for down in -reach..=reach {
            for along in -reach..=reach {
                let pixel = image[reflect(y, down, H)][reflect(x, along, W)];
                sum += bell(down) * bell(along) * pixel.iter().map(|x| x.powi(power)).sum::<f64>();
            }
        }
        sum / total
    };
    let v: [[[f64; C]; W]; H] = std::array::from_fn(|y| {
        std::array::from_fn(|x| image[y][x].map(|number| number - around(image, y, x, 1)))
    });
    let s: Vec<f64> = (0..H * W).map(|i| around(&v, i / W, i % W, 2).sqrt()).collect();
    let least = s.iter().sum::<f64>() / s.len() as f64;
    let numbers = v.as_flattened().as_flattened().iter().enumerate();
    numbers.map(|(i, v)| v / s[i / C].max(least)).collect()
}

#[test]
fn local_normalization_is_what_its_formula_says() {
    fn check<const H: usize, const W: usize, const C: usize>(deviation: f64) {
        let mut random = plywood::data::Random::new(3);
        let image = [(); H].map(|()| [(); W].map(|()| [(); C].map(|()| random.unit())));
        let found = NormalizeLocally::<Image<H, W, C>>::new(deviation).expect("a deviation").of(&image);
        let found = found.as_flattened().as_flattened();
        let difference = found.iter().zip(local(&image, deviation)).map(|(a, b)| a - b);
        assert!(largest(difference) < 1e-12, "{H}×{W}×{C}, {deviation}");
    }
    check::<6, 5, 1>(1.0);
    check::<5, 7, 3>(0.7);
    // neighborhoods larger than the image
    check::<2, 3, 2>(2.5);
    check::<1, 4, 1>(1.5);
    let plain = NormalizeLocally::<Image<4, 4, 3>>::new(1.0).expect("a deviation");
    assert_eq!(plain.of(&[[[0.1_f64; 3]; 4]; 4]), [[[0.0; 3]; 4]; 4]);
    assert_eq!(plain.of(&[[[0.1_f32; 3]; 4]; 4]), [[[0.0; 3]; 4]; 4]);
}

/// Checks the result of whitening on the data that it was fitted to.
fn check_whitening<S: Shape, const K: usize>(data: &Examples<S>, rank: usize) {
    let pca = Pca::<S, K>::fit(data, 0.0).expect("a fit");
    assert!(pca.variances().windows(2).all(|pair| pair[0] >= pair[1]), "in falling order");
    assert_eq!(pca.variances().iter().filter(|&&variance| variance > 0.0).count(), rank.min(K));
    let (mean, covariance) = moments(&all(&Transformed::new(data, &pca)), K);
    assert!(largest(mean) < 1e-6);
    for i in 0..K {
        for j in 0..K {
            let expected = f64::from(u8::from(i == j && i < rank));
            assert!((covariance[(i, j)] - expected).abs() < 1e-6, "pca {i}, {j}: {}", covariance[(i, j)]);
        }
    }
    let zca = Zca::<S>::fit(data, 0.0).expect("a fit");
    let (mean, covariance) = moments(&all(&Transformed::new(data, &zca)), S::LEN);
    assert!(largest(mean) < 1e-6);
    if rank == S::LEN {
        let difference = covariance - nalgebra::DMatrix::identity(S::LEN, S::LEN);
        assert!(largest(difference.iter().copied()) < 1e-3);
    } else {
        // the projection on the directions in which the data varies
        let difference = &covariance * &covariance - &covariance;
        assert!(largest(difference.iter().copied()) < 1e-3);
        assert!((covariance.trace() - rank as f64).abs() <= 1e-3 * rank as f64);
    }
}

#[test]
fn whitening_leaves_no_covariance() {
    // six numbers, of which one is constant and one another's double
    check_whitening::<_, 5>(&mixed(300), 4);
    // fewer examples than numbers: one direction less than examples
    check_whitening::<_, 6>(&mixed(3), 2);
    check_whitening::<_, 2>(&mixed(1), 0);
}

#[test]
fn whitening_with_epsilon_spares_small_variances() {
    let data = mixed(300);
    let (exact, soft) =
        (Pca::<_, 3>::fit(&data, 0.0).expect("a fit"), Pca::<_, 3>::fit(&data, 0.5).expect("a fit"));
    let (_, covariance) = moments(&all(&Transformed::new(&data, &soft)), 3);
    for (i, variance) in exact.variances().iter().enumerate() {
        assert!((covariance[(i, i)] - variance / (variance + 0.5)).abs() < 1e-6);
    }
}

#[test]
fn zca_changes_examples_less_than_other_whitenings() {
    let data = mixed(300);
    let zca = Zca::fit(&data, 0.0).expect("a fit");
    // symmetric, so that each number of the result is that of the example, sharpened
    let unit = |i: usize| std::array::from_fn::<f64, 6, _>(|j| f64::from(u8::from(i == j)));
    let origin = zca.of(&[0.0_f64; 6]);
    for i in 0..6 {
        for j in 0..6 {
            let (a, b) = (zca.of(&unit(i))[j] - origin[j], zca.of(&unit(j))[i] - origin[i]);
            assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()));
        }
    }
}

#[test]
fn mnist_is_whitened() {
    let Some(folder) = shared("mnist") else { return };
    let (train, _) = idx::mnist(folder).expect("MNIST");
    let train = train.take(3_000);
    // pixels that are the same in all images, and directions that they leave
    let pca = Pca::<Digit, 784>::fit(&train, 0.0).expect("a fit");
    let rank = pca.variances().iter().filter(|&&variance| variance > 0.0).count();
    println!("{rank} directions of 784");
    assert!((500..784).contains(&rank));
    check_whitening::<Digit, 784>(&train, rank);
}

#[test]
fn color_patches_are_whitened_to_the_identity() {
    use plywood::data::folder::{self, Sizes};
    use plywood::data::{Random, Transform as _};

    type Patch = Image<6, 6, 3>;
    let folder = std::env::var_os("CIFAR10_IMAGES").map(std::path::PathBuf::from);
    let Some(folder) = folder.or_else(|| shared("cifar10-images")) else { return };
    let images = folder::open::<Image<32, 32, 3>>(folder.join("test"), Sizes::Exact).expect("CIFAR-10");
    let crop = plywood::augment::Crop::<Image<32, 32, 3>, Patch>::new();
    let mut random = Random::new(1);
    let patches = (0..4_000).map(|_| {
        let mut image = [[[0.0_f32; 3]; 32]; 32];
        images.read(random.below(images.len()), image.as_flattened_mut().as_flattened_mut());
        (crop.drawn(random.below(1 << 40) as u64, &image), 0)
    });
    check_whitening::<Patch, 108>(&Examples::from_arrays(patches).expect("patches"), 108);
}

#[test]
fn what_was_kept_does_the_same_to_the_bit() {
    fn check<A: Keep<In = Digit>>(fitted: &A, data: &Examples<Digit>) {
        let vectors = fitted.to_vectors();
        let copy: Vectors =
            vectors.iter().map(|(name, numbers)| (name.to_owned(), numbers.to_vec())).collect();
        assert_eq!(copy, vectors);
        let again = A::from_vectors(copy).expect("all that was put in");
        assert!(all(&Transformed::new(data, fitted)) == all(&Transformed::new(data, &again)));
        // each vector is needed, and no other is taken
        for left_out in 0..vectors.iter().count() {
            let fewer = vectors.iter().enumerate().filter(|(i, _)| *i != left_out);
            let fewer: Vectors =
                fewer.map(|(_, (name, numbers))| (name.to_owned(), numbers.to_vec())).collect();
            assert!(A::from_vectors(fewer).is_err());
        }
        let mut more = vectors;
        more.put("other", vec![1.0]);
        assert!(A::from_vectors(more).is_err());
    }
    let data = digits(40, 1);
    let standardize = Standardize::fit(&data).expect("a fit");
    let contrast = NormalizeContrast::new(0.1).expect("an epsilon");
    check(&Scaling::fit(&data, -1.0, 1.0).expect("a fit"), &data);
    check(&standardize, &data);
    check(&StandardizeChannels::fit(&data).expect("a fit"), &data);
    check(&contrast, &data);
    check(&NormalizeLocally::new(1.5).expect("a deviation"), &data);
    check(&Pca::<Digit, 20>::fit(&data, 0.1).expect("a fit"), &data);
    check(&Zca::fit(&data, 0.1).expect("a fit"), &data);
    check(&standardize.clone().then(contrast).then(standardize), &data);
}

#[test]
fn what_does_not_fit_is_an_error() {
    fn message<A>(result: Result<A>) -> String {
        result.err().map(|error| error.to_string()).expect("an error")
    }
    let none = digits(5, 1).take(0);
    let empty = "data to fit preprocessing to: found no examples, expected at least 1";
    assert_eq!(message(Standardize::fit(&none)), empty);
    assert_eq!(message(Zca::fit(&none, 0.1)), empty);
    assert_eq!(message(Pca::<_, 3>::fit(&none, 0.1)), empty);
    assert_eq!(message(Scaling::fit(&none, 0.0, 1.0)), empty);
    let data = digits(5, 1);
    assert_eq!(message(Zca::fit(&data, -0.1)), "epsilon: found -0.1, expected a finite number, at least 0");
    assert_eq!(
        message(Scaling::fit(&data, 1.0, 1.0)),
        "range: found 1 to 1, expected a smaller and a larger number"
    );
    let mut vectors = Vectors::new();
    vectors.put("standardize.mean", vec![0.0; 3]);
    vectors.put("standardize.deviation", vec![1.0, 0.0, 1.0]);
    let found = message(Standardize::<Flat<3>>::from_vectors(vectors.clone()));
    assert_eq!(found, "preprocessing, vector `standardize.deviation`: found 0, expected numbers above 0");
    let found = message(Standardize::<Flat<4>>::from_vectors(vectors.clone()));
    assert_eq!(found, "preprocessing, vector `standardize.mean`: found 3 numbers, expected 4 numbers");
    let found = message(Scaling::<Flat<3>>::from_vectors(vectors));
    assert_eq!(found, "preprocessing: found a vector `standardize.mean`, expected only those of `scaling`");
}
