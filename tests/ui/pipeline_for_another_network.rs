use plywood::augment::{Crop, Flip};
use plywood::data::{Transform, Transformed, digits};
use plywood::{Image, Model, Trainer, network};

network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let pipeline = Crop::<Image<28, 28, 1>, Image<24, 24, 1>>::new().then(Flip::new());
    let train = Transformed::new(digits(8, 1), pipeline);
    let _ = Trainer::new().train(&mut Model::<Reader>::new(1), &train);
}
