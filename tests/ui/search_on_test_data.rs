use plywood::data::{Split, digits};
use plywood::train::search::Search;
use plywood::{Model, Trainer, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let (train, test) = (Split::train(digits(8, 1)), Split::test(digits(8, 2)));
    let start = |&lambda: &f64| Ok((Model::<Net>::new(1), Trainer::new().l2(lambda)));
    let _ = Search::new().run([0.0, 0.1], start, &train, &test);
}
