use plywood::data::{Split, digits};
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let (train, validation) = (digits(8, 1), Split::validation(digits(8, 2)));
    let _ = Trainer::new().run(&mut Model::<Net>::new(1), &validation).validate(&train).fit();
}
