//! Losses: against `PyTorch` (`tests/golden/losses.py`), against numerical derivatives, and against their contract.

use plywood::check::{self, GradientCheck};
use plywood::layers::Identity;
use plywood::loss::*;
use plywood::{Flat, Image, Layer, Loss, Scalar, Shape};

type Three = Flat<3>;

/// Outputs, targets, loss and derivative of a case of losses.txt.
fn golden(name: &str, targets: usize) -> [Vec<f64>; 4] {
    let line =
        include_str!("golden/losses.txt").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let numbers: Vec<f64> =
        line.expect(name).split(' ').map(|number| number.parse().expect("a number")).collect();
    let (outputs, rest) = numbers.split_at(12);
    let (targets, rest) = rest.split_at(targets);
    [outputs, targets, &rest[..1], &rest[1..]].map(<[f64]>::to_vec)
}

fn compare<Out: Shape, T: Scalar, L: Loss<Out>>(
    loss: &L,
    targets: &[L::Target],
    golden: &[Vec<f64>; 4],
    tolerance: f64,
) {
    let [outputs, _, value, derivative] = golden;
    let outputs: Vec<T> = outputs.iter().map(|&y| T::of(y)).collect();
    let mut found = vec![T::of(f64::NAN); outputs.len()];
    let found_value = loss.gradient(&outputs, targets, &mut found);
    let close = |found: f64, expected: f64| (found - expected).abs() <= tolerance * expected.abs().max(1.0);
    assert!(close(found_value, value[0]), "{} is {found_value}, expected {}", T::NAME, value[0]);
    for (i, (found, expected)) in found.iter().zip(derivative).enumerate() {
        assert!(close(found.to_f64(), *expected), "{}[{i}] is {found}, expected {expected}", T::NAME);
    }
}

/// Everything that is known of a loss, for targets of a case.
fn verify<Out: Shape, L: Loss<Out>>(loss: &L, targets: &[L::Target], golden: &[Vec<f64>; 4])
where
    Identity<Out>: Layer<Out = Out>,
{
    compare::<Out, f64, L>(loss, targets, golden, 1e-14);
    compare::<Out, f32, L>(loss, targets, golden, 2e-6);
    for seed in 0..20 {
        check::loss(loss, targets, seed).expect("the contract");
        let report = GradientCheck::new().seed(seed).run_loss(loss, targets).expect("good targets");
        assert!(report.relative_error() < 1e-9, "{report}");
    }
}

/// A class for each example.
fn classes(name: &str) -> (Vec<usize>, [Vec<f64>; 4]) {
    let golden = golden(name, 4);
    let class = |&number: &f64| (0..3).find(|&class| class as f64 == number).expect("a class");
    (golden[1].iter().map(class).collect(), golden)
}

/// A number for each output.
fn numbers(name: &str) -> (Vec<[f32; 3]>, [Vec<f64>; 4]) {
    let golden = golden(name, 12);
    let (targets, _) = golden[1].as_chunks::<3>();
    (targets.iter().map(|target| target.map(|number| number as f32)).collect(), golden)
}

#[test]
fn softmax_cross_entropy() {
    let (targets, golden) = classes("softmax_cross_entropy");
    verify::<Three, _>(&SoftmaxCrossEntropy, &targets, &golden);
    // nothing smoothed, and certain labels
    compare::<Three, f64, _>(&SmoothedCrossEntropy { smoothing: 0.0 }, &targets, &golden, 1e-14);
    let certain: Vec<_> =
        targets.iter().map(|&t| std::array::from_fn(|j| f32::from(u8::from(j == t)))).collect();
    compare::<Three, f64, _>(&SoftCrossEntropy, &certain, &golden, 1e-14);
}

#[test]
fn smoothed_cross_entropy() {
    let (targets, golden) = classes("smoothed_cross_entropy");
    verify::<Three, _>(&SmoothedCrossEntropy { smoothing: 0.2 }, &targets, &golden);
}

#[test]
fn soft_cross_entropy() {
    let (targets, golden) = numbers("soft_cross_entropy");
    verify::<Three, _>(&SoftCrossEntropy, &targets, &golden);
}

#[test]
fn hinge() {
    let (targets, golden) = classes("hinge");
    verify::<Three, _>(&Hinge { margin: 1.25 }, &targets, &golden);
}

#[test]
fn mean_squared_error() {
    let (targets, golden) = numbers("mean_squared_error");
    verify::<Three, _>(&MeanSquaredError, &targets, &golden);
}

#[test]
fn huber() {
    let (targets, golden) = numbers("huber");
    verify::<Three, _>(&Huber { delta: 1.5 }, &targets, &golden);
}

#[test]
fn binary_cross_entropy() {
    let (targets, golden) = numbers("binary_cross_entropy");
    verify::<Three, _>(&BinaryCrossEntropy, &targets, &golden);
}

/// Weights that losses.py has too.
const WEIGHTS: [f64; 3] = [0.5, 2.0, 1.25];

#[test]
fn focal() {
    let (targets, golden) = classes("focal");
    verify::<Three, _>(&Focal::default(), &targets, &golden);
    let (targets, golden) = classes("focal_below_1");
    verify::<Three, _>(&Focal::new(0.5), &targets, &golden);
    // with γ = 0 it is the cross-entropy
    let (targets, golden) = classes("softmax_cross_entropy");
    compare::<Three, f64, _>(&Focal::new(0.0), &targets, &golden, 1e-14);
}

#[test]
fn class_weighted() {
    let (targets, golden) = classes("class_weighted");
    verify::<Three, _>(&ClassWeighted::new(SoftmaxCrossEntropy, WEIGHTS), &targets, &golden);
    // weights of 1 change nothing, whatever the loss
    let ones = [1.0; 3];
    let (targets, golden) = classes("smoothed_cross_entropy");
    let smoothed = ClassWeighted::new(SmoothedCrossEntropy { smoothing: 0.2 }, ones);
    verify::<Three, _>(&smoothed, &targets, &golden);
    let (targets, golden) = classes("hinge");
    verify::<Three, _>(&ClassWeighted::new(Hinge { margin: 1.25 }, ones), &targets, &golden);
}

