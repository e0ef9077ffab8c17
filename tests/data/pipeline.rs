//! Tests that the input of training is a function of seed, epoch and example.

use std::sync::Mutex;

use plywood::augment::{Crop, Flip, Mixup, Noise, Shift};
use plywood::data::{Examples, Transform, Transformed, digits};
use plywood::{Dataset, Image, Model, Scalar, Threads, Trainer, evaluate_on, network};

network! {
    /// Small, with something random of its own.
    Net: Image<24, 24, 1> => Flat<10> { flatten, dense(12), relu, dropout(0.1), dense(10) }
}

type Digit = Image<28, 28, 1>;

fn pipeline() -> impl Transform<In = Digit, Out = Image<24, 24, 1>> + Clone {
    let noise = Noise::new(0.1).expect("a deviation");
    Shift::new(2).then(Crop::<Digit, _>::new()).then(Flip::new()).then(noise)
}

/// The parameters after training with augmentation.
fn trained(threads: usize, seed: u64, batch_size: usize) -> Vec<f32> {
    let mut model = Model::<Net>::new(1);
    let data = Transformed::new(digits(300, 1), pipeline());
    let threads = Threads::new(threads).expect("threads");
    let trainer = Trainer::new().epochs(3).seed(seed).batch_size(batch_size).threads(&threads);
    trainer.run(&mut model, &data).validate(&data).fit().expect("a good run");
    model.params().to_vec()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let alone = trained(1, 5, 32);
    for threads in [2, 3, 4] {
        assert!(trained(threads, 5, 32) == alone, "{threads} threads");
    }
    assert!(trained(1, 6, 32) != alone, "another seed");
}

/// Writes down what is drawn.
struct Watched {
    data: Examples<Digit>,
    drawn: Mutex<Vec<(usize, u64)>>,
}

impl Dataset for Watched {
    type Example = Image<24, 24, 1>;
    type Target = usize;

    fn len(&self) -> usize {
        self.data.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        x.fill(T::of(0.5));
        self.data.label(index)
    }
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> usize {
        self.drawn.lock().expect("no panic").push((index, seed));
        self.read(index, x)
    }
}

#[test]
fn every_epoch_draws_each_example_anew() {
    let draws = |batch_size, threads| {
        let data = Watched { data: digits(50, 1), drawn: Mutex::default() };
        let threads = Threads::new(threads).expect("threads");
        let trainer = Trainer::new().epochs(2).seed(3).batch_size(batch_size).threads(&threads);
        trainer.run(&mut Model::<Net>::new(1), &data).validate(&data).fit().expect("a good run");
        let mut drawn = data.drawn.into_inner().expect("no panic");
        drawn.sort_unstable();
        drawn
    };
    let drawn = draws(8, 1);
    assert_eq!(drawn.len(), 100, "evaluation draws nothing");
    let mut seeds: Vec<u64> = drawn.iter().map(|&(_, seed)| seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 100, "a seed of its own for each example in each epoch");
    assert_eq!(drawn, draws(7, 1), "whatever the batch");
    assert_eq!(drawn, draws(8, 3), "whatever the threads");
}

#[test]
fn evaluation_sees_what_is_not_drawn() {
    let data = digits(40, 2);
    let augmented = Transformed::new(&data, pipeline());
    let middle = Transformed::new(&data, Crop::<Digit, Image<24, 24, 1>>::new());
    let model = Model::<Net>::new(2);
    let threads = Threads::one();
    let results = [
        evaluate_on(&threads, &model, &augmented).expect("an evaluation"),
        evaluate_on(&threads, &model, &middle).expect("an evaluation"),
    ];
    assert_eq!(results[0], results[1]);
}

#[test]
fn mixtures_are_mixed_alike_in_numbers_and_targets() {
    let data = digits(30, 4);
    let mixed = Mixup::new(&data, 0.4).expect("an alpha");
    let mut shares = Vec::new();
    for seed in 0..200 {
        let mut x = [0.0_f64; 784];
        let target = mixed.draw(7, seed, &mut x);
        assert_eq!(target.classes[0], data.label(7));
        assert!((0.0..=1.0).contains(&target.share));
        // one of the images of the other class
        let mut first = [0.0; 784];
        data.read(7, &mut first);
        let is_mixture = |other: usize| {
            let mut second = [0.0; 784];
            let class = data.read(other, &mut second);
            let near =
                |i: usize| (target.share * first[i] + (1.0 - target.share) * second[i] - x[i]).abs() < 1e-12;
            class == target.classes[1] && (0..784).all(near)
        };
        assert!((0..data.len()).any(is_mixture), "seed {seed}");
        shares.push(target.share);
    }
    // Beta(α, α): mean ½, variance 1 / (4 (2α + 1))
    let mean = shares.iter().sum::<f64>() / 200.0;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 200.0;
    assert!((mean - 0.5).abs() < 0.1 && (variance - 1.0 / 7.2).abs() < 0.03, "{mean}, {variance}");
    let mut x = [0.0_f32; 784];
    assert_eq!(mixed.read(7, &mut x).share, 1.0);
}

#[test]
fn the_loss_of_mixtures_is_the_mixture_of_losses() {
    use plywood::augment::{MixedCrossEntropy, Mixture};
    use plywood::{Flat, Loss, SoftmaxCrossEntropy};

    let scores = [0.3, -1.2, 2.0, 0.1, 0.7, -0.4_f64];
    let targets = [Mixture { classes: [2, 0], share: 0.3 }, Mixture { classes: [1, 1], share: 0.8 }];
    let ce = |scores: &[f64], class| Loss::<Flat<3>>::value(&SoftmaxCrossEntropy, scores, &[class]);
    let expected = f64::midpoint(0.3 * ce(&scores[..3], 2) + 0.7 * ce(&scores[..3], 0), ce(&scores[3..], 1));
    let mut gradient = [0.0; 6];
    let value = Loss::<Flat<3>>::gradient(&MixedCrossEntropy, &scores, &targets, &mut gradient);
    assert!((value - expected).abs() < 1e-14);
    let h = 1e-5;
    for (i, &exact) in gradient.iter().enumerate() {
        let at = |change: f64| {
            let mut scores = scores;
            scores[i] += change;
            Loss::<Flat<3>>::value(&MixedCrossEntropy, &scores, &targets)
        };
        // five points: an error of the order of h⁴
        let numerical = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
        assert!((exact - numerical).abs() < 1e-10, "number {i}: {exact}, numerically {numerical}");
    }
}
