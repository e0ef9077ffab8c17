//! Teaches `LeNet-5` (`LeCun` et al. 1998, with rectified units and max pooling) to read the digits that the library
//! writes itself.
//!
//! ```text
//! cargo run --release --example lenet
//! ```

#[macro_use]
mod say;

use plywood::data::digits;
use plywood::optim::{Momentum, Schedule};
use plywood::{Model, Result, Trainer, evaluate, network, summary};

network! {
    /// Two convolutions, each followed by a pool, and three dense layers.
    LeNet5: Image<28, 28, 1> => Flat<10> {
        conv(6, kernel = 5, pad = 2), relu,
        max_pool(2),
        conv(16, kernel = 5), relu,
        max_pool(2),
        flatten,
        dense(120), relu,
        dense(84), relu,
        dense(10),
    }
}

fn main() -> Result<()> {
    let (train, validation, test) = (digits(10_000, 1), digits(2_000, 2), digits(5_000, 3));

    let mut model = Model::<LeNet5>::new(1);
    say!("{}\n", summary::<LeNet5>());

    let history = Trainer::new()
        .epochs(6)
        .batch_size(50)
        .optimizer(Momentum { momentum: 0.9 })
        // 0.02 / (1 + epoch / 2)
        .learning_rate(Schedule::InverseTime { a: 50.0, b: 25.0 })
        .seed(1)
        .progress(true)
        .run(&mut model, &train)
        .validate(&validation)
        .fit()?;
    say!("trained {} epochs in {:.1} s", history.epochs.len(), history.seconds);

    let evaluation = evaluate(&model, &test)?;
    say!("on digits held out until now: accuracy {:.2} %, {evaluation}", 100.0 * evaluation.accuracy());
    Ok(())
}