#[test]
fn example_weighted() {
    // the weight of an example's class, as the weight of the example
    let (targets, golden) = classes("class_weighted");
    let weigh = |&class: &usize| WeightedTarget::new(class, WEIGHTS[class] as f32);
    let weighted: Vec<_> = targets.iter().map(weigh).collect();
    verify::<Three, _>(&ExampleWeighted(SoftmaxCrossEntropy), &weighted, &golden);
}

#[test]
fn scaled() {
    let (targets, mut golden) = numbers("mean_squared_error");
    golden[2..].iter_mut().flatten().for_each(|number| *number *= 0.25);
    verify::<Three, _>(&Scaled::new(MeanSquaredError, 0.25), &targets, &golden);
}

type Pixels = Image<1, 2, 3>;

/// A map of classes for each of two images.
fn maps(name: &str) -> (Vec<[[u8; 2]; 1]>, [Vec<f64>; 4]) {
    let golden = golden(name, 4);
    let (maps, _) = golden[1].as_chunks::<2>();
    let class = |number: f64| (0..=IGNORED).find(|&class| f64::from(class) == number).expect("a class");
    (maps.iter().map(|map| [map.map(class)]).collect(), golden)
}

#[test]
fn pixels() {
    let (targets, golden) = maps("pixels");
    verify::<Pixels, _>(&SoftmaxCrossEntropy, &targets, &golden);
    verify::<Pixels, _>(&Focal::new(0.0), &targets, &golden);
    verify::<Pixels, _>(&ClassWeighted::new(SoftmaxCrossEntropy, [1.0; 3]), &targets, &golden);
    let (targets, golden) = maps("weighted_focal_pixels");
    verify::<Pixels, _>(&ClassWeighted::new(Focal::new(2.0), WEIGHTS), &targets, &golden);
}

#[test]
fn pixels_that_do_not_count_change_nothing() {
    type Square = Image<2, 2, 2>;
    let loss = |scores: [f64; 8], map: [[u8; 2]; 2]| {
        let mut slopes = [f64::NAN; 8];
        (Loss::<Square>::gradient(&SoftmaxCrossEntropy, &scores, &[map], &mut slopes), slopes)
    };
    // log 2 at one pixel, and by hand log(1 + e⁻¹) at another
    let scores = [0.0, 0.0, 7.0, -7.0, 1.0, 0.0, 9.0, 1e300];
    let (value, slopes) = loss(scores, [[1, IGNORED], [0, IGNORED]]);
    let (e, log) = (1_f64.exp(), (1.0 + (-1_f64).exp()).ln());
    assert!((2.0 * value - (2_f64.ln() + log)).abs() < 1e-15, "{value}");
    let p = 1.0 / (1.0 + e);
    for (found, expected) in slopes.iter().zip([0.25, -0.25, 0.0, 0.0, -p / 2.0, p / 2.0, 0.0, 0.0]) {
        assert!((found - expected).abs() < 1e-15, "{slopes:?}");
    }
    // an example without pixels counts as one whose loss is 0
    assert_eq!(loss(scores, [[IGNORED; 2]; 2]), (0.0, [0.0; 8]));
    let both: Vec<f64> = scores.iter().chain(&scores).copied().collect();
    let maps = [[[1, IGNORED], [0, IGNORED]], [[IGNORED; 2]; 2]];
    let mean = Loss::<Square>::value(&SoftmaxCrossEntropy, &both, &maps);
    assert!((mean - value / 2.0).abs() < 1e-15, "{mean}");
    check::loss::<Square, _>(&SoftmaxCrossEntropy, &maps, 1).expect("the contract");
    // none of its numbers is lost
    let mut infinite = scores;
    infinite[2] = f64::NAN;
    assert!(loss(infinite, maps[0]).0.is_nan());
}

#[test]
fn weighted_binary_cross_entropy() {
    let (targets, golden) = numbers("weighted_binary_cross_entropy");
    verify::<Three, _>(&WeightedBinaryCrossEntropy::new(WEIGHTS), &targets, &golden);
    // of a channel: at every pixel
    let (pixels, _) = targets.as_chunks::<2>();
    let pixels: Vec<[[[f32; 3]; 2]; 1]> = pixels.iter().map(|&pixels| [pixels]).collect();
    verify::<Pixels, _>(&WeightedBinaryCrossEntropy::new(WEIGHTS), &pixels, &golden);
    let (targets, golden) = numbers("binary_cross_entropy");
    verify::<Three, _>(&WeightedBinaryCrossEntropy::new([1.0; 3]), &targets, &golden);
    let (pixels, _) = targets.as_chunks::<2>();
    let pixels: Vec<[[[f32; 3]; 2]; 1]> = pixels.iter().map(|&pixels| [pixels]).collect();
    verify::<Pixels, _>(&BinaryCrossEntropy, &pixels, &golden);
    // one mask, and one weight
    let masks: Vec<[[[f32; 1]; 6]; 2]> = vec![[[[0.25]; 6], [[1.0]; 6]]; 2];
    let weighted = WeightedBinaryCrossEntropy::new([3.0]);
    check::loss::<Image<2, 6, 1>, _>(&weighted, &masks, 1).expect("the contract");
}

#[test]
fn binary_focal() {
    let (targets, golden) = numbers("binary_focal");
    verify::<Three, _>(&BinaryFocal::default(), &targets, &golden);
    // with γ = 0 and without α it is the cross-entropy
    let report = |loss: &BinaryFocal| Loss::<Three>::value(loss, &[0.5, -2.0, 30.0], &[[1.0, 1.0, 0.0]]);
    let plain = Loss::<Three>::value(&BinaryCrossEntropy, &[0.5, -2.0, 30.0], &[[1.0, 1.0, 0.0]]);
    assert!((report(&BinaryFocal::new(0.0)) - plain).abs() < 1e-14 * plain);
    for gamma in [0.0, 0.5, 1.0, 5.0] {
        let check = GradientCheck::new().run_loss::<Three, _>(&BinaryFocal::new(gamma), &targets);
        assert!(check.expect("targets").relative_error() < 1e-9, "{gamma}");
    }
}

