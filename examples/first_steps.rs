//! Declares a network, trains it, and measures it.

#[macro_use]
mod say;

use plywood::data::digits;
use plywood::{Model, Result, Trainer, evaluate, network};

network! {
    Reader: Image<28, 28, 1> => Flat<10> {
        flatten, dense(64), relu, dense(10),
    }
}

fn main() -> Result<()> {
    let (train, validation) = digits(6_000, 1).split(5_000)?;
    let mut model = Model::<Reader>::new(1);
    let history = Trainer::new().epochs(5).run(&mut model, &train).validate(&validation).fit()?;
    say!("{history}");

    let evaluation = evaluate(&model, &digits(1_000, 2))?;
    say!("{evaluation}");
    assert!(evaluation.accuracy() > 0.9);
    Ok(())
}
