//! Finds a learning rate, and trains with it: draws the picture of `Trainer::find_learning_rate`.
//!
//! ```text
//! cargo run --release --example learning_rate            (writes docs/learning_rate.svg)
//! ```

#[macro_use]
mod say;

use plywood::data::digits;
use plywood::train::RangeTest;
use plywood::{Model, Result, Trainer, network};

network! {
    Perceptron: Image<28, 28, 1> => Flat<10> { flatten, dense(128), relu, dense(10) }
}

fn main() -> Result<()> {
    let (train, validation) = (digits(5_000, 1), digits(1_000, 2));
    let trainer = Trainer::new().epochs(2);
    let mut model = Model::<Perceptron>::new(1);

    let curve = trainer.find_learning_rate(&model, &train, RangeTest::default())?;
    say!("{curve}: docs/learning_rate.svg");
    curve.draw("docs/learning_rate.svg")?;

    // the loss never fell: this rate is as good as any
    let rate = curve.suggestion().unwrap_or(0.05);
    say!("{}", trainer.learning_rate(rate).run(&mut model, &train).validate(&validation).fit()?);
    Ok(())
}