#[test]
fn mean_absolute_error() {
    let (targets, golden) = numbers("mean_absolute_error");
    verify::<Three, _>(&MeanAbsoluteError, &targets, &golden);
}

#[test]
fn quantile() {
    let (targets, golden) = numbers("quantile");
    verify::<Three, _>(&Quantile { q: 0.875 }, &targets, &golden);
}

#[test]
fn poisson() {
    let (targets, golden) = numbers("poisson");
    verify::<Three, _>(&Poisson, &targets, &golden);
}

#[test]
fn kullback_leibler() {
    let (targets, golden) = numbers("kullback_leibler");
    verify::<Three, _>(&KullbackLeibler, &targets, &golden);
    // 0 where the probabilities are those of the target
    let scores = [0.5_f64, 0.25, 0.25].map(f64::ln);
    let zero = KullbackLeibler.value(&scores, &[[0.5, 0.25, 0.25]]);
    assert!(zero.abs() < 1e-15, "{zero}");
}

#[test]
fn two_outputs() {
    let golden = golden("class_and_number", 8);
    let targets: Vec<_> =
        (0..4).map(|i| (usize::from(golden[1][i] == 1.0), [golden[1][4 + i] as f32])).collect();
    let loss = (SoftmaxCrossEntropy, Scaled::new(MeanSquaredError, 0.25));
    verify::<(Flat<2>, Flat<1>), _>(&loss, &targets, &golden);
    // the factor of the whole, and that of its parts
    let twice =
        Scaled::new((Scaled::new(SoftmaxCrossEntropy, 0.5), Scaled::new(MeanSquaredError, 0.125)), 2.0);
    compare::<(Flat<2>, Flat<1>), f64, _>(&twice, &targets, &golden, 1e-14);
    let weighted: Vec<_> = targets.iter().map(|&target| WeightedTarget::new(target, 1.0)).collect();
    verify::<(Flat<2>, Flat<1>), _>(&ExampleWeighted(loss), &weighted, &golden);
}

#[test]
fn many_outputs() {
    // an image, a vector and a pair, whose parts lie apart in a batch
    type Out = ((Image<1, 2, 3>, Flat<2>), (Flat<1>, (Flat<2>, Flat<2>)));
    let verifier = ExampleWeighted(Contrastive::new(2.5));
    let loss = ((SoftmaxCrossEntropy, Hinge::default()), (Poisson, verifier));
    let target = |map: [u8; 2], class, count, same| {
        (([map], class), ([count], WeightedTarget::new(same, 0.5 + count)))
    };
    let targets =
        [target([1, IGNORED], 0, 2.0, true), target([0, 2], 1, 0.0, false), target([2, 2], 1, 1.0, true)];
    for seed in 0..5 {
        check::loss::<Out, _>(&loss, &targets, seed).expect("the contract");
        let weighted = targets.map(|target| WeightedTarget::new(target, target.1.0[0]));
        check::loss::<Out, _>(&ExampleWeighted(loss), &weighted, seed).expect("the contract");
        let report = GradientCheck::new().seed(seed).run_loss::<Out, _>(&ExampleWeighted(loss), &weighted);
        let error = report.expect("good targets").relative_error();
        assert!(error < 1e-9, "{error}");
    }
    let wrong = target([1, 3], 0, 2.0, true);
    let map = "first target: first target: class 3 in row 0, column 1 of the target, 0 to 2, one for each of the \
               network's 3 channels, or 255 for a pixel that does not count";
    assert_eq!(unfit::<Out, _>(&loss, wrong), map);
    let wrong = target([1, 2], 0, -2.0, true);
    assert_eq!(
        unfit::<Out, _>(&loss, wrong),
        "second target: first target: -2 as number 0 of the target, a count, from 0 to 10¹³"
    );
    let name = "((SoftmaxCrossEntropy, Hinge { margin: 1.0 }), \
                (Poisson, ExampleWeighted(Contrastive { margin: 2.5 })))";
    assert_eq!(Loss::<Out>::name(&loss), name);
}

#[test]
fn contrastive() {
    let golden = golden("contrastive", 2);
    let targets: Vec<_> = golden[1].iter().map(|&same| same == 1.0).collect();
    verify::<(Three, Three), _>(&Contrastive::new(12.0), &targets, &golden);
    let one = |a: [f64; 2], b: [f64; 2], same| {
        let mut slopes = [f64::NAN; 4];
        let loss = Contrastive::new(6.0);
        let value = Loss::<(Two, Two)>::gradient(&loss, &[a, b].concat(), &[same], &mut slopes);
        (value, slopes)
    };
    // a distance of 5
    assert_eq!(one([3.0, 0.0], [0.0, 4.0], true), (12.5, [3.0, -4.0, -3.0, 4.0]));
    let (value, slopes) = one([3.0, 0.0], [0.0, 4.0], false);
    assert_eq!(value, 0.5);
    assert!(slopes.iter().zip([-0.6, 0.8, 0.6, -0.8]).all(|(d, e)| (d - e).abs() < 1e-15), "{slopes:?}");
    // beyond the margin, and at no distance
    assert_eq!(one([30.0, 0.0], [0.0, 4.0], false), (0.0, [0.0; 4]));
    assert_eq!(one([1.0, 2.0], [1.0, 2.0], false), (18.0, [0.0; 4]));
}

