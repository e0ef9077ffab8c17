//! Tells whether two pictures show the same digit, for digits of any class: a Siamese network.
//!
//! ```text
//! cargo run --release --example siamese
//! ```
//!
//! `shared { … }` runs the same layers, with the same parameters, on both parts of a pair. The contrastive loss moves
//! the vectors of pictures of one class together, and those of different classes apart.

#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::data::{Examples, digits};
use plywood::loss::Contrastive;
use plywood::{Both, Dataset, Image, Layer, Model, Predictor, Scalar, Shape, Trainer, network};

network! {
    /// The vectors of two digits.
    pub Siamese: (Image<28, 28, 1>, Image<28, 28, 1>) => (Flat<16>, Flat<16>) {
        shared {
            conv(8, kernel = 5, stride = 2, pad = same), relu,
            conv(16, kernel = 5, stride = 2, pad = same), relu,
            flatten, dense(64), relu, dense(16),
        },
    }
}

/// Pairs of digits, every second one of the same class.
struct Pairs(Examples<Image<28, 28, 1>>);

impl Dataset for Pairs {
    type Example = (Image<28, 28, 1>, Image<28, 28, 1>);
    type Target = bool;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> bool {
        let (first, second) = x.split_at_mut(784);
        let class = self.0.read(index, first);
        let alike = index.is_multiple_of(2);
        // the first digit from a place of its own on that is of the same class, or not
        let start = index * 7919 % self.len();
        let others = (start + 1..self.len()).chain(0..=start);
        let other =
            others.filter(|&other| other != index).find(|&other| (self.0.label(other) == class) == alike);
        self.0.read(other.unwrap_or(index), second);
        alike
    }
}

/// Returns the distance of the vectors of each pair, and whether the pair is of one class.
fn distances(model: &Model<Siamese>, pairs: &Pairs) -> Vec<(f32, bool)> {
    let mut predictor = Predictor::new(model);
    let mut x = Box::new(Both([[[0.0; 1]; 28]; 28], [[[0.0; 1]; 28]; 28]));
    let of = |index| {
        let alike = pairs.read(index, <Siamese as Layer>::In::as_mut_slice(&mut x));
        let Both(a, b) = predictor.infer(&x);
        let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
        (squares.sum::<f32>().sqrt(), alike)
    };
    (0..pairs.len()).map(of).collect()
}

/// Returns the share of pairs that a threshold tells apart.
fn accuracy(pairs: &[(f32, bool)], threshold: f32) -> f64 {
    let right = pairs.iter().filter(|&&(distance, alike)| (distance < threshold) == alike).count();
    right as f64 / pairs.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    let (train, validation, test) = (Pairs(digits(6000, 1)), Pairs(digits(1000, 2)), Pairs(digits(1000, 3)));
    if let Some(folder) = &options.export {
        let number = |alike| vec![f32::from(u8::from(alike))];
        task::export(folder, "train", &train, number)?;
        task::export(folder, "validation", &validation, number)?;
        return Ok(task::export(folder, "test", &test, number)?);
    }

    let mut model = Model::<Siamese>::new(options.seed);
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(6))
        .loss(Contrastive { margin: 2.0 })
        .learning_rate(0.02)
        .keep_best(true)
        .seed(options.seed)
        .progress(true);
    trainer.run(&mut model, &train).validate(&validation).fit()?;

    let chosen_on = distances(&model, &validation);
    let thresholds = (1..40).map(|step| step as f32 / 20.0);
    let threshold = thresholds
        .max_by(|&a, &b| accuracy(&chosen_on, a).total_cmp(&accuracy(&chosen_on, b)))
        .unwrap_or(1.0);
    let right = accuracy(&distances(&model, &test), threshold);
    say!("{:.1} % of {} pairs told apart, at a distance of {threshold}", 100.0 * right, test.len());
    Ok(())
}
