//! Works out what an order costs from a picture and a row of a table: a network with two inputs.
//!
//! ```text
//! cargo run --release --example image_and_table
//! ```
//!
//! The quantity is written by hand, and the price, the discount and the delivery are numbers. `pairwise { … } { … }`
//! gives each part of the input layers of its own, and `join` makes one vector of both results.

#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::data::{Examples, ScaledTargets, TargetScale, digits};
use plywood::eval::measure_by;
use plywood::eval::metrics::{AbsoluteError, R2};
use plywood::loss::MeanSquaredError;
use plywood::optim::{Adam, Schedule};
use plywood::{Both, Dataset, Image, Layer, Model, Result, Scalar, Trainer, network};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

network! {
    /// The price of an order, from a written quantity and three numbers.
    Cost: (Image<28, 28, 1>, Flat<3>) => Flat<1> {
        pairwise {
            conv(8, kernel = 5, stride = 2, pad = same), relu,
            conv(16, kernel = 5, stride = 2, pad = same), relu,
            flatten, dense(32), relu,
        } {
            dense(32), relu,
        },
        join, dense(64), relu, dense(1),
    }
}

/// The input of a network for an order.
#[derive(Clone, Copy, PartialEq)]
enum Given {
    Both,
    Picture,
    Table,
}

/// Orders: a digit, and the price of one piece, the discount, and whether it is delivered at once.
struct Orders {
    quantities: Examples<Image<28, 28, 1>>,
    numbers: Vec<[f32; 3]>,
    given: Given,
}

impl Orders {
    fn new(count: usize, seed: u64, given: Given) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut numbers =
            || [rng.random_range(0.5..2.0), rng.random_range(0.0..0.5), f32::from(rng.random_bool(0.5))];
        let numbers = (0..count).map(|_| numbers()).collect();
        Self { quantities: digits(count, seed), numbers, given }
    }
}

impl Dataset for Orders {
    type Example = <Cost as Layer>::In;
    type Target = [f32; 1];

    fn len(&self) -> usize {
        self.numbers.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 1] {
        let (picture, table) = x.split_at_mut(28 * 28);
        let quantity = self.quantities.read(index, picture);
        let numbers @ [price, discount, express] = self.numbers[index];
        table.iter_mut().zip(numbers).for_each(|(x, number)| *x = T::of(number.into()));
        match self.given {
            Given::Both => {}
            Given::Picture => table.fill(T::ZERO),
            Given::Table => picture.fill(T::ZERO),
        }
        [quantity as f32 * price * (1.0 - discount) + 3.0 * express]
    }
}

/// Trains on orders, and returns the model with its R² and its mean absolute error on others.
fn train(options: &task::Options, given: Given) -> Result<(Model<Cost>, [f64; 2])> {
    let (orders, test) = (Orders::new(8_000, 1, given), Orders::new(2_000, 2, given));
    let train = ScaledTargets::new(&orders, TargetScale::fit(&orders)?);
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(10))
        .optimizer(Adam::new())
        .learning_rate(Schedule::cosine(0.003))
        .loss(MeanSquaredError)
        .seed(options.seed)
        .progress(true);
    let mut model = Model::new(options.seed);
    trainer.train(&mut model, &train)?;
    let score = [measure_by(&model, &test, &R2)?, measure_by(&model, &test, &AbsoluteError)?];
    Ok((model, score))
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    if let Some(folder) = &options.export {
        task::export(folder, "train", &Orders::new(8_000, 1, Given::Both), Vec::from)?;
        return Ok(task::export(folder, "test", &Orders::new(2_000, 2, Given::Both), Vec::from)?);
    }

    let [(_, [picture, _]), (_, [table, _])] =
        [train(&options, Given::Picture)?, train(&options, Given::Table)?];
    let (model, [r2, absolute]) = train(&options, Given::Both)?;

    let orders = Orders::new(1, 3, Given::Both);
    let order = Both(orders.quantities.example(0), orders.numbers[0]);
    let ([cost], [true_cost]) = (model.predict(&order), orders.read(0, &mut [0.0; 28 * 28 + 3]));
    let [price, discount, _] = orders.numbers[0];
    say!(
        "{} pieces at {price:.2} less {:.0} %: {true_cost:.2}, predicted {cost:.2}",
        orders.quantities.label(0),
        100.0 * discount,
    );
    say!("R² from the picture alone: {picture:.3}, from the table alone: {table:.3}");
    say!("R² from both: {r2:.3}, mean absolute error {absolute:.3}");
    Ok(())
}