#[test]
fn triplet() {
    type Out = (Two, (Two, Two));
    let golden = golden("triplet", 0);
    verify::<Out, _>(&Triplet::new(30.0), &[(); 2], &golden);
    let one = |loss: Triplet, parts: [[f64; 2]; 3]| {
        let mut slopes = [f64::NAN; 6];
        let value = Loss::<Out>::gradient(&loss, parts.as_flattened(), &[()], &mut slopes);
        (value, slopes)
    };
    // squared distances of 1 and 4
    let parts = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]];
    assert_eq!(one(Triplet::new(5.0), parts), (2.0, [-2.0, 4.0, 2.0, 0.0, 0.0, -4.0]));
    assert_eq!(one(Triplet::new(2.0), parts), (0.0, [0.0; 6]));
    let errors = [parts, [[0.0; 2]; 3]]
        .map(|parts| judged::<Out, _>(&Triplet::default(), parts.as_flattened(), &[()]).1);
    assert_eq!(errors, [Some(0.0), Some(1.0)]);
}

#[test]
fn values_worked_out_by_hand() {
    fn one<L: Loss<Flat<1>>>(loss: &L, y: f64, target: L::Target) -> [f64; 2] {
        let mut slope = [f64::NAN];
        [loss.gradient(&[y], &[target], &mut slope), slope[0]]
    }
    fn two<L: Loss<Flat<2>>>(loss: &L, target: L::Target) -> f64 {
        // probabilities ¼ and ¾
        loss.value(&[0.0, 3_f64.ln()], &[target])
    }
    // exact, as nothing is rounded
    assert_eq!(one(&MeanAbsoluteError, 3.0, [1.0]), [2.0, 1.0]);
    assert_eq!(one(&MeanAbsoluteError, -3.0, [1.0]), [4.0, -1.0]);
    assert_eq!(one(&MeanAbsoluteError, 1.0, [1.0]), [0.0, 0.0]);
    assert_eq!(one(&Quantile::new(0.75), 1.0, [3.0]), [1.5, -0.75]);
    assert_eq!(one(&Quantile::new(0.75), 3.0, [1.0]), [0.5, 0.25]);
    assert_eq!(one(&Quantile::new(0.75), 3.0, [3.0]), [0.0, 0.0]);
    assert_eq!(one(&Poisson, 0.0, [3.0]), [1.0, -2.0]);
    let (ln_2, ln_3) = (2_f64.ln(), 3_f64.ln());
    let close = [
        // the answer's probability is ½
        (one(&BinaryFocal::new(2.0), 0.0, [1.0])[0], ln_2 / 4.0),
        (one(&BinaryFocal::default(), 0.0, [1.0])[0], ln_2 / 16.0),
        (one(&BinaryFocal::default(), 0.0, [0.0])[0], 3.0 * ln_2 / 16.0),
        (one(&WeightedBinaryCrossEntropy::new([3.0]), 0.0, [1.0])[0], 3.0 * ln_2),
        (one(&WeightedBinaryCrossEntropy::new([3.0]), 0.0, [0.0])[0], ln_2),
        // −w p + (1 − p) with p = ½
        (one(&WeightedBinaryCrossEntropy::new([3.0]), 0.0, [1.0])[1], -1.5),
        (one(&Poisson, ln_2, [3.0])[0], 2.0 - 3.0 * ln_2),
        (two(&Focal::new(2.0), 0), 9.0 / 16.0 * 2.0 * ln_2),
        (two(&Focal::new(1.0), 1), 0.25 * (2.0 * ln_2 - ln_3)),
        (two(&ClassWeighted::new(SoftmaxCrossEntropy, [5.0, 1.0]), 0), 10.0 * ln_2),
        // ½ log(½ / ¼) + ½ log(½ / ¾)
        (two(&KullbackLeibler, [0.5, 0.5]), 0.5 * ln_2 + 0.5 * (ln_2 - ln_3)),
        (two(&KullbackLeibler, [1.0, 0.0]), 2.0 * ln_2),
    ];
    for (i, (found, expected)) in close.into_iter().enumerate() {
        assert!((found - expected).abs() < 1e-14, "{i}: {found}, expected {expected}");
    }
}

#[test]
fn balanced_weights_give_each_class_the_same_share() {
    let weights = ClassWeights::balanced(&[1, 2, 5]).expect("weights");
    let [a, b, c] = *weights.as_slice() else { panic!("{weights:?}") };
    assert!([a, 2.0 * b, 5.0 * c].iter().all(|share| (share - 8.0 / 3.0).abs() < 1e-15), "{weights:?}");
    let yes = WeightedBinaryCrossEntropy::balanced(&[1, 4], 8).expect("weights");
    assert_eq!(yes.yes, [7.0, 1.0]);
    let errors = [
        (
            ClassWeights::balanced(&[1, 0]).err(),
            "counts of classes: found no examples of class 1, expected at least 1 example of each class",
        ),
        (ClassWeights::balanced(&[]).err(), "counts of classes: found none, expected one for each class"),
        (
            WeightedBinaryCrossEntropy::balanced(&[1, 9], 8).err(),
            "number of answers \"yes\": found 9 of 8 for question 1, expected 1 to 7, so that both answers occur",
        ),
        // with a weight of 0, "yes" would teach nothing
        (
            WeightedBinaryCrossEntropy::balanced(&[8], 8).err(),
            "number of answers \"yes\": found 8 of 8 for question 0, expected 1 to 7, so that both answers occur",
        ),
        (
            WeightedBinaryCrossEntropy::balanced(&[1], 1).err(),
            "number of answers \"yes\": found 1 of 1 for question 0, expected one of 2 answers or more",
        ),
    ];
    for (error, expected) in errors {
        assert_eq!(error.map(|error| error.to_string()), Some(expected.to_owned()));
    }
}

