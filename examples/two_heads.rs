//! Reads two things from one picture: the class of a digit, and how far it is slanted.
//!
//! ```text
//! cargo run --release --example two_heads
//! ```
//!
//! One network gives both: `heads { … } { … }` makes a pair of shapes, and a pair of losses trains it.

#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::data::{Examples, digits};
use plywood::eval::measure_by;
use plywood::eval::metrics::{AbsoluteError, Accuracy, First, Second};
use plywood::loss::{MeanSquaredError, Scaled};
use plywood::optim::{Adam, Schedule};
use plywood::{Both, Dataset, Image, Model, Scalar, SoftmaxCrossEntropy, Trainer, network};

network! {
    /// A class of ten, and a slant.
    pub Slanted: Image<28, 28, 1> => (Flat<10>, Flat<1>) {
        conv(8, kernel = 5, pad = same), relu, max_pool(2),
        conv(16, kernel = 5), relu, max_pool(2),
        flatten, dense(64), relu,
        heads { class: dense(10) } { slant: dense(1) },
    }
}

/// The largest slant: the columns by which the top of a digit is moved against its middle.
const MOST: f64 = 7.0;

/// Digits that are slanted by a random amount from −1 to 1, which is a target beside the class.
struct Sheared(Examples<Image<28, 28, 1>>);

impl Sheared {
    /// Returns the slant of an example, which follows from its index alone.
    fn slant(index: usize) -> f64 {
        // the fractional parts of the multiples of the golden ratio cover an interval evenly
        2.0 * (index as f64 * 0.618_033_988_749_895).fract() - 1.0
    }
}

impl Dataset for Sheared {
    type Example = Image<28, 28, 1>;
    type Target = (usize, [f32; 1]);

    fn len(&self) -> usize {
        self.0.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        let class = self.0.read(index, x);
        let slant = Self::slant(index);
        for (row, line) in x.chunks_exact_mut(28).enumerate() {
            // the columns by which this row moves, between two of the row's pixels
            let shift = slant * MOST * (13.5 - row as f64) / 13.5;
            let (whole, part) = (shift.floor() as i32, T::of(shift - shift.floor()));
            let mut before = [T::ZERO; 28];
            before.copy_from_slice(line);
            let pixel = |column: i32| {
                let pixel = usize::try_from(column).ok().and_then(|column| before.get(column));
                pixel.copied().unwrap_or(T::ZERO)
            };
            for (column, x) in (0..).zip(line) {
                *x = pixel(column - whole) * (T::ONE - part) + pixel(column - whole - 1) * part;
            }
        }
        (class, [slant as f32])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    let (train, test) = (Sheared(digits(6000, 1)), Sheared(digits(1000, 2)));
    if let Some(folder) = &options.export {
        let numbers = |(class, [slant]): (usize, [f32; 1])| vec![class as f32, slant];
        task::export(folder, "train", &train, numbers)?;
        return Ok(task::export(folder, "test", &test, numbers)?);
    }

    let loss = (SoftmaxCrossEntropy, Scaled::new(MeanSquaredError, 2.0));
    let mut model = Model::<Slanted>::new(options.seed);
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(8))
        .optimizer(Adam::new())
        .learning_rate(Schedule::cosine(0.003))
        .loss(loss)
        .seed(options.seed)
        .progress(true);
    trainer.train(&mut model, &train)?;

    let mut digit = Box::new([[[0.0; 1]; 28]; 28]);
    let (class, [slant]) = test.read(5, digit.as_flattened_mut().as_flattened_mut());
    let Both(scores, [found]) = model.infer(&digit);
    let best = (0..10).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    say!("a {class}, slanted by {slant:.2}: read as {}, slanted by {found:.2}", best.unwrap_or_default());
    let wrong = 100.0 * (1.0 - measure_by(&model, &test, &First(Accuracy))?);
    let slant = measure_by(&model, &test, &Second(AbsoluteError))?;
    say!("{wrong:.2} % of the classes wrong, mean absolute error of the slant {slant:.4}");
    Ok(())
}
