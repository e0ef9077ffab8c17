use plywood::data::{Split, digits};
use plywood::{Model, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let test = Split::test(digits(8, 2));
    let _ = Model::<Net>::new(1).calibrate(&test, 4);
}