#[test]
fn long_rows_and_images_are_checked_too() {
    // longer than the pieces that are computed at a time
    type Long = Flat<1100>;
    type Picture = Image<17, 20, 3>;
    let classes = [1099, 0, 512];
    let soft = [[1.0 / 1100.0; 1100]; 2];
    let pictures = [0.25, -0.5].map(|number| [[[number; 3]; 20]; 17]);
    let answers = [0.0, 1.0].map(|number| [[[number; 3]; 20]; 17]);
    check::loss::<Long, _>(&SoftmaxCrossEntropy, &classes, 1).expect("the contract");
    check::loss::<Long, _>(&SmoothedCrossEntropy::default(), &classes, 1).expect("the contract");
    check::loss::<Long, _>(&SoftCrossEntropy, &soft, 1).expect("the contract");
    check::loss::<Long, _>(&Hinge::default(), &classes, 1).expect("the contract");
    check::loss::<Long, _>(&Focal::default(), &classes, 1).expect("the contract");
    check::loss::<Long, _>(&KullbackLeibler, &soft, 1).expect("the contract");
    let weights: Vec<f64> = (0..1100).map(f64::from).collect();
    let weighted = ClassWeighted::new(SoftmaxCrossEntropy, weights.clone());
    check::loss::<Long, _>(&weighted, &classes, 1).expect("the contract");
    let weighted = WeightedBinaryCrossEntropy::new(weights);
    check::loss::<Long, _>(&weighted, &[[1.0; 1100], [0.25; 1100]], 1).expect("the contract");
    let class = |place: usize| [0, 1, 2, IGNORED][place % 4];
    let maps: [[[u8; 20]; 17]; 2] = std::array::from_fn(|image| {
        std::array::from_fn(|row| std::array::from_fn(|column| class(image + row + column)))
    });
    check::loss::<Picture, _>(&SoftmaxCrossEntropy, &maps, 1).expect("the contract");
    check::loss::<Picture, _>(&Focal::new(0.5), &maps, 1).expect("the contract");
    let weighted = ClassWeighted::new(Focal::default(), [0.0, 1.0, 7.5]);
    check::loss::<Picture, _>(&weighted, &maps, 1).expect("the contract");
    check::loss::<Picture, _>(&MeanSquaredError, &pictures, 1).expect("the contract");
    check::loss::<Picture, _>(&Huber::default(), &pictures, 1).expect("the contract");
    check::loss::<Picture, _>(&BinaryCrossEntropy, &answers, 1).expect("the contract");
    check::loss::<Picture, _>(&BinaryFocal::default(), &answers, 1).expect("the contract");
    check::loss::<Picture, _>(&MeanAbsoluteError, &pictures, 1).expect("the contract");
    check::loss::<Picture, _>(&Quantile::new(0.1), &pictures, 1).expect("the contract");
    check::loss::<Picture, _>(&Poisson, &answers, 1).expect("the contract");
    let check = GradientCheck::new().entries(50);
    let error = check.run_loss::<Picture, _>(&Huber::default(), &pictures).expect("targets").relative_error();
    assert!(error < 1e-9, "{error}");
}

/// Asserts that a loss of scores, and its derivative, are finite.
fn finite<Out: Shape, L: Loss<Out>>(loss: &L, scores: &[f32], target: L::Target) {
    let mut slopes = vec![f32::NAN; scores.len()];
    let value = loss.gradient(scores, &[target], &mut slopes);
    let name = loss.name();
    assert!(value.is_finite() && slopes.iter().all(|slope| slope.is_finite()), "{name}: {value}, {slopes:?}");
}

#[test]
fn large_scores_do_not_overflow() {
    let scores = [1e30_f32, -1e30, 0.0];
    let value = |loss: &SmoothedCrossEntropy, class| Loss::<Flat<3>>::value(loss, &scores, &[class]);
    let smoothed = SmoothedCrossEntropy { smoothing: 0.3 };
    // 0.9·(1e30 − 1e30) + ... by hand: share of the others 0.1 each
    assert!((value(&smoothed, 0) / 3e29 - 1.0).abs() < 1e-6, "{}", value(&smoothed, 0));
    let binary = |z: f32, p: f32| Loss::<Flat<1>>::value(&BinaryCrossEntropy, &[z], &[[p]]);
    assert_eq!([binary(1e30, 1.0), binary(-1e30, 0.0), binary(-1e30, 1.0)], [0.0, 0.0, f64::from(1e30_f32)]);
    let huber = Loss::<Flat<1>>::value(&Huber { delta: 0.5 }, &[1e30_f32], &[[0.0]]);
    assert!((huber / 5e29 - 1.0).abs() < 1e-6, "{huber}");
    for class in 0..3 {
        finite::<Three, _>(&Focal::default(), &scores, class);
        finite::<Three, _>(&Focal::new(0.5), &scores, class);
        finite::<Three, _>(&ClassWeighted::new(SoftmaxCrossEntropy, WEIGHTS), &scores, class);
        finite::<Image<1, 1, 3>, _>(&SoftmaxCrossEntropy, &scores, [[class as u8]]);
    }
    finite::<Image<1, 1, 3>, _>(&SoftmaxCrossEntropy, &scores, [[IGNORED]]);
    finite::<Three, _>(&KullbackLeibler, &scores, [0.0, 0.5, 0.5]);
    for same in [true, false] {
        finite::<(Flat<1>, Flat<1>), _>(&Contrastive::default(), &[1e30, -1e30], same);
        // the inverse of this distance is infinite as f32
        finite::<(Flat<1>, Flat<1>), _>(&Contrastive::default(), &[1e-42, 0.0], same);
    }
    finite::<(Flat<1>, (Flat<1>, Flat<1>)), _>(&Triplet::default(), &[1e30, -1e30, 0.0], ());
    for answer in [[0.0, 0.0, 1.0], [1.0, 1.0, 0.0]] {
        finite::<Three, _>(&BinaryFocal::default(), &scores, answer);
        finite::<Three, _>(&WeightedBinaryCrossEntropy::new(WEIGHTS), &scores, answer);
        finite::<Three, _>(&MeanAbsoluteError, &scores, answer);
        finite::<Three, _>(&Quantile::new(0.5), &scores, answer);
        finite::<Three, _>(&Poisson, &[1e20, -1e30, 0.0], answer);
    }
}

