use plywood::data::{Split, digits};
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let (train, test) = (Split::train(digits(8, 1)), Split::test(digits(8, 2)));
    let _ = Trainer::new().run(&mut Model::<Net>::new(1), &train).validate(&test).fit();
}