#[test]
fn errors_are_those_by_hand() {
    let scores = [1.0, 2.0, 0.0, -1.0, -2.0, 3.0];
    let soft = [[0.2, 0.5, 0.3], [0.6, 0.0, 0.4]];
    assert_eq!(judged::<Flat<3>, _>(&SoftCrossEntropy, &scores, &soft), (vec![1.0], Some(0.5)));
    assert_eq!(judged::<Flat<3>, _>(&Hinge::default(), &scores, &[1, 2]), (vec![0.0], Some(0.0)));
    // "no" to the third question of the second example is wrong, one of six answers
    let yes_and_no = [[1.0, 0.9, 0.0], [0.0, 0.0, 0.0]];
    assert_eq!(judged::<Flat<3>, _>(&BinaryCrossEntropy, &scores, &yes_and_no), (vec![1.0], Some(1.0 / 6.0)));
    let one = judged::<Flat<1>, _>(&BinaryCrossEntropy, &[1.0, -1.0, f64::NAN], &[[1.0], [0.7], [0.0]]);
    assert_eq!(one, (vec![2.0], Some(2.0 / 3.0)));
    // |1 − 2| + |2 − 0| + |0 − 0.5| + |−1 − 1| over four numbers
    let (outputs, targets) = ([1.0, 2.0, 0.0, -1.0], [[2.0, 0.0], [0.5, 1.0]]);
    assert_eq!(judged::<Flat<2>, _>(&MeanSquaredError, &outputs, &targets), (vec![5.5], Some(1.375)));
    assert_eq!(judged::<Flat<2>, _>(&Huber::default(), &outputs, &targets), (vec![5.5], Some(1.375)));
}

#[test]
fn the_error_of_pixels_is_that_of_their_overlap() {
    type Pixels = Image<1, 2, 2>;

    // right, right, wrong, and not counted: class 0 has an intersection of 1 and a union of 2, class 1 the same
    let (outputs, maps) = ([2.0, 1.0, 0.0, 1.0, 0.0, 5.0, 0.0, 1.0], [[[0, 1]], [[0, IGNORED]]]);
    let expected = (vec![1.0, 1.0, 2.0, 1.0, 2.0, 1.0], Some(0.5));
    assert_eq!(judged::<Pixels, _>(&SoftmaxCrossEntropy, &outputs, &maps), expected);
    assert_eq!(judged::<Pixels, _>(&Focal::default(), &outputs, &maps), expected);
    let weighted = ClassWeighted::new(SoftmaxCrossEntropy, [1.0, 3.0]);
    assert_eq!(judged::<Pixels, _>(&weighted, &outputs, &maps), expected);
    assert_eq!(judged::<Pixels, _>(&SoftmaxCrossEntropy, &outputs[..4], &[[[IGNORED; 2]]]).1, None);
}

#[test]
fn errors_of_losses_that_weight_others_are_theirs() {
    let scores = [1.0, 2.0, 0.0, -1.0, -2.0, 3.0];
    let one_of_two = (vec![1.0], Some(0.5));
    assert_eq!(judged::<Three, _>(&Focal::default(), &scores, &[1, 0]), one_of_two);
    let weighted = ClassWeighted::new(Scaled::new(SoftmaxCrossEntropy, 2.0), WEIGHTS);
    assert_eq!(judged::<Three, _>(&weighted, &scores, &[1, 0]), one_of_two);
    let targets = [WeightedTarget::new(1, 3.0), WeightedTarget::new(0, 0.5)];
    assert_eq!(judged::<Three, _>(&ExampleWeighted(SoftmaxCrossEntropy), &scores, &targets), one_of_two);
    let soft = [[0.25, 0.5, 0.25], [1.0, 0.0, 0.0]];
    assert_eq!(judged::<Three, _>(&KullbackLeibler, &scores, &soft), one_of_two);
    // one answer of six is wrong
    let answers = [[1.0, 1.0, 0.0], [0.0; 3]];
    let one_of_six = (vec![1.0], Some(1.0 / 6.0));
    assert_eq!(judged::<Three, _>(&BinaryFocal::default(), &scores, &answers), one_of_six);
    assert_eq!(judged::<Three, _>(&WeightedBinaryCrossEntropy::new(WEIGHTS), &scores, &answers), one_of_six);
    // the parts of both examples lie apart: anchors, positives, negatives; the second negative is the closer one
    let triplets = [0.0, 0.0, 1.0, 2.0, 3.0, -1.0];
    let targets = [WeightedTarget::new((), 2.0); 2];
    let loss = ExampleWeighted(Triplet::default());
    assert_eq!(judged::<(Flat<1>, (Flat<1>, Flat<1>)), _>(&loss, &triplets, &targets), one_of_two);
}

#[test]
fn a_nan_is_wrong_where_a_pixel_does_not_count_too() {
    let mut outputs = [2.0, 1.0, 0.0, 1.0];
    let error =
        |outputs: &[f64]| judged::<Image<1, 2, 2>, _>(&SoftmaxCrossEntropy, outputs, &[[[0, IGNORED]]]).1;
    assert_eq!(error(&outputs), Some(0.0));
    outputs[3] = f64::NAN;
    assert_eq!(error(&outputs), Some(0.5));
}

/// Returns the sums of a loss over a batch, and its error.
fn judged<Out: Shape, L: Loss<Out>>(
    loss: &L,
    outputs: &[f64],
    targets: &[L::Target],
) -> (Vec<f64>, Option<f64>) {
    let mut sums = vec![0.0; L::SUMS];
    loss.judge(outputs, targets, &mut sums);
    let error = loss.error(&sums, targets.len());
    (sums, error)
}

type Two = Flat<2>;

fn settings<T: Scalar, L: Loss<Three>>(loss: &L) -> plywood::Result<()> {
    loss.check_settings::<T>()
}

fn unfit<S: Shape, L: Loss<S>>(loss: &L, target: L::Target) -> String {
    let unfit = loss.check(target).expect_err("an unfit target");
    format!("{}, {}", unfit.found, unfit.expected)
}

#[test]
fn settings_that_a_loss_cannot_use_are_named() {
    let misused = [
        (
            settings::<f32, _>(&SmoothedCrossEntropy { smoothing: 1.0 }),
            "label smoothing: found 1, expected at least 0 and, as f32, less than 1",
        ),
        // 1 once it is rounded
        (
            settings::<f32, _>(&SmoothedCrossEntropy { smoothing: 0.999_999_999 }),
            "label smoothing: found 0.999999999, expected at least 0 and, as f32, less than 1",
        ),
        (settings::<f32, _>(&Huber { delta: 0.0 }), "delta: found 0.0, expected a finite f32 above 0"),
        // 0 once it is rounded, and infinite
        (settings::<f32, _>(&Huber { delta: 1e-50 }), "delta: found 1e-50, expected a finite f32 above 0"),
        (settings::<f32, _>(&Hinge { margin: 1e39 }), "margin: found 1e39, expected a finite f32 above 0"),
        (settings::<f64, _>(&Hinge { margin: f64::NAN }), "margin: found NaN, expected a finite f64 above 0"),
        (
            settings::<f32, _>(&Quantile { q: 1.0 }),
            "q: found 1.0, expected a number above 0 and, as f32, below 1",
        ),
        (
            settings::<f32, _>(&Quantile { q: 1e-50 }),
            "q: found 1e-50, expected a number above 0 and, as f32, below 1",
        ),
        (settings::<f32, _>(&Focal::new(-1.0)), "gamma: found -1.0, expected a finite f32, at least 0"),
        (
            settings::<f32, _>(&BinaryFocal::new(f64::NAN)),
            "gamma: found NaN, expected a finite f32, at least 0",
        ),
        (
            settings::<f32, _>(&BinaryFocal::new(2.0).alpha(0.0)),
            "alpha: found 0.0, expected a number above 0 and, as f32, below 1",
        ),
        (
            settings::<f32, _>(&ClassWeighted::new(SoftmaxCrossEntropy, [1.0; 4])),
            "class weights: found 4 weights, expected 3, one for each of the network's classes",
        ),
        (
            settings::<f32, _>(&ClassWeighted::new(SoftmaxCrossEntropy, [1.0, 1e39, 1.0])),
            "class weights: found 1e39, expected a finite f32, at least 0",
        ),
        (
            settings::<f32, _>(&ClassWeighted::new(Focal::new(-1.0), [1.0; 3])),
            "gamma: found -1.0, expected a finite f32, at least 0",
        ),
        (
            settings::<f32, _>(&WeightedBinaryCrossEntropy::new([1.0, 2.0])),
            "weights of \"yes\": found 2 weights, expected 3, one for each of the network's outputs",
        ),
        (
            settings::<f64, _>(&Scaled::new(MeanSquaredError, -1.0)),
            "factor of the loss: found -1.0, expected a finite f64, at least 0",
        ),
        (
            settings::<f32, _>(&ExampleWeighted(Huber { delta: 0.0 })),
            "delta: found 0.0, expected a finite f32 above 0",
        ),
        (
            Loss::<Image<1, 1, 2>>::check_settings::<f32>(&ClassWeighted::new(Focal::default(), [1.0; 3])),
            "class weights: found 3 weights, expected 2, one for each of the network's classes",
        ),
        (
            Loss::<Image<1, 1, 2>>::check_settings::<f32>(&WeightedBinaryCrossEntropy::new([1.0; 3])),
            "weights of \"yes\": found 3 weights, expected 2, one for each of the network's channels",
        ),
    ];
    for (result, expected) in misused {
        assert_eq!(result.map_err(|error| error.to_string()), Err(expected.to_owned()));
    }
    // f64 holds them
    assert!(settings::<f64, _>(&Huber { delta: 1e-50 }).is_ok());
    assert!(settings::<f64, _>(&Hinge { margin: 1e39 }).is_ok());
}

#[test]
fn targets_that_a_loss_cannot_use_are_named() {
    let labels = "label 2, 0 to 1, one for each of the network's 2 outputs";
    assert_eq!(unfit::<Two, _>(&Hinge::default(), 2), labels);
    assert_eq!(unfit::<Two, _>(&SmoothedCrossEntropy::default(), 2), labels);
    assert_eq!(
        unfit::<Two, _>(&SoftCrossEntropy, [1.5, -0.5]),
        "1.5 as number 0 of the target, a probability, from 0 to 1"
    );
    assert_eq!(
        unfit::<Two, _>(&SoftCrossEntropy, [0.5, 0.25]),
        "probabilities that add up to 0.75, a sum of 1, to within 1e-5"
    );
    let thirds = [1.0 / 3.0; 3];
    assert!(Loss::<Flat<3>>::check(&SoftCrossEntropy, thirds).is_ok());
    let percent = unfit::<Flat<3>, _>(&SoftCrossEntropy, [0.333; 3]);
    assert!(percent.starts_with("probabilities that add up to 0.999"), "{percent}");
    assert_eq!(
        unfit::<Two, _>(&BinaryCrossEntropy, [0.0, f32::NAN]),
        "NaN as number 1 of the target, a probability, from 0 to 1"
    );
    for finite in [
        unfit::<Two, _>(&MeanSquaredError, [0.0, f32::INFINITY]),
        unfit::<Two, _>(&MeanAbsoluteError, [0.0, f32::INFINITY]),
        unfit::<Two, _>(&Quantile::new(0.5), [0.0, f32::INFINITY]),
    ] {
        assert_eq!(finite, "inf as number 1 of the target, a finite number");
    }
    assert_eq!(unfit::<Two, _>(&Focal::default(), 2), labels);
    assert_eq!(unfit::<Two, _>(&ClassWeighted::new(Focal::default(), [1.0; 2]), 2), labels);
    let map = [[0, 1, IGNORED], [1, 2, 0]];
    let pixel = "class 2 in row 1, column 1 of the target, 0 to 1, one for each of the network's 2 channels, or 255 for \
                 a pixel that does not count";
    assert_eq!(unfit::<Image<2, 3, 2>, _>(&SoftmaxCrossEntropy, map), pixel);
    assert_eq!(unfit::<Image<2, 3, 2>, _>(&Focal::default(), map), pixel);
    assert_eq!(unfit::<Image<2, 3, 2>, _>(&ClassWeighted::new(Focal::default(), [1.0; 2]), map), pixel);
    assert_eq!(
        unfit::<Two, _>(&BinaryFocal::default(), [0.0, 0.5]),
        "0.5 as number 1 of the target, 0 for \"no\" or 1 for \"yes\""
    );
    assert_eq!(
        unfit::<Two, _>(&Poisson, [0.0, -1.0]),
        "-1 as number 1 of the target, a count, from 0 to 10¹³"
    );
    assert_eq!(
        unfit::<Two, _>(&WeightedBinaryCrossEntropy::new([1.0; 2]), [2.0, 0.0]),
        "2 as number 0 of the target, a probability, from 0 to 1"
    );
    assert_eq!(
        unfit::<Two, _>(&KullbackLeibler, [0.5, 0.25]),
        "probabilities that add up to 0.75, a sum of 1, to within 1e-5"
    );
    let weighted = ExampleWeighted(SoftmaxCrossEntropy);
    assert_eq!(
        unfit::<Two, _>(&weighted, WeightedTarget::new(1, -1.0)),
        "the weight -1, a finite number, at least 0"
    );
    assert_eq!(unfit::<Two, _>(&weighted, WeightedTarget::new(2, 1.0)), labels);
}

#[test]
fn a_wrong_number_of_weights_shows_in_the_loss_too() {
    // nothing panics, even if nobody asked the loss whether its settings fit
    let few = ClassWeighted::new(SoftmaxCrossEntropy, [1.0; 2]);
    assert!(Loss::<Three>::value(&few, &[0.0; 3], &[2]).is_nan());
    assert!(Loss::<Image<1, 1, 3>>::value(&few, &[0.0; 3], &[[[2]]]).is_nan());
    let mut slopes = [0.0_f64; 3];
    let few = WeightedBinaryCrossEntropy::new([]);
    assert!(Loss::<Three>::gradient(&few, &[0.0; 3], &[[0.0; 3]], &mut slopes).is_nan());
    assert!(slopes.iter().all(|slope| slope.is_nan()));
}

/// |y|, with one mistake.
struct Faulty<const MISTAKE: usize>;

const RIGHT: usize = 0;
const ADDS: usize = 1;
const SUMS: usize = 2;
const FORGETS_THE_BATCH: usize = 3;
const HIDES_NAN: usize = 4;
const OVERWRITES_SUMS: usize = 5;
const HAS_AN_ERROR_WITHOUT_A_NAME: usize = 6;
const JUDGES_NAN_RIGHT: usize = 7;

impl<const MISTAKE: usize> Loss<Flat<1>> for Faulty<MISTAKE> {
    type Target = ();

    fn value<T: Scalar>(&self, outputs: &[T], _: &[()]) -> f64 {
        let size = |y: &T| if MISTAKE == HIDES_NAN && y.to_f64().is_nan() { 0.0 } else { y.to_f64().abs() };
        let count = if MISTAKE == SUMS { 1 } else { outputs.len() };
        outputs.iter().map(size).sum::<f64>() / count as f64
    }
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[()], d_outputs: &mut [T]) -> f64 {
        let count = if MISTAKE == FORGETS_THE_BATCH { 1 } else { outputs.len() };
        for (d, y) in d_outputs.iter_mut().zip(outputs) {
            let start = if MISTAKE == ADDS { *d } else { T::ZERO };
            *d = start + T::of(y.to_f64().signum() / count as f64);
        }
        self.value(outputs, targets)
    }

    const SUMS: usize = if MISTAKE < OVERWRITES_SUMS { 0 } else { 1 };
    const ERROR: Option<ErrorMeasure> =
        if MISTAKE == HAS_AN_ERROR_WITHOUT_A_NAME { None } else { Some(ErrorMeasure::number("size")) };

    fn judge<T: Scalar>(&self, outputs: &[T], _: &[()], sums: &mut [f64]) {
        let Some(sum) = sums.first_mut() else { return };
        let sizes = outputs.iter().map(|y| y.to_f64().abs());
        let sizes: f64 = sizes.filter(|size| MISTAKE != JUDGES_NAN_RIGHT || !size.is_nan()).sum();
        *sum = if MISTAKE == OVERWRITES_SUMS { sizes } else { *sum + sizes };
    }
}

#[test]
fn each_breach_is_found() {
    fn promise<const MISTAKE: usize>() -> Option<&'static str> {
        check::loss(&Faulty::<MISTAKE>, &[(); 3], 1).err().map(|breach| breach.promise)
    }
    assert_eq!(promise::<RIGHT>(), None);
    assert_eq!(promise::<ADDS>(), Some("does not depend on what its memory holds on entry"));
    assert_eq!(promise::<SUMS>(), Some("is the mean over its examples"));
    assert_eq!(promise::<FORGETS_THE_BATCH>(), Some("has the derivative of that mean"));
    assert_eq!(promise::<HIDES_NAN>(), Some("shows a NaN"));
    assert_eq!(promise::<OVERWRITES_SUMS>(), Some("adds to its sums what each example does"));
    assert_eq!(promise::<HAS_AN_ERROR_WITHOUT_A_NAME>(), Some("names its error"));
    assert_eq!(promise::<JUDGES_NAN_RIGHT>(), Some("takes a NaN for an error"));
    let bad = check::loss::<Flat<2>, _>(&Hinge { margin: -1.0 }, &[0], 1);
    assert_eq!(bad.err().map(|breach| breach.promise), Some("fits its settings"));
}
